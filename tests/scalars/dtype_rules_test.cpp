// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/scalars/dtype_rules.h"

#include <gtest/gtest.h>

#include <complex>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "kroton/base/config.h"
#include "kroton/base/errors.h"
#include "kroton/ndarray/npy.h"
#include "kroton/scalars/op.h"
#include "tests/support/check_error.h"

namespace {
using namespace kroton;
using scalars::promote;
using scalars::typing;
namespace op = scalars::op;

// Sets flags for one test.
class Flag {
 public:
  Flag(std::string name, std::string before, const std::string& value)
      : name_(std::move(name)), before_(std::move(before)) {
    base::set_flag(name_, value);
  }
  ~Flag() { base::set_flag(name_, before_); }

 private:
  std::string name_, before_;
};

DType output(const scalars::Row& row, std::vector<DType> inputs) {
  return typing(row, inputs).output;
}

TEST(Promotion, is_numpys_for_every_pair) {
  const NDArray table = load_npy(KROTON_TEST_DATA "/scalars/promotion.npy");
  const std::uint8_t* want = table.data<std::uint8_t>();
  for (int a = 0; a < dtype_count; ++a) {
    for (int b = 0; b < dtype_count; ++b) {
      const DType x = static_cast<DType>(a), y = static_cast<DType>(b);
      EXPECT_EQ(promote(x, y), promote(y, x));
      if (x == bfloat16 || y == bfloat16) continue;
      EXPECT_EQ(name(promote(x, y)), name(static_cast<DType>(*want++)))
          << name(x) << " " << name(y);
    }
  }
}

TEST(Promotion, treats_bfloat16_as_float16_but_beside_it) {
  EXPECT_EQ(promote(bfloat16, float16), float32);
  EXPECT_EQ(promote(bfloat16, float32), float32);
  EXPECT_EQ(promote(bfloat16, float64), float64);
  EXPECT_EQ(promote(bfloat16, bool_), bfloat16);
  EXPECT_EQ(promote(bfloat16, int8), bfloat16);
  EXPECT_EQ(promote(bfloat16, int16), float32);
  EXPECT_EQ(promote(bfloat16, int32), float64);
  EXPECT_EQ(promote(bfloat16, complex64), complex64);
}

TEST(Literals, C6_4_take_the_smallest_dtype_that_holds_them) {
  EXPECT_EQ(scalars::literal_dtype(1), int8);
  EXPECT_EQ(scalars::literal_dtype(-128), int8);
  EXPECT_EQ(scalars::literal_dtype(128), int16);
  EXPECT_EQ(scalars::literal_dtype(40000), int32);
  EXPECT_EQ(scalars::literal_dtype(std::int64_t{1} << 40), int64);
  EXPECT_EQ(scalars::literal_dtype(std::uint64_t{7}), int8);
  EXPECT_EQ(scalars::literal_dtype(~std::uint64_t{0}), uint64);
  EXPECT_EQ(scalars::literal_dtype(true), bool_);
  EXPECT_EQ(scalars::literal_dtype(0.5), float32);
  EXPECT_EQ(scalars::literal_dtype(0.1), float64);
  EXPECT_EQ(scalars::literal_dtype(0.1f), float32);
  EXPECT_EQ(scalars::literal_dtype(std::numeric_limits<double>::infinity()), float32);
  EXPECT_EQ(scalars::literal_dtype(std::numeric_limits<double>::quiet_NaN()), float32);
  EXPECT_EQ(scalars::literal_dtype(std::complex<double>(0, 1)), complex128);
}

TEST(Literals, take_floatX_when_that_is_not_float64) {
  const Flag flag("floatX", "float64", "float32");
  EXPECT_EQ(scalars::literal_dtype(0.1), float32);
  EXPECT_EQ(scalars::literal_dtype(1), int8);
  EXPECT_EQ(scalars::literal_dtype(std::complex<double>(0, 1)), complex64);
}

TEST(Typing, says_what_comes_out_and_what_it_is_computed_in) {
  EXPECT_EQ(output(op::add, {int32, int64}), int64);
  EXPECT_EQ(output(op::add, {int64, uint64}), float64);
  EXPECT_EQ(output(op::add, {bool_, bool_}), bool_);
  EXPECT_EQ(output(op::pow, {bool_, bool_}), int8);
  EXPECT_EQ(output(op::floor_div, {bool_, bool_}), int8);
  EXPECT_EQ(output(op::exp, {int8}), float32);
  EXPECT_EQ(output(op::exp, {int32}), float64);
  EXPECT_EQ(output(op::exp, {float16}), float16);
  EXPECT_EQ(typing(op::exp, std::vector{float16}).compute, float32);
  EXPECT_EQ(output(op::true_div, {int8, int64}), float64);
  EXPECT_EQ(output(op::true_div, {float32, int8}), float32);
  EXPECT_EQ(output(op::abs, {complex64}), float32);
  EXPECT_EQ(output(op::real, {complex128}), float64);
  EXPECT_EQ(output(op::lt, {int8, float16}), bool_);
  EXPECT_EQ(typing(op::lt, std::vector{int8, float16}).compute, float32);
  EXPECT_EQ(output(op::switch_, {float64, int8, int16}), int16);
  EXPECT_EQ(typing(op::switch_, std::vector{float64, int8, int16}).arguments,
            (std::vector{bool_, int16, int16}));
  EXPECT_EQ(output(op::second, {float64, int8}), int8);
  EXPECT_EQ(output(op::cast(float16), {float64}), float16);
  EXPECT_EQ(output(op::invert, {bool_}), bool_);
  EXPECT_EQ(output(op::conj, {bool_}), int8);
}

TEST(Typing, true_div_of_integers_gives_floatX) {
  EXPECT_EQ(typing(op::true_div, std::vector{int8, uint16}).compute, float64);
  EXPECT_EQ(typing(op::true_div, std::vector{bool_, int8}).compute, float64);
  const Flag flag("floatX", "float64", "float32");
  EXPECT_EQ(typing(op::true_div, std::vector{int8, int8}).compute, float32);
  EXPECT_EQ(output(op::true_div, {int64, int64}), float32);
  EXPECT_EQ(typing(op::true_div, std::vector{int64, int64}).compute, float64);
}

TEST(Typing, cast_policy_brings_wide_floats_back) {
  const Flag flag("floatX", "float64", "float32");
  const Flag policy("cast_policy", "custom", "numpy+floatX");
  EXPECT_EQ(output(op::add, {float32, int64}), float32);
  EXPECT_EQ(output(op::add, {float32, float64}), float64);
}

TEST(Typing, refuses_in_the_users_words) {
  const auto of = [](const scalars::Row& row, std::vector<DType> inputs) {
    return typing(row, inputs);
  };
  CHECK_ERROR(TypeError, of(op::sub, {bool_, bool_}),
              "sub: x and y are bool; use xor_, or cast one to an integer");
  CHECK_ERROR(TypeError, of(op::neg, {bool_}),
              "neg: x is bool; use invert for a bool, or cast it to an integer");
  CHECK_ERROR(TypeError, of(op::maximum, {float32, complex64}),
              "maximum: y is complex64; it is not defined for complex numbers, take real(x), "
              "imag(x) or abs(x)");
  CHECK_ERROR(TypeError, of(op::round, {int32}), "round: x is int32; it takes floats");
  CHECK_ERROR(TypeError, of(op::and_, {float32, int8}),
              "and_: x is float32; bits need integers or bools");
  CHECK_ERROR(TypeError, of(op::or_, {bool_, int8}),
              "or_: x is bool and y is int8; cast one so that both are bool or both integers");
  CHECK_ERROR(TypeError, of(op::xor_, {int64, uint64}),
              "xor_: x is int64; no integer dtype holds both int64 and uint64, cast one");
  CHECK_ERROR(TypeError, of(op::cast(float32), {complex64}),
              "cast: x is complex64 and cannot become float32; take real(x), imag(x) or abs(x)");
  CHECK_ERROR(TypeError, of(op::add, {float32}), "add: got 1 inputs; it takes 2");
  EXPECT_EQ(output(op::sub, {bool_, int8}), int8);
}
}  // namespace
