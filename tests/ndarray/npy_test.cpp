// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/ndarray/npy.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <thread>

#include "kroton/ndarray/cast.h"
#include "kroton/ndarray/half.h"
#include "reference.h"

namespace kroton {
namespace {
std::string npy(const std::string& file) { return reference("npy/" + file + ".npy"); }
}  // namespace

TEST(Npy, C1_7_every_dtype_order_and_endianness_is_read) {
  for (const DTypeInfo& row : dtype_table) {
    for (const std::string kind : {"", "_fortran", "_big", "_big_fortran"}) {
      const std::string path = npy(row.name + kind);
      const bool big = kind.starts_with("_big");
      if (big && (row.size == 1 || row.dtype == bfloat16)) continue;
      for (const auto& mode : {std::optional<std::string>(), std::optional<std::string>("c")}) {
        const NDArray a = load_npy(path, mode);
        EXPECT_TRUE(same_bytes(a, six_values(row.dtype))) << path;
        EXPECT_EQ(a.is_f_contiguous(), kind.ends_with("fortran")) << path;
        EXPECT_EQ(a.is_mapped(), mode.has_value() && !big) << path;
      }
    }
  }
}
TEST(Npy, C1_7_versions_1_2_and_3_are_read) {
  for (int version : {1, 2, 3}) {
    const std::string path = npy("version_" + std::to_string(version));
    EXPECT_EQ(load_npy(path).to_vector<std::int64_t>(), (std::vector<std::int64_t>{0, 1, 2, 3, 4}));
    EXPECT_EQ(load_npy(path, "c").at<std::int64_t>({4}), 4);
    EXPECT_EQ(read_npy_header(path).version, version);
  }
}
TEST(Npy, C1_7_scalars_and_empty_arrays_are_read) {
  for (const auto& mode : {std::optional<std::string>(), std::optional<std::string>("c")}) {
    EXPECT_EQ(load_npy(npy("scalar"), mode).item<double>(), 2.5);
    EXPECT_EQ(load_npy(npy("scalar"), mode).shape(), Shape{});
    EXPECT_EQ(load_npy(npy("empty"), mode).shape(), (Shape{0, 3}));
    EXPECT_EQ(load_npy(npy("empty_fortran"), mode).shape(), (Shape{2, 0, 3}));
    const NDArray cube = load_npy(npy("three_axes_fortran"), mode);
    EXPECT_EQ(cube.strides(), (Shape{4, 8, 24}));
    EXPECT_EQ(cube.at<float>({1, 2, 3}), 23.f);
  }
}
TEST(Npy, C1_7_a_void_of_two_bytes_is_bfloat16) {
  EXPECT_TRUE(same_bytes(load_npy(npy("void")), six_values(bfloat16)));
}
TEST(Npy, C1_4_without_a_mode_the_data_is_in_memory) {
  const Scratch scratch;
  save_npy(scratch.path("a.npy"), array({1., 2.}));
  const NDArray a = load_npy(scratch.path("a.npy"));
  save_npy(scratch.path("a.npy"), array({3., 4.}));
  EXPECT_FALSE(a.is_mapped());
  EXPECT_EQ(a.at<double>({0}), 1);
}
TEST(Npy, C1_5_a_mapped_array_is_written_privately) {
  const Scratch scratch;
  const std::string path = scratch.path("a.npy");
  save_npy(path, array({1., 2., 3.}));
  const std::string before = file_bytes(path);
  NDArray a = load_npy(path, "c");
  EXPECT_TRUE(a.is_mapped());
  EXPECT_TRUE(a.slice({slice(1)}).is_mapped());
  EXPECT_FALSE(a.copy().is_mapped());
  EXPECT_FALSE(a.is_sole_owner());
  a.at<double>({1}) = 20;
  EXPECT_EQ(file_bytes(path), before);
  EXPECT_EQ(load_npy(path, "c").at<double>({1}), 2);
  // It survives the file.
  std::filesystem::remove(path);
  EXPECT_EQ(a.to_vector<double>(), (std::vector<double>{1, 20, 3}));
}
TEST(Npy, C1_5_mapping_reads_only_what_is_touched) {
  const Scratch scratch;
  const std::string path = scratch.path("big.npy");
  // A sparse file of 64 GiB: reading it whole would not end, nor fit.
  std::string header = "{'descr': '<f8', 'fortran_order': False, 'shape': (8589934592,), }";
  header.append(128 - 10 - header.size() - 1, ' ').push_back('\n');
  scratch.write("big.npy", std::string("\x93NUMPY\x01\x00\x76\x00", 10) + header);
  if (::truncate(path.c_str(), 128 + (std::int64_t{8} << 33)) != 0)
    GTEST_SKIP() << "no sparse files here";
  NDArray a = load_npy(path, "c");
  EXPECT_TRUE(a.is_mapped());
  EXPECT_EQ(a.at<double>({-1}), 0);
  a.at<double>({8589934591}) = 5;
  EXPECT_EQ(a.slice({slice(-2)}).to_vector<double>(), (std::vector<double>{0, 5}));
}
TEST(Npy, C1_5_misaligned_data_is_copied) {
  const Scratch scratch;
  const std::string header = "{'descr': '<f8', 'fortran_order': False, 'shape': (1,)}\n";
  std::string bytes =
      std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(header.size()) + '\0' + header;
  ASSERT_NE(bytes.size() % 8, 0u);
  const double x = 2.5;
  bytes.append(reinterpret_cast<const char*>(&x), 8);
  const NDArray a = load_npy(scratch.write("a.npy", bytes), "c");
  EXPECT_FALSE(a.is_mapped());
  EXPECT_EQ(a.item<double>(), 2.5);
}
TEST(Npy, any_byte_but_0_is_true) {
  const Scratch scratch;
  std::string bytes = file_bytes(npy("bool"));
  bytes[128] = 2;
  const NDArray a = load_npy(scratch.write("a.npy", bytes));
  EXPECT_EQ(*static_cast<unsigned char*>(a.raw()), 1);
}
}  // namespace kroton
