// SPDX-License-Identifier: BSD-3-Clause
// C1.6: each bad file, and the whole text of its error. Every case is followed by a good load.
#include <sys/stat.h>
#include <unistd.h>

#include "bad_file.h"
#include "kroton/ndarray/npy.h"

namespace kroton {
TEST(NpyErrors, C1_6_a_file_that_is_no_npy) {
  const Scratch scratch;
  expect_bad(
      scratch.write("a.npy", "hello, world"),
      "is not a .npy file: it starts with the bytes 68 65 6c 6c 6f 2c, not with 93 4e 55 4d 50 "
      "59; save the array with save_npy or numpy.save");
  expect_bad(
      scratch.write("b.npy", "\x93NU"),
      "is not a .npy file: it starts with the bytes 93 4e 55, not with 93 4e 55 4d 50 59; save "
      "the array with save_npy or numpy.save");
  expect_bad(scratch.write("c.npy", ""), "is empty; give the path of a .npy file");
}
TEST(NpyErrors, C1_6_an_npz_archive_is_named) {
  expect_bad(reference("npy/archive.npz"),
             "is a .npz archive; save the array that you want as a .npy file of its own");
  EXPECT_EQ(error_text<ValueError>([] { load_npy(reference("npy/archive.npz")); }).substr(0, 9),
            "load_npy:");
}
TEST(NpyErrors, C1_6_missing_files_folders_and_devices) {
  const Scratch scratch;
  expect_bad(scratch.path("none.npy"),
             "cannot be opened: No such file or directory; give the path of a readable .npy file");
  expect_bad(scratch.path("."), "is a directory; give the path of a .npy file");
  expect_bad("/dev/null", "is no regular file; give the path of a .npy file");
  ASSERT_EQ(::mkfifo(scratch.path("pipe").c_str(), 0600), 0);
  expect_bad(scratch.path("pipe"), "is no regular file; give the path of a .npy file");
  expect_bad("",
             "cannot be opened: No such file or directory; give the path of a readable .npy file");
  EXPECT_ERROR(ValueError, load_npy(std::string("a\0b", 3)),
               "load_npy: 'a\\x00b' contains a zero byte; give the path of a file");
}
TEST(NpyErrors, C1_6_a_file_without_permission) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read every file";
  const Scratch scratch;
  const std::string path = scratch.write("a.npy", "x");
  ::chmod(path.c_str(), 0);
  expect_bad(path, "cannot be opened: Permission denied; give the path of a readable .npy file");
}
TEST(NpyErrors, C1_6_a_truncated_file_is_named) {
  const Scratch scratch;
  const std::string whole = file_bytes(reference("npy/float64.npy"));  // 128 bytes and 6 doubles
  expect_bad(scratch.write("a.npy", whole.substr(0, 150)),
             "holds 22 bytes of data, shape (2, 3) of float64 takes 48; the file is truncated");
  expect_bad(scratch.write("b.npy", whole.substr(0, 128)),
             "holds 0 bytes of data, shape (2, 3) of float64 takes 48; the file is truncated");
  expect_bad(scratch.write("c.npy", whole.substr(0, 100)),
             "has 100 bytes, its header alone takes 128; the file is truncated");
  expect_bad(scratch.write("d.npy", whole.substr(0, 10)),
             "has 10 bytes, its header alone takes 128; the file is truncated");
  expect_bad(scratch.write("e.npy", std::string("\x93NUMPY\x02\0\xff\xff", 10)),
             "has 10 bytes, its header alone takes 65547; the file is truncated");
  expect_bad(scratch.write("f.npy", std::string("\x93NUMPY\x03\0\xff\xff\xff\xff", 12) + whole),
             "has 188 bytes, its header alone takes 4294967307; the file is truncated");
  // Every possible cut is an error that names the file, never a crash.
  for (std::size_t n = 0; n < whole.size(); ++n) {
    const std::string path = scratch.write("cut.npy", whole.substr(0, n));
    EXPECT_NE(error_text<ValueError>([&] { load_npy(path, "c"); }).find(path), std::string::npos)
        << n;
  }
}
TEST(NpyErrors, C1_6_a_file_that_shrinks_between_calls) {
  const Scratch scratch;
  const std::string path = scratch.path("a.npy");
  save_npy(path, NDArray::zeros({100}));
  const NpyFile file(path);
  EXPECT_EQ(file.read().size(), 100u);
  ASSERT_EQ(::truncate(path.c_str(), 500), 0);
  for (int again = 0; again < 2; ++again) {
    EXPECT_ERROR(ValueError, file.map(),
                 "load_npy: '" + path +
                     "' holds 372 bytes of data, shape (100,) of float64 takes 800; "
                     "the file is truncated");
    EXPECT_EQ(error_text<ValueError>([&] { file.read(); }),
              error_text<ValueError>([&] { load_npy(path); }));
  }
}
TEST(NpyErrors, C1_6_other_versions) {
  const Scratch scratch;
  expect_bad(scratch.write("a.npy", with_header(dict("'<f8'", "(1,)"), 64, 4)),
             "has format version 4.0; versions 1.0, 2.0 and 3.0 can be read");
  expect_bad(scratch.write("b.npy", std::string("\x93NUMPY\x01\x01", 8) + std::string(100, ' ')),
             "has format version 1.1; versions 1.0, 2.0 and 3.0 can be read");
}
TEST(NpyErrors, a_random_change_of_a_file_is_read_or_named) {
  const Scratch scratch;
  const std::string whole = file_bytes(reference("npy/int32.npy"));
  std::uint32_t random = 12345;
  for (int i = 0; i < 500; ++i) {
    std::string bytes = whole;
    for (int k = 0; k <= i % 3; ++k) {
      random = random * 1664525u + 1013904223u;
      bytes[(random >> 8) % 128] = static_cast<char>(random >> 24);
    }
    const std::string path = scratch.write("a.npy", bytes);
    try {
      load_npy(path).copy();
      load_npy(path, "c").copy();
    } catch (const Error& error) {
      ASSERT_NE(std::string(error.what()).find(path), std::string::npos) << error.what();
    }
  }
}
TEST(NpyErrors, C1_1_other_modes) {
  for (const std::string mode : {"r", "r+", "w+", "toto", ""}) {
    EXPECT_ERROR(ValueError, load_npy(reference("npy/scalar.npy"), mode),
                 "load_npy: mmap_mode '" + mode +
                     "' is not supported; use nullopt (copy into memory) or "
                     "\"c\" (map copy-on-write)");
  }
}
TEST(NpyErrors, the_caller_is_named) {
  EXPECT_ERROR(Error, NpyFile("none.npy", "load"),
               "load: 'none.npy' cannot be opened: No such file or directory; give the path of a "
               "readable .npy file");
}
}  // namespace kroton
