// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/rewrites/sequences.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "kroton/gpuarray/kernel_op.h"
#include "kroton/gpuarray/sequence.h"
#include "kroton/gpuarray/transfer.h"

namespace kroton::gpuarray {
namespace {
using Keys = std::unordered_set<const void*>;

// Nodes by context and by how often the host stood in the way before them: those of one group can
// run together, since what lies between two of them is of that group.
using Group = std::pair<ContextName, int>;
std::map<Group, std::vector<Apply>> groups(const std::vector<Apply>& order, const Keys& fit) {
  std::map<Group, std::vector<Apply>> all;
  std::unordered_map<const void*, std::pair<int, bool>> level;  // and whether it is in a group
  for (const Apply& node : order) {
    const bool is_fit = fit.contains(node.key());
    const ContextName context =
        is_fit ? context_of(node.outputs()[0]).value() : ContextName(std::nullopt);
    int own = 0;
    for (const Variable& x : node.inputs()) {
      if (!x.owner()) continue;
      const auto [theirs, inside] = level.at(x.owner().key());
      const bool same_place = is_fit && context_of(x) == std::make_optional(context);
      own = std::max(own, theirs + (inside && !(is_fit && same_place) ? 1 : 0));
    }
    level.emplace(node.key(), std::pair(own, is_fit));
    if (is_fit) all[{context, own}].push_back(node);
  }
  return all;
}

bool in_group(const Keys& members, const Variable& x) {
  return x.owner() && members.contains(x.owner().key());
}
Keys keys_of(const std::vector<Apply>& nodes) {
  Keys keys;
  for (const Apply& node : nodes) keys.insert(node.key());
  return keys;
}
bool leaves(const FunctionGraph& fgraph, const Keys& members, const Variable& z) {
  if (fgraph.is_output(z)) return true;
  const auto& clients = fgraph.clients(z);
  return std::any_of(clients.begin(), clients.end(), [&](const auto& client) {
    return !client.node || !members.contains(client.node.key());
  });
}

// A view that is wanted outside stays outside: what leaves a sequence is memory of its own.
bool drop_views(const FunctionGraph& fgraph, const std::vector<Apply>& group, Keys& fit) {
  const Keys members = keys_of(group);
  bool dropped = false;
  for (const Apply& node : group) {
    if (!as<GpuView>(node)) continue;
    for (const Variable& z : node.outputs()) {
      if (leaves(fgraph, members, z)) dropped |= fit.erase(node.key()) > 0;
    }
  }
  return dropped;
}

void replace(FunctionGraph& fgraph, const ContextName& context, const std::vector<Apply>& group) {
  const auto kernels = std::count_if(group.begin(), group.end(),
                                     [](const Apply& node) { return !as<GpuView>(node); });
  if (kernels < 2) return;
  const Keys members = keys_of(group);
  Variables inputs, outputs;
  std::unordered_set<Variable> known;
  for (const Apply& node : group) {
    for (const Variable& x : node.inputs()) {
      if (!as<Constant>(x) && !in_group(members, x) && known.insert(x).second) inputs.push_back(x);
    }
    for (const Variable& z : node.outputs()) {
      if (leaves(fgraph, members, z)) outputs.push_back(z);
    }
  }
  const Apply sequence = GpuSequence(context, group, inputs, outputs).make_node(inputs);
  std::vector<std::pair<Variable, Variable>> pairs;
  for (std::size_t o = 0; o < outputs.size(); ++o)
    pairs.emplace_back(outputs[o], sequence.outputs()[o]);
  fgraph.replace_all_validate(pairs, "gpu_sequences");
}

void sequences(FunctionGraph& fgraph, bool only_cuda) {
  const std::vector<Apply> order = fgraph.toposort();
  Keys fit;
  for (const Apply& node : order) {
    if (!can_be_in_sequence(node)) continue;
    if (!only_cuda || get_context(*context_of(node.outputs()[0])).kind() == "cuda")
      fit.insert(node.key());
  }
  if (fit.empty()) return;
  auto found = groups(order, fit);
  for (bool again = true; again;) {
    again = false;
    for (const auto& [group, nodes] : found) again |= drop_views(fgraph, nodes, fit);
    if (again) found = groups(order, fit);
  }
  for (const auto& [group, nodes] : found) replace(fgraph, group.first, nodes);
}
}  // namespace

void install_sequences(rewrite::Database& db) {
  db.add("gpu_sequences_on_cuda",
         [](FunctionGraph& fgraph, rewrite::Trace&) { sequences(fgraph, true); }, 49.6,
         {"fast_run"});
  db.add("gpu_sequences_everywhere",
         [](FunctionGraph& fgraph, rewrite::Trace&) { sequences(fgraph, false); }, 49.7,
         {"gpu_sequences"});
}
}  // namespace kroton::gpuarray
