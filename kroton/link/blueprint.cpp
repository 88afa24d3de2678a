// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include "kroton/base/at.h"
#include "kroton/base/errors.h"
#include "kroton/link/native_node.h"
#include "kroton/link/plan.h"

namespace kroton::link {
namespace {
// The input that output O of NODE shares memory with, or -1.
int aliased_input(const Apply& node, int o) {
  for (const AliasMap& map : {node.op().view_map(), node.op().destroy_map()}) {
    const auto found = map.find(o);
    if (found != map.end() && !found->second.empty()) return found->second[0];
  }
  return -1;
}

// Views whose place depends on nothing but the layout of what they view, input 0.
bool is_fixed_view(const Apply& node, const Storage& storage, const NodeSlots& slots) {
  if (node.op().view_map().empty() || node.op().effect() != Effect::none) return false;
  for (std::size_t i = 1; i < slots.in.size(); ++i) {
    if (!as<Constant>(node.inputs()[i])) return false;
  }
  const auto is_host = [&](int slot) { return storage.checks[at(slot)].is_host_array(); };
  if (slots.in.empty() || !is_host(slots.in[0])) return false;
  for (std::size_t o = 0; o < slots.out.size(); ++o) {
    if (aliased_input(node, static_cast<int>(o)) != 0 || !is_host(slots.out[o])) return false;
    if (storage.checks[at(slots.in[0])].dtype() != storage.checks[at(slots.out[o])].dtype())
      return false;
  }
  return true;
}
// Whether perform() can be told where its outputs shall lie.
bool fills_storage(const Apply& node, const Storage& storage, const NodeSlots& slots) {
  return node.op().fills_storage(node) && node.op().view_map().empty() &&
         node.op().effect() == Effect::none &&
         std::all_of(slots.out.begin(), slots.out.end(),
                     [&](int s) { return storage.checks[at(s)].is_host_array(); });
}
}  // namespace

Blueprint::Blueprint(const FunctionGraph& fgraph, const std::vector<Apply>& order)
    : storage(fgraph, order), nodes(order.size()) {
  for (std::size_t i = 0; i < nodes.size(); ++i) classify(i);
  find_roots();
  cut();
  find_lifetimes();
}

void Blueprint::classify(std::size_t i) {
  const NodeSlots& slots = storage.nodes[i];
  const Apply& node = slots.node;
  NodePlan& plan = nodes[i];
  if (is_fixed_view(node, storage, slots) && !has_c_code(node)) {
    plan.kind = NodeKind::view;
    return;
  }
  plan.kernel = node_kernel(node);
  if (plan.kernel && !find_leaves(i, plan.kernel->shapes)) plan.kernel.reset();
  if (!plan.kernel) {
    if (!fills_storage(node, storage, slots)) return;
    const auto shapes = ShapeProgram::of(node);
    if (shapes && find_leaves(i, *shapes)) plan.shapes = shapes;
    if (plan.shapes) {
      find_overlays(i);
      for (const auto& [output, inputs] : node.op().destroy_map())
        plan.in_place.emplace_back(output, inputs.at(0));
    }
    return;
  }
  for (const auto& [output, inputs] : node.op().destroy_map()) {
    const auto& params = plan.kernel->kernel->params;
    const kernel::Param& from = params[at(inputs.at(0))];
    const kernel::Param& to = params[slots.in.size() + at(output)];
    if (from.alias_group >= 0 && from.alias_group == to.alias_group) {
      plan.in_place.emplace_back(output, inputs[0]);
    } else if (to.role == kernel::Role::inout) {
      plan.kernel.reset();  // it reads what its output held, and may not lie in the input's memory
      return;
    }
  }
  plan.shapes = plan.kernel->shapes;
  plan.kind = NodeKind::kernel;
  find_overlays(i);
}

// Of kernels those of one alias group; of perform() what the op says.
void Blueprint::find_overlays(std::size_t i) {
  const NodeSlots& slots = storage.nodes[i];
  auto& overlays = nodes[i].overlays;
  overlays.resize(slots.out.size());
  if (!nodes[i].kernel) {
    for (const auto& [output, inputs] : slots.node.op().may_lie_over(slots.node))
      overlays[at(output)].insert(inputs.begin(), inputs.end());
    return;
  }
  const auto& params = nodes[i].kernel->kernel->params;
  for (std::size_t o = 0; o < slots.out.size(); ++o) {
    const int group = params[slots.in.size() + o].alias_group;
    for (std::size_t p = 0; group >= 0 && p < slots.in.size(); ++p) {
      if (params[p].alias_group == group) overlays[o].insert(static_cast<int>(p));
    }
  }
}

bool Blueprint::find_leaves(std::size_t i, const ShapeProgram& shapes) {
  std::vector<int> slots;
  for (const ShapeProgram::Leaf& leaf : shapes.leaves()) {
    slots.push_back(storage.find(leaf.variable));
    if (slots.back() < 0 || !storage.checks[at(slots.back())].is_host_array()) return false;
  }
  nodes[i].leaf_slots = std::move(slots);
  return true;
}

void Blueprint::find_roots() {
  root.resize(storage.variables.size());
  for (std::size_t s = 0; s < root.size(); ++s) root[s] = static_cast<int>(s);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const NodeSlots& slots = storage.nodes[i];
    for (std::size_t o = 0; o < slots.out.size(); ++o) {
      int input = -1;
      if (nodes[i].is_planned()) {
        for (const auto& [output, from] : nodes[i].in_place) {
          if (output == static_cast<int>(o)) input = from;
        }
      } else {
        input = aliased_input(slots.node, static_cast<int>(o));
      }
      if (input >= 0) root[at(slots.out[o])] = root[at(slots.in[at(input)])];
    }
  }
}

void Blueprint::cut() {
  const std::size_t count = storage.variables.size();
  std::vector<int> layout_from(count, 0), value_from(count, 0);  // segments in which they are known
  segment_of_node_.resize(nodes.size());
  int current = 0;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const NodeSlots& slots = storage.nodes[i];
    if (nodes[i].kind != NodeKind::perform) {
      for (const int s : slots.in) current = std::max(current, layout_from[at(s)]);
    }
    if (nodes[i].is_planned()) {
      const auto& leaves = nodes[i].shapes->leaves();
      for (std::size_t l = 0; l < leaves.size(); ++l) {
        const std::size_t s = at(nodes[i].leaf_slots[l]);
        current = std::max(current, leaves[l].axis < 0 ? value_from[s] : layout_from[s]);
      }
    }
    segment_of_node_[i] = current;
    for (const int s : slots.out) {
      const bool planned = nodes[i].kind == NodeKind::view || nodes[i].is_planned();
      layout_from[at(s)] = planned ? current : current + 1;
      value_from[at(s)] = current + 1;
    }
  }
  segments.resize(static_cast<std::size_t>(current) + 1);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    segments[at(segment_of_node_[i])].last = static_cast<int>(i) + 1;
  }
  for (std::size_t s = 1; s < segments.size(); ++s) {
    segments[s].first = segments[s - 1].last;
    segments[s].last = std::max(segments[s].last, segments[s].first);
  }
}

void Blueprint::find_lifetimes() {
  const std::size_t count = storage.variables.size();
  class_last.assign(count, -1);
  escapes.assign(count, 0);
  dying.resize(nodes.size());
  std::vector<int> born(count, 0);  // segment
  std::vector<char> constant(count, 0);
  for (const auto& [slot, value] : storage.constants) constant[at(slot)] = 1;
  for (std::size_t s = 0; s < count; ++s) {
    if (storage.producer[s] >= 0) born[s] = segment_of_node_[at(storage.producer[s])];
    class_last[at(root[s])] =
        std::max({class_last[at(root[s])], storage.last_use[s], storage.producer[s]});
    escapes[at(root[s])] |= storage.is_output[s];
  }
  const auto add_once = [](std::vector<int>& list, int slot) {
    if (std::find(list.begin(), list.end(), slot) == list.end()) list.push_back(slot);
  };
  const auto uses = [&](std::size_t segment, int slot, bool value) {
    if (constant[at(slot)]) return;
    const bool from_before =
        storage.producer[at(slot)] < 0 || born[at(slot)] < static_cast<int>(segment);
    if (value)
      add_once(segments[segment].scalars, slot);
    else if (from_before)
      add_once(segments[segment].arrays, slot);
  };
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const std::size_t segment = at(segment_of_node_[i]);
    for (const int s : storage.nodes[i].in) {
      if (nodes[i].kind != NodeKind::perform ||
          (nodes[i].is_planned() && storage.checks[at(s)].is_host_array()))
        uses(segment, s, false);
      if (storage.producer[at(s)] >= 0 && born[at(s)] < static_cast<int>(segment)) {
        escapes[at(root[at(s)])] = 1;
        add_once(segments[at(born[at(s)])].kept, s);
      }
    }
    for (std::size_t l = 0; l < nodes[i].leaf_slots.size(); ++l) {
      const int s = nodes[i].leaf_slots[l];
      const bool value = nodes[i].shapes->leaves()[l].axis < 0;
      uses(segment, s, value);
      if (storage.producer[at(s)] >= 0 && born[at(s)] < static_cast<int>(segment)) {
        escapes[at(root[at(s)])] = 1;
        add_once(segments[at(born[at(s)])].kept, s);
      }
      class_last[at(root[at(s)])] = std::max(class_last[at(root[at(s)])], static_cast<int>(i));
    }
  }
  for (const int s : storage.outputs) {
    if (storage.producer[at(s)] >= 0) add_once(segments[at(born[at(s)])].kept, s);
  }
  find_drops();
  for (Segment& segment : segments) {
    segment.key_size = segment.scalars.size();
    for (const int s : segment.arrays) segment.key_size += 2 * storage.checks[at(s)].ndim();
  }
}

void Blueprint::give(const std::vector<int>& inputs, std::size_t outputs) {
  for (const int i : inputs) {
    const int slot = storage.inputs[at(i)];
    if (storage.checks[at(slot)].is_host_array() && !escapes[at(slot)]) scratch.push_back(slot);
  }
  may_be_lent.assign(storage.variables.size(), 0);
  for (std::size_t o = 0; o < storage.outputs.size(); ++o)
    may_be_lent[at(storage.outputs[o])] = o < outputs;
}

void Blueprint::find_drops() {
  const std::size_t count = storage.variables.size();
  // What is boxed at the end of a segment is made of its root, which lives until then.
  std::vector<int> boxed_until(count, -1);
  for (std::size_t k = 0; k < segments.size(); ++k) {
    for (const int s : segments[k].kept) boxed_until[at(root[at(s)])] = static_cast<int>(k);
  }
  for (std::size_t s = 0; s < count; ++s) {
    const int producer = storage.producer[s], last = class_last[at(root[s])];
    if (producer < 0 || storage.is_output[s] || last < 0) continue;
    if (escapes[at(root[s])]) {
      segments[at(std::max(segment_of_node_[at(last)], boxed_until[at(root[s])]))]
          .dropped.push_back(static_cast<int>(s));
    } else if (!nodes[at(producer)].is_planned()) {
      dying[at(last)].push_back(static_cast<int>(s));
    }
  }
}
}  // namespace kroton::link
