// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/ndarray/shape.h"

#include <limits>

#include "reference.h"

namespace kroton {
TEST(Shape, is_written_as_a_Python_tuple) {
  EXPECT_EQ(shape_text(Shape{}), "()");
  EXPECT_EQ(shape_text(Shape{5}), "(5,)");
  EXPECT_EQ(shape_text(Shape{3, 4}), "(3, 4)");
}
TEST(Shape, slices_take_what_Pythons_slices_take) {
  const NDArray expected = load_npy(reference("slices.npy"));  // start, step, length
  using Bound = std::optional<std::int64_t>;
  std::vector<Bound> bounds{{}};
  for (int i = -5; i <= 5; ++i) bounds.push_back(i);
  std::int64_t row = 0;
  for (std::int64_t length : {0, 1, 4}) {
    for (Bound start : bounds) {
      for (Bound stop : bounds) {
        for (Bound step :
             {Bound{}, Bound{-3}, Bound{-2}, Bound{-1}, Bound{1}, Bound{2}, Bound{3}}) {
          const SliceRange range = canonical_slice(slice(start, stop, step), length);
          ASSERT_EQ(range.start, expected.at<std::int8_t>({row, 0})) << row;
          ASSERT_EQ(range.step, expected.at<std::int8_t>({row, 1})) << row;
          ASSERT_EQ(range.length, expected.at<std::int8_t>({row, 2})) << row;
          ++row;
        }
      }
    }
  }
  EXPECT_EQ(row, expected.shape()[0]);
}
TEST(Shape, slices_with_bounds_at_the_ends_of_int64_do_not_overflow) {
  constexpr auto low = std::numeric_limits<std::int64_t>::min();
  constexpr auto high = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(canonical_slice(slice(low, high, 1), 4).length, 4);
  EXPECT_EQ(canonical_slice(slice(high, low, -1), 4).length, 4);
  EXPECT_EQ(canonical_slice(slice(0, high, high), 4).length, 1);
  EXPECT_EQ(canonical_slice(slice({}, {}, low), 4).length, 1);
}
TEST(Shape, a_step_of_0_is_a_ValueError) {
  EXPECT_ERROR(ValueError, canonical_slice(slice(0, 1, 0), 4),
               "slice: the step is 0; use a step other than 0");
}
TEST(Shape, a_size_beyond_int64_is_a_ValueError) {
  const Shape shape{std::int64_t{1} << 31, std::int64_t{1} << 31, 2};
  EXPECT_ERROR(ValueError, NDArray::empty(shape),
               "NDArray: shape (2147483648, 2147483648, 2) of 8-byte elements is more than 2**63 "
               "bytes; use smaller lengths");
  EXPECT_ERROR(ValueError, NDArray::empty(Shape{std::int64_t{1} << 62, 4, 0}),
               "NDArray: shape (4611686018427387904, 4, 0) of 8-byte elements is more than 2**63 "
               "bytes; use smaller lengths");
  EXPECT_ERROR(ValueError, NDArray::zeros({2, -1}),
               "NDArray: shape (2, -1) has a negative length; use lengths >= 0");
  EXPECT_ERROR(ValueError, NDArray::empty(Shape(65, 1)),
               "NDArray: 65 dimensions; an array has at most 64");
  EXPECT_EQ(NDArray::empty(Shape{0, std::int64_t{1} << 40}).size(), 0u);
}
}  // namespace kroton
