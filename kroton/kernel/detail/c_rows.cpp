// SPDX-License-Identifier: BSD-3-Clause
// Rows in the C dialect: stages at outer points, the lanes along the stage's own axis. Several rows
// take a stage one after another before the next stage begins: while one waits for its lanes to be
// halved, for a quotient, or for what it has just stored, its neighbours compute.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "kroton/base/at.h"
#include "kroton/kernel/detail/c_nest.h"
#include "kroton/kernel/tree.h"

namespace kroton::kernel::detail {
namespace {
// Bytes of an array's rows that are taken together: what a stage leaves is in the first cache for
// the next.
constexpr std::int64_t bytes_together = 16384;
// Lanes of a block that are left over are taken so many at a time.
constexpr std::int64_t part = 16;
// Lanes that a row hands over; those of many rows are combined at once.
constexpr std::int64_t few = 8;
// Additions: the text of dearer points is not printed often.
constexpr int long_text = 64;
// Memory is asked for so many bytes ahead: less comes too late, more leaves the first cache again.
constexpr std::int64_t bytes_ahead = 8192, cache_line = 64;
}  // namespace

bool CNest::takes_rows_together() const {
  bool reduces = false;
  for (const StagePlan& plan : nest_.stages) {
    const AxisKind kind = stage_kind(k_, at(k_.stages, plan.stage));
    if (kind == AxisKind::ordered) return false;
    reduces |= kind == AxisKind::reduce;
  }
  return reduces;
}

void CNest::rows() {
  together_ = takes_rows_together();
  line("const k_i64 first = 0;");
  if (together_) {
    most_together();
    open("for (k_i64 from = begin, rows; from < end; from += rows)");
    line("rows = end - from < most ? end - from : most;");
  } else {
    open("for (k_i64 u = begin; u < end; ++u)");
    outer_counters(static_cast<int>(nest_.outer.size()), "u");
    outer_pointers(static_cast<int>(nest_.outer.size()), "");
  }
  declare_results(false);
  for (const StagePlan& plan : nest_.stages) {
    open("");
    rows_stage(plan);
    writer_.forget();
    close();
  }
  close();
}

// How many rows are taken together: where memory is gone through once, all that there is room for.
void CNest::most_together() {
  std::size_t element = 1, passes = 0;
  for (const Operand& o : nest_.operands) element = std::max(element, itemsize(o.dtype));
  for (const StagePlan& plan : nest_.stages) passes += plan.loops.empty() ? 0 : 1;
  if (passes <= 1) return line(fmt::format("const k_i64 most = {};", most_rows));
  line("k_i64 longest = 1;");
  for (const StagePlan& plan : nest_.stages) {
    if (!plan.loops.empty())
      line(fmt::format("if ({0} > longest) longest = {0};", flat_count(plan)));
  }
  line(fmt::format("const k_i64 fit = {} / longest;",
                   bytes_together / static_cast<std::int64_t>(element)));
  line(fmt::format("const k_i64 most = fit < 1 ? 1 : fit > {} ? {} : fit;", most_rows, most_rows));
}

// The loop over the rows that are taken together.
void CNest::open_row(const StagePlan& plan) {
  open("for (k_i64 r = 0; r < rows; ++r)");
  outer_counters(static_cast<int>(nest_.outer.size()), "from + r");
  outer_pointers(static_cast<int>(nest_.outer.size()), "", &plan);
  if (!plan.loops.empty())
    lines(writer_.same_everywhere(plan, spelling(plan, "q", "", false), flat_count(plan)));
}

void CNest::rows_stage(const StagePlan& plan) {
  const AxisKind kind = stage_kind(k_, at(k_.stages, plan.stage));
  if (kind == AxisKind::reduce) return reduce_rows(plan);
  if (kind == AxisKind::ordered) start_carries(plan, false);
  if (together_) open_row(plan);
  const int loops = static_cast<int>(plan.loops.size());
  for (int l = 0; l < loops - 1; ++l) {
    open(fmt::format("for (k_i64 d{} = 0; d{} < {}; ++d{})", l, l, writer_.length(plan.lengths + l),
                     l));
  }
  stage_pointers(plan, loops - 1);
  row_points(plan);
  for (int l = 0; l < loops - 1; ++l) close();
  if (together_) close();
}

// The innermost loop of a stage that does not reduce.
void CNest::row_points(const StagePlan& plan) {
  const int loops = static_cast<int>(plan.loops.size());
  const Spelling at_point = spelling(plan, "w", loops > 0 ? "i" : "", false);
  const auto point = [&] {
    lines(writer_.point(plan, at_point));
    advance(plan, at_point, false);
  };
  if (loops == 0) {
    open("");
    point();
    return close();
  }
  const std::string n = writer_.length(plan.lengths + loops - 1);
  if (!together_ || writer_.cost_of_point(plan) < dear_point) {
    open(fmt::format("{}for (k_i64 i = 0; i < {}; ++i)",
                     together_ || stage_kind(k_, at(k_.stages, plan.stage)) == AxisKind::parallel
                         ? vector_hint(plan)
                         : "",
                     n));
    point();
    return close();
  }
  points_by(plan, n, at_point, {lane_count, part});
}

// Operands that the nest comes across for the first time in PLAN, side by side along its loop.
std::vector<int> CNest::streamed(const StagePlan& plan) const {
  std::vector<int> found;
  for (const StagePlan::Use& use : plan.uses) {
    if (use.inner != StrideClass::contiguous || at(nest_.operands, use.operand).written) continue;
    bool seen = false;
    for (const StagePlan& before : nest_.stages) {
      if (before.stage == plan.stage) break;
      for (const StagePlan::Use& other : before.uses)
        seen |= other.operand == use.operand && !before.loops.empty();
    }
    if (!seen) found.push_back(use.operand);
  }
  return found;
}

// The distance in bytes: along the row, or whole rows where these are short. What the processor
// fetches by itself ends with a row or a page.
void CNest::declare_ahead(const std::vector<int>& operands) {
  for (const int o : operands) {
    const Operand& operand = at(nest_.operands, o);
    std::string far = fmt::format("{}", bytes_ahead);
    if (const int loops = static_cast<int>(nest_.outer.size()); loops > 0) {
      const std::string row = fmt::format("(total * {})", itemsize(operand.dtype));
      far = fmt::format("0 < {0} && {0} < {1} ? {1} / {0} * {2} : {1}", row, bytes_ahead,
                        writer_.stride(operand.strides + loops - 1));
    }
    line(fmt::format("const k_i64 ahead{} = {};", o, far));
  }
}

void CNest::prefetch(const std::vector<int>& operands) {
  for (const int o : operands) {
    const auto size = static_cast<std::int64_t>(itemsize(at(nest_.operands, o).dtype));
    for (std::int64_t byte = 0; byte < size * lane_count; byte += cache_line)
      line(fmt::format("KPREFETCH(w{0} + ahead{0} + (start + step) * {1} + {2});", o, size, byte));
  }
}

// Elements start + [0, block) of one loop; the lanes run along it. What is left over is taken by
// parts of the lanes, each of which asks whether it has an element: a loop whose length is known
// becomes masked vector instructions, one of any length runs element by element.
void CNest::direct_lanes(const StagePlan& plan) {
  stage_pointers(plan, 0);
  const Spelling at_point = spelling(plan, "w", plan.loops.empty() ? "" : "i", false);
  const std::vector<int> ahead = streamed(plan);
  declare_ahead(ahead);
  line("k_i64 step = 0;");
  open(fmt::format("for (; step + {} <= block; step += {})", lane_count, lane_count));
  prefetch(ahead);
  open(fmt::format("{}for (k_i64 l = 0; l < {}; ++l)", vector_hint(plan), lane_count));
  line("const k_i64 i = start + step + l;");
  lines(writer_.point(plan, at_point));
  accumulate(plan, at_point, "[l]");
  close();
  close();
  line("const k_i64 tail = block - step;");
  const std::int64_t size = writer_.cost_of_point(plan) > long_text ? lane_count : part;
  for (std::int64_t low = 0; low < lane_count; low += size) {
    open(fmt::format("if (tail > {})", low));
    line(as_vectors);
    open(fmt::format("{}for (k_i64 l = {}; l < {}; ++l)", vector_hint(plan), low, low + size));
    for (const Sum& sum : sums(plan)) {
      const std::vector<std::string> state = parts(sum, "s", ""), from = parts(sum, "x", "[l]");
      for (std::size_t c = 0; c < state.size(); ++c)
        line(fmt::format("{} {} = {};", value_type(sum.accumulator->dtypes[c]), state[c], from[c]));
    }
    open("if (l < tail)");
    line("const k_i64 i = start + step + l;");
    lines(writer_.point(plan, at_point));
    for (const Sum& sum : sums(plan)) {
      lines(
          writer_.combine(sum.statement->number, parts(sum, "s", ""), value_names(sum, at_point)));
    }
    close();
    for (const Sum& sum : sums(plan)) {
      const std::vector<std::string> state = parts(sum, "s", ""), to = parts(sum, "x", "[l]");
      for (std::size_t c = 0; c < state.size(); ++c) line(fmt::format("{} = {};", to[c], state[c]));
    }
    close();
  }
  for (std::int64_t low = 0; low < lane_count; low += size) close();
}

bool CNest::has_cheap_combine(const StagePlan& plan) const {
  int cost = 0;
  for (const Sum& sum : sums(plan)) {
    Stage combine;
    combine.statements.push_back(
        {StatementKind::accumulate, sum.statement->number, {}, sum.accumulator->combine});
    cost += point_cost(k_, combine);
  }
  return cost <= dear_point;
}

void CNest::results_from(const StagePlan& plan, const std::string& prefix, const std::string& at) {
  for (const Sum& sum : sums(plan)) {
    const std::vector<std::string> to = parts(sum, "a", result_place()),
                                   from = parts(sum, prefix, at);
    for (std::size_t c = 0; c < to.size(); ++c) line(fmt::format("{} = {};", to[c], from[c]));
  }
}

// The lanes of x, halved to FEW, into h[r]. A lane without an element has the identity, which
// changes nothing.
void CNest::halve_into_few(const StagePlan& plan) {
  std::string from = "x";
  for (const auto& [half, to] : {std::pair{32, "e"}, std::pair{16, "f"}, std::pair{8, "h"}}) {
    const std::string place = half == few ? "[r][l]" : "[l]";
    if (half > few) state_arrays(plan, to, fmt::format("[{}]", half));
    open(fmt::format("for (k_i64 l = 0; l < {}; ++l)", half));
    for (const Sum& sum : sums(plan)) {
      const std::vector<std::string> state = parts(sum, "s", ""), left = parts(sum, from, "[l]"),
                                     target = parts(sum, to, place);
      for (std::size_t c = 0; c < state.size(); ++c)
        line(fmt::format("{} {} = {};", value_type(sum.accumulator->dtypes[c]), state[c], left[c]));
      lines(writer_.combine(sum.statement->number, state,
                            parts(sum, from, fmt::format("[l + {}]", half))));
      for (std::size_t c = 0; c < state.size(); ++c)
        line(fmt::format("{} = {};", target[c], state[c]));
    }
    close();
    from = to;
  }
}

// What is left of each row's lanes, for all rows: these are the lanes of vectors here.
void CNest::combine_few(const StagePlan& plan) {
  const auto lane = [](std::int64_t l) { return fmt::format("_{}", l); };
  open("for (k_i64 r = 0; r < rows; ++r)");
  for (const Sum& sum : sums(plan)) {
    for (std::int64_t l = 0; l < few; ++l) {
      const std::vector<std::string> to = parts(sum, "g", lane(l)),
                                     from = parts(sum, "h", fmt::format("[r][{}]", l));
      for (std::size_t c = 0; c < to.size(); ++c)
        line(fmt::format("{} {} = {};", value_type(sum.accumulator->dtypes[c]), to[c], from[c]));
    }
    for (std::int64_t half = few / 2; half > 0; half /= 2) {
      for (std::int64_t l = 0; l < half; ++l) {
        lines(writer_.combine(sum.statement->number, parts(sum, "g", lane(l)),
                              parts(sum, "g", lane(l + half))));
      }
    }
  }
  results_from(plan, "g", lane(0));
  close();
}

void CNest::rows_of_one_block(const StagePlan& plan) {
  const bool cheap = has_cheap_combine(plan);
  if (cheap) state_arrays(plan, "h", fmt::format("[{}][{}]", most_rows, few));
  open_row(plan);
  line("const k_i64 start = 0, block = total;");
  lanes_of_rows(plan);
  if (cheap) {
    halve_into_few(plan);
  } else {
    halve_lanes(plan);
    results_from(plan, "x", "[0]");
  }
  close();
  if (cheap) combine_few(plan);
}

void CNest::long_row(const StagePlan& plan) {
  stack_arrays(plan, "z", false, stack_depth);
  open(fmt::format("for (k_i64 start = 0; start < total; start += {})", block_size));
  line(fmt::format("const k_i64 block = total - start < {} ? total - start : {};", block_size,
                   block_size));
  block_of_rows(plan);
  push(plan, "z", fmt::format("start / {}", block_size), false, "x");
  const std::vector<Sum> all = sums(plan);
  const bool only = all.size() == 1 && at(k_.stages, plan.stage).statements.size() == 1;
  if (only && all[0].accumulator->absorbing != no_expr) {
    line(fmt::format("if ({} == {}) break;", parts(all[0], "x", "[0]")[0],
                     literal(at(k_.exprs, all[0].accumulator->absorbing), writer_.definitions())));
  }
  close();
  collapse(plan, "z", false, "a");
}

void CNest::reduce_rows(const StagePlan& plan) {
  line(fmt::format("const k_i64 total = {};", flat_count(plan)));
  if (!together_) return long_row(plan);
  open(fmt::format("if (total <= {})", block_size));
  rows_of_one_block(plan);
  close();
  open("else");
  open_row(plan);
  long_row(plan);
  close();
  close();
}
}  // namespace kroton::kernel::detail
