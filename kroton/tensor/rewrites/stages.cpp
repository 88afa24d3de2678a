// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/rewrites/stages.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <set>
#include <unordered_map>

#include "kroton/graph/needs.h"
#include "kroton/graph/op.h"
#include "kroton/kernel/compose.h"
#include "kroton/rewrite/rewriter.h"
#include "kroton/tensor/detail/fused_kernel.h"
#include "kroton/tensor/detail/kernel_facts.h"

namespace kroton::tensor {
namespace {
constexpr std::size_t max_params = 32, max_stages = 8, stage_window = 16;

using Shared = std::vector<std::pair<int, int>>;

// A kernel that is being built, and the variable of each of its params.
struct Open {
  kernel::Kernel kernel;
  Variables params;
  std::vector<Apply> nodes;
  std::vector<GivenLength> given;
  int need = 0;  // of its nodes

  bool is_output(std::size_t p) const { return kernel.params[p].role == kernel::Role::out; }
  int output(const Variable& x) const { return find(x, true); }
  int input(const Variable& x) const { return find(x, false); }

 private:
  int find(const Variable& x, bool output) const {
    for (std::size_t p = 0; p < params.size(); ++p) {
      if (is_output(p) == output && params[p] == x) return static_cast<int>(p);
    }
    return -1;
  }
};

// The axis that the index is, or -1.
int plain_axis(const kernel::Affine& index) {
  const bool plain = index.constant == 0 && index.terms.size() == 1 &&
                     index.terms[0].kind == kernel::Term::Kind::axis &&
                     index.terms[0].coefficient == 1;
  return plain ? index.terms[0].id : -1;
}

// The axis at which READER reads PARAM in the dimension where MADE stores OUTPUT at its outer axis
// number K; -1 when there is none, or not one alone.
int axis_read(const kernel::Kernel& made, int output, std::size_t k, const kernel::Kernel& reader,
              int param) {
  int found = -1;
  for (const kernel::Stage& stage : made.stages) {
    for (const kernel::Statement& s : stage.statements) {
      if (s.kind != kernel::StatementKind::store || s.access.param != output) continue;
      for (std::size_t d = 0; d < s.access.index.size(); ++d) {
        if (plain_axis(s.access.index[d]) != made.outer[k]) continue;
        for (const kernel::Access& access : reader.accesses) {
          if (access.param != param) continue;
          const int axis = plain_axis(access.index[d]);
          if (axis < 0 || (found >= 0 && found != axis) || access.checked || !access.where.empty())
            return -1;
          found = axis;
        }
      }
    }
  }
  return found;
}

// Whether the reader is at the same outer point of the kernel in all arrays that it takes from it.
bool reads_one_point(const kernel::Kernel& made, const kernel::Kernel& reader,
                     const Shared& taken) {
  for (std::size_t k = 0; k < made.outer.size(); ++k) {
    const int axis = axis_read(made, taken[0].first, k, reader, taken[0].second);
    for (const auto& [output, param] : taken) {
      if (axis < 0 || axis_read(made, output, k, reader, param) != axis) return false;
    }
  }
  return true;
}

// Whether the axis goes over the whole dimension, not over a part of it.
bool spans(const kernel::Kernel& kernel, int axis, int param, int dim) {
  const int extent = kernel::extent_of(kernel, param, dim);
  return extent >= 0 &&
         kernel.axes[static_cast<std::size_t>(axis)].length == kernel::Affine::extent(extent);
}

// Per dimension of PARAM, where the axis at which it is read stands among the kernel's axes (outer
// ones, then each stage's); empty when it is read in another way, or in several.
std::vector<std::size_t> places_read(const kernel::Kernel& kernel, int param) {
  std::vector<int> axes = kernel.outer;
  for (const kernel::Stage& stage : kernel.stages)
    axes.insert(axes.end(), stage.axes.begin(), stage.axes.end());
  std::vector<std::size_t> places;
  bool seen = false;
  for (const kernel::Access& access : kernel.accesses) {
    if (access.param != param || access.checked) continue;
    std::vector<std::size_t> found;
    for (std::size_t d = 0; d < access.index.size(); ++d) {
      const auto axis = std::find(axes.begin(), axes.end(), plain_axis(access.index[d]));
      if (axis == axes.end() || !spans(kernel, *axis, param, static_cast<int>(d))) return {};
      found.push_back(static_cast<std::size_t>(axis - axes.begin()));
    }
    if (seen && found != places) return {};
    places = std::move(found);
    seen = true;
  }
  return places;
}

// Whether both walk one array in the same way, along all their axes.
bool walk_alike(const kernel::Kernel& a, const kernel::Kernel& b, const Shared& shared) {
  std::size_t axes = a.outer.size();
  for (const kernel::Stage& stage : a.stages) axes += stage.axes.size();
  return std::any_of(shared.begin(), shared.end(), [&](const auto& pair) {
    const std::vector<std::size_t> places = places_read(a, pair.first);
    return places.size() == axes && places == places_read(b, pair.second);
  });
}

// Whether the reader goes through memory as the kernel does: the outer axes come first in it, and
// what both read has them in the same dimensions. Columns of a long array leave the cache between
// two stages, so nothing would be won, and where columns are few threads would be lost.
bool goes_along(const kernel::Kernel& made, const kernel::Kernel& reader, const Shared& taken,
                const Shared& shared) {
  std::vector<int> matched;
  for (std::size_t k = 0; k < made.outer.size(); ++k) {
    matched.push_back(axis_read(made, taken[0].first, k, reader, taken[0].second));
  }
  if (matched.size() > reader.outer.size() ||
      !std::equal(matched.begin(), matched.end(), reader.outer.begin())) {
    return false;
  }
  for (const auto& [mine, other] : shared) {
    for (const kernel::Access& a : made.accesses) {
      for (const kernel::Access& b : reader.accesses) {
        if (a.param != mine || b.param != other) continue;
        for (std::size_t d = 0; d < a.index.size(); ++d) {
          const auto outer =
              std::find(made.outer.begin(), made.outer.end(), plain_axis(a.index[d]));
          if (outer == made.outer.end()) continue;
          if (plain_axis(b.index[d]) !=
              matched[static_cast<std::size_t>(outer - made.outer.begin())])
            return false;
        }
      }
    }
  }
  return true;
}

// The index at which the one store or the loads of PARAM in STAGE are; nothing when there are
// several, or when one of them is more than a plain place.
std::optional<std::vector<kernel::Affine>> only_index(const kernel::Kernel& kernel,
                                                      const kernel::Stage& stage, int param,
                                                      bool stored) {
  std::optional<std::vector<kernel::Affine>> found;
  bool plain = true;
  const auto look = [&](const kernel::Access& access) {
    if (access.param != param) return;
    plain = plain && !access.checked && access.where.empty() && (!found || *found == access.index);
    found = access.index;
  };
  if (stored) {
    for (const kernel::Statement& s : stage.statements) {
      if (s.kind == kernel::StatementKind::scatter && s.access.param == param) plain = false;
      if (s.kind != kernel::StatementKind::store || s.access.param != param) continue;
      plain = plain && !found;
      look(s.access);
    }
  } else {
    for (const kernel::ExprId e : kernel::stage_exprs(kernel, stage)) {
      const kernel::Expr& expr = kernel.exprs[static_cast<std::size_t>(e)];
      if (expr.kind == kernel::ExprKind::load)
        look(kernel.accesses[static_cast<std::size_t>(expr.number)]);
    }
  }
  return plain ? found : std::nullopt;
}

bool touches(const kernel::Kernel& kernel, const kernel::Stage& stage, int param) {
  for (const kernel::Statement& s : stage.statements) {
    const bool writes =
        s.kind == kernel::StatementKind::store || s.kind == kernel::StatementKind::scatter;
    if (writes && s.access.param == param) return true;
  }
  const std::vector<kernel::ExprId> exprs = kernel::stage_exprs(kernel, stage);
  return std::any_of(exprs.begin(), exprs.end(), [&](kernel::ExprId e) {
    const kernel::Expr& expr = kernel.exprs[static_cast<std::size_t>(e)];
    return expr.kind == kernel::ExprKind::load &&
           kernel.accesses[static_cast<std::size_t>(expr.number)].param == param;
  });
}

// Whether RESULT may lie where PASSING lies: the last stage that reads the latter is the only one
// that knows the former, and stores it where it reads.
bool can_lie_in(const kernel::Kernel& kernel, int result, int passing) {
  const auto& a = kernel.params[static_cast<std::size_t>(result)];
  const auto& b = kernel.params[static_cast<std::size_t>(passing)];
  if (a.dtype != b.dtype || a.rank != b.rank || a.alias_group != -1 || b.alias_group != -1)
    return false;
  const kernel::Stage* last = nullptr;
  for (const kernel::Stage& stage : kernel.stages) {
    if (touches(kernel, stage, passing)) last = &stage;
  }
  for (const kernel::Stage& stage : kernel.stages) {
    if (&stage != last && touches(kernel, stage, result)) return false;
  }
  if (!last || kernel::stage_kind(kernel, *last) != kernel::AxisKind::parallel) return false;
  if (only_index(kernel, *last, passing, true) || only_index(kernel, *last, result, false))
    return false;
  const auto read = only_index(kernel, *last, passing, false);
  const auto stored = only_index(kernel, *last, result, true);
  return read && stored && *read == *stored;
}

class Stager {
 public:
  explicit Stager(FunctionGraph& fgraph) : fgraph_(fgraph) {
    const std::vector<Apply> nodes = fgraph.toposort();
    const std::vector<int> needed = needs(fgraph.outputs(), nodes);
    for (const Apply& node : nodes) {
      const int need = needed[units_.size()];
      position_.emplace(node.key(), units_.size());
      units_.push_back({.node = node, .facts = kernel_facts(node), .need = need});
    }
    for (std::size_t u = 0; u < units_.size(); ++u) {
      for (const Variable& input : units_[u].node.inputs()) {
        if (const Apply owner = input.owner()) edge(owner, u);
      }
    }
    for (const auto& [first, then] : fgraph.orderings()) edge(first, position_.at(then.key()));
    run();
  }
  const std::vector<Open>& kernels() const { return kernels_; }

 private:
  struct Unit {
    Apply node;
    std::optional<KernelFacts> facts = {};
    std::vector<std::size_t> followers = {};
    std::size_t waiting = 0;
    int need = 0;  // what some runs skip must not run with what they need
  };

  void edge(const Apply& first, std::size_t then) {
    const auto found = position_.find(first.key());
    if (found == position_.end()) return;
    units_[found->second].followers.push_back(then);
    ++units_[then].waiting;
  }
  bool is_reduction(std::size_t u) const {
    const auto& facts = units_[u].facts;
    return facts && !facts->kernel.outer.empty() && !facts->kernel.accumulators.empty();
  }

  void run() {
    for (std::size_t u = 0; u < units_.size(); ++u) {
      if (units_[u].waiting == 0) (is_reduction(u) ? reductions_ : others_).insert(u);
    }
    while (!others_.empty() || !reductions_.empty()) {
      std::set<std::size_t>& list = others_.empty() ? reductions_ : others_;
      const std::size_t u = *list.begin();
      list.erase(list.begin());
      if (is_reduction(u)) {
        build(u);
      } else {
        done(u);
      }
    }
  }
  void done(std::size_t u) {
    for (std::size_t f : units_[u].followers) {
      if (--units_[f].waiting == 0) (is_reduction(f) ? reductions_ : others_).insert(f);
    }
  }

  void build(std::size_t first) {
    const Unit& unit = units_[first];
    Open open{unit.facts->kernel,
              unit.node.inputs(),
              {unit.node},
              given_lengths({unit.node, &unit.facts->kernel}),
              unit.need};
    open.params.insert(open.params.end(), unit.node.outputs().begin(), unit.node.outputs().end());
    done(first);
    for (bool grows = true; grows;) {
      grows = false;
      for (std::set<std::size_t>* list : {&reductions_, &others_}) {
        std::size_t looked_at = 0;
        for (auto u = list->begin(); u != list->end() && looked_at < stage_window && !grows;
             ++looked_at) {
          const std::size_t candidate = *u++;
          if (!take(open, candidate)) continue;
          list->erase(candidate);
          done(candidate);
          grows = true;
        }
      }
    }
    if (open.nodes.size() == 1) return;
    open.kernel = kernel::merge_stages(open.kernel);
    share_memory(open);
    kernels_.push_back(std::move(open));
  }

  // An array that only the kernel's own stages see takes the result that is made of it: the row
  // stays in the cache, and no memory is written for it.
  void share_memory(Open& open) const {
    for (std::size_t p = 0; p < open.params.size(); ++p) {
      if (!open.is_output(p) || is_seen(open, open.params[p])) continue;
      for (std::size_t q = 0; q < open.params.size(); ++q) {
        const int result = static_cast<int>(q), passing = static_cast<int>(p);
        if (q == p || !open.is_output(q) || !is_seen(open, open.params[q]) ||
            !can_lie_in(open.kernel, result, passing)) {
          continue;
        }
        open.kernel = kernel::merge_params(open.kernel, result, passing);
        open.params.erase(open.params.begin() + static_cast<std::ptrdiff_t>(p));
        return share_memory(open);
      }
    }
  }
  bool is_seen(const Open& open, const Variable& x) const {
    const auto& clients = fgraph_.clients(x);
    return std::any_of(clients.begin(), clients.end(), [&](const Client& client) {
      return !client.node ||
             std::find(open.nodes.begin(), open.nodes.end(), client.node) == open.nodes.end();
    });
  }

  bool take(Open& open, std::size_t u) {
    const Unit& unit = units_[u];
    if (!unit.facts || unit.facts->is_view || unit.facts->reads_outputs || unit.need != open.need ||
        open.kernel.stages.size() + unit.facts->kernel.stages.size() > max_stages) {
      return false;
    }
    Shared taken, shared;
    for (std::size_t i = 0; i < unit.node.inputs().size(); ++i) {
      const int made = open.output(unit.node.inputs()[i]), read = open.input(unit.node.inputs()[i]);
      if (made >= 0) taken.emplace_back(made, static_cast<int>(i));
      if (made < 0 && read >= 0) shared.emplace_back(read, static_cast<int>(i));
    }
    if (open.params.size() + unit.node.inputs().size() + unit.node.outputs().size() > max_params)
      return false;
    std::optional<kernel::Composed> composed;
    if (!taken.empty()) {
      if (!reads_one_point(open.kernel, unit.facts->kernel, taken)) return false;
      if (!goes_along(open.kernel, unit.facts->kernel, taken, shared)) return false;
      const auto [made, input] = taken[0];
      shared.insert(shared.end(), taken.begin() + 1, taken.end());
      composed = kernel::append_stages(open.kernel, made, unit.facts->kernel, input,
                                       must_stay(open, made, u, taken), shared);
    } else if (is_reduction(u) && walk_alike(open.kernel, unit.facts->kernel, shared)) {
      composed = kernel::join_siblings(open.kernel, unit.facts->kernel, shared);
    }
    return composed && grow(open, unit, std::move(*composed));
  }
  // Whether the array is read by others than the kernel and the unit, or by the unit as an array as
  // well.
  bool must_stay(const Open& open, int made, std::size_t u, const Shared& taken) const {
    for (std::size_t i = 1; i < taken.size(); ++i) {
      if (taken[i].first == made) return true;
    }
    const auto& clients = fgraph_.clients(open.params[static_cast<std::size_t>(made)]);
    return std::any_of(clients.begin(), clients.end(), [&](const Client& client) {
      if (!client.node) return true;
      const bool inside =
          std::find(open.nodes.begin(), open.nodes.end(), client.node) != open.nodes.end();
      return !inside && !(client.node == units_[u].node);
    });
  }
  static bool grow(Open& open, const Unit& unit, kernel::Composed composed) {
    Variables params(composed.kernel.params.size());
    for (std::size_t p = 0; p < open.params.size(); ++p) {
      if (composed.first[p] >= 0)
        params[static_cast<std::size_t>(composed.first[p])] = open.params[p];
    }
    const std::size_t inputs = unit.node.inputs().size();
    for (std::size_t p = 0; p < composed.second.size(); ++p) {
      if (composed.second[p] < 0) continue;
      Variable& slot = params[static_cast<std::size_t>(composed.second[p])];
      if (!slot) slot = p < inputs ? unit.node.inputs()[p] : unit.node.outputs()[p - inputs];
    }
    for (const Variable& x : params) {
      if (!x) return false;
    }
    // Behind what the kernel is given already, as composing numbers them.
    open.given.resize(static_cast<std::size_t>(kernel::given_count(open.kernel)));
    for (GivenLength& length : given_lengths({unit.node, &unit.facts->kernel}))
      open.given.push_back(std::move(length));
    open.kernel = std::move(composed.kernel);
    open.params = std::move(params);
    open.nodes.push_back(unit.node);
    return true;
  }

  FunctionGraph& fgraph_;
  std::vector<Unit> units_;
  std::unordered_map<const void*, std::size_t> position_;
  std::set<std::size_t> reductions_, others_;
  std::vector<Open> kernels_;
};
}  // namespace

void fuse_stages(FunctionGraph& fgraph, rewrite::Trace& trace) {
  const Stager stager(fgraph);
  // From the graph's end: what a kernel reads is still there, and follows when it is replaced.
  for (auto open = stager.kernels().rbegin(); open != stager.kernels().rend(); ++open) {
    Variables inputs, outputs;
    for (std::size_t p = 0; p < open->params.size(); ++p) {
      (open->is_output(p) ? outputs : inputs).push_back(open->params[p]);
    }
    const Apply fused =
        fused_node(FusedKernel{open->kernel, inputs, open->given}, open->nodes, outputs);
    std::vector<std::pair<Variable, Variable>> pairs;
    for (std::size_t i = 0; i < outputs.size(); ++i)
      pairs.emplace_back(outputs[i], fused.outputs()[i]);
    rewrite::replace_variables(fgraph, pairs, "fusion_stages", trace);
  }
}
}  // namespace kroton::tensor
