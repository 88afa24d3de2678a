// SPDX-License-Identifier: BSD-3-Clause
// The plan of the rooms, read from the same cmake/rooms.cmake that CMake builds by.
#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tree.h"

namespace check_tree {

struct Room {
  int storey = 0;
  std::vector<std::string> uses;
};

class Plan {
 public:
  // Reads lines `plan(name storey used...)`; says what contradicts itself (a room below that does
  // not exist, a storey that is not one above the highest room used).
  static Plan read(const Tree& tree, Findings& findings);
  bool has(const std::string& room) const { return rooms_.count(room) != 0; }
  int storey(const std::string& room) const { return rooms_.at(room).storey; }
  // The room itself and everything below it that it may use.
  const std::set<std::string>& reach(const std::string& room) const { return reach_.at(room); }

 private:
  std::map<std::string, Room> rooms_;
  std::map<std::string, std::set<std::string>> reach_;
};

}  // namespace check_tree
