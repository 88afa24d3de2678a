// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/link/error_context.h"

#include <gtest/gtest.h>

#include "kroton/base/config.h"
#include "tests/link/toys.h"

namespace {
using namespace toys;

template <class E>
std::string with_context(const E& error, const std::string& context) {
  try {
    try {
      throw error;
    } catch (...) {
      link::rethrow_with([&] { return context; });
    }
  } catch (const E& again) {
    EXPECT_EQ(typeid(again), typeid(E));
    return again.what();
  }
}

TEST(ErrorContext, keeps_the_class_of_the_error) {
  EXPECT_EQ(with_context(ShapeError("s: x; y"), "\nmore"), "s: x; y\nmore");
  EXPECT_EQ(with_context(ContextNotDefined("c: x; y"), "\nmore"), "c: x; y\nmore");
  EXPECT_EQ(with_context(InternalError("i: x; y"), "\nmore"), "i: x; y\nmore");
  EXPECT_EQ(with_context(Error("e: x; y"), "\nmore"), "e: x; y\nmore");
}

TEST(ErrorContext, is_added_once_and_never_to_exceptions_of_others) {
  EXPECT_EQ(with_context(ValueError("v: x\n  at node 0: add(x, y)"), "\nmore"),
            "v: x\n  at node 0: add(x, y)");
  struct Own : std::logic_error {
    using std::logic_error::logic_error;
  };
  EXPECT_EQ(with_context(Own("mine"), "\nmore"), "mine");
}

TEST(ErrorContext, shows_types_layouts_short_values_and_the_user_s_line) {
  const Variable x = vec("x");
  Apply node = add(x, x).owner();
  const auto line = std::source_location::current();
  node.set_line(line);
  const std::string made = link::line_text(line);
  EXPECT_EQ(made.substr(made.rfind(':')), ":" + std::to_string(line.line()));
  const std::string type = "Array{dtype: float64, broadcastable: (false,)}";
  const Values large{NDArray::zeros({7}), Value()};
  const std::string expected = "\n  at node 3: add(x, x)\n    input 0 x: " + type +
                               ", float64, shape (7,), strides (8,)\n    input 1 x: " + type +
                               "\n    made at " + made;
  EXPECT_EQ(
      link::node_context(node, 3, large),
      expected + "\n    hint: flag exception_verbosity=high shows the values of larger inputs");
  const base::FlagScope high("exception_verbosity", "high");
  EXPECT_EQ(link::node_context(node, 3, Values{array({1., 2.})}),
            "\n  at node 3: add(x, x)\n    input 0 x: " + type +
                ", float64, shape (2,), strides (8,), value [1. 2.]\n    input 1 x: " + type +
                "\n    made at " + made);
}

// A node of the library's making, which has no line of its own.
class Unlined final : public OpOf<Unlined> {
 public:
  static constexpr std::string_view op_name = "Unlined";
  std::vector<std::source_location> lines(const Apply&) const override { return {}; }
  Apply make_node(Inputs in) const override { return Apply(*this, in, {in[0].type()()}); }
};

TEST(ErrorContext, C5_3_a_node_without_a_line_names_those_of_what_it_was_made_from) {
  const Variable x = vec("x");
  const Variable inner = add(x, x);
  const Variable first = Unlined()(inner), second = Unlined()(first);
  const std::string text = link::node_context(second.owner(), 0, {});
  EXPECT_NE(
      text.find("\n    from what was made at " + link::line_text(inner.line()) + "\n    hint: "),
      std::string::npos)
      << text;
  EXPECT_EQ(link::node_context(Unlined()(x).owner(), 0, {}).find("made at"), std::string::npos);
}
}  // namespace
