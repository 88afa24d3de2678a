// SPDX-License-Identifier: BSD-3-Clause
// Says which values of a recurrence go through memory: those that another stage reads, or what is
// computed between stages; and whether they are there by then. They lie in an array of their own,
// or where a result of a later stage goes, if nobody reads them once that is written.
#include <algorithm>

#include "kroton/base/at.h"
#include "kroton/graph/op.h"
#include "kroton/tensor/detail/steps.h"

namespace kroton::tensor {
namespace {

class Memory {
 public:
  explicit Memory(Steps& found) : found_(found) {}

  bool run() {
    for (int r = 0; r < found_.role_count(); ++r) {
      if (role(r).recurrent) across_stages(role(r).stage, r);
    }
    for (const Sink& sink : found_.sinks) {
      if (!role(sink.role).recurrent) across_stages(sink.stage, sink.role);
      for (int k = sink.offset; k < sink.end(); ++k) {
        if (!stage(sink.stage).has(k)) between(sink.parts[sink.of_step(k)]);
      }
    }
    for (int r = 0; r < found_.role_count(); ++r) {
      if (!starts(role(r))) return false;
    }
    // What a stage does not compute of a role that is read from memory is put there, too.
    for (bool grows = true; grows;) {
      grows = false;
      for (int r = 0; r < found_.role_count(); ++r) grows |= border(r);
    }
    for (const Sink& sink : found_.sinks) {
      const std::set<int>& needed = role(sink.role).needed;
      if (!needed.empty() && !(sink.has(*needed.begin()) && sink.has(*needed.rbegin())))
        return false;
    }
    for (const Role& role : found_.roles) {
      if (!is_there(role)) return false;
    }
    for (int s = 0; s < static_cast<int>(found_.sinks.size()); ++s) {
      for (int r = 0; r < found_.role_count(); ++r) {
        if (can_lie_in(r, at(found_.sinks, s))) {
          role(r).host = s;
          break;
        }
      }
    }
    return true;
  }

 private:
  // A stage reads a role as it is LAG steps before its own; or it is read before stage BEFORE.
  struct Reading {
    int role, before, lag;
    bool by_stage;
  };
  Role& role(int r) { return at(found_.roles, r); }
  const RolledStage& stage(int s) const { return at(found_.stages, s); }

  void across_stages(int s, int r) {
    for (const Role::Input& input : found_.targets(r)) {
      if (role(input.role).stage == s) continue;
      readings_.push_back({input.role, s, input.lag, true});
      for (int k = stage(s).low; k < stage(s).high; ++k)
        role(input.role).needed.insert(k - input.lag);
    }
  }
  bool starts(const Role& role) {
    if (role.delays == 0) return true;
    const RolledStage& own = stage(role.stage);
    for (int d = 1; d <= role.delays; ++d) {
      const int k = own.first() - d * own.direction;
      if (!role.has_at(k) || available_after(found_, at(role.at, k)) > role.stage) return false;
      between(at(role.at, k), role.stage);
    }
    return true;
  }
  bool border(int r) {
    bool grows = false;
    const std::set<int> needed = role(r).needed;
    for (int k : needed) {
      if (role(r).has_at(k) && !stage(role(r).stage).has(k)) grows |= between(at(role(r).at, k));
    }
    return grows;
  }
  bool is_there(const Role& role) const {
    return std::all_of(role.needed.begin(), role.needed.end(), [&](int k) {
      return role.has_at(k) && (stage(role.stage).has(k) ||
                                available_after(found_, at(role.at, k)) <= role.stage + 1);
    });
  }

  // X is computed between stages (-1: as soon as it can be): what does it read that they computed?
  bool between(const Variable& x, int before = -1) {
    if (before < 0) before = available_after(found_, x);
    bool grows = false;
    std::vector<Variable> open{x};
    std::set<const void*> seen;
    while (!open.empty()) {
      const Variable y = open.back();
      open.pop_back();
      if (!seen.insert(y.key()).second) continue;
      if (const auto staged = found_.staged(y)) {
        Role& from = role(staged->first);
        // The last value is still carried.
        if (stage(from.stage).last() == staged->second && from.delays > 0) continue;
        if (!from.needed.insert(staged->second).second && before_.contains({y.key(), before}))
          continue;
        before_.insert({y.key(), before});
        readings_.push_back({staged->first, before, 0, false});
        grows = true;
      } else if (y.owner() && found_.is_inside(y.owner()) && !is_element_read(y.owner())) {
        open.insert(open.end(), y.owner().inputs().begin(), y.owner().inputs().end());
      }
    }
    return grows;
  }

  // Whether nobody reads the role's values any more where the sink's are written.
  bool can_lie_in(int r, const Sink& sink) {
    const Role& passing = role(r);
    if (!passing.recurrent || passing.needed.empty() || passing.host >= 0 || passing.seen ||
        passing.stage >= sink.stage || !sink.has(*passing.needed.begin()) ||
        !sink.has(*passing.needed.rbegin()) || !sink.has(stage(passing.stage).low) ||
        !sink.has(stage(passing.stage).high - 1))
      return false;
    for (const Sink& other : found_.sinks) {
      if (other.role == r) return false;
    }
    std::vector<bool> flags = sink.z.type().broadcastable();
    flags.erase(flags.begin() + sink.axis);
    const Variable& x = found_.typical(passing);
    if (x.dtype() != sink.z.dtype() || x.type().broadcastable() != flags) return false;
    const bool read_in_time =
        std::all_of(readings_.begin(), readings_.end(), [&](const Reading& reading) {
          return reading.role != r || reading.before < sink.stage ||
                 (reading.before == sink.stage &&
                  (!reading.by_stage || reading.lag * stage(sink.stage).direction <= 0));
        });
    if (!read_in_time) return false;
    for (int k = sink.offset; k < sink.end(); ++k) {
      const Variable& part = sink.parts[sink.of_step(k)];
      if (stage(sink.stage).has(k) || available_after(found_, part) > sink.stage) continue;
      if ((passing.needed.contains(k) || stage(passing.stage).has(k)) &&
          !(passing.has_at(k) && at(passing.at, k) == part))
        return false;
    }
    return true;
  }

  Steps& found_;
  std::vector<Reading> readings_;
  std::set<std::pair<const void*, int>> before_;
};
}  // namespace

bool plan_memory(Steps& steps) { return Memory(steps).run(); }
}  // namespace kroton::tensor
