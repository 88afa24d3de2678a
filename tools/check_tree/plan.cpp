// SPDX-License-Identifier: BSD-3-Clause
#include "plan.h"

#include <algorithm>

namespace check_tree {

Plan Plan::read(const Tree& tree, Findings& findings) {
  static const std::string path = "cmake/rooms.cmake";
  Plan plan;
  const File* file = tree.find(path);
  if (file == nullptr) {
    findings.push_back({path, 0, "there is no plan of the rooms"});
    return plan;
  }
  for (std::size_t i = 0; i < file->lines.size(); ++i) {
    if (!starts_with(file->lines[i], "plan(")) continue;
    const auto parts = words(file->lines[i]);
    if (parts.size() < 3) {
      findings.push_back({path, i + 1, "plan needs a room and its storey"});
      continue;
    }
    Room room{std::stoi(parts[2]), {parts.begin() + 3, parts.end()}};
    int above = 0;
    std::set<std::string> reach = {parts[1]};
    for (const auto& used : room.uses) {
      if (!plan.has(used)) {
        findings.push_back(
            {path, i + 1, parts[1] + " uses " + used + ", which is not planned above it"});
        continue;
      }
      above = std::max(above, plan.storey(used) + 1);
      reach.insert(plan.reach(used).begin(), plan.reach(used).end());
    }
    if (room.storey != above) {
      findings.push_back({path, i + 1,
                          parts[1] + " is on storey " + std::to_string(room.storey) +
                              "; one above the highest room it uses is " + std::to_string(above)});
    }
    plan.rooms_[parts[1]] = room;
    plan.reach_[parts[1]] = std::move(reach);
  }
  return plan;
}

}  // namespace check_tree
