// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/subtensor.h"

#include "kroton/base/errors.h"
#include "kroton/compile/function.h"
#include "kroton/graph/generic_type.h"
#include "kroton/link/kernel_call.h"
#include "kroton/tensor/dot.h"
#include "kroton/tensor/inc_subtensor.h"
#include "kroton/tensor/length.h"
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

std::vector<std::pair<std::string, Variable>> indexed(const Variable& x) {
  return {
      {"first", x[0]},
      {"last", x[{-1, -1}]},
      {"scalar", x[{1, 2, 3}]},
      {"range", x[{slice(), slice(1, 3)}]},
      {"clamped", x[{slice(), slice(1, 99), slice(-99, 2)}]},
      {"negative", x[{slice(), slice(-2), slice({}, -1)}]},
      {"step", x[{slice(), slice({}, {}, 2), slice(1, {}, 2)}]},
      {"flip", x[{slice({}, {}, -1), slice(), slice({}, {}, -1)}]},
      {"down", x[{slice(), slice(2, 0, -1), slice(-2, {}, -2)}]},
      {"empty", x[{slice(), slice(2, 1), slice(5)}]},
      {"newaxis", x[{slice(), newaxis, 1, newaxis}]},
      {"ellipsis", x[{ellipsis, 1}]},
      {"middle", x[{1, ellipsis, newaxis, slice(2)}]},
      {"symbolic", x[{slice(), slice(n, std::nullopt), slice(std::nullopt, n + 1)}]},
      {"symbolic_down", x[{slice(), slice(n, std::nullopt, -1), slice(-n, std::nullopt)}]},
      {"symbolic_int", x[{-n, n}]},
      {"symbolic_step",
       x[{slice(), slice(std::nullopt, std::nullopt, n), slice(std::nullopt, std::nullopt, -n)}]}};
}

// The shape that infer_shape predicts, and the values of kernel() where there is one.
void check_kernel_and_shape(const Variable& y, const Variable& x, const NDArray& value,
                            const NDArray& wanted) {
  Variables lengths;
  for (int axis = 0; axis < static_cast<int>(y.ndim()); ++axis) {
    const Apply node = y.owner();
    Shapes in;
    for (const Variable& input : node.inputs()) {
      in.emplace_back(std::vector<ShapeExpr>());
      for (int d = 0; d < static_cast<int>(input.ndim()); ++d)
        in.back()->push_back(ShapeExpr::extent(input, d));
    }
    lengths.push_back(node.op().infer_shape(node, in)[0]->at(static_cast<std::size_t>(axis)));
  }
  const Values got = evaluate_all(lengths, {{x, value}, {n, 2}});
  for (std::size_t axis = 0; axis < got.size(); ++axis)
    EXPECT_EQ(got[axis].item<std::int64_t>(), wanted.shape()[axis]);
  if (!(y.owner().inputs()[0] == x) || y.owner().inputs().size() != 1) return;
  const auto kernel = link::node_kernel(y.owner());
  if (!kernel) return;
  Value out;
  ASSERT_TRUE(link::run_kernel(y.owner(), *kernel, link::KernelBody::interpreted,
                               std::vector<Value>{value}, {&out, 1}));
  expect_like(out, wanted);
}
}  // namespace

TEST(Subtensor, values_shapes_and_kernels_are_numpys) {
  const Variable x = T::dtensor3("x");
  const NDArray value = reference("x_float64");
  for (const auto& [name, y] : indexed(x)) {
    SCOPED_TRACE(name);
    const NDArray wanted = reference("index_" + name);
    expect_like(evaluate(y, {{x, value}, {n, 2}}), wanted);
    check_kernel_and_shape(y, x, value, wanted);
  }
}

TEST(Subtensor, is_a_view) {
  const Variable x = T::dmatrix("x");
  const NDArray value = NDArray::zeros({4, 4});
  EXPECT_TRUE(may_share_memory(evaluate(x[{slice(1, 3), 0}], {{x, value}}), value));
  EXPECT_EQ((x[{slice(), newaxis, ellipsis}]).owner().inputs()[0], x);
}

TEST(Subtensor, C6_11_lengths_that_differ_behind_an_index_are_told_with_both_shapes) {
  const Variable m = T::dmatrix("m"), v = T::dvector("v");
  const Function sum = function({m, v}, m + v[slice(0, 2)]);
  try {
    sum(NDArray::zeros({2, 3}), array({1., 2., 3.}));
    ADD_FAILURE();
  } catch (const ShapeError& error) {
    const std::string text = error.what();
    EXPECT_EQ(text.find("add: m has shape (2, 3) and v has shape (3,); m.shape[1] must be 2"), 0u)
        << text;
  }
  EXPECT_EQ(sum(NDArray::zeros({4, 2}), array({1., 2., 3.})).array().at<double>({3, 1}), 2);
}

TEST(Subtensor, C6_11_what_has_no_name_does_not_borrow_that_of_another_input) {
  const Variable x = T::dvector("x"), m = T::dmatrix("m");
  const Function flat = function({x, m}, m.reshape({-1}) + x);
  const Function product = function({x, m}, T::dot(m[slice(1)], x));
  const auto text_of = [](const Function& f, const NDArray& a, const NDArray& b) {
    try {
      f(a, b);
    } catch (const ShapeError& error) {
      const std::string text = error.what();
      return text.substr(0, text.find('\n'));
    }
    return std::string("nothing was thrown");
  };
  EXPECT_EQ(
      text_of(flat, array({1., 2., 3.}), NDArray::zeros({2, 2})),
      "add: Reshape{ndim: 1}.0 has shape (4,) and x has shape (3,); lengths must be equal, or 1 "
      "on an axis that the type marks broadcastable");
  EXPECT_EQ(
      text_of(product, array({1., 2., 3.}), NDArray::zeros({3, 2})),
      "dot: Subtensor{index: (1:,)}.0 has shape (2, 2) and x has shape (3,); Subtensor{index: "
      "(1:,)}.0.shape[1] (2) must equal x.shape[0] (3)");
  EXPECT_EQ(text_of(flat, array({1., 2., 3., 4.}), NDArray::zeros({2, 2})), "nothing was thrown");
}

TEST(Subtensor, an_index_into_nothing_has_no_range_to_give) {
  const Variable v = T::dvector("v");
  const std::string wanted = "index: 0 is out of range for axis 0 of length 0; it has no element";
  try {
    evaluate(v[0], {{v, NDArray::zeros({0})}});
    ADD_FAILURE();
  } catch (const ValueError& error) {
    EXPECT_EQ(std::string(error.what()).substr(0, wanted.size()), wanted);
  }
  EXPECT_EQ(evaluate(v[0], {{v, array({5.})}}).item<double>(), 5);
}

TEST(Subtensor, keeps_a_broadcast_flag_only_when_the_axis_surely_stays) {
  const Variable row = T::drow("row"), matrix = T::dmatrix("m");
  EXPECT_TRUE(row[{slice(0, 5)}].broadcastable()[0]);
  EXPECT_TRUE(row[{slice({}, {}, -1)}].broadcastable()[0]);
  EXPECT_FALSE(row[{slice(1, 5)}].broadcastable()[0]);
  EXPECT_FALSE(row[{slice({}, -1)}].broadcastable()[0]);
  EXPECT_FALSE(row[{slice({}, 1, -1)}].broadcastable()[0]);
  EXPECT_FALSE(row[{slice(std::nullopt, n)}].broadcastable()[0]);
  EXPECT_FALSE(matrix[{slice(0, 1)}].broadcastable()[0]);
  EXPECT_TRUE(matrix[{newaxis}].broadcastable()[0]);
}

TEST(Subtensor, constant_variables_and_arrays_are_constant_indices) {
  const Variable x = T::dvector("x");
  EXPECT_EQ(x[T::constant(2)].owner().inputs().size(), 1u);
  EXPECT_EQ(x[array<int>({2}, {})].owner().inputs().size(), 1u);
  EXPECT_EQ(x[n].owner().inputs().size(), 2u);
  EXPECT_EQ(x[{slice(n, 7, 2)}].owner().op().text(), "Subtensor{index: (int64:7:2,)}");
  EXPECT_EQ(x[-1].owner().op().text(), "Subtensor{index: (-1,)}");
}

TEST(Subtensor, wrong_indices_are_named) {
  const Variable x = T::dmatrix("x");
  CHECK_ERROR(ValueError, (x[{0, 0, 0}]),
              "index: 3 indices are given; x is TensorType(float64, matrix) and has 2 axes");
  CHECK_ERROR(ValueError, (x[{ellipsis, ellipsis}]), "index: 2 ellipses are given; one may be");
  CHECK_ERROR(ValueError, (x[{slice({}, {}, 0)}]),
              "index: a slice has step 0; it must be another number");
  CHECK_ERROR(TypeError, x[T::dscalar("i")],
              "index: i is TensorType(float64, scalar); an index is a 0-d integer variable");
  CHECK_ERROR(TypeError, generic("g")[0], "index: g is Generic; an array or a number is needed");
  const NDArray value = NDArray::zeros({2, 3});
  EXPECT_THROW(evaluate(x[2], {{x, value}}), Error);
  EXPECT_THROW(evaluate(x[{0, -4}], {{x, value}}), Error);
  EXPECT_THROW(evaluate(x[n], {{x, value}, {n, 5}}), Error);
  EXPECT_EQ(evaluate(x[n], {{x, value}, {n, -2}}).shape(), Shape{3});
}

TEST(Subtensor, an_index_out_of_range_is_an_error_in_the_kernel_too) {
  const Variable x = T::dmatrix("x"), y = x[{slice(), 5}];
  const auto kernel = link::node_kernel(y.owner());
  ASSERT_TRUE(kernel);
  Value out;
  EXPECT_THROW(link::run_kernel(y.owner(), *kernel, link::KernelBody::interpreted,
                                std::vector<Value>{NDArray::zeros({2, 3})}, {&out, 1}),
               ValueError);
}

TEST(Subtensor, gradients_agree_with_differences) {
  const NDArray a = weights({3, 4}, 5);
  verify_gradient([](const Variables& x) { return x[0][{slice(1), slice({}, {}, -2)}]; }, {a});
  verify_gradient([](const Variables& x) { return x[0][{-1, newaxis}]; }, {a});
  const Variable k = T::constant(2);
  verify_gradient([&](const Variables& x) { return x[0][{slice(0, k)}] * x[0][{slice(1, 3)}]; },
                  {a});
}
