// SPDX-License-Identifier: BSD-3-Clause
// What every compiler must do, as bodies of tests that each compiler's file runs.
#pragma once
#include <cmath>
#include <cstdint>
#include <vector>

#include "tests/jit/fixture.h"

namespace kroton::jit {
inline void check_kernel(Compiler& c) {
  auto module = c.compile({.text = R"(
static inline void body(long n, const float* restrict x, const float* restrict y, float* restrict z) {
  for (long i = 0; i < n; ++i) z[i] = 2.0f * x[i] + y[i];
}
void kernel(long n, void** p) { body(n, p[0], p[1], p[2]); }
)",
                           .symbols = {"kernel"},
                           .label = "axpy"});
  EXPECT_EQ(module->origin(), c.origin());
  std::vector<float> x(1000), y(1000), z(1000);
  for (int i = 0; i < 1000; ++i) x[i] = static_cast<float>(i), y[i] = 0.5f;
  void* p[] = {x.data(), y.data(), z.data()};
  module->function<void(long, void**)>("kernel")(1000, p);
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(z[i], 2.0f * x[i] + y[i]);
}

// Products are rounded before they are added, and integers wrap.
inline void check_arithmetic(Compiler& c) {
  auto module = c.compile({.text = R"(
double f(double a, double b, double x) { return a * b + x; }
int next(int x) { return x + 1 > x; }
)",
                           .symbols = {"f", "next"},
                           .label = "arithmetic"});
  double a = 1 + 0x1p-30;
  volatile double product = a * a;
  EXPECT_EQ(module->function<double(double, double, double)>("f")(a, a, -1), product - 1);
  EXPECT_EQ(module->function<int(int)>("next")(INT32_MAX), 0);
}

// Tables, writable data, calls of the C library and of one another, pointers to functions.
inline void check_data_and_calls(Compiler& c) {
  auto module = c.compile({.text = R"(
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static const double table[] = {1.5, 2.5, 3.5};
const char* words[] = {"zero", "one"};
int64_t counter = 7;
static double half(double x) { return x / 2; }
double (*functions[])(double) = {half, sqrt, exp};
double apply(int i, double x) { ++counter; return functions[i](x) + table[i]; }
int64_t count(void) { return counter; }
size_t length(int i) { return strlen(words[i]); }
int print(char* to, size_t n, double x) { return snprintf(to, n, "%.2f", x); }
void* duplicate(const void* p, size_t n) { void* q = malloc(n); memcpy(q, p, n); return q; }
int print_error(void) { return fprintf(stderr, "from a module\n"); }
)",
                           .symbols = {"apply", "count", "length", "print", "duplicate"},
                           .label = "data and calls"});
  auto apply = module->function<double(int, double)>("apply");
  EXPECT_EQ(apply(0, 4.0), 3.5);
  EXPECT_EQ(apply(1, 4.0), 4.5);
  EXPECT_EQ(apply(2, 0.0), 4.5);
  EXPECT_EQ(module->function<std::int64_t()>("count")(), 10);
  EXPECT_EQ(*static_cast<std::int64_t*>(module->symbol("counter")), 10);
  EXPECT_EQ(module->function<std::size_t(int)>("length")(1), 3u);
  char text[16];
  EXPECT_EQ(module->function<int(char*, std::size_t, double)>("print")(text, sizeof text, 2.5), 4);
  EXPECT_STREQ(text, "2.50");
  void* copy = module->function<void*(const void*, std::size_t)>("duplicate")("abc", 4);
  EXPECT_STREQ(static_cast<char*>(copy), "abc");
  ::free(copy);
  ::testing::internal::CaptureStderr();
  module->function<int()>("print_error")();
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "from a module\n");
}

inline void check_flags(Compiler& c) {
  auto module = c.compile({.text = "int n(void) { return N; }",
                           .symbols = {"n"},
                           .flags = {"-DN=12", "-O2", "-march=core2", "-Wall"},
                           .label = "n"});
  EXPECT_EQ(module->function<int()>("n")(), 12);
}

inline void check_error_text(Compiler& c, const std::string& first_error) {
  std::string text;
  try {
    c.compile({.text = "int f(void) {\n  return zz;\n}\nint g(void) { return yy; }\n",
               .symbols = {"f"},
               .label = "Elemwise{zz}"});
  } catch (const CompileError& e) {
    text = e.what();
  }
  EXPECT_TRUE(text.starts_with("Elemwise{zz}: " + first_error + " (and 1 more)\n")) << text;
  EXPECT_TRUE(text.ends_with(
      "Elemwise{zz}, the text:\n  1 | int f(void) {\n  2 |   return zz;\n  3 | }\n  4 | "
      "int g(void) { return yy; }\n"))
      << text;
  EXPECT_EQ(text.find("/tmp"), std::string::npos) << text;
  EXPECT_EQ(c.compile(adder())->function<int(int)>("add")(1), 2);
}

inline void check_missing_header(Compiler& c) {
  std::string text;
  try {
    c.compile({.text = "#include <no/such.h>\n", .label = "m"});
  } catch (const CompileError& e) {
    text = e.what();
  }
  EXPECT_NE(
      text.find(
          "; headers beyond stddef, stdint, math, string, stdlib and stdio come from the system "
          "(Debian package libc6-dev) or from a folder given with -I\n"),
      std::string::npos)
      << text;
}

// What the object loader leaves to the compiler's own linker.
inline void check_foreign(Compiler& c) {
  auto module = c.compile({.text = R"(
static int ready;
__attribute__((constructor)) static void prepare(void) { ready = 42; }
int is_ready(void) { return ready; }
)",
                           .symbols = {"is_ready"},
                           .label = "constructor"});
  EXPECT_EQ(module->function<int()>("is_ready")(), 42);
}
}  // namespace kroton::jit
