// SPDX-License-Identifier: BSD-3-Clause
// Finding before building: modules of this process, then the disk, then the compiler.
#include "kroton/jit/compiler.h"

#include <deque>
#include <future>
#include <mutex>
#include <unordered_map>

#include "kroton/base/config.h"
#include "kroton/base/files.h"
#include "kroton/base/log.h"
#include "kroton/base/text.h"
#include "kroton/jit/artifact_cache.h"
#include "kroton/jit/detail/diagnostics.h"
#include "kroton/jit/detail/symbols.h"
#include "kroton/jit/object_loader.h"

namespace kroton::jit {
namespace {
using ModulePtr = std::shared_ptr<Module>;

// Modules by key. The latest stay although nobody holds them: a function is often built again.
struct Memory {
  static constexpr std::size_t kept = 256;
  std::mutex mutex;
  std::unordered_map<std::string, std::weak_ptr<Module>> modules;
  std::unordered_map<std::string, std::shared_future<ModulePtr>> in_work;
  std::deque<ModulePtr> latest;
};

Memory& memory() {
  static Memory& the_memory = *new Memory;
  return the_memory;
}

std::string key_of(const Compiler& compiler, const Source& source) {
  const std::string kind =
      source.family.empty() ? "kernel" : versioned_kind(source.family, source.version);
  return artifact_key(
      kind, {compiler.identity(), source.text, source.language == Language::c ? "c" : "c++",
             base::join(source.flags, "\n"), base::join(source.libraries, "\n"),
             base::join(source.library_dirs, "\n")});
}

// A stored object: lines "PATH SIZE TIME" of the files that it was made from, an empty line, the
// object.
std::string identity_line(const std::string& path) {
  auto file = base::file_identity(path);
  if (!file) return path + " missing";
  return path + " " + base::format_number(file->size) + " " +
         base::format_number(file->modified_ns);
}

std::string pack(const Built& built) {
  std::string bytes;
  for (const std::string& path : built.dependencies) bytes += identity_line(path) + "\n";
  return bytes + "\n" + built.object;
}

// Nothing when a file changed since, or the bytes are no packed object.
std::optional<std::string> unpack(const std::string& bytes) {
  std::size_t at = 0;
  for (;;) {
    std::size_t end = bytes.find('\n', at);
    if (end == std::string::npos) return {};
    std::string line = bytes.substr(at, end - at);
    at = end + 1;
    if (line.empty()) return bytes.substr(at);
    std::size_t last = line.rfind(' ');
    std::size_t before = last == std::string::npos ? last : line.rfind(' ', last - 1);
    if (before == std::string::npos || identity_line(line.substr(0, before)) != line) return {};
  }
}

ModulePtr load(Compiler& compiler, const Source& source, const std::string& object, Origin origin) {
  Module::Lookup lookup;
  // Inline functions of C++ and constructors are a full linker's work.
  if (source.language == Language::c) {
    try {
      auto symbols = std::make_shared<detail::Symbols>(source);
      auto code = std::make_shared<LoadedObject>(
          object, [&](const std::string& name) { return symbols->find(name); }, source.label);
      lookup = [symbols, code](std::string_view name) { return code->symbol(name); };
    } catch (const UnsupportedError& e) {
      base::log(base::LogLevel::debug, source.label + ": " + e.what());
    }
  }
  if (!lookup) lookup = compiler.load_foreign(object, source);
  auto module = std::make_shared<Module>(std::move(lookup), origin, source.label);
  for (const std::string& symbol : source.symbols) module->symbol(symbol);
  return module;
}

ModulePtr find_on_disk(Compiler& compiler, const Source& source, const std::string& key) {
  ArtifactCache* cache = source.keep ? artifact_cache() : nullptr;
  auto bytes = cache ? cache->find(key) : std::nullopt;
  auto object = bytes ? unpack(*bytes) : std::nullopt;
  if (!object) return nullptr;
  try {
    return load(compiler, source, *object, Origin::cache);
  } catch (const Error& e) {
    // Whole, and yet not what was asked for: building it again tells what is wrong.
    base::log(base::LogLevel::debug, "artifact cache: " + key + ": " + e.what());
    return nullptr;
  }
}

ModulePtr find_or_build(Compiler& compiler, const Source& source, const std::string& key) {
  save_text(source.text, key + ".c");
  if (ModulePtr found = find_on_disk(compiler, source, key)) return found;
  Built built = compiler.build(source);
  ModulePtr module = load(compiler, source, built.object, compiler.origin());
  if (ArtifactCache* cache = source.keep ? artifact_cache() : nullptr)
    cache->store(key, pack(built));
  return module;
}

void remember(Memory& m, const std::string& key, const ModulePtr& module) {
  if (m.modules.size() > 4 * Memory::kept)
    std::erase_if(m.modules, [](const auto& entry) { return entry.second.expired(); });
  m.modules[key] = module;
  m.latest.push_back(module);
  if (m.latest.size() > Memory::kept) m.latest.pop_front();
}
}  // namespace

void save_text(const std::string& text, const std::string& file) {
  const std::string& folder = base::config().save_kernels();
  if (folder.empty()) return;
  try {
    base::make_private_folder(folder);
    base::write_file(base::path_join(folder, file), text);
  } catch (const Error& e) {
    base::log_once(base::LogLevel::warning, std::string("save_kernels: ") + e.what());
  }
}

Compiler::~Compiler() = default;

std::string_view name(Origin origin) {
  constexpr std::string_view names[] = {"plugin", "system", "cache"};
  return names[static_cast<int>(origin)];
}

void* Module::symbol(std::string_view name) const {
  if (void* address = lookup_(name)) return address;
  throw CompileError(label_ + ": the compiled text does not define '" + std::string(name) + "'");
}

ModulePtr Compiler::compile(const Source& source) {
  const std::string key = key_of(*this, source);
  Memory& m = memory();
  std::promise<ModulePtr> promise;
  std::shared_future<ModulePtr> other;
  ModulePtr module;
  {
    std::lock_guard lock(m.mutex);
    if (auto found = m.modules.find(key); found != m.modules.end()) module = found->second.lock();
    if (!module) {
      if (auto working = m.in_work.find(key); working != m.in_work.end())
        other = working->second;
      else
        m.in_work.emplace(key, promise.get_future().share());
    }
  }
  if (!module && other.valid()) module = other.get();
  if (module) {
    for (const std::string& symbol : source.symbols) module->symbol(symbol);
    return module;
  }
  ModulePtr dropped;  // its code is unmapped outside the lock
  try {
    module = find_or_build(*this, source, key);
    std::lock_guard lock(m.mutex);
    if (m.latest.size() >= Memory::kept) dropped = m.latest.front();
    remember(m, key, module);
    m.in_work.erase(key);
  } catch (...) {
    {
      std::lock_guard lock(m.mutex);
      m.in_work.erase(key);
    }
    promise.set_exception(std::current_exception());
    throw;
  }
  promise.set_value(module);
  return module;
}

namespace detail {
void throw_compile_error(const Source& source, const std::string& compiler,
                         const std::string& diagnostics) {
  std::string first = "it does not compile";
  int errors = 0;
  for (std::string_view line : base::split(diagnostics, '\n')) {
    if (line.find("error:") == std::string_view::npos) continue;
    if (errors++ == 0) first = line;
  }
  std::string text = source.label + ": " + first;
  if (errors > 1) text += " (and " + base::format_number(errors - 1) + " more)";
  // clang and GCC say it differently.
  if (diagnostics.find("file not found") != std::string::npos ||
      diagnostics.find(": No such file or directory") != std::string::npos)
    text += source.language == Language::c
                ? "; headers beyond stddef, stdint, math, string, stdlib and stdio come from the "
                  "system (Debian package libc6-dev) or from a folder given with -I"
                : "; headers of C++ come from the system (Debian package libstdc++-dev, as "
                  "libstdc++-12-dev) or from a folder given with -I";
  text += "\n" + compiler + ":\n" + diagnostics;
  if (!diagnostics.ends_with('\n')) text += '\n';
  throw TextError(text + source.label + ", the text:\n" + base::number_lines(source.text), compiler,
                  diagnostics);
}

void forget_modules() {
  std::deque<ModulePtr> dropped;
  std::lock_guard lock(memory().mutex);
  dropped.swap(memory().latest);
  memory().modules.clear();
}
}  // namespace detail
}  // namespace kroton::jit
