// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/base/files.h"

#include <dirent.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "kroton/base/errors.h"

namespace kroton::base {
namespace {
class Files : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/kroton_files_XXXXXX";
    folder_ = ::mkdtemp(name);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string folder_;
};

TEST_F(Files, what_is_written_is_read) {
  std::string path = folder_ + "/a";
  std::string bytes(100'000, 'x');
  bytes[5] = '\0';
  write_file(path, bytes);
  EXPECT_EQ(read_file(path), bytes);
  write_file(path, "", {.permissions = 0644, .durable = true});
  EXPECT_EQ(read_file(path), "");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(Files, a_file_without_a_size_is_read_whole) {
  EXPECT_NE(read_file("/proc/self/status").find("VmRSS"), std::string::npos);
}

TEST_F(Files, failures_name_the_path_and_the_reason_and_leave_nothing) {
  auto text = [](auto&& f) -> std::string {
    try {
      f();
    } catch (const Error& e) {
      return e.what();
    }
    return "(nothing thrown)";
  };
  EXPECT_EQ(text([] { read_file("/nowhere/x"); }), "/nowhere/x: No such file or directory");
  EXPECT_EQ(text([] { read_file("/tmp"); }), "/tmp: Is a directory");
  EXPECT_EQ(try_read_file("/nowhere/x"), std::nullopt);
  EXPECT_EQ(text([] { write_file("/nowhere/x", "a"); }), "/nowhere/x: No such file or directory");
  ::mkdir((folder_ + "/d").c_str(), 0700);
  write_file(folder_ + "/d/inside", "");
  EXPECT_EQ(text([&] { write_file(folder_ + "/d", "a"); }), folder_ + "/d: Is a directory");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
  write_file(folder_ + "/file", "");
  EXPECT_EQ(text([&] { make_private_folder(folder_ + "/file/x"); }),
            folder_ + "/file: Not a directory");
}

TEST_F(Files, a_reader_sees_the_old_or_the_new_content) {
  std::string path = folder_ + "/a", old(50'000, 'o'), fresh(70'000, 'n');
  write_file(path, old);
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (int i = 0; i < 200; ++i) write_file(path, i % 2 ? old : fresh);
    stop = true;
  });
  while (!stop) {
    std::string seen = read_file(path);
    ASSERT_TRUE(seen == old || seen == fresh);
  }
  writer.join();
}

TEST_F(Files, private_folders_are_for_the_owner_alone) {
  make_private_folder(folder_ + "/a/b//c/");
  struct stat status;
  ASSERT_EQ(::stat((folder_ + "/a/b/c").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
  EXPECT_NO_THROW(make_private_folder(folder_ + "/a/b/c"));
}

TEST_F(Files, identity_changes_with_the_content) {
  std::string path = folder_ + "/a";
  EXPECT_EQ(file_identity(path), std::nullopt);
  write_file(path, "one");
  auto before = file_identity(path);
  ASSERT_TRUE(before);
  EXPECT_EQ(file_identity(path), before);
  write_file(path, "two");
  EXPECT_NE(file_identity(path), before);
}

TEST_F(Files, paths_and_variables) {
  EXPECT_EQ(path_join("/a", "b"), "/a/b");
  EXPECT_EQ(path_join("/a/", "b"), "/a/b");
  EXPECT_EQ(path_join("/a", "/b"), "/b");
  EXPECT_EQ(path_join("", "b"), "b");
  ::setenv("KROTON_TEST_EMPTY", "", 1);
  EXPECT_EQ(environment("KROTON_TEST_EMPTY"), std::nullopt);
  ::unsetenv("KROTON_TEST_EMPTY");
}
}  // namespace
}  // namespace kroton::base
