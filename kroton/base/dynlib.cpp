// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/base/dynlib.h"

#include <dlfcn.h>

#include <climits>
#include <cstdlib>
#include <utility>

#include "kroton/base/errors.h"
#include "kroton/base/files.h"
#include "kroton/base/signals.h"

namespace kroton::base {
Dynlib::Dynlib(const std::string& path) {
  std::string why;
  *this = try_open(path, &why);
  // The loader's text names the file already, except where it names a file that this one needs.
  if (!*this) throw Error(why.find(path) == std::string::npos ? path + ": " + why : why);
}

Dynlib Dynlib::try_open(const std::string& path, std::string* why) {
  const SignalsBlocked blocked;  // libraries start threads when they are opened
  Dynlib lib;
  lib.path_ = path;
  lib.handle_ = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!lib.handle_ && why) {
    const char* text = ::dlerror();
    *why = text ? text : path + ": cannot be loaded";
  }
  return lib;
}

bool Dynlib::is_loaded(const std::string& path) {
  void* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_NOLOAD);
  if (handle) ::dlclose(handle);
  return handle != nullptr;
}

Dynlib::~Dynlib() {
  if (handle_) ::dlclose(handle_);
}

Dynlib::Dynlib(Dynlib&& other) noexcept
    : handle_(std::exchange(other.handle_, nullptr)), path_(std::move(other.path_)) {}

Dynlib& Dynlib::operator=(Dynlib&& other) noexcept {
  std::swap(handle_, other.handle_);
  std::swap(path_, other.path_);
  return *this;
}

void* Dynlib::find(const char* symbol) const {
  return handle_ ? ::dlsym(handle_, symbol) : nullptr;
}

void* Dynlib::get(const char* symbol) const {
  void* address = find(symbol);
  if (!address) throw Error(path_ + ": symbol '" + symbol + "' is missing");
  return address;
}

std::string file_of_address(const void* address) {
  Dl_info info;
  if (!::dladdr(address, &info) || !info.dli_fname) return "";
  return info.dli_fname;
}

std::string find_beside(const void* address, std::string_view file) {
  const auto real_path = [](const std::string& path) -> std::string {
    char buffer[PATH_MAX];
    return ::realpath(path.c_str(), buffer) ? buffer : "";
  };
  std::string holder = real_path(file_of_address(address));
  if (holder.empty()) holder = real_path("/proc/self/exe");
  const std::size_t slash = holder.rfind('/');
  std::string folder = slash == std::string::npos ? "" : holder.substr(0, slash);
  std::string beside = path_join(folder, file);
  if (file_identity(beside)) return beside;
  for (int up = 0; up < 5 && !folder.empty(); ++up) {
    std::string candidate = path_join(path_join(folder, "lib"), file);
    if (file_identity(candidate)) return candidate;
    folder.resize(folder.rfind('/'));
  }
  return "";
}
}  // namespace kroton::base
