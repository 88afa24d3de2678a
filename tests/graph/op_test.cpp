// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/op.h"

#include <gtest/gtest.h>

#include <functional>

#include "kroton/base/errors.h"
#include "kroton/graph/generic_type.h"
#include "kroton/graph/null_type.h"
#include "tests/graph/toy.h"

using namespace kroton;

namespace {
class Everything final : public OpOf<Everything> {
 public:
  static constexpr std::string_view op_name = "Everything";
  Everything(DType d, std::vector<bool> b, std::optional<std::string> m)
      : dtype_(d), broadcastable_(std::move(b)), mode_(std::move(m)) {}

 private:
  DType dtype_;
  std::vector<bool> broadcastable_;
  std::optional<std::string> mode_;

 public:
  static constexpr auto fields = std::tuple{Field{"dtype", &Everything::dtype_},
                                            Field{"broadcastable", &Everything::broadcastable_},
                                            Field{"mode", &Everything::mode_}};
};
class Mute final : public TypeOf<Mute> {
 public:
  static constexpr std::string_view type_name = "Mute";
};
class Bare final : public OpOf<Bare> {};

template <class F>
std::string text_of_failure(F f) {
  try {
    f();
  } catch (const MethodNotDefined& error) {
    return error.what();
  }
  return "none";
}
}  // namespace

TEST(Op, C6_1_text_names_the_fields_in_order) {
  EXPECT_EQ(Everything(int64, {false}, std::nullopt).text(),
            "Everything{dtype: int64, broadcastable: (false,), mode: none}");
  EXPECT_EQ(Everything(float32, {true, false}, "c").text(),
            "Everything{dtype: float32, broadcastable: (true, false), mode: c}");
  EXPECT_EQ(Bare().text(), "(anonymous namespace)::Bare");
}

TEST(Op, C0_5_equality_and_hash_come_from_the_fields) {
  const Everything a(int64, {false}, "c"), b(int64, {false}, "c"), c(int32, {false}, "c");
  EXPECT_TRUE(a == b);
  EXPECT_EQ(a.hash(), b.hash());
  EXPECT_FALSE(a == c);
  EXPECT_FALSE(static_cast<const Op&>(a) == Bare());
}

TEST(Op, C0_12_what_a_subclass_must_supply_is_named) {
  const Bare op;
  const Apply node = toy::Node("f").make_node({toy::number("x")});
  EXPECT_EQ(text_of_failure([&] { op.make_node({}); }),
            "(anonymous namespace)::Bare does not define make_node");
  EXPECT_EQ(text_of_failure([&] { Everything(int64, {}, "c").grad(node, {}); }),
            "Everything does not define grad");
  EXPECT_EQ(text_of_failure([&] { op.perform(node, {}, {}); }),
            "(anonymous namespace)::Bare does not define perform");
  EXPECT_EQ(text_of_failure([&] { op.c_code(node, "n", {}, {}, {}); }),
            "(anonymous namespace)::Bare does not define c_code");
  EXPECT_EQ(text_of_failure([&] { NullType().c_declare("x", {}); }),
            "NullType does not define c_declare");
  EXPECT_EQ(text_of_failure([&] { toy::Number().zeros_like(toy::number("x")); }),
            "Number does not define zeros_like");
}

TEST(Op, C0_12_every_method_that_has_no_default_says_whose_it_is) {
  const Bare op;
  const Variable x = toy::number("x");
  const Apply node = toy::Node("f").make_node({x});
  const Mute type;
  const Sub sub{{"fail", ""}};
  using Call = std::function<void()>;
  const std::vector<std::pair<std::string, Call>> of_ops{
      {"make_node", [&] { op.make_node({}); }},
      {"grad", [&] { op.grad(node, {}); }},
      {"r_op", [&] { op.r_op(node, {}); }},
      {"c_code", [&] { op.c_code(node, "n", {}, {}, sub); }},
      {"perform", [&] { op.perform(node, {}, {}); }}};
  for (const auto& [method, call] : of_ops)
    EXPECT_EQ(text_of_failure(call), "(anonymous namespace)::Bare does not define " + method);
  const std::vector<std::pair<std::string, Call>> of_types{
      {"filter", [&] { type.filter(1); }},
      {"values_eq", [&] { static_cast<void>(type.values_eq(1, 1)); }},
      {"value_zeros", [&] { type.value_zeros({}); }},
      {"zeros_like", [&] { type.zeros_like(x); }},
      {"ones_like", [&] { type.ones_like(x); }},
      {"add", [&] { type.add(x, x); }},
      {"c_element_type", [&] { type.c_element_type(); }},
      {"c_declare", [&] { type.c_declare("V1", sub); }},
      {"c_init", [&] { type.c_init("V1", sub); }},
      {"c_extract", [&] { type.c_extract("V1", sub); }},
      {"c_sync", [&] { type.c_sync("V1", sub); }},
      {"c_cleanup", [&] { type.c_cleanup("V1", sub); }},
      {"c_literal", [&] { type.c_literal(1); }}};
  for (const auto& [method, call] : of_types)
    EXPECT_EQ(text_of_failure(call), "Mute does not define " + method);
}

TEST(Op, C0_5_an_apply_keeps_its_op_alive_made_from_a_temporary) {
  const Variable y = toy::Node("f")(toy::number("x"));
  EXPECT_EQ(y.owner().op().text(), "Node{label: f, role: }");
  ASSERT_TRUE(as<toy::Node>(y.owner()));
  EXPECT_EQ(as<toy::Node>(y.owner())->label(), "f");
  EXPECT_FALSE(as<Bare>(y.owner()));
}
