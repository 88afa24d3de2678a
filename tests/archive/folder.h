// SPDX-License-Identifier: BSD-3-Clause
// A folder of its own for the files of a test.
#pragma once
#include <filesystem>
#include <stdexcept>
#include <string>

#include <stdlib.h>

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "kroton_archive_XXXXXX").string();
    if (!mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};
