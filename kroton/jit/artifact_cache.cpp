// SPDX-License-Identifier: BSD-3-Clause
// An entry is one file KEY.art: magic, format version, length and hash of the bytes, then the
// bytes. The time of last change is the time of last use.
#include "kroton/jit/artifact_cache.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <functional>
#include <memory>
#include <mutex>
#include <system_error>
#include <tuple>

#include "kroton/base/config.h"
#include "kroton/base/errors.h"
#include "kroton/base/files.h"
#include "kroton/base/hash.h"
#include "kroton/base/log.h"
#include "kroton/base/text.h"

namespace kroton::jit {
namespace {
constexpr std::string_view suffix = ".art";
constexpr std::uint32_t format_version = 1;
// How long a temporary of another process may be in the making.
constexpr std::int64_t temporary_seconds = 3600;
constexpr std::int64_t unused_seconds = 90 * 24 * 3600;
// By how much the clocks of machines that share a folder may differ.
constexpr std::int64_t clock_seconds = 3600;

struct Header {
  char magic[8];
  std::uint32_t version, reserved;
  std::uint64_t size;
  std::uint64_t hash_low, hash_high;
};

Header make_header(const std::string& key, std::string_view bytes) {
  Header header{};
  std::memcpy(header.magic, "krotonar", 8);
  header.version = format_version;
  header.size = bytes.size();
  // The key belongs to the sum, so that an entry under another's name is found out.
  std::uint64_t of_key = base::hash64(key);
  base::Hash128 hash = base::hash128(bytes.data(), bytes.size());
  header.hash_low = hash.low ^ of_key;
  header.hash_high = hash.high;
  return header;
}

bool is_key(std::string_view key) {
  return !key.empty() && key.size() < 200 &&
         key.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == std::string_view::npos;
}

// Why code in this file or folder may not be run; "" when it may.
std::string distrust(const struct stat& status) {
  if (status.st_uid != ::geteuid()) return "is not owned by you";
  if (status.st_mode & (S_IWGRP | S_IWOTH)) return "can be written by others";
  return "";
}

struct File {
  std::string name;
  std::uint64_t bytes;
  std::int64_t last_use;
  std::int64_t last_use_ns;
};

std::vector<File> files_in(const std::string& folder) {
  std::vector<File> files;
  std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(folder.c_str()), ::closedir);
  if (!directory) return files;
  while (const dirent* entry = ::readdir(directory.get())) {
    struct stat status;
    if (::fstatat(::dirfd(directory.get()), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0 ||
        !S_ISREG(status.st_mode))
      continue;
    files.push_back({entry->d_name, static_cast<std::uint64_t>(status.st_size),
                     status.st_mtim.tv_sec, status.st_mtim.tv_nsec});
  }
  return files;
}

// Whether COUNT bytes were there. A signal or a slow disk may cut a read short.
bool read_at(int fd, void* into, std::size_t count, std::size_t offset) {
  for (std::size_t done = 0; done < count;) {
    const ssize_t n = ::pread(fd, static_cast<char*>(into) + done, count - done,
                              static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    done += static_cast<std::size_t>(n);
  }
  return true;
}

// The bytes of a trusted, whole entry. `reason` tells why there are none: "" when there is no file.
std::optional<std::string> read_entry(const std::string& path, const std::string& key,
                                      std::string& reason) {
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) {
    if (errno != ENOENT) reason = std::generic_category().message(errno);
    return {};
  }
  std::optional<std::string> bytes;
  struct stat status;
  Header header;
  if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
    reason = "is no plain file";
  } else if (reason = distrust(status); reason.empty()) {
    reason = "is damaged";
    auto size = static_cast<std::uint64_t>(status.st_size);
    if (size >= sizeof header && read_at(fd, &header, sizeof header, 0) &&
        header.size == size - sizeof header) {
      std::string content(header.size, '\0');
      const bool whole = read_at(fd, content.data(), content.size(), sizeof header);
      Header expected = make_header(key, content);
      if (whole && std::memcmp(&header, &expected, sizeof header) == 0) {
        bytes = std::move(content);
        reason.clear();
      }
    }
  }
  ::close(fd);
  return bytes;
}
}  // namespace

std::string artifact_key(std::string_view kind, std::initializer_list<std::string_view> parts) {
  std::string all = "format " + base::format_number(format_version);
  for (std::string_view part : parts) {
    all += '\n';
    all += base::format_number(part.size());
    all += ':';
    all += part;
  }
  return std::string(kind) + "-" + base::to_hex(base::hash128(all));
}

std::string versioned_kind(std::string_view family, const std::vector<int>& version) {
  std::string kind = "module-" + base::to_hex(base::hash128(family)).substr(0, 16) + "-v";
  for (const int part : version) kind += base::format_number(part) + "_";
  // The name of a file has its limits; such a module is one without older ones.
  return kind.size() < 120 ? kind : kind.substr(0, kind.find("-v"));
}

namespace {
// The parts of a key of versioned_kind(); nothing for other keys.
struct Versioned {
  std::string_view family;
  std::vector<int> version;
};
std::optional<Versioned> read_version(std::string_view key) {
  const std::size_t begin = key.find("-v"), end = key.rfind('-');
  if (!key.starts_with("module-") || begin == std::string_view::npos || end < begin + 2) return {};
  Versioned read{key.substr(0, begin), {}};
  for (const std::string_view part : base::split(key.substr(begin + 2, end - begin - 2), '_')) {
    int number = 0;
    if (part.empty()) continue;
    const auto [at, error] = std::from_chars(part.data(), part.data() + part.size(), number);
    if (error != std::errc() || at != part.data() + part.size()) return {};
    read.version.push_back(number);
  }
  return read;
}
bool is_older(const Versioned& a, const Versioned& b) {
  return a.family == b.family && a.version != b.version && a.version.size() == b.version.size() &&
         std::equal(a.version.begin(), a.version.end(), b.version.begin(), std::less_equal<>());
}
}  // namespace

ArtifactCache::ArtifactCache(std::string folder, bool read_only, std::uint64_t max_bytes)
    : folder_(std::move(folder)), read_only_(read_only), max_bytes_(max_bytes) {
  struct stat status;
  if (::stat(folder_.c_str(), &status) != 0) {
    if (read_only_)
      throw Error("artifact cache: " + folder_ + " is not there and the cache is read_only");
    try {
      base::make_private_folder(folder_);
    } catch (const Error& e) {
      throw Error("artifact cache: " + std::string(e.what()));
    }
    if (::stat(folder_.c_str(), &status) != 0)
      throw Error("artifact cache: " + folder_ + ": " + std::generic_category().message(errno));
  }
  if (!S_ISDIR(status.st_mode)) throw Error("artifact cache: " + folder_ + " is not a folder");
  if (std::string reason = distrust(status); !reason.empty())
    throw Error("artifact cache: " + folder_ + " " + reason +
                "; it holds code that will run: choose a private folder with flag compiledir");
}

std::optional<std::string> ArtifactCache::find(const std::string& key) {
  if (!is_key(key)) return {};
  const std::string path = base::path_join(folder_, key) + std::string(suffix);
  std::string reason;
  auto bytes = read_entry(path, key, reason);
  if (bytes) {
    if (!read_only_) ::utimensat(AT_FDCWD, path.c_str(), nullptr, 0);
  } else if (!reason.empty()) {
    base::log_once(base::LogLevel::warning,
                   "artifact cache: " + path + " " + reason + "; it is built again");
    remove(key);
  }
  return bytes;
}

bool ArtifactCache::store(const std::string& key, std::string_view bytes) {
  if (read_only_ || !is_key(key)) return false;
  Header header = make_header(key, bytes);
  std::string content(reinterpret_cast<const char*>(&header), sizeof header);
  content += bytes;
  try {
    base::write_file(base::path_join(folder_, key) + std::string(suffix), content);
  } catch (const Error& e) {
    base::log_once(base::LogLevel::warning, "artifact cache: " + folder_ + " cannot be written (" +
                                                e.what() + "); going on without");
    return false;
  }
  remove_older(key);
  // Looking at every entry costs more than storing one.
  static std::atomic<unsigned> stores{0};
  if (stores.fetch_add(1) % 64 == 0) evict();
  return true;
}

void ArtifactCache::remove_older(const std::string& key) {
  const auto mine = read_version(key);
  if (!mine) return;
  for (const Entry& entry : list()) {
    const auto other = read_version(entry.key);
    if (other && is_older(*other, *mine)) remove(entry.key);
  }
}

void ArtifactCache::remove(const std::string& key) {
  if (!read_only_ && is_key(key))
    ::unlink((base::path_join(folder_, key) + std::string(suffix)).c_str());
}

std::vector<ArtifactCache::Entry> ArtifactCache::list() const {
  std::vector<File> files = files_in(folder_);
  std::sort(files.begin(), files.end(), [](const File& a, const File& b) {
    return std::tie(b.last_use, b.last_use_ns, a.name) <
           std::tie(a.last_use, a.last_use_ns, b.name);
  });
  std::vector<Entry> entries;
  for (const File& file : files)
    if (file.name.ends_with(suffix))
      entries.push_back(
          {file.name.substr(0, file.name.size() - suffix.size()), file.bytes, file.last_use});
  return entries;
}

ArtifactCache::Stats ArtifactCache::stats() const {
  Stats stats;
  for (const Entry& entry : list()) {
    ++stats.entries;
    stats.bytes += entry.bytes;
  }
  return stats;
}

std::uint64_t ArtifactCache::clear() {
  std::uint64_t count = 0;
  for (const Entry& entry : list()) {
    remove(entry.key);
    if (!read_only_) ++count;
  }
  return count;
}

ArtifactCache::Verdict ArtifactCache::verify() {
  Verdict verdict;
  for (const Entry& entry : list()) {
    std::string reason;
    if (read_entry(base::path_join(folder_, entry.key) + std::string(suffix), entry.key, reason)) {
      ++verdict.good;
    } else if (!reason.empty()) {
      verdict.bad.push_back(entry.key);
      remove(entry.key);
    }
  }
  return verdict;
}

void ArtifactCache::evict() {
  if (read_only_) return;
  std::vector<Entry> entries = list();
  std::uint64_t total = 0;
  for (const Entry& entry : entries) total += entry.bytes;
  const std::int64_t now = std::time(nullptr), oldest = now - unused_seconds;
  // Where the clock was ahead it is not known when that was: such an entry is the next to go.
  for (Entry& entry : entries) {
    if (entry.last_use > now + clock_seconds) entry.last_use = oldest;
  }
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry& a, const Entry& b) { return b.last_use < a.last_use; });
  for (; !entries.empty() && entries.back().last_use < oldest; entries.pop_back()) {
    total -= entries.back().bytes;
    remove(entries.back().key);
  }
  // A tenth below the limit, so that the next store does not have to look again.
  if (total > max_bytes_)
    for (; !entries.empty() && total > max_bytes_ - max_bytes_ / 10; entries.pop_back()) {
      total -= entries.back().bytes;
      remove(entries.back().key);
    }
  // What a process left that ended while it wrote.
  for (const File& file : files_in(folder_))
    if (file.name.ends_with(".tmp") && std::abs(now - file.last_use) > temporary_seconds)
      ::unlink(base::path_join(folder_, file.name).c_str());
}

std::string artifact_folder() {
  const std::string& chosen = base::config().compiledir();
  if (!chosen.empty()) {
    auto home = base::environment("HOME");
    return chosen.starts_with("~/") && home ? base::path_join(*home, chosen.substr(2)) : chosen;
  }
  // The standard of the free desktops ignores a relative path.
  if (auto cache = base::environment("XDG_CACHE_HOME"); cache && cache->starts_with('/'))
    return base::path_join(*cache, "kroton");
  if (auto home = base::environment("HOME")) return base::path_join(*home, ".cache/kroton");
  return "";
}

namespace {
struct Chosen {
  std::mutex mutex;
  bool decided = false;
  ArtifactCache* cache = nullptr;
  // Also those of earlier flags: threads may still use them.
  std::vector<std::unique_ptr<ArtifactCache>> made;
};

Chosen& chosen() {
  static Chosen& state = *new Chosen;
  return state;
}
}  // namespace

ArtifactCache* artifact_cache() {
  Chosen& state = chosen();
  std::lock_guard lock(state.mutex);
  if (state.decided) return state.cache;
  const std::string& use = base::config().cache();
  std::string folder = use == "off" ? "" : artifact_folder();
  if (!folder.empty()) {
    auto limit = static_cast<std::uint64_t>(base::config().cache_size_mb()) * 1'000'000;
    try {
      state.made.push_back(std::make_unique<ArtifactCache>(folder, use == "read_only", limit));
      state.cache = state.made.back().get();
    } catch (const Error& e) {
      base::log_once(base::LogLevel::warning, std::string(e.what()) + "; going on without");
    }
  }
  state.decided = true;
  return state.cache;
}

namespace detail {
void reset_artifact_cache() {
  std::lock_guard lock(chosen().mutex);
  chosen().decided = false;
  chosen().cache = nullptr;
}
}  // namespace detail
}  // namespace kroton::jit
