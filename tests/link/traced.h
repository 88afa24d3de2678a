// SPDX-License-Identifier: BSD-3-Clause
// A type and ops in C whose texts write down that they ran.
#pragma once
#include <string>
#include <vector>

#include "kroton/base/text.h"
#include "kroton/graph/op.h"
#include "kroton/graph/variable.h"
#include "kroton/jit/compiler.h"

namespace traced {
using namespace kroton;

inline std::vector<std::string>& notes() {
  static std::vector<std::string> all;
  return all;
}
extern "C" inline void traced_note(const char* text) { notes().emplace_back(text); }
inline std::string taken() {
  const std::string all = base::join(notes(), "; ");
  notes().clear();
  return all;
}
inline void provide() {
  jit::provide_symbol("traced_note", reinterpret_cast<const void*>(&traced_note));
}

// An int. 13 cannot be extracted, 14 cannot be synchronised.
class Int final : public TypeOf<Int> {
 public:
  static constexpr std::string_view type_name = "Int";
  explicit Int(bool simple = false) : simple_(simple) {}
  Value filter(const Value& value, bool, std::optional<bool>) const override { return value; }
  bool values_eq(const Value& a, const Value& b) const override {
    return a.item<int>() == b.item<int>();
  }
  static std::string named(std::string text, std::string_view name, const Sub& sub) {
    return base::replace_all(base::replace_all(std::move(text), "NAME", name), "FAIL", sub["fail"]);
  }
  std::string c_declare(std::string_view name, const Sub& sub, bool) const override {
    return named("int NAME;", name, sub);
  }
  std::string c_init(std::string_view name, const Sub& sub) const override {
    return named("NAME = 0;\ntraced_note(\"init NAME\");", name, sub);
  }
  std::string c_extract(std::string_view name, const Sub& sub, bool check) const override {
    return named("traced_note(\"extract NAME\");\nNAME = (int)kroton_to_int64(value_NAME);\n" +
                     std::string(check ? "if (NAME == 13) FAIL" : ""),
                 name, sub);
  }
  std::string c_sync(std::string_view name, const Sub& sub) const override {
    return named(
        "traced_note(\"sync NAME\");\nif (NAME == 14) FAIL\nkroton_release(value_NAME);\n"
        "value_NAME = kroton_from_int64(NAME);",
        name, sub);
  }
  std::string c_cleanup(std::string_view name, const Sub& sub) const override {
    return named("traced_note(\"cleanup NAME\");", name, sub);
  }
  bool c_is_simple() const override { return simple_; }
  std::string c_support_code() const override { return "void traced_note(const char*);"; }
  Names c_init_code() const override { return {"traced_note(\"load\");"}; }
  CacheVersion c_code_cache_version() const override { return {1}; }

 private:
  bool simple_;

 public:
  static constexpr auto fields = std::tuple{Field{"simple", &Int::simple_}};
};

// The sum of its inputs plus `more`; 99 is a failure. C code alone, unless by_cpp.
class Sum final : public OpOf<Sum> {
 public:
  explicit Sum(int more = 0, bool by_cpp = false, bool check = true, std::string extra = "")
      : more_(more), by_cpp_(by_cpp), check_(check), extra_(std::move(extra)) {}
  Apply make_node(Inputs in) const override { return Apply(*this, in, {in[0].type()()}); }
  Variable of(const Variables& in) const { return make_node(in).outputs()[0]; }
  std::string c_code(const Apply& node, std::string_view name, const Names& in, const Names& out,
                     const Sub& sub) const override {
    if (by_cpp_) return Op::c_code(node, name, in, out, sub);
    const std::string total = std::string(name) + "_total";
    return "int " + total + " = " + base::join(in, " + ") + " + " + std::to_string(more_) +
           ";\ntraced_note(\"code " + std::string(name) + "\");\n" + extra_ + "if (" + total +
           " == 99) " + sub["fail"] + "\n" + out[0] + " = " + total + ";";
  }
  std::string c_code_cleanup(const Apply&, std::string_view name, const Names&, const Names&,
                             const Sub&) const override {
    if (by_cpp_) return "";
    // What the code declared is seen here.
    return "(void)" + std::string(name) + "_total;\ntraced_note(\"code_cleanup " +
           std::string(name) + "\");";
  }
  void perform(const Apply& node, std::span<const Value> in, std::span<Value> out) const override {
    if (!by_cpp_) return Op::perform(node, in, out);
    traced_note("perform");
    int sum = more_;
    for (const Value& each : in) sum += each.item<int>();
    if (sum == 99) throw ValueError("Sum: it is 99; take other numbers");
    out[0] = std::int64_t{sum};
  }
  bool check_input() const override { return check_; }
  CacheVersion c_code_cache_version() const override { return {1}; }

 private:
  int more_;
  bool by_cpp_, check_;
  std::string extra_;

 public:
  static constexpr std::string_view op_name = "Sum";
  static constexpr auto fields =
      std::tuple{Field{"more", &Sum::more_}, Field{"by_cpp", &Sum::by_cpp_},
                 Field{"check", &Sum::check_}, Field{"extra", &Sum::extra_}};
};
inline Variable integer(std::string name = "") { return Int()(std::move(name)); }
}  // namespace traced
