// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/diagonal.h"

#include "kroton/base/errors.h"
#include "kroton/tensor/constant.h"
#include "kroton/tensor/elemwise.h"
#include "kroton/tensor/literals.h"
#include "tests/support/check_error.h"
#include "tests/support/evaluate.h"
#include "tests/support/verify_gradient.h"
#include "tests/tensor/everywhere.h"

using namespace kroton;
using namespace kroton::support;
namespace T = kroton::tensor;

namespace {
using List = std::vector<double>;
}  // namespace

TEST(Diagonal, values_are_numpys) {
  const Variable x = T::dtensor3("x");
  const NDArray value = reference("x_float64");
  const std::vector<Variable> diagonals{T::diagonal(x), T::diagonal(x, 1, 0, 2),
                                        T::diagonal(x, -1, 2, 1), T::diagonal(x, 2, -2, -1),
                                        T::diagonal(x, -5)};
  for (std::size_t k = 0; k < diagonals.size(); ++k)
    expect_everywhere(diagonals[k], x, value, reference("diagonal_" + std::to_string(k)));
  for (const int k : {-1, 0, 2}) {
    const std::string n = std::to_string(k);
    expect_everywhere(T::diag(x[{0, 0}], k), x, value, reference("diag_" + n));
    expect_everywhere(T::tril(x[0], k), x, value, reference("tril_" + n));
    expect_everywhere(T::triu(x[0], k), x, value, reference("triu_" + n));
    expect_like(evaluate(T::tri(3, 5, k, float64), {}, "vm"), reference("tri_" + n));
  }
  const Variable m = T::dmatrix("m");
  const NDArray square = array({1., 2., 3., 4.}, {2, 2});
  expect_everywhere(T::trace(m), m, square, array({5.}, {}));
  expect_everywhere(T::diag(m), m, square, array({1., 4.}));
  expect_everywhere(T::identity_like(m), m, square, array({1., 0., 0., 1.}, {2, 2}));
}

TEST(Diagonal, of_a_matrix_is_a_view) {
  const Variable m = T::dmatrix("m");
  const NDArray value = NDArray::zeros({3, 3});
  EXPECT_TRUE(may_share_memory(evaluate(T::diag(m), {{m, value}}), value));
}

TEST(Diagonal, triangles_of_what_is_not_finite_hold_zeros) {
  const Variable m = T::dmatrix("m");
  const double nan = std::nan("");
  EXPECT_EQ(evaluate(T::tril(m), {{m, array({1., nan, 2., 3.}, {2, 2})}}).to_vector<double>(),
            (List{1, 0, 2, 3}));
}

TEST(Diagonal, gradients_agree_with_differences) {
  const NDArray a = weights({2, 3, 3}, 5), v = weights({3}, 6), m = weights({3, 2}, 7);
  verify_gradient([](const Variables& x) { return T::sqr(T::diagonal(x[0], 1, 0, 2)); }, {a});
  verify_gradient([](const Variables& x) { return T::sqr(T::diagonal(x[0], -1, 2, 1)); }, {a});
  verify_gradient([](const Variables& x) { return T::sqr(T::diag(x[0], -1)); }, {v});
  verify_gradient([](const Variables& x) { return T::sqr(T::diag(x[0], 1)); }, {v});
  verify_gradient([](const Variables& x) { return T::sqr(T::trace(x[0])); }, {m});
  verify_gradient([](const Variables& x) { return T::sqr(T::tril(x[0], 0)); }, {m});
  verify_gradient([](const Variables& x) { return T::sqr(T::triu(x[0], 1)); }, {m});
}

TEST(Diagonal, wrong_uses_are_named) {
  const Variable x = T::dtensor3("x"), v = T::dvector("v");
  CHECK_ERROR(TypeError, T::diag(x),
              "diag: x is TensorType(float64, 3D); it takes a vector or a matrix, see diagonal");
  CHECK_ERROR(TypeError, T::trace(v),
              "trace: v is TensorType(float64, vector); it must be a matrix");
  CHECK_ERROR(ValueError, T::diagonal(x, 0, 1, -2), "diagonal: both axes are 1; they must differ");
  CHECK_ERROR(ValueError, T::diagonal(v),
              "diagonal: axis 1 is out of range for 1 dimensions; give -1 to 0");
  EXPECT_EQ(T::diagonal(x, 0, 1, 2).ndim(), 2u);
}
