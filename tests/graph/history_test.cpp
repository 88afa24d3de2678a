// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/features/history.h"

#include <gtest/gtest.h>

#include "tests/graph/toy.h"

using namespace kroton;
using toy::apply;
using toy::number;

TEST(History, undoes_changes_back_to_a_checkpoint) {
  const Variable x = number("x"), y = apply("f", x), z = apply("g", y);
  FunctionGraph fgraph({x}, {z}, false);
  const auto history = std::make_shared<History>();
  fgraph.attach(history);
  fgraph.replace(y, apply("h", x));
  const auto checkpoint = history->checkpoint();
  fgraph.replace(z, x);
  EXPECT_EQ(fgraph.size(), 0u);
  history->revert(fgraph, checkpoint);
  fgraph.check_integrity();
  EXPECT_EQ(toy::labels(fgraph.toposort()), "h g");
  history->revert(fgraph, 0);
  fgraph.check_integrity();
  EXPECT_EQ(toy::labels(fgraph.toposort()), "f g");
}
