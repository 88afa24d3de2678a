// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/argmax.h"

#include <limits>

#include "kroton/base/errors.h"
#include "kroton/graph/generic_type.h"
#include "kroton/tensor/literals.h"
#include "tests/support/check_error.h"
#include "tests/support/evaluate.h"
#include "tests/support/verify_gradient.h"
#include "tests/tensor/first_line.h"

using namespace kroton;
using namespace kroton::support;
namespace T = kroton::tensor;

namespace {
using Ints = std::vector<std::int64_t>;
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

// The positions, the same by both linkers.
Ints positions(const Variable& z, const Givens& givens) {
  const Ints found = evaluate(z, givens, "py").to_vector<std::int64_t>();
  EXPECT_EQ(evaluate(z, givens, "vm").to_vector<std::int64_t>(), found);
  return found;
}
}  // namespace

TEST(Argmax, C6_4_the_first_nan_wins) {
  const Variable x = T::dvector("x");
  EXPECT_EQ(positions(T::argmax(x), {{x, array({5., not_a_number, 9., not_a_number})}}), Ints{1});
  EXPECT_EQ(positions(T::argmin(x), {{x, array({5., 0., not_a_number, -9.})}}), Ints{2});
  EXPECT_EQ(positions(T::argmax(x), {{x, array({not_a_number, 9.})}}), Ints{0});
  const Variable f = T::fmatrix("f");
  const NDArray rows = array<float>({1, static_cast<float>(not_a_number), 3, 7, 2, 7}, {2, 3});
  EXPECT_EQ(positions(T::argmax(f, 1), {{f, rows}}), (Ints{1, 0}));
}

TEST(Argmax, of_equal_elements_the_first_is_taken) {
  const Variable x = T::dvector("x"), i = T::bvector("i"), b = T::tensor(bool_, {false}, "b");
  EXPECT_EQ(positions(T::argmax(x), {{x, array({1., 3., 3., 3.})}}), Ints{1});
  EXPECT_EQ(positions(T::argmin(x), {{x, array({2., 0., 3., 0.})}}), Ints{1});
  EXPECT_EQ(positions(T::argmax(i), {{i, array<std::int8_t>({-128, 127, 127})}}), Ints{1});
  EXPECT_EQ(positions(T::argmin(i), {{i, array<std::int8_t>({127, -128, -128})}}), Ints{1});
  EXPECT_EQ(positions(T::argmax(b), {{b, array<bool>({false, true, true})}}), Ints{1});
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(positions(T::argmax(x), {{x, array({-infinity, -infinity})}}), Ints{0});
  EXPECT_EQ(positions(T::argmin(x), {{x, array({infinity, infinity})}}), Ints{0});
}

TEST(Argmax, over_several_axes_it_is_the_position_in_those_axes_in_C_order) {
  // x[0] = {{1, 2}, {3, 9}, {5, 6}}, x[1] = {{7, 8}, {4, 0}, {11, 10}}
  const Variable x = T::dtensor3("x");
  const Givens given{{x, array({1., 2., 3., 9., 5., 6., 7., 8., 4., 0., 11., 10.}, {2, 3, 2})}};
  EXPECT_EQ(positions(T::argmax(x), given), Ints{10});
  EXPECT_EQ(positions(T::argmin(x), given), Ints{9});
  EXPECT_EQ(positions(T::argmax(x, {0, 2}), given), (Ints{3, 1, 2}));
  EXPECT_EQ(positions(T::argmax(x, {2, 0}), given), (Ints{3, 1, 2}));
  EXPECT_EQ(positions(T::argmax(x, {1, 2}), given), (Ints{3, 4}));
  EXPECT_EQ(positions(T::argmax(x, {0, 1}), given), (Ints{5, 5}));
  EXPECT_EQ(positions(T::argmax(x, -1), given), (Ints{1, 1, 1, 1, 0, 0}));
  EXPECT_EQ(positions(T::argmin(x, 0), given), (Ints{0, 0, 0, 1, 0, 0}));
  EXPECT_EQ(positions(T::argmax(x.T(), {0, 2}), given), (Ints{3, 2, 1}));
}

TEST(Argmax, is_int64_with_the_flags_of_the_axes_that_stay) {
  const Variable x = T::tensor(float32, {true, false, true}, "x");
  EXPECT_EQ(T::argmax(x).type().text(), "TensorType(int64, scalar)");
  EXPECT_EQ(T::argmax(x, 1).broadcastable(), (std::vector<bool>{true, true}));
  EXPECT_EQ(T::argmax(x, 0, {.keepdims = true}).broadcastable(),
            (std::vector<bool>{true, false, true}));
  EXPECT_EQ(x.argmax(0).dtype(), int64);
  EXPECT_EQ(T::argmax(x, 1, {.dtype = int32}).dtype(), int32);
  const Variable s = T::dscalar("s");
  EXPECT_EQ(positions(T::argmax(s), {{s, 3.0}}), Ints{0});
}

TEST(Argmax, of_nothing_is_an_error) {
  const Variable x = T::dmatrix("x");
  for (const char* linker : {"py", "vm"}) {
    const auto text = [&](const Variable& z, const Shape& shape) {
      return first_line<ValueError>([&] { evaluate(z, {{x, NDArray::zeros(shape)}}, linker); });
    };
    EXPECT_EQ(text(T::argmax(x, 1), {2, 0}),
              "argmax: axis 1 of x has length 0; its length must be at least 1");
    EXPECT_EQ(text(T::argmin(x), {0, 3}),
              "argmin: axis 0 of x has length 0; its length must be at least 1");
    EXPECT_EQ(text(T::argmax(x, 1), {0, 3}), "no error");
  }
  EXPECT_EQ(evaluate(T::argmax(x, 0), {{x, NDArray::zeros({2, 0})}}).shape(), Shape{0});
}

TEST(Argmax, wrong_uses_are_named) {
  const Variable x = T::dmatrix("x"), z = T::zvector("z");
  CHECK_ERROR(ValueError, T::argmax(x, 2),
              "argmax: axis 2 is out of range for 2 dimensions; give -2 to 1");
  CHECK_ERROR(ValueError, T::argmin(x, {0, -2}),
              "argmin: axis 0 is given twice; each axis may stand once");
  CHECK_ERROR(TypeError, T::argmin(z),
              "argmin: z is TensorType(complex128, vector); complex numbers have no order");
  CHECK_ERROR(TypeError, T::argmax(generic("g")),
              "argmax: g is Generic; an array or a number is needed");
}

TEST(Argmax, C6_1_says_what_it_is) {
  const Variable x = T::dmatrix("x");
  EXPECT_EQ(T::argmax(x, 0).owner().op().text(), "Argmax{axes: (0,)}");
  EXPECT_EQ(T::argmin(x).owner().op().text(), "Argmin{axes: (0, 1)}");
  EXPECT_TRUE(T::argmax(x, -1).owner().op() == T::argmax(x, 1).owner().op());
  EXPECT_FALSE(T::argmax(x, 1).owner().op() == T::argmin(x, 1).owner().op());
}

TEST(Argmax, a_position_does_not_change_by_small_changes) {
  verify_gradient(
      [](const Variables& v) { return T::cast(T::argmax(v[0], 1), float64) + T::sum(v[0], 1); },
      {weights({3, 4})});
}

TEST(Argmax, max_and_argmax_come_together) {
  const Variable x = T::dmatrix("x");
  const auto [m, i] = T::max_and_argmax(x, 1, {.keepdims = true});
  const Values got = evaluate_all({m, i}, {{x, array({1., 5., 2., 7., 7., 0.}, {2, 3})}});
  EXPECT_EQ(NDArray(got[0]).to_vector<double>(), (std::vector<double>{5, 7}));
  EXPECT_EQ(NDArray(got[1]).to_vector<std::int64_t>(), (std::vector<std::int64_t>{1, 0}));
  EXPECT_EQ(NDArray(got[1]).shape(), (Shape{2, 1}));
}
