// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/compile/detail/storage_variants.h"

#include <gtest/gtest.h>

#include "tests/link/toys.h"

namespace {
using namespace toys;
using compile::detail::storage_variants;
using Names = std::vector<std::string>;

Names names(const std::vector<const Type*>& types, const Values& results) {
  Names all;
  for (const auto& variant : storage_variants(types, results)) all.push_back(variant.name);
  return all;
}

TEST(StorageVariants, every_layout_that_the_number_of_dimensions_allows) {
  const Array matrix({false, false}), row({true, false}), scalar({});
  EXPECT_EQ(names({&matrix}, {NDArray::zeros({2, 3})}),
            (Names{"C-contiguous", "Fortran order", "strided", "previous", "wrong size"}));
  EXPECT_EQ(names({&scalar}, {NDArray::zeros({})}), (Names{"C-contiguous", "previous"}));
  for (const auto& variant : storage_variants({&row}, Values{NDArray::zeros({1, 3})})) {
    const NDArray array = variant.storage[0];
    EXPECT_EQ(array.shape(), (Shape{1, variant.name == "wrong size" ? 4 : 3})) << variant.name;
  }
  EXPECT_EQ(names({&matrix}, {Value("text")}), Names{});
}

TEST(StorageVariants, arrays_lie_as_their_name_says_and_hold_nothing_of_worth) {
  const Array matrix({false, false});
  const NDArray result = NDArray::full({2, 3}, 4.0);
  const auto variants = storage_variants({&matrix}, Values{result});
  const NDArray c = variants[0].storage[0], f = variants[1].storage[0],
                strided = variants[2].storage[0], previous = variants[3].storage[0];
  EXPECT_TRUE(c.is_c_contiguous());
  EXPECT_TRUE(f.is_f_contiguous());
  EXPECT_EQ(strided.strides(), (Shape{2 * 7 * 8, -16}));
  EXPECT_NE(c.to_vector<double>(), result.to_vector<double>());
  EXPECT_EQ(previous.to_vector<double>(), result.to_vector<double>());
  EXPECT_FALSE(may_share_memory(previous, result));
  // Without elements, and where the larger array is walked backwards from its end.
  EXPECT_EQ(storage_variants({&matrix}, Values{NDArray::zeros({2, 0})}).size(), 5u);
  NDArray last = strided.slice({1, 2});
  last.at<double>({}) = 1;
  EXPECT_EQ(strided.at<double>({1, 2}), 1);
}
}  // namespace
