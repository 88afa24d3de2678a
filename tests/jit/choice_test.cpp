// SPDX-License-Identifier: BSD-3-Clause
#include <thread>

#include "kroton/base/files.h"
#include "tests/jit/fixture.h"

namespace kroton::jit {
namespace {
TEST_F(Jit, the_plugin_comes_before_the_system_compiler) {
  KROTON_NEED_PLUGIN;
  ASSERT_NE(compiler(), nullptr);
  EXPECT_EQ(compiler()->origin(), Origin::plugin);
  EXPECT_EQ(compile(adder())->function<int(int)>("add")(1), 2);
}

TEST_F(Jit, without_the_plugin_the_system_compiler_works) {
  KROTON_NEED_SYSTEM_COMPILER;
  set("jit_plugin", "none");
  EXPECT_EQ(compiler()->origin(), Origin::system);
  EXPECT_EQ(compile(adder())->function<int(int)>("add")(1), 2);
}

TEST_F(Jit, CPlusPlus_goes_to_the_system_compiler_first) {
  KROTON_NEED_SYSTEM_COMPILER;
  if (!std::filesystem::exists("/usr/include/c++")) GTEST_SKIP() << "no headers of libstdc++";
  const auto module = compile(
      {.text = "#include <stdexcept>\n#include <vector>\nstatic std::vector<int> table(3, 7);\n"
               "extern \"C\" int at(int i) {\n"
               "  try { return table.at(static_cast<unsigned long>(i)); }\n"
               "  catch (const std::out_of_range&) { return -1; }\n}",
       .language = Language::cpp,
       .label = "at"});
  EXPECT_EQ(module->function<int(int)>("at")(2), 7);
  EXPECT_EQ(module->function<int(int)>("at")(3), -1);
  KROTON_NEED_PLUGIN;
  set("compiler", "");
  fresh();
  EXPECT_EQ(compile({.text = "extern \"C\" int one() { return 1; }",
                     .language = Language::cpp,
                     .label = "one"})
                ->function<int()>("one")(),
            1);
}

TEST_F(Jit, without_any_compiler_there_is_no_module_and_that_is_said_once) {
  set("jit_plugin", "none");
  set("compiler", "no-such-cc");
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(compiler(), nullptr);
  EXPECT_EQ(compile(adder()), nullptr);
  EXPECT_EQ(
      ::testing::internal::GetCapturedStderr(),
      "kroton: warning: no compiler: no embedded compiler (libkroton_jit.so; flag jit_plugin); no "
      "system compiler (flag compiler = 'no-such-cc'); functions are interpreted, which is slow\n");
}

TEST_F(Jit, a_required_compiler_that_is_missing_is_an_error_that_names_what_was_tried) {
  set("jit_plugin", "none");
  set("compiler", "");
  set("jit", "required");
  EXPECT_EQ(error_of([] { compile(adder()); }),
            "jit: flag jit = required and there is no compiler: no embedded compiler "
            "(libkroton_jit.so; flag "
            "jit_plugin); no system compiler (flag compiler = ''); install one or set jit = auto");
}

TEST_F(Jit, off_means_off) {
  set("jit", "off");
  EXPECT_EQ(compiler(), nullptr);
  EXPECT_EQ(compile(adder()), nullptr);
  EXPECT_NE(describe().find("compiler: none, functions are interpreted\n"), std::string::npos);
}

TEST_F(Jit, a_plugin_that_cannot_be_loaded_is_passed_over) {
  KROTON_NEED_SYSTEM_COMPILER;
  base::write_file(folder_ + "/libkroton_jit.so", "no library");
  set("jit_plugin", folder_ + "/libkroton_jit.so");
  ::testing::internal::CaptureStderr();
  auto module = compile(adder());
  std::string said = ::testing::internal::GetCapturedStderr();
  ASSERT_NE(module, nullptr);
  EXPECT_EQ(module->origin(), Origin::system);
  EXPECT_TRUE(said.starts_with("kroton: warning: embedded compiler: " + folder_)) << said;
  EXPECT_TRUE(said.ends_with("; trying the next compiler\n")) << said;
  EXPECT_EQ(compiler()->origin(), Origin::system);
}

TEST_F(Jit, a_library_of_something_else_is_no_plugin) {
  set("jit_plugin", "libm.so.6");
  set("compiler", "");
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(compile(adder()), nullptr);
  EXPECT_NE(::testing::internal::GetCapturedStderr().find(
                "embedded compiler: libm.so.6 belongs to another version of Kroton"),
            std::string::npos);
}

TEST_F(Jit, describe_tells_compiler_cpu_and_cache) {
  if (!compiler()) GTEST_SKIP() << "there is no compiler";
  compile(adder());
  std::string text = describe();
  EXPECT_NE(text.find("jit: auto\ncompiler: "), std::string::npos) << text;
  EXPECT_NE(text.find("cpu: native, this machine: "), std::string::npos) << text;
  EXPECT_NE(text.find("cache: " + folder_ + "/cache, 1 entries, "), std::string::npos) << text;
}

TEST_F(Jit, an_unwritable_cache_only_costs_time) {
  if (!compiler()) GTEST_SKIP() << "there is no compiler";
  set("compiledir", "/proc/kroton");
  fresh();
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(compile(adder(5))->function<int(int)>("add")(1), 6);
  EXPECT_NE(::testing::internal::GetCapturedStderr().find("going on without"), std::string::npos);
}
}  // namespace
}  // namespace kroton::jit
