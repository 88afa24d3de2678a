// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/base/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "kroton/base/errors.h"
#include "kroton/base/text.h"

namespace kroton::base {
namespace {
[[noreturn]] void fail(const std::string& path, int code) {
  throw Error(path + ": " + std::generic_category().message(code));
}

struct Descriptor {
  int fd;
  explicit Descriptor(int f) : fd(f) {}
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
};

// 0, or the error's number.
int read_all(const std::string& path, std::string& bytes) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.fd < 0) return errno;
  struct stat status;
  if (::fstat(file.fd, &status) != 0) return errno;
  if (S_ISDIR(status.st_mode)) return EISDIR;
  bytes.resize(static_cast<std::size_t>(status.st_size));
  std::size_t done = 0;
  for (;;) {
    // A file may grow, or (in /proc) tell no size at all.
    if (done == bytes.size()) bytes.resize(bytes.size() + (done == 0 ? 4096 : 1));
    ssize_t n = ::read(file.fd, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
    if (done == bytes.size()) bytes.resize(done + 4096);
  }
  bytes.resize(done);
  return 0;
}

int write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return 0;
}

std::string temporary_name(const std::string& path) {
  static std::atomic<unsigned> counter{0};
  return path + "." + format_number(static_cast<std::int64_t>(::getpid())) + "." +
         format_number(counter.fetch_add(1)) + ".tmp";
}
}  // namespace

std::string read_file(const std::string& path) {
  std::string bytes;
  if (int code = read_all(path, bytes)) fail(path, code);
  return bytes;
}

std::optional<std::string> try_read_file(const std::string& path) {
  std::string bytes;
  if (read_all(path, bytes) != 0) return {};
  return bytes;
}

void write_file(const std::string& path, std::string_view bytes, WriteOptions options) {
  std::string temporary = temporary_name(path);
  int code = 0;
  {
    Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                           static_cast<mode_t>(options.permissions)));
    if (file.fd < 0) fail(path, errno);
    code = write_all(file.fd, bytes);
    if (code == 0 && options.durable && ::fsync(file.fd) != 0) code = errno;
    int fd = file.fd;
    file.fd = -1;
    // Some file systems tell of a full disk only here.
    if (::close(fd) != 0 && code == 0) code = errno;
  }
  if (code == 0 && ::rename(temporary.c_str(), path.c_str()) != 0) code = errno;
  if (code != 0) {
    ::unlink(temporary.c_str());
    fail(path, code);
  }
  if (options.durable) {
    std::size_t slash = path.rfind('/');
    std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    Descriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory.fd >= 0) ::fsync(directory.fd);
  }
}

void make_private_folder(const std::string& path) {
  for (std::size_t at = 1; at <= path.size(); ++at) {
    if (at < path.size() && path[at] != '/') continue;
    std::string folder = path.substr(0, at);
    if (::mkdir(folder.c_str(), 0700) == 0) continue;
    int code = errno;
    // mkdir names a missing right before it looks whether the folder is there.
    struct stat status;
    if (::stat(folder.c_str(), &status) != 0) fail(folder, code);
    if (!S_ISDIR(status.st_mode)) fail(folder, ENOTDIR);
  }
}

std::optional<FileIdentity> file_identity(const std::string& path) {
  struct stat status;
  if (::stat(path.c_str(), &status) != 0) return {};
  return FileIdentity{static_cast<std::uint64_t>(status.st_dev),
                      static_cast<std::uint64_t>(status.st_ino),
                      static_cast<std::int64_t>(status.st_size),
                      std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec};
}

std::optional<std::string> environment(const char* name) {
  const char* value = std::getenv(name);
  if (!value || !*value) return {};
  return value;
}

std::string path_join(std::string_view folder, std::string_view name) {
  if (folder.empty() || name.starts_with('/')) return std::string(name);
  std::string path(folder);
  if (!path.ends_with('/')) path += '/';
  return path += name;
}
}  // namespace kroton::base
