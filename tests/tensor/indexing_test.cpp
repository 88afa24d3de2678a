// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/indexing.h"

#include "kroton/base/errors.h"
#include "kroton/graph/generic_type.h"
#include "kroton/tensor/constant.h"
#include "kroton/tensor/literals.h"
#include "tests/support/check_error.h"
#include "tests/support/evaluate.h"
#include "tests/support/verify_gradient.h"
#include "tests/tensor/first_line.h"

using namespace kroton;
using namespace kroton::support;
namespace T = kroton::tensor;

namespace {
using List = std::vector<double>;
// {{0, 1, 2, 3}, {10, 11, 12, 13}, {20, 21, 22, 23}}
NDArray table() { return array({0., 1., 2., 3., 10., 11., 12., 13., 20., 21., 22., 23.}, {3, 4}); }
const Variable x = T::dmatrix("x"), n = T::lscalar("n"), k = T::iscalar("k");

NDArray at(const Variable& z, std::int64_t n_value = 0, int k_value = 0) {
  return evaluate(z, {{x, table()}, {n, n_value}, {k, k_value}});
}
List list(const NDArray& a) { return a.to_vector<double>(); }
}  // namespace

TEST(Indexing, C0_6_one_index_needs_no_braces_and_a_list_may_be_a_vector) {
  EXPECT_EQ(list(at(x[1])), (List{10, 11, 12, 13}));
  EXPECT_EQ(list(at(x[-1])), (List{20, 21, 22, 23}));
  EXPECT_EQ(list(at(x[slice(2, {})])), (List{20, 21, 22, 23}));
  EXPECT_EQ(at(x[{1, 2}]).item<double>(), 12);
  EXPECT_EQ(at(x[std::vector<Index>{-1, -4}]).item<double>(), 20);
  EXPECT_EQ(at(x[std::vector<Index>{}]).shape(), (Shape{3, 4}));
  EXPECT_EQ(at(x[array<int>({2}, {})]).shape(), Shape{4});
  EXPECT_EQ(at(x[std::uint8_t{2}]).at<double>({0}), 20);
}

TEST(Indexing, C0_6_steps_may_be_negative) {
  EXPECT_EQ(list(at(x[{0, slice({}, {}, -1)}])), (List{3, 2, 1, 0}));
  EXPECT_EQ(list(at(x[{0, slice(2, {}, -2)}])), (List{2, 0}));
  EXPECT_EQ(list(at(x[{0, slice(-1, 0, -1)}])), (List{3, 2, 1}));
  EXPECT_EQ(list(at(x[{0, slice(99, -99, -3)}])), (List{3, 0}));
  EXPECT_EQ(list(at(x[{0, slice(0, 3, -1)}])), List{});
  EXPECT_EQ(list(at(x[{slice({}, {}, -2), 3}])), (List{23, 3}));
}

TEST(Indexing, C0_6_bounds_may_be_variables_of_any_integer_dtype) {
  EXPECT_EQ(list(at(x[{0, slice(n, k)}], 1, 3)), (List{1, 2}));
  EXPECT_EQ(list(at(x[{0, slice(n, k)}], -3, -1)), (List{1, 2}));
  EXPECT_EQ(list(at(x[{0, slice(n, k)}], -99, 99)), (List{0, 1, 2, 3}));
  EXPECT_EQ(list(at(x[{0, slice(n, k)}], 3, 1)), List{});
  EXPECT_EQ(list(at(x[{0, slice(std::nullopt, k, n)}], -2, 0)), (List{3, 1}));
  EXPECT_EQ(list(at(x[{0, slice(3, n, -1)}], 1)), (List{3, 2}));
  EXPECT_EQ(list(at(x[{slice(1, n + 1), n}], 2)), (List{12, 22}));
  EXPECT_EQ(at(x[{n, k}], -1, 1).item<double>(), 21);
  EXPECT_EQ(list(at(x[{0, slice(n, std::nullopt, 2)}], 1)), (List{1, 3}));
}

TEST(Indexing, C0_6_newaxis_and_ellipsis_stand_for_axes) {
  EXPECT_EQ(at(x[newaxis]).shape(), (Shape{1, 3, 4}));
  EXPECT_EQ(at(x[{slice(), newaxis, slice(1, 3), newaxis}]).shape(), (Shape{3, 1, 2, 1}));
  EXPECT_EQ(at(x[{newaxis, 1, newaxis}]).shape(), (Shape{1, 1, 4}));
  EXPECT_EQ(list(at(x[{ellipsis, 1}])), (List{1, 11, 21}));
  EXPECT_EQ(list(at(x[{1, ellipsis, newaxis}])), (List{10, 11, 12, 13}));
  EXPECT_EQ(at(x[{1, ellipsis, 2}]).ndim(), 0u);
  EXPECT_EQ(at(x[{1, 2, ellipsis}]).item<double>(), 12);
  EXPECT_EQ(at(x[{1, 2, newaxis, newaxis}]).shape(), (Shape{1, 1}));
  EXPECT_EQ((x[{newaxis, slice()}]).broadcastable(), (std::vector<bool>{true, false, false}));
}

TEST(Indexing, full_slices_cost_no_node_of_their_own_under_new_axes) {
  EXPECT_EQ((x[{newaxis, slice(), slice()}]).owner().inputs()[0], x);
  EXPECT_EQ((x[{1, slice()}]).owner().op(), x[1].owner().op());
  EXPECT_EQ((x[{1, ellipsis}]).owner().op(), x[1].owner().op());
}

TEST(Indexing, C0_6_what_is_out_of_range_is_named_when_it_runs) {
  const Variable t = T::dtensor3("t");
  const Givens given{{t, NDArray::zeros({2, 3, 4})}, {n, 3}, {k, -5}};
  const auto text = [&](const Variable& z) {
    return first_line<ValueError>([&] { evaluate(z, given); });
  };
  EXPECT_EQ(text(t[2]), "index: 2 is out of range for axis 0 of length 2; give -2 to 1");
  EXPECT_EQ(text(t[{0, -4}]), "index: -4 is out of range for axis 1 of length 3; give -3 to 2");
  EXPECT_EQ(text(t[{slice(), n}]), "index: 3 is out of range for axis 1 of length 3; give -3 to 2");
  EXPECT_EQ(text(t[{slice(n, std::nullopt), ellipsis, k}]),
            "index: -5 is out of range for axis 2 of length 4; give -4 to 3");
  EXPECT_EQ(text(t[{slice(n, std::nullopt), ellipsis, k + 1}]), "no error");
  EXPECT_EQ(first_line<ValueError>([&] { evaluate(t[slice(0, 1, n - 3)], given); }),
            "slice: the step is 0; use a step other than 0");
  for (const Variable& z : {t[2] * 1, t[{0, n}] * 1}) {
    EXPECT_NE(first_line<Error>([&] { evaluate(z, given, "vm"); }), "no error");
  }
}

TEST(Indexing, C0_6_what_is_no_index_is_named_at_once) {
  CHECK_ERROR(ValueError, (x[{1, slice(), 0}]),
              "index: 3 indices are given; x is TensorType(float64, matrix) and has 2 axes");
  CHECK_ERROR(ValueError, (x[{1, ellipsis, newaxis, 0, 0}]),
              "index: 3 indices are given; x is TensorType(float64, matrix) and has 2 axes");
  CHECK_ERROR(ValueError, T::dscalar("s")[0],
              "index: 1 indices are given; s is TensorType(float64, scalar) and has 0 axes");
  CHECK_ERROR(ValueError, (x[{ellipsis, 0, ellipsis}]), "index: 2 ellipses are given; one may be");
  CHECK_ERROR(ValueError, x[slice(n, 3, 0)],
              "index: a slice has step 0; it must be another number");
  CHECK_ERROR(TypeError, x[slice(T::dscalar("d"), 3)],
              "index: d is TensorType(float64, scalar); an index is a 0-d integer variable");
  CHECK_ERROR(TypeError, x[slice(T::lvector("v"), 3)],
              "index: v is TensorType(int64, vector); an index is a 0-d integer variable");
  CHECK_ERROR(TypeError, x[generic("g")],
              "index: g is Generic; an index is a 0-d integer variable");
}

TEST(Indexing, gradients_go_to_the_elements_that_were_taken) {
  verify_gradient([](const Variables& v) { return T::sqr(v[0][{slice({}, {}, -2), newaxis, 1}]); },
                  {weights({3, 4})});
  verify_gradient(
      [](const Variables& v) {
        return v[0][{ellipsis, slice(2, {})}] * v[0][{ellipsis, slice({}, 2)}];
      },
      {weights({3, 4})});
  verify_gradient([](const Variables& v) { return v[0][{-1, ellipsis}] * v[0][0]; },
                  {weights({3, 4})});
}
