// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include "kroton/compile/function.h"
#include "tests/compile/errors.h"
#include "tests/link/toys.h"

namespace {
using namespace toys;

TEST(Eval, C0_11_computes_a_variable_from_given_values) {
  const Variable x = vec("x"), y = vec("y");
  const Variable z = add(x, y);
  EXPECT_EQ(list(z.eval({{x, array({1.})}, {y, array({2.})}})), (List{3}));
  EXPECT_EQ(list(z.eval({{x, array({5.})}, {y, array({2.})}})), (List{7}));
}

TEST(Eval, C0_11_wrong_values_are_told_in_its_own_words) {
  const Variable x = vec("x"), y = vec("y");
  const Variable z = add(x, y);
  const Value one = array({1.});
  EXPECT_EQ(error_of<ValueError>([&] { z.eval({{x, one}}); }),
            "eval: y of type " + y.type().text() +
                " is needed and has no value; give one, as in y.eval({{x, value}})");
  EXPECT_EQ(error_of<ValueError>([&] { x.eval({{x, one}, {y, one}}); }),
            "eval: a value is given for y, which the result does not depend on; leave it out");
  EXPECT_EQ(error_of<ValueError>([&] { z.eval({{x, one}, {y, one}, {x, one}}); }),
            "eval: two values are given for x; give one");
  EXPECT_EQ(error_of<ValueError>([&] { z.eval({{Variable(), one}}); }),
            "eval: a value is given for an empty variable; leave it out");
  EXPECT_EQ(
      error_of<ValueError>([&] { Variable().eval(); }),
      "eval: the variable is empty; make one by matrix(\"x\"), shared(value) or an expression");
  // A variable on the way may be given in place of what it comes from.
  EXPECT_EQ(list(add(z, z).eval({{z, array({4.})}})), (List{8}));
  EXPECT_EQ(list(z.eval({{x, one}, {y, one}})), (List{2}));
}
}  // namespace
