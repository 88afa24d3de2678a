// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/jit/plugin_compiler.h"

#include <filesystem>

#include "tests/jit/both_compilers.h"

namespace kroton::jit {
namespace {
class Plugin : public Jit {
 protected:
  void SetUp() override {
    Jit::SetUp();
    KROTON_NEED_PLUGIN;
    compiler_ = make_plugin_compiler(find_plugin());
  }
  std::unique_ptr<Compiler> compiler_;
};

TEST_F(Plugin, compiles_and_runs_a_kernel) { check_kernel(*compiler_); }
TEST_F(Plugin, keeps_strict_arithmetic) { check_arithmetic(*compiler_); }
TEST_F(Plugin, links_data_and_calls) { check_data_and_calls(*compiler_); }
TEST_F(Plugin, takes_the_flags_of_cc) { check_flags(*compiler_); }
TEST_F(Plugin, errors_have_line_numbers_and_the_text) {
  check_error_text(*compiler_, "kernel.c:2:10: error: use of undeclared identifier 'zz'");
}
TEST_F(Plugin, a_missing_header_says_where_headers_come_from) { check_missing_header(*compiler_); }
TEST_F(Plugin, constructors_are_run_by_its_own_linker) { check_foreign(*compiler_); }

// The declarations that stand in for the C library's headers, asked for by their place.
TEST_F(Plugin, the_built_in_headers_are_enough_without_the_systems) {
  auto module = compiler_->compile({.text = R"(
#include "/kroton/libc/math.h"
#include "/kroton/libc/string.h"
#include "/kroton/libc/stdlib.h"
#include "/kroton/libc/stdio.h"
#include <stdbool.h>
#include <float.h>
#include <stdarg.h>
double f(double x) { return isnan(x) ? INFINITY : hypot(x, 4) + fmaf(1, 2, 3) + (M_PI - M_PI); }
int print(char* to, size_t n, const char* word) {
  char* copy = malloc(strlen(word) + 1);
  strcpy(copy, word);
  int length = snprintf(to, n, "%s %d", copy, abs(-3));
  free(copy);
  return length;
}
)",
                                    .symbols = {"f", "print"},
                                    .flags = {"-Wall", "-Werror"},
                                    .label = "built in"});
  auto f = module->function<double(double)>("f");
  EXPECT_EQ(f(3), 10.0);
  EXPECT_EQ(f(NAN), HUGE_VAL);
  char text[16];
  EXPECT_EQ(
      module->function<int(char*, std::size_t, const char*)>("print")(text, sizeof text, "word"),
      6);
  EXPECT_STREQ(text, "word 3");
}

TEST_F(Plugin, wrong_inline_assembly_is_an_error_and_not_the_end_of_the_process) {
  EXPECT_THROW(compiler_->compile(
                   {.text = "void f(void) { __asm__(\"no such instruction\"); }", .label = "asm"}),
               CompileError);
  EXPECT_EQ(compiler_->compile(adder())->function<int(int)>("add")(1), 2);
}

TEST_F(Plugin, C_headers_are_there_with_or_without_a_C_library) {
  const auto module = compiler_->compile(
      {.text = "#include <math.h>\n#include <stddef.h>\n#include <stdint.h>\n#include <stdio.h>\n"
               "#include <stdlib.h>\n#include <string.h>\n"
               "int64_t f(int8_t x) { size_t n = strlen(\"abc\"); return x + (int64_t)n; }",
       .label = "headers"});
  EXPECT_EQ(module->function<std::int64_t(std::int8_t)>("f")(4), 7);
}

TEST_F(Plugin, diagnostics_count_as_line_directives_say) {
  const std::string text = error_of([&] {
    compiler_->compile({.text = "int a;\n#line 7 \"my text\"\nint b = c;\n", .label = "x"});
  });
  EXPECT_TRUE(text.starts_with("x: my text:7:9: error: use of undeclared identifier 'c'\n"))
      << text;
}

TEST_F(Plugin, an_unknown_flag_is_named) {
  std::string text = error_of(
      [&] { compiler_->compile({.text = "int x;", .flags = {"-fno-such-flag"}, .label = "x"}); });
  EXPECT_TRUE(text.starts_with("x: error: unknown argument: '-fno-such-flag'\n")) << text;
}

TEST_F(Plugin, CPlusPlus_needs_no_system_compiler) {
  const auto module =
      compiler_->compile({.text = "struct Twice { int v; Twice(int x) : v(2 * x) {} };\n"
                                  "extern \"C\" int twice(int x) { return Twice(x).v; }",
                          .language = Language::cpp,
                          .label = "twice"});
  EXPECT_EQ(module->function<int(int)>("twice")(21), 42);
  if (!std::filesystem::exists("/usr/include/c++")) GTEST_SKIP() << "no headers of libstdc++";
  const auto sorter =
      compiler_->compile({.text = "#include <algorithm>\n"
                                  "extern \"C\" void sort(int* x, int n) { std::sort(x, x + n); }",
                          .language = Language::cpp,
                          .label = "sort"});
  int numbers[] = {3, 1, 2};
  sorter->function<void(int*, int)>("sort")(numbers, 3);
  EXPECT_EQ(numbers[0] * 100 + numbers[1] * 10 + numbers[2], 123);
  EXPECT_TRUE(
      error_of([&] {
        compiler_->compile({.text = "#include <vector>\nstatic std::vector<int> table(3);\n"
                                    "extern \"C\" int f() { return table[0]; }",
                            .language = Language::cpp,
                            .label = "x"});
      })
          .starts_with("x: error: an object at file scope has a constructor, which needs the "
                       "system's C++ compiler\n"));
  const std::string text = error_of([&] {
    compiler_->compile(
        {.text = "#include <no_such_header>", .language = Language::cpp, .label = "x"});
  });
  EXPECT_TRUE(
      text.starts_with("x: kernel.c:1:10: fatal error: 'no_such_header' file not found; "
                       "headers of C++ come from the system (Debian package libstdc++-dev, "
                       "as libstdc++-12-dev) or from a folder given with -I\n"))
      << text;
}

TEST_F(Plugin, code_for_another_cpu_level_has_its_own_entry) {
#if defined(__x86_64__)
  compiler_->compile(adder());
  set("cpu", "x86-64-v2");
  auto other = make_plugin_compiler(find_plugin());
  EXPECT_NE(other->identity(), compiler_->identity());
  EXPECT_EQ(other->compile(adder())->origin(), Origin::plugin);
  check_kernel(*other);
#else
  GTEST_SKIP() << "levels are an x86-64 notion";
#endif
}
}  // namespace
}  // namespace kroton::jit
