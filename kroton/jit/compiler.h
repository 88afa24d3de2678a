// SPDX-License-Identifier: BSD-3-Clause
// C text -> function pointers.
//   auto module = jit::compile({.text = "int f(int x) { return x + 1; }", .symbols = {"f"}, .label
//   = "f"}); if (module) module->function<int(int)>("f")(1);       // no module: there is no
//   compiler, interpret
// The embedded clang (a plugin) compiles, or the system's C compiler; what was compiled once is
// found again in the process, and on disk by later processes (artifact_cache.h). Flags: jit,
// jit_plugin, compiler, cpu, cache, compiledir. Everything here may be called from several threads.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/base/errors.h"

namespace kroton::jit {
enum class Language { c, cpp };

struct Source {
  std::string text;
  std::vector<std::string> symbols = {};  // functions that the module must define
  // C17 or C++20, both with GNU extensions. The embedded compiler takes C++ without exceptions and
  // without objects that have constructors at file scope.
  Language language = Language::c;
  std::vector<std::string> flags = {};  // beyond the kernel flags: -I, -D, -U, -std=, -W..., -f...
  std::vector<std::string> libraries = {};  // names as after -l, or paths; opened before loading
  std::vector<std::string> library_dirs = {};
  std::string label = {};  // what an error calls this text
  bool keep = true;        // on disk, for later processes
  // What it is whatever its version: a newer one's entry replaces those of older ones (each number
  // at most that of the newer).
  std::string family = {};
  std::vector<int> version = {};
};

// A text that does not compile. what() has all that it carries.
struct KROTON_API TextError : CompileError {
  TextError(const std::string& what, std::string by, std::string said)
      : CompileError(what), compiler(std::move(by)), diagnostics(std::move(said)) {}
  std::string compiler, diagnostics;
};

enum class Origin { plugin, system, cache };
KROTON_API std::string_view name(Origin origin);

// Code in memory; unmapped with its last owner.
class Module {
 public:
  using Lookup = std::function<void*(std::string_view symbol)>;
  Module(Lookup lookup, Origin origin, std::string label)
      : lookup_(std::move(lookup)), origin_(origin), label_(std::move(label)) {}

  // Error naming the module when it defines no such function or variable.
  KROTON_API void* symbol(std::string_view name) const;
  template <class Function>
  Function* function(std::string_view name) const {
    return reinterpret_cast<Function*>(symbol(name));
  }
  Origin origin() const { return origin_; }
  const std::string& label() const { return label_; }

 private:
  Lookup lookup_;
  Origin origin_;
  std::string label_;
};

// This compiler cannot run here (no such program, a library of it is missing): try another.
struct KROTON_API Unavailable : Error {
  using Error::Error;
};

// What a compiler makes of a text.
struct Built {
  std::string object;
  std::vector<std::string> dependencies =
      {};  // files that it included, whose change makes it stale
};

// One way of compiling. compile() finds in memory, finds on disk, or builds: a text is built once
// per process even when several threads ask for it at the same time.
class KROTON_API Compiler {
 public:
  virtual ~Compiler();
  // TextError with the diagnostics and the numbered text when the text is wrong.
  std::shared_ptr<Module> compile(const Source& source);

  // "clang 19.1.7 (plugin)", "cc (system)".
  virtual std::string name() const = 0;
  virtual Origin origin() const = 0;
  // All that makes the code differ for one source: compiler, its version, CPU, flags. Cheap: does
  // not start the compiler.
  virtual std::string identity() const = 0;
  // Relocatable object code; CompileError, or Unavailable.
  virtual Built build(const Source& source) = 0;
  // Loads object code that object_loader.h does not take, with the compiler's own linker.
  virtual Module::Lookup load_foreign(const std::string& object, const Source& source) = 0;
};

// The compiler that flags and machine offer: plugin, else system compiler, else nullptr. jit =
// required makes that an Error that names what was tried.
KROTON_API Compiler* compiler();
// compiler()->compile(source), going on to the next compiler when one turns out not to run here;
// nullptr when there is none.
KROTON_API std::shared_ptr<Module> compile(const Source& source);

// Writes TEXT to FILE in the folder that the flag save_kernels names; nothing without the flag.
KROTON_API void save_text(const std::string& text, const std::string& file);

// A name that compiled texts may use beside the C library's: how modules call back into Kroton.
KROTON_API void provide_symbol(std::string_view name, const void* address);

// Lines for `kroton info`: compiler, version, CPU and features, plugin, cache folder and its size.
KROTON_API std::string describe();

namespace detail {
// For tests: drop every module of the process that nobody holds; choose a compiler anew by the
// flags.
KROTON_API void forget_modules();
KROTON_API void forget_compilers();
}  // namespace detail
}  // namespace kroton::jit
