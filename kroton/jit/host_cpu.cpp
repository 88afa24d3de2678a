// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/jit/host_cpu.h"

#if defined(__x86_64__)
#include <cpuid.h>
#else
#include <sys/auxv.h>
#endif

#include <cstring>

#include "kroton/base/config.h"
#include "kroton/base/errors.h"
#include "kroton/base/text.h"

namespace kroton::jit {
#if defined(__x86_64__)
namespace {

// Levels of the x86-64 psABI, by the features that tell them apart.
bool supports_level(std::string_view name) {
  bool v2 = __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt");
  bool v3 = v2 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
            __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
  bool v4 = v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
            __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
            __builtin_cpu_supports("avx512vl");
  if (name == "x86-64-v2") return v2;
  if (name == "x86-64-v3") return v3;
  if (name == "x86-64-v4") return v4;
  return true;
}

std::string brand() {
  char text[49] = {};
  for (unsigned i = 0; i < 3; ++i) {
    unsigned r[4] = {};
    if (!__get_cpuid(0x80000002u + i, &r[0], &r[1], &r[2], &r[3])) return "x86-64";
    std::memcpy(text + 16 * i, r, 16);
  }
  return std::string(base::trim(text));
}
}  // namespace

std::string host_cpu_identity() {
  std::string identity = brand();
  // Family and model; features; what the system lets us use of them (leaf 1 without the bits that
  // belong to the core we happen to run on).
  const unsigned leaves[][2] = {{1, 0}, {7, 0}, {7, 1}, {0x80000001u, 0}};
  for (const auto& leaf : leaves) {
    unsigned a = 0, b = 0, c = 0, d = 0;
    __get_cpuid_count(leaf[0], leaf[1], &a, &b, &c, &d);
    if (leaf[0] == 1) b = 0;
    for (unsigned word : {a, b, c, d}) identity.append(1, ' ').append(base::format_hex(word));
  }
  unsigned usable = 0;
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) && (c & bit_OSXSAVE)) {
    unsigned high;
    asm volatile("xgetbv" : "=a"(usable), "=d"(high) : "c"(0));
  }
  return identity.append(1, ' ').append(base::format_hex(usable));
}

std::string host_cpu_text() {
  std::string text = brand() + ";";
#define KROTON_FEATURE(name) \
  if (__builtin_cpu_supports(name)) text += " " name;
  // clang-format off
  KROTON_FEATURE("sse4.2") KROTON_FEATURE("avx") KROTON_FEATURE("avx2") KROTON_FEATURE("fma")
  KROTON_FEATURE("bmi2") KROTON_FEATURE("avx512f") KROTON_FEATURE("avx512dq")
  KROTON_FEATURE("avx512bw") KROTON_FEATURE("avx512vl")
  // clang-format on
#undef KROTON_FEATURE
  return text;
}

bool host_has_avx512() { return __builtin_cpu_supports("avx512f"); }
#else
namespace {
bool supports_level(std::string_view name) { return !name.starts_with("x86-64"); }
}  // namespace

std::string host_cpu_identity() {
  return "hwcap " + base::format_hex(::getauxval(AT_HWCAP)) + " " +
         base::format_hex(::getauxval(AT_HWCAP2));
}
std::string host_cpu_text() { return host_cpu_identity(); }
bool host_has_avx512() { return false; }
#endif

std::string kernel_cpu() {
  const std::string& name = base::config().cpu();
  if (!supports_level(name))
    throw ValueError("config: flag 'cpu' cannot be '" + name + "' on this machine (" +
                     host_cpu_text() + "); use native or a lower level");
  return name;
}
}  // namespace kroton::jit
