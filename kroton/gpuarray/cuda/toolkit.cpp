// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/cuda/toolkit.h"

#include <cstdlib>

namespace kroton::gpuarray::cuda {
base::Dynlib open_toolkit_library(const std::string& path, const std::string& stem,
                                  const std::vector<std::string>& versions, std::string& why) {
  if (!path.empty()) return base::Dynlib::try_open(path, &why);
  std::vector<std::string> folders{""};
  if (const char* root = std::getenv("CUDA_PATH")) folders.push_back(std::string(root) + "/lib64/");
  folders.push_back("/usr/local/cuda/lib64/");
  for (const std::string& folder : folders) {
    for (const std::string& version : versions) {
      if (auto library = base::Dynlib::try_open(folder + stem + "." + version)) return library;
    }
  }
  why = "no " + stem + "." + versions.front() + " is found, nor an older one; it comes with the " +
        "CUDA toolkit";
  return {};
}
}  // namespace kroton::gpuarray::cuda
