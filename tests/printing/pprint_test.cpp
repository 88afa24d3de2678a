// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/printing/pprint.h"

#include <gtest/gtest.h>

#include "tests/graph/toy.h"

using namespace kroton;

TEST(Pprint, ops_that_say_nothing_print_their_text) {
  const auto x = toy::number("x");
  EXPECT_EQ(pprint(toy::apply("f", x, toy::apply("g", x))),
            "Node{label: f, role: }(x, Node{label: g, role: }(x))");
}

TEST(Pprint, a_chain_of_a_million_nodes_prints) {
  Variable y = toy::number("x");
  for (int i = 0; i < 1'000'000; ++i) y = toy::apply("f", y);
  const std::string text = pprint(y);
  EXPECT_TRUE(text.ends_with("(x)" + std::string(999'999, ')')));
}

TEST(Pprint, a_part_that_is_used_again_has_a_name_that_no_leaf_has) {
  const auto x = toy::number("a");
  const auto shared = toy::apply("f", toy::apply("g", x));
  EXPECT_EQ(pprint({toy::apply("h", shared, shared), x}),
            "b = Node{label: f, role: }(Node{label: g, role: }(a))\n"
            "Node{label: h, role: }(b, b)\n"
            "a");
}
