// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/advanced_subtensor.h"

#include "kroton/base/errors.h"
#include "kroton/compile/function.h"
#include "kroton/tensor/inc_subtensor.h"
#include "kroton/tensor/literals.h"
#include "tests/support/check_error.h"
#include "tests/support/evaluate.h"
#include "tests/support/verify_gradient.h"
#include "tests/tensor/advanced_indices.h"
#include "tests/tensor/everywhere.h"
#include "tests/tensor/first_line.h"
#include "tests/tensor/reference.h"

using namespace kroton;
using namespace kroton::support;
namespace T = kroton::tensor;

TEST(AdvancedSubtensor, C0_6_elements_at_arrays_are_numpys) {
  const Variable x = T::dtensor3("x");
  const NDArray value = reference("x_float64");
  for (const auto& [name, z] : indexed(x)) {
    SCOPED_TRACE(name);
    for (const char* linker : {"py", "vm"})
      expect_like(evaluate(z, {{x, value}}, linker), reference("take_" + name));
    expect_like(function({x}, z)(value), reference("take_" + name));
  }
}

TEST(AdvancedSubtensor, every_dtype_of_elements_and_positions_is_taken) {
  const NDArray positions = array({1, 0, 1});
  for (const DType d : {bool_, int8, uint8, int16, int64, uint64, float16, bfloat16, float32,
                        complex64, complex128}) {
    const Variable x = T::tensor(d, {false}, "x");
    const NDArray value = array({0, 1}).astype(d);
    for (const DType index : {int8, uint8, int32, uint64}) {
      const Variable i = T::tensor(index, {false}, "i");
      const std::vector<std::pair<Variable, Value>> given{{x, value}, {i, positions.astype(index)}};
      for (const char* linker : {"py", "vm"}) {
        expect_like(evaluate(x[i], given, linker), array({1, 0, 1}).astype(d));
        const NDArray sum = is_bool(d) ? array({1, 1}) : array({1, 3});
        expect_like(evaluate(T::inc_subtensor(x[i], T::constant(array({1, 1, 1}).astype(d))), given,
                             linker),
                    sum.astype(d));
      }
    }
  }
}

TEST(AdvancedSubtensor, take_is_numpys_along_each_axis) {
  const Variable x = T::dtensor3("x"), i = T::lmatrix("i");
  const NDArray value = reference("x_float64"), at = array({1, 0, -1, 0, 0, 1}, {2, 3});
  for (int axis = 0; axis < 3; ++axis) {
    expect_like(evaluate(T::take(x, i, axis), {{x, value}, {i, at}}),
                reference("take_axis_" + std::to_string(axis)));
    expect_like(evaluate(T::take(x, i, axis - 3), {{x, value}, {i, at}}),
                reference("take_axis_" + std::to_string(axis)));
  }
  EXPECT_EQ(evaluate(T::take(x, 1, 2), {{x, value}}).shape(), (Shape{2, 3}));
  EXPECT_EQ(evaluate(T::take(x, array({23, 0})), {{x, value}}).to_vector<double>(),
            (std::vector<double>{0.5, 0.375}));
}

TEST(AdvancedSubtensor, only_broadcastable_axes_of_index_arrays_stretch) {
  const Variable x = T::dmatrix("x"), row = T::lrow("row"), col = T::lcol("col"),
                 i = T::lvector("i"), j = T::lvector("j");
  const NDArray value = array({1., 2., 3., 4., 5., 6.}, {2, 3});
  const Variable z = x[{col, row}];
  EXPECT_EQ(evaluate(z, {{x, value}, {row, array({2, 0}, {1, 2})}, {col, array({1, 0}, {2, 1})}})
                .to_vector<double>(),
            (std::vector<double>{6, 4, 3, 1}));
  EXPECT_EQ((x[{T::constant(array({1})), j}]).broadcastable(), std::vector<bool>{false});
  EXPECT_EQ((x[T::constant(array({1}))]).broadcastable(), (std::vector<bool>{true, false}));
  for (const Mode& mode : modes) {
    const auto f = function({x, i, j}, x[{i, j}], {.mode = mode});
    EXPECT_EQ(first_line<ShapeError>([&] { f(value, array({0, 1}), array({0, 1, 2})); }),
              "index: i has shape (2,) and j has shape (3,); lengths must be equal, or 1 on an "
              "axis that the type marks broadcastable");
    EXPECT_EQ(f(value, array({0, 1}), array({0, 1})).array().to_vector<double>(),
              (std::vector<double>{1, 5}));
  }
}

TEST(AdvancedSubtensor, a_position_outside_is_named_in_every_mode) {
  const Variable x = T::dmatrix("x"), i = T::lvector("i");
  const NDArray value = NDArray::zeros({10, 3});
  for (const Mode& mode : modes) {
    SCOPED_TRACE(mode.text());
    const auto text = [&](const Variable& z, int position) {
      const auto f = function({x, i}, z, {.mode = mode});
      const std::string line = first_line<ValueError>([&] { f(value, array({1, position})); });
      EXPECT_EQ(f(value, array({1, 2})).size(), 1u);
      return line;
    };
    EXPECT_EQ(text(x[i], 12), "index: 12 is out of range for axis 0 of length 10; give -10 to 9");
    EXPECT_EQ(text(x[i], -11), "index: -11 is out of range for axis 0 of length 10; give -10 to 9");
    EXPECT_EQ(text(x[{0, i}], 3), "index: 3 is out of range for axis 1 of length 3; give -3 to 2");
    EXPECT_EQ(text(T::take(x, i, 1), 4),
              "take: index 4 is out of range for axis 1 of length 3; give -3 to 2");
    EXPECT_EQ(text(T::set_subtensor(x[i], 1), 10),
              "set_subtensor: index 10 is out of range for axis 0 of length 10; give -10 to 9");
    EXPECT_EQ(text(T::inc_subtensor(x[{i, 1}], 1), 11),
              "inc_subtensor: index 11 is out of range for axis 0 of length 10; give -10 to 9");
  }
  const auto f = function({x, i}, x[i]);
  try {
    f(value, array({12}));
    ADD_FAILURE();
  } catch (const ValueError& error) {
    EXPECT_NE(std::string(error.what()).find("advanced_subtensor_test.cpp"), std::string::npos)
        << error.what();
  }
}

TEST(AdvancedSubtensor, a_mask_of_another_shape_is_named) {
  const Variable x = T::dmatrix("x"), mask = T::tensor(bool_, {false}, "mask");
  const auto f = function({x, mask}, x[{slice(), mask}]);
  EXPECT_EQ(first_line<ShapeError>([&] { f(NDArray::zeros({2, 3}), array({true, false})); }),
            "index: the mask has shape (2,) and what it indexes (3,); they must be equal");
  EXPECT_EQ(f(NDArray::zeros({2, 2}), array({true, false})).array().shape(), (Shape{2, 1}));
}

TEST(AdvancedSubtensor, what_is_no_index_is_named_at_once) {
  const Variable x = T::dmatrix("x"), i = T::lvector("i");
  CHECK_ERROR(
      TypeError, x[T::dvector("d")],
      "index: d is TensorType(float64, vector); an index array holds integers, a mask bools");
  CHECK_ERROR(TypeError, x[T::tensor(bool_, {}, "b")],
              "index: b is TensorType(bool, scalar); a mask has at least one axis");
  CHECK_ERROR(ValueError, (x[{i, i, i}]),
              "index: 3 indices are given; x is TensorType(float64, matrix) and has 2 axes");
  CHECK_ERROR(ValueError, (x[{i, T::tensor(bool_, {false, false}, "b")}]),
              "index: 3 indices are given; x is TensorType(float64, matrix) and has 2 axes");
  CHECK_ERROR(ValueError, T::take(x, i, 2),
              "take: axis 2 is out of range for 2 dimensions; give -2 to 1");
  CHECK_ERROR(
      TypeError, T::take(x, 0.5, 0),
      "take: 0.5 is TensorType(float32, scalar); an index array holds integers, a mask bools");
  CHECK_ERROR(
      TypeError, T::set_subtensor(x[i], T::dtensor3("y")),
      "set_subtensor: y is TensorType(float64, 3D) and x[index] is TensorType(float64, matrix); y may not have more dimensions");
  CHECK_ERROR(TypeError, T::inc_subtensor(x[i], T::zscalar("y")),
              "inc_subtensor: y is complex128 and x is float64; convert y with astype(float64)");
  EXPECT_EQ((x[{i, 0}]).ndim(), 1u);
}

TEST(AdvancedSubtensor, gradients_agree_with_differences) {
  const NDArray a = weights({3, 4}, 5), at = array({2, 0, 2, -1});
  const auto squared = [](const Variable& z) { return T::sqr(z); };
  verify_gradient([&](const Variables& x) { return squared(x[0][at]); }, {a});
  verify_gradient([&](const Variables& x) { return squared(x[0][{slice(1), at}]); }, {a});
  verify_gradient([&](const Variables& x) { return squared(x[0][{at, array({1, 1, 1, 0})}]); },
                  {a});
  verify_gradient([&](const Variables& x) { return squared(x[0][{newaxis, 1, at}]); }, {a});
  verify_gradient([&](const Variables& x) { return squared(x[0][x[0] > 1]); }, {a});
  verify_gradient([&](const Variables& x) { return squared(T::take(x[0], at, 1)); }, {a});
}
