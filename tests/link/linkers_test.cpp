// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include "tests/link/linked.h"

namespace {
using namespace toys;

TEST(Linkers, C6_11_tell_of_lengths_in_the_same_words) {
  const Variable x = vec("x"), y = vec("y");
  const Values in{array({1., 2., 3.}), array({1., 2., 3., 4.})};
  for (const char* linker : {"py", "vm"}) {
    try {
      Linked({x, y}, {add(x, y)}, linker)(in);
      FAIL() << "nothing was thrown";
    } catch (const ShapeError& error) {
      const std::string text = error.what();
      EXPECT_EQ(
          text.substr(0, text.find('\n')),
          "add: x has shape (3,) and y has shape (4,); lengths must be equal, or 1 on an axis that the type marks broadcastable");
    }
  }
}

TEST(Linkers, an_unknown_name_is_repeated) {
  const Variable x = vec("x");
  const FunctionGraph fgraph({x}, {x});
  try {
    link::make_program("turbo", fgraph, {});
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "linker: there is none named 'turbo'; take py, vm, cvm, c, c|py or c&py");
  }
}

// No body at all.
class Bodiless : public OpOf<Bodiless> {
 public:
  static constexpr std::string_view op_name = "Bodiless";
  Apply make_node(Inputs in) const override { return Apply(*this, in, {vec()}); }
};
TEST(Linkers, C0_12_an_op_without_a_body_is_named) {
  const Variable x = vec("x");
  const Variable y = Bodiless().make_node({x}).outputs()[0];
  const auto first_line = [&](const char* linker) -> std::string {
    try {
      Linked({x}, {y}, linker)({array({1.})});
    } catch (const MethodNotDefined& error) {
      const std::string text = error.what();
      return text.substr(0, text.find('\n'));
    }
    return "nothing was thrown";
  };
  EXPECT_EQ(first_line("py"),
            "Bodiless does not define perform, nor a kernel() for these types; linker py runs "
            "these alone, c_code() is run by the linkers vm, c and c|py");
  for (const char* linker : {"vm", "c", "c|py"}) {
    EXPECT_EQ(first_line(linker),
              "Bodiless does not define perform, nor a kernel() whose shapes are known before it "
              "runs, nor c_code() for these types (Array does not define c_declare); one of the "
              "three has to compute it");
  }
}
}  // namespace
