// SPDX-License-Identifier: BSD-3-Clause
#include <atomic>
#include <new>
#include <string_view>

#include "kroton/base/errors.h"
#include "kroton/graph/detail/node.h"
#include "kroton/graph/op.h"
#include "kroton/graph/variable.h"

namespace kroton::inline graph {
namespace {
std::atomic<std::uint64_t> nodes_built{0};
thread_local const std::source_location* creation_line = nullptr;
thread_local std::source_location creation_line_storage;

// Inputs of dead nodes wait here instead of being destroyed inside their user's destructor, so a
// chain of any length is released with a flat stack.
thread_local std::vector<Variables>* graveyard = nullptr;

// Whether LINE is in a source of the library, which this one is, two folders below its root.
bool is_own(const std::source_location& line) {
  constexpr std::string_view here = __FILE__;
  constexpr std::string_view root = here.substr(0, here.rfind("graph/"));
  return std::string_view(line.file_name()).starts_with(root);
}
}  // namespace

CreationLine::CreationLine(std::source_location line) : outermost_(creation_line == nullptr) {
  if (outermost_) {
    creation_line_storage = line;
    creation_line = &creation_line_storage;
  }
}
CreationLine::~CreationLine() {
  if (outermost_) creation_line = nullptr;
}

// Where there is no memory for the list of what waits, inputs are destroyed with their user, a
// frame deeper for each node.
ApplyNode::~ApplyNode() {
  if (graveyard) {
    try {
      graveyard->push_back(std::move(inputs));
    } catch (const std::bad_alloc&) {
    }
    return;
  }
  std::vector<Variables> dead;
  try {
    dead.push_back(std::move(inputs));
  } catch (const std::bad_alloc&) {
    return;
  }
  graveyard = &dead;
  while (!dead.empty()) {
    Variables released = std::move(dead.back());
    dead.pop_back();
    released.clear();
  }
  graveyard = nullptr;
}

Apply::Apply(const Op& op, Variables inputs, Variables outputs, std::source_location line)
    : node_(std::make_shared<ApplyNode>()) {
  for (const Variable& input : inputs) {
    if (!input) throw ValueError(op.text() + ": an input is an empty variable");
  }
  node_->op = op.share();
  node_->inputs = std::move(inputs);
  node_->build_order = nodes_built.fetch_add(1, std::memory_order_relaxed);
  if (creation_line) node_->line = *creation_line;
  if (node_->line.line() == 0 && !is_own(line)) node_->constructed = line;
  node_->results.resize(outputs.size());
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    VariableNode& claimed = outputs[i].get();
    if (claimed.owner) {
      throw ValueError(op.text() + ": output " + std::to_string(i) + " is already an output of " +
                       claimed.owner->op->text() + "; make a new variable for it");
    }
    if (claimed.data)
      throw ValueError(op.text() + ": output " + std::to_string(i) +
                       " is a constant or shared variable");
    VariableNode& result = node_->results[i];
    result.type = claimed.type;
    result.name = claimed.name;
    result.line = claimed.line;
    result.owner = node_.get();
    result.index = static_cast<int>(i);
    claimed.claimed = std::shared_ptr<VariableNode>(node_, &result);
  }
  node_->refer_to_outputs();
}

const ApplyNode& Apply::get() const {
  if (!node_)
    throw ValueError(
        "Apply: an empty node was used; inputs, constants and shared variables have no owner");
  return *node_;
}
const Op& Apply::op() const { return *get().op; }
std::shared_ptr<const Op> Apply::shared_op() const { return get().op; }
const Variables& Apply::inputs() const { return get().inputs; }
const Variables& Apply::outputs() const { return get().outputs; }
std::source_location Apply::line() const {
  return get().line.line() == 0 ? node_->constructed : node_->line;
}
void Apply::set_line(std::source_location line) { node_->line = line; }
void Apply::inherit_line(std::source_location line) {
  if (node_->line.line() == 0) node_->line = line;
}
std::uint64_t Apply::build_order() const { return node_->build_order; }

std::string Apply::text() const {
  std::string out = op().text() + "(";
  for (std::size_t i = 0; i < inputs().size(); ++i) out += (i ? ", " : "") + inputs()[i].text();
  return out + ")";
}

Apply Apply::clone_with_new_inputs(Variables inputs, bool strict) const {
  bool same_types = inputs.size() == node_->inputs.size();
  for (std::size_t i = 0; same_types && i < inputs.size(); ++i) {
    const Type& wanted = node_->inputs[i].type();
    if (inputs[i].type() == wanted) continue;
    if (strict) {
      inputs[i] = wanted.filter_variable(inputs[i]);
    } else {
      same_types = false;
    }
  }
  Apply clone;
  if (same_types) {
    Variables outputs;
    for (const VariableNode& result : node_->results) outputs.push_back(Variable(*result.type));
    clone = Apply(*node_->op, std::move(inputs), std::move(outputs));
  } else {
    clone = node_->op->make_node(inputs);
  }
  clone.node_->line = node_->line;
  clone.node_->constructed = node_->constructed;
  clone.node_->build_order = node_->build_order;
  for (std::size_t i = 0; i < node_->results.size() && i < clone.node_->results.size(); ++i) {
    clone.node_->results[i].name = node_->results[i].name;
    clone.node_->results[i].line = node_->results[i].line;
  }
  return clone;
}
}  // namespace kroton::inline graph
