// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/sort.h"

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
using Ints = std::vector<std::int64_t>;
}  // namespace

TEST(Sort, ascending_along_each_axis_with_nan_last) {
  const Variable x = T::dtensor3("x");
  const NDArray value = reference("x_nan");
  for (int axis = 0; axis < 3; ++axis) {
    const std::string n = std::to_string(axis);
    expect_everywhere(T::sort(x, axis), x, value, reference("sort_" + n));
    expect_everywhere(T::argsort(x, axis - 3), x, value, reference("argsort_" + n));
  }
  expect_everywhere(T::sort(x), x, value, reference("sort_2"));
  const Variable flat = T::sort(x[{0, slice(0, 2), slice(0, 2)}], std::nullopt);
  EXPECT_EQ(evaluate(flat, {{x, reference("x_float64")}}).to_vector<double>(),
            (List{-0.625, -0.125, 0.375, 1.125}));
}

TEST(Sort, every_dtype_has_an_order) {
  for (const DType d : {bool_, int8, uint8, int64, uint64, float16, bfloat16, float32, complex64}) {
    const Variable x = T::tensor(d, {false}, "x");
    const NDArray value = array({1, 0, 1, 0}).astype(d);
    expect_like(evaluate(T::sort(x), {{x, value}}), array({0, 0, 1, 1}).astype(d));
    EXPECT_EQ(evaluate(T::argsort(x), {{x, value}}).to_vector<std::int64_t>(), (Ints{1, 3, 0, 2}));
  }
  const Variable z = T::zvector("z");
  using C = std::complex<double>;
  EXPECT_EQ(evaluate(T::argsort(z), {{z, array<C>({C(1, 2), C(1, -1), C(0, 5)})}})
                .to_vector<std::int64_t>(),
            (Ints{2, 1, 0}));
}

TEST(Sort, gradients_go_back_to_where_elements_were) {
  const NDArray a = array({3., 1., 2., 0.5, 6., 5.}, {2, 3});
  verify_gradient([](const Variables& x) { return T::sqr(T::sort(x[0], 0)); }, {a});
  verify_gradient([](const Variables& x) { return T::sqr(T::sort(x[0], 1)); }, {a});
  verify_gradient([](const Variables& x) { return T::sqr(T::sort(x[0], std::nullopt)); }, {a});
  verify_gradient([](const Variables& x) { return T::sqr(T::sort(x[0], 1)); },
                  {array({3., 1., 2.}, {1, 3})});
}

TEST(Sort, places_in_a_sorted_vector_are_numpys) {
  const Variable v = T::dmatrix("v");
  const NDArray edges = array({1., 2., 2., 5.}), at = array({0., 2., 5., std::nan("")}, {2, 2});
  expect_everywhere(T::searchsorted(edges, v), v, at, array({0, 1, 3, 4}, {2, 2}));
  expect_everywhere(T::searchsorted(edges, v, T::Side::right), v, at, array({0, 3, 4, 4}, {2, 2}));
  CHECK_ERROR(TypeError, T::searchsorted(v, 1),
              "searchsorted: v is TensorType(float64, matrix); what is searched must be a vector");
  CHECK_ERROR(ValueError, T::sort(v, 2),
              "sort: axis 2 is out of range for 2 dimensions; give -2 to 1");
  EXPECT_EQ(T::argsort(v, 1).dtype(), int64);
}
