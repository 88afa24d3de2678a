// SPDX-License-Identifier: BSD-3-Clause
// A cache folder of the test's own, chosen by the flags, and no memory of earlier modules.
#pragma once
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <optional>
#include <string>

#include "kroton/base/config.h"
#include "kroton/jit/artifact_cache.h"
#include "kroton/jit/compiler.h"
#include "kroton/jit/plugin_compiler.h"
#include "kroton/jit/system_compiler.h"

namespace kroton::jit {
class Jit : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/kroton_jit_XXXXXX";
    folder_ = ::mkdtemp(name);
    set("compiledir", folder_ + "/cache");
    set("cache", "on");
    set("jit", "auto");
    set("jit_plugin", "");
    set("compiler", "cc");
    set("cpu", "native");
    fresh();
  }
  void TearDown() override {
    for (const char* flag : {"compiledir", "cache", "jit", "jit_plugin", "compiler", "cpu"})
      for (const auto& info : base::flags())
        if (info.name == flag) set(flag, info.default_value);
    fresh();
    std::filesystem::permissions(folder_, std::filesystem::perms::owner_all);
    std::filesystem::remove_all(folder_);
  }
  static void set(const char* flag, const std::string& value) {
    base::detail::force_flag(flag, value);
  }
  // As a new process would find things.
  static void fresh() {
    detail::forget_modules();
    detail::forget_compilers();
    detail::reset_artifact_cache();
  }
  static std::string error_of(auto&& f) {
    try {
      f();
    } catch (const Error& e) {
      return e.what();
    }
    return "(nothing thrown)";
  }
  std::string folder_;
};

inline Source adder(int n = 1) {
  return {.text = "int add(int x) { return x + " + std::to_string(n) + "; }\n",
          .symbols = {"add"},
          .label = "adder"};
}
}  // namespace kroton::jit

// A reported skip where the machine lacks the compiler under test.
#define KROTON_NEED_PLUGIN \
  if (::kroton::jit::find_plugin().empty()) GTEST_SKIP() << "libkroton_jit.so was not built"
#define KROTON_NEED_SYSTEM_COMPILER                  \
  if (::kroton::jit::find_system_compiler().empty()) \
  GTEST_SKIP() << "there is no C compiler on PATH"
