// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/function_graph.h"

#include <algorithm>
#include <queue>
#include <unordered_map>
#include <unordered_set>

#include "kroton/base/errors.h"
#include "kroton/graph/detail/node.h"
#include "kroton/graph/features/history.h"
#include "kroton/graph/op.h"
#include "kroton/graph/replace.h"
#include "kroton/graph/walk.h"

namespace kroton::inline graph {
struct FunctionGraph::Impl {
  Variables inputs, outputs;
  std::unordered_set<Variable> input_set;
  std::vector<Apply> nodes;                               // in order of import; holes where pruned
  std::unordered_map<const void*, std::size_t> position;  // node key -> index in nodes
  std::unordered_map<const void*, std::vector<Client>> clients;
  std::vector<std::shared_ptr<Feature>> features;
  std::uint64_t changes = 0;
  const void* leaving = nullptr;  // an action that is not needed any more

  ~Impl() {
    for (const Apply& node : nodes) {
      if (node) release(node);
    }
  }
  void claim(const Apply& node) {
    const void*& owner = node_of(node).fgraph;
    if (owner && owner != this) {
      throw ValueError("FunctionGraph: node " + node.op().text() +
                       " belongs to another FunctionGraph; pass clone = true");
    }
    owner = this;
  }
  void release(const Apply& node) { node_of(node).fgraph = nullptr; }
  static ApplyNode& node_of(const Apply& node) { return *node.node_; }

  void check_leaf(const Variable& x, const Apply& user) const {
    if (input_set.contains(x) || x.leaf_data()) return;
    throw ValueError(
        "FunctionGraph: " + x.text() + ", an input of " + user.op().text() +
        ", is neither an input of the graph, nor a constant or shared variable; add it to the inputs");
  }

  // Brings in every node that X needs, inputs first.
  void import(FunctionGraph& self, const Variable& x, const std::string& reason) {
    if (!x.owner() || position.contains(x.owner().key()) || input_set.contains(x)) return;
    std::vector<Apply> fresh;
    std::unordered_set<const void*> seen;
    std::vector<std::pair<Apply, std::size_t>> stack;
    const auto enter = [&](const Variable& v) {
      if (input_set.contains(v)) return;
      Apply owner = v.owner();
      if (owner && !position.contains(owner.key()) && seen.insert(owner.key()).second)
        stack.emplace_back(owner, 0);
    };
    enter(x);
    while (!stack.empty()) {
      auto& [node, next] = stack.back();
      if (next < node.inputs().size()) {
        const Variable input = node.inputs()[next++];
        if (!input.owner()) check_leaf(input, node);
        enter(input);
      } else {
        fresh.push_back(node);
        stack.pop_back();
      }
    }
    for (const Apply& node : fresh) {
      claim(node);
      position.emplace(node.key(), nodes.size());
      nodes.push_back(node);
      for (std::size_t i = 0; i < node.inputs().size(); ++i) {
        clients[node.inputs()[i].key()].push_back({node, static_cast<int>(i)});
      }
      for (const auto& feature : features) feature->on_import(self, node, reason);
    }
  }

  void remove_client(const Variable& x, const Apply& node, int index) {
    const auto found = clients.find(x.key());
    KROTON_CHECK(found != clients.end());
    auto& uses = found->second;
    const auto use = std::find_if(uses.begin(), uses.end(), [&](const Client& c) {
      return c.node == node && c.index == index;
    });
    KROTON_CHECK(use != uses.end());
    uses.erase(use);
    if (uses.empty()) clients.erase(found);
  }

  bool is_used(const Apply& node) const {
    if (node.op().effect() == Effect::acts && node.key() != leaving) return true;
    for (const Variable& output : node.outputs()) {
      if (clients.contains(output.key())) return true;
    }
    return false;
  }

  // Drops X's owner, and what only it used, when nothing uses it any more.
  void prune(FunctionGraph& self, const Variable& x, const std::string& reason) {
    std::vector<Apply> pending;
    if (const Apply owner = x.owner()) pending.push_back(owner);
    while (!pending.empty()) {
      const Apply node = pending.back();
      pending.pop_back();
      const auto found = position.find(node.key());
      if (found == position.end() || is_used(node)) continue;
      nodes[found->second] = Apply();
      position.erase(found);
      release(node);
      for (std::size_t i = 0; i < node.inputs().size(); ++i) {
        remove_client(node.inputs()[i], node, static_cast<int>(i));
        if (const Apply owner = node.inputs()[i].owner()) pending.push_back(owner);
      }
      for (const auto& feature : features) feature->on_prune(self, node, reason);
    }
    if (nodes.size() > 64 && nodes.size() > 2 * position.size()) compact();
  }

  void compact() {
    std::erase_if(nodes, [](const Apply& node) { return !node; });
    for (std::size_t i = 0; i < nodes.size(); ++i) position[nodes[i].key()] = i;
  }

  void change(FunctionGraph& self, const Client& use, const Variable& with,
              const std::string& reason) {
    const auto index = static_cast<std::size_t>(use.index);
    Variable& slot = use.node ? node_of(use.node).inputs[index] : outputs[index];
    const Variable old = slot;
    if (old == with) return;
    if (!with.owner() && use.node) check_leaf(with, use.node);
    import(self, with, reason);
    slot = with;
    clients[with.key()].push_back(use);
    remove_client(old, use.node, use.index);
    ++changes;
    for (const auto& feature : features)
      feature->on_change_input(self, use.node, use.index, old, with, reason);
    prune(self, old, reason);
  }
};

namespace {
Variable fitted(const Variable& old, const Variable& with, const std::string& reason) {
  if (old.type() == with.type()) return with;
  try {
    return old.type().filter_variable(with);
  } catch (const TypeError&) {
    throw TypeError("replace: " + old.text() + " has type " + old.type().text() + " and " +
                    with.text() + " has type " + with.type().text() +
                    (reason.empty() ? "" : " (" + reason + ")") + "; types must fit");
  }
}
}  // namespace

FunctionGraph::FunctionGraph(Variables inputs, Variables outputs, bool clone)
    : impl_(std::make_unique<Impl>()) {
  if (clone) {
    VariableMap memo;
    for (Variable& input : inputs) {
      Variable copy =
          input.leaf_data() ? input : Variable(input.shared_type(), nullptr, input.name());
      copy.set_line(input.line());
      memo.emplace(input, copy);
    }
    outputs = clone_graph(outputs, memo);
    for (Variable& input : inputs) input = memo.at(input);
  }
  for (const Variable& input : inputs) add_input(input);
  for (const Variable& output : outputs) add_output(output);
}
FunctionGraph::FunctionGraph(FunctionGraph&&) noexcept = default;
FunctionGraph& FunctionGraph::operator=(FunctionGraph&&) noexcept = default;
FunctionGraph::~FunctionGraph() = default;

const Variables& FunctionGraph::inputs() const { return impl_->inputs; }
const Variables& FunctionGraph::outputs() const { return impl_->outputs; }
std::vector<Apply> FunctionGraph::apply_nodes() const {
  std::vector<Apply> nodes;
  nodes.reserve(impl_->position.size());
  for (const Apply& node : impl_->nodes) {
    if (node) nodes.push_back(node);
  }
  return nodes;
}
std::size_t FunctionGraph::size() const { return impl_->position.size(); }
bool FunctionGraph::contains(const Apply& node) const {
  return impl_->position.contains(node.key());
}
std::uint64_t FunctionGraph::changes() const { return impl_->changes; }
std::span<const std::shared_ptr<Feature>> FunctionGraph::features() const {
  return impl_->features;
}

const std::vector<Client>& FunctionGraph::clients(const Variable& variable) const {
  static const std::vector<Client> none;
  const auto found = impl_->clients.find(variable.key());
  return found == impl_->clients.end() ? none : found->second;
}
bool FunctionGraph::is_output(const Variable& variable) const {
  const auto& uses = clients(variable);
  return std::any_of(uses.begin(), uses.end(), [](const Client& use) { return !use.node; });
}

std::vector<std::pair<Apply, Apply>> FunctionGraph::orderings() const {
  std::vector<std::pair<Apply, Apply>> all;
  for (const auto& feature : impl_->features) {
    for (auto& pair : feature->orderings(*this)) all.push_back(std::move(pair));
  }
  return all;
}

std::vector<Apply> FunctionGraph::toposort() const {
  const std::vector<Apply> nodes = apply_nodes();
  std::unordered_map<const void*, std::size_t> number;
  for (std::size_t i = 0; i < nodes.size(); ++i) number.emplace(nodes[i].key(), i);
  std::vector<std::vector<std::size_t>> followers(nodes.size());
  std::vector<std::size_t> waiting(nodes.size(), 0);
  const auto edge = [&](const Apply& first, std::size_t then) {
    const auto found = number.find(first.key());
    if (found == number.end()) return;
    followers[found->second].push_back(then);
    ++waiting[then];
  };
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    for (const Variable& input : nodes[i].inputs()) {
      if (const Apply owner = input.owner()) edge(owner, i);
    }
  }
  for (const auto& [first, then] : orderings()) {
    if (const auto found = number.find(then.key()); found != number.end())
      edge(first, found->second);
  }
  const auto later = [&](std::size_t a, std::size_t b) {
    const auto x = nodes[a].build_order(), y = nodes[b].build_order();
    return x != y ? x > y : a > b;
  };
  std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(later)> ready(later);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (waiting[i] == 0) ready.push(i);
  }
  std::vector<Apply> order;
  order.reserve(nodes.size());
  while (!ready.empty()) {
    const std::size_t i = ready.top();
    ready.pop();
    order.push_back(nodes[i]);
    for (std::size_t follower : followers[i]) {
      if (--waiting[follower] == 0) ready.push(follower);
    }
  }
  if (order.size() != nodes.size()) {
    throw InconsistencyError("FunctionGraph: the orderings of in-place nodes form a cycle");
  }
  return order;
}

void FunctionGraph::change_input(const Apply& node, int index, const Variable& with,
                                 const std::string& reason) {
  const Variable old = node.inputs().at(static_cast<std::size_t>(index));
  impl_->change(*this, {node, index}, fitted(old, with, reason), reason);
}
void FunctionGraph::change_output(int index, const Variable& with, const std::string& reason) {
  const Variable old = outputs().at(static_cast<std::size_t>(index));
  impl_->change(*this, {Apply(), index}, fitted(old, with, reason), reason);
}

void FunctionGraph::replace(const Variable& old, const Variable& with, std::string reason) {
  const Variable kept_old = old, fits = fitted(old, with, reason);
  if (kept_old == fits) return;
  // A copy: changing clears the list.
  const std::vector<Client> uses = clients(kept_old);
  for (const Client& use : uses) {
    // WITH may itself be computed from OLD: that one use stays.
    if (use.node && fits.owner() && use.node == fits.owner()) continue;
    impl_->change(*this, use, fits, reason);
  }
}

void FunctionGraph::replace_all_validate(const std::vector<std::pair<Variable, Variable>>& pairs,
                                         const std::string& reason) {
  // Not attach(): it would walk the whole graph for every replacement.
  const auto history = std::make_shared<History>();
  impl_->features.push_back(history);
  const auto undo = [&] {
    history->revert(*this, 0);
    detach(history);
  };
  try {
    for (const auto& [old, with] : pairs) replace(old, with, reason);
    validate();
  } catch (...) {
    undo();
    throw;
  }
  detach(history);
}

void FunctionGraph::validate() const {
  for (const auto& feature : impl_->features) feature->validate(*this);
}

void FunctionGraph::add_input(const Variable& input) {
  impl_->inputs.push_back(input);
  impl_->input_set.insert(input);
}
void FunctionGraph::add_output(const Variable& output) {
  if (!output.owner() && !output.leaf_data() && !impl_->input_set.contains(output)) {
    throw ValueError(
        "FunctionGraph: output " + output.text() +
        " is neither computed, nor an input of the graph, a constant or a shared variable");
  }
  impl_->import(*this, output, "");
  impl_->outputs.push_back(output);
  impl_->clients[output.key()].push_back({Apply(), static_cast<int>(impl_->outputs.size()) - 1});
}

void FunctionGraph::add_action(const Variable& computed) {
  const Apply node = computed.owner();
  KROTON_CHECK(node && node.op().effect() == Effect::acts);
  impl_->import(*this, computed, "");
}

void FunctionGraph::replace_action(const Apply& node, const Apply& fresh, const Variables& with,
                                   const std::string& reason) {
  KROTON_CHECK(contains(node) && fresh.op().effect() == Effect::acts);
  KROTON_CHECK(with.size() == node.outputs().size());
  add_action(fresh.outputs()[0]);
  std::vector<std::pair<Variable, Variable>> pairs;
  for (std::size_t i = 0; i < with.size(); ++i) {
    if (!clients(node.outputs()[i]).empty()) pairs.emplace_back(node.outputs()[i], with[i]);
  }
  replace_all_validate(pairs, reason);
  impl_->leaving = node.key();
  impl_->prune(*this, node.outputs()[0], reason);
  impl_->leaving = nullptr;
  ++impl_->changes;
}

void FunctionGraph::check_integrity() const {
  std::size_t uses = 0;
  for (const Apply& node : apply_nodes()) {
    for (std::size_t i = 0; i < node.inputs().size(); ++i, ++uses) {
      const Variable& input = node.inputs()[i];
      if (const Apply owner = input.owner())
        KROTON_CHECK(contains(owner) || impl_->input_set.contains(input));
      const auto& listed = clients(input);
      KROTON_CHECK(std::any_of(listed.begin(), listed.end(), [&](const Client& c) {
        return c.node == node && c.index == static_cast<int>(i);
      }));
    }
    KROTON_CHECK(impl_->is_used(node));
  }
  std::size_t listed = 0;
  for (const auto& [key, all] : impl_->clients) listed += all.size();
  KROTON_CHECK(listed == uses + outputs().size());
}

FunctionGraph FunctionGraph::clone() const {
  std::vector<std::pair<Variable, Variable>> memo;
  return clone(memo);
}
FunctionGraph FunctionGraph::clone(std::vector<std::pair<Variable, Variable>>& memo) const {
  VariableMap map;
  Variables copied_inputs;
  for (const Variable& input : inputs()) {
    Variable copy =
        input.leaf_data() ? input : Variable(input.shared_type(), nullptr, input.name());
    copy.set_line(input.line());
    map.emplace(input, copy);
    copied_inputs.push_back(std::move(copy));
  }
  // Nodes that act may have no path to an output, so everything is cloned by its own results.
  Variables all = outputs();
  for (const Apply& node : apply_nodes()) {
    if (node.op().effect() == Effect::acts)
      all.insert(all.end(), node.outputs().begin(), node.outputs().end());
  }
  Variables copies = clone_graph(all, map);
  FunctionGraph copy(
      copied_inputs,
      Variables(copies.begin(), copies.begin() + static_cast<std::ptrdiff_t>(outputs().size())),
      false);
  for (std::size_t i = outputs().size(); i < copies.size(); ++i)
    copy.impl_->import(copy, copies[i], "clone");
  memo.assign(map.begin(), map.end());
  return copy;
}

void FunctionGraph::attach(std::shared_ptr<Feature> feature) {
  impl_->features.push_back(feature);
  feature->on_attach(*this);
  for (const Apply& node : apply_nodes()) feature->on_import(*this, node, "attach");
}
void FunctionGraph::detach(const std::shared_ptr<Feature>& feature) {
  const auto removed = feature;
  std::erase(impl_->features, removed);
  removed->on_detach(*this);
}
}  // namespace kroton::inline graph
