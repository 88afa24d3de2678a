// SPDX-License-Identifier: BSD-3-Clause
// What the libraries of the CUDA toolkit have in common: they are found and opened at run time.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "kroton/base/dynlib.h"

namespace kroton::gpuarray::cuda {
// The first of the versions of a library of the CUDA toolkit ("libnvrtc.so", {"13", "12"}) that
// opens: by the loader's own search, then below $CUDA_PATH and /usr/local/cuda. PATH, when it is
// not empty, is the one to open. WHY says what was tried in vain.
base::Dynlib open_toolkit_library(const std::string& path, const std::string& stem,
                                  const std::vector<std::string>& versions, std::string& why);

// Sets FUNCTION; false, and why, when the library has none of that name.
template <class Function>
bool find_function(const base::Dynlib& library, const char* name, Function*& function,
                   std::string& why) {
  function = reinterpret_cast<Function*>(library.find(name));
  if (!function) why = library.path() + " has no function " + name;
  return function != nullptr;
}

// A library that a flag names, "none" for none at all.
template <class Library>
struct ByFlag {
  std::shared_ptr<const Library> library;
  std::string why;  // there is none
  ByFlag(const char* flag, const std::string& path) {
    if (path == "none") {
      why = std::string("the flag ") + flag + " is none";
    } else {
      library = Library::open(path, why);
    }
  }
};
}  // namespace kroton::gpuarray::cuda
