// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include "kroton/compile/detail/checked_programs.h"
#include "kroton/compile/function.h"
#include "tests/compile/errors.h"
#include "tests/link/toys.h"

namespace {
using namespace toys;

std::shared_ptr<const link::Program> debug_program(const FunctionGraph& fgraph,
                                                   rewrite::Trace trace = {}) {
  return compile::detail::make_debug_program(fgraph, fgraph.toposort(), std::move(trace));
}
void run(const std::shared_ptr<const link::Program>& program, Values in, Values& out) {
  program->run(in, out);
}

TEST(DebugMode, compares_all_bodies_of_an_op) {
  const Variable x = vec("x");
  Values out(1);
  const FunctionGraph right({x}, {add(x, x)}), wrong({x}, {add(x, x, Bodies::wrong_kernel)});
  run(debug_program(right), {array({1., 2.})}, out);
  EXPECT_EQ(list(out[0]), (List{2, 4}));
  EXPECT_EQ(
      error_of<Error>([&] { run(debug_program(wrong), {array({1., 2.})}, out); }),
      "DebugMode: perform of add gave float64, shape (2,), strides (8,), value [2. 4.] for output 0 and the "
      "interpreted kernel gave float64, shape (2,), strides (8,), value [3. 5.]; all bodies of an op must agree");
}

// Overwrites or hands on its input without saying so.
class Sloppy : public OpOf<Sloppy> {
 public:
  explicit Sloppy(bool overwrites) : overwrites_(overwrites) {}
  Apply make_node(Inputs in) const override {
    return Apply(*this, in, {Variable(in[0].shared_type(), nullptr, "")});
  }
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

// Twice x, in its storage where that seems to fit, in one of the ways that are wrong.
enum class Trust { nothing, contents, strides, shape };
class Reuses : public OpOf<Reuses> {
 public:
  explicit Reuses(Trust trust) : trust_(trust) {}
  Apply make_node(Inputs in) const override {
    return Apply(*this, in, {Variable(in[0].shared_type(), nullptr, "")});
  }
  void perform(const Apply&, std::span<const Value> in, std::span<Value> out) const override {
    const NDArray x = in[0].as<NDArray>();
    NDArray z = NDArray::zeros(x.shape());
    if (out[0].is_array()) {
      const NDArray given = out[0];
      const bool fits = given.shape() == x.shape() || trust_ == Trust::shape;
      if (fits && (given.is_c_contiguous() || trust_ == Trust::strides)) z = given;
    }
    auto* to = static_cast<double*>(z.raw());
    if (trust_ != Trust::contents) std::fill_n(to, x.size(), 0.0);
    for (std::size_t i = 0; i < x.size(); ++i) to[i] += 2 * x.to_vector<double>()[i];
    out[0] = z;
  }
  Trust trust_;
  static constexpr std::string_view op_name = "Reuses";
  static constexpr auto fields = std::tuple{Field{"trust", &Reuses::trust_}};
};

std::string verdict(Trust trust) {
  const Variable x = vec("x");
  const FunctionGraph graph({x}, {Reuses(trust).make_node({x}).outputs()[0]});
  return error_of<Error>([&] {
    Values out(1);
    run(debug_program(graph), {array({1., 2.})}, out);
    EXPECT_EQ(list(out[0]), (List{2, 4}));
  });
}

TEST(DebugMode, C1_3_runs_ops_on_earlier_arrays_of_every_layout) {
  EXPECT_EQ(
      verdict(Trust::contents),
      "DebugMode: perform of Reuses{trust: 1} gave float64, shape (2,), strides (8,), value [2. 4.] for "
      "output 0 and, on C-contiguous storage (shape (2,), strides (8,)), float64, shape (2,), strides (8,), "
      "value [1.78388675e+127 1.78388675e+127]; output_storage may be reused, its shape, strides and "
      "contents never trusted");
  EXPECT_EQ(
      verdict(Trust::shape),
      "DebugMode: perform of Reuses{trust: 3} gave float64, shape (2,), strides (8,), value [2. 4.] for "
      "output 0 and, on wrong size storage (shape (3,), strides (8,)), float64, shape (3,), strides (8,), "
      "value [2.00000000e+000 4.00000000e+000 1.78388675e+127]; output_storage may be reused, its shape, "
      "strides and contents never trusted");
  const std::string strides = verdict(Trust::strides);
  EXPECT_EQ(
      strides.substr(0, strides.find(", float64, shape (2,), strides (-16,)")),
      "DebugMode: perform of Reuses{trust: 2} gave float64, shape (2,), strides (8,), value [2. 4.] for "
      "output 0 and, on strided storage (shape (2,), strides (-16,))");
  EXPECT_EQ(verdict(Trust::nothing), "nothing was thrown");
}

TEST(DebugMode, C1_3_runs_kernels_on_strided_memory) {
  const Variable m = mat("m");
  Values out(1);
  run(debug_program(FunctionGraph({m}, {add(m, m, Bodies::kernel)})), {NDArray::full({2, 3}, 1.5)},
      out);
  EXPECT_EQ(list(out[0]), (List{3, 3, 3, 3, 3, 3}));
}

TEST(DebugMode, finds_ops_that_share_or_overwrite_memory_without_saying_so) {
  const Variable x = vec("x");
  Values out(1);
  const FunctionGraph overwrites({x}, {Sloppy(true).make_node({x}).outputs()[0]});
  const FunctionGraph shares({x}, {Sloppy(false).make_node({x}).outputs()[0]});
  EXPECT_EQ(
      error_of<Error>([&] { run(debug_program(overwrites), {array({1.})}, out); }),
      "DebugMode: perform of Sloppy changed input 0 from float64, shape (1,), strides (8,), value [1.] to float64, "
      "shape (1,), strides (8,), value [9.]; its destroy_map must name that input");
  EXPECT_EQ(
      error_of<Error>([&] { run(debug_program(shares), {array({1.})}, out); }),
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
  run(debug_program(fgraph, trace), {array({3.})}, out);
  EXPECT_EQ(list(out[0]), (List{6}));
  const Variable wrong = mul(fgraph.inputs()[0], fgraph.inputs()[0]);
  trace.replaced("square_for_double", same, wrong);
  fgraph.replace(same, wrong, "square_for_double");
  const std::string text =
      error_of<Error>([&] { run(debug_program(fgraph, trace), {array({3.})}, out); });
  EXPECT_EQ(text.find("DebugMode: rewrite 'square_for_double' changed a value: "), 0u) << text;
  EXPECT_NE(
      text.find(
          "before it float64, shape (1,), strides (8,), value [6.], after it float64, shape (1,), strides (8,), value [9.]"),
      std::string::npos)
      << text;
}

TEST(DebugMode, runs_whole_functions) {
  const Variable x = vec("x"), y = vec("y");
  const SharedVariable w("w", Array({false}), array({1., 1.}));
  const auto f = function({x, y}, {mul(reverse(add(x, y)), y), positive(x)},
                          {.updates = {{w, add(w, x)}}, .mode = Mode("DebugMode")});
  const Outputs out = f(array({1., -2.}), array({3., 4.}));
  EXPECT_EQ(list(out[0]), (List{6, 16}));
  EXPECT_EQ(list(out[1]), (List{1}));
  EXPECT_EQ(list(w.get_value()), (List{2, -1}));
}
}  // namespace
