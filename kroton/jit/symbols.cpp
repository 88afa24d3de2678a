// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/jit/detail/symbols.h"

#include <dlfcn.h>

#include <filesystem>
#include <mutex>
#include <system_error>
#include <unordered_map>

#include "kroton/base/dynlib.h"
#include "kroton/base/files.h"
#include "kroton/jit/detail/diagnostics.h"

namespace kroton::jit {
namespace {
struct Provided {
  std::mutex mutex;
  std::unordered_map<std::string, void*> symbols;
};

Provided& provided() {
  static Provided& table = *new Provided;
  return table;
}
}  // namespace

void provide_symbol(std::string_view name, const void* address) {
  std::lock_guard lock(provided().mutex);
  provided().symbols[std::string(name)] = const_cast<void*>(address);
}

namespace detail {
struct Symbols::Libraries {
  std::vector<base::Dynlib> opened;
};

namespace {
// libNAME.so.VERSION in one of the folders, for machines without the package that has libNAME.so.
std::string versioned_library(const std::string& file, std::vector<std::string> folders) {
  for (const char* folder : {"/usr/local/lib", "/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu",
                             "/lib/aarch64-linux-gnu", "/lib64", "/usr/lib64", "/lib", "/usr/lib"})
    folders.emplace_back(folder);
  for (const std::string& folder : folders) {
    std::string best;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
      const std::string name = entry.path().filename();
      const bool fits = name.size() > file.size() + 1 && name.starts_with(file + ".") &&
                        name.find_first_not_of("0123456789.", file.size()) == std::string::npos;
      // The shortest name is the one that programs are linked to: libz.so.1, not libz.so.1.2.13.
      if (fits && (best.empty() || name.size() < best.size() ||
                   (name.size() == best.size() && name > best)))
        best = name;
    }
    if (!best.empty()) return base::path_join(folder, best);
  }
  return "";
}

base::Dynlib open_library(const std::string& name, const Source& source) {
  if (name.find('/') != std::string::npos) return base::Dynlib(name);
  std::string file = "lib" + name + ".so";
  for (const std::string& folder : source.library_dirs) {
    std::string path = base::path_join(folder, file);
    if (base::file_identity(path)) return base::Dynlib(path);
  }
  std::string why;
  auto lib = base::Dynlib::try_open(file, &why);
  if (lib) return lib;
  if (const std::string path = versioned_library(file, source.library_dirs); !path.empty()) {
    if (auto found = base::Dynlib::try_open(path)) return found;
  }
  // libm.so and libc.so are texts for the linker; what they stand for is in the process already.
  if (name == "m" || name == "c" || name == "pthread" || name == "dl") return lib;
  throw Error(source.label + ": library '" + name + "' cannot be opened: " + why +
              "; give its folder or its path");
}
}  // namespace

Symbols::Symbols(const Source& source) : libraries_(std::make_unique<Libraries>()) {
  for (const std::string& name : source.libraries)
    libraries_->opened.push_back(open_library(name, source));
}

Symbols::~Symbols() = default;

void* Symbols::find(const std::string& name) const {
  {
    std::lock_guard lock(provided().mutex);
    auto found = provided().symbols.find(name);
    if (found != provided().symbols.end()) return found->second;
  }
  for (const base::Dynlib& lib : libraries_->opened)
    if (void* address = lib.find(name.c_str())) return address;
  if (void* address = ::dlsym(RTLD_DEFAULT, name.c_str())) return address;
  // A program may use Kroton without using libm itself.
  static void* const libm = ::dlopen("libm.so.6", RTLD_NOW | RTLD_LOCAL);
  return libm ? ::dlsym(libm, name.c_str()) : nullptr;
}
}  // namespace detail
}  // namespace kroton::jit
