// SPDX-License-Identifier: BSD-3-Clause
// Mode, DebugMode and NanGuardMode.
#include <gtest/gtest.h>

#include <limits>

#include "kroton/compile/detail/checked_programs.h"
#include "kroton/compile/function.h"
#include "kroton/base/config.h"
#include "tests/link/toys.h"

namespace {
using namespace toys;

template <class E, class F>
std::string error_of(F&& f) {
  try {
    f();
  } catch (const E& error) {
    const std::string text = error.what();
    return text.substr(0, text.find("\n"));
  } catch (const std::exception& error) {
    return std::string("another type: ") + error.what();
  }
  return "nothing was thrown";
}

TEST(Mode, an_unknown_name_is_repeated) {
  EXPECT_EQ(error_of<ValueError>([] { Mode("FAST"); }),
            "Mode: there is none named 'FAST'; take FAST_RUN, FAST_COMPILE, DebugMode or NanGuardMode");
  EXPECT_EQ(error_of<ValueError>([] { Mode("jet", "None"); }), "Mode: there is no linker named 'jet'; take py, vm, cvm, c or c|py");
  EXPECT_NE(error_of<Error>([] { Mode("py", "fastest"); }).find("fastest"), std::string::npos);
}

TEST(Mode, takes_from_the_flags_what_is_not_given) {
  const base::FlagScope linker("linker", "py"), optimizer("optimizer", "merge"), out("optimizer_excluding", "fusion");
  EXPECT_EQ(Mode().text(), "linker py, optimizer merge -fusion");
  EXPECT_EQ(Mode().including("a:b").excluding("c").text(), "linker py, optimizer merge +a +b -c -fusion");
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
    for (const Apply& node : function({x}, {y, z}, {.mode = mode}).nodes()) text += node.op().text() + " ";
    return text;
  };
  EXPECT_EQ(names(Mode("vm", "None")), "add mul ");
  EXPECT_EQ(names(Mode("vm", "None").with_schedule(backward)), "mul add ");
  const Mode short_one = Mode("vm", "None").with_schedule([](const FunctionGraph&) { return std::vector<Apply>(); });
  EXPECT_EQ(error_of<ValueError>([&] { function({x}, y, {.mode = short_one}); }),
            "function: the mode's schedule gives 0 nodes of 1; it must give each node once");
}

TEST(NanGuardMode, names_the_node_whose_output_is_not_finite) {
  const Variable x = vec("x"), y = vec("y");
  const auto f = function({x, y}, mul(add(x, y), y), {.mode = Mode("py", "None").with_nan_guard({})});
  const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(list(f(array({1.}), array({2.})).only()), (List{6}));
  EXPECT_EQ(error_of<ValueError>([&] { f(array({1e10, 0.}), array({1e10, 0.})); }),
            "NanGuardMode: output 0 of add holds values that are 1 beyond 1e10, of 2; what went into that node was free of them");
  EXPECT_EQ(error_of<ValueError>([&] { f(array({nan, inf}), array({1., 2.})); }),
            "NanGuardMode: input x holds values that are 1 NaN, 1 infinite, of 2; pass other values, or a mode that does not look");
  const auto only_nan = function({x, y}, add(x, y), {.mode = Mode("py", "None").with_nan_guard({.inf = false, .big = false})});
  EXPECT_EQ(list(only_nan(array({inf}), array({2.})).only()), (List{inf}));
  EXPECT_EQ(list(f(array({1.}), array({2.})).only()), (List{6}));
}

std::shared_ptr<const link::Program> debug_program(const FunctionGraph& fgraph, rewrite::Trace trace = {}) {
  return compile::detail::make_debug_program(fgraph, fgraph.toposort(), std::move(trace));
}

TEST(DebugMode, compares_all_bodies_of_an_op) {
  const Variable x = vec("x");
  Values out(1);
  const FunctionGraph right({x}, {add(x, x)}), wrong({x}, {add(x, x, Bodies::wrong_kernel)});
  debug_program(right)->run(Values{array({1., 2.})}, out);
  EXPECT_EQ(list(out[0]), (List{2, 4}));
  EXPECT_EQ(error_of<Error>([&] { debug_program(wrong)->run(Values{array({1., 2.})}, out); }),
            "DebugMode: perform of add gave float64, shape (2,), strides (8,), value [2. 4.] for output 0 and the "
            "interpreted kernel gave float64, shape (2,), strides (8,), value [3. 5.]; all bodies of an op must agree");
}

// Overwrites or hands on its input without saying so.
class Sloppy : public OpOf<Sloppy> {
 public:
  explicit Sloppy(bool overwrites) : overwrites_(overwrites) {}
  Apply make_node(Inputs in) const override { return Apply(*this, in, {Variable(in[0].shared_type(), nullptr, "")}); }
  void perform(const Apply&, std::span<const Value> in, std::span<Value> out) const override {
    NDArray x = in[0];
    if (overwrites_) {
      x.at<double>({0}) = 9;
      out[0] = x.copy();
    } else {
      out[0] = x;
    }
  }
  bool overwrites_;
  static constexpr std::string_view op_name = "Sloppy";
};

TEST(DebugMode, finds_ops_that_share_or_overwrite_memory_without_saying_so) {
  const Variable x = vec("x");
  Values out(1);
  const FunctionGraph overwrites({x}, {Sloppy(true).make_node({x}).outputs()[0]});
  const FunctionGraph shares({x}, {Sloppy(false).make_node({x}).outputs()[0]});
  EXPECT_EQ(error_of<Error>([&] { debug_program(overwrites)->run(Values{array({1.})}, out); }),
            "DebugMode: perform of Sloppy changed input 0 from float64, shape (1,), strides (8,), value [1.] to float64, "
            "shape (1,), strides (8,), value [9.]; its destroy_map must name that input");
  EXPECT_EQ(error_of<Error>([&] { debug_program(shares)->run(Values{array({1.})}, out); }),
            "DebugMode: output 0 that perform of Sloppy gave shares memory with input 0; its view_map or destroy_map must say so");
}

TEST(DebugMode, names_the_rewrite_that_changed_a_value) {
  const Variable x = vec("x");
  FunctionGraph fgraph({x}, {add(x, x)});
  rewrite::Trace trace;
  trace.keep_replacements = true;
  const Variable old = fgraph.outputs()[0], same = add(fgraph.inputs()[0], fgraph.inputs()[0]);
  trace.replaced("harmless", old, same);
  fgraph.replace(old, same, "harmless");
  Values out(1);
  debug_program(fgraph, trace)->run(Values{array({3.})}, out);
  EXPECT_EQ(list(out[0]), (List{6}));
  const Variable wrong = mul(fgraph.inputs()[0], fgraph.inputs()[0]);
  trace.replaced("square_for_double", same, wrong);
  fgraph.replace(same, wrong, "square_for_double");
  const std::string text = error_of<Error>([&] { debug_program(fgraph, trace)->run(Values{array({3.})}, out); });
  EXPECT_EQ(text.find("DebugMode: rewrite 'square_for_double' changed a value: "), 0u) << text;
  EXPECT_NE(text.find("before it float64, shape (1,), strides (8,), value [6.], after it float64, shape (1,), strides (8,), value [9.]"),
            std::string::npos) << text;
}

TEST(DebugMode, runs_whole_functions) {
  const Variable x = vec("x"), y = vec("y");
  const SharedVariable w("w", Array({false}), array({1., 1.}));
  const auto f = function({x, y}, {mul(reverse(add(x, y)), y), positive(x)}, {.updates = {{w, add(w, x)}}, .mode = Mode("DebugMode")});
  const Outputs out = f(array({1., -2.}), array({3., 4.}));
  EXPECT_EQ(list(out[0]), (List{6, 16}));
  EXPECT_EQ(list(out[1]), (List{1}));
  EXPECT_EQ(list(w.get_value()), (List{2, -1}));
}

TEST(Profile, writes_a_table_of_nodes_to_stderr) {
  const Variable x = vec("x");
  testing::internal::CaptureStderr();
  {
    const auto f = function({x}, add(x, x), {.mode = Mode("vm", "None"), .name = "timed", .profile = true});
    f(array({1.}));
    f(array({2.}));
  }
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_EQ(text.find("function 'timed': 2 calls, "), 0u) << text;
  EXPECT_NE(text.find("  kernel       add(x, x)\n"), std::string::npos) << text;
}
}  // namespace
