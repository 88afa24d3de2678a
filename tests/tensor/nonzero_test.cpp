// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/nonzero.h"

#include "kroton/base/errors.h"
#include "kroton/compile/function.h"
#include "kroton/tensor/literals.h"
#include "tests/support/check_error.h"
#include "tests/support/evaluate.h"
#include "tests/support/verify_gradient.h"

using namespace kroton;
using namespace kroton::support;
namespace T = kroton::tensor;

TEST(Nonzero, positions_come_in_c_order_one_vector_per_axis) {
  const Variable x = T::dmatrix("x");
  const NDArray value = array({0., 2., 0., -1., 0., 5.}, {2, 3});
  using List = std::vector<std::int64_t>;
  for (const char* linker : {"py", "vm"}) {
    const Values at = evaluate_all(T::nonzero(x), {{x, value}}, linker);
    EXPECT_EQ(at[0].as<NDArray>().to_vector<std::int64_t>(), (List{0, 1, 1}));
    EXPECT_EQ(at[1].as<NDArray>().to_vector<std::int64_t>(), (List{1, 0, 2}));
    EXPECT_EQ(evaluate(T::flatnonzero(x.T()), {{x, value}}, linker).to_vector<std::int64_t>(),
              (List{1, 2, 5}));
    EXPECT_EQ(evaluate(T::nonzero_values(x), {{x, value}}, linker).to_vector<double>(),
              (std::vector<double>{2, -1, 5}));
    EXPECT_EQ(evaluate(T::flatnonzero(x), {{x, NDArray::zeros({2, 0})}}, linker).size(), 0u);
  }
  EXPECT_EQ(
      evaluate(T::nonzero(T::constant(array({true, false, true})))[0]).to_vector<std::int64_t>(),
      (List{0, 2}));
}

TEST(Nonzero, what_is_computed_from_them_is_planned_when_their_length_is_known) {
  const Variable x = T::dvector("x");
  const auto f = function({x}, T::sum(T::sqr(T::nonzero_values(x)) + 1));
  EXPECT_EQ(f(array({0., 2., 3.})).item<double>(), 15);
  EXPECT_EQ(f(array({1., 2., 3., 0., 1.})).item<double>(), 19);
  EXPECT_EQ(f(array({0., 0.})).item<double>(), 0);
}

TEST(Nonzero, a_number_has_no_positions) {
  CHECK_ERROR(
      TypeError, T::nonzero(T::dscalar("x")),
      "nonzero: x is TensorType(float64, scalar); at least one axis is needed to find positions in");
  CHECK_ERROR(
      TypeError, T::nonzero_values(2.0),
      "nonzero_values: 2.0 is TensorType(float32, scalar); at least one axis is needed to find positions in");
  EXPECT_EQ(T::nonzero(T::dtensor3("x")).size(), 3u);
}

TEST(Nonzero, the_gradient_of_values_lands_where_they_were) {
  const Variable x = T::dvector("x");
  const Variable g = grad(T::sum(T::sqr(T::nonzero_values(x))), x);
  EXPECT_EQ(evaluate(g, {{x, array({0.5, 0.0, 2.0})}}).to_vector<double>(),
            (std::vector<double>{1, 0, 4}));
}
