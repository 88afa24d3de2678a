// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/ndarray/mapping.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <atomic>

#include "kroton/base/errors.h"
#include "kroton/base/text.h"

namespace kroton::inline ndarray {
namespace {
std::atomic<int> mapped_files{0};
}  // namespace

std::shared_ptr<Mapping> Mapping::make(int descriptor, std::size_t length, std::string path) {
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) return nullptr;
  // Not MAP_POPULATE, which would copy every page at once; MAP_NORESERVE since files may be larger
  // than the memory that could hold a written copy of each page.
  void* start =
      ::mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, descriptor, 0);
  if (start == MAP_FAILED) return nullptr;
  std::shared_ptr<Mapping> mapping;
  try {
    mapping.reset(new Mapping(static_cast<char*>(start), length, std::move(path)));
  } catch (...) {
    ::munmap(start, length);
    throw;
  }
  mapping->device_ = status.st_dev;
  mapping->number_ = status.st_ino;
  return mapping;
}

Mapping::Mapping(char* start, std::size_t length, std::string path)
    : start_(start), length_(length), path_(std::move(path)) {
  mapped_files.fetch_add(1, std::memory_order_relaxed);
}
Mapping::~Mapping() {
  mapped_files.fetch_sub(1, std::memory_order_relaxed);
  ::munmap(start_, length_);
}

void Mapping::check() const {
  struct stat status{};
  // A file that was removed or replaced lives on under what is mapped.
  if (::stat(path_.c_str(), &status) != 0 || status.st_dev != device_ || status.st_ino != number_)
    return;
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size >= length_) return;
  throw ValueError("load_npy: " + base::quote(path_) + " was shortened from " +
                   std::to_string(length_) + " to " + std::to_string(size) +
                   " bytes while it is mapped; replace files by renaming, or load them without "
                   "mmap_mode");
}

void check_mapped_files(std::span<const Value> values) {
  if (mapped_files.load(std::memory_order_relaxed) == 0) return;
  for (const Value& value : values) {
    if (!value.is_array() || !value.as<NDArray>().is_mapped()) continue;
    static_cast<const Mapping*>(value.as<NDArray>().buffer()->owner.get())->check();
  }
}
}  // namespace kroton::inline ndarray
