// SPDX-License-Identifier: BSD-3-Clause
// The one mutable graph object: the nodes between inputs and outputs, who uses what, and
// replacement. Rewrites work on it. Source: Theano's gof/fg.py.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/feature.h"
#include "kroton/graph/variable.h"

namespace kroton::inline graph {
// One use of a variable: input INDEX of NODE, or, when NODE is false, graph output INDEX.
struct Client {
  Apply node;
  int index = 0;
};

class KROTON_API FunctionGraph {
 public:
  // clone: works on a copy, inputs included, so that the user's graph never changes. Otherwise
  // takes the nodes over: they may belong to one FunctionGraph only (ValueError). Every leaf that
  // outputs need must be an input, a constant or carry data of its own; ValueError names it.
  FunctionGraph(Variables inputs, Variables outputs, bool clone = true);
  FunctionGraph(FunctionGraph&&) noexcept;
  FunctionGraph& operator=(FunctionGraph&&) noexcept;
  ~FunctionGraph();

  const Variables& inputs() const;
  const Variables& outputs() const;
  // Nodes in no particular, but deterministic order.
  std::vector<Apply> apply_nodes() const;
  std::size_t size() const;  // number of nodes
  bool contains(const Apply& node) const;
  // Data dependence and every feature's orderings; ties by build order.
  std::vector<Apply> toposort() const;
  std::vector<std::pair<Apply, Apply>> orderings() const;
  const std::vector<Client>& clients(const Variable& variable) const;
  bool is_output(const Variable& variable) const;

  // All uses of OLD become uses of WITH (converted to OLD's type where broadcast flags allow,
  // TypeError otherwise). Nodes that nothing uses any more leave the graph, except those that act
  // (Effect::acts).
  void replace(const Variable& old, const Variable& with, std::string reason = "");
  void change_input(const Apply& node, int index, const Variable& with,
                    const std::string& reason = "");
  void change_output(int index, const Variable& with, const std::string& reason = "");
  // Replaces all pairs, validates, and undoes everything when a feature throws InconsistencyError
  // (rethrown).
  void replace_all_validate(const std::vector<std::pair<Variable, Variable>>& pairs,
                            const std::string& reason = "");
  void validate() const;
  // New graph inputs and outputs: updates and shared variables join this way.
  void add_input(const Variable& input);
  void add_output(const Variable& output);
  // The nodes behind COMPUTED join the graph without an output that needs them; its owner must be
  // one that acts, which stays whether something uses it or not.
  void add_action(const Variable& computed);
  // FRESH acts in the place of NODE, which acts and leaves; uses of NODE's outputs become uses of
  // WITH, computed from what FRESH gives.
  void replace_action(const Apply& node, const Apply& fresh, const Variables& with,
                      const std::string& reason = "");

  // Throws InternalError when clients, nodes and inputs disagree.
  void check_integrity() const;
  // A copy with its own nodes; MEMO, when given, receives (original, copy) of every variable.
  FunctionGraph clone() const;
  FunctionGraph clone(std::vector<std::pair<Variable, Variable>>& memo) const;

  void attach(std::shared_ptr<Feature> feature);
  void detach(const std::shared_ptr<Feature>& feature);
  std::span<const std::shared_ptr<Feature>> features() const;
  template <class F>
  F* feature() const {
    for (const auto& attached : features()) {
      if (auto* found = dynamic_cast<F*>(attached.get())) return found;
    }
    return nullptr;
  }
  // Grows with every change; lets a rewriter know whether anything happened.
  std::uint64_t changes() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};
}  // namespace kroton::inline graph
