// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/base/dynlib.h"

#include <dlfcn.h>

#include <utility>

#include "kroton/base/errors.h"

namespace kroton::base {
Dynlib::Dynlib(const std::string& path) {
  std::string why;
  *this = try_open(path, &why);
  // The loader's text names the file already, except where it names a file that this one needs.
  if (!*this) throw Error(why.find(path) == std::string::npos ? path + ": " + why : why);
}

Dynlib Dynlib::try_open(const std::string& path, std::string* why) {
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
}  // namespace kroton::base
