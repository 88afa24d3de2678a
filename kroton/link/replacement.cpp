// SPDX-License-Identifier: BSD-3-Clause
// Which new values of shared variables may be computed over the old ones. A call that fails must
// leave all of them as they were, so only the last nodes of a program come into question: kernels,
// whose lengths are checked and whose memory is there before the first node runs, and ops that say
// by input_check() what would fail.
#include <algorithm>
#include <set>

#include "kroton/base/at.h"
#include "kroton/link/native_node.h"
#include "kroton/link/plan.h"

namespace kroton::link {
namespace {
bool can_fault(const kernel::Kernel& k) {
  const auto checked = [](const kernel::Access& access) { return access.checked; };
  return std::any_of(k.accesses.begin(), k.accesses.end(), checked) ||
         std::any_of(k.stages.begin(), k.stages.end(), [&](const kernel::Stage& stage) {
           return std::any_of(stage.statements.begin(), stage.statements.end(),
                              [&](const kernel::Statement& s) { return checked(s.access); });
         });
}

bool reads_any(const kernel::Affine& index, const std::vector<char>& exprs) {
  return std::any_of(index.terms.begin(), index.terms.end(), [&](const kernel::Term& t) {
    return t.kind == kernel::Term::Kind::value && exprs[at(t.id)];
  });
}
bool reads_any(const kernel::Access& access, const std::vector<char>& exprs) {
  return std::any_of(access.index.begin(), access.index.end(),
                     [&](const kernel::Affine& index) { return reads_any(index, exprs); });
}

// Whether the kernel finds the same faults whatever the elements of PARAMS are: none decides where
// something is read or written, nor whether.
bool faults_alike(const kernel::Kernel& k, const std::vector<char>& params) {
  std::vector<char> depends(k.exprs.size(), 0);
  for (std::size_t e = 0; e < k.exprs.size(); ++e) {
    const kernel::Expr& expr = k.exprs[e];
    const auto is_set = [&](kernel::ExprId a) { return depends[at(a)] != 0; };
    depends[e] =
        std::any_of(expr.args.begin(), expr.args.end(), is_set) || reads_any(expr.affine, depends);
    if (expr.kind == kernel::ExprKind::select && is_set(expr.args[0])) return false;
    if (expr.kind != kernel::ExprKind::load) continue;
    const kernel::Access& access = k.accesses[at(expr.number)];
    if (reads_any(access, depends)) return false;
    depends[e] |= params[at(access.param)];
  }
  for (const kernel::Stage& stage : k.stages) {
    for (const kernel::Statement& s : stage.statements) {
      if (reads_any(s.access, depends)) return false;
    }
  }
  // What is carried or accumulated is not followed.
  return k.carries.empty() && k.accumulators.empty();
}
}  // namespace

// Kernels that cannot be rehearsed replace nothing.
void Blueprint::keep_what_faults_alike() {
  std::set<int> wrong;
  for (const Replacement& r : replacements) {
    if (!r.checked || r.check) continue;
    std::vector<char> params(storage.nodes[at(r.node)].in.size() +
                             storage.nodes[at(r.node)].out.size());
    for (const Replacement& other : replacements) {
      const auto& in = storage.nodes[at(r.node)].in;
      for (std::size_t i = 0; i < in.size(); ++i)
        params[i] |= other.node == r.node && in[i] == other.input;
    }
    if (!faults_alike(*nodes[at(r.node)].kernel->kernel, params)) wrong.insert(r.node);
  }
  std::erase_if(replacements, [&](const Replacement& r) { return wrong.contains(r.node); });
}

bool Blueprint::may_lie_over(int n, std::size_t o, int slot) const {
  const NodeSlots& node = storage.nodes[at(n)];
  const auto& over = nodes[at(n)].overlays;
  if (o >= over.size()) return false;
  for (std::size_t i = 0; i < node.in.size(); ++i) {
    if (root[at(node.in[i])] != slot) continue;
    if (node.in[i] != slot || !over[o].contains(static_cast<int>(i))) return false;
  }
  return true;
}

void Blueprint::replace(const std::vector<std::pair<int, int>>& inputs_and_outputs) {
  replacements.clear();
  for (const auto& [i, o] : inputs_and_outputs) {
    const int input = storage.inputs[at(i)], output = storage.outputs[at(o)];
    const int n = storage.producer[at(output)];
    if (n < 0 || !nodes[at(n)].is_planned() || escapes[at(input)] || class_last[at(input)] != n ||
        root[at(output)] != output)
      continue;
    const Apply& node = storage.nodes[at(n)].node;
    const bool performs = nodes[at(n)].kind == NodeKind::perform;
    InputCheck check = performs && !has_c_code(node) ? node.op().input_check(node) : nullptr;
    if (performs && !check) continue;
    const auto& out = storage.nodes[at(n)].out;
    const auto which =
        static_cast<std::size_t>(std::find(out.begin(), out.end(), output) - out.begin());
    if (may_lie_over(n, which, input))
      replacements.push_back({n, i, input, output, std::move(check),
                              performs || can_fault(*nodes[at(n)].kernel->kernel)});
  }
  keep_what_faults_alike();
  const auto is_replaced = [&](int n) {
    return std::any_of(replacements.begin(), replacements.end(),
                       [&](const Replacement& r) { return r.node == n; });
  };
  const auto cannot_fail = [&](int n) {
    return is_replaced(n) ||
           (nodes[at(n)].kind == NodeKind::kernel && !can_fault(*nodes[at(n)].kernel->kernel));
  };
  commit = static_cast<int>(nodes.size());
  while (commit > segments.back().first && cannot_fail(commit - 1)) --commit;
  // A rehearsal reads what is there before the first of these nodes has run.
  for (const Replacement& r : replacements) {
    if (!r.checked || r.node < commit) continue;
    for (const int s : storage.nodes[at(r.node)].in)
      commit = std::max(commit, storage.producer[at(s)] + 1);
  }
  std::erase_if(replacements, [&](const Replacement& r) { return r.node < commit; });
  segments.back().key_size += replacements.size();
}
}  // namespace kroton::link
