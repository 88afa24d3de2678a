// SPDX-License-Identifier: BSD-3-Clause
// The prelude as text: what is pasted, in which order, and that a system compiler's vectorised
// build of it has the bits of the host's.
#include "kroton/kernel/prelude/prelude.h"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "kroton/base/errors.h"
#include "kroton/kernel/prelude/math.h"
#include "tests/kernel/exact.h"

namespace {
using kroton::kernel::Dialect;
using kroton::kernel::prelude_has;
using kroton::kernel::prelude_names;
using kroton::kernel::prelude_text;
namespace p = kroton::kernel::prelude;

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(PreludeText, holds_what_is_used_and_what_that_calls_in_order) {
  const std::string text = prelude_text(Dialect::c, {"sigmoid_f32"});
  const std::size_t used = text.find("KFN k_f32 sigmoid_f32(k_f32 x) {");
  const std::size_t called = text.find("KFN k_f32 exp_f32(k_f32 x) {");
  ASSERT_NE(used, std::string::npos);
  ASSERT_NE(called, std::string::npos);
  EXPECT_LT(called, used);
  EXPECT_FALSE(contains(text, "_f64("));
  EXPECT_FALSE(contains(text, "tanh_f32"));
  EXPECT_FALSE(contains(text, "K_NAME"));
}

TEST(PreludeText, brings_the_table_that_a_function_reads) {
  EXPECT_TRUE(
      contains(prelude_text(Dialect::c, {"sin_f64"}), "KTABLE(k_f64, two_over_pi_f64, 124) = {"));
  EXPECT_FALSE(contains(prelude_text(Dialect::c, {"sin_f32"}), "KTABLE(k_f64"));
}

TEST(PreludeText, knows_its_names) {
  for (const char* name :
       {"exp_f32", "floor_div_i8", "mul_c64", "pow_u64", "f16_from_f32", "u8_from_f64", "add_b1"}) {
    EXPECT_TRUE(prelude_has(name)) << name;
  }
  for (const char* name : {"exp", "exp_i32", "K_NAME", "x", ""})
    EXPECT_FALSE(prelude_has(name)) << name;
  const std::vector<std::string> names = prelude_names();
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size());
}

TEST(PreludeText, an_unknown_name_is_an_error_of_ours) {
  EXPECT_THROW(prelude_text(Dialect::c, {"frobnicate_f32"}), kroton::InternalError);
  EXPECT_TRUE(contains(prelude_text(Dialect::c, {"exp_f32"}), "exp_f32"));
}

TEST(PreludeText, differs_between_dialects_only_on_the_ground) {
  const std::string c = prelude_text(Dialect::c, {"tanh_f32"});
  for (Dialect dialect : {Dialect::cuda, Dialect::opencl}) {
    const std::string text = prelude_text(dialect, {"tanh_f32"});
    const std::string from = "KFN k_f32 expm1_f32";
    EXPECT_EQ(text.substr(text.find(from)).substr(0, 300), c.substr(c.find(from)).substr(0, 300));
    EXPECT_FALSE(contains(text.substr(text.find("typedef")), "__builtin_"));
  }
}

// The functions of one argument that are compared, with their host forms.
struct Row {
  const char* name;
  float (*single)(float);
  double (*twice)(double);
};
#define ROW(name)                                                                              \
  Row {                                                                                        \
    #name, [](float x) { return p::name##_f32(x); }, [](double x) { return p::name##_f64(x); } \
  }
const Row rows[] = {ROW(exp),     ROW(exp2),     ROW(expm1),   ROW(log),     ROW(log2),
                    ROW(log10),   ROW(log1p),    ROW(sqrt),    ROW(sin),     ROW(cos),
                    ROW(tan),     ROW(arcsin),   ROW(arccos),  ROW(arctan),  ROW(sinh),
                    ROW(cosh),    ROW(tanh),     ROW(arcsinh), ROW(arccosh), ROW(arctanh),
                    ROW(sigmoid), ROW(softplus), ROW(erf),     ROW(erfc),    ROW(floor),
                    ROW(ceil),    ROW(trunc),    ROW(round),   ROW(erfcx),   ROW(erfinv),
                    ROW(erfcinv), ROW(sinc),     ROW(cbrt),    ROW(log1mexp)};
#undef ROW

// Compiles loops over the pasted text; the handle, or nullptr when the compiler does not work here.
void* build_loops(const std::string& compiler, const std::string& flags,
                  const std::string& folder) {
  std::vector<std::string> used;
  std::string loops;
  for (const Row& row : rows) {
    for (const char* type : {"f32", "f64"}) {
      const std::string name = std::string(row.name) + "_" + type;
      used.push_back(name);
      loops += "void v_" + name + "(const k_" + type + "* restrict x, k_" + type +
               "* restrict y, long n) {\n" + "  for (long i = 0; i < n; ++i) y[i] = " + name +
               "(x[i]);\n}\n";
    }
  }
  std::ofstream(folder + "/loops.c") << prelude_text(Dialect::c, used) << loops;
  const std::string library = folder + "/loops_" + compiler + ".so";
  const std::string command =
      compiler + " -O3 -ffp-contract=off -fno-math-errno -fno-trapping-math -shared -fPIC " +
      flags + " -o " + library + " " + folder + "/loops.c 2>" + folder + "/log";
  if (std::system(command.c_str()) != 0) return nullptr;
  return dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
}

template <class T>
bool same_bits(T a, T b) {
  return (a != a && b != b) || std::memcmp(&a, &b, sizeof a) == 0;
}

template <class T>
void compare(void* library, const Row& row, T (*host)(T)) {
  const std::string name = std::string("v_") + row.name + (sizeof(T) == 4 ? "_f32" : "_f64");
  auto* loop = reinterpret_cast<void (*)(const T*, T*, long)>(dlsym(library, name.c_str()));
  ASSERT_NE(loop, nullptr) << name;
  const std::vector<T> x = kroton::test::arguments<T>();
  std::vector<T> whole(x.size());
  std::vector<T> pieces(x.size());
  const long n = static_cast<long>(x.size());
  loop(x.data(), whole.data(), n);
  for (long i = 0; i < n; i += 7) loop(x.data() + i, pieces.data() + i, std::min(7L, n - i));
  for (std::size_t i = 0; i < x.size(); ++i) {
    ASSERT_TRUE(same_bits(whole[i], pieces[i]))
        << name << " of " << x[i] << ": vector body and scalar tail";
    ASSERT_TRUE(same_bits(whole[i], host(x[i]))) << name << " of " << x[i] << ": kernel and host";
  }
}

class PreludeBits : public testing::TestWithParam<std::pair<std::string, std::string>> {};

TEST_P(PreludeBits, are_those_of_the_host) {
  const auto& [compiler, flags] = GetParam();
  char folder[] = "/tmp/kroton_prelude_XXXXXX";
  ASSERT_NE(mkdtemp(folder), nullptr);
  void* library = build_loops(compiler, flags, folder);
  if (library != nullptr) {
    for (const Row& row : rows) {
      compare<float>(library, row, row.single);
      compare<double>(library, row, row.twice);
    }
    dlclose(library);
  }
  EXPECT_EQ(std::system((std::string("rm -rf ") + folder).c_str()), 0);
  if (library == nullptr) GTEST_SKIP() << compiler << " " << flags << " does not compile here";
}
INSTANTIATE_TEST_SUITE_P(
    Compilers, PreludeBits,
    testing::Values(std::pair("gcc", "-march=native -mprefer-vector-width=512"),
                    std::pair("gcc", "-march=x86-64-v3"), std::pair("gcc", "-march=x86-64-v2"),
                    std::pair("clang", "-march=native"), std::pair("clang", "-march=x86-64-v3")),
    [](const auto& info) { return info.param.first + std::to_string(info.index); });
}  // namespace
