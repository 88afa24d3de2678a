// SPDX-License-Identifier: BSD-3-Clause
// Reductions in the C dialect: the tree of tree.h in loops that vectorise.
#include <fmt/format.h>

#include "kroton/base/at.h"
#include "kroton/base/errors.h"
#include "kroton/kernel/detail/c_nest.h"
#include "kroton/kernel/tree.h"

namespace kroton::kernel::detail {
namespace {
constexpr int buffer_size = 512;
constexpr int together = 4;
}  // namespace

std::vector<CNest::Sum> CNest::sums(const StagePlan& plan) const {
  std::vector<Sum> all;
  for (const Statement& t : at(k_.stages, plan.stage).statements) {
    if (t.kind == StatementKind::accumulate) all.push_back({&t, &at(k_.accumulators, t.number)});
  }
  return all;
}

std::vector<std::string> CNest::parts(const Sum& sum, const std::string& prefix,
                                      const std::string& at) {
  std::vector<std::string> names;
  for (std::size_t c = 0; c < sum.accumulator->dtypes.size(); ++c) {
    names.push_back(fmt::format("{}{}_{}{}", prefix, sum.statement->number, c, at));
  }
  return names;
}

std::vector<std::string> CNest::value_names(const Sum& sum, const Spelling& at_point) {
  std::vector<std::string> names;
  for (ExprId e : sum.statement->values) names.push_back(writer_.name(e, at_point));
  return names;
}

std::string CNest::flat_count(const StagePlan& plan) {
  std::string text = plan.loops.empty() ? "1" : "";
  for (std::size_t l = 0; l < plan.loops.size(); ++l) {
    text += (l ? " * " : "") + writer_.length(plan.lengths + static_cast<int>(l));
  }
  return text;
}

// State arrays PREFIX#_#[depth] or [depth][width].
void CNest::stack_arrays(const StagePlan& plan, const std::string& prefix, bool lanes, int depth) {
  for (const Sum& sum : sums(plan)) {
    for (std::size_t c = 0; c < sum.accumulator->dtypes.size(); ++c) {
      line(fmt::format("{} {}{}_{}[{}]{};", value_type(sum.accumulator->dtypes[c]), prefix,
                       sum.statement->number, c, depth, lanes ? fmt::format("[{}]", wide_) : ""));
    }
  }
  line(fmt::format("int {}_depth = 0;", prefix));
}

void CNest::each_lane(bool lanes, const std::string& hint) {
  if (lanes) {
    open(hint + "for (k_i64 j = 0; j < lanes; ++j)");
  } else {
    open("");
  }
}

// Part `number` goes onto the stack of a pairwise combination.
void CNest::push(const StagePlan& plan, const std::string& prefix, const std::string& number,
                 bool lanes, const std::string& from) {
  std::string lane = lanes ? "[j]" : "";
  std::string top = fmt::format("[{}_depth]{}", prefix, lane);
  open(fmt::format("for (k_i64 part = {}; part & 1; part >>= 1)", number));
  line(fmt::format("--{}_depth;", prefix));
  each_lane(lanes);
  for (const Sum& sum : sums(plan)) {
    std::vector<std::string> left = parts(sum, prefix, top),
                             right = parts(sum, from, lanes ? "[j]" : "[0]");
    lines(writer_.combine(sum.statement->number, left, right));
    for (std::size_t c = 0; c < left.size(); ++c) line(fmt::format("{} = {};", right[c], left[c]));
  }
  close();
  close();
  each_lane(lanes);
  for (const Sum& sum : sums(plan)) {
    std::vector<std::string> to = parts(sum, prefix, top),
                             part = parts(sum, from, lanes ? "[j]" : "[0]");
    for (std::size_t c = 0; c < to.size(); ++c) line(fmt::format("{} = {};", to[c], part[c]));
  }
  close();
  line(fmt::format("++{}_depth;", prefix));
}

// What is left on the stack, the later parts first, into `to`; the identity when it is empty.
void CNest::collapse(const StagePlan& plan, const std::string& prefix, bool lanes,
                     const std::string& to) {
  const std::string lane = lanes ? "[j]" : "", at_result = to == "a" ? result_place() : lane;
  each_lane(lanes);
  for (const Sum& sum : sums(plan)) {
    std::vector<std::string> target = parts(sum, to, at_result);
    std::vector<std::string> top =
        parts(sum, prefix, fmt::format("[{}_depth - 1]{}", prefix, lane));
    for (std::size_t c = 0; c < target.size(); ++c) {
      const Expr& identity = at(k_.exprs, sum.accumulator->identity[c]);
      line(fmt::format("{} = {}_depth > 0 ? {} : {};", target[c], prefix, top[c],
                       literal(identity, writer_.definitions())));
    }
  }
  close();
  open(fmt::format("for (int rest_depth = {}_depth - 2; rest_depth >= 0; --rest_depth)", prefix));
  each_lane(lanes);
  for (const Sum& sum : sums(plan)) {
    std::vector<std::string> left = parts(sum, prefix, fmt::format("[rest_depth]{}", lane));
    std::vector<std::string> target = parts(sum, to, at_result);
    lines(writer_.combine(sum.statement->number, left, target));
    for (std::size_t c = 0; c < left.size(); ++c) line(fmt::format("{} = {};", target[c], left[c]));
  }
  close();
  close();
}

void CNest::accumulate(const StagePlan& plan, const Spelling& at_point, const std::string& lane) {
  for (const Sum& sum : sums(plan)) {
    lines(
        writer_.combine(sum.statement->number, parts(sum, "x", lane), value_names(sum, at_point)));
  }
}

// Several loops: their elements are laid out in a buffer, run by run, and the lanes read that.
void CNest::buffered_lanes(const StagePlan& plan) {
  int last = static_cast<int>(plan.loops.size()) - 1;
  for (const Sum& sum : sums(plan)) {
    for (std::size_t c = 0; c < sum.accumulator->dtypes.size(); ++c) {
      line(fmt::format("{} b{}_{}[{}];", value_type(sum.accumulator->dtypes[c]),
                       sum.statement->number, c, buffer_size));
    }
  }
  open(fmt::format("for (k_i64 done = 0; done < block; done += {})", buffer_size));
  line(fmt::format("const k_i64 filled = block - done < {} ? block - done : {};", buffer_size,
                   buffer_size));
  open("for (k_i64 at = 0; at < filled;)");
  line("k_i64 place = start + done + at;");
  for (int l = last; l > 0; --l) {
    std::string n = writer_.length(plan.lengths + l);
    line(fmt::format("const k_i64 d{} = place % {};", l, n));
    line(fmt::format("place /= {};", n));
  }
  line("const k_i64 d0 = place;");
  line(fmt::format("const k_i64 left = {} - d{};", writer_.length(plan.lengths + last), last));
  line("const k_i64 run = left < filled - at ? left : filled - at;");
  stage_pointers(plan, last);
  open(fmt::format("for (k_i64 i = d{}; i < d{} + run; ++i)", last, last));
  Spelling at_point = spelling(plan, "w", "i", false);
  lines(writer_.point(plan, at_point));
  for (const Sum& sum : sums(plan)) {
    std::vector<std::string> to = parts(sum, "b", fmt::format("[at + i - d{}]", last));
    std::vector<std::string> from = value_names(sum, at_point);
    for (std::size_t c = 0; c < to.size(); ++c) line(fmt::format("{} = {};", to[c], from[c]));
  }
  close();
  line("at += run;");
  close();
  open(fmt::format("for (k_i64 step = 0; step < filled; step += {})", lane_count));
  line(fmt::format("const k_i64 live = filled - step < {} ? filled - step : {};", lane_count,
                   lane_count));
  open("for (k_i64 l = 0; l < live; ++l)");
  for (const Sum& sum : sums(plan)) {
    lines(writer_.combine(sum.statement->number, parts(sum, "x", "[l]"),
                          parts(sum, "b", "[step + l]")));
  }
  close();
  close();
  close();
}

// Lanes without an element take no part.
void CNest::halve_lanes(const StagePlan& plan) {
  for (std::int64_t half = lane_count / 2; half > 0; half /= 2) {
    open(fmt::format("if (block > {}) for (k_i64 l = 0; l < {}; ++l)", half, half));
    for (const Sum& sum : sums(plan)) {
      lines(writer_.combine(sum.statement->number, parts(sum, "x", "[l]"),
                            parts(sum, "x", fmt::format("[l + {}]", half))));
    }
    close();
  }
}

// The states of elements [start, start + block) into the lanes of x.
void CNest::lanes_of_rows(const StagePlan& plan) {
  state_arrays(plan, "x", fmt::format("[{}]", lane_count));
  open(fmt::format("for (k_i64 l = 0; l < {}; ++l)", lane_count));
  identities(plan, "x", "[l]");
  close();
  if (plan.loops.size() > 1) {
    buffered_lanes(plan);
  } else {
    direct_lanes(plan);
  }
}

// The state of elements [start, start + block) into x[0].
void CNest::block_of_rows(const StagePlan& plan) {
  lanes_of_rows(plan);
  halve_lanes(plan);
}

// State arrays PREFIX#_#LENGTHS, "[64]" or "[64][8]". A vector that lies across two lines of the
// cache is not handed from a store to the load behind it.
void CNest::state_arrays(const StagePlan& plan, const std::string& prefix,
                         const std::string& lengths) {
  for (const Sum& sum : sums(plan)) {
    for (std::size_t c = 0; c < sum.accumulator->dtypes.size(); ++c) {
      line(fmt::format("{} {}{}_{}{} __attribute__((aligned(64)));",
                       value_type(sum.accumulator->dtypes[c]), prefix, sum.statement->number, c,
                       lengths));
    }
  }
}

void CNest::identities(const StagePlan& plan, const std::string& prefix, const std::string& lane) {
  for (const Sum& sum : sums(plan)) {
    std::vector<std::string> to = parts(sum, prefix, lane);
    for (std::size_t c = 0; c < to.size(); ++c) {
      line(fmt::format("{} = {};", to[c],
                       literal(at(k_.exprs, sum.accumulator->identity[c]), writer_.definitions())));
    }
  }
}

// Column j takes the element of flat number `row`.
void CNest::column_row(const StagePlan& plan, const std::string& row) {
  int loops = static_cast<int>(plan.loops.size());
  if (loops > 1) line(fmt::format("k_i64 place = {};", row));
  for (int d = loops - 1; d > 0; --d) {
    std::string n = writer_.length(plan.lengths + d);
    line(fmt::format("const k_i64 d{} = place % {};", d, n));
    line(fmt::format("place /= {};", n));
  }
  if (loops > 0) line(fmt::format("const k_i64 d0 = {};", loops > 1 ? "place" : row));
  stage_pointers(plan, loops);
}

// The state of elements [start, start + block) of each column into x. The lanes of the tree come
// one after another, in the order in which halving pairs them; each step is a loop over the
// columns. Cheap elements are taken `together` at once: memory then answers several requests, and
// the states are read and written once for all of them.
void CNest::block_of_columns(const StagePlan& plan) {
  line("k_i64 live = 1;");
  line(fmt::format("while (live < {} && live < block) live *= 2;", lane_count));
  stack_arrays(plan, "y", true, 8);
  open("for (k_i64 visit = 0; visit < live; ++visit)");
  line("k_i64 l = 0;");
  line("for (k_i64 bit = 1; bit < live; bit *= 2) l = l * 2 + ((visit & bit) != 0);");
  each_lane(true);
  identities(plan, "x", "[j]");
  close();
  line("k_i64 step = l;");
  Spelling at_point = spelling(plan, "w", "j", true);
  bool cheap = plan.loops.size() == 1 && point_cost(k_, at(k_.stages, plan.stage)) <= 16;
  if (cheap) {
    open(fmt::format("for (; step + {} < block; step += {})", (together - 1) * lane_count,
                     together * lane_count));
    // The rows are independent work enough; more columns at once would leave few columns scalar.
    line("#pragma clang loop interleave_count(1)");
    each_lane(true, vector_hint(plan));
    for (int row = 0; row < together; ++row) {
      open("");
      column_row(plan, fmt::format("start + step + {}", row * lane_count));
      lines(writer_.point(plan, at_point));
      accumulate(plan, at_point, "[j]");
      close();
    }
    close();
    close();
  }
  open(fmt::format("for (; step < block; step += {})", lane_count));
  column_row(plan, "start + step");
  each_lane(true, vector_hint(plan));
  lines(writer_.point(plan, at_point));
  accumulate(plan, at_point, "[j]");
  close();
  close();
  push(plan, "y", "visit", true, "x");
  close();
  collapse(plan, "y", true, "x");
}

void CNest::reduce_columns(const StagePlan& plan) {
  line(fmt::format("const k_i64 total = {};", flat_count(plan)));
  stack_arrays(plan, "z", true, stack_depth);
  open(fmt::format("for (k_i64 start = 0; start < total; start += {})", block_size));
  line(fmt::format("const k_i64 block = total - start < {} ? total - start : {};", block_size,
                   block_size));
  state_arrays(plan, "x", fmt::format("[{}]", wide_));
  block_of_columns(plan);
  push(plan, "z", fmt::format("start / {}", block_size), true, "x");
  close();
  collapse(plan, "z", true, "a");
}

void CNest::column_blocks() {
  const StagePlan& plan = nest_.stages.front();
  int loops = static_cast<int>(nest_.outer.size());
  line(fmt::format("const k_i64 total = {};", flat_count(plan)));
  line(fmt::format("const k_i64 blocks = (total + {}) / {};", block_size - 1, block_size));
  column_units();
  line(fmt::format("const k_i64 start = u / column_blocks % blocks * {};", block_size));
  line(fmt::format("const k_i64 block = total - start < {} ? total - start : {};", block_size,
                   block_size));
  line(fmt::format("const k_i64 row = u / column_blocks / blocks * {} + first;",
                   writer_.length(nest_.lengths + loops - 1)));
  outer_counters(loops - 1, "u / column_blocks / blocks");
  outer_pointers(loops - 1, "first");
  state_arrays(plan, "x", fmt::format("[{}]", wide_));
  block_of_columns(plan);
  each_lane(true);
  for (const Sum& sum : sums(plan)) {
    for (const Slot& slot : s_.slots) {
      if (slot.accumulator != sum.statement->number) continue;
      line(fmt::format("(({}{}*)(scratch + {}))[(row + j) * blocks + start / {}] = x{}_{}[j];",
                       space_, value_type(slot.dtype), writer_.length(slot.parts), block_size,
                       slot.accumulator, slot.component));
    }
  }
  close();
  close();
}

void CNest::blocks() {
  const StagePlan& plan = nest_.stages.front();
  int loops = static_cast<int>(nest_.outer.size());
  line("const k_i64 first = 0;");
  line(fmt::format("const k_i64 total = {};", flat_count(plan)));
  line(fmt::format("const k_i64 blocks = (total + {}) / {};", block_size - 1, block_size));
  open("for (k_i64 u = begin; u < end; ++u)");
  line(fmt::format("const k_i64 start = u % blocks * {};", block_size));
  line(fmt::format("const k_i64 block = total - start < {} ? total - start : {};", block_size,
                   block_size));
  outer_counters(loops, "u / blocks");
  outer_pointers(loops, "");
  block_of_rows(plan);
  for (const Sum& sum : sums(plan)) {
    for (const Slot& slot : s_.slots) {
      if (slot.accumulator != sum.statement->number) continue;
      line(fmt::format("(({}{}*)(scratch + {}))[u] = x{}_{}[0];", space_, value_type(slot.dtype),
                       writer_.length(slot.parts), slot.accumulator, slot.component));
    }
  }
  close();
}

// Combines the blocks of outer points [begin, end).
std::string CNest::ends(const std::string& name) {
  const StagePlan& plan = nest_.stages.front();
  text_.clear();
  writer_.lengths_used.clear();
  line(fmt::format("const k_i64 total = {};", flat_count(plan)));
  line(fmt::format("const k_i64 blocks = (total + {}) / {};", block_size - 1, block_size));
  open("for (k_i64 u = begin; u < end; ++u)");
  stack_arrays(plan, "z", false, stack_depth);
  stack_arrays(plan, "x", false, 1);
  open("for (k_i64 b = 0; b < blocks; ++b)");
  auto slots = [&](const Sum& sum, auto&& print) {
    for (const Slot& slot : s_.slots) {
      if (slot.accumulator == sum.statement->number) print(slot);
    }
  };
  for (const Sum& sum : sums(plan)) {
    slots(sum, [&](const Slot& slot) {
      line(fmt::format("x{}_{}[0] = (({}{}*)(scratch + {}))[u * blocks + b];", slot.accumulator,
                       slot.component, space_, value_type(slot.dtype), writer_.length(slot.parts)));
    });
  }
  push(plan, "z", "b", false, "x");
  close();
  for (const Sum& sum : sums(plan)) {
    slots(sum, [&](const Slot& slot) {
      line(fmt::format("{} a{}_{};", value_type(slot.dtype), slot.accumulator, slot.component));
    });
  }
  collapse(plan, "z", false, "a");
  for (const Sum& sum : sums(plan)) {
    slots(sum, [&](const Slot& slot) {
      line(fmt::format("(({}{}*)(scratch + {}))[u] = a{}_{};", space_, value_type(slot.dtype),
                       writer_.length(slot.offset), slot.accumulator, slot.component));
    });
  }
  close();
  std::string head = fmt::format(
      "static void {0}_ends(k_i64 begin, k_i64 end, {1}const k_i64* lengths, {1}char* scratch) {{\n",
      name, space_);
  for (int i : writer_.lengths_used)
    head += fmt::format("  const k_i64 n{} = lengths[{}];\n", i, i);
  return head + text_ + "}\n";
}
}  // namespace kroton::kernel::detail
