// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/closeness.h"

#include "kroton/tensor/constant.h"
#include "kroton/tensor/elemwise.h"
#include "kroton/tensor/literals.h"
#include "tests/support/evaluate.h"
#include "tests/support/verify_gradient.h"
#include "tests/tensor/everywhere.h"

using namespace kroton;
using namespace kroton::support;
namespace T = kroton::tensor;

TEST(Closeness, C0_6_is_numpys_with_infinities_and_nan) {
  const double inf = std::numeric_limits<double>::infinity(), nan = std::nan("");
  const Variable a = T::dvector("a");
  const NDArray value = array({1., 1., inf, inf, 1., nan, 0., 1000.}),
                other = array({1. + 1e-6, 1.1, inf, -inf, inf, nan, 1e-9, 1000.001});
  expect_everywhere(T::isclose(a, other), a, value,
                    array({true, false, true, false, false, false, true, true}));
  expect_everywhere(T::isclose(a, other, 1e-5, 1e-8, true), a, value,
                    array({true, false, true, false, false, true, true, true}));
  EXPECT_TRUE(evaluate(T::allclose(a, a + 1e-9), {{a, array({1., 2.})}}).item<bool>());
  EXPECT_FALSE(evaluate(T::allclose(a, a + 1), {{a, array({1., 2.})}}).item<bool>());
  EXPECT_TRUE(evaluate(T::allclose(T::constant(3, int64), 3)).item<bool>());
}

TEST(Closeness, norms_are_numpys) {
  const Variable x = T::dmatrix("x");
  const NDArray value = array({3., -4., 0., 12., 0., 5.}, {3, 2});
  const double inf = std::numeric_limits<double>::infinity();
  expect_everywhere(T::norm(x, 2, 1), x, value, array({5., 12., 5.}));
  expect_everywhere(T::norm(x, 1, 0), x, value, array({3., 21.}));
  expect_everywhere(T::norm(x, inf), x, value, array({12.}, {}));
  expect_everywhere(T::norm(x, -inf, 0), x, value, array({0., 4.}));
  expect_everywhere(T::norm(x, 0, 1), x, value, array({2, 1, 1}));
  expect_everywhere(T::norm(x, 3, 1), x, value, array({4.497941445275415, 12., 5.}), 1e-14);
  expect_everywhere(T::ptp(x, 0), x, value, array({3., 16.}));
  expect_everywhere(T::ptp(x), x, value, array({16.}, {}));
}

TEST(Closeness, gradients_of_norms_agree_with_differences) {
  const NDArray a = weights({2, 3}, 5);
  for (const double L : {1., 2., 3.})
    verify_gradient([&](const Variables& x) { return T::norm(x[0], L, 1); }, {a});
}
