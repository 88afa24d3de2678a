// SPDX-License-Identifier: BSD-3-Clause
// What may happen to the cache on disk while C modules are kept there: each time the module is
// right, and only time is lost.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>

#include "kroton/base/files.h"
#include "kroton/graph/function_graph.h"
#include "kroton/link/c_module.h"
#include "tests/jit/fixture.h"
#include "tests/link/traced.h"

using namespace kroton;
using traced::Int;
using traced::integer;
using traced::Sum;

namespace {
// A cache folder of the test's own.
class ModuleCache : public jit::Jit {
 protected:
  // 1 + MORE, by a module.
  static std::int64_t run(const Op& op) {
    traced::provide();
    const auto x = integer("x");
    const Apply node = op.make_node({x});
    Values out(1);
    link::CModule::make({x}, node.outputs(), {node}, true)->run(Values{1}, out);
    traced::taken();
    return out[0].item<std::int64_t>();
  }
  static std::int64_t run(int more) { return run(Sum(more)); }
  static std::uint64_t entries() { return jit::artifact_cache()->stats().entries; }
  std::vector<std::filesystem::path> files() const {
    std::vector<std::filesystem::path> all;
    for (const auto& file : std::filesystem::recursive_directory_iterator(folder_ + "/cache")) {
      if (file.is_regular_file()) all.push_back(file.path());
    }
    return all;
  }
  template <class Work>
  static pid_t child(const Work& work) {
    const pid_t pid = ::fork();
    if (pid == 0) ::_exit(work() ? 0 : 1);
    return pid;
  }
  static int status_of(pid_t pid) {
    int status = -1;
    ::waitpid(pid, &status, 0);
    return status;
  }
};

// C code without a version.
class Unversioned final : public OpOf<Unversioned> {
 public:
  static constexpr std::string_view op_name = "Unversioned";
  Apply make_node(Inputs in) const override { return Apply(*this, in, {in[0].type()()}); }
  std::string c_code(const Apply&, std::string_view, const Names& in, const Names& out,
                     const Sub&) const override {
    return out[0] + " = " + in[0] + ";";
  }
};
// A text of its own for each version.
class Versioned final : public OpOf<Versioned> {
 public:
  explicit Versioned(CacheVersion version) : version_(std::move(version)) {}
  static constexpr std::string_view op_name = "Versioned";
  Apply make_node(Inputs in) const override { return Apply(*this, in, {in[0].type()()}); }
  std::string c_code(const Apply&, std::string_view, const Names& in, const Names& out,
                     const Sub&) const override {
    return out[0] + " = " + in[0] + " + 4; /* " + std::to_string(version_.back()) + " */";
  }
  CacheVersion c_code_cache_version() const override { return version_; }

 private:
  CacheVersion version_;
};
}  // namespace

TEST_F(ModuleCache, C5_5_a_truncated_or_changed_entry_is_built_again) {
  EXPECT_EQ(run(1), 2);
  ASSERT_EQ(files().size(), 1u);
  const std::string path = files()[0], whole = base::read_file(path);
  const auto put = [&](const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
    fresh();
    EXPECT_EQ(run(1), 2);
    EXPECT_EQ(base::read_file(path).size(), whole.size());
    EXPECT_EQ(jit::artifact_cache()->verify().good, 1u);
  };
  for (const std::size_t size : {0, 7, 40, 200}) put(whole.substr(0, size));
  put(whole + "more");
  for (std::size_t k = 0; k < 8; ++k) {
    std::string flipped = whole;
    flipped[k * (whole.size() - 1) / 7] ^= static_cast<char>(1 << k);
    put(flipped);
  }
}

TEST_F(ModuleCache, C5_5_what_others_own_or_may_write_is_not_run) {
  EXPECT_EQ(run(1), 2);
  const std::string path = files()[0];
  std::filesystem::permissions(path, std::filesystem::perms::group_write,
                               std::filesystem::perm_options::add);
  fresh();
  EXPECT_EQ(run(1), 2);
  EXPECT_EQ(std::filesystem::status(path).permissions() & std::filesystem::perms::group_write,
            std::filesystem::perms::none);
  if (::geteuid() == 0) {
    ASSERT_EQ(::chown(path.c_str(), 12345, 12345), 0);
    fresh();
    EXPECT_EQ(run(1), 2);
    EXPECT_EQ(jit::artifact_cache()->verify().good, 1u);
  }
}

TEST_F(ModuleCache, C5_5_a_read_only_cache_and_none_at_all_do_too) {
  EXPECT_EQ(run(1), 2);
  set("cache", "read_only");
  fresh();
  EXPECT_EQ(run(1), 2);
  EXPECT_EQ(run(2), 3);
  EXPECT_EQ(files().size(), 1u);
  set("cache", "off");
  fresh();
  EXPECT_EQ(run(1), 2);
  EXPECT_EQ(run(3), 4);
  EXPECT_EQ(files().size(), 1u);
}

TEST_F(ModuleCache, C5_5_an_unwritable_folder_costs_only_time) {
  base::write_file(folder_ + "/file", "");
  set("compiledir", folder_ + "/file/cache");
  fresh();
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(run(1), 2);
  EXPECT_EQ(run(2), 3);
  EXPECT_EQ(
      ::testing::internal::GetCapturedStderr(),
      "kroton: warning: artifact cache: " + folder_ + "/file: Not a directory; going on without\n");
}

TEST_F(ModuleCache, C5_5_a_module_that_was_evicted_or_has_a_time_of_its_own_is_right) {
  EXPECT_EQ(run(1), 2);
  EXPECT_EQ(run(2), 3);
  ASSERT_EQ(files().size(), 2u);
  const auto now = std::filesystem::file_time_type::clock::now();
  const auto day = std::chrono::hours(24);
  // A clock that was ahead, one that is behind, and what nobody has used for long.
  for (const auto& [at, left] : {std::pair{now + 365 * day, 2u}, std::pair{now - 10 * day, 2u},
                                 std::pair{now - 91 * day, 0u}}) {
    for (const auto& file : files()) std::filesystem::last_write_time(file, at);
    fresh();
    jit::artifact_cache()->evict();
    EXPECT_EQ(files().size(), left);
    EXPECT_EQ(run(1), 2);
    EXPECT_EQ(run(2), 3);
    EXPECT_EQ(jit::artifact_cache()->verify().good, 2u);
  }
}

TEST_F(ModuleCache, C5_5_a_full_disk_costs_only_time) {
  EXPECT_EQ(run(1), 2);
  const pid_t pid = child([] {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{600, 600};
    ::setrlimit(RLIMIT_FSIZE, &small);
    set("compiler", "");  // the embedded one needs no file
    fresh();
    return jit::find_plugin().empty() || (run(5) == 6 && run(1) == 2);
  });
  EXPECT_EQ(status_of(pid), 0);
  fresh();
  EXPECT_EQ(jit::artifact_cache()->verify().bad.size(), 0u);
  EXPECT_EQ(run(5), 6);
}

TEST_F(ModuleCache, C5_5_a_writer_that_is_killed_leaves_nothing_that_runs) {
  for (const int delay : {3'000, 20'000, 70'000}) {
    const pid_t pid = child([] {
      for (int more = 100;; ++more) run(more);
      return true;
    });
    ::usleep(static_cast<useconds_t>(delay));
    ::kill(pid, SIGKILL);
    status_of(pid);
    fresh();
    EXPECT_TRUE(jit::artifact_cache()->verify().bad.empty());
    for (int more = 100; more < 103; ++more) EXPECT_EQ(run(more), more + 1);
  }
}

TEST_F(ModuleCache, C5_5_fifty_processes_at_once) {
  std::vector<pid_t> children;
  for (int c = 0; c < 50; ++c) {
    children.push_back(
        child([c] { return run(c % 3) == c % 3 + 1 && run((c + 1) % 3) == (c + 1) % 3 + 1; }));
  }
  for (const pid_t pid : children) EXPECT_EQ(status_of(pid), 0);
  EXPECT_EQ(entries(), 3u);
  EXPECT_EQ(jit::artifact_cache()->verify().good, 3u);
}

TEST_F(ModuleCache, C5_5_a_newer_version_takes_the_place_of_older_ones) {
  EXPECT_EQ(run(Versioned({1, 3})), 5);
  EXPECT_EQ(run(1), 2);
  EXPECT_EQ(entries(), 2u);
  EXPECT_EQ(run(Versioned({1, 4})), 5);
  EXPECT_EQ(entries(), 2u);
  fresh();
  EXPECT_EQ(run(Versioned({1, 3})), 5);
  EXPECT_EQ(entries(), 3u);
}

TEST_F(ModuleCache, C5_5_an_unversioned_module_never_reaches_the_disk) {
  EXPECT_EQ(run(Unversioned()), 1);
  EXPECT_EQ(entries(), 0u);
  EXPECT_EQ(run(1), 2);
  EXPECT_EQ(entries(), 1u);
}
