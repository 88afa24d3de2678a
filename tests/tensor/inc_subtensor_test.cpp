// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/inc_subtensor.h"

#include "kroton/base/errors.h"
#include "kroton/link/kernel_call.h"
#include "kroton/tensor/literals.h"
#include "tests/support/check_error.h"
#include "tests/support/evaluate.h"
#include "tests/support/verify_gradient.h"
#include "tests/tensor/reference.h"

using namespace kroton;
using namespace kroton::support;
namespace T = kroton::tensor;

namespace {
const Variable n = T::lscalar("n");

std::vector<std::pair<std::string, Variable>> changed(const Variable& x) {
  return {
      {"set_number", T::set_subtensor(x[{slice(), slice(1, -1), slice(1)}], 7)},
      {"set_row", T::set_subtensor(x[1], x[{1, 2}])},
      {"inc_range", T::inc_subtensor(x[{slice(), slice(1, 3)}], x[{slice(), slice({}, 2)}])},
      {"inc_step", T::inc_subtensor(x[{slice(), slice({}, {}, 2), 1}], x[{slice(), slice(1), 0}])},
      {"set_flip", T::set_subtensor(x[{ellipsis, slice({}, {}, -1)}], x)},
      {"inc_int", T::inc_subtensor(x[{0, -1}], 2.5)},
      {"set_symbolic",
       T::set_subtensor(x[{slice(), slice(n, std::nullopt), slice(std::nullopt, n)}],
                        x[{1, 0, 0}])}};
}
}  // namespace

TEST(IncSubtensor, values_are_numpys_and_x_stays_as_it_was) {
  const Variable x = T::dtensor3("x");
  const NDArray value = reference("x_float64");
  for (const auto& [name, y] : changed(x)) {
    SCOPED_TRACE(name);
    expect_like(evaluate(y, {{x, value}, {n, 2}}), reference(name));
    expect_like(value, reference("x_float64"));
  }
}

TEST(IncSubtensor, kernels_give_the_same_where_there_are_any) {
  const Variable x = T::dmatrix("x"), row = T::dvector("row");
  const NDArray value = weights({4, 5}), vector = weights({5}, 2);
  int with_kernel = 0;
  for (const Variable& y :
       {T::set_subtensor(x[{slice(1, -1)}], 2), T::inc_subtensor(x[{slice(1, -1), slice(2)}], 3.5),
        T::set_subtensor(x[{slice(2)}], row), T::inc_subtensor(x[{slice(0, 99)}], row),
        T::inc_subtensor(x[{slice(3, 1)}], 1), T::inc_subtensor(x[{slice(), slice()}], row)}) {
    const auto kernel = y.owner() ? link::node_kernel(y.owner()) : std::nullopt;
    if (!kernel) continue;
    ++with_kernel;
    Values inputs;
    for (const Variable& input : y.owner().inputs())
      inputs.push_back(evaluate(input, {{x, value}, {row, vector}}));
    Value by_kernel, by_perform;
    ASSERT_TRUE(link::run_kernel(y.owner(), *kernel, link::KernelBody::interpreted, inputs,
                                 {&by_kernel, 1}));
    y.owner().op().perform(y.owner(), inputs, {&by_perform, 1});
    expect_like(by_kernel, by_perform);
  }
  EXPECT_GE(with_kernel, 5);
}

TEST(IncSubtensor, adding_nothing_keeps_a_negative_zero) {
  const Variable x = T::dvector("x"), y = T::inc_subtensor(x[{slice(1)}], 1);
  const NDArray z = evaluate(y, {{x, array({-0.0, 1.0})}});
  EXPECT_TRUE(std::signbit(z.at<double>({0})));
}

TEST(IncSubtensor, in_place_changes_x_itself) {
  const Variable x = T::dvector("x");
  const Apply node =
      T::IncSubtensor({{true, {}, {}, {}}}, false, true).make_node({x, T::constant(1.0)});
  NDArray value = array({1., 2.});
  Value out;
  node.op().perform(node, std::vector<Value>{value, array({1.}, {})}, {&out, 1});
  EXPECT_EQ(value.to_vector<double>(), (std::vector<double>{2, 3}));
  EXPECT_EQ(node.op().destroy_map(), (AliasMap{{0, {0}}}));
}

TEST(IncSubtensor, a_part_under_new_axes_can_be_set) {
  const Variable x = T::dmatrix("x"), y = T::drow("y");
  const Variable z = T::set_subtensor(x[{0, newaxis}], y);
  EXPECT_EQ(
      evaluate(z, {{x, NDArray::zeros({2, 2})}, {y, NDArray::full({1, 2}, 4)}}).to_vector<double>(),
      (std::vector<double>{4, 4, 0, 0}));
}

TEST(IncSubtensor, wrong_uses_are_named) {
  const Variable x = T::dvector("x"), y = T::dmatrix("y"), z = T::zscalar("z");
  CHECK_ERROR(
      TypeError, T::set_subtensor(x, 1),
      "set_subtensor: x is no indexing expression; give x[index], such as x[{slice(1, -1)}]");
  CHECK_ERROR(
      TypeError, T::inc_subtensor(x[0], y),
      "inc_subtensor: y is TensorType(float64, matrix) and x[index] is TensorType(float64, scalar); y may not have more dimensions");
  CHECK_ERROR(TypeError, T::set_subtensor(x[0], z),
              "set_subtensor: y is complex128 and x is float64; convert y with astype(float64)");
  const Variable v = T::dvector("v");
  const Apply node = T::set_subtensor(x[{slice(1, 3)}], v).owner();
  CHECK_ERROR(TypeError, node.op().make_node({x, y}),
              "set_subtensor: y is TensorType(float64, matrix) and the part of x has 1 dimensions; "
              "y may not have more");
  Value out;
  const std::vector<Value> values{NDArray::zeros({5}), NDArray::zeros({3})};
  CHECK_ERROR(ShapeError, (node.op().perform(node, values, {&out, 1}), 0),
              "set_subtensor: y has shape (3,) and the part of x has shape (2,); the lengths must "
              "be equal, or the axis of y broadcastable");
  try {
    evaluate(T::set_subtensor(x[{slice(1, 3)}], v),
             {{x, NDArray::zeros({5})}, {v, NDArray::zeros({3})}});
    ADD_FAILURE();
  } catch (const ShapeError& error) {
    EXPECT_EQ(
        std::string(error.what())
            .find(
                "set_subtensor: v has shape (3,) and x has shape (5,); v.shape[0] must be 2, which is "
                "max(0, (min(3, x.shape[0]) - min(1, x.shape[0])))\n"),
        0u)
        << error.what();
  }
  EXPECT_EQ(evaluate(T::set_subtensor(x[{slice(1, 3)}], v),
                     {{x, NDArray::zeros({5})}, {v, NDArray::full({2}, 1)}})
                .at<double>({2}),
            1);
}

TEST(IncSubtensor, gradients_agree_with_differences) {
  const NDArray a = weights({3, 4}, 5), b = weights({2, 4}, 6), c = weights({1, 4}, 7);
  for (const auto change : {T::set_subtensor, T::inc_subtensor}) {
    verify_gradient([&](const Variables& x) { return T::sqr(change(x[0][{slice(1)}], x[1])); },
                    {a, b});
    verify_gradient(
        [&](const Variables& x) { return T::sqr(change(x[0][{slice({}, {}, 2)}], x[1])); }, {a, c});
    verify_gradient([&](const Variables& x) { return T::sqr(change(x[0][{slice(), 1}], 3)); }, {a});
  }
}
