// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/variable.h"

#include <gtest/gtest.h>

#include <cmath>

#include "kroton/graph/generic_type.h"
#include "tests/graph/toy.h"

using namespace kroton;

TEST(Constant, C0_5_is_recovered_from_a_variable) {
  const Constant two(Generic(), Value("two"));
  const Variable x = two;
  ASSERT_TRUE(as<Constant>(x));
  EXPECT_EQ(as<Constant>(x)->data().as<std::string>(), "two");
  EXPECT_FALSE(as<Constant>(toy::number("x")));
}

TEST(Constant, C4_16_equal_values_are_the_same_but_for_the_sign_of_zero) {
  const auto constant = [](NDArray a) { return Constant(Generic(), Value(std::move(a))); };
  EXPECT_TRUE(constant(array({1., 2.})).same_as(constant(array({1., 2.}))));
  EXPECT_FALSE(constant(array({1., 2.})).same_as(constant(array({1., 3.}))));
  EXPECT_FALSE(constant(array({0.0})).same_as(constant(array({-0.0}))));
  EXPECT_TRUE(constant(array({std::nan("")})).same_as(constant(array({std::nan("")}))));
  EXPECT_EQ(constant(array({1., 2.})).signature_hash(), constant(array({1., 2.})).signature_hash());
}
