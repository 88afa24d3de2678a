// SPDX-License-Identifier: BSD-3-Clause
#include "reference.h"

namespace kroton {
namespace {
using Ints = std::vector<std::int64_t>;
const NDArray cube = NDArray::arange(24).reshape({2, 3, 4});
Ints values(const NDArray& a) { return a.to_vector<std::int64_t>(); }
}  // namespace

TEST(Indexing, C0_2_slices_are_views) {
  NDArray a = NDArray::arange(6).reshape({2, 3});
  NDArray row = a.slice({1});
  row.at<std::int64_t>({0}) = 30;
  EXPECT_EQ(a.at<std::int64_t>({1, 0}), 30);
  EXPECT_EQ(row.buffer(), a.buffer());
}
TEST(Indexing, integers_slices_newaxis_and_ellipsis_mix) {
  EXPECT_EQ(values(cube.slice({1, 2, 3})), Ints{23});
  EXPECT_EQ(cube.slice({1, 2, 3}).shape(), Shape{});
  EXPECT_EQ(values(cube.slice({-1, slice(1), 0})), (Ints{16, 20}));
  EXPECT_EQ(values(cube.slice({ellipsis, -1})), (Ints{3, 7, 11, 15, 19, 23}));
  EXPECT_EQ(values(cube.slice({0, ellipsis, slice({}, {}, -2)})), (Ints{3, 1, 7, 5, 11, 9}));
  EXPECT_EQ(cube.slice({newaxis, 0, ellipsis, newaxis}).shape(), (Shape{1, 3, 4, 1}));
  EXPECT_EQ(cube.slice({0, 1, 2, ellipsis}).shape(), Shape{});
  EXPECT_EQ(cube.slice({}).shape(), cube.shape());
  EXPECT_EQ(cube.slice({slice(), slice(3, {}), slice()}).shape(), (Shape{2, 0, 4}));
  EXPECT_EQ(cube.slice({slice(), slice(2, 0, -1)}).shape(), (Shape{2, 2, 4}));
  EXPECT_EQ(values(cube.slice({slice({}, {}, -1), 0, 0})), (Ints{12, 0}));
}
TEST(Indexing, bad_indices_are_ValueErrors) {
  EXPECT_ERROR(
      ValueError, cube.slice({0, 3}),
      "slice: index 3 is out of bounds for axis 1 of shape (2, 3, 4); the axis has length 3");
  EXPECT_ERROR(
      ValueError, cube.slice({-3}),
      "slice: index -3 is out of bounds for axis 0 of shape (2, 3, 4); the axis has length 2");
  EXPECT_ERROR(ValueError, cube.slice({0, 0, 0, 0}),
               "slice: 4 indices for an array of shape (2, 3, 4); give at most one per axis");
  EXPECT_ERROR(ValueError, cube.slice({ellipsis, 0, ellipsis}),
               "slice: the index has 2 ellipses; give at most one");
  EXPECT_ERROR(ValueError, cube.slice({slice({}, {}, 0)}),
               "slice: the step is 0; use a step other than 0");
  EXPECT_EQ(values(cube.slice({1, 0})), (Ints{12, 13, 14, 15}));
}
TEST(Indexing, transpose_reverses_or_orders_the_axes) {
  EXPECT_EQ(cube.transpose().shape(), (Shape{4, 3, 2}));
  EXPECT_EQ(cube.transpose().at<std::int64_t>({3, 2, 0}), 11);
  EXPECT_TRUE(cube.transpose().is_f_contiguous());
  const NDArray t = cube.transpose({1, -1, 0});
  EXPECT_EQ(t.shape(), (Shape{3, 4, 2}));
  EXPECT_EQ(t.at<std::int64_t>({2, 3, 1}), 23);
  EXPECT_ERROR(ValueError, cube.transpose({0, 0, 1}),
               "transpose: axes (0, 0, 1) for an array of shape (2, 3, 4); name each axis once");
  EXPECT_ERROR(ValueError, cube.transpose({0, 1}),
               "transpose: axes (0, 1) for an array of shape (2, 3, 4); name each axis once");
}
TEST(Indexing, reshape_makes_a_view_when_the_strides_allow_it) {
  EXPECT_EQ(cube.reshape({4, -1}).buffer(), cube.buffer());
  EXPECT_EQ(cube.reshape({-1}).shape(), Shape{24});
  const NDArray columns = cube.slice({slice(), slice(), slice({}, {}, 2)});
  EXPECT_EQ(columns.reshape({6, 2}).buffer(), cube.buffer());
  EXPECT_EQ(values(columns.reshape({6, 2})), values(columns));
  EXPECT_EQ(columns.reshape({1, 2, 1, 3, 2, 1}).buffer(), cube.buffer());
  EXPECT_EQ(columns.reshape({4, 3}).buffer(), cube.buffer());
  const NDArray corner = cube.slice({ellipsis, slice(0, 3)});
  EXPECT_EQ(corner.reshape({6, 3}).buffer(), cube.buffer());
  EXPECT_NE(corner.reshape({2, 9}).buffer(), cube.buffer());
  EXPECT_EQ(values(corner.reshape({2, 9})), values(corner));
  EXPECT_NE(cube.transpose().reshape({24}).buffer(), cube.buffer());
  EXPECT_EQ(values(cube.transpose().reshape({24})), values(cube.transpose()));
  EXPECT_EQ(cube.slice({slice({}, {}, -1)}).reshape({2, 12}).buffer(), cube.buffer());
  EXPECT_EQ(NDArray::zeros({0, 3}).reshape({3, 0, 7}).shape(), (Shape{3, 0, 7}));
  EXPECT_EQ(array({5}).reshape({}).shape(), Shape{});
}
TEST(Indexing, a_reshape_that_does_not_fit_is_a_ValueError) {
  EXPECT_ERROR(ValueError, cube.reshape({5, 5}),
               "reshape: shape (2, 3, 4) holds 24 elements and cannot become shape (5, 5); the "
               "lengths must multiply to 24");
  EXPECT_ERROR(ValueError, cube.reshape({5, -1}),
               "reshape: shape (2, 3, 4) holds 24 elements and cannot become shape (5, -1); the "
               "lengths must multiply to 24");
  EXPECT_ERROR(ValueError, cube.reshape({-1, -1}),
               "reshape: shape (-1, -1) has 2 unknown lengths; give at most one -1");
  EXPECT_ERROR(ValueError, cube.reshape({2, -12}),
               "reshape: shape (2, -12) has a negative length; use lengths >= 0, or -1 once");
  EXPECT_ERROR(ValueError, NDArray::zeros({0}).reshape({0, -1}),
               "reshape: shape (0,) holds 0 elements and cannot become shape (0, -1); the lengths "
               "must multiply to 0");
  EXPECT_ERROR(ValueError, cube.reshape({std::int64_t{1} << 62, 4, -1}),
               "reshape: shape (2, 3, 4) holds 24 elements and cannot become shape "
               "(4611686018427387904, 4, -1); the lengths must multiply to 24");
  EXPECT_EQ(cube.reshape({2, 12}).shape(), (Shape{2, 12}));
}
}  // namespace kroton
