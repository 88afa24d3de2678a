// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/compare.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "kroton/gpuarray/type.h"
#include "values.h"

using namespace kroton;
using namespace kroton::gpuarray;
using namespace gpuarray_test;

namespace {
constexpr double inf = std::numeric_limits<double>::infinity();
const double nan_ = std::nan("");
GpuArray of(std::initializer_list<double> values, DType dtype = float64) {
  return on_dev0(array(values).astype(dtype));
}
bool eq(const GpuArray& a, const GpuArray& b, bool force = true) {
  return GpuArrayType::values_eq(a, b, force);
}
}  // namespace

TEST(ValuesEq, C4_11_shapes_typecodes_then_elements) {
  NEEDS_DEVICE();
  EXPECT_TRUE(eq(of({1, 2}), of({1, 2})));
  EXPECT_FALSE(eq(of({1, 2}), of({1, 3})));
  EXPECT_FALSE(eq(of({1, 2}), of({1, 2, 3})));
  EXPECT_FALSE(eq(of({1}), on_dev0(array({1.}, {1, 1}))));
  EXPECT_FALSE(eq(of({1, 2}), of({1, 2}, float32)));
  EXPECT_TRUE(eq(of({1, 2}), of({1, 2}, float32), false));
  EXPECT_FALSE(eq(of({1, 2.5}), of({1, 2}, int32), false));
  EXPECT_TRUE(eq(of({1, 2}, int8), of({1, 2}, uint16), false));
  EXPECT_TRUE(eq(of({}), of({})));
  for (const DType d : {bool_, int8, uint64, float16, bfloat16, float32}) {
    EXPECT_TRUE(eq(of({0, 1, 1}, d), of({0, 1, 1}, d))) << name(d);
    EXPECT_FALSE(eq(of({0, 1, 1}, d), of({0, 1, 0}, d))) << name(d);
  }
  const GpuArray big = on_dev0(array<std::int64_t>({9007199254740993}));
  EXPECT_FALSE(eq(big, on_dev0(array<std::int64_t>({9007199254740992}))));
  EXPECT_TRUE(eq(big, on_dev1(array<std::int64_t>({9007199254740993}))));
}

TEST(ValuesEq, C4_11_nan_equals_nan_and_the_others_are_still_compared) {
  NEEDS_DEVICE();
  for (const DType d : {float16, bfloat16, float32, float64}) {
    EXPECT_TRUE(eq(of({1, nan_, inf}, d), of({1, nan_, inf}, d))) << name(d);
    EXPECT_FALSE(eq(of({1, nan_}, d), of({2, nan_}, d))) << name(d);
    EXPECT_FALSE(eq(of({1, nan_}, d), of({1, 2}, d))) << name(d);
    EXPECT_FALSE(eq(of({1, 2}, d), of({1, nan_}, d))) << name(d);
    EXPECT_FALSE(eq(of({inf}, d), of({-inf}, d))) << name(d);
  }
}

TEST(ValuesEq, C4_11_looks_at_every_element_of_strided_arrays) {
  NEEDS_DEVICE();
  NDArray many = NDArray::arange(100000, int32).reshape({100, 1000});
  const GpuArray a = on_dev0(many.transpose()), b = on_dev0(many).transpose();
  EXPECT_TRUE(eq(a, b));
  many.at<std::int32_t>({99, 999}) += 1;
  EXPECT_FALSE(eq(a, on_dev0(many).transpose()));
  const GpuArray odd = on_dev0(many).slice({slice(1, {}, 2), slice({}, {}, -3)});
  EXPECT_TRUE(eq(odd, odd.copy()));
}

TEST(ValuesEqApprox, C4_12_exact_for_discrete_dtypes_else_by_tolerance) {
  NEEDS_DEVICE();
  const auto close = [](double x, double y, DType d) {
    return GpuArrayType::values_eq_approx(of({x}, d), of({y}, d));
  };
  EXPECT_FALSE(close(1000000, 1000001, int64));
  EXPECT_TRUE(close(1000000, 1000001, float64));
  EXPECT_TRUE(close(1, 1 + 0.9e-5, float64));
  EXPECT_FALSE(close(1, 1 + 1.1e-5, float64));
  EXPECT_TRUE(close(1, 1 + 1.8e-5, float32));
  EXPECT_FALSE(close(1, 1 + 2.2e-5, float32));
  EXPECT_TRUE(close(1, 1.005, float16));
  EXPECT_FALSE(close(1, 1.01, float16));
  EXPECT_TRUE(close(1, 1.04, bfloat16));
  EXPECT_FALSE(close(1, 1.1, bfloat16));
  EXPECT_FALSE(GpuArrayType::values_eq_approx(of({1}), of({1}, float32)));
  EXPECT_FALSE(GpuArrayType::values_eq_approx(of({1}), of({1, 1})));
  const auto within = [](double rtol, double atol) {
    return GpuArrayType::values_eq_approx(of({100, 1}), of({101, 1}), false, false, rtol, atol);
  };
  EXPECT_TRUE(within(0.01, 0));
  EXPECT_FALSE(within(0.009, 0));
  EXPECT_TRUE(within(0, 1));
  EXPECT_FALSE(within(0, 0.9));
}

TEST(ValuesEqApprox, C4_12_nan_and_infinities) {
  NEEDS_DEVICE();
  const auto close = [](std::initializer_list<double> x, std::initializer_list<double> y,
                        bool any_inf = false, bool any_nan = false) {
    return GpuArrayType::values_eq_approx(of(x, float32), of(y, float32), any_inf, any_nan);
  };
  EXPECT_TRUE(close({nan_, inf, 1}, {nan_, inf, 1}));
  EXPECT_FALSE(close({nan_, 1}, {nan_, 2}));
  EXPECT_FALSE(close({inf}, {-inf}));
  EXPECT_FALSE(close({1}, {inf}));
  EXPECT_FALSE(close({inf}, {1}));
  EXPECT_TRUE(close({inf, 1}, {5, 1}, true));
  EXPECT_TRUE(close({-inf}, {nan_}, true));
  EXPECT_FALSE(close({inf, 1}, {5, 2}, true));
  EXPECT_FALSE(close({1}, {inf}, true));  // where a is infinite, not b
  EXPECT_FALSE(close({nan_}, {5}, true));
  EXPECT_TRUE(close({nan_, 1}, {5, 1}, false, true));
  EXPECT_FALSE(close({5}, {nan_}, false, true));
  EXPECT_FALSE(close({inf}, {5}, false, true));
}

TEST(ValuesEqApprox, C4_12_of_values_in_general) {
  NEEDS_DEVICE();
  const GpuArrayType type(float32, {false}, "dev0");
  const Value a = on_dev0(array<float>({1, 2})), b = on_dev0(array<float>({1, 2.00001f}));
  EXPECT_FALSE(type.values_eq(a, b));
  EXPECT_TRUE(type.values_eq_approx(a, b));
  EXPECT_TRUE(type.values_eq(a, a));
  EXPECT_FALSE(type.values_eq(a, Value(array<float>({1, 2}))));
}
