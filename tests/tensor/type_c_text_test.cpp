// SPDX-License-Identifier: BSD-3-Clause
// The C texts of the library's own types: they compile without a warning in both languages, and
// wrong values are refused in words and without leaks.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "kroton/base/errors.h"
#include "kroton/graph/c_data_type.h"
#include "kroton/graph/enum_type.h"
#include "kroton/graph/function_graph.h"
#include "kroton/graph/generic_type.h"
#include "kroton/graph/params_type.h"
#include "kroton/jit/compiler.h"
#include "kroton/link/c_module.h"
#include "kroton/link/module_text.h"
#include "kroton/tensor/type.h"

#include <unistd.h>

using namespace kroton;
using tensor::Scalar, tensor::TensorType;

namespace {
// Its input as its output, in the language of choice; C code alone.
class Same final : public OpOf<Same> {
 public:
  Same(bool cpp, std::string text) : cpp_(cpp), text_(std::move(text)) {}
  Apply make_node(Inputs in) const override { return Apply(*this, in, {in[0].type()()}); }
  std::string c_code(const Apply&, std::string_view, const Names& in, const Names& out,
                     const Sub&) const override {
    std::string text = text_;
    for (const auto& [word, with] : {std::pair{"IN", in[0]}, std::pair{"OUT", out[0]}}) {
      for (std::size_t at; (at = text.find(word)) != std::string::npos;)
        text.replace(at, std::string_view(word).size(), with);
    }
    return text;
  }
  CLanguage c_language() const override { return cpp_ ? CLanguage::cpp : CLanguage::c; }
  CacheVersion c_code_cache_version() const override { return {1}; }

 private:
  bool cpp_;
  std::string text_;

 public:
  static constexpr std::string_view op_name = "Same";
  static constexpr auto fields = std::tuple{Field{"cpp", &Same::cpp_}, Field{"text", &Same::text_}};
};

// A field of its input.
class By final : public OpOf<By> {
 public:
  explicit By(bool cpp) : cpp_(cpp) {}
  Apply make_node(Inputs in) const override { return Apply(*this, in, {Scalar(float64)()}); }
  std::string c_code(const Apply&, std::string_view, const Names& in, const Names& out,
                     const Sub&) const override {
    return out[0] + " = " + in[0] + "->by + ((double*)kroton_array_data(" + in[0] + "->table))[1];";
  }
  CLanguage c_language() const override { return cpp_ ? CLanguage::cpp : CLanguage::c; }
  CacheVersion c_code_cache_version() const override { return {1}; }

 private:
  bool cpp_;

 public:
  static constexpr std::string_view op_name = "By";
  static constexpr auto fields = std::tuple{Field{"cpp", &By::cpp_}};
};
ParamsType by_and_table() {
  return ParamsType({{"by", Scalar(float64)}, {"table", TensorType(float64, {false})}});
}

struct Case {
  std::shared_ptr<const Type> type;
  std::string text;
};
std::vector<Case> cases() {
  const std::string array = "kroton_array_assign(&OUT, IN);", plain = "OUT = IN;";
  std::vector<Case> all;
  for (int d = 0; d <= static_cast<int>(complex128); ++d) {
    const auto dtype = static_cast<DType>(d);
    all.push_back({TensorType(dtype, {false, true}).share(), array});
    all.push_back({Scalar(dtype).share(), plain});
  }
  all.push_back({Generic().share(), "kroton_retain(IN);\nkroton_release(OUT);\nOUT = IN;"});
  all.push_back({EnumType({{"LOW", 1}, {"HIGH", 2}}).share(), "OUT = IN == LOW ? HIGH : IN;"});
  all.push_back({CDataType("struct thing*", "free_thing",
                           {.support_code = "struct thing { int x; };\n"
                                            "static void free_thing(struct thing* t) { (void)t; }",
                            .version = {1}})
                     .share(),
                 "(void)IN;\nOUT = NULL;"});
  all.push_back({by_and_table().share(), ""});
  return all;
}
link::ModuleText text_of(const Case& each, bool cpp) {
  const Variable x = each.type->make_variable("x");
  if (each.text.empty()) {
    const Variable z = By(cpp)(x);
    return *link::module_text({x}, {z}, {z.owner()}, false);
  }
  const Variable middle = Same(cpp, each.text)(x);
  const Variable z = Same(cpp, each.text)(middle);
  return *link::module_text({x}, {z}, {middle.owner(), z.owner()}, false);
}

// x * by + table[1], both parameters.
struct Scaled final : OpOf<Scaled> {
  explicit Scaled(double by) : by_(by) {}
  double by_;
  static constexpr std::string_view op_name = "Scaled";
  static constexpr auto fields = std::tuple{Field{"by", &Scaled::by_}};
  Apply make_node(Inputs in) const override { return Apply(*this, in, {in[0].type()()}); }
  std::optional<Constant> params(const Apply&) const override {
    return by_and_table().make({{"by", by_}, {"table", array({10., 20.})}});
  }
  std::string c_code(const Apply&, std::string_view, const Names& in, const Names& out,
                     const Sub& sub) const override {
    const std::string p = sub["params"];
    return out[0] + " = " + in[0] + " * " + p + "->by + ((double*)kroton_array_data(" + p +
           "->table))[1];";
  }
  CacheVersion c_code_cache_version() const override { return {1}; }
};

struct Refused {
  std::string text;
  std::int64_t leaked = 0;
};
// What the module of TYPE says of VALUE when nobody filtered it before. No TEXT: By.
Refused refused(const Type& type, const std::string& text, const Value& value) {
  const Variable x = type.make_variable("x"),
                 z = text.empty() ? By(false)(x) : Same(false, text)(x);
  const auto module = link::CModule::make({x}, {z}, {z.owner()}, false);
  Values out(1);
  const std::int64_t before = memory_statistics().bytes_live;
  Refused result;
  try {
    module->run(std::span(&value, 1), out);
    result.text = "nothing was thrown";
  } catch (const TypeError& error) {
    result.text = error.what();
  }
  result.leaked = memory_statistics().bytes_live - before;
  return result;
}
}  // namespace

TEST(TypeCText, C5_1_every_type_compiles_without_warnings_as_C_and_as_CPlusPlus) {
  if (!jit::compiler()) GTEST_SKIP() << "no compiler";
  for (const Case& each : cases()) {
    for (const bool cpp : {false, true}) {
      link::ModuleText text = text_of(each, cpp);
      for (const char* flag : {"-Wall", "-Wextra", "-Werror"}) text.source.flags.push_back(flag);
      text.source.keep = false;
      EXPECT_NO_THROW(jit::compiler()->build(text.source))
          << each.type->text() << (cpp ? " as C++\n" : " as C\n") << text.source.text;
    }
  }
}

TEST(TypeCText, C5_1_every_type_compiles_without_warnings_by_the_system_compiler) {
  if (std::system("cc --version > /dev/null 2>&1") != 0) GTEST_SKIP() << "no system compiler";
  const auto folder =
      std::filesystem::temp_directory_path() / ("kroton_type_text_" + std::to_string(::getpid()));
  std::filesystem::create_directory(folder);
  for (const bool cpp : {false, true}) {
    std::string files;
    int number = 0;
    for (const Case& each : cases()) {
      // The texts differ by dtype alone: a few stand for all.
      if (number++ % 5 != 0 && each.text.find("assign") != std::string::npos) continue;
      const auto file = folder / (std::to_string(number) + (cpp ? ".cpp" : ".c"));
      std::ofstream(file) << text_of(each, cpp).source.text;
      files += " " + file.string();
    }
    const std::string command = std::string("cc -fsyntax-only -Wall -Wextra -Werror ") +
                                (cpp ? "-x c++ -std=c++20" : "-x c -std=c17") + files + " 2>" +
                                (folder / "said").string();
    EXPECT_EQ(std::system(command.c_str()), 0) << std::ifstream(folder / "said").rdbuf();
  }
  std::filesystem::remove_all(folder);
}

TEST(TypeCText, C4_14_wrong_values_are_refused_in_words_and_nothing_leaks) {
  const TensorType matrix(float64, {false, false});
  const std::string array = "kroton_array_assign(&OUT, IN);";
  const auto check = [&](const Type& type, const std::string& text, const Value& value,
                         const std::string& expected) {
    const Refused result = refused(type, text, value);
    EXPECT_EQ(result.text, expected);
    EXPECT_EQ(result.leaked, 0);
  };
  const std::string who = "TensorType(float64, matrix): the value is ",
                    need = "; an array of float64 with 2 dimensions is needed";
  check(matrix, array, NDArray::zeros({2, 2}, float32), who + "float32 (2, 2)" + need);
  check(matrix, array, NDArray::zeros({2}), who + "float64 (2,)" + need);
  check(matrix, array, Value(), who + "nothing" + need);
  check(matrix, array, "text", who + "'text'" + need);
  check(matrix, array, NDArray::zeros({2, 2}), "nothing was thrown");
  check(TensorType(float64, {true, false}), array, NDArray::zeros({2, 2}),
        "TensorType(float64, row): the value is float64 (2, 2), whose axis 0 must have length 1");
  check(Scalar(int32), "OUT = IN;", NDArray::zeros({1}, int32),
        "Scalar{dtype: int32}: the value is int32 (1,); an array of int32 with 0 dimensions is "
        "needed");
  check(CDataType("int*", "", {.version = {1}}), "(void)IN;\nOUT = NULL;", 3,
        "kroton_to_pointer: the value is 3; a pointer of type int* is needed");
  check(Scalar(int32), "OUT = IN;", NDArray::zeros({}),
        "Scalar{dtype: int32}: the value is float64 (); an array of int32 with 0 dimensions is "
        "needed");
  check(
      Scalar(int32), "OUT = IN;", Value(),
      "Scalar{dtype: int32}: the value is nothing; an array of int32 with 0 dimensions is needed");
  check(EnumType({{"LOW", 1}, {"HIGH", 2}}), "OUT = IN;", "LOW",
        "EnumType: the value is 'LOW'; an integer is needed");
  check(EnumType({{"LOW", 1}, {"HIGH", 2}}), "OUT = IN;", Value(),
        "EnumType: the value is nothing; an integer is needed");
  for (const Value& value : {Value(3), Value()}) {
    check(by_and_table(), "", value,
          "Scalar{dtype: float64}: the value is nothing; an array of float64 with 0 dimensions is "
          "needed");
  }
}

TEST(TypeCText, C4_14_without_the_checks_the_text_has_none) {
  const TensorType row(float64, {true, false});
  const Sub sub{{"fail", "FAIL"}};
  EXPECT_NE(row.c_extract("V1", sub).find("FAIL"), std::string::npos);
  EXPECT_EQ(row.c_extract("V1", sub, false),
            "V1 = kroton_value_array(value_V1);\nkroton_array_retain(V1);");
  EXPECT_EQ(row.c_element_type(), "npy_float64");
  EXPECT_EQ(TensorType(int64, {}).c_element_type(), "npy_int64");
}

TEST(TypeCText, C4_14_literals_are_exact) {
  EXPECT_EQ(Scalar(int8).c_literal(-3), "((npy_int8)18446744073709551613u)");
  EXPECT_EQ(Scalar(bool_).c_literal(true), "((npy_bool)1u)");
  EXPECT_THROW(Scalar(float64).c_literal(std::numeric_limits<double>::infinity()),
               MethodNotDefined);
  EXPECT_THROW(Scalar(float16).c_literal(1), MethodNotDefined);
  if (!jit::compiler()) GTEST_SKIP() << "no compiler";
  for (const double x : {0.0, -0.0, 0.1, -1e300, 2.2250738585072014e-308, 1.0 / 3}) {
    const auto module =
        jit::compile({.text = "typedef double npy_float64;\ndouble f(void) { return " +
                              Scalar(float64).c_literal(x) + "; }",
                      .symbols = {"f"},
                      .label = "literal"});
    const double back = module->function<double()>("f")();
    EXPECT_EQ(back, x);
    EXPECT_EQ(std::signbit(back), std::signbit(x));
  }
}

TEST(TypeCText, C5_2_parameters_reach_the_C_code) {
  const Variable x = Scalar(float64)("x");
  std::string text;
  for (const double by : {2.0, 3.0}) {
    const Variable z = Scaled(by)(x);
    const auto module = link::CModule::make({x}, {z}, {z.owner()}, false);
    const Value in = NDArray::full({}, 5);
    Values out(1);
    module->run(std::span(&in, 1), out);
    EXPECT_EQ(out[0].item<double>(), 5 * by + 20);
    EXPECT_TRUE(text.empty() || text == module->text());
    text = module->text();
  }
}
