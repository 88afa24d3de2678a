// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/link/c_linker.h"

#include <gtest/gtest.h>

#include "kroton/base/errors.h"
#include "tests/link/linked.h"
#include "tests/link/traced.h"

using namespace kroton;
using traced::integer;
using traced::Sum;

namespace {
// Its two bodies are one apart.
struct Disagrees final : OpOf<Disagrees> {
  static constexpr std::string_view op_name = "Disagrees";
  Apply make_node(Inputs in) const override { return Apply(*this, in, {in[0].type()()}); }
  std::string c_code(const Apply&, std::string_view, const Names& in, const Names& out,
                     const Sub&) const override {
    return out[0] + " = " + in[0] + " + 1;";
  }
  void perform(const Apply&, std::span<const Value> in, std::span<Value> out) const override {
    out[0] = in[0].item<std::int64_t>();
  }
};
template <class Call>
std::string first_line_of_error(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    const std::string text = error.what();
    return text.substr(0, text.find('\n'));
  }
  return "nothing was thrown";
}
}  // namespace

TEST(CLinker, C5_3_outputs_may_be_inputs_constants_and_one_another) {
  traced::provide();
  const auto x = integer("x");
  const auto z = Sum(1).of({x});
  const toys::Linked f({x}, {z, x, z, traced::Int().make_constant(7)}, "c");
  const Values out = f({2});
  EXPECT_EQ(out[0].item<int>(), 3);
  EXPECT_EQ(out[1].item<int>(), 2);
  EXPECT_EQ(out[2].item<int>(), 3);
  EXPECT_EQ(out[3].item<int>(), 7);
}

TEST(CLinker, C5_6_every_linker_takes_nodes_of_every_kind) {
  traced::provide();
  const auto x = integer("x");
  const auto z = Sum(1).of({Sum(2, true).of({Sum(3).of({x, x})}), x});
  for (const char* linker : {"c", "c|py", "c&py", "vm"})
    EXPECT_EQ(toys::Linked({x}, {z}, linker)({5})[0].item<int>(), 21) << linker;
  const auto a = toys::vec("a"), b = toys::vec("b");
  const auto sum = toys::add(toys::mul(a, b), toys::reverse(toys::positive(a)));
  for (const char* linker : {"c", "c|py", "c&py", "vm", "py"}) {
    const toys::Linked f({a, b}, {sum}, linker);
    EXPECT_EQ(toys::list(f({array({1., 2.}), array({3., 4.})})[0]), (toys::List{5, 9})) << linker;
    EXPECT_EQ(toys::list(f({array({1.}), array({3.})})[0]), (toys::List{4})) << linker;
  }
}

TEST(CLinker, C5_3_a_failing_node_is_named_whatever_it_runs_by) {
  traced::provide();
  const auto x = integer("x");
  for (const char* linker : {"c", "c|py", "vm"}) {
    const toys::Linked f({x}, {Sum(0).of({Sum(1, true).of({x})})}, linker);
    EXPECT_EQ(first_line_of_error([&] { f({98}); }), "Sum: it is 99; take other numbers");
    EXPECT_EQ(f({1})[0].item<int>(), 2);
  }
}

TEST(CLinker, C5_6_bodies_that_disagree_are_found) {
  traced::provide();
  const auto x = integer("x");
  const toys::Linked f({x}, {Disagrees()(x)}, "c&py");
  EXPECT_EQ(first_line_of_error([&] { f({5}); }),
            "linker c&py: Disagrees gave 5 for output 0 by its C++ body and 6 by its native one; "
            "all bodies of an op must agree");
  EXPECT_EQ(toys::Linked({x}, {Disagrees()(x)}, "py")({5})[0].item<int>(), 5);
  EXPECT_EQ(toys::Linked({x}, {Disagrees()(x)}, "c")({5})[0].item<int>(), 6);
}
