// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/function_op.h"

#include <gtest/gtest.h>

#include "kroton/base/errors.h"
#include "kroton/graph/generic_type.h"
#include "tests/graph/toy.h"

using namespace kroton;

namespace {
double half(double x) { return x / 2; }
Values run(const Op& op, const Variables& inputs, Values in) {
  const Apply node = op.make_node(inputs);
  Values out(node.outputs().size());
  op.perform(node, in, out);
  return out;
}
}  // namespace

TEST(FunctionOp, C5_2_a_plain_function_is_an_op) {
  const auto op = as_op({toy::Number()}, {toy::Number()}, half, "half");
  EXPECT_EQ(op.text(), "half");
  EXPECT_EQ(run(op, {toy::number("x")}, {3.0})[0].item<double>(), 1.5);
  const auto greet = as_op(
      {Generic(), Generic()}, {Generic()},
      [](const std::string& a, std::int64_t n) { return a + std::to_string(n); }, "greet");
  EXPECT_EQ(run(greet, {generic(), generic()}, {"a", 7})[0].as<std::string>(), "a7");
  const auto swap = as_op(
      {Generic(), Generic()}, {Generic(), Generic()},
      [](std::span<const Value> in, std::span<Value> out) {
        out[0] = in[1];
        out[1] = in[0];
      },
      "swap");
  EXPECT_EQ(run(swap, {generic(), generic()}, {1, 2})[0].item<int>(), 2);
}

TEST(FunctionOp, C5_2_equal_are_only_copies_of_one_another) {
  const auto a = as_op({toy::Number()}, {toy::Number()}, half, "half");
  const auto b = as_op({toy::Number()}, {toy::Number()}, half, "half");
  const auto copy = a;
  EXPECT_TRUE(a == copy);
  EXPECT_FALSE(a == b);
  EXPECT_TRUE(a(toy::number("x")).owner().op() == a);
}

TEST(FunctionOp, C5_2_types_are_held_against_those_that_were_given) {
  const auto op = as_op({toy::Number()}, {toy::Number()}, half, "half");
  try {
    op.make_node({generic("g")});
    FAIL();
  } catch (const TypeError& error) {
    EXPECT_STREQ(error.what(), "half: input 0 is Generic; it must be Number");
  }
  try {
    op.make_node({});
    FAIL();
  } catch (const TypeError& error) {
    EXPECT_STREQ(error.what(), "half: takes 1 inputs, not 0; give one per type");
  }
  try {
    as_op({toy::Number()}, {toy::Number()}, ValuesFunction(), "nothing");
    FAIL();
  } catch (const ValueError& error) {
    EXPECT_STREQ(error.what(), "as_op: the function of nothing is empty; give one");
  }
}
