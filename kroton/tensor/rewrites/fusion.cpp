// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/rewrites/fusion.h"

#include <algorithm>
#include <optional>
#include <set>
#include <unordered_map>

#include "kroton/graph/op.h"
#include "kroton/tensor/detail/fused_kernel.h"
#include "kroton/tensor/detail/kernel_facts.h"
#include "kroton/tensor/rewrites/joining.h"
#include "kroton/tensor/rewrites/recurrences.h"
#include "kroton/tensor/rewrites/stages.h"

namespace kroton::tensor {
namespace {
// Arrays and nodes of one kernel. What is live at once grows with both.
constexpr std::size_t max_arrays = 32;
constexpr std::size_t max_nodes = 250;
// Kernels that one node may be computed in, and the cost (in additions) up to which that beats
// memory: an element written and read again by each reader costs about as much as a handful of
// additions on a vector unit.
constexpr std::size_t max_copies = 3;
constexpr int cheap_again = 3;
// The same for each point of a larger domain, where compilers can hoist only part of it.
constexpr int cheap_everywhere = 6;

struct Member {
  Apply node;
  std::optional<KernelFacts> facts = {};
  std::vector<std::size_t> groups = {};  // kernels that compute it; its own when it is a root
  bool is_root = false;
  bool stays = false;  // a view that kernels take in and that others still read
  int reads = 1;       // evaluations at each point of its groups
  int repeated =
      -1;  // cost of the chain that is repeated at points of a larger domain; -1: it is not
};

struct Group {
  std::vector<std::size_t> members;  // the last reader first
  std::set<const void*> arrays;      // outside inputs
};

class Grouping {
 public:
  explicit Grouping(FunctionGraph& fgraph) : fgraph_(fgraph) {
    for (const Apply& node : fgraph.toposort()) {
      position_.emplace(node.key(), members_.size());
      members_.push_back({.node = node, .facts = kernel_facts(node)});
    }
    for (std::size_t i = members_.size(); i-- > 0;) place(i);
  }

  // The nodes of each kernel, inputs first, roots in order of the graph from its end.
  std::vector<std::vector<GroupNode>> kernels() const {
    std::vector<std::vector<GroupNode>> all;
    for (const Group& group : groups_) {
      std::vector<GroupNode> nodes;
      for (auto m = group.members.rbegin(); m != group.members.rend(); ++m) {
        nodes.push_back({members_[*m].node, &members_[*m].facts->kernel});
      }
      if (nodes.size() > 1 || has_baked_input(nodes[0].node)) all.push_back(std::move(nodes));
    }
    return all;
  }

 private:
  static bool has_baked_input(const Apply& node) {
    return std::any_of(node.inputs().begin(), node.inputs().end(), is_baked);
  }

  // How the readers of a member read it.
  struct Readers {
    std::vector<std::size_t> groups;
    bool all_fuse = true;  // each reader is a kernel that takes its values in
    int reads = 0;         // in the kernel that reads most
    int repeated = -1;
  };
  static int& of_group(std::vector<std::pair<std::size_t, int>>& counts, std::size_t group) {
    for (auto& [known, count] : counts) {
      if (known == group) return count;
    }
    return counts.emplace_back(group, 0).second;
  }
  Readers readers(const Member& member) const {
    Readers all;
    std::vector<std::pair<std::size_t, int>> together, apart;
    for (const Variable& output : member.node.outputs()) {
      for (const Client& client : fgraph_.clients(output)) {
        const Member* reader = client.node ? &members_[position_.at(client.node.key())] : nullptr;
        if (!reader || !takes_in(*reader, client.index)) {
          all.all_fuse = false;
          continue;
        }
        if (reader->stays) all.all_fuse = false;
        const InputUse& use = reader->facts->inputs[static_cast<std::size_t>(client.index)];
        const int reads = reader->reads * use.reads;
        // Readers at their own point share the value; a view or a stage of its own reads elsewhere.
        const bool shares = reader->facts->pointwise && !reader->facts->is_view;
        for (std::size_t group : reader->groups) {
          of_group(apart, group) += shares ? 0 : reads;
          int& most = of_group(together, group);
          if (shares) most = std::max(most, reads);
        }
        if (use.expanding || reader->repeated >= 0)
          all.repeated = std::max(all.repeated, std::max(reader->repeated, 0));
      }
    }
    for (const auto& [group, count] : together) {
      all.groups.push_back(group);
      all.reads = std::max(all.reads, count + of_group(apart, group));
    }
    return all;
  }
  static bool takes_in(const Member& reader, int input) {
    if (!reader.facts || reader.groups.empty()) return false;
    // A view that stays a view needs no kernel.
    if (reader.facts->is_view && reader.is_root) return false;
    const InputUse& use = reader.facts->inputs[static_cast<std::size_t>(input)];
    return use.plain && use.reads > 0;
  }

  bool is_worth_it(const Member& member, const Readers& use) const {
    const KernelFacts& facts = *member.facts;
    if (use.repeated >= 0 && use.repeated + facts.cost > cheap_everywhere) return false;
    if (facts.is_view) return true;
    // Stored for a reader outside anyway: reading it is cheaper.
    if (!use.all_fuse) return false;
    if ((use.reads - 1) * facts.cost > cheap_again) return false;
    if (use.groups.size() == 1) return true;
    // What is stretched over the domain is small beside it.
    std::set<const void*> arrays;
    for (std::size_t i = 0; i < member.node.inputs().size(); ++i) {
      const Variable& x = member.node.inputs()[i];
      if (!is_baked(x) && x.ndim() > 0 && !facts.inputs[i].expanding)
        arrays.insert(viewed(x).key());
    }
    return use.groups.size() <= max_copies && arrays.size() <= 1 &&
           facts.cost * static_cast<int>(use.groups.size() - 1) <= cheap_again;
  }

  // The array that a view shows: slices of one are read out of one memory.
  static Variable viewed(Variable x) {
    for (Apply owner = x.owner(); owner; owner = x.owner()) {
      const AliasMap views = owner.op().view_map();
      const auto found = views.find(x.index());
      if (found == views.end() || found->second.empty()) break;
      x = owner.inputs()[static_cast<std::size_t>(found->second[0])];
    }
    return x;
  }

  bool fits(const Member& member, const std::vector<std::size_t>& groups) const {
    return std::all_of(groups.begin(), groups.end(), [&](std::size_t g) {
      const Group& group = groups_[g];
      std::size_t arrays = group.arrays.size() + member.node.inputs().size();
      return group.members.size() < max_nodes && arrays <= max_arrays + 1;
    });
  }

  void place(std::size_t i) {
    Member& member = members_[i];
    if (!member.facts) return;
    const Readers use = readers(member);
    if (member.facts->pointwise && !use.groups.empty() && is_worth_it(member, use) &&
        fits(member, use.groups)) {
      member.groups = use.groups;
      member.stays = !use.all_fuse;
      member.reads = use.reads;
      member.repeated = use.repeated < 0 ? -1 : use.repeated + member.facts->cost;
    } else {
      member.is_root = true;
      member.groups = {groups_.size()};
      groups_.emplace_back();
    }
    for (std::size_t g : member.groups) {
      Group& group = groups_[g];
      group.members.push_back(i);
      for (const Variable& output : member.node.outputs()) group.arrays.erase(output.key());
      for (const Variable& input : member.node.inputs()) {
        if (!is_baked(input)) group.arrays.insert(input.key());
      }
    }
  }

  FunctionGraph& fgraph_;
  std::vector<Member> members_;
  std::unordered_map<const void*, std::size_t> position_;
  std::vector<Group> groups_;
};

}  // namespace

void fuse(FunctionGraph& fgraph, rewrite::Trace& trace) {
  const Grouping grouping(fgraph);
  // From the graph's end: the inputs of a kernel are still what its nodes read, and follow when
  // they are replaced.
  for (const std::vector<GroupNode>& group : grouping.kernels()) {
    const Apply& root = group.back().node;
    if (!fgraph.contains(root)) continue;
    if (const auto node = fused_node(group, root.outputs())) {
      rewrite::replace_outputs(fgraph, root, node->outputs(), "fusion", trace);
    }
  }
}

void install_fusion(rewrite::Database& db) {
  db.add("fusion_recurrences", fuse_recurrences, 48.95, {"fast_run", "fusion"});
  db.add("fusion", fuse, 49, {"fast_run", "fusion"});
  db.add("fusion_join", join_kernels, 49.1, {"fast_run", "fusion"});
  db.add("fusion_stages", fuse_stages, 49.2, {"fast_run", "fusion"});
}
}  // namespace kroton::tensor
