// SPDX-License-Identifier: BSD-3-Clause
// Files that cannot be loaded: each is an error that names the file, and a good file works right
// after.
#include "outsider.h"

using namespace kroton;
using outsider::bytes_of;
using outsider::error_of;
using outsider::Folder;
using outsider::list;
using outsider::Longs;
using outsider::npy;
using outsider::npy_of;
using outsider::write_file;

namespace {
// Both modes refuse the file by name, twice with the same text, and take a good file afterwards.
template <class Kind = Error>
std::string refused(const std::string& bad, DType d = int64, std::vector<bool> flags = {false}) {
  const Folder folder;
  save_npy(folder / "good.npy", NDArray::zeros(Shape(flags.size(), 1), d));
  std::string text;
  for (std::optional<std::string> mode :
       {std::optional<std::string>(), std::optional<std::string>("c")}) {
    auto path = generic("path");
    auto f = function({path}, load(path, d, flags, mode));
    text = error_of<Kind>([&] { return f(bad); });
    EXPECT_HAS(text, std::filesystem::path(bad).filename().string());
    EXPECT_EQ(text, error_of<Kind>([&] { return f(bad); }));
    EXPECT_EQ(f(folder / "good.npy").array().size(), 1u);
  }
  return text;
}
const std::string two = bytes_of<std::int64_t>({1, 2});
}  // namespace

TEST(LoadErrors, C1_6_missing_files_and_folders) {
  const Folder folder;
  refused(folder / "missing.npy");
  refused(folder / "no_folder/missing.npy");
  std::filesystem::create_directory(folder / "directory.npy");
  refused(folder / "directory.npy");
  refused("/dev/null");
  error_of([] { return load("", int64, {false}).eval(); });
}

TEST(LoadErrors, C1_6_files_that_are_no_npy) {
  const Folder folder;
  write_file(folder / "text.npy",
             "this is a text and long enough to hold a header of any kind, is it not?");
  refused(folder / "text.npy");
  write_file(folder / "empty.npy", "");
  refused(folder / "empty.npy");
  write_file(folder / "short.npy", "\x93NUM");
  refused(folder / "short.npy");
  write_file(folder / "magic.npy", "\x93NUMPY");
  refused(folder / "magic.npy");
  write_file(folder / "version.npy",
             std::string("\x93NUMPY\x09\0\x10\0", 10) + std::string(200, ' '));
  refused(folder / "version.npy");
}

TEST(LoadErrors, C1_6_an_npz_is_a_ValueError) {
  const Folder folder;
  write_file(folder / "archive.npz", std::string("PK\x03\x04", 4) + std::string(100, 'x'));
  EXPECT_HAS(refused<ValueError>(folder / "archive.npz"), "npz");
  write_file(folder / "renamed.npy", std::string("PK\x03\x04", 4) + std::string(100, 'x'));
  EXPECT_HAS(refused<ValueError>(folder / "renamed.npy"), "npz");
}

TEST(LoadErrors, C1_6_another_dtype_is_a_TypeError_that_names_both) {
  const Folder folder;
  save_npy(folder / "a.npy", array<int>({1, 2}));
  const std::string text = refused<TypeError>(folder / "a.npy", float32);
  EXPECT_HAS(text, "int32");
  EXPECT_HAS(text, "float32");
  EXPECT_HAS(text,
             "load: '" + (folder / "a.npy") +
                 "' holds int32, the graph says float32; pass dtype int32 or convert the file");
  save_npy(folder / "d.npy", array({1., 2.}));
  refused<TypeError>(folder / "d.npy", float32);
  refused<TypeError>(folder / "d.npy", int64);
}

TEST(LoadErrors, C1_6_other_dimensions_or_lengths) {
  const Folder folder;
  save_npy(folder / "m.npy", NDArray::zeros({2, 3}, int64));
  refused(folder / "m.npy", int64, {false});
  refused(folder / "m.npy", int64, {});
  refused(folder / "m.npy", int64, {true, false});
  refused(folder / "m.npy", int64, {false, false, false});
  save_npy(folder / "none.npy", NDArray::zeros({0, 3}, int64));
  refused(folder / "none.npy", int64, {true, false});
}

TEST(LoadErrors, C1_6_truncated_files) {
  const Folder folder;
  const std::string whole = npy_of("<i8", "(2,)", two);
  for (std::size_t n : {whole.size() - 1, whole.size() - 9, whole.size() - two.size(),
                        std::size_t{70}, std::size_t{20}, std::size_t{10}, std::size_t{9}}) {
    write_file(folder / "cut.npy", whole.substr(0, n));
    refused(folder / "cut.npy");
  }
  std::string huge_header = whole;
  huge_header[8] = '\xff', huge_header[9] = '\xff';
  write_file(folder / "header.npy", huge_header);
  refused(folder / "header.npy");
  std::string second = npy_of("<i8", "(2,)", two, false, 2);
  second[8] = second[9] = second[10] = second[11] = '\xff';
  write_file(folder / "header2.npy", second);
  refused(folder / "header2.npy");
}

TEST(LoadErrors, C1_6_shapes_that_overflow_or_are_no_shapes) {
  const Folder folder;
  for (const char* shape :
       {"(4611686018427387904,)", "(9223372036854775807,)", "(18446744073709551616,)",
        "(99999999999999999999999999,)", "(1000000000000,)"}) {
    write_file(folder / "big.npy", npy_of("<i8", shape, two));
    refused(folder / "big.npy");
  }
  write_file(folder / "product.npy", npy_of("<i8", "(4294967296, 4294967296)", two));
  refused(folder / "product.npy", int64, {false, false});
  write_file(folder / "product0.npy",
             npy_of("<i8", "(0, 4294967296, 4294967296, 4294967296)", two));
  try {
    load(folder / "product0.npy", int64, {false, false, false, false}).eval();
  } catch (const Error&) {
  }
  for (const char* shape :
       {"(-1,)", "(2", "2", "(2,,)", "('2',)", "(2.0,)", "[2]", "(a,)", "None", "(,)", ""}) {
    write_file(folder / "odd.npy", npy_of("<i8", shape, two));
    refused(folder / "odd.npy");
  }
}

TEST(LoadErrors, C1_6_headers_that_are_damaged) {
  const Folder folder;
  for (const char* header :
       {"", "{}", "{'descr': '<i8'}", "{'descr': '<i8', 'fortran_order': False}",
        "{'descr': '<i8', 'fortran_order': Maybe, 'shape': (2,)}",
        "{'descr': <i8, 'fortran_order': False, 'shape': (2,)}",
        "{'descr': '<i8', 'fortran_order': False, 'shape': (2,)", "not a dictionary",
        "{'descr': '<i8', 'fortran_order': False, 'shape': (2,), 'extra': 1}",
        "{'descr': '<i8, 'fortran_order': False, 'shape': (2,)}",
        "{'descr': '<i8', 'fortran_order': False, 'shape': (2,)} and more"}) {
    write_file(folder / "bad.npy", npy(header, two));
    refused(folder / "bad.npy");
  }
}

TEST(LoadErrors, C1_6_dtypes_that_no_array_has) {
  const Folder folder;
  for (const char* descr : {"|O", "|S4", "<U4", "<M8[ns]", "<m8[s]", "<f16", "|V8", "<i3", "<x8",
                            "<i16", "", "|V0", "<f"}) {
    write_file(folder / "dtype.npy", npy_of(descr, "(2,)", two));
    refused(folder / "dtype.npy");
  }
  write_file(
      folder / "structured.npy",
      npy("{'descr': [('a', '<i4'), ('b', '<i4')], 'fortran_order': False, 'shape': (2,), }", two));
  refused(folder / "structured.npy");
}

TEST(LoadErrors, C1_6_a_file_that_shrank_between_calls) {
  const Folder folder;
  save_npy(folder / "a.npy", NDArray::arange(100000));
  auto path = generic("path");
  for (std::optional<std::string> mode :
       {std::optional<std::string>(), std::optional<std::string>("c")}) {
    save_npy(folder / "a.npy", NDArray::arange(100000));
    auto f = function({path}, load(path, int64, {false}, mode).sum());
    EXPECT_EQ(f(folder / "a.npy").item<std::int64_t>(), 4999950000);
    std::filesystem::resize_file(folder / "a.npy", 5000);
    EXPECT_HAS(error_of([&] { return f(folder / "a.npy"); }), "a.npy");
    save_npy(folder / "a.npy", array({1, 2}));
    EXPECT_EQ(f(folder / "a.npy").item<int>(), 3);
  }
}

TEST(LoadErrors, C1_6_an_unreadable_file) {
  if (geteuid() == 0) GTEST_SKIP() << "root may read every file";
  const Folder folder;
  save_npy(folder / "a.npy", array({1, 2}));
  std::filesystem::permissions(folder / "a.npy", std::filesystem::perms::none);
  refused(folder / "a.npy");
}
