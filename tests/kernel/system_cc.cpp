// SPDX-License-Identifier: BSD-3-Clause
#include "system_cc.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "kroton/base/text.h"

extern char** environ;

namespace kernel_test {
namespace fs = std::filesystem;

std::string system_compiler() {
  static const std::string found = [] {
    for (const char* path :
         {"/usr/bin/clang-19", "/usr/bin/clang", "/usr/bin/gcc", "/usr/bin/cc"}) {
      if (access(path, X_OK) == 0) return std::string(path);
    }
    return std::string();
  }();
  return found;
}

namespace {
std::string read(const fs::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Exit status of the command, its output in `log`.
int spawn(const std::vector<std::string>& command, const fs::path& log) {
  std::vector<char*> argv;
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  pid_t child;
  int status = posix_spawn(&child, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (status != 0) return status;
  waitpid(child, &status, 0);
  return status;
}
}  // namespace

kroton::kernel::CompiledKernel compile_c(const kroton::kernel::Printed& printed) {
  std::string stem = (fs::temp_directory_path() / "kroton_kernel_test.XXXXXX").string();
  kroton::kernel::CompiledKernel compiled;
  if (!mkdtemp(stem.data())) {
    ADD_FAILURE() << "no temporary folder " << stem;
    return compiled;
  }
  fs::path folder = stem;
  std::ofstream(folder / "kernel.c") << printed.text;
  const bool is_gcc = system_compiler().find("clang") == std::string::npos;
  int status = spawn(
      {system_compiler(), is_gcc ? "-fno-aggressive-loop-optimizations" : "-O3", "-std=gnu17",
       "-O3", "-march=native", "-ffp-contract=off", "-fwrapv", "-fno-math-errno",
       "-fno-trapping-math", "-fno-strict-aliasing", "-shared", "-fPIC",
       "-Werror=implicit-function-declaration", "-o", folder / "kernel.so", folder / "kernel.c"},
      folder / "log");
  if (status != 0) {
    ADD_FAILURE() << read(folder / "log") << kroton::base::number_lines(printed.text);
  } else if (void* library = dlopen((folder / "kernel.so").c_str(), RTLD_NOW | RTLD_LOCAL)) {
    compiled.owner = std::shared_ptr<void>(library, [](void* l) { dlclose(l); });
    for (const std::string& entry : printed.entries) {
      compiled.entries.push_back(
          reinterpret_cast<kroton::kernel::Entry>(dlsym(library, entry.c_str())));
    }
  }
  if (const char* keep = getenv("KROTON_KEEP_KERNELS")) {
    fs::copy(folder / "kernel.c", fs::path(keep) / (printed.entries.front() + ".c"),
             fs::copy_options::overwrite_existing);
  }
  fs::remove_all(folder);
  return compiled;
}
}  // namespace kernel_test
