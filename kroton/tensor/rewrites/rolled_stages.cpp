// SPDX-License-Identifier: BSD-3-Clause
// Cuts the roles of a recurrence into ordered stages, forward and backward. Within a stage a value
// of an earlier step is carried; what no stage depends on is computed where it is read.
#include <algorithm>
#include <map>

#include "kroton/base/at.h"
#include "kroton/graph/op.h"
#include "kroton/tensor/detail/steps.h"

namespace kroton::tensor {
namespace {

using Targets = std::vector<Role::Input>;

class Planner {
 public:
  explicit Planner(Steps& found) : found_(found), placing_(found.roles.size()) {
    for (int r = 0; r < found.role_count(); ++r) reached_.push_back(found.reached(r));
  }

  bool run() {
    for (int r = 0; r < found_.role_count(); ++r) {
      if (role(r).recurrent && !place(r)) return false;
    }
    for (Sink& sink : found_.sinks) {
      if (role(sink.role).recurrent) {
        sink.stage = role(sink.role).stage;
      } else {
        sink.stage = chosen(0, found_.targets(sink.role));
      }
    }
    return cut() && count_delays();
  }

 private:
  Role& role(int r) { return at(found_.roles, r); }
  bool together(int a, int b) const { return at(at(reached_, a), b) && at(at(reached_, b), a); }

  // Gives a role, and those that depend on it and it on them, their stage.
  bool place(int r) {
    if (role(r).stage >= 0) return true;
    if (at(placing_, r)) return false;
    std::vector<int> members;
    int direction = 0;
    Targets outside;
    for (int m = 0; m < found_.role_count(); ++m) {
      if (!role(m).recurrent || (m != r && !together(m, r))) continue;
      members.push_back(m);
      at(placing_, m) = true;
      for (const Role::Input& input : found_.targets(m)) {
        if (input.role != m && !together(input.role, m)) {
          outside.push_back(input);
        } else if (input.lag != 0) {
          const int way = input.lag > 0 ? 1 : -1;
          if (direction == -way) return false;
          direction = way;
        }
      }
    }
    for (const Role::Input& input : outside) {
      if (!place(input.role)) return false;
    }
    const int stage = chosen(direction, outside);
    for (int m : members) role(m).stage = stage;
    return true;
  }
  // The first stage that goes this way (0: any) in which all that is read is there.
  int chosen(int direction, const Targets& read) {
    int first = 0;
    for (const Role::Input& input : read) first = std::max(first, role(input.role).stage);
    for (int s = first; s < static_cast<int>(found_.stages.size()); ++s) {
      const int way = at(found_.stages, s).direction;
      const bool fits = std::all_of(read.begin(), read.end(), [&](const Role::Input& input) {
        return role(input.role).stage < s || input.lag * way >= 0;
      });
      if (fits && (direction == 0 || direction == way)) return s;
    }
    found_.stages.push_back({.direction = direction == 0 ? 1 : direction});
    return static_cast<int>(found_.stages.size()) - 1;
  }

  // The steps of each stage: those at which all that it computes is computed alike.
  bool cut() {
    for (std::size_t s = 0; s < found_.stages.size(); ++s) {
      RolledStage& stage = found_.stages[s];
      stage.low = 0;
      stage.high = found_.count;
      std::vector<char> seen(found_.roles.size());
      std::vector<int> open;
      for (int r = 0; r < found_.role_count(); ++r) {
        if (role(r).stage == static_cast<int>(s)) open.push_back(r);
      }
      for (const Sink& sink : found_.sinks) {
        if (sink.stage != static_cast<int>(s)) continue;
        open.push_back(sink.role);
        stage.low = std::max(stage.low, sink.offset);
        stage.high = std::min(stage.high, sink.end());
      }
      while (!open.empty()) {
        const int r = open.back();
        open.pop_back();
        if (at(seen, r)) continue;
        at(seen, r) = true;
        if (role(r).kind == Role::Kind::computed) {
          stage.low = std::max(stage.low, role(r).low);
          stage.high = std::min(stage.high, role(r).high);
        }
        for (const Role::Input& input : role(r).inputs) {
          if (input.role >= 0 && !role(input.role).recurrent) open.push_back(input.role);
        }
      }
      if (stage.low >= found_.middle() || stage.high <= found_.middle() + 1 ||
          stage.high - stage.low < found_.count - std::max(4, found_.count / 4))
        return false;
    }
    return true;
  }

  bool count_delays() {
    const auto look = [&](int stage, const Targets& read) {
      for (const Role::Input& input : read) {
        Role& from = role(input.role);
        if (from.stage == stage) from.delays = std::max(from.delays, std::abs(input.lag));
      }
    };
    for (int r = 0; r < found_.role_count(); ++r) {
      if (role(r).recurrent) look(role(r).stage, found_.targets(r));
    }
    for (const Sink& sink : found_.sinks) {
      if (!role(sink.role).recurrent) look(sink.stage, found_.targets(sink.role));
    }
    return std::all_of(found_.roles.begin(), found_.roles.end(), [&](const Role& role) {
      return role.delays < 8 &&
             (role.stage < 0 ||
              role.delays < at(found_.stages, role.stage).high - at(found_.stages, role.stage).low);
    });
  }

  Steps& found_;
  std::vector<std::vector<char>> reached_;
  std::vector<char> placing_;
};
}  // namespace

std::vector<Role::Input> Steps::targets(int r) const {
  std::vector<Role::Input> all;
  std::vector<char> seen(roles.size());
  std::vector<int> open{r};
  while (!open.empty()) {
    const int reader = open.back();
    open.pop_back();
    for (const Role::Input& input : at(roles, reader).inputs) {
      if (input.role < 0) continue;
      if (at(roles, input.role).recurrent) {
        all.push_back(input);
      } else if (!at(seen, input.role)) {
        at(seen, input.role) = true;
        open.push_back(input.role);
      }
    }
  }
  return all;
}

bool plan_stages(Steps& steps) { return Planner(steps).run(); }

int available_after(const Steps& steps, const Variable& x) {
  int after = 0;
  std::vector<Variable> open{x};
  std::set<const void*> seen;
  while (!open.empty()) {
    const Variable y = open.back();
    open.pop_back();
    if (!seen.insert(y.key()).second) continue;
    if (const auto staged = steps.staged(y)) {
      after = std::max(after, at(steps.roles, staged->first).stage + 1);
    } else if (y.owner() && steps.is_inside(y.owner()) && !is_element_read(y.owner())) {
      open.insert(open.end(), y.owner().inputs().begin(), y.owner().inputs().end());
    }
  }
  return after;
}
}  // namespace kroton::tensor
