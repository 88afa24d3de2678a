// SPDX-License-Identifier: BSD-3-Clause
#include <unordered_map>
#include <unordered_set>

#include "kroton/base/errors.h"
#include "kroton/gradient/detail/accumulate.h"
#include "kroton/graph/disconnected_type.h"
#include "kroton/graph/null_type.h"
#include "kroton/graph/op.h"
#include "kroton/graph/walk.h"

namespace kroton::inline gradient {
namespace {
bool is_disconnected(const Variable& g) {
  return !g || dynamic_cast<const DisconnectedType*>(&g.type());
}
bool is_null(const Variable& g) { return g && dynamic_cast<const NullType*>(&g.type()); }

// The terms of one variable are summed in the order in which they came, never with an initial zero.
Variable sum_of(const Variable& x, const std::vector<Variable>& terms) {
  Variable total;
  for (const Variable& term : terms) {
    if (is_null(term)) return term;
    total = total ? x.type().add(total, term) : term;
  }
  return total;
}

class Accumulation {
 public:
  Accumulation(const std::vector<std::pair<Variable, Variable>>& known, const Variables& wrt,
               const Variables& constant)
      : constant_(constant.begin(), constant.end()) {
    Variables ends;
    for (const auto& [variable, g] : known) {
      known_.emplace(variable, g);
      ends.push_back(variable);
    }
    order_ = toposort_between(constant, ends);
    for (const Apply& node : order_) patterns_.emplace(node.key(), checked_pattern(node));
    mark_connected(ends);
    mark_dependent(wrt);
  }

  Variables run(const Variables& wrt) {
    for (auto node = order_.rbegin(); node != order_.rend(); ++node) visit(*node);
    Variables results;
    for (const Variable& x : wrt) results.push_back(gradient_of(x));
    return results;
  }

 private:
  static Connections checked_pattern(const Apply& node) {
    Connections pattern = node.op().connection_pattern(node);
    bool fits = pattern.size() == node.inputs().size();
    for (const auto& row : pattern) fits = fits && row.size() == node.outputs().size();
    if (!fits) {
      throw GradientError(
          "grad: " + node.op().text() + ".connection_pattern must have a row for each of " +
          std::to_string(node.inputs().size()) + " inputs with an entry for each of " +
          std::to_string(node.outputs().size()) + " outputs");
    }
    return pattern;
  }

  // What the ends depend on differentiably.
  void mark_connected(const Variables& ends) {
    connected_.insert(ends.begin(), ends.end());
    for (auto node = order_.rbegin(); node != order_.rend(); ++node) {
      const Connections& pattern = patterns_.at(node->key());
      for (std::size_t i = 0; i < node->inputs().size(); ++i) {
        for (std::size_t o = 0; o < node->outputs().size(); ++o) {
          if (pattern[i][o] && connected_.contains(node->outputs()[o]) &&
              !constant_.contains(node->outputs()[o])) {
            connected_.insert(node->inputs()[i]);
          }
        }
      }
    }
  }

  // What depends on a wrt: other branches need no gradient.
  void mark_dependent(const Variables& wrt) {
    dependent_.insert(wrt.begin(), wrt.end());
    for (const Apply& node : order_) {
      const Connections& pattern = patterns_.at(node.key());
      for (std::size_t i = 0; i < node.inputs().size(); ++i) {
        if (!dependent_.contains(node.inputs()[i])) continue;
        for (std::size_t o = 0; o < node.outputs().size(); ++o) {
          if (pattern[i][o]) dependent_.insert(node.outputs()[o]);
        }
      }
    }
  }

  Variable gradient_of(const Variable& x) {
    if (const auto given = known_.find(x); given != known_.end()) return given->second;
    const auto found = terms_.find(x);
    return found == terms_.end() ? Variable() : sum_of(x, found->second);
  }

  void visit(const Apply& node) {
    bool wanted = false;
    for (const Variable& input : node.inputs()) {
      wanted = wanted || (dependent_.contains(input) && connected_.contains(input) &&
                          !constant_.contains(input));
    }
    if (!wanted) return;
    Variables gz;
    bool any = false;
    for (const Variable& output : node.outputs()) {
      Variable g = constant_.contains(output) ? Variable() : gradient_of(output);
      terms_.erase(output);
      if (is_disconnected(g)) {
        g = DisconnectedType()();
      } else {
        any = true;
        if (!is_null(g)) g = output.type().gradient_like(g, output);
        known_.emplace(output, g);
      }
      gz.push_back(std::move(g));
    }
    if (any) distribute(node, gz);
  }

  void distribute(const Apply& node, const Variables& gz) {
    const Connections& pattern = patterns_.at(node.key());
    const Variable null = first_null(gz);
    CreationLine line(node.line());
    const Variables terms = null ? Variables(node.inputs().size(), null) : node.op().grad(node, gz);
    if (terms.size() != node.inputs().size()) {
      throw GradientError("grad: " + node.op().text() + ".grad returned " +
                          std::to_string(terms.size()) + " terms for " +
                          std::to_string(node.inputs().size()) + " inputs");
    }
    for (std::size_t i = 0; i < terms.size(); ++i) {
      const Variable& input = node.inputs()[i];
      bool joined = false;
      for (std::size_t o = 0; o < gz.size(); ++o)
        joined = joined || (pattern[i][o] && !is_disconnected(gz[o]));
      if (!joined || constant_.contains(input) || !dependent_.contains(input)) continue;
      check_term(node, i, terms[i]);
      terms_[input].push_back(terms[i]);
    }
  }

  // A null gradient of an output makes those of all connected inputs null.
  static Variable first_null(const Variables& gz) {
    for (const Variable& g : gz) {
      if (is_null(g)) return g;
    }
    return Variable();
  }

  static void check_term(const Apply& node, std::size_t i, const Variable& term) {
    const std::string who = "grad: " + node.op().text() + ".grad returned ";
    const Variable& input = node.inputs()[i];
    if (is_disconnected(term)) {
      throw GradientError(who + (term ? "a disconnected gradient" : "nothing") + " for input " +
                          std::to_string(i) + " (" + input.text() +
                          "), which its connection_pattern says is connected");
    }
    if (is_null(term) || !term.type().is_array()) return;
    if (is_discrete(term.dtype())) {
      throw GradientError(who + term.type().text() + " for input " + std::to_string(i) + " (" +
                          input.text() + "); a gradient is never an integer");
    }
    if (input.type().is_array() && term.ndim() != input.ndim()) {
      throw GradientError(who + term.type().text() + " for input " + std::to_string(i) + " (" +
                          input.text() + "), which has " + std::to_string(input.ndim()) +
                          " dimensions");
    }
  }

  std::unordered_set<Variable> constant_, connected_, dependent_;
  std::unordered_map<Variable, Variable> known_;
  std::unordered_map<Variable, std::vector<Variable>> terms_;
  std::unordered_map<const void*, Connections> patterns_;
  std::vector<Apply> order_;
};
}  // namespace

std::vector<Variable> accumulate_gradients(const std::vector<std::pair<Variable, Variable>>& known,
                                           const Variables& wrt, const Variables& constant) {
  return Accumulation(known, wrt, constant).run(wrt);
}
}  // namespace kroton::inline gradient
