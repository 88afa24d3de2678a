// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/rewrite/trace.h"

#include <gtest/gtest.h>

#include "tests/rewrite/toy.h"

using namespace kroton;
using namespace kroton::rewrite;
using toy::apply;
using toy::number;

TEST(Trace, every_replacement_is_kept_with_its_reason_when_asked) {
  const Variable x = number("x");
  FunctionGraph fgraph({x}, {apply("a", x)});
  Trace trace;
  trace.keep_replacements = true;
  make_walk("walk", {toy::rename("a", "b")})->apply(fgraph, trace);
  ASSERT_EQ(trace.replacements().size(), 1u);
  const auto& replacement = trace.replacements()[0];
  EXPECT_EQ(replacement.reason, "a_to_b");
  EXPECT_EQ(replacement.with, fgraph.outputs()[0]);
  EXPECT_EQ(replacement.text, "Node{label: a, role: }.0 -> Node{label: b, role: }.0");
}

TEST(Trace, no_replacement_is_kept_otherwise) {
  const Variable x = number("x");
  FunctionGraph fgraph({x}, {apply("a", x)});
  EXPECT_TRUE(make_walk("walk", {toy::rename("a", "b")})->apply(fgraph).replacements().empty());
}

TEST(Trace, its_text_is_a_table_with_notes) {
  Trace trace, other;
  trace.entry("slow").time = std::chrono::milliseconds(2);
  trace.entry("quick").tried = 7;
  other.entry("quick").tried = 3;
  other.note("quick: was stopped");
  trace.merge(other);
  EXPECT_EQ(trace.text(),
            " applied    tried         ms  rewrite\n"
            "       0        0      2.000  slow\n"
            "       0       10      0.000  quick\n"
            "note: quick: was stopped\n");
  EXPECT_EQ(trace.find("nothing"), nullptr);
}
