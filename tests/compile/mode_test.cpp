// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include "kroton/base/config.h"
#include "kroton/compile/function.h"
#include "tests/compile/errors.h"
#include "tests/link/toys.h"

namespace {
using namespace toys;

TEST(Mode, an_unknown_name_is_repeated) {
  EXPECT_EQ(
      error_of<ValueError>([] { Mode("FAST"); }),
      "Mode: there is none named 'FAST'; take FAST_RUN, FAST_COMPILE, DebugMode, NanGuardMode or a linker");
  EXPECT_EQ(error_of<ValueError>([] { Mode("jet", "None"); }),
            "Mode: there is no linker named 'jet'; take py, vm, cvm, c, c|py or c&py");
  EXPECT_NE(error_of<Error>([] { Mode("py", "fastest"); }).find("fastest"), std::string::npos);
}

TEST(Mode, takes_from_the_flags_what_is_not_given) {
  const base::FlagScope linker("linker", "py"), optimizer("optimizer", "merge"),
      out("optimizer_excluding", "fusion");
  EXPECT_EQ(Mode().text(), "linker py, optimizer merge -fusion");
  EXPECT_EQ(Mode().including("a:b").excluding("c").text(),
            "linker py, optimizer merge +a +b -c -fusion");
  EXPECT_EQ(Mode("FAST_RUN").text(), "linker cvm, optimizer fast_run");
  EXPECT_EQ(Mode("FAST_COMPILE").text(), "linker vm, optimizer fast_compile");
  const base::FlagScope mode("mode", "DebugMode");
  EXPECT_EQ(Mode().resolved().kind(), Mode::Kind::debug);
}

TEST(Mode, C2_8_takes_a_schedule) {
  const Variable x = vec("x"), y = add(x, x), z = mul(x, x);
  const Schedule backward = sort_schedule_fn([](const Apply& a, const Apply& b) {
    return a.build_order() > b.build_order() ? -1 : a.build_order() < b.build_order() ? 1 : 0;
  });
  const auto names = [&](const Mode& mode) {
    std::string text;
    for (const Apply& node : function({x}, {y, z}, {.mode = mode}).nodes())
      text += node.op().text() + " ";
    return text;
  };
  EXPECT_EQ(names(Mode("vm", "None")), "add mul ");
  EXPECT_EQ(names(Mode("vm", "None").with_schedule(backward)), "mul add ");
  const Mode short_one =
      Mode("vm", "None").with_schedule([](const FunctionGraph&) { return std::vector<Apply>(); });
  EXPECT_EQ(error_of<ValueError>([&] { function({x}, y, {.mode = short_one}); }),
            "function: the mode's schedule gives 0 nodes of 1; it must give each node once");
  const auto with = [](auto order) {
    return Mode("vm", "None").with_schedule([order](const FunctionGraph& fgraph) {
      return order(fgraph.toposort());
    });
  };
  using Order = std::vector<Apply>;
  const Variable after = mul(y, x);
  const Mode twice = with([](const Order& order) { return Order{order[0], order[0]}; });
  EXPECT_EQ(
      error_of<ValueError>([&] { function({x}, {y, z}, {.mode = twice}); }),
      "function: the mode's schedule gives a node twice or one of another graph; it must give each node once");
  const Mode turned = with([](const Order& order) { return Order(order.rbegin(), order.rend()); });
  EXPECT_EQ(
      error_of<ValueError>([&] { function({x}, after, {.mode = turned}); }),
      "function: the mode's schedule puts mul before add, whose output it takes; a node must come behind those");
  EXPECT_EQ(list(function({x}, after)(array({3.})).only()), (List{18}));
}
}  // namespace
