// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/kernel/interpreter.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "kroton/kernel/detail/evaluator.h"
#include "kroton/kernel/tree.h"

namespace kroton::kernel {
namespace {
using detail::Evaluator;

// A tuple of an accumulator for `width` lanes: one array per component.
using State = std::vector<std::vector<char>>;

class Interpreter {
 public:
  Interpreter(const Kernel& kernel, const std::vector<std::int64_t>& extents,
              const std::vector<void*>& pointers,
              const std::vector<std::vector<std::int64_t>>& strides)
      : kernel_(kernel), evaluator_(kernel, extents, pointers, strides) {
    for (const Axis& a : kernel.axes) lengths_.push_back(length(a.length, extents));
    for (const Stage& s : kernel.stages) {
      exprs_.push_back(stage_exprs(kernel, s));
      points_.push_back(points(s.axes));
    }
    for (const Accumulator& a : kernel.accumulators) combines_.push_back(needed(a.combine));
    for (const Carry& c : kernel.carries) starts_.push_back(needed({c.start}));
    results_.resize(kernel.accumulators.size());
  }

  Fault run() {
    std::int64_t outer = points(kernel_.outer);
    std::int64_t group = group_size();
    for (std::int64_t first = 0; first < outer && !evaluator_.fault; first += group) {
      width_ = static_cast<int>(std::min(group, outer - first));
      first_ = first;
      place_outer(width_);
      for (std::size_t s = 0; s < kernel_.stages.size(); ++s) run_stage(s);
    }
    return evaluator_.fault;
  }

 private:
  std::int64_t points(const std::vector<int>& axes) const {
    std::int64_t n = 1;
    for (int a : axes) n *= lengths_[static_cast<std::size_t>(a)];
    return n;
  }

  // Points of a batch lie along the outer axes when stages are short or ordered, else along a
  // stage.
  std::int64_t group_size() const {
    for (std::size_t s = 0; s < kernel_.stages.size(); ++s) {
      if (stage_kind(kernel_, kernel_.stages[s]) == AxisKind::ordered) return Evaluator::batch;
      if (!kernel_.stages[s].axes.empty() && points_[s] < lane_count) return Evaluator::batch;
    }
    bool all_outer = std::all_of(kernel_.stages.begin(), kernel_.stages.end(),
                                 [](const Stage& s) { return s.axes.empty(); });
    return all_outer ? Evaluator::batch : 1;
  }

  std::vector<ExprId> needed(const std::vector<ExprId>& roots) const {
    Stage stage;
    stage.statements.push_back({StatementKind::accumulate, 0, {}, roots});
    return stage_exprs(kernel_, stage);
  }

  // Axis values of row-major points [first, first + count) into lanes [lane, ...).
  void place(const std::vector<int>& axes, std::int64_t first, int count, bool same, int lanes) {
    for (int i = 0; i < count; ++i) {
      std::int64_t rest = first + i;
      for (std::size_t k = axes.size(); k-- > 0;) {
        const Axis& axis = kernel_.axes[static_cast<std::size_t>(axes[k])];
        std::int64_t n = lengths_[static_cast<std::size_t>(axes[k])];
        std::int64_t value = rest % n;
        rest /= n;
        if (axis.backward) value = n - 1 - value;
        std::int64_t* to = evaluator_.axis(axes[k]);
        if (same) {
          std::fill(to, to + lanes, value);
        } else {
          to[i] = value;
        }
      }
    }
  }
  void place_outer(int lanes) {
    if (width_ == 1) {
      place(kernel_.outer, first_, 1, true, lanes);
    } else {
      place(kernel_.outer, first_, width_, false, lanes);
    }
  }

  // Values that lie outside the batch: one per lane when the batch is the group, else one for all.
  void spread(const std::vector<ExprId>& ids, int lanes) {
    for (ExprId id : ids) {
      const Expr& e = kernel_.exprs[static_cast<std::size_t>(id)];
      const std::vector<char>* source = nullptr;
      if (e.kind == ExprKind::result) {
        source =
            &results_[static_cast<std::size_t>(e.number)][static_cast<std::size_t>(e.component)];
      } else if (e.kind == ExprKind::carry && !carries_.empty()) {
        source = &carries_[static_cast<std::size_t>(e.number)];
      }
      if (!source || source->empty()) continue;
      std::size_t size = evaluator_.size(id);
      for (int i = 0; i < lanes; ++i) {
        std::memcpy(evaluator_.value(id) + static_cast<std::size_t>(i) * size,
                    source->data() + (width_ == 1 ? 0 : static_cast<std::size_t>(i) * size), size);
      }
    }
  }

  void run_stage(std::size_t s) {
    const Stage& stage = kernel_.stages[s];
    AxisKind kind = stage_kind(kernel_, stage);
    if (kind == AxisKind::reduce) {
      reduce(s);
    } else if (kind == AxisKind::ordered) {
      ordered(s);
    } else if (width_ > 1) {
      for (std::int64_t p = 0; p < points_[s]; ++p) {
        place(stage.axes, p, 1, true, width_);
        points_of(s, width_);
      }
    } else {
      for (std::int64_t p = 0; p < points_[s]; p += Evaluator::batch) {
        int count = static_cast<int>(std::min<std::int64_t>(Evaluator::batch, points_[s] - p));
        place_outer(count);
        place(stage.axes, p, count, false, count);
        points_of(s, count);
      }
    }
  }

  // Evaluates a stage at the placed points; accumulates are the caller's.
  void points_of(std::size_t s, int count) {
    spread(exprs_[s], count);
    evaluator_.evaluate(exprs_[s], count);
    for (const Statement& t : kernel_.stages[s].statements) {
      if (t.kind == StatementKind::store) evaluator_.store(t, count);
      if (t.kind == StatementKind::scatter) evaluator_.scatter(t, count);
    }
  }

  void ordered(std::size_t s) {
    const Stage& stage = kernel_.stages[s];
    carries_.resize(kernel_.carries.size());
    for (const Statement& t : stage.statements) {
      if (t.kind != StatementKind::advance) continue;
      auto c = static_cast<std::size_t>(t.number);
      spread(starts_[c], width_);
      evaluator_.evaluate(starts_[c], width_);
      keep(carries_[c], kernel_.carries[c].start);
    }
    for (std::int64_t p = 0; p < points_[s] && !evaluator_.fault; ++p) {
      place(stage.axes, p, 1, true, width_);
      points_of(s, width_);
      for (const Statement& t : stage.statements) {
        if (t.kind == StatementKind::advance)
          keep(carries_[static_cast<std::size_t>(t.number)], t.values[0]);
      }
    }
  }
  void keep(std::vector<char>& to, ExprId e) {
    const char* from = evaluator_.value(e);
    to.assign(from, from + static_cast<std::size_t>(width_) * evaluator_.size(e));
  }

  State identity(int a, int lanes) {
    State state;
    for (ExprId e : kernel_.accumulators[static_cast<std::size_t>(a)].identity) {
      const char* from = evaluator_.value(e);
      state.emplace_back(from, from + static_cast<std::size_t>(lanes) * evaluator_.size(e));
    }
    return state;
  }

  // left[i] = combine(left[i], right[i]) for `count` lanes; right starts `shift` lanes later.
  void combine(int a, State& left, const State& right, int shift, int count) {
    const Accumulator& accumulator = kernel_.accumulators[static_cast<std::size_t>(a)];
    const std::vector<ExprId>& ids = combines_[static_cast<std::size_t>(a)];
    auto lanes = static_cast<std::size_t>(count);
    for (ExprId id : ids) {
      const Expr& e = kernel_.exprs[static_cast<std::size_t>(id)];
      std::size_t size = evaluator_.size(id);
      auto component = static_cast<std::size_t>(e.component);
      if (e.kind == ExprKind::left) {
        std::memcpy(evaluator_.value(id), left[component].data(), lanes * size);
      } else if (e.kind == ExprKind::right) {
        std::memcpy(evaluator_.value(id),
                    right[component].data() + static_cast<std::size_t>(shift) * size, lanes * size);
      }
    }
    evaluator_.evaluate(ids, count);
    for (std::size_t c = 0; c < left.size(); ++c) {
      std::memcpy(left[c].data(), evaluator_.value(accumulator.combine[c]),
                  lanes * evaluator_.size(accumulator.combine[c]));
    }
  }

  // The stage's values at the placed points, as right operands.
  State values(const Statement& t, int count) {
    State state;
    for (ExprId e : t.values) {
      const char* from = evaluator_.value(e);
      state.emplace_back(from, from + static_cast<std::size_t>(count) * evaluator_.size(e));
    }
    return state;
  }

  void reduce(std::size_t s) {
    std::vector<const Statement*> sums;
    for (const Statement& t : kernel_.stages[s].statements) {
      if (t.kind == StatementKind::accumulate) sums.push_back(&t);
    }
    std::vector<std::vector<State>> stacks(sums.size());
    for (std::int64_t b = 0; b < block_count(points_[s]); ++b) {
      std::vector<State> block =
          width_ > 1 ? block_of_lanes(s, sums, b) : block_of_rows(s, sums, b);
      for (std::size_t a = 0; a < sums.size(); ++a) {
        push(sums[a]->number, stacks[a], std::move(block[a]), b);
      }
    }
    for (std::size_t a = 0; a < sums.size(); ++a) {
      int number = sums[a]->number;
      results_[static_cast<std::size_t>(number)] =
          stacks[a].empty() ? identity(number, width_) : collapse(number, stacks[a]);
    }
  }

  // Part b of a pairwise combination, parts coming in order.
  void push(int a, std::vector<State>& stack, State part, std::int64_t b) {
    for (; b & 1; b >>= 1) {
      combine(a, stack.back(), part, 0, width_);
      part = std::move(stack.back());
      stack.pop_back();
    }
    stack.push_back(std::move(part));
  }
  State collapse(int a, std::vector<State>& stack) {
    while (stack.size() > 1) {
      State right = std::move(stack.back());
      stack.pop_back();
      combine(a, stack.back(), right, 0, width_);
    }
    return std::move(stack.back());
  }

  // One outer point: the lanes of the batch are the lanes of the tree.
  std::vector<State> block_of_rows(std::size_t s, const std::vector<const Statement*>& sums,
                                   std::int64_t b) {
    std::int64_t begin = b * block_size, end = std::min(points_[s], begin + block_size);
    std::vector<State> states;
    for (const Statement* t : sums) states.push_back(identity(t->number, lane_count));
    for (std::int64_t p = begin; p < end; p += Evaluator::batch) {
      int count = static_cast<int>(std::min<std::int64_t>(Evaluator::batch, end - p));
      place_outer(count);
      place(kernel_.stages[s].axes, p, count, false, count);
      points_of(s, count);
      for (std::size_t a = 0; a < sums.size(); ++a) {
        State right = values(*sums[a], count);
        for (int shift = 0; shift < count; shift += lane_count) {
          combine(sums[a]->number, states[a], right, shift,
                  std::min<int>(lane_count, count - shift));
        }
      }
    }
    for (std::size_t a = 0; a < sums.size(); ++a) {
      for (auto half = static_cast<int>(live_lanes(end - begin) / 2); half > 0; half /= 2) {
        State right = states[a];
        combine(sums[a]->number, states[a], right, half, half);
      }
    }
    return states;
  }

  // Many outer points: lanes of the tree come one after another, in the order that halving pairs
  // them.
  std::vector<State> block_of_lanes(std::size_t s, const std::vector<const Statement*>& sums,
                                    std::int64_t b) {
    std::int64_t begin = b * block_size, end = std::min(points_[s], begin + block_size);
    std::int64_t lanes = live_lanes(end - begin);
    std::vector<std::vector<State>> stacks(sums.size());
    for (std::int64_t visit = 0; visit < lanes; ++visit) {
      std::int64_t lane = 0;
      for (std::int64_t bit = 1; bit < lanes; bit *= 2) lane = lane * 2 + ((visit & bit) != 0);
      std::vector<State> states;
      for (const Statement* t : sums) states.push_back(identity(t->number, width_));
      for (std::int64_t p = begin + lane; p < end; p += lane_count) {
        place(kernel_.stages[s].axes, p, 1, true, width_);
        points_of(s, width_);
        for (std::size_t a = 0; a < sums.size(); ++a) {
          combine(sums[a]->number, states[a], values(*sums[a], width_), 0, width_);
        }
      }
      for (std::size_t a = 0; a < sums.size(); ++a)
        push(sums[a]->number, stacks[a], std::move(states[a]), visit);
    }
    std::vector<State> block;
    for (std::size_t a = 0; a < sums.size(); ++a)
      block.push_back(collapse(sums[a]->number, stacks[a]));
    return block;
  }

  const Kernel& kernel_;
  Evaluator evaluator_;
  std::vector<std::int64_t> lengths_, points_;
  std::vector<std::vector<ExprId>> exprs_, combines_, starts_;
  std::vector<State> results_;
  State carries_;
  std::int64_t first_ = 0;
  int width_ = 1;
};
}  // namespace

Fault interpret(const Kernel& kernel, const std::vector<std::int64_t>& extents,
                const std::vector<void*>& pointers,
                const std::vector<std::vector<std::int64_t>>& strides) {
  return Interpreter(kernel, extents, pointers, strides).run();
}
}  // namespace kroton::kernel
