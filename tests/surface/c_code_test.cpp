// SPDX-License-Identifier: BSD-3-Clause
// Types and ops that a program describes in C, in every mode and by every linker.
#include "outsider.h"

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include <unistd.h>

using namespace kroton;
using outsider::Doubles;
using outsider::error_of;
using outsider::list;

namespace {
std::string named(std::string text, std::string_view name, const Sub& sub = {}) {
  const auto put = [&](std::string_view word, std::string_view with) {
    for (std::size_t at = 0; (at = text.find(word, at)) != std::string::npos; at += with.size())
      text.replace(at, word.size(), with);
  };
  put("NAME", name);
  if (sub.contains("fail")) put("FAIL", sub["fail"]);
  return text;
}

// The documented worked example: a double.
class DoubleType final : public TypeOf<DoubleType> {
 public:
  static constexpr std::string_view type_name = "DoubleType";
  Value filter(const Value& value, bool strict, std::optional<bool>) const override {
    if (value.is<double>()) return value;
    if (strict) throw TypeError("DoubleType: the value is no double");
    return value.item<double>();
  }
  bool values_eq(const Value& a, const Value& b) const override {
    return a.item<double>() == b.item<double>();
  }
  std::string c_declare(std::string_view name, const Sub&, bool) const override {
    return named("double NAME;", name);
  }
  std::string c_init(std::string_view name, const Sub&) const override {
    return named("NAME = 0.0;", name);
  }
  std::string c_extract(std::string_view name, const Sub& sub, bool check) const override {
    return named(
        std::string(check ? "if (!kroton_is_number(value_NAME)) {\n"
                            "  kroton_set_error(KROTON_TYPE_ERROR, \"expected a number\");\n"
                            "  FAIL\n"
                            "}\n"
                          : "") +
            "NAME = kroton_to_double(value_NAME);",
        name, sub);
  }
  std::string c_sync(std::string_view name, const Sub& sub) const override {
    return named(
        "kroton_release(value_NAME);\n"
        "value_NAME = kroton_from_double(NAME);\n"
        "if (!value_NAME) FAIL",
        name, sub);
  }
  std::string c_cleanup(std::string_view, const Sub&) const override { return ""; }
  CacheVersion c_code_cache_version() const override { return {1}; }
};

std::atomic<int> performed{0};

enum class Has { perform, c_code, both };

// a * b + 1 on doubles, by either body.
class MulAdd final : public OpOf<MulAdd> {
 public:
  explicit MulAdd(Has has) : has_(has) {}
  Apply make_node(Inputs in) const override { return Apply(*this, in, {DoubleType()()}); }
  std::string c_code(const Apply& node, std::string_view name, const Names& in, const Names& out,
                     const Sub& sub) const override {
    if (has_ == Has::perform) return Op::c_code(node, name, in, out, sub);
    return out[0] + " = " + in[0] + " * " + in[1] + " + 1;";
  }
  CacheVersion c_code_cache_version() const override { return {1}; }
  void perform(const Apply& node, std::span<const Value> in, std::span<Value> out) const override {
    if (has_ == Has::c_code) return Op::perform(node, in, out);
    ++performed;
    out[0] = in[0].item<double>() * in[1].item<double>() + 1;
  }

 private:
  Has has_;

 public:
  static constexpr std::string_view op_name = "MulAdd";
  static constexpr auto fields = std::tuple{Field{"has", &MulAdd::has_}};
};

// x + amount on vectors of float64.
struct AddTo final : OpOf<AddTo> {
  explicit AddTo(double amount) : amount_(amount) {}
  double amount_;
  static constexpr std::string_view op_name = "AddTo";
  static constexpr auto fields = std::tuple{Field{"amount", &AddTo::amount_}};
  Apply make_node(Inputs in) const override { return Apply(*this, in, {in[0].type()()}); }
  Variables grad(const Apply&, Variables gz) const override { return {gz[0]}; }
  std::string c_code(const Apply&, std::string_view, const Names& in, const Names& out,
                     const Sub& sub) const override {
    std::string text = named(R"(
      const int64_t n = kroton_array_shape(IN)[0], step = kroton_array_strides(IN)[0];
      if (kroton_array_prepare(&OUT, KROTON_FLOAT64, 1, &n)) FAIL
      const char* x = (const char*)kroton_array_data(IN);
      double* z = (double*)kroton_array_data(OUT);
      for (int64_t i = 0; i < n; ++i) {
        const double value = *(const double*)(x + i * step);
        if (value < 0) {
          kroton_set_error(KROTON_VALUE_ERROR, "element %d is %g", (int)i, value);
          FAIL
        }
        z[i] = value + AMOUNT;
      })",
                             "", sub);
    const auto put = [&](std::string_view word, const std::string& with) {
      for (std::size_t at = 0; (at = text.find(word, at)) != std::string::npos; at += with.size())
        text.replace(at, word.size(), with);
    };
    put("IN", in[0]);
    put("OUT", out[0]);
    put("AMOUNT", std::to_string(amount_));
    return text;
  }
  CacheVersion c_code_cache_version() const override { return {1}; }
};

std::vector<Mode> modes_with_c() {
  return {Mode(),
          Mode("FAST_RUN"),
          Mode("FAST_COMPILE"),
          Mode("DebugMode"),
          Mode("NanGuardMode"),
          Mode("c"),
          Mode("c|py"),
          Mode("vm"),
          Mode("c&py"),
          Mode("c", "None"),
          Mode("c|py", "merge")};
}
const NDArray a3 = array({1., 2., 3.});
}  // namespace

TEST(CCode, C5_6_ops_with_either_body_work_in_every_mode) {
  for (const Has has : {Has::perform, Has::c_code, Has::both}) {
    auto a = DoubleType()("a"), b = DoubleType()("b");
    const MulAdd f(has);
    auto z = f(f(a, b), a);
    for (const Mode& mode : modes_with_c()) {
      auto fn = function({a, b}, {z, f(b, b)}, {.mode = mode});
      EXPECT_EQ(fn(2.0, 3.0)[0].item<double>(), 15.0) << mode.text();
      EXPECT_EQ(fn(2.0, 0.5)[1].item<double>(), 1.25) << mode.text();
    }
  }
}

TEST(CCode, C5_6_linker_py_runs_perform_alone) {
  auto a = DoubleType()("a");
  performed = 0;
  EXPECT_EQ(function({a}, MulAdd(Has::both)(a, a), {.mode = "py"})(2.0)[0].item<double>(), 5.0);
  EXPECT_EQ(performed, 1);
  EXPECT_EQ(function({a}, MulAdd(Has::both)(a, a), {.mode = "c"})(2.0)[0].item<double>(), 5.0);
  EXPECT_EQ(function({a}, MulAdd(Has::both)(a, a), {.mode = "vm"})(2.0)[0].item<double>(), 5.0);
  EXPECT_EQ(performed, 1);
  const std::string text = error_of<MethodNotDefined>(
      [&] { return function({a}, MulAdd(Has::c_code)(a, a), {.mode = "py"})(2.0); });
  EXPECT_HAS(text, "MulAdd");
  EXPECT_HAS(text, "perform");
}

TEST(CCode, C5_3_C_code_and_built_in_ops_share_a_module) {
  auto x = dvector("x");
  auto y = AddTo(2)(tensor::sqr(x) - 1 + x) * 3;
  for (const Mode& mode : modes_with_c()) {
    auto fn = function({x}, {y, y.sum(), AddTo(1)(x.dimshuffle({0}))}, {.mode = mode});
    for (int call = 0; call < 3; ++call) {
      const Outputs out = fn(a3);
      EXPECT_EQ(list<double>(out.array(0)), (Doubles{9, 21, 39})) << mode.text();
      EXPECT_EQ(out.item<double>(1), 69.0);
      EXPECT_EQ(list<double>(out.array(2)), (Doubles{2, 3, 4}));
    }
    EXPECT_EQ(list<double>(fn(array({1., 2.})).array(0)), (Doubles{9, 21}));
    EXPECT_EQ(list<double>(function({x}, grad(y.sum(), x), {.mode = mode})(a3)),
              (Doubles{9, 15, 21}));
  }
}

TEST(CCode, C5_3_a_failure_says_the_C_code_s_message_the_node_and_the_line) {
  auto x = dvector("x");
  auto y = AddTo(2)(x * 1) + 1;
  for (const Mode& mode : modes_with_c()) {
    auto fn = function({x}, y, {.mode = mode});
    const auto wrong = [&] { return fn(array({1., -2.})); };
    const std::string text = error_of<ValueError>(wrong);
    EXPECT_HAS(text, "element 1 is -2") << mode.text();
    EXPECT_HAS(text, "AddTo{amount: 2}") << mode.text();
    EXPECT_HAS(text, "c_code_test.cpp") << mode.text();
    EXPECT_EQ(text, error_of(wrong));
    EXPECT_EQ(list<double>(fn(a3)), (Doubles{4, 5, 6}));
  }
}

TEST(CCode, C5_3_values_between_nodes_are_shown_and_counted) {
  auto x = dvector("x");
  auto y = AddTo(5)(AddTo(-4)(x));
  auto fn = function({x}, y, {.mode = Mode("c", "None"), .profile = true});
  for (int call = 0; call < 3; ++call) {
    const std::string text = error_of([&] { return fn(array({6., 2.})); });
    EXPECT_HAS(text, "element 1 is -2");
    EXPECT_HAS(text,
               "input 0 AddTo{amount: -4}.0: TensorType(float64, vector), float64, shape (2,), "
               "strides (8,), value [ 2. -2.]");
  }
  auto f = function({x}, y, {.mode = Mode("c", "None"), .profile = true});
  for (int call = 0; call < 4; ++call)
    EXPECT_EQ(list<double>(f(array({4., 5., 6.}))), (Doubles{5, 6, 7}));
  ASSERT_EQ(f.profile().nodes.size(), 2u);
  for (const ProfileRow& row : f.profile().nodes) EXPECT_EQ(row.bytes, 4u * 2 * 24) << row.text;
  EXPECT_EQ(list<double>(fn(array({4.}))), (Doubles{5}));
}

namespace {
// An op that asks for what its fields say; z = x + 1 on doubles.
struct Asking final : OpOf<Asking> {
  Asking(std::string headers, std::string libraries, std::string extra = "", bool cpp = false)
      : header(std::move(headers)),
        library(std::move(libraries)),
        text(std::move(extra)),
        cpp(cpp) {}
  std::string header, library, text;
  bool cpp;
  static constexpr std::string_view op_name = "Asking";
  static constexpr auto fields =
      std::tuple{Field{"header", &Asking::header}, Field{"library", &Asking::library},
                 Field{"text", &Asking::text}, Field{"cpp", &Asking::cpp}};
  Apply make_node(Inputs in) const override { return Apply(*this, in, {DoubleType()()}); }
  std::string c_code(const Apply&, std::string_view, const Names& in, const Names& out,
                     const Sub&) const override {
    return c_text("$z = $x + 1;\n" + text, {{"x", in[0]}, {"z", out[0]}});
  }
  Names c_headers() const override { return header.empty() ? Names{} : Names{header}; }
  Names c_libraries() const override { return library.empty() ? Names{} : Names{library}; }
  CLanguage c_language() const override { return cpp ? CLanguage::cpp : CLanguage::c; }
  CacheVersion c_code_cache_version() const override { return {1}; }
};
std::string error_of_function(const Asking& op) {
  auto a = DoubleType()("a");
  return error_of([&] { return function({a}, op(a), {.mode = "c"}); });
}
}  // namespace

TEST(CCode, C5_2_a_missing_library_or_header_is_named) {
  EXPECT_HAS(error_of_function(Asking("", "no_such_library")),
             "Asking: library 'no_such_library' cannot be opened: ");
  const std::string c = error_of_function(Asking("no_such_header.h", ""));
  EXPECT_HAS(c, "no_such_header.h");
  EXPECT_HAS(c, "libc6-dev");
  EXPECT_HAS(error_of_function(Asking("<no_such_header>", "", "", true)), "libstdc++-12-dev");
  auto a = DoubleType()("a");
  EXPECT_EQ(function({a}, Asking("<math.h>", "m")(a), {.mode = "c"})(2.0).item<double>(), 3.0);
}

// A header and a library that only the environment knows.
TEST(CCode, C5_2_CPATH_and_LIBRARY_PATH_and_LD_LIBRARY_PATH_are_searched) {
  namespace fs = std::filesystem;
  const fs::path folder =
      fs::temp_directory_path() / ("kroton_c_code_" + std::to_string(::getpid()));
  fs::create_directories(folder);
  std::ofstream(folder / "outsiders.h") << "static inline double outsiders(void) { return 41; }\n";
  fs::path libm;
  for (const char* place : {"/lib/x86_64-linux-gnu/libm.so.6", "/lib64/libm.so.6"})
    if (fs::exists(place)) libm = place;
  auto a = DoubleType()("a");
  for (const char* variable : {"CPATH", "LIBRARY_PATH", "LD_LIBRARY_PATH"}) {
    const bool is_header = std::string_view(variable) == "CPATH";
    if (!is_header && libm.empty()) continue;
    const std::string name = std::string("outsiders_") + variable;
    if (!is_header) fs::copy_file(libm, folder / ("lib" + name + ".so"));
    const Asking op = is_header ? Asking("outsiders.h", "", "$z += outsiders();")
                                : Asking("<math.h>", name, "$z += fabs(-41);");
    EXPECT_HAS(error_of_function(op), is_header ? "outsiders.h" : name);
    const char* const known = std::getenv(variable);
    const std::string before = known ? known : "";
    ::setenv(variable, (folder.string() + (before.empty() ? "" : ":" + before)).c_str(), 1);
    EXPECT_EQ(function({a}, op(a), {.mode = "c"})(2.0).item<double>(), 44.0) << variable;
    known ? ::setenv(variable, before.c_str(), 1) : ::unsetenv(variable);
  }
  fs::remove_all(folder);
}

TEST(CCode, C5_2_a_text_may_be_in_C_plus_plus) {
  auto a = DoubleType()("a");
  for (const char* linker : {"c", "c|py", "vm"})
    EXPECT_EQ(function({a}, Asking("", "", "static_assert(__cplusplus >= 202002L);", true)(a),
                       {.mode = linker})(2.0)
                  .item<double>(),
              3.0)
        << linker;
}

TEST(CCode, C5_2_a_text_that_does_not_compile_is_shown_with_the_op_and_its_lines) {
  auto a = DoubleType()("a");
  for (const char* linker : {"c", "c|py", "vm", "FAST_RUN"}) {
    const std::string text = error_of<CompileError>(
        [&] { return function({a}, Asking("", "", "int wrong = missing;")(a), {.mode = linker}); });
    EXPECT_HAS(text, "Asking: its C code does not compile: c_code of Asking:2:13: error: ");
    EXPECT_HAS(text, "  2 | int wrong = missing;");
    EXPECT_HAS(text, "c_code_test.cpp");
  }
  EXPECT_EQ(function({a}, Asking("", "")(a), {.mode = "c"})(2.0).item<double>(), 3.0);
}

TEST(CCode, C5_3_an_output_goes_into_the_user_s_array) {
  auto x = dvector("x");
  for (const char* linker : {"c", "vm"}) {
    NDArray mine = NDArray::zeros({3});
    auto fn = function({x}, Out(AddTo(1)(x)).into(mine), {.mode = linker});
    const Outputs out = fn(a3);
    EXPECT_EQ(list<double>(mine), (Doubles{2, 3, 4})) << linker;
  }
  // What came out before stays as it was.
  auto fn = function({x}, AddTo(1)(x), {.mode = "c"});
  const NDArray first = fn(a3), second = fn(array({5., 5., 5.}));
  EXPECT_EQ(list<double>(first), (Doubles{2, 3, 4}));
  EXPECT_EQ(list<double>(second), (Doubles{6, 6, 6}));
}

TEST(CCode, C5_3_calls_may_overlap) {
  auto x = dvector("x");
  auto fn = function({x}, AddTo(1)(AddTo(2)(x * 2)), {.mode = "c"});
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 1; i < 200; ++i) {
        const NDArray out = fn(NDArray::full({i}, t));
        wrong += list<double>(out) != Doubles(static_cast<std::size_t>(i), 2. * t + 3);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}
