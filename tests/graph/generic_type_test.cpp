// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/generic_type.h"

#include <gtest/gtest.h>

#include "kroton/ndarray/ndarray.h"

using namespace kroton;

TEST(Generic, C0_6_takes_any_value_as_it_is) {
  const Variable path = generic("path");
  EXPECT_EQ(path.name(), "path");
  EXPECT_EQ(path.type().text(), "Generic");
  EXPECT_EQ(Generic().filter("a.npy").as<std::string>(), "a.npy");
  EXPECT_TRUE(Generic().filter(Value(), true).empty());
}

TEST(Generic, compares_strings_numbers_and_arrays) {
  const Generic type;
  EXPECT_TRUE(type.values_eq("a", "a"));
  EXPECT_FALSE(type.values_eq("a", "b"));
  EXPECT_TRUE(type.values_eq(Value(array({1., 2.})), Value(array({1., 2.}))));
  EXPECT_FALSE(type.values_eq(Value(2), Value("2")));
  EXPECT_TRUE(type.values_eq(Value(), Value()));
}

TEST(Generic, sees_shared_memory) {
  const NDArray a = array({1., 2.});
  EXPECT_TRUE(Generic().may_share_memory(Value(a), Value(a)));
  EXPECT_FALSE(Generic().may_share_memory(Value(a), Value(a.copy())));
}
