// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/ndarray/npy.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "kroton/base/errors.h"
#include "kroton/base/text.h"
#include "kroton/ndarray/detail/npy_header.h"
#include "kroton/ndarray/mapping.h"

namespace kroton::inline ndarray {
namespace {
std::string system_reason(int error) { return std::strerror(error); }

// The bytes of each number reversed; a complex one is two numbers.
void swap_bytes(void* data, std::size_t count, DType dtype) {
  std::size_t size = itemsize(dtype);
  if (is_complex(dtype)) size /= 2, count *= 2;
  auto* p = static_cast<unsigned char*>(data);
  for (std::size_t i = 0; i < count; ++i, p += size) std::reverse(p, p + size);
}
std::size_t alignment_of(DType dtype) {
  return is_complex(dtype) ? itemsize(dtype) / 2 : itemsize(dtype);
}
}  // namespace

NpyFile::NpyFile(std::string path, std::string caller)
    : path_(std::move(path)), caller_(std::move(caller)) {
  try {
    open();
    read_header();
  } catch (...) {
    if (descriptor_ >= 0) ::close(descriptor_);
    throw;
  }
}
NpyFile::~NpyFile() { ::close(descriptor_); }

void NpyFile::fail(const std::string& fact) const {
  throw ValueError(fmt::format("{}: {} {}", caller_, base::quote(path_), fact));
}

void NpyFile::open() {
  if (path_.find('\0') != std::string::npos) fail("contains a zero byte; give the path of a file");
  // O_NONBLOCK: opening a pipe must not wait for its writer.
  descriptor_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor_ < 0) {
    throw Error(fmt::format("{}: {} cannot be opened: {}; give the path of a readable .npy file",
                            caller_, base::quote(path_), system_reason(errno)));
  }
  struct stat status{};
  if (::fstat(descriptor_, &status) == 0 && !S_ISREG(status.st_mode)) {
    fail(S_ISDIR(status.st_mode) ? "is a directory; give the path of a .npy file"
                                 : "is no regular file; give the path of a .npy file");
  }
}

std::size_t NpyFile::file_size() const {
  struct stat status{};
  if (::fstat(descriptor_, &status) != 0) fail("cannot be read: " + system_reason(errno));
  return static_cast<std::size_t>(status.st_size);
}

// How many bytes there were, up to `count`.
std::size_t NpyFile::read_at(std::size_t offset, void* into, std::size_t count) const {
  std::size_t done = 0;
  while (done < count) {
    const ssize_t n = ::pread(descriptor_, static_cast<char*>(into) + done, count - done,
                              static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      throw Error(fmt::format("{}: {} cannot be read: {}; check the disk", caller_,
                              base::quote(path_), system_reason(errno)));
    }
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  return done;
}

void NpyFile::read_header() {
  unsigned char start[12] = {};
  const std::size_t size = file_size(), got = read_at(0, start, sizeof start);
  const std::string_view begin(reinterpret_cast<const char*>(start), got);
  if (got == 0) fail("is empty; give the path of a .npy file");
  if (begin.starts_with("PK\x03\x04") || begin.starts_with("PK\x05\x06")) {
    fail("is a .npz archive; save the array that you want as a .npy file of its own");
  }
  if (got < 10 || !begin.starts_with(detail::npy_magic)) {
    fail(
        fmt::format("is not a .npy file: it starts with the bytes {:02x}, not with 93 4e 55 4d 50 "
                    "59; save the array with save_npy or numpy.save",
                    fmt::join(start, start + std::min<std::size_t>(got, 6), " ")));
  }
  header_.version = start[6];
  if (start[6] < 1 || start[6] > 3 || start[7] != 0) {
    fail(fmt::format("has format version {}.{}; versions 1.0, 2.0 and 3.0 can be read", start[6],
                     start[7]));
  }
  const std::size_t prefix = header_.version == 1 ? 10 : 12;
  std::size_t length = start[8] | static_cast<std::size_t>(start[9]) << 8;
  if (prefix == 12) {
    length |= static_cast<std::size_t>(start[10]) << 16 | static_cast<std::size_t>(start[11]) << 24;
  }
  header_.data_offset = prefix + length;
  std::string text(header_.data_offset <= size ? length : 0, '\0');
  if (header_.data_offset > size || read_at(prefix, text.data(), length) != length) {
    fail(fmt::format("has {} bytes, its header alone takes {}; the file is truncated", size,
                     header_.data_offset));
  }
  try {
    detail::parse_npy_header(text, header_);
    data_bytes();
  } catch (const ValueError& error) {
    fail(error.what());
  }
}

std::size_t NpyFile::data_bytes() const {
  std::int64_t bytes = static_cast<std::int64_t>(itemsize(header_.dtype));
  const auto multiply = [&](std::int64_t n) { return __builtin_mul_overflow(bytes, n, &bytes); };
  for (std::int64_t n : header_.shape) {
    if (n != 0 && multiply(n)) {
      throw ValueError(
          fmt::format("has shape {} of {}, more than 2**63 bytes; the header is damaged",
                      shape_text(header_.shape), name(header_.dtype)));
    }
  }
  const bool empty = std::count(header_.shape.begin(), header_.shape.end(), 0) > 0;
  return empty ? 0 : static_cast<std::size_t>(bytes);
}

// At each reading: the file may have shrunk since it was opened.
void NpyFile::check_complete() const {
  const std::size_t size = file_size(), there = size - std::min(size, header_.data_offset);
  if (there >= data_bytes()) return;
  fail(fmt::format("holds {} bytes of data, shape {} of {} takes {}; the file is truncated", there,
                   shape_text(header_.shape), name(header_.dtype), data_bytes()));
}

Shape NpyFile::strides() const {
  const std::size_t size = itemsize(header_.dtype);
  return header_.fortran_order ? f_strides(header_.shape, size) : c_strides(header_.shape, size);
}

NDArray NpyFile::read() const {
  check_complete();
  NDArray a = NDArray::empty(header_.shape, header_.dtype);
  if (read_at(header_.data_offset, a.raw(), data_bytes()) != data_bytes()) check_complete();
  if (header_.swapped) swap_bytes(a.raw(), a.size(), header_.dtype);
  if (header_.dtype == bool_) {
    // Any byte but 0 is true, in the file; a bool is 0 or 1.
    auto* p = static_cast<unsigned char*>(a.raw());
    for (std::size_t i = 0; i < a.size(); ++i) p[i] = p[i] != 0;
  }
  return header_.fortran_order ? a.view(a.ndim(), a.shape_data(), strides().data()) : a;
}

NDArray NpyFile::map() const {
  check_complete();
  const std::size_t bytes = data_bytes(), length = header_.data_offset + bytes;
  if (bytes == 0 || header_.swapped || header_.data_offset % alignment_of(header_.dtype) != 0) {
    return read();
  }
  std::shared_ptr<Mapping> mapping = Mapping::make(descriptor_, length, path_);
  if (!mapping) {
    throw Error(fmt::format("{}: {} cannot be mapped: {}; load it without mmap_mode", caller_,
                            base::quote(path_), system_reason(errno)));
  }
  void* data = mapping->start() + header_.data_offset;
  Buffer* buffer = Buffer::make_foreign(data, bytes, std::move(mapping), true);
  return NDArray::adopt(buffer, data, header_.shape.size(), header_.shape.data(), strides().data(),
                        header_.dtype);
}

NpyHeader read_npy_header(const std::string& path) { return NpyFile(path).header(); }

NDArray load_npy(const std::string& path, std::optional<std::string> mmap_mode) {
  if (mmap_mode && *mmap_mode != "c") {
    throw ValueError(
        fmt::format("load_npy: mmap_mode {} is not supported; use nullopt (copy into "
                    "memory) or \"c\" (map copy-on-write)",
                    base::quote(*mmap_mode)));
  }
  const NpyFile file(path);
  return mmap_mode ? file.map() : file.read();
}
}  // namespace kroton::inline ndarray
