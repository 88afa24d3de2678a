// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/scalar_type.h"

#include <limits>

#include "kroton/base/errors.h"
#include "kroton/tensor/type.h"
#include "tests/support/check_error.h"

using namespace kroton;
namespace T = kroton::tensor;

TEST(Scalar, holds_one_number) {
  const T::Scalar type(int32);
  EXPECT_EQ(type.text(), "Scalar{dtype: int32}");
  EXPECT_EQ(NDArray(type.filter(3)).dtype(), int32);
  CHECK_ERROR(
      TypeError, type.filter(array({1, 2})),
      "Scalar{dtype: int32}: the value is int64 (2,), which may lose precision as int32; convert it with astype, or pass "
      "allow_downcast = true");
  EXPECT_FALSE(type.is_array());
  EXPECT_EQ(type.c_element_type(), "npy_int32");
}

TEST(Scalar, its_text_equality_and_hash_come_from_the_dtype) {
  EXPECT_TRUE(T::Scalar(int32) == T::Scalar(int32));
  EXPECT_EQ(T::Scalar(int32).hash(), T::Scalar(int32).hash());
  EXPECT_FALSE(T::Scalar(int32) == T::Scalar(int64));
  EXPECT_FALSE(static_cast<const Type&>(T::Scalar(int32)) == T::TensorType(int32, {}));
  EXPECT_EQ(T::Scalar(complex128).dtype(), complex128);
  EXPECT_EQ(T::Scalar(float16)("h").type().text(), "Scalar{dtype: float16}");
}

TEST(Scalar, filter_takes_what_the_dtype_holds) {
  const T::Scalar type(float32);
  EXPECT_EQ(NDArray(type.filter(0.5)).item<float>(), 0.5f);
  EXPECT_EQ(NDArray(type.filter(array<float>({2.5f}, {}))).item<float>(), 2.5f);
  EXPECT_EQ(NDArray(type.filter(0.1, false, true)).item<float>(), 0.1f);
  CHECK_ERROR(
      TypeError, type.filter(0.1),
      "Scalar{dtype: float32}: the value is 0.1, which may lose precision as float32; convert it with astype, or pass "
      "allow_downcast = true");
  CHECK_ERROR(TypeError, type.filter("text"),
              "Scalar{dtype: float32}: the value is 'text'; an array or a number is needed");
  CHECK_ERROR(TypeError, type.filter(2, true),
              "Scalar{dtype: float32}: the value is 2; strict takes an array only");
  CHECK_ERROR(TypeError, type.filter(array<float>({2.5f})),
              "Scalar{dtype: float32}: the value has 1 dimensions, shape (1,); 0 are needed");
}

TEST(Scalar, values_are_compared_as_numbers) {
  const T::Scalar type(float64);
  const auto number = [](double x) { return array({x}, {}); };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(type.values_eq(number(1), number(1)));
  EXPECT_TRUE(type.values_eq(number(nan), number(nan)));
  EXPECT_FALSE(type.values_eq(number(1), number(1 + 1e-12)));
  EXPECT_TRUE(type.values_eq_approx(number(1), number(1 + 1e-12)));
  EXPECT_FALSE(type.values_eq_approx(number(1), number(1.1)));
}
