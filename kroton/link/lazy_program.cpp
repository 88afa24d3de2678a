// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/link/lazy_program.h"

#include <algorithm>
#include <map>
#include <set>

#include "kroton/base/at.h"
#include "kroton/base/errors.h"
#include "kroton/graph/needs.h"
#include "kroton/link/error_context.h"
#include "kroton/link/thunk.h"

namespace kroton::link {
namespace {
// A program of nodes that the same runs need, or one lazy node.
struct Part {
  std::vector<int> nodes = {};         // by their place in the order
  std::vector<int> in = {}, out = {};  // slots
  std::vector<char> copied = {};       // by input: a node of the part writes over it
  std::shared_ptr<const FunctionGraph> graph = {};
  std::shared_ptr<const Program> program = {};
  std::vector<int> branches = {};  // of a lazy node, by input
  bool is_always_needed = false;
  bool is_lazy() const { return !branches.empty(); }
};

// Where a graph is cut, and what passes from part to part.
class Cutter {
 public:
  Cutter(const FunctionGraph& fgraph, const std::vector<Apply>& order, const MakePart& make)
      : storage_(fgraph, order), part_of_(order.size()) {
    find_parts(fgraph.outputs(), order);
    find_slots(fgraph.outputs());
    for (Part& part : parts) {
      if (!part.is_lazy()) make_program(part, make);
    }
  }
  std::vector<Part> parts;
  const Storage& storage() const { return storage_; }
  // The part that computes a slot, -1 for inputs and constants.
  int maker(int slot) const {
    const int node = storage_.producer[at(slot)];
    return node < 0 ? -1 : part_of_[at(node)];
  }

 private:
  // One part per need and per number of lazy nodes on the way: none then waits for itself. What
  // acts stays behind a lazy node in whose branches something acts.
  void find_parts(const Variables& outputs, const std::vector<Apply>& order) {
    const std::vector<int> needed = needs(outputs, order);
    std::vector<int> level(order.size(), 0);
    std::map<std::pair<int, int>, int> known;
    bool a_branch_acts = false;
    int behind = 0;
    for (std::size_t n = 0; n < order.size(); ++n) {
      for (const int slot : storage_.nodes[n].in) {
        const int from = storage_.producer[at(slot)];
        if (from >= 0) level[n] = std::max(level[n], level[at(from)] + is_lazy(order[at(from)]));
      }
      const int fresh = static_cast<int>(parts.size());
      const bool lazy = is_lazy(order[n]);
      if (lazy && a_branch_acts) behind = std::max(behind, level[n] + 1);
      if (order[n].op().effect() == Effect::acts) {
        if (needed[n] != 0) a_branch_acts = true;
        level[n] = std::max(level[n], behind);
      }
      part_of_[n] = lazy ? fresh : known.try_emplace({needed[n], level[n]}, fresh).first->second;
      if (part_of_[n] == fresh) parts.emplace_back();
      Part& part = parts[at(part_of_[n])];
      part.nodes.push_back(static_cast<int>(n));
      part.is_always_needed = needed[n] == 0;
      if (!lazy) continue;
      part.branches = order[n].op().branches(order[n]);
      part.branches.resize(order[n].inputs().size(), 0);
    }
  }

  void find_slots(const Variables& outputs) {
    std::set<int> wanted;  // outside the part that makes them
    for (const Variable& output : outputs) wanted.insert(storage_.slot(output));
    for (std::size_t p = 0; p < parts.size(); ++p) {
      for (const int n : parts[p].nodes) {
        for (const int slot : storage_.nodes[at(n)].in) {
          if (maker(slot) != static_cast<int>(p)) wanted.insert(slot);
        }
      }
    }
    for (std::size_t p = 0; p < parts.size(); ++p) {
      Part& part = parts[p];
      for (const int n : part.nodes) {
        const NodeSlots& node = storage_.nodes[at(n)];
        for (const int slot : node.in) {
          const bool is_constant = as<Constant>(storage_.variables[at(slot)]).has_value();
          const bool is_new = std::find(part.in.begin(), part.in.end(), slot) == part.in.end();
          if (part.is_lazy() || (maker(slot) != static_cast<int>(p) && !is_constant && is_new))
            part.in.push_back(slot);
        }
        for (const int slot : node.out) {
          if (part.is_lazy() || wanted.contains(slot)) part.out.push_back(slot);
        }
      }
    }
  }

  void make_program(Part& part, const MakePart& make) {
    std::map<const void*, Variable> inside;
    Variables inputs, outputs;
    for (const int slot : part.in) {
      const Variable& x = storage_.variables[at(slot)];
      inputs.push_back(x.type().make_variable(x.text()));
      inputs.back().set_line(x.line());
      inside.emplace(x.key(), inputs.back());
    }
    part.copied.resize(part.in.size(), 0);
    std::vector<Apply> order;
    for (const int n : part.nodes) {
      const Apply& node = storage_.nodes[at(n)].node;
      Variables taken;
      for (const Variable& x : node.inputs()) {
        const auto found = inside.find(x.key());
        taken.push_back(found == inside.end() ? x : found->second);
      }
      order.push_back(node.clone_with_new_inputs(std::move(taken)));
      for (std::size_t o = 0; o < node.outputs().size(); ++o)
        inside.emplace(node.outputs()[o].key(), order.back().outputs()[o]);
      for (const auto& [output, destroyed] : node.op().destroy_map()) {
        for (const int i : destroyed) copy_root(part, storage_.nodes[at(n)].in[at(i)]);
      }
    }
    for (const int slot : part.out)
      outputs.push_back(inside.at(storage_.variables[at(slot)].key()));
    part.graph =
        std::make_shared<const FunctionGraph>(std::move(inputs), std::move(outputs), false);
    part.program = make(*part.graph, order, part.nodes);
  }

  // The input of the part whose memory SLOT is; others may still read it.
  void copy_root(Part& part, int slot) const {
    for (;;) {
      const auto found = std::find(part.in.begin(), part.in.end(), slot);
      if (found != part.in.end()) {
        part.copied[static_cast<std::size_t>(found - part.in.begin())] = 1;
        return;
      }
      const int made = storage_.producer[at(slot)];
      if (made < 0) return;
      const NodeSlots& node = storage_.nodes[at(made)];
      const int o = storage_.variables[at(slot)].index();
      int from = -1;
      for (const AliasMap& map : {node.node.op().view_map(), node.node.op().destroy_map()}) {
        const auto shared = map.find(o);
        if (shared != map.end() && !shared->second.empty()) from = node.in[at(shared->second[0])];
      }
      if (from < 0) return;
      slot = from;
    }
  }

  Storage storage_;
  std::vector<int> part_of_;
};

class LazyProgram final : public Program {
 public:
  LazyProgram(const FunctionGraph& fgraph, const std::vector<Apply>& order, const MakePart& make,
              std::shared_ptr<Recorder> recorder)
      : cut_(fgraph, order, make),
        recorder_(std::move(recorder)),
        readers_(cut_.storage().variables.size(), 0) {
    for (const Part& part : cut_.parts) {
      std::vector<ArrayCheck> checks;
      for (const int slot : part.out) checks.push_back(cut_.storage().checks[at(slot)]);
      checks_.push_back(std::move(checks));
      for (const int slot : part.in) ++readers_[at(slot)];
    }
    for (const int slot : cut_.storage().outputs) ++readers_[at(slot)];
  }

  void run(std::span<Value> inputs, std::span<Value> outputs) const override {
    const Storage& storage = cut_.storage();
    Run run{
        Values(storage.variables.size()), std::vector<char>(cut_.parts.size()), readers_, {}, {}};
    for (std::size_t i = 0; i < storage.inputs.size(); ++i)
      run.cells[at(storage.inputs[i])] = inputs[i];
    for (const auto& [slot, value] : storage.constants) run.cells[at(slot)] = value;
    for (std::size_t p = 0; p < cut_.parts.size(); ++p) {
      if (!cut_.parts[p].is_always_needed) continue;
      run.stack.push_back(static_cast<int>(p));
      while (!run.stack.empty()) step(run);
    }
    for (std::size_t o = 0; o < outputs.size(); ++o) outputs[o] = run.cells[at(storage.outputs[o])];
  }

 private:
  struct Run {
    Values cells;  // by slot
    std::vector<char> done;
    std::vector<int> readers;             // parts that may still ask for a slot
    std::vector<int> stack;               // parts that are asked for, the latest at the end
    std::set<std::pair<int, int>> asked;  // (part, branch)
  };

  // Runs the part that was asked for last, or asks for what it needs first.
  void step(Run& run) const {
    const int p = run.stack.back();
    const Part& part = cut_.parts[at(p)];
    if (run.done[at(p)]) return run.stack.pop_back();
    const std::size_t depth = run.stack.size();
    const auto ask = [&](int branch) {
      for (std::size_t i = part.in.size(); i-- > 0;) {
        if (part.is_lazy() && part.branches[i] != branch) continue;
        const int maker = cut_.maker(part.in[i]);
        if (maker >= 0 && !run.done[at(maker)]) run.stack.push_back(maker);
      }
    };
    ask(0);
    if (run.stack.size() > depth) return;
    if (!part.is_lazy()) {
      run_program(run, part);
    } else if (!run_lazy(run, part, p, ask)) {
      return;
    }
    run.done[at(p)] = 1;
    run.stack.pop_back();
    for (const int slot : part.in) {
      if (--run.readers[at(slot)] == 0) run.cells[at(slot)] = Value();
    }
  }

  void run_program(Run& run, const Part& part) const {
    Values in, out(part.out.size());
    for (std::size_t i = 0; i < part.in.size(); ++i) {
      const Value& value = run.cells[at(part.in[i])];
      in.push_back(part.copied[i] ? value.copy() : value);
    }
    part.program->run(in, out);
    for (std::size_t o = 0; o < out.size(); ++o) run.cells[at(part.out[o])] = std::move(out[o]);
  }

  // False when it has to wait for a branch.
  template <class Ask>
  bool run_lazy(Run& run, const Part& part, int p, const Ask& ask) const {
    const auto n = static_cast<std::size_t>(part.nodes[0]);
    const Apply& node = cut_.storage().nodes[n].node;
    Values in(part.in.size()), out(part.out.size());
    for (std::size_t i = 0; i < part.in.size(); ++i) {
      if (part.branches[i] == 0 || run.asked.contains({p, part.branches[i]}))
        in[i] = run.cells[at(part.in[i])];
    }
    try {
      if (const int branch = node.op().next_branch(node, in); branch != 0) {
        if (std::find(part.branches.begin(), part.branches.end(), branch) == part.branches.end() ||
            !run.asked.emplace(p, branch).second) {
          throw ValueError(node.op().text() + ": next_branch gave " + std::to_string(branch) +
                           "; it must give a branch of the node that was not asked for, or 0");
        }
        ask(branch);
        return false;
      }
      const auto begin = Recorder::Clock::now();
      if (!try_perform(node, in, out)) throw_no_body(node, "lazy ops run by perform()");
      if (recorder_)
        recorder_->add_node(part.nodes[0], "perform", begin, Recorder::Clock::now(), 0);
      check_outputs(node, checks_[at(p)], out);
    } catch (...) {
      rethrow_with([&] { return node_context(node, n, in); });
    }
    for (std::size_t o = 0; o < out.size(); ++o) run.cells[at(part.out[o])] = std::move(out[o]);
    return true;
  }

  Cutter cut_;
  std::shared_ptr<Recorder> recorder_;
  std::vector<std::vector<ArrayCheck>> checks_;  // of parts, by output
  std::vector<int> readers_;                     // by slot: parts that read it, and outputs
};
}  // namespace

std::shared_ptr<const Program> make_in_parts(const FunctionGraph& fgraph,
                                             const std::vector<Apply>& order, const MakePart& make,
                                             std::shared_ptr<Recorder> recorder) {
  if (std::none_of(order.begin(), order.end(), is_lazy)) return make(fgraph, order, {});
  return std::make_shared<const LazyProgram>(fgraph, order, make, std::move(recorder));
}
}  // namespace kroton::link
