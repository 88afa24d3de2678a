// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/type.h"

#include <limits>

#include "kroton/base/config.h"
#include "kroton/base/errors.h"
#include "kroton/graph/generic_type.h"
#include "kroton/tensor/literals.h"
#include "tests/support/check_error.h"
#include "tests/support/evaluate.h"

using namespace kroton;
using namespace kroton::support;
namespace T = kroton::tensor;
using T::TensorType;

TEST(TensorType, names_its_axes) {
  EXPECT_EQ(TensorType(float64, {}).text(), "TensorType(float64, scalar)");
  EXPECT_EQ(TensorType(int8, {false}).text(), "TensorType(int8, vector)");
  EXPECT_EQ(TensorType(float32, {false, false}).text(), "TensorType(float32, matrix)");
  EXPECT_EQ(TensorType(float32, {true, false}).text(), "TensorType(float32, row)");
  EXPECT_EQ(TensorType(float32, {false, true}).text(), "TensorType(float32, col)");
  EXPECT_EQ(TensorType(bool_, {false, false, false}).text(), "TensorType(bool, 3D)");
  EXPECT_EQ(TensorType(bool_, {false, true, false}).text(),
            "TensorType(bool, (false, true, false))");
  EXPECT_EQ(TensorType(bool_, {true}).text(), "TensorType(bool, (true,))");
  EXPECT_EQ(TensorType(float64, {}, "mine").text(), "mine");
  EXPECT_TRUE(TensorType(float64, {}, "mine") == TensorType(float64, {}));
  EXPECT_FALSE(TensorType(float64, {false}) == TensorType(float64, {true}));
  EXPECT_EQ(TensorType(int64, {}).c_element_type(), "npy_int64");
}

TEST(TensorType, filter_takes_numbers_that_the_dtype_holds_exactly) {
  const TensorType f32(float32, {}), i8(int8, {});
  EXPECT_EQ(NDArray(f32.filter(2)).dtype(), float32);
  EXPECT_EQ(NDArray(f32.filter(0.5)).item<double>(), 0.5);
  EXPECT_EQ(NDArray(i8.filter(3.0)).item<int>(), 3);
  CHECK_ERROR(
      TypeError, f32.filter(0.1),
      "TensorType(float32, scalar): the value is 0.1, which may lose precision as float32; convert it with astype, or pass "
      "allow_downcast = true");
  EXPECT_NO_THROW(f32.filter(0.1, false, true));
  CHECK_ERROR(
      TypeError, i8.filter(300),
      "TensorType(int8, scalar): the value is 300, which may lose precision as int8; convert it with astype, or pass "
      "allow_downcast = true");
  CHECK_ERROR(
      TypeError, f32.filter(std::complex<double>(1, 2)),
      "TensorType(float32, scalar): the value is (1+2j); a complex value has no place in float32");
}

TEST(TensorType, C4_6_filter_lets_a_double_into_a_floatX_scalar_only) {
  const base::FlagScope flag("floatX", "float32");
  EXPECT_NO_THROW(TensorType(float32, {}).filter(0.1));
  EXPECT_THROW(TensorType(float32, {}).filter(0.1, false, false), TypeError);
  EXPECT_THROW(TensorType(float32, {}).filter(array({0.1}, {})), TypeError);
}

TEST(TensorType, filter_casts_arrays_without_loss_only) {
  const TensorType f64(float64, {false});
  const NDArray value = array({1., 2.});
  EXPECT_TRUE(may_share_memory(NDArray(f64.filter(value)), value));
  EXPECT_EQ(NDArray(f64.filter(array<int>({1, 2}))).dtype(), float64);
  CHECK_ERROR(
      TypeError, TensorType(float32, {false}).filter(value),
      "TensorType(float32, vector): the value is float64 (2,), which may lose precision as float32; convert it with astype, "
      "or pass allow_downcast = true");
  EXPECT_EQ(NDArray(TensorType(float32, {false}).filter(value, false, true)).dtype(), float32);
  CHECK_ERROR(TypeError, f64.filter("text"),
              "TensorType(float64, vector): the value is 'text'; an array or a number is needed");
  CHECK_ERROR(TypeError, f64.filter(Value()),
              "TensorType(float64, vector): the value is nothing; an array or a number is needed");
}

TEST(TensorType, filter_checks_axes) {
  CHECK_ERROR(
      TypeError, TensorType(float64, {false}).filter(NDArray::zeros({2, 3})),
      "TensorType(float64, vector): the value has 2 dimensions, shape (2, 3); 1 are needed");
  CHECK_ERROR(
      TypeError, TensorType(float64, {true, false}).filter(NDArray::zeros({2, 3})),
      "TensorType(float64, row): the value has shape (2, 3), whose axis 0 must have length 1; make the variable without that "
      "broadcastable axis");
  EXPECT_NO_THROW(TensorType(float64, {true, false}).filter(NDArray::zeros({1, 3})));
}

TEST(TensorType, strict_filter_returns_the_same_array_or_refuses) {
  const TensorType f64(float64, {false});
  const NDArray value = array({1., 2.});
  EXPECT_EQ(NDArray(f64.filter(value, true)).raw(), value.raw());
  CHECK_ERROR(TypeError, f64.filter(array<int>({1}), true),
              "TensorType(float64, vector): the value is int32 (1,); strict takes float64 only");
  CHECK_ERROR(TypeError, f64.filter(1.0, true),
              "TensorType(float64, vector): the value is 1.0; strict takes an array only");
  EXPECT_FALSE(f64.is_valid_value(1.0));
}

TEST(TensorType, C4_11_equal_values_have_equal_elements_also_beside_a_nan) {
  const TensorType type(float64, {false});
  const double nan = std::numeric_limits<double>::quiet_NaN(),
               inf = std::numeric_limits<double>::infinity();
  EXPECT_TRUE(type.values_eq(array({nan, 1.}), array({nan, 1.})));
  EXPECT_FALSE(type.values_eq(array({nan, 1.}), array({nan, 2.})));
  EXPECT_FALSE(type.values_eq(array({1.}), array<float>({1.f})));
  EXPECT_FALSE(type.values_eq(array({1.}), array({1., 1.})));
  EXPECT_TRUE(type.values_eq_approx(array({1., inf}), array({1. + 1e-9, inf})));
  EXPECT_FALSE(type.values_eq_approx(array({1.}), array({1.001})));
  EXPECT_FALSE(type.values_eq_approx(array({inf}), array({-inf})));
  EXPECT_FALSE(TensorType(int64, {false}).values_eq_approx(array({1000000}), array({1000001})));
  const NDArray flipped = array({3., 2., 1.}).slice({slice({}, {}, -1)});
  EXPECT_TRUE(type.values_eq(flipped, array({1., 2., 3.})));
}

TEST(TensorType, C4_9_variables_lose_flags_freely_and_gain_them_by_a_check) {
  const Variable row = T::drow("r"), matrix = T::dmatrix("m");
  const TensorType row_type(float64, {true, false}), matrix_type(float64, {false, false});
  EXPECT_EQ(matrix_type.filter_variable(row).type(), matrix_type);
  EXPECT_EQ(matrix_type.filter_variable(matrix), matrix);
  EXPECT_EQ(row_type.convert_variable(matrix).type(), row_type);
  EXPECT_FALSE(row_type.convert_variable(T::fmatrix("f")));
  CHECK_ERROR(
      TypeError, row_type.filter_variable(matrix),
      "variable m is TensorType(float64, matrix) and cannot stand for TensorType(float64, row); its axis 0 is not known to have "
      "length 1");
  CHECK_ERROR(
      TypeError, matrix_type.filter_variable(T::fmatrix("f")),
      "variable f is TensorType(float32, matrix) and cannot stand for TensorType(float64, matrix); convert it with astype(float64)");
  CHECK_ERROR(
      TypeError, matrix_type.filter_variable(T::dvector("v")),
      "variable v is TensorType(float64, vector) and cannot stand for TensorType(float64, matrix); it has 1 dimensions, not 2");
  CHECK_ERROR(
      TypeError, matrix_type.filter_variable(generic("g")),
      "variable g is Generic and cannot stand for TensorType(float64, matrix); only arrays can");
}

TEST(TensorType, gradients_of_discrete_variables_are_floatX) {
  EXPECT_EQ(T::TensorType(int32, {false}).zeros_like(T::ivector("i")).dtype(), float64);
  EXPECT_EQ(T::TensorType(float32, {false}).ones_like(T::fvector("f")).dtype(), float32);
}
