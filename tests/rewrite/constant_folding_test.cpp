// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/rewrite/constant_folding.h"

#include <gtest/gtest.h>

#include "kroton/kernel/builder.h"
#include "kroton/rewrite/equilibrium.h"
#include "tests/rewrite/toy.h"

using namespace kroton;
using kernel::Affine;

namespace {
// A type with a dtype and axes, so that sizes are known.
class Array final : public TypeOf<Array> {
 public:
  static constexpr std::string_view type_name = "Array";
  Value filter(const Value& value, bool, std::optional<bool>) const override { return value; }
  bool is_array() const override { return true; }
  DType dtype() const override { return float64; }
  const std::vector<bool>& broadcastable() const override {
    static const std::vector<bool> vector{false};
    return vector;
  }
};

struct Behaviour {
  bool performs = false, has_kernel = false, folds = true, destroys = false, fails = false;
  Effect effect = Effect::none;
  std::int64_t length = 2;
};

// 2 * x, repeated to `length` elements by perform.
class Twice final : public OpOf<Twice> {
 public:
  static constexpr std::string_view op_name = "Twice";
  explicit Twice(Behaviour b) : b_(b) {}
  Apply make_node(Inputs inputs) const override { return Apply(*this, inputs, {Array()()}); }
  Shapes infer_shape(const Apply&, Shapes) const override { return {{{b_.length}}}; }
  std::optional<kernel::Kernel> kernel(const Apply&) const override {
    if (!b_.has_kernel) return std::nullopt;
    const auto twice = std::make_shared<kernel::ScalarFunction>(kernel::ScalarFunction{
        .name = "twice", .nin = 1, .text = "x + x", .host = [](DType) -> kernel::HostFunction {
          return [](const void* const* x, void* z) {
            *static_cast<double*>(z) = 2 * *static_cast<const double*>(x[0]);
          };
        }});
    kernel::Builder b("twice");
    const int x = b.in("x", float64, 1), z = b.out("z", float64, 1);
    const int i = b.outer(Affine::extent(b.extent("n", {{x, 0}, {z, 0}})));
    b.stage();
    b.store(z, {Affine::axis(i)}, b.apply(twice, {b.load(x, {Affine::axis(i)})}));
    return b.finish();
  }
  void perform(const Apply& node, std::span<const Value> in, std::span<Value> out) const override {
    if (b_.fails) throw ValueError("twice: cannot; try later");
    if (!b_.performs) return Op::perform(node, in, out);
    out[0] = NDArray::full({b_.length}, 2 * in[0].as<NDArray>().at<double>({0}));
  }
  AliasMap destroy_map() const override { return b_.destroys ? AliasMap{{0, {0}}} : AliasMap{}; }
  Effect effect() const override { return b_.effect; }
  bool do_constant_folding(const Apply&) const override { return b_.folds; }

 private:
  Behaviour b_;

 public:
  static constexpr auto fields = std::tuple<>{};
};

std::optional<Constant> folded(Behaviour behaviour, bool constant = true) {
  const Variable x = constant ? Variable(Array().make_constant(array({3., 4.}))) : Array()("x");
  FunctionGraph fgraph(constant ? Variables{} : Variables{x},
                       {Twice(behaviour).make_node({x}).outputs()[0]});
  rewrite::make_walk("walk", {{"constant_folding", rewrite::constant_folding, {}}})->apply(fgraph);
  return as<Constant>(fgraph.outputs()[0]);
}
}  // namespace

TEST(ConstantFolding, a_node_of_constants_becomes_its_value_by_perform) {
  const auto value = folded({.performs = true});
  ASSERT_TRUE(value);
  EXPECT_EQ(value->data().as<NDArray>().to_vector<double>(), (std::vector<double>{6, 6}));
}

TEST(ConstantFolding, or_by_its_kernel) {
  const auto value = folded({.has_kernel = true});
  ASSERT_TRUE(value);
  EXPECT_EQ(value->data().as<NDArray>().to_vector<double>(), (std::vector<double>{6, 8}));
}

TEST(ConstantFolding, nothing_else_is_folded) {
  EXPECT_FALSE(folded({.performs = true}, false));
  EXPECT_FALSE(folded({}));
  EXPECT_FALSE(folded({.performs = true, .folds = false}));
  EXPECT_FALSE(folded({.performs = true, .destroys = true}));
}

TEST(ConstantFolding, C2_12_what_has_effects_or_reads_state_is_never_folded) {
  EXPECT_FALSE(folded({.performs = true, .effect = Effect::acts}));
  EXPECT_FALSE(folded({.performs = true, .effect = Effect::reads_state}));
}

TEST(ConstantFolding, a_large_value_stays_a_node) {
  EXPECT_FALSE(folded({.performs = true, .length = 1'000'000'000}));
  EXPECT_TRUE(folded({.performs = true, .length = 1000}));
}

TEST(ConstantFolding, a_node_that_fails_stays_and_fails_when_it_runs) {
  EXPECT_FALSE(folded({.fails = true}));
}
