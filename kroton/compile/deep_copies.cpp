// SPDX-License-Identifier: BSD-3-Clause
#include <unordered_map>
#include <unordered_set>

#include "kroton/compile/deep_copy.h"
#include "kroton/compile/detail/maker.h"
#include "kroton/compile/view.h"
#include "kroton/graph/op.h"

namespace kroton::inline compile {
namespace detail {
namespace {
// The variable whose memory X shares, through views and through ops that write in place.
Variable memory_root(const Variable& x) {
  Variable root = x;
  while (const Apply owner = root.owner()) {
    const AliasMap views = owner.op().view_map(), destroys = owner.op().destroy_map();
    const auto view = views.find(root.index());
    const auto destroy = destroys.find(root.index());
    if (view != views.end() && !view->second.empty()) {
      root = owner.inputs()[static_cast<std::size_t>(view->second[0])];
    } else if (destroy != destroys.end() && !destroy->second.empty()) {
      root = owner.inputs()[static_cast<std::size_t>(destroy->second[0])];
    } else {
      break;
    }
  }
  return root;
}

std::unordered_set<Variable> destroyed_roots(const FunctionGraph& fgraph) {
  std::unordered_set<Variable> roots;
  for (const Apply& node : fgraph.apply_nodes()) {
    for (const auto& [output, inputs] : node.op().destroy_map()) {
      for (const int i : inputs)
        roots.insert(memory_root(node.inputs()[static_cast<std::size_t>(i)]));
    }
  }
  return roots;
}

struct Holder {
  bool borrow;      // its owner agreed to share
  bool left_alone;  // updated or overwritten: what it held before is the output's now
};
}  // namespace

void insert_deep_copies(FunctionGraph& fgraph, const Request& request, const Cloned& cloned) {
  const std::size_t user_inputs = cloned.inputs.size(), user_outputs = cloned.outputs.size();
  const std::unordered_set<Variable> destroyed = destroyed_roots(fgraph);
  std::unordered_map<Variable, Holder> holders;
  for (std::size_t i = 0; i < fgraph.inputs().size(); ++i) {
    const bool borrow = i >= user_inputs || request.inputs.list()[i].borrow();
    holders.emplace(fgraph.inputs()[i], Holder{borrow, destroyed.contains(fgraph.inputs()[i])});
  }
  for (const UpdateTarget& target : cloned.targets) {
    const Variable& held = target.shared ? Variable(*target.shared)
                                         : fgraph.inputs()[static_cast<std::size_t>(target.input)];
    if (const auto found = holders.find(held); found != holders.end())
      found->second.left_alone = true;
  }
  Variables roots;
  for (const Variable& output : fgraph.outputs()) roots.push_back(memory_root(output));
  const auto borrows = [&](std::size_t o) {
    return o >= user_outputs || request.outputs.list()[o].options().borrow;
  };
  const auto protect = [&](std::size_t o, bool both_borrow) {
    const Variable old = fgraph.outputs()[o];
    const Variable fresh = both_borrow ? ViewOp().make_node({old}).outputs()[0]
                                       : DeepCopyOp().make_node({old}).outputs()[0];
    fresh.owner().set_line(old.line());
    fgraph.change_output(static_cast<int>(o), fresh, both_borrow ? "ViewOp" : "DeepCopyOp");
  };
  for (std::size_t o = 0; o < roots.size(); ++o) {
    const bool is_update = o >= user_outputs;
    std::size_t later = o + 1;
    while (later < roots.size() && !(roots[later] == roots[o])) ++later;
    bool shares = later < roots.size(), view = borrows(o) && (!shares || borrows(later));
    const auto holder = holders.find(roots[o]);
    if (holder != holders.end() && !holder->second.left_alone) {
      shares = true;
      // What a shared variable will hold must not be memory that someone else holds.
      view = view && holder->second.borrow && !is_update;
    } else if (as<Constant>(roots[o])) {
      shares = true;
      view = view && !is_update;
    }
    if (shares) protect(o, view);
  }
}
}  // namespace detail
}  // namespace kroton::inline compile
