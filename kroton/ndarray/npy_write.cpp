// SPDX-License-Identifier: BSD-3-Clause
// save_npy: a temporary file beside the target, then rename.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "kroton/base/errors.h"
#include "kroton/base/text.h"
#include "kroton/ndarray/detail/npy_header.h"
#include "kroton/ndarray/npy.h"

namespace kroton::inline ndarray {
namespace {
class Writer {
 public:
  explicit Writer(const std::string& path) : path_(path), target_(path) {
    if (path_.find('\0') != std::string::npos) fail(EINVAL);
    struct stat status{};
    const bool exists = ::stat(path_.c_str(), &status) == 0;
    if (exists && S_ISDIR(status.st_mode)) fail(EISDIR);
    if (exists && !S_ISREG(status.st_mode)) {  // a device or a pipe: there is nothing to replace
      descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC);
    } else {
      if (char* real = exists ? ::realpath(path_.c_str(), nullptr) : nullptr) {
        target_ = real;  // the file behind a symbolic link
        std::free(real);
      }
      static std::atomic<unsigned> counter{0};
      temporary_ = fmt::format("{}.{}.{}.tmp", target_, ::getpid(), ++counter);
      descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    }
    if (descriptor_ < 0) fail(errno, false);
  }
  ~Writer() { drop(); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  void write(const void* data, std::size_t count) {
    const char* p = static_cast<const char*>(data);
    while (count > 0) {
      const ssize_t n = ::write(descriptor_, p, count);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) fail(errno);
      p += n;
      count -= static_cast<std::size_t>(n);
    }
  }
  void finish() {
    if (::close(std::exchange(descriptor_, -1)) != 0) fail(errno);
    if (!temporary_.empty() && ::rename(temporary_.c_str(), target_.c_str()) != 0) fail(errno);
    temporary_.clear();
  }

 private:
  void drop() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
    temporary_.clear();
  }
  [[noreturn]] void fail(int error, bool made = true) {
    if (!made) temporary_.clear();
    drop();
    throw Error(fmt::format("save_npy: {} cannot be written: {}; free space or choose another path",
                            base::quote(path_), std::strerror(error)));
  }

  std::string path_, target_, temporary_;
  int descriptor_ = -1;
};
}  // namespace

void save_npy(const std::string& path, const NDArray& a) {
  const bool fortran_order = a.is_f_contiguous() && !a.is_c_contiguous();
  const std::string header = detail::make_npy_header(a.dtype(), fortran_order, a.shape());
  const NDArray stored = fortran_order || a.is_c_contiguous() ? a : a.copy();
  Writer writer(path);
  writer.write(header.data(), header.size());
  writer.write(stored.raw(), stored.nbytes());
  writer.finish();
}
}  // namespace kroton::inline ndarray
