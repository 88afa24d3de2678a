// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include "kroton/compile/function.h"
#include "kroton/tensor/type.h"
#include "tests/compile/errors.h"
#include "tests/link/toys.h"

namespace {
using namespace toys;

class GraphOf : public testing::TestWithParam<const char*> {
 protected:
  Mode mode() const { return Mode(GetParam(), "None"); }
};
INSTANTIATE_TEST_SUITE_P(Linkers, GraphOf, testing::Values("py", "vm"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(GraphOf, apply_givens_whatever_their_order) {
  const Variable x = vec("x"), y = vec("y"), z = vec("z");
  const auto f = function({x}, add(y, z), {.givens = {{z, x}, {y, add(x, x)}}, .mode = mode()});
  EXPECT_EQ(list(f(array({2.})).only()), (List{6}));
  const auto g = function({x}, add(x, y), {.givens = {{y, array({1.})}}, .mode = mode()});
  EXPECT_EQ(list(g(array({2.})).only()), (List{3}));
}

TEST_P(GraphOf, apply_default_updates_unless_told_not_to) {
  SharedVariable n("n", Array({}), 1.0);
  n.set_default_update(add(n, n));
  const auto f = function({}, n, {.mode = mode()});
  EXPECT_EQ(f().item<double>(), 1);
  EXPECT_EQ(f().item<double>(), 2);
  const auto g = function({}, n, {.mode = mode(), .no_default_updates = true});
  g();
  EXPECT_EQ(g().item<double>(), 4);
  const auto h = function({}, n, {.mode = mode(), .no_default_updates = {n}});
  h();
  EXPECT_EQ(h().item<double>(), 4);
  const auto own = function({}, n, {.updates = {{n, 7.0}}, .mode = mode()});
  own();
  EXPECT_EQ(n.get_value().item<double>(), 7);
  n.clear_default_update();
  EXPECT_FALSE(static_cast<bool>(n.default_update()));
}

TEST(FunctionErrors, name_inputs_that_are_no_inputs) {
  const Variable x = vec("x"), w = vec("w");
  const SharedVariable s("s", Array({false}), array({1.}));
  EXPECT_EQ(
      error_of<ValueError>([&] { function({x, w}, x); }),
      "function: input 1 'w' is not used to compute any output; remove it or pass on_unused_input = ignore");
  EXPECT_NO_THROW(function({x, w}, x, {.on_unused_input = OnUnusedInput::ignore}));
  EXPECT_EQ(error_of<ValueError>([&] { function({x, x}, x); }),
            "function: input 1 'x' is the same variable as input 0; pass each variable once");
  EXPECT_EQ(
      error_of<ValueError>([&] { function({s}, s); }),
      "function: input 0 's' is a shared variable; it is an input by itself, use givens to replace it");
  EXPECT_EQ(error_of<ValueError>([&] { function({constant(array({1.}))}, x); }),
            "function: input 0 is a constant; replace it by givens instead");
  EXPECT_EQ(
      error_of<ValueError>([&] { function({}, add(x, x), {.name = "f"}); }),
      "function 'f': x of type Array{dtype: float64, broadcastable: (false,)} is needed and is no input; add it "
      "to the inputs, or give it a value by givens or shared()");
  EXPECT_EQ(error_of<ValueError>([&] { function({x, Variable()}, x); }),
            "function: input 1 is an empty variable; pass one made by matrix(\"x\") or the like");
  EXPECT_EQ(error_of<ValueError>([&] { function({x}, {x, Variable()}); }),
            "function: output 1 is an empty variable; pass an expression");
  EXPECT_EQ(
      error_of<ValueError>([&] { In(x, {.mutable_ = true, .borrow = false}); }),
      "In: x is mutable_ and not borrow; a function that may overwrite the argument's memory borrows it, leave "
      "borrow out or pass true");
}

TEST(FunctionErrors, name_updates_and_givens_that_do_not_fit) {
  const Variable x = vec("x"), m = mat("m");
  const SharedVariable s("s", Array({false}), array({1.}));
  const std::string v = "Array{dtype: float64, broadcastable: (false,)}",
                    mm = "Array{dtype: float64, broadcastable: (false, false)}";
  EXPECT_EQ(error_of<TypeError>([&] { function({m}, {}, {.updates = {{s, m}}}); }),
            "function: the update of s has type " + mm + "; it must have type " + v);
  EXPECT_EQ(error_of<ValueError>([&] { function({x}, {}, {.updates = {{s, x}, {s, x}}}); }),
            "function: the update of s is given twice; one variable has one update");
  EXPECT_EQ(error_of<TypeError>([&] { function({m}, x, {.givens = {{x, m}}}); }),
            "function: given 0, for x, has type " + mm + "; it must have type " + v);
  EXPECT_EQ(error_of<TypeError>(
                [&] { function({}, x, {.givens = {{x, array<std::complex<double>>({{1, 2}})}}}); }),
            "function: given 0, for x, is complex128 (1,); it must be a value of " + v);
  EXPECT_EQ(
      error_of<ValueError>([&] { function({}, x, {.givens = {{x, s}, {x, s}}}); }),
      "function: given 1, for x, comes after another one for the same variable; give each variable once");
  EXPECT_EQ(
      error_of<ValueError>([&] { function({In(x, {.update = Operand(x)})}, x); }),
      "function: the update of input 0 'x' is given without a default value; pass value, which the update replaces");
}
TEST(Updates, C0_8_may_drop_broadcast_flags_and_not_gain_them) {
  const tensor::TensorType row(float64, {true, false}), matrix(float64, {false, false});
  const SharedVariable m("m", matrix, NDArray::zeros({1, 2})), r("r", row, NDArray::zeros({1, 2}));
  const Variable x = row("x"), y = matrix("y");
  function({x}, {}, {.updates = {{m, x}}})(NDArray::full({1, 2}, 3.0));
  EXPECT_EQ(list(m.get_value()), (List{3, 3}));
  EXPECT_EQ(
      error_of<TypeError>([&] { function({y}, {}, {.updates = {{r, y}}}); }),
      "function: the update of r has type TensorType(float64, matrix); it must have type TensorType(float64, row)");
}
}  // namespace
