// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/dimshuffle.h"

#include "kroton/base/errors.h"
#include "kroton/graph/generic_type.h"
#include "kroton/link/kernel_call.h"
#include "kroton/tensor/literals.h"
#include "tests/support/check_error.h"
#include "tests/support/evaluate.h"
#include "tests/support/verify_gradient.h"
#include "tests/tensor/reference.h"

using namespace kroton;
using namespace kroton::support;
namespace T = kroton::tensor;

TEST(DimShuffle, moves_adds_and_drops_axes) {
  const Variable x = T::tensor(float64, {false, true, false}, "x");
  const NDArray value = NDArray::arange(6, float64).reshape({2, 1, 3});
  const Variable z = x.dimshuffle({2, "x", 0});
  EXPECT_EQ(z.broadcastable(), (std::vector<bool>{false, true, false}));
  const NDArray got = evaluate(z, {{x, value}});
  EXPECT_EQ(got.shape(), (Shape{3, 1, 2}));
  EXPECT_EQ(got.at<double>({2, 0, 1}), 5);
  EXPECT_TRUE(may_share_memory(got, value));
  EXPECT_EQ(evaluate(x.T(), {{x, value}}).shape(), (Shape{3, 1, 2}));
  EXPECT_EQ(z.owner().op().text(), "DimShuffle{order: (2, x, 0)}");
  EXPECT_EQ(x.dimshuffle({0, 1, 2}), x);
  EXPECT_EQ(x.dimshuffle({-1, 1, 0}).owner().op(), x.dimshuffle({2, 1, 0}).owner().op());
  verify_gradient([](const Variables& v) { return T::sqr(v[0].dimshuffle({2, 'x', 0})); },
                  {weights({2, 1, 3})});
}

TEST(DimShuffle, wrong_orders_are_named) {
  const Variable x = T::dmatrix("x");
  CHECK_ERROR(ValueError, x.dimshuffle({0, 3}),
              "dimshuffle: axis 3 is out of range for 2 dimensions; give -2 to 1");
  CHECK_ERROR(ValueError, x.dimshuffle({0, 0}),
              "dimshuffle: axis 0 is given twice; each axis may stand once");
  CHECK_ERROR(
      ValueError, x.dimshuffle({0}),
      "dimshuffle: axis 1 of x, which is TensorType(float64, matrix), is left out; only broadcastable axes may be");
  EXPECT_EQ(x.dimshuffle({1, 0}).ndim(), 2u);
}

TEST(DimShuffle, the_kernel_gives_what_the_view_shows) {
  const Variable x = T::tensor(float64, {false, true, false}, "x");
  const NDArray value = weights({2, 1, 3});
  for (const Variable& z : {x.dimshuffle({2, 0}), x.dimshuffle({"x", 2, 1, 0, "x"}), x.T()}) {
    const auto kernel = link::node_kernel(z.owner());
    ASSERT_TRUE(kernel);
    Value out;
    ASSERT_TRUE(link::run_kernel(z.owner(), *kernel, link::KernelBody::interpreted,
                                 std::vector<Value>{value}, {&out, 1}));
    expect_like(out, evaluate(z, {{x, value}}).copy());
  }
}

TEST(DimShuffle, new_axes_take_no_memory) {
  const Variable x = T::dvector("x");
  const NDArray got = evaluate(x.dimshuffle({"x", 0, "x"}), {{x, array({1., 2.})}});
  EXPECT_EQ(got.shape(), (Shape{1, 2, 1}));
  EXPECT_EQ(got.strides(), (Shape{0, 8, 0}));
  const Variable s = T::dscalar("s");
  EXPECT_EQ(evaluate(s.dimshuffle({"x", "x"}), {{s, 2.0}}).shape(), (Shape{1, 1}));
  EXPECT_EQ(evaluate(s.dimshuffle({"x"}).dimshuffle(std::vector<ShuffleAxis>{}), {{s, 2.0}})
                .item<double>(),
            2);
}

TEST(DimShuffle, transposes_pads_and_expands) {
  const Variable m = T::dmatrix("m"), v = T::dvector("v");
  const NDArray value = array({1., 2., 3., 4., 5., 6.}, {2, 3});
  EXPECT_EQ(evaluate(T::transpose(m), {{m, value}}).to_vector<double>(),
            (std::vector<double>{1, 4, 2, 5, 3, 6}));
  EXPECT_EQ(T::transpose(v), v);
  EXPECT_EQ(T::transpose(array({1., 2.}, {1, 2})).broadcastable(),
            (std::vector<bool>{false, true}));
  EXPECT_EQ(T::pad_left(v, 3).broadcastable(), (std::vector<bool>{true, true, false}));
  EXPECT_EQ(T::pad_left(m, 1), m);
  EXPECT_EQ(T::expand_axes(m, {0, 2}).broadcastable(),
            (std::vector<bool>{true, false, true, false}));
  EXPECT_EQ(T::expand_axes(m, {}), m);
  CHECK_ERROR(TypeError, T::transpose(generic("g")),
              "transpose: g is Generic; an array or a number is needed");
}

TEST(DimShuffle, an_axis_is_a_number_or_x) {
  CHECK_ERROR(ValueError, T::dvector("v").dimshuffle({"y", 0}),
              "dimshuffle: 'y' is no axis; give numbers and \"x\" for a new axis");
  CHECK_ERROR(ValueError, T::dvector("v").dimshuffle({'0'}),
              "dimshuffle: '0' is no axis; give numbers and \"x\" for a new axis");
  CHECK_ERROR(ValueError, T::dvector("v").dimshuffle({-2}),
              "dimshuffle: axis -2 is out of range for 1 dimensions; give -1 to 0");
  CHECK_ERROR(ValueError, T::DimShuffle({2}).make_node({T::dvector("v")}),
              "dimshuffle: axis 2 is out of range; v is TensorType(float64, vector)");
}

TEST(DimShuffle, gradients_go_back_to_their_axes) {
  verify_gradient([](const Variables& v) { return T::sqr(v[0].dimshuffle({1})); },
                  {weights({1, 3})});
  verify_gradient([](const Variables& v) { return v[0].dimshuffle({1, 0, "x"}) * v[1]; },
                  {weights({2, 3}), weights({3, 2, 4})});
  const Variable i = T::imatrix("i");
  EXPECT_EQ(grad(T::cast(i.T(), float64).sum(), i).dtype(), float64);
}
