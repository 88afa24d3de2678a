// SPDX-License-Identifier: BSD-3-Clause
// A shared library opened at run time (RTLD_NOW | RTLD_LOCAL) and closed by its last owner.
#pragma once
#include <string>
#include <string_view>

#include "kroton/base/api.h"

namespace kroton::base {
class Dynlib {
 public:
  Dynlib() = default;
  // Error with the loader's own words when the file cannot be opened.
  KROTON_API explicit Dynlib(const std::string& path);
  // Closed (`!lib`) when the file cannot be opened; the loader's words go to *why.
  KROTON_API static Dynlib try_open(const std::string& path, std::string* why = nullptr);
  // Whether something in this process has opened that file, without opening it.
  KROTON_API static bool is_loaded(const std::string& path);
  KROTON_API ~Dynlib();
  Dynlib(Dynlib&& other) noexcept;
  Dynlib& operator=(Dynlib&& other) noexcept;

  explicit operator bool() const { return handle_ != nullptr; }
  const std::string& path() const { return path_; }
  // nullptr when there is none.
  KROTON_API void* find(const char* symbol) const;
  // Error "PATH: symbol 'NAME' is missing" when there is none.
  KROTON_API void* get(const char* symbol) const;
  template <class Function>
  Function* function(const char* symbol) const {
    return reinterpret_cast<Function*>(get(symbol));
  }
  // Never closes: for a library whose code may still run when the process ends.
  void leak() { handle_ = nullptr; }

 private:
  void* handle_ = nullptr;
  std::string path_;
};

// The file (executable or shared library) that an address lies in, "" when unknown.
KROTON_API std::string file_of_address(const void* address);
// The path of FILE in the folder of the library (or program) that ADDRESS lies in, or in a folder
// lib of one of the five above it, as a build tree has it; "" when it is nowhere.
KROTON_API std::string find_beside(const void* address, std::string_view file);
}  // namespace kroton::base
