// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/compile/deep_copy.h"

#include <gtest/gtest.h>

#include "kroton/compile/view.h"
#include "kroton/graph/generic_type.h"
#include "tests/compile/errors.h"
#include "tests/link/toys.h"

namespace {
using namespace toys;

Value performed(const Op& op, const Value& value) {
  const Variable x = generic("x");
  Values in{value}, out(1);
  op.perform(op.make_node({x}), in, out);
  return out[0];
}

TEST(DeepCopyOp, gives_equal_values_that_share_no_memory) {
  const NDArray a = array({1., 2.});
  const Value copy = performed(DeepCopyOp(), a);
  EXPECT_EQ(list(copy), list(a));
  EXPECT_FALSE(may_share_memory(copy, Value(a)));
  EXPECT_EQ(performed(DeepCopyOp(), "text").as<std::string>(), "text");
}

TEST(ViewOp, gives_the_same_memory_and_says_so) {
  const NDArray a = array({1., 2.});
  EXPECT_TRUE(may_share_memory(performed(ViewOp(), a), Value(a)));
  EXPECT_EQ(ViewOp().view_map(), (AliasMap{{0, {0}}}));
}

TEST(DeepCopyOp, keeps_type_shape_and_gradient) {
  const Variable x = vec("x"), gz = vec("gz");
  for (const Apply& node : {DeepCopyOp().make_node({x}), ViewOp().make_node({x})}) {
    EXPECT_EQ(node.outputs()[0].type(), x.type());
    EXPECT_EQ(node.op().grad(node, {gz}), Variables{gz});
  }
  EXPECT_EQ(error_of<TypeError>([&] { DeepCopyOp().make_node({x, x}); }),
            "DeepCopyOp: 2 inputs are given; it takes one");
  EXPECT_EQ(error_of<TypeError>([&] { ViewOp().make_node({}); }),
            "ViewOp: 0 inputs are given; it takes one");
}
}  // namespace
