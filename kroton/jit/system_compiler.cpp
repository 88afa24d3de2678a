// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/jit/system_compiler.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "kroton/base/config.h"
#include "kroton/base/dynlib.h"
#include "kroton/base/files.h"
#include "kroton/base/text.h"
#include "kroton/jit/detail/diagnostics.h"
#include "kroton/jit/detail/symbols.h"
#include "kroton/jit/host_cpu.h"

extern char** environ;

namespace kroton::jit {
namespace {
// A folder of our own for the compiler's files, gone with its scope.
class Workshop {
 public:
  Workshop() {
    std::string pattern =
        base::path_join(base::environment("TMPDIR").value_or("/tmp"), "kroton-XXXXXX");
    if (!::mkdtemp(pattern.data()))
      throw Unavailable("system compiler: no temporary folder " + pattern + ": " +
                        std::generic_category().message(errno));
    folder_ = pattern;
  }
  ~Workshop() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  Workshop(const Workshop&) = delete;
  Workshop& operator=(const Workshop&) = delete;
  std::string operator/(const char* name) const { return folder_ + "/" + name; }
  const std::string& folder() const { return folder_; }

 private:
  std::string folder_;
};

// Messages in English, whatever the user's language, since errors quote them.
std::vector<std::string> plain_environment() {
  std::vector<std::string> variables;
  for (char** v = environ; v && *v; ++v)
    if (!std::string_view(*v).starts_with("LC_ALL=")) variables.emplace_back(*v);
  variables.push_back("LC_ALL=C");
  return variables;
}

// The exit status; what the program says goes to a file.
int run(const std::vector<std::string>& command, const std::string& messages) {
  std::vector<std::string> variables = plain_environment();
  std::vector<char*> argv, envp;
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  for (const std::string& word : variables) envp.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  envp.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, 1, messages.c_str(), O_WRONLY | O_CREAT | O_TRUNC,
                                     0600);
  ::posix_spawn_file_actions_adddup2(&actions, 1, 2);
  // This thread may be one that takes no signals: Ctrl-C still ends the compiler.
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  pid_t child = 0;
  int code =
      ::posix_spawn(&child, command[0].c_str(), &actions, &attributes, argv.data(), envp.data());
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  if (code != 0)
    throw Unavailable("system compiler: " + command[0] +
                      " cannot be run: " + std::generic_category().message(code));
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

// The words of a Makefile rule after its target.
std::vector<std::string> read_rule(const std::string& rule, const std::string& own_folder) {
  std::vector<std::string> files;
  std::string word;
  bool after_target = false;
  auto finish = [&] {
    if (after_target && !word.empty() && !word.starts_with(own_folder)) files.push_back(word);
    if (word.ends_with(':')) after_target = true;
    word.clear();
  };
  for (std::size_t i = 0; i < rule.size(); ++i) {
    if (rule[i] == '\\' && i + 1 < rule.size() && rule[i + 1] == ' ') {
      word += rule[++i];
    } else if (rule[i] == '\\' || rule[i] == ' ' || rule[i] == '\n') {
      finish();
    } else {
      word += rule[i];
    }
  }
  finish();
  return files;
}

// GCC 12 compiles some reductions wrongly: it takes the fixed stacks of pairwise trees for bounds
// of the loops around them (tests/tensor/reduce_test.cpp shows it). As a flag, clang would refuse
// the remedy.
constexpr const char* gcc_guard =
    "#if defined(__GNUC__) && !defined(__clang__)\n"
    "#pragma GCC optimize(\"no-aggressive-loop-optimizations\")\n"
    "#endif\n"
    "#line 1\n";

class SystemCompiler final : public Compiler {
 public:
  explicit SystemCompiler(std::string path) : path_(std::move(path)), cpu_(kernel_cpu()) {
    auto file = base::file_identity(path_);
    identity_ =
        "system " + path_ + " " +
        (file ? base::format_number(file->size) + " " + base::format_number(file->modified_ns)
              : std::string("missing")) +
        "; cpu " + (cpu_ == "native" ? host_cpu_identity() : cpu_) + "; flags " +
        base::join(kernel_flags(), " ") + gcc_guard;
  }

  std::string name() const override { return path_ + " (system)"; }
  Origin origin() const override { return Origin::system; }
  std::string identity() const override { return identity_; }

  Built build(const Source& source) override {
    Workshop workshop;
    const bool cpp = source.language == Language::cpp;
    std::string text = workshop / detail::file_name, object = workshop / "kernel.o";
    std::string messages = workshop / "messages", rule = workshop / "rule";
    base::write_file(text, std::string(gcc_guard) + source.text);
    std::vector<std::string> command = {path_, "-x", cpp ? "c++" : "c",
                                        cpp ? "-std=gnu++20" : "-std=gnu17"};
    for (const std::string& flag : kernel_flags()) command.push_back(flag);
    for (const std::string& flag : source.flags)
      // The CPU is the flag's affair: code for another one would end the process.
      if (!flag.starts_with("-march=") && !flag.starts_with("-mtune=") &&
          !flag.starts_with("-mcpu="))
        command.push_back(flag);
    for (const char* word : {"-MD", "-MF", rule.c_str(), "-c", text.c_str(), "-o", object.c_str()})
      command.emplace_back(word);
    if (run(command, messages) != 0)
      detail::throw_compile_error(source, name(),
                                  base::replace_all(base::try_read_file(messages).value_or(""),
                                                    workshop.folder() + "/", ""));
    return {base::read_file(object),
            read_rule(base::try_read_file(rule).value_or(""), workshop.folder() + "/")};
  }

  Module::Lookup load_foreign(const std::string& object, const Source& source) override {
    Workshop workshop;
    std::string file = workshop / "kernel.o", library = workshop / "kernel.so";
    std::string messages = workshop / "messages";
    base::write_file(file, object);
    std::vector<std::string> command = {path_, "-shared", "-o", library, file};
    for (const std::string& folder : source.library_dirs) {
      command.push_back("-L" + folder);
      command.push_back("-Wl,-rpath," + folder);
    }
    for (const std::string& name : source.libraries)
      command.push_back(name.find('/') == std::string::npos ? "-l" + name : name);
    if (source.language == Language::cpp) command.push_back("-lstdc++");
    if (run(command, messages) != 0)
      detail::throw_compile_error(source, name(), base::try_read_file(messages).value_or(""));
    auto loaded = std::make_shared<base::Dynlib>(library);
    return [loaded](std::string_view name) { return loaded->find(std::string(name).c_str()); };
  }

 private:
  std::vector<std::string> kernel_flags() const {
    std::vector<std::string> flags = {"-O3",
                                      "-fPIC",
                                      "-ffp-contract=off",
                                      "-fno-math-errno",
                                      "-fno-trapping-math",
                                      "-fwrapv",
                                      "-fno-strict-aliasing",
                                      "-fno-stack-protector",
                                      "-w"};
#if defined(__x86_64__)
    flags.push_back("-march=" + cpu_);
    flags.push_back("-fcf-protection=none");
    if (cpu_ == "x86-64-v4" || (cpu_ == "native" && host_has_avx512()))
      flags.push_back("-mprefer-vector-width=512");
#else
    flags.push_back("-mcpu=" + cpu_);
#endif
    return flags;
  }

  std::string path_, cpu_, identity_;
};
}  // namespace

std::string find_system_compiler() {
  const std::string& chosen = base::config().compiler();
  if (chosen.empty()) return "";
  if (chosen.find('/') != std::string::npos)
    return ::access(chosen.c_str(), X_OK) == 0 ? chosen : "";
  const std::string path = base::environment("PATH").value_or("/usr/local/bin:/usr/bin:/bin");
  for (std::string_view folder : base::split(path, ':')) {
    std::string candidate = base::path_join(folder, chosen);
    if (!folder.empty() && ::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return "";
}

std::unique_ptr<Compiler> make_system_compiler(const std::string& path) {
  return std::make_unique<SystemCompiler>(path);
}
}  // namespace kroton::jit
