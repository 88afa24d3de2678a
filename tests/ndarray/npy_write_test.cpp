// SPDX-License-Identifier: BSD-3-Clause
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <thread>

#include "kroton/ndarray/npy.h"
#include "reference.h"

namespace kroton {
namespace {
std::string npy(const std::string& file) { return reference("npy/" + file + ".npy"); }
}  // namespace

TEST(NpyWrite, C0_2_saved_files_are_NumPys_byte_for_byte) {
  const Scratch scratch;
  for (const DTypeInfo& row : dtype_table) {
    const NDArray a = six_values(row.dtype);
    save_npy(scratch.path("c.npy"), a);
    EXPECT_EQ(file_bytes(scratch.path("c.npy")), file_bytes(npy(row.name))) << row.name;
    save_npy(scratch.path("f.npy"), a.transpose().copy().transpose());
    EXPECT_EQ(file_bytes(scratch.path("f.npy")),
              file_bytes(npy(row.name + std::string("_fortran"))));
    save_npy(scratch.path("s.npy"),
             a.slice({slice({}, {}, -1), slice()}).copy().slice({slice({}, {}, -1)}));
    EXPECT_EQ(file_bytes(scratch.path("s.npy")), file_bytes(npy(row.name)));
  }
  for (const char* name : {"scalar", "empty", "version_1", "three_axes_fortran"}) {
    save_npy(scratch.path("x.npy"), load_npy(npy(name)));
    EXPECT_EQ(file_bytes(scratch.path("x.npy")), file_bytes(npy(name))) << name;
  }
}
TEST(NpyWrite, saving_replaces_the_file_at_once_and_leaves_no_other) {
  const Scratch scratch;
  const std::string path = scratch.path("a.npy");
  save_npy(path, array({1}));
  const NDArray mapped = load_npy(path, "c");
  save_npy(path, array({2, 3}));
  EXPECT_EQ(mapped.item<int>(), 1);
  EXPECT_EQ(load_npy(path).to_vector<std::int64_t>(), (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(scratch.files(), 1u);
  struct stat status{};
  ::stat(path.c_str(), &status);
  EXPECT_TRUE(status.st_mode & S_IRUSR);
  // A symbolic link stays one.
  std::filesystem::create_symlink("a.npy", scratch.path("link.npy"));
  save_npy(scratch.path("link.npy"), array({4}));
  EXPECT_TRUE(std::filesystem::is_symlink(scratch.path("link.npy")));
  EXPECT_EQ(load_npy(path).item<int>(), 4);
}
TEST(NpyWrite, an_array_can_be_saved_over_the_file_that_it_maps) {
  const Scratch scratch;
  const std::string path = scratch.path("a.npy");
  save_npy(path, array({1., 2.}));
  NDArray a = load_npy(path, "c");
  a.at<double>({0}) = 7;
  save_npy(path, a);
  EXPECT_EQ(load_npy(path).to_vector<double>(), (std::vector<double>{7, 2}));
}
TEST(NpyWrite, several_threads_save_one_file_and_it_is_always_whole) {
  const Scratch scratch;
  const std::string path = scratch.path("a.npy");
  save_npy(path, NDArray::full({500}, 0));
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        save_npy(path, NDArray::full({500}, t));
        const NDArray a = load_npy(path);
        EXPECT_EQ(a.at<double>({0}), a.at<double>({499}));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(scratch.files(), 1u);
}
TEST(NpyWrite, what_cannot_be_saved_is_named_and_leaves_nothing) {
  const Scratch scratch;
  EXPECT_ERROR(
      Error, save_npy(scratch.path("none/a.npy"), array({1})),
      "save_npy: '" + scratch.path("none/a.npy") +
          "' cannot be written: No such file or directory; free space or choose another path");
  EXPECT_ERROR(Error, save_npy(scratch.path("."), array({1})),
               "save_npy: '" + scratch.path(".") +
                   "' cannot be written: Is a directory; free space or choose another path");
  EXPECT_ERROR(
      Error, save_npy(std::string("a\0b", 3), array({1})),
      "save_npy: 'a\\x00b' cannot be written: Invalid argument; free space or choose another path");
  EXPECT_ERROR(
      Error, save_npy("/dev/full", array({1})),
      "save_npy: '/dev/full' cannot be written: No space left on device; free space or choose "
      "another path");
  EXPECT_EQ(scratch.files(), 0u);
  save_npy(scratch.path("a.npy"), array({1}));
  EXPECT_EQ(load_npy(scratch.path("a.npy")).item<int>(), 1);
}
TEST(NpyWrite, a_full_disk_leaves_the_old_file) {
  const Scratch scratch;
  const std::string path = scratch.path("a.npy");
  save_npy(path, array({1}));
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  rlimit small = before;
  small.rlim_cur = 4096;
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  ::setrlimit(RLIMIT_FSIZE, &small);
  const std::string text = error_text<Error>([&] { save_npy(path, NDArray::zeros({10000})); });
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(text, "save_npy: '" + path +
                      "' cannot be written: File too large; free space or choose another path");
  EXPECT_EQ(load_npy(path).item<int>(), 1);
  EXPECT_EQ(scratch.files(), 1u);
}
}  // namespace kroton
