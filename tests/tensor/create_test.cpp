// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/create.h"

#include "kroton/base/config.h"
#include "kroton/base/errors.h"
#include "kroton/compile/function.h"
#include "kroton/tensor/literals.h"
#include "tests/support/check_error.h"
#include "tests/support/evaluate.h"
#include "tests/support/verify_gradient.h"
#include "tests/tensor/first_line.h"
#include "tests/tensor/reference.h"

using namespace kroton;
using namespace kroton::support;
namespace T = kroton::tensor;

TEST(Create, arange_is_numpys) {
  const std::vector<Variable> ranges{
      T::arange(7),         T::arange(2, 9),         T::arange(9, 2, -3),
      T::arange(0, 1, 0.1), T::arange(1, -1, -0.25), T::arange(5, 5),
      T::arange(0, 10, 3)};
  for (std::size_t k = 0; k < ranges.size(); ++k) {
    SCOPED_TRACE(k);
    for (const char* linker : {"py", "vm"})
      expect_like(evaluate(ranges[k], {}, linker), reference("arange_" + std::to_string(k)));
  }
}

TEST(Create, arange_of_variables_has_their_dtype) {
  const Variable n = T::iscalar("n"), x = T::fscalar("x"), step = T::lscalar("step");
  EXPECT_EQ(T::arange(n).dtype(), int64);
  EXPECT_EQ(T::arange(T::tensor(uint8, {})).dtype(), int64);  // with the literals 0 and 1
  EXPECT_EQ(T::arange(x).dtype(), float32);
  EXPECT_EQ(evaluate(T::arange(n), {{n, 4}}).size(), 4u);
  EXPECT_EQ(evaluate(T::arange(n), {{n, -4}}).size(), 0u);
  EXPECT_EQ(evaluate(T::arange(0, n, step), {{n, 7}, {step, 3}}).to_vector<std::int64_t>(),
            (std::vector<std::int64_t>{0, 3, 6}));
  EXPECT_EQ(evaluate(T::arange(n, 0, step), {{n, 3}, {step, -1}}).to_vector<std::int64_t>(),
            (std::vector<std::int64_t>{3, 2, 1}));
  EXPECT_EQ(evaluate(T::arange(x), {{x, 2.5}}).to_vector<float>(), (std::vector<float>{0, 1, 2}));
  CHECK_ERROR(ValueError, T::arange(0, 5, 0), "arange: step is 0; it must be another number");
  EXPECT_THROW(evaluate(T::arange(0, n, step), {{n, 7}, {step, 0}}), ValueError);
  CHECK_ERROR(TypeError, T::arange(T::zscalar("z")),
              "arange: complex numbers have no order; give real ones");
}

TEST(Create, eye_is_numpys) {
  const std::vector<Variable> eyes{T::eye(3), T::eye(2, 4), T::eye(4, 3, 1), T::eye(3, 4, -2),
                                   T::eye(2, 2, 5)};
  for (std::size_t k = 0; k < eyes.size(); ++k) {
    for (const char* linker : {"py", "vm"})
      expect_like(evaluate(eyes[k], {}, linker), reference("eye_" + std::to_string(k)));
  }
  const Variable n = T::lscalar("n");
  EXPECT_EQ(evaluate(T::eye(n, n, 0, int32), {{n, 3}}).to_vector<std::int32_t>(),
            (std::vector<std::int32_t>{1, 0, 0, 0, 1, 0, 0, 0, 1}));
}

TEST(Create, zeros_and_ones_are_floatX_unless_told) {
  const Variable n = T::lscalar("n");
  const NDArray z = evaluate(T::zeros({n, 3}), {{n, 2}});
  EXPECT_EQ(z.shape(), (Shape{2, 3}));
  EXPECT_EQ(z.dtype(), float64);
  EXPECT_EQ(T::ones({2}, int8).dtype(), int8);
  EXPECT_EQ(T::zeros({}).ndim(), 0u);
  const base::FlagScope flag("floatX", "float32");
  EXPECT_EQ(T::ones({2}).dtype(), float32);
}

TEST(Create, a_constant_length_1_is_broadcastable_and_a_symbolic_one_is_not) {
  const Variable n = T::lscalar("n");
  EXPECT_EQ(T::zeros({1, n, 2}).broadcastable(), (std::vector<bool>{true, false, false}));
}

TEST(Create, alloc_broadcasts_its_value) {
  const Variable n = T::lscalar("n"), x = T::dvector("x");
  const Variable z = T::alloc(x, {n, 3});
  for (const char* linker : {"py", "vm"}) {
    EXPECT_EQ(evaluate(z, {{x, array({1., 2., 3.})}, {n, 2}}, linker).to_vector<double>(),
              (std::vector<double>{1, 2, 3, 1, 2, 3}));
    EXPECT_THROW(evaluate(z, {{x, array({1., 2.})}, {n, 2}}, linker), ShapeError);
    EXPECT_THROW(evaluate(z, {{x, array({1., 2., 3.})}, {n, -2}}, linker), Error);
  }
  EXPECT_FALSE(z.owner().op().do_constant_folding(z.owner()));
  EXPECT_TRUE(T::zeros({2, 3}).owner().op().do_constant_folding(T::zeros({2, 3}).owner()));
  EXPECT_FALSE(T::zeros({200, 3}).owner().op().do_constant_folding(T::zeros({200, 3}).owner()));
}

TEST(Create, nodes_of_wrong_types_and_too_many_elements_are_named) {
  const Variable half = T::constant(0.5), one = T::constant(1, int64);
  CHECK_ERROR(TypeError, T::ARange(int64).make_node({one, half, one}),
              "arange: 0.5 is TensorType(float32, scalar); start, stop and step are 0-d variables "
              "of int64");
  CHECK_ERROR(TypeError, T::Eye(float64).make_node({one, one, half}),
              "eye: the diagonal 0.5 is TensorType(float32, scalar); it is a 0-d integer variable");
  const Variable low = T::lscalar("low"), high = T::lscalar("high");
  const auto count = function({low, high}, T::arange(low, high), {.mode = Mode("py", "None")});
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(first_line<ValueError>([&] { count(-most, most); }),
            "arange: more than 2**63 elements are asked for");
  EXPECT_EQ(count(most - 2, most).array().to_vector<std::int64_t>(),
            (std::vector<std::int64_t>{most - 2, most - 1}));
}

TEST(Create, wrong_lengths_are_named) {
  CHECK_ERROR(
      TypeError, T::zeros({T::dscalar("n")}),
      "zeros: n is TensorType(float64, scalar); a length is an integer or a 0-d integer variable");
  CHECK_ERROR(ValueError, T::zeros({-1}), "alloc: length -1 is negative");
  CHECK_ERROR(
      TypeError, T::alloc(T::dvector("v"), {1}),
      "alloc: the value v is TensorType(float64, vector) and the length of axis 0 is 1; that axis of the value must be broadcastable");
  CHECK_ERROR(TypeError, T::alloc(T::dmatrix("m"), {3}),
              "alloc: the value m has 2 dimensions and the shape 1; it may not have more");
  CHECK_ERROR(
      TypeError, T::eye(3, 3, 0.5),
      "eye: 0.5 is TensorType(float32, scalar); a length is an integer or a 0-d integer variable");
}

TEST(Create, likes_have_the_shape_and_dtype_of_theirs) {
  const Variable x = T::ftensor3("x"), i = T::irow("i");
  const NDArray value = NDArray::zeros({2, 3, 4}, float32);
  const NDArray one = evaluate(T::ones_like(x), {{x, value}});
  EXPECT_EQ(one.shape(), value.shape());
  EXPECT_EQ(one.dtype(), float32);
  EXPECT_EQ(one.at<float>({1, 2, 3}), 1);
  EXPECT_EQ(T::zeros_like(i).broadcastable(), (std::vector<bool>{true, false}));
  EXPECT_EQ(T::zeros_like(3).ndim(), 0u);
  EXPECT_EQ(evaluate(T::fill(x, 2), {{x, value}}).dtype(), int8);
}

TEST(Create, gradients_agree_with_differences) {
  verify_gradient([](const Variables& x) { return T::alloc(x[0], {2, 3}) * 2.0; }, {weights({3})});
  verify_gradient([](const Variables& x) { return T::fill(x[1], x[0]); },
                  {weights({1, 3}), weights({2, 3})});
  verify_gradient([](const Variables& x) { return T::sqr(T::arange(x[0], 10.0, x[1])); },
                  {array({0.25}, {}), array({2.1}, {})});
}
