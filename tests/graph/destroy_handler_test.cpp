// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/features/destroy_handler.h"

#include <gtest/gtest.h>

#include "tests/graph/toy.h"

using namespace kroton;
using toy::apply;
using toy::apply_as;
using toy::number;

TEST(DestroyHandler, runs_every_reader_before_the_destroyer) {
  const Variable x = number("x"), a = apply("make", x), b = apply_as("destroy", "write", a),
                 c = apply("read", a);
  FunctionGraph fgraph({x}, {b, c}, false);
  fgraph.attach(std::make_shared<DestroyHandler>());
  fgraph.validate();
  EXPECT_EQ(toy::labels(fgraph.toposort()), "make read write");
}

TEST(DestroyHandler, runs_readers_of_views_before_the_destroyer) {
  const Variable x = number("x"), a = apply("make", x), v = apply_as("view", "view", a);
  const Variable b = apply_as("destroy", "write", a), c = apply("read", v);
  FunctionGraph fgraph({x}, {b, c}, false);
  fgraph.attach(std::make_shared<DestroyHandler>());
  fgraph.validate();
  EXPECT_EQ(toy::labels(fgraph.toposort()), "make view read write");
}

TEST(DestroyHandler, refuses_protected_inputs_constants_two_writers_and_outputs) {
  const auto fails = [](const Variables& inputs, const Variables& outputs,
                        const Variables& is_protected) -> std::string {
    FunctionGraph fgraph(inputs, outputs, false);
    fgraph.attach(std::make_shared<DestroyHandler>(is_protected));
    try {
      fgraph.validate();
    } catch (const InconsistencyError& error) {
      return error.what();
    }
    return "legal";
  };
  const auto write = [](const Variable& v) { return apply_as("destroy", "write", v); };
  const Variable x = number("x"), c = Constant(toy::Number(), Value(1.0), "c");
  EXPECT_EQ(fails({x}, {write(x)}, {x}),
            "Node{label: write, role: destroy} would overwrite x, which is protected");
  EXPECT_EQ(fails({x}, {write(x)}, {}), "legal");
  EXPECT_EQ(fails({}, {write(c)}, {}),
            "Node{label: write, role: destroy} would overwrite c, which is protected");
  const Variable a = apply("make", x);
  EXPECT_EQ(
      fails({x}, {write(a), write(a)}, {}),
      "Node{label: write, role: destroy} and Node{label: write, role: destroy} would both overwrite Node{label: make, role: }.0");
  const Variable d = apply("make", x);
  EXPECT_EQ(
      fails({x}, {write(d), d}, {}),
      "Node{label: write, role: destroy} would overwrite Node{label: make, role: }.0, which is an output");
  EXPECT_EQ(fails({x}, {apply_as("destroy", "write", apply("make", x), x)}, {}), "legal");
}

TEST(DestroyHandler, finds_a_cycle_and_the_replacement_is_undone) {
  // read must run before write (it reads a) and after it (it reads b).
  const Variable x = number("x"), a = apply("make", x), b = apply("copy", a),
                 c = apply("read", a, b);
  FunctionGraph fgraph({x}, {c}, false);
  fgraph.attach(std::make_shared<DestroyHandler>());
  const Variable in_place = apply_as("destroy", "write", a);
  EXPECT_THROW(fgraph.replace_all_validate({{b, in_place}}, "in place"), InconsistencyError);
  fgraph.check_integrity();
  EXPECT_EQ(toy::labels(fgraph.toposort()), "make copy read");
}
