// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/link/shape_program.h"

#include <gtest/gtest.h>

#include "tests/link/toys.h"

namespace {
using namespace toys;

class Shaped : public OpOf<Shaped> {
 public:
  explicit Shaped(int which) : which_(which) {}
  Apply make_node(Inputs in) const override { return Apply(*this, in, {vec()}); }
  Shapes infer_shape(const Apply& node, Shapes in) const override {
    const ShapeExpr n = (*in[0])[0], k = ShapeExpr(node.inputs()[1]);
    switch (which_) {
      case 0:
        return {{{(n + k) * n - 1}}};
      case 1:
        return {{{n / k}}};
      case 2:
        return {{{n % k}}};
      case 3:
        return {{{ShapeExpr::maximum(ShapeExpr::minimum(n, k), 2)}}};
      case 4:
        return {std::nullopt};
      default:
        return {};
    }
  }
  int which_;
  static constexpr std::string_view op_name = "Shaped";
};

TEST(ShapeProgram, computes_what_infer_shape_says) {
  const std::int64_t cases[][6] = {
      {7, 3, 69, 2, 1, 3}, {7, -3, 27, -3, -2, 2}, {7, 0, 48, 0, 0, 2}, {-7, 2, 34, -4, 1, 2}};
  for (const auto& row : cases) {
    for (int which = 0; which < 4; ++which) {
      const Variable x = vec("x"), k = number("k", int64);
      const auto program = link::ShapeProgram::of(Shaped(which).make_node({x, k}));
      ASSERT_TRUE(program);
      std::vector<std::int64_t> values, registers;
      for (const auto& leaf : program->leaves()) values.push_back(leaf.axis < 0 ? row[1] : row[0]);
      program->run(values, registers);
      std::int64_t shape = 0;
      program->shape(0, registers, &shape);
      EXPECT_EQ(shape, row[2 + which]) << row[0] << " " << row[1] << " case " << which;
    }
  }
}

TEST(ShapeProgram, is_absent_when_a_shape_is_unknown_and_refuses_a_wrong_count) {
  const Variable x = vec("x"), k = number("k", int64);
  EXPECT_FALSE(link::ShapeProgram::of(Shaped(4).make_node({x, k})));
  try {
    link::ShapeProgram::of(Shaped(5).make_node({x, k}));
    FAIL() << "nothing was thrown";
  } catch (const InternalError& error) {
    EXPECT_STREQ(error.what(),
                 "Shaped: infer_shape gives 0 shapes for 1 outputs; it must give one per output");
  }
}
}  // namespace
