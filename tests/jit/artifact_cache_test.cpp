// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/jit/artifact_cache.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ctime>
#include <thread>

#include "kroton/base/files.h"
#include "tests/jit/fixture.h"

namespace kroton::jit {
namespace {
class Artifacts : public Jit {
 protected:
  ArtifactCache open(std::uint64_t max_bytes = 1'000'000) {
    return ArtifactCache(folder_ + "/c", false, max_bytes);
  }
  std::string path(const std::string& key) const { return folder_ + "/c/" + key + ".art"; }
};

TEST_F(Artifacts, what_was_stored_is_found_by_a_later_cache) {
  std::string key = artifact_key("kernel", {"text", "flags"}), bytes("a\0b", 3);
  EXPECT_EQ(open().find(key), std::nullopt);
  EXPECT_TRUE(open().store(key, bytes));
  EXPECT_EQ(open().find(key), bytes);
  EXPECT_TRUE(open().store(key, ""));
  EXPECT_EQ(open().find(key), "");
  open().remove(key);
  EXPECT_EQ(open().find(key), std::nullopt);
}

TEST_F(Artifacts, keys_differ_by_kind_and_by_where_a_part_ends) {
  EXPECT_NE(artifact_key("a", {"x"}), artifact_key("b", {"x"}));
  EXPECT_NE(artifact_key("a", {"x", "y"}), artifact_key("a", {"xy"}));
  EXPECT_NE(artifact_key("a", {"x", ""}), artifact_key("a", {"x"}));
  EXPECT_EQ(artifact_key("a", {"x"}), artifact_key("a", {"x"}));
  EXPECT_EQ(open().find("../escape"), std::nullopt);
  EXPECT_FALSE(open().store("../escape", "x"));
}

TEST_F(Artifacts, C5_5_every_truncation_and_every_flipped_bit_is_noticed_and_the_entry_goes) {
  std::string key = artifact_key("kernel", {"t"}), bytes = "object code";
  ASSERT_TRUE(open().store(key, bytes));
  std::string whole = base::read_file(path(key));
  for (std::size_t n = 0; n < whole.size(); ++n) {
    base::write_file(path(key), whole.substr(0, n));
    EXPECT_EQ(open().find(key), std::nullopt) << n;
    EXPECT_FALSE(base::file_identity(path(key)));
  }
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    std::string damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    base::write_file(path(key), damaged);
    EXPECT_EQ(open().find(key), std::nullopt) << bit;
  }
  base::write_file(path(key), whole + "x");
  EXPECT_EQ(open().find(key), std::nullopt);
  base::write_file(path(key), whole);
  EXPECT_EQ(open().find(key), bytes);
}

TEST_F(Artifacts, an_entry_under_another_name_is_refused) {
  std::string a = artifact_key("kernel", {"a"}), b = artifact_key("kernel", {"b"});
  ASSERT_TRUE(open().store(a, "code of a"));
  std::filesystem::rename(path(a), path(b));
  EXPECT_EQ(open().find(b), std::nullopt);
}

TEST_F(Artifacts, C5_5_an_entry_that_others_may_write_and_a_link_are_refused) {
  std::string key = artifact_key("kernel", {"t"});
  ASSERT_TRUE(open().store(key, "code"));
  ::chmod(path(key).c_str(), 0620);
  EXPECT_EQ(open().find(key), std::nullopt);
  ASSERT_TRUE(open().store(key, "code"));
  std::filesystem::rename(path(key), folder_ + "/elsewhere");
  std::filesystem::create_symlink(folder_ + "/elsewhere", path(key));
  EXPECT_EQ(open().find(key), std::nullopt);
}

TEST_F(Artifacts, a_folder_that_others_may_write_is_refused) {
  ::mkdir((folder_ + "/c").c_str(), 0700);
  ::chmod((folder_ + "/c").c_str(), 0770);
  EXPECT_EQ(error_of([&] { open(); }),
            "artifact cache: " + folder_ +
                "/c can be written by others; it holds code that will run: choose "
                "a private folder with flag compiledir");
  if (::geteuid() == 0) {
    ::chmod((folder_ + "/c").c_str(), 0700);
    ASSERT_EQ(::chown((folder_ + "/c").c_str(), 12345, 12345), 0);
    EXPECT_EQ(error_of([&] { open(); }),
              "artifact cache: " + folder_ +
                  "/c is not owned by you; it holds code that will run: choose a "
                  "private folder with flag compiledir");
    ASSERT_EQ(::chown((folder_ + "/c").c_str(), 0, 0), 0);
  }
  base::write_file(folder_ + "/f", "");
  EXPECT_EQ(error_of([&] { ArtifactCache(folder_ + "/f", false, 1); }),
            "artifact cache: " + folder_ + "/f is not a folder");
}

TEST_F(Artifacts, the_folder_is_made_private) {
  open();
  struct stat status;
  ASSERT_EQ(::stat((folder_ + "/c").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
}

TEST_F(Artifacts, a_read_only_cache_reads_and_changes_nothing) {
  std::string key = artifact_key("kernel", {"t"});
  ASSERT_TRUE(open().store(key, "code"));
  ArtifactCache cache(folder_ + "/c", true, 1);
  EXPECT_EQ(cache.find(key), "code");
  EXPECT_FALSE(cache.store(artifact_key("kernel", {"u"}), "more"));
  EXPECT_EQ(cache.clear(), 0u);
  cache.evict();
  EXPECT_EQ(cache.stats().entries, 1u);
  EXPECT_EQ(error_of([&] { ArtifactCache(folder_ + "/none", true, 1); }),
            "artifact cache: " + folder_ + "/none is not there and the cache is read_only");
}

TEST_F(Artifacts, eviction_takes_the_least_recently_used_until_the_size_is_kept) {
  auto cache = open(10'000);
  std::vector<std::string> keys;
  for (int i = 0; i < 12; ++i) {
    keys.push_back(artifact_key("kernel", {std::to_string(i)}));
    ASSERT_TRUE(cache.store(keys.back(), std::string(1000, 'x')));
    const std::time_t used = std::time(nullptr) - 100 + i;
    timespec times[2] = {{used, 0}, {used, 0}};
    ::utimensat(AT_FDCWD, path(keys.back()).c_str(), times, 0);
  }
  EXPECT_TRUE(cache.find(keys[0]));
  cache.evict();
  EXPECT_LE(cache.stats().bytes, 9'000u);
  EXPECT_TRUE(cache.find(keys[0])) << "it was used last";
  EXPECT_FALSE(cache.find(keys[1]));
  EXPECT_FALSE(cache.find(keys[2]));
  EXPECT_TRUE(cache.find(keys[11]));
}

TEST_F(Artifacts, what_was_not_used_for_long_goes_with_an_eviction) {
  auto cache = open();
  const std::string old = artifact_key("kernel", {"old"}), young = artifact_key("kernel", {"new"});
  cache.store(old, "o");
  cache.store(young, "n");
  const auto day = std::chrono::hours(24);
  const auto age = [&](const std::string& key, int days) {
    const std::string path = cache.folder() + "/" + key + ".art";
    std::filesystem::last_write_time(path,
                                     std::filesystem::file_time_type::clock::now() - days * day);
  };
  age(old, 91);
  age(young, 89);
  cache.evict();
  EXPECT_FALSE(cache.find(old));
  EXPECT_TRUE(cache.find(young));
}

TEST_F(Artifacts, C5_5_a_clock_that_jumps_costs_only_time) {
  auto cache = open(11'000);
  const std::time_t now = std::time(nullptr), year = 365 * 24 * 3600;
  const auto put = [&](const std::string& name, std::time_t used) {
    const std::string key = artifact_key("kernel", {name});
    EXPECT_TRUE(cache.store(key, std::string(3000, 'x')));
    const timespec times[2] = {{used, 0}, {used, 0}};
    EXPECT_EQ(::utimensat(AT_FDCWD, path(key).c_str(), times, 0), 0);
    return key;
  };
  // Of a clock that was a year ahead: right as ever, and used now when it is found.
  const std::string ahead = put("ahead", now + year);
  EXPECT_EQ(cache.find(ahead), std::string(3000, 'x'));
  EXPECT_NEAR(static_cast<double>(cache.list()[0].last_use), static_cast<double>(now), 100);
  // Of those it goes first; what is older than any use is allowed to be goes in any case.
  put("ahead", now + year);
  const std::string recent = put("recent", now - 60), older = put("older", now - 120),
                    epoch = put("epoch", 0);
  base::write_file(folder_ + "/c/left.1.0.tmp", "half");
  const timespec times[2] = {{now + year, 0}, {now + year, 0}};
  ::utimensat(AT_FDCWD, (folder_ + "/c/left.1.0.tmp").c_str(), times, 0);
  cache.evict();
  EXPECT_TRUE(base::file_identity(path(recent)));
  EXPECT_TRUE(base::file_identity(path(older)));
  EXPECT_TRUE(base::file_identity(path(ahead))) << "the limit is kept without it";
  EXPECT_FALSE(base::file_identity(path(epoch)));
  EXPECT_FALSE(base::file_identity(folder_ + "/c/left.1.0.tmp"));
  const std::string more = put("more", now);
  cache.evict();
  EXPECT_FALSE(base::file_identity(path(ahead)));
  for (const std::string& key : {recent, older, more})
    EXPECT_EQ(cache.find(key), std::string(3000, 'x'));
}

TEST_F(Artifacts, C5_5_a_newer_version_takes_the_place_of_older_ones) {
  auto cache = open();
  const auto key = [](const char* family, std::vector<int> version, const char* text) {
    return artifact_key(versioned_kind(family, version), {text});
  };
  const std::string first = key("f", {1, 9}, "a"), twin = key("f", {1, 9}, "b");
  const std::string other = key("g", {1, 9}, "a"), longer = key("f", {1, 9, 1}, "a");
  const std::string mixed = key("f", {2, 8}, "a"), newer = key("f", {2, 9}, "a");
  for (const std::string& each : {first, twin, other, longer, mixed}) cache.store(each, "x");
  EXPECT_EQ(cache.stats().entries, 5u);
  cache.store(newer, "x");
  EXPECT_FALSE(cache.find(first));
  EXPECT_FALSE(cache.find(twin));
  EXPECT_FALSE(cache.find(mixed));
  for (const std::string& each : {other, longer, newer}) EXPECT_TRUE(cache.find(each));
  cache.store(first, "x");
  EXPECT_TRUE(cache.find(newer));
}

TEST_F(Artifacts, an_old_temporary_goes_with_an_eviction) {
  auto cache = open();
  base::write_file(folder_ + "/c/x.1.2.tmp", "left");
  base::write_file(folder_ + "/c/y.1.2.tmp", "in work");
  timespec times[2] = {{1000, 0}, {1000, 0}};
  ::utimensat(AT_FDCWD, (folder_ + "/c/x.1.2.tmp").c_str(), times, 0);
  cache.evict();
  EXPECT_FALSE(base::file_identity(folder_ + "/c/x.1.2.tmp"));
  EXPECT_TRUE(base::file_identity(folder_ + "/c/y.1.2.tmp"));
}

TEST_F(Artifacts, list_verify_and_clear) {
  auto cache = open();
  for (int i = 0; i < 3; ++i) cache.store(artifact_key("kernel", {std::to_string(i)}), "code");
  EXPECT_EQ(cache.list().size(), 3u);
  EXPECT_EQ(cache.verify().good, 3u);
  std::string key = artifact_key("kernel", {"1"});
  base::write_file(path(key), "garbage");
  auto verdict = cache.verify();
  EXPECT_EQ(verdict.good, 2u);
  EXPECT_EQ(verdict.bad, std::vector<std::string>{key});
  EXPECT_EQ(cache.clear(), 2u);
  EXPECT_EQ(cache.stats().entries, 0u);
}

TEST_F(Artifacts, C5_5_two_processes_never_corrupt_one_another) {
  std::string key = artifact_key("kernel", {"t"});
  std::vector<pid_t> children;
  for (int c = 0; c < 4; ++c) {
    pid_t child = ::fork();
    if (child == 0) {
      auto cache = open();
      for (int i = 0; i < 200; ++i) {
        cache.store(key, std::string(5000, static_cast<char>('a' + c)));
        auto bytes = cache.find(key);
        if (!bytes || bytes->size() != 5000 ||
            bytes->find_first_not_of((*bytes)[0]) != std::string::npos)
          ::_exit(1);
      }
      ::_exit(0);
    }
    children.push_back(child);
  }
  for (pid_t child : children) {
    int status = -1;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
}

TEST_F(Artifacts, the_folder_follows_the_flags_and_the_environment) {
  set("compiledir", folder_ + "/x");
  EXPECT_EQ(artifact_folder(), folder_ + "/x");
  set("compiledir", "");
  auto home = base::environment("HOME"), xdg = base::environment("XDG_CACHE_HOME");
  ::setenv("XDG_CACHE_HOME", "/x/cache", 1);
  EXPECT_EQ(artifact_folder(), "/x/cache/kroton");
  ::unsetenv("XDG_CACHE_HOME");
  ::setenv("HOME", "/x/home", 1);
  EXPECT_EQ(artifact_folder(), "/x/home/.cache/kroton");
  ::unsetenv("HOME");
  EXPECT_EQ(artifact_folder(), "");
  fresh();
  EXPECT_EQ(artifact_cache(), nullptr);
  if (home) ::setenv("HOME", home->c_str(), 1);
  if (xdg) ::setenv("XDG_CACHE_HOME", xdg->c_str(), 1);
}

TEST_F(Artifacts, an_unusable_folder_is_said_once_and_costs_only_time) {
  base::write_file(folder_ + "/file", "");
  set("compiledir", folder_ + "/file/cache");
  fresh();
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(artifact_cache(), nullptr);
  fresh();
  EXPECT_EQ(artifact_cache(), nullptr);
  EXPECT_EQ(
      ::testing::internal::GetCapturedStderr(),
      "kroton: warning: artifact cache: " + folder_ + "/file: Not a directory; going on without\n");
  set("cache", "off");
  set("compiledir", folder_ + "/cache");
  fresh();
  EXPECT_EQ(artifact_cache(), nullptr);
  set("cache", "on");
  fresh();
  EXPECT_NE(artifact_cache(), nullptr);
}
}  // namespace
}  // namespace kroton::jit
