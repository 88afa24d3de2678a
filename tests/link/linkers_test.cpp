// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include "tests/link/linked.h"

namespace {
using namespace toys;

TEST(Linkers, an_unknown_name_is_repeated) {
  const Variable x = vec("x");
  const FunctionGraph fgraph({x}, {x});
  try {
    link::make_program("turbo", fgraph, {});
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "linker: there is none named 'turbo'; take py, vm, cvm, c or c|py");
  }
}

// No body at all.
class Bodiless : public OpOf<Bodiless> {
 public:
  static constexpr std::string_view op_name = "Bodiless";
  Apply make_node(Inputs in) const override { return Apply(*this, in, {vec()}); }
};
TEST(Linkers, an_op_without_a_body_is_named) {
  const Variable x = vec("x");
  const Variable y = Bodiless().make_node({x}).outputs()[0];
  for (const char* linker : {"py", "vm"}) EXPECT_THROW((Linked({x}, {y}, linker)({array({1.})})), UnsupportedError);
}
}  // namespace
