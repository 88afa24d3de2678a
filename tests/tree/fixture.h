// SPDX-License-Identifier: BSD-3-Clause
// A small tree in a temporary folder, right in every respect until a test spoils it.
#pragma once
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "rules.h"

namespace check_tree {

class SmallTree {
 public:
  SmallTree() {
    std::string pattern = (std::filesystem::temp_directory_path() / "check_tree_XXXXXX").string();
    root_ = mkdtemp(pattern.data());
    for (const std::string room : {"base", "left", "right", "high"}) {
      const auto folder = "kroton/" + room + "/";
      write(folder + "README.md", "What lives here.\n");
      write(folder + "CMakeLists.txt", licence('#') + "room(" + room + " SOURCES a.cpp)\n");
      write(folder + "a.h", licence('/') + "// What it is for.\n#pragma once\n");
      write(folder + "a.cpp", licence('/') + "#include \"" + folder + "a.h\"\n");
      write("tests/" + room + "/CMakeLists.txt",
            licence('#') + "room_test(" + room + " SOURCES a_test.cpp)\n");
      write("tests/" + room + "/a_test.cpp", licence('/'));
    }
    write("cmake/rooms.cmake",
          licence('#') +
              "plan(base 0)\nplan(left 1 base)\nplan(right 1 base)\nplan(high 2 left right)\n");
  }
  ~SmallTree() { std::filesystem::remove_all(root_); }
  SmallTree(const SmallTree&) = delete;
  SmallTree& operator=(const SmallTree&) = delete;

  static std::string licence(char comment) {
    return std::string(comment == '#' ? "#" : "//") + " SPDX-License-Identifier: BSD-3-Clause\n";
  }
  void write(const std::string& path, const std::string& text) const {
    std::filesystem::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }
  void append(const std::string& path, const std::string& text) const {
    std::ofstream(root_ / path, std::ios::app) << text;
  }
  void remove(const std::string& path) const { std::filesystem::remove_all(root_ / path); }
  Tree read() const { return Tree(root_); }

 private:
  std::filesystem::path root_;
};

}  // namespace check_tree
