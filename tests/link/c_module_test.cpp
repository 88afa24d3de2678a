// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/link/c_module.h"

#include <gtest/gtest.h>

#include "kroton/base/config.h"
#include "kroton/base/errors.h"
#include "kroton/graph/c_text.h"
#include "kroton/graph/function_graph.h"
#include "kroton/link/error_context.h"
#include "tests/link/traced.h"

using namespace kroton;
using link::CModule;
using traced::Int;
using traced::integer;
using traced::Sum;
using traced::taken;

namespace {
struct Module {
  Module(Variables inputs, Variables outputs) {
    traced::provide();
    const FunctionGraph fgraph(inputs, outputs, false);
    code = CModule::make(inputs, outputs, fgraph.toposort(), true);
    taken();
  }
  std::int64_t operator()(Values in) const {
    Values out(1);
    code->run(in, out);
    return out[0].item<std::int64_t>();
  }
  std::shared_ptr<const CModule> code;
};
// An int that never leaves C code: it has no c_sync.
class Secret final : public TypeOf<Secret> {
 public:
  static constexpr std::string_view type_name = "Secret";
  Value filter(const Value& value, bool, std::optional<bool>) const override { return value; }
  std::string c_declare(std::string_view name, const Sub&, bool) const override {
    return c_text("int $V;", name);
  }
  std::string c_init(std::string_view name, const Sub&) const override {
    return c_text("$V = 0;", name);
  }
  std::string c_extract(std::string_view, const Sub&, bool) const override { return ""; }
  std::string c_cleanup(std::string_view, const Sub&) const override { return ""; }
};
// Its input, hidden in a Secret or out of one; 99 is a failure.
class Turn final : public OpOf<Turn> {
 public:
  explicit Turn(bool hide) : hide_(hide) {}
  static constexpr std::string_view op_name = "Turn";
  Apply make_node(Inputs in) const override {
    return Apply(*this, in, {hide_ ? Secret()() : Int()()});
  }
  std::string c_code(const Apply&, std::string_view, const Names& in, const Names& out,
                     const Sub& sub) const override {
    return "if (" + in[0] + " == 99) " + (hide_ ? "{}" : sub["fail"]) + "\n" + out[0] + " = " +
           in[0] + ";";
  }

 private:
  bool hide_;

 public:
  static constexpr auto fields = std::tuple{Field{"hide", &Turn::hide_}};
};
template <class Kind, class Call>
std::string error_of(const Call& call) {
  try {
    call();
  } catch (const Kind& error) {
    return error.what();
  }
  return "nothing was thrown";
}
template <class Call>
std::string fact_of(const Call& call) {
  const std::string text = error_of<Error>(call);
  return text.substr(0, text.find('\n'));
}
}  // namespace

TEST(CModule, C5_3_blocks_run_in_order_and_cleanups_in_reverse) {
  const auto x = integer("x"), y = integer("y");
  const Module f({x, y}, {Sum(1).of({x, y})});
  EXPECT_EQ(f({2, 3}), 6);
  EXPECT_EQ(
      taken(),
      "init V1; extract V1; init V2; extract V2; init V3; init V3; code node_0; code_cleanup node_0; sync V3; "
      "cleanup V3; cleanup V2; cleanup V1");
}

TEST(CModule, C5_3_a_failure_cleans_up_what_was_begun_and_synchronises_nothing) {
  const auto x = integer("x"), y = integer("y");
  const Module f({x, y}, {Sum(1).of({x, y})});
  EXPECT_EQ(fact_of([&] { f({2, 13}); }),
            "c_extract of Int{simple: false} failed; it set no error that says why");
  EXPECT_EQ(taken(), "init V1; extract V1; init V2; extract V2; cleanup V2; cleanup V1");
  EXPECT_EQ(fact_of([&] { f({90, 8}); }), "c_code of Sum failed; it set no error that says why");
  EXPECT_EQ(
      taken(),
      "init V1; extract V1; init V2; extract V2; init V3; init V3; code node_0; code_cleanup node_0; cleanup V3; "
      "cleanup V2; cleanup V1");
  EXPECT_EQ(fact_of([&] { f({10, 3}); }),
            "c_extract_out or c_sync of Int{simple: false} failed; it set no error that says why");
  EXPECT_EQ(
      taken(),
      "init V1; extract V1; init V2; extract V2; init V3; init V3; code node_0; code_cleanup node_0; sync V3; "
      "cleanup V3; cleanup V2; cleanup V1");
  EXPECT_EQ(fact_of([&] { f({1, "three"}); }),
            "kroton_to_int64: the value is 'three'; only arrays and numbers can be read as one");
  taken();
  EXPECT_EQ(f({2, 3}), 6);
}

TEST(CModule, C5_3_the_error_of_a_node_shows_the_values_that_came_to_it) {
  const auto x = integer("x");
  for (const bool by_cpp : {false, true}) {
    const Variable inner = Sum(1).of({x}), last = Sum(0, by_cpp).of({inner, x});
    const Module f({x}, {last});
    const std::string text = error_of<Error>([&] { f({49}); });
    EXPECT_EQ(text.substr(text.find('\n')),
              "\n  at node 1: " + last.owner().text() + "\n    input 0 " + inner.text() +
                  ": Int{simple: false}, 50\n    input 1 x: Int{simple: false}, 49\n    made at " +
                  link::line_text(last.line()) +
                  "\n    hint: flag exception_verbosity=high shows the values of larger inputs");
    taken();
    EXPECT_EQ(f({1}), 3);
  }
}

TEST(CModule, C5_3_an_input_that_cannot_be_shown_is_left_out) {
  const auto x = integer("x");
  const Variable inner = Sum(4).of({x});  // 14 cannot be synchronised
  const Module f({x}, {Sum(85).of({inner})});
  const std::string text = error_of<Error>([&] { f({10}); });
  EXPECT_EQ(text.substr(0, text.find("\n    made at")),
            "c_code of Sum failed; it set no error that says why\n  at node 1: "
            "Sum{more: 85, by_cpp: false, check: true, extra: }(" +
                inner.text() + ")\n    input 0 " + inner.text() + ": Int{simple: false}");
  taken();
  EXPECT_EQ(f({1}), 90);
}

TEST(CModule, C5_3_values_between_nodes_need_no_c_sync) {
  const auto x = integer("x");
  const Module f({x}, {Turn(false)(Turn(true)(x))});
  const std::string text = error_of<Error>([&] { f({99}); });
  EXPECT_NE(text.find("\n    input 0 Turn{hide: true}.0: Secret\n"), std::string::npos) << text;
  EXPECT_EQ(f({1}), 1);
  taken();
}

TEST(CModule, C5_3_constants_and_arrays_between_nodes_belong_to_the_struct) {
  traced::provide();
  const auto x = integer("x");
  const auto five = Int().make_constant(5);
  const auto z = Sum().of({Sum(1).of({x, five}), five});
  taken();
  {
    const Module f({x}, {z});
    EXPECT_EQ(f({1}), 12);
    EXPECT_EQ(
        taken(),
        "init V1; extract V1; init V2; init V2; code node_0; code node_1; code_cleanup node_1; "
        "code_cleanup node_0; sync V2; cleanup V2; cleanup V1");
    EXPECT_EQ(f({2}), 13);
    taken();
  }
  EXPECT_EQ(taken(), "cleanup V4; cleanup V3");
  // What is worth nothing after a run lives in the run.
  const auto s = Int(true)("s");
  const Module g({s}, {Sum().of({Sum(1).of({s})})});
  EXPECT_EQ(g({1}), 2);
  EXPECT_EQ(
      taken(),
      "init V1; extract V1; init V2; init V2; init V3; code node_0; code node_1; code_cleanup node_1; "
      "code_cleanup node_0; cleanup V3; sync V2; cleanup V2; cleanup V1");
}

TEST(CModule, C5_3_the_init_code_runs_once_in_a_process) {
  traced::provide();
  taken();
  const auto x = integer("x");
  const Sum once(0, false, true, "/* a text of this test */");
  const auto node = once.make_node({x});
  const auto first = CModule::make({x}, node.outputs(), {node}, true);
  EXPECT_EQ(taken(), "load");
  const auto second = CModule::make({x}, node.outputs(), {node}, true);
  EXPECT_EQ(taken(), "");
  EXPECT_EQ(first->text(), second->text());
}

TEST(CModule, C5_6_a_node_without_C_code_is_called_back) {
  const auto x = integer("x"), y = integer("y");
  const auto z = Sum(0).of({Sum(1, true).of({Sum(2).of({x}), y, Int().make_constant(100)}), x});
  const Module f({x, y}, {z});
  EXPECT_EQ(f({1, 2}), 1 + 2 + 2 + 100 + 1 + 1);
  EXPECT_EQ(error_of<ValueError>([&] { f({-7, 3}); }).substr(0, 58),
            "Sum: it is 99; take other numbers\n  at node 1: Sum{more: 1");
  EXPECT_EQ(f({1, 2}), 107);
}

TEST(CModule, C4_14_check_input_false_leaves_the_checks_out) {
  const auto x = integer("x");
  const Module checked({x}, {Sum(1).of({x})}), unchecked({x}, {Sum(2, false, false).of({x})});
  EXPECT_NE(checked.code->text().find("V1 == 13"), std::string::npos);
  EXPECT_EQ(unchecked.code->text().find("V1 == 13"), std::string::npos);
  EXPECT_EQ(unchecked({13}), 15);
  EXPECT_NE(error_of<Error>([&] { checked({13}); }), "nothing was thrown");
  base::FlagScope off("check_input", "False");
  EXPECT_EQ(Module({x}, {Sum(3).of({x})})({13}), 16);
}

TEST(CModule, C5_3_a_text_that_does_not_compile_is_shown_with_its_lines) {
  traced::provide();
  const auto x = integer("x");
  const auto node = Sum(0, false, true, "/* two\nlines */ oops;\n").make_node({x});
  const std::string text =
      error_of<CompileError>([&] { CModule::make({x}, node.outputs(), {node}, true); });
  EXPECT_EQ(text.substr(0, 44), "Sum: its C code does not compile: c_code of ");
  EXPECT_NE(text.find("c_code of Sum:4:"), std::string::npos) << text;
  EXPECT_NE(text.find("  4 | lines */ oops;"), std::string::npos) << text;
  EXPECT_NE(text.find("at node 0: Sum{"), std::string::npos) << text;
  EXPECT_EQ(text.find("KROTON_MODULE_VERSION"), std::string::npos);
  EXPECT_EQ(Module({x}, {Sum(1).of({x})})({1}), 2);
}
