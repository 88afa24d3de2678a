// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/jit/plugin_compiler.h"

#include <mutex>

#include "kroton/base/config.h"
#include "kroton/base/dynlib.h"
#include "kroton/base/files.h"
#include "kroton/base/text.h"
#include "kroton/jit/detail/diagnostics.h"
#include "kroton/jit/detail/symbols.h"
#include "kroton/jit/host_cpu.h"
#include "kroton/jit/plugin/plugin.h"

namespace kroton::jit {
namespace {
constexpr std::string_view plugin_file = "libkroton_jit.so";

class PluginCompiler final : public Compiler {
 public:
  explicit PluginCompiler(std::string path) : path_(std::move(path)), cpu_(kernel_cpu()) {
    auto file = base::file_identity(path_);
    identity_ =
        "plugin " + base::format_number(KROTON_JIT_INTERFACE) + " " +
        (file ? base::format_number(file->size) + " " + base::format_number(file->modified_ns)
              : std::string("missing")) +
        "; cpu " + (cpu_ == "native" ? host_cpu_identity() : cpu_);
  }

  std::string name() const override {
    std::lock_guard lock(mutex_);
    return plugin_ ? std::string(plugin_->version()) + " (plugin)"
                   : "clang (plugin, not yet loaded)";
  }
  Origin origin() const override { return Origin::plugin; }
  std::string identity() const override { return identity_; }

  Built build(const Source& source) override {
    const kroton_jit_plugin& plugin = loaded();
    std::vector<const char*> flags;
    for (const std::string& flag : source.flags) flags.push_back(flag.c_str());
    kroton_jit_request request{source.text.c_str(),
                               source.text.size(),
                               detail::file_name,
                               cpu_.c_str(),
                               flags.data(),
                               flags.size(),
                               source.language == Language::cpp};
    kroton_jit_result result;
    plugin.compile(&request, &result);
    bool ok = result.ok;
    std::string diagnostics = result.diagnostics;
    Built built{std::string(static_cast<const char*>(result.object), result.object_size)};
    for (std::string_view path : base::split(result.dependencies, '\n'))
      if (!path.empty()) built.dependencies.emplace_back(path);
    plugin.release(&result);
    if (!ok) detail::throw_compile_error(source, plugin.version(), diagnostics);
    return built;
  }

  Module::Lookup load_foreign(const std::string& object, const Source& source) override {
    const kroton_jit_plugin& plugin = loaded();
    auto symbols = std::make_shared<detail::Symbols>(source);
    char* why = nullptr;
    auto lookup = [](void* context, const char* name) {
      return static_cast<detail::Symbols*>(context)->find(name);
    };
    void* code = plugin.load(object.data(), object.size(), lookup, symbols.get(), &why);
    if (!code) {
      std::string reason = why ? why : "unknown reason";
      plugin.free_text(why);
      throw CompileError(source.label + ": the compiled code cannot be loaded: " + reason);
    }
    // Code goes before the libraries that it calls.
    std::shared_ptr<void> owner(code, [&plugin, symbols](void* c) { plugin.unload(c); });
    return [&plugin, owner](std::string_view name) {
      return plugin.symbol(owner.get(), std::string(name).c_str());
    };
  }

 private:
  const kroton_jit_plugin& loaded() {
    std::lock_guard lock(mutex_);
    if (plugin_) return *plugin_;
    std::string why;
    auto lib = base::Dynlib::try_open(path_, &why);
    if (!lib) throw Unavailable("embedded compiler: " + why);
    auto entry = reinterpret_cast<kroton_jit_entry>(lib.find(KROTON_JIT_ENTRY));
    const kroton_jit_plugin* plugin = entry ? entry() : nullptr;
    if (!plugin || plugin->interface != KROTON_JIT_INTERFACE)
      throw Unavailable("embedded compiler: " + path_ + " belongs to another version of Kroton");
    // LLVM cannot be unloaded: its objects are used until the process ends.
    lib.leak();
    plugin_ = plugin;
    return *plugin_;
  }

  std::string path_, cpu_, identity_;
  mutable std::mutex mutex_;
  const kroton_jit_plugin* plugin_ = nullptr;
};
}  // namespace

std::string find_plugin() {
  const std::string& chosen = base::config().jit_plugin();
  if (chosen == "none") return "";
  if (!chosen.empty()) return chosen;
  return base::find_beside(reinterpret_cast<const void*>(&find_plugin), plugin_file);
}

std::unique_ptr<Compiler> make_plugin_compiler(const std::string& path) {
  return std::make_unique<PluginCompiler>(path);
}
}  // namespace kroton::jit
