// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/jit/system_compiler.h"

#include <sys/stat.h>

#include <fstream>

#include "kroton/base/files.h"
#include "kroton/base/signals.h"
#include "tests/jit/both_compilers.h"

namespace kroton::jit {
namespace {
class System : public Jit {
 protected:
  void SetUp() override {
    Jit::SetUp();
    KROTON_NEED_SYSTEM_COMPILER;
    compiler_ = make_system_compiler(find_system_compiler());
  }
  std::unique_ptr<Compiler> compiler_;
};

TEST_F(System, compiles_and_runs_a_kernel) { check_kernel(*compiler_); }
TEST_F(System, keeps_strict_arithmetic) { check_arithmetic(*compiler_); }
TEST_F(System, links_data_and_calls) { check_data_and_calls(*compiler_); }
TEST_F(System, takes_flags) { check_flags(*compiler_); }
TEST_F(System, errors_have_line_numbers_and_the_text) {
  std::string text = error_of(
      [&] { compiler_->compile({.text = "int f(void) {\n  return zz;\n}", .label = "x"}); });
  if (text.find("undeclared (first use") == std::string::npos)
    GTEST_SKIP() << "the system compiler is not GCC";
  check_error_text(*compiler_,
                   "kernel.c:2:10: error: 'zz' undeclared (first use in this function)");
}
TEST_F(System, a_missing_header_says_where_headers_come_from) { check_missing_header(*compiler_); }
TEST_F(System, constructors_are_run_by_its_own_linker) { check_foreign(*compiler_); }

TEST_F(System, CPlusPlus_compiles_and_throws_inside) {
  auto module = compiler_->compile({.text = R"(
#include <stdexcept>
#include <vector>
extern "C" int f(int n) {
  std::vector<int> v(n, 1);
  try {
    return v.at(5);
  } catch (const std::out_of_range&) {
    return -1;
  }
}
)",
                                    .symbols = {"f"},
                                    .language = Language::cpp,
                                    .label = "cpp"});
  EXPECT_EQ(module->function<int(int)>("f")(6), 1);
  EXPECT_EQ(module->function<int(int)>("f")(2), -1);
}

TEST_F(System, no_temporary_folder_is_left) {
  ::setenv("TMPDIR", folder_.c_str(), 1);
  compiler_->compile(adder());
  EXPECT_THROW(compiler_->compile({.text = "int f( {", .label = "x"}), CompileError);
  ::unsetenv("TMPDIR");
  for (const auto& entry : std::filesystem::directory_iterator(folder_))
    EXPECT_EQ(entry.path().filename(), "cache");
}

// Ctrl-C ends it, whichever thread it was started from.
TEST_F(System, the_compiler_takes_signals_that_its_caller_does_not) {
  const std::string script = folder_ + "/cc", mask = folder_ + "/mask";
  std::ofstream(script) << "#!/bin/sh\ngrep SigBlk /proc/self/status > " << mask << "\nexec "
                        << find_system_compiler() << " \"$@\"\n";
  ::chmod(script.c_str(), 0700);
  const auto wrapped = make_system_compiler(script);
  {
    const base::SignalsBlocked blocked;
    wrapped->compile(adder());
  }
  std::string line;
  std::getline(std::ifstream(mask), line);
  EXPECT_EQ(line, "SigBlk:\t0000000000000000");
}

TEST_F(System, a_program_that_cannot_run_is_unavailable) {
  auto missing = make_system_compiler("/nowhere/cc");
  EXPECT_EQ(error_of([&] { missing->build(adder()); }),
            "system compiler: /nowhere/cc cannot be run: No such file or directory");
  EXPECT_THROW(missing->build(adder()), Unavailable);
}
}  // namespace
}  // namespace kroton::jit
