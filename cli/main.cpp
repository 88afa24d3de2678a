// SPDX-License-Identifier: BSD-3-Clause
// The kroton command: one file per sub-command.
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "kroton/base/version.h"

namespace {
struct Command {
  const char* name;
  int (*run)(const std::vector<std::string>& arguments);
  const char* doc;
};
constexpr Command commands[] = {
    {"info", cli::info,
     "version, dtypes, CPU, compiler, threads, cache, and the flags that were changed"},
    {"flags", cli::flags, "every flag: value, where it came from, what it does"},
    {"cache", cli::cache, "the compiled kernels on disk by kind; list | clear | verify"},
    {"devices", cli::devices, "the devices of this machine, or why a kind of them is absent"},
    {"rewrites", cli::rewrites, "every rewrite: name, place and tags"},
};

int help(FILE* to) {
  std::fputs("usage: kroton COMMAND [ARGUMENT ...]\n", to);
  for (const Command& command : commands)
    std::fprintf(to, "  %-10s %s\n", command.name, command.doc);
  return to == stdout ? 0 : 2;
}
}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.empty()) return help(stderr);
  if (arguments[0] == "help" || arguments[0] == "--help" || arguments[0] == "-h")
    return help(stdout);
  if (arguments[0] == "--version") {
    std::printf("kroton %s\n", kroton::version().c_str());
    return 0;
  }
  for (const Command& command : commands) {
    if (arguments[0] != command.name) continue;
    try {
      return command.run({arguments.begin() + 1, arguments.end()});
    } catch (const std::exception& error) {
      std::fprintf(stderr, "kroton %s: %s\n", command.name, error.what());
      return 1;
    }
  }
  std::fprintf(stderr, "kroton: there is no command '%s'\n", arguments[0].c_str());
  return help(stderr);
}
