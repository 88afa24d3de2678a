// SPDX-License-Identifier: BSD-3-Clause
// Which compiler the process uses: the plugin, else the system's, else none.
#include <mutex>

#include "kroton/base/config.h"
#include "kroton/base/log.h"
#include "kroton/base/text.h"
#include "kroton/jit/artifact_cache.h"
#include "kroton/jit/compiler.h"
#include "kroton/jit/host_cpu.h"
#include "kroton/jit/plugin_compiler.h"
#include "kroton/jit/system_compiler.h"

namespace kroton::jit {
namespace {
struct Choice {
  std::mutex mutex;
  bool decided = false;
  // Best first. Never shrinks, since modules and other threads hold on to a compiler.
  std::vector<std::unique_ptr<Compiler>> candidates;
  std::size_t current = 0;
  std::vector<std::string> tried;  // what did not work, for the error and for describe()
};

Choice& choice() {
  static Choice& the_choice = *new Choice;
  return the_choice;
}

// With Choice::mutex held.
void decide(Choice& c) {
  if (c.decided) return;
  c.tried.clear();
  c.current = c.candidates.size();
  if (base::config().jit() == "off") {
    c.decided = true;
    return;
  }
  if (std::string plugin = find_plugin(); !plugin.empty())
    c.candidates.push_back(make_plugin_compiler(plugin));
  else
    c.tried.push_back("no embedded compiler (libkroton_jit.so; flag jit_plugin)");
  if (std::string system = find_system_compiler(); !system.empty())
    c.candidates.push_back(make_system_compiler(system));
  else
    c.tried.push_back("no system compiler (flag compiler = '" + base::config().compiler() + "')");
  c.decided = true;
}

// With Choice::mutex held.
Compiler* current(Choice& c) {
  decide(c);
  if (c.current < c.candidates.size()) return c.candidates[c.current].get();
  const std::string& wish = base::config().jit();
  if (wish == "required")
    throw Error("jit: flag jit = required and there is no compiler: " + base::join(c.tried, "; ") +
                "; install one or set jit = auto");
  if (wish == "auto")
    base::log_once(base::LogLevel::warning, "no compiler: " + base::join(c.tried, "; ") +
                                                "; functions are interpreted, which is slow");
  return nullptr;
}

void give_up(Choice& c, const Compiler* compiler, const std::string& why) {
  std::lock_guard lock(c.mutex);
  // Another thread may have met the same failure.
  if (c.current >= c.candidates.size() || c.candidates[c.current].get() != compiler) return;
  c.tried.push_back(why);
  ++c.current;
  base::log_once(base::LogLevel::warning, why + "; trying the next compiler");
}
}  // namespace

Compiler* compiler() {
  std::lock_guard lock(choice().mutex);
  return current(choice());
}

namespace {
// C++ by the system's compiler where there is one: its linker knows exceptions and objects with
// constructors. Nothing when it cannot take C++ here.
std::shared_ptr<Module> compile_cpp_by_system(const Source& source) {
  Compiler* system = nullptr;
  {
    Choice& c = choice();
    std::lock_guard lock(c.mutex);
    current(c);
    for (std::size_t i = c.current; i < c.candidates.size() && !system; ++i)
      if (c.candidates[i]->origin() == Origin::system) system = c.candidates[i].get();
  }
  if (!system) return nullptr;
  try {
    return system->compile(source);
  } catch (const Unavailable&) {
    return nullptr;
  } catch (const TextError& e) {
    if (e.diagnostics.find("cc1plus") == std::string::npos) throw;  // a cc without its C++ part
    return nullptr;
  }
}
}  // namespace

std::shared_ptr<Module> compile(const Source& source) {
  if (source.language == Language::cpp) {
    if (auto module = compile_cpp_by_system(source)) return module;
  }
  while (Compiler* c = compiler()) {
    try {
      auto module = c->compile(source);
      if (module->origin() != Origin::cache)
        base::log_once(base::LogLevel::info, "kernels are compiled by " + c->name());
      return module;
    } catch (const Unavailable& e) {
      give_up(choice(), c, e.what());
    }
  }
  return nullptr;
}

std::string describe() {
  std::string text;
  {
    Choice& c = choice();
    std::lock_guard lock(c.mutex);
    decide(c);
    text += "jit: " + base::config().jit() + "\n";
    if (c.current < c.candidates.size())
      text += "compiler: " + c.candidates[c.current]->name() + "\n";
    else
      text += "compiler: none, functions are interpreted\n";
    for (const std::string& failure : c.tried) text += "  " + failure + "\n";
  }
  std::string plugin = find_plugin();
  text += "plugin: " + (plugin.empty() ? "none" : plugin) + "\n";
  text += "cpu: " + base::config().cpu() + ", this machine: " + host_cpu_text() + "\n";
  if (ArtifactCache* cache = artifact_cache()) {
    auto stats = cache->stats();
    text += "cache: " + cache->folder() + ", " + base::format_number(stats.entries) + " entries, " +
            base::format_bytes(stats.bytes) + (cache->read_only() ? ", read only" : "") + "\n";
  } else {
    text += "cache: off\n";
  }
  return text;
}

namespace detail {
void forget_compilers() {
  std::lock_guard lock(choice().mutex);
  choice().decided = false;
}
}  // namespace detail
}  // namespace kroton::jit
