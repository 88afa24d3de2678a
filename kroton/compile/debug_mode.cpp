// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <deque>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "kroton/base/errors.h"
#include "kroton/base/text.h"
#include "kroton/compile/detail/checked_programs.h"
#include "kroton/compile/detail/storage_variants.h"
#include "kroton/graph/needs.h"
#include "kroton/link/error_context.h"
#include "kroton/link/lazy_program.h"
#include "kroton/link/perform_linker.h"
#include "kroton/link/thunk.h"

namespace kroton::inline compile {
namespace detail {
namespace {
using link::KernelBody;
using link::Thunk;

bool is_copyable(const Value& value) {
  return value.is_array() || value.is_number() || value.is_string();
}

std::vector<char> destroyed_inputs(const Apply& node) {
  std::vector<char> destroyed(node.inputs().size(), 0);
  for (const auto& [output, inputs] : node.op().destroy_map()) {
    for (const int i : inputs) destroyed[static_cast<std::size_t>(i)] = 1;
  }
  return destroyed;
}

bool may_share(const Apply& node, std::size_t output, std::size_t input) {
  for (const AliasMap& map : {node.op().view_map(), node.op().destroy_map()}) {
    const auto found = map.find(static_cast<int>(output));
    if (found != map.end() && std::find(found->second.begin(), found->second.end(),
                                        static_cast<int>(input)) != found->second.end()) {
      return true;
    }
  }
  return false;
}

std::string shown(const Value& value) { return link::value_text(value); }

// One node by all its bodies.
class CheckedNode {
 public:
  CheckedNode(Thunk& thunk, std::span<const Value> inputs)
      : thunk_(thunk), node_(thunk.node()), inputs_(inputs), destroyed_(destroyed_inputs(node_)) {
    // An action runs once, by one body; what it is given may be the memory of a message that is
    // under way.
    if (node_.op().effect() == Effect::acts) return;
    for (const Value& value : inputs)
      before_.push_back(is_copyable(value) ? value.copy() : Value());
  }

  void run(std::span<Value> outputs) {
    if (node_.op().effect() == Effect::acts) {
      thunk_.run_plain(inputs_, outputs);
      return;
    }
    std::string reference;
    const auto check = [&](const std::string& name, const auto& body) {
      Values results(outputs.size());
      if (!by(name, results, body)) return;
      if (reference.empty()) {
        reference = name;
        std::copy(results.begin(), results.end(), outputs.begin());
      } else {
        compare(reference, outputs, name, results);
      }
      check_storage(name, body, outputs);
    };
    check("perform", [&](auto in, auto out) { return thunk_.perform(in, out); });
    for (const auto& [name, body] : {std::pair{"the interpreted kernel", KernelBody::interpreted},
                                     std::pair{"the compiled kernel", KernelBody::compiled}}) {
      check(name, [&](auto in, auto out) { return thunk_.kernel(body, in, out); });
    }
    check("c_code", [&](auto in, auto out) { return thunk_.c_code(in, out); });
    if (reference.empty()) thunk_.run_plain(inputs_, outputs);
  }

 private:
  // False when the node has no such body.
  template <class Body>
  bool by(const std::string& name, std::span<Value> outputs, const Body& body) {
    Values given(inputs_.begin(), inputs_.end());
    for (std::size_t i = 0; i < given.size(); ++i) {
      if (destroyed_[i]) given[i] = before_[i].copy();
    }
    if (!body(std::span<const Value>(given), outputs)) return false;
    check_inputs(name);
    check_sharing(name, given, outputs);
    return true;
  }

  // The same again with earlier arrays of every layout in the storage of the outputs.
  template <class Body>
  void check_storage(const std::string& name, const Body& body, std::span<const Value> results) {
    if (node_.op().effect() != Effect::none) return;
    std::vector<const Type*> types;
    for (const Variable& output : node_.outputs()) types.push_back(&output.type());
    for (StorageVariant& variant : storage_variants(types, results)) {
      const Values given = variant.storage;
      const auto storage = [&](std::size_t o) {
        return variant.name + " storage" + (given[o].empty() ? "" : " (" + layout(given[o]) + ")");
      };
      by(name + " on " + storage(0), variant.storage, body);
      for (std::size_t o = 0; o < results.size(); ++o) {
        if (node_.outputs()[o].type().values_eq_approx(results[o], variant.storage[o])) continue;
        throw Error(
            "DebugMode: " + name + " of " + node_.op().text() + " gave " + shown(results[o]) +
            " for output " + std::to_string(o) + " and, on " + storage(o) + ", " +
            shown(variant.storage[o]) +
            "; output_storage may be reused, its shape, strides and contents never trusted");
      }
    }
  }
  static std::string layout(const Value& value) {
    const NDArray& array = value.as<NDArray>();
    return "shape " + shape_text(array.shape()) + ", strides " + shape_text(array.strides());
  }

  void check_inputs(const std::string& body) const {
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      if (before_[i].empty() || destroyed_[i]) continue;
      if (!node_.inputs()[i].type().values_eq(before_[i], inputs_[i])) {
        throw Error("DebugMode: " + body + " of " + node_.op().text() + " changed input " +
                    std::to_string(i) + " from " + shown(before_[i]) + " to " + shown(inputs_[i]) +
                    "; its destroy_map must name that input");
      }
    }
  }

  void check_sharing(const std::string& body, const Values& inputs,
                     std::span<const Value> outputs) const {
    for (std::size_t o = 0; o < outputs.size(); ++o) {
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        if (!outputs[o].is_array() || !inputs[i].is_array() || outputs[o].as<NDArray>().size() == 0)
          continue;
        if (!may_share_memory(outputs[o], inputs[i]) || may_share(node_, o, i)) continue;
        throw Error("DebugMode: output " + std::to_string(o) + " that " + body + " of " +
                    node_.op().text() + " gave shares memory with input " + std::to_string(i) +
                    "; its view_map or destroy_map must say so");
      }
    }
  }

  void compare(const std::string& a, std::span<const Value> from_a, const std::string& b,
               std::span<const Value> from_b) const {
    for (std::size_t o = 0; o < from_a.size(); ++o) {
      if (node_.outputs()[o].type().values_eq_approx(from_a[o], from_b[o])) continue;
      throw Error("DebugMode: " + a + " of " + node_.op().text() + " gave " + shown(from_a[o]) +
                  " for output " + std::to_string(o) + " and " + b + " gave " + shown(from_b[o]) +
                  "; all bodies of an op must agree");
    }
  }

  Thunk& thunk_;
  const Apply& node_;
  std::span<const Value> inputs_;
  std::vector<char> destroyed_;
  Values before_;
};

// Values of any variables over known leaves, each node once and only those that a run needs: of a
// lazy op the branch that it asks for. Inputs are never overwritten.
class Evaluator {
 public:
  explicit Evaluator(std::unordered_map<Variable, Value> leaves) : values_(std::move(leaves)) {}

  // Nothing when it cannot be known: a leaf without a value, a node that acts or fails, and what
  // needs one of them.
  std::optional<Value> value(const Variable& x) {
    std::vector<Apply> stack;
    (void)known(x, stack);
    while (!stack.empty()) {
      const Apply node = stack.back();
      const std::size_t depth = stack.size();
      if (!is_done(node.outputs()[0])) {
        Values in(node.inputs().size());
        const bool complete = read(node, in, stack);
        if (stack.size() > depth) continue;
        if (!complete || node.op().effect() == Effect::acts || !run(node, std::move(in)))
          unknown_.insert(node.outputs().begin(), node.outputs().end());
      }
      stack.pop_back();
    }
    return known(x, stack);
  }
  // Whether a value that was asked for needed X.
  bool has_read(const Variable& x) const { return read_.contains(x); }

 private:
  bool is_done(const Variable& x) const { return values_.contains(x) || unknown_.contains(x); }

  // The value of X where it is known; what makes it comes on the STACK where that is not known yet.
  std::optional<Value> known(const Variable& x, std::vector<Apply>& stack) {
    read_.insert(x);
    if (const auto found = values_.find(x); found != values_.end()) return found->second;
    if (const auto constant = as<Constant>(x)) return constant->data();
    if (!is_done(x) && x.owner()) stack.push_back(x.owner());
    return std::nullopt;
  }

  // Fills IN with what the run needs; false when something is missing.
  bool read(const Apply& node, Values& in, std::vector<Apply>& stack) {
    std::vector<int> branches = node.op().branches(node);
    branches.resize(in.size(), 0);
    std::set<int> asked{0};
    for (int branch = 0;;) {
      bool complete = true;
      for (std::size_t i = 0; i < in.size(); ++i) {
        if (branches[i] != branch) continue;
        const auto value = known(node.inputs()[i], stack);
        complete &= value.has_value();
        in[i] = value.value_or(Value());
      }
      if (!complete || !is_lazy(node)) return complete;
      try {
        branch = node.op().next_branch(node, in);
      } catch (const std::exception&) {
        return false;
      }
      if (!asked.insert(branch).second) return true;
    }
  }

  // False when it fails: then it is met again when the function itself runs.
  bool run(const Apply& node, Values in) {
    const std::vector<char> destroyed = destroyed_inputs(node);
    for (std::size_t i = 0; i < in.size(); ++i) {
      if (destroyed[i]) in[i] = in[i].copy();
    }
    Values out(node.outputs().size());
    std::vector<link::ArrayCheck> checks;
    for (const Variable& output : node.outputs()) checks.emplace_back(output.type());
    try {
      Thunk(node, std::move(checks)).run_plain(in, out);
    } catch (const std::exception&) {
      return false;
    }
    for (std::size_t o = 0; o < out.size(); ++o)
      values_.insert_or_assign(node.outputs()[o], std::move(out[o]));
    return true;
  }

  std::unordered_map<Variable, Value> values_;
  std::unordered_set<Variable> unknown_, read_;
};

class DebugProgram final : public link::Program {
 public:
  DebugProgram(const FunctionGraph& fgraph, const std::vector<Apply>& order, rewrite::Trace trace)
      : inputs_(fgraph.inputs()), outputs_(fgraph.outputs()), trace_(std::move(trace)) {
    program_ = link::make_in_parts(fgraph, order, make_checked);
  }

  void run(std::span<Value> inputs, std::span<Value> outputs) const override {
    std::unordered_map<Variable, Value> leaves;
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      leaves.emplace(inputs_[i], is_copyable(inputs[i]) ? inputs[i].copy() : inputs[i]);
    }
    check_rewrites(Evaluator(std::move(leaves)));
    program_->run(inputs, outputs);
  }

 private:
  static std::shared_ptr<const Program> make_checked(const FunctionGraph& part,
                                                     const std::vector<Apply>& order,
                                                     std::vector<int> positions) {
    const auto storage = std::make_shared<const link::Storage>(part, order);
    return link::make_node_program(
        storage,
        [thunks = link::make_thunks(*storage)](std::size_t i, std::span<const Value> in,
                                               std::span<Value> out) {
          CheckedNode((*thunks)[i], in).run(out);
        },
        std::move(positions));
  }

  // From the last replacement to the first: what this run needs of the rewritten graph, or of what
  // stood where that stands, is compared; a branch that is not taken is not evaluated.
  void check_rewrites(Evaluator evaluator) const {
    for (const Variable& output : outputs_) (void)evaluator.value(output);
    std::string wrong;
    const auto& all = trace_.replacements();
    for (auto replacement = all.rbegin(); replacement != all.rend(); ++replacement) {
      if (!evaluator.has_read(replacement->with)) continue;
      const auto old = evaluator.value(replacement->old), with = evaluator.value(replacement->with);
      if (!old || !with || replacement->old.type().values_eq_approx(*old, *with)) continue;
      wrong = "DebugMode: rewrite " + base::quote(replacement->reason) +
              " changed a value: " + replacement->text + "; before it " + shown(*old) +
              ", after it " + shown(*with);
    }
    if (!wrong.empty()) throw Error(wrong);
  }

  Variables inputs_, outputs_;
  rewrite::Trace trace_;
  std::shared_ptr<const link::Program> program_;
};
}  // namespace

std::shared_ptr<const link::Program> make_debug_program(const FunctionGraph& fgraph,
                                                        const std::vector<Apply>& order,
                                                        rewrite::Trace trace) {
  return std::make_shared<const DebugProgram>(fgraph, order, std::move(trace));
}
}  // namespace detail
}  // namespace kroton::inline compile
