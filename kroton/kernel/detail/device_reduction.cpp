// SPDX-License-Identifier: BSD-3-Clause
// Reductions on GPUs: the tree of tree.h by one item, by the 64 lanes of a group, by the items that
// share a column.
#include <fmt/format.h>

#include "kroton/base/at.h"
#include "kroton/kernel/detail/device_nest.h"
#include "kroton/kernel/tree.h"

namespace kroton::kernel::detail {
namespace {
constexpr int warp = 32, several = 8;
}  // namespace

void DeviceNest::identity(const StagePlan& plan, const std::string& prefix,
                          const std::string& lane) {
  for (const Sum& sum : sums(plan)) {
    std::vector<std::string> to = parts(sum, prefix, lane);
    for (std::size_t c = 0; c < to.size(); ++c) {
      line(fmt::format("{} = {};", to[c],
                       literal(at(k_.exprs, sum.accumulator->identity[c]), writer_.definitions())));
    }
  }
}

void DeviceNest::copy(const StagePlan& plan, const std::string& to_prefix, const std::string& to,
                      const std::string& from_prefix, const std::string& from) {
  for (const Sum& sum : sums(plan)) {
    const std::vector<std::string> target = parts(sum, to_prefix, to),
                                   source = parts(sum, from_prefix, from);
    for (std::size_t c = 0; c < target.size(); ++c)
      line(fmt::format("{} = {};", target[c], source[c]));
  }
}

void DeviceNest::halve(const StagePlan& plan, const std::string& prefix, const std::string& left,
                       const std::string& right) {
  for (const Sum& sum : sums(plan)) {
    lines(writer_.combine(sum.statement->number, parts(sum, prefix, left),
                          parts(sum, prefix, right)));
  }
}

// `element` into the state PREFIX of LANE.
void DeviceNest::element(const StagePlan& plan, const std::string& prefix,
                         const std::string& lane) {
  step(plan);
  const Spelling at_point = spelling(plan, "w", "", false);
  lines(writer_.point(plan, at_point));
  for (const Sum& sum : sums(plan)) {
    lines(writer_.combine(sum.statement->number, parts(sum, prefix, lane),
                          value_names(sum, at_point)));
  }
}

// The state of elements [start, start + block) into x[0], by one item: lanes in the order in which
// halving pairs them.
void DeviceNest::block_of_item(const StagePlan& plan) {
  line("k_i64 live = 1;");
  line(fmt::format("while (live < {} && live < block) live *= 2;", lane_count));
  stack_arrays(plan, "y", false, 8);
  open("for (k_i64 visit = 0; visit < live; ++visit)");
  line("k_i64 l = 0;");
  line("for (k_i64 bit = 1; bit < live; bit *= 2) l = l * 2 + ((visit & bit) != 0);");
  identity(plan, "x", "[0]");
  open(fmt::format("for ({} element = start + l; element < start + block; element += {})", counter_,
                   lane_count));
  element(plan, "x", "[0]");
  close();
  push(plan, "y", "visit", false, "x");
  close();
  copy(plan, "x", "[0]", "y", "[0]");
}

// The same by a group: each item is a lane. Every item has the result.
void DeviceNest::block_of_lanes(const StagePlan& plan) {
  identity(plan, "x", "[0]");
  if (dialect_ == Dialect::cuda) unroll(several);
  open(fmt::format("for ({} element = start + lane; element < start + block; element += {})",
                   counter_, lane_count));
  element(plan, "x", "[0]");
  close();
  if (dialect_ == Dialect::cuda) return halve_by_shuffles(plan);
  copy(plan, "s", "[lane]", "x", "[0]");
  barrier();
  open(fmt::format("for (int span = {}; span > 0; span /= 2)", lane_count / 2));
  open("if (block > span && lane < span)");
  halve(plan, "s", "[lane]", "[lane + span]");
  close();
  barrier();
  close();
  copy(plan, "x", "[0]", "s", "[0]");
  barrier();
}

// The upper warp hands its lanes over in shared memory, the lower one halves them in registers. The
// next block writes s[0] behind a barrier that all pass when they have read it.
void DeviceNest::halve_by_shuffles(const StagePlan& plan) {
  open(fmt::format("if (lane >= {})", warp));
  copy(plan, "s", "[lane]", "x", "[0]");
  close();
  barrier();
  open(fmt::format("if (lane < {})", warp));
  open(fmt::format("if (block > {})", warp));
  for (const Sum& sum : sums(plan)) {
    lines(writer_.combine(sum.statement->number, parts(sum, "x", "[0]"),
                          parts(sum, "s", fmt::format("[lane + {}]", warp))));
  }
  close();
  unroll(5);
  open(fmt::format("for (int span = {}; span > 0; span /= 2)", warp / 2));
  open("if (block > span)");
  for (const Sum& sum : sums(plan)) {
    std::vector<std::string> right = parts(sum, "x", "[0]");
    for (std::size_t c = 0; c < right.size(); ++c) {
      const std::string down = fmt::format("down_{}", suffix(sum.accumulator->dtypes[c]));
      writer_.definitions().use(down);
      right[c] = fmt::format("{}({}, span)", down, right[c]);
    }
    lines(writer_.combine(sum.statement->number, parts(sum, "x", "[0]"), right));
  }
  close();
  close();
  open("if (lane == 0)");
  copy(plan, "s", "[0]", "x", "[0]");
  close();
  close();
  barrier();
  copy(plan, "x", "[0]", "s", "[0]");
}

// The same for each column of a group: an item has every eighth lane of one column in g, so that
// the loads of a warp lie side by side and eight of them are under way at once.
void DeviceNest::block_of_columns_group(const StagePlan& plan) {
  constexpr int own = static_cast<int>(lane_count) / deep;
  for (const Sum& sum : sums(plan)) {
    for (std::size_t c = 0; c < sum.accumulator->dtypes.size(); ++c) {
      line(fmt::format("{} g{}_{}[{}];", value_type(sum.accumulator->dtypes[c]),
                       sum.statement->number, c, own));
    }
  }
  const auto each = [&](int count) {
    unroll(count);
    open(fmt::format("for (int k = 0; k < {}; ++k)", count));
  };
  each(own);
  identity(plan, "g", "[k]");
  close();
  open("if (active)");
  line(fmt::format("{} at = start + row;", counter_));
  open(fmt::format("for (; at + {} < start + block; at += {})", lane_count - deep, lane_count));
  each(own);
  line(fmt::format("const {} element = at + k * {};", counter_, deep));
  element(plan, "g", "[k]");
  close();
  close();
  each(own);
  line(fmt::format("const {} element = at + k * {};", counter_, deep));
  open("if (element < start + block)");
  element(plan, "g", "[k]");
  close();
  close();
  close();
  for (int half = own / 2; half > 0; half /= 2) {
    open(fmt::format("if (block > {})", half * deep));
    each(half);
    halve(plan, "g", "[k]", fmt::format("[k + {}]", half));
    close();
    close();
  }
  copy(plan, "s", "[lane]", "g", "[0]");
  barrier();
  open(fmt::format("for (int span = {}; span > 0; span /= 2)", deep / 2));
  open("if (block > span && row < span)");
  halve(plan, "s", "[lane]", fmt::format("[lane + span * {}]", side));
  close();
  barrier();
  close();
  copy(plan, "x", "[0]", "s", "[column]");
  barrier();
}

void DeviceNest::block(const StagePlan& plan) {
  switch (unit_) {
    case Unit::item:
    case Unit::tiles:
      return block_of_item(plan);
    case Unit::lanes:
      return block_of_lanes(plan);
    case Unit::columns:
      return block_of_columns_group(plan);
  }
}

void DeviceNest::reduce(const StagePlan& plan) {
  line(fmt::format("const k_i64 total = {};", flat_count(plan)));
  stack_arrays(plan, "z", false, stack_depth);
  stack_arrays(plan, "x", false, 1);
  open(fmt::format("for (k_i64 start = 0; start < total; start += {})", block_size));
  line(fmt::format("const k_i64 block = total - start < {} ? total - start : {};", block_size,
                   block_size));
  block(plan);
  push(plan, "z", fmt::format("start / {}", block_size), false, "x");
  close();
  collapse(plan, "z", false, "a");
  if (unit_ != Unit::item) barrier();
}

void DeviceNest::parts_to_scratch(const StagePlan& plan) {
  if (unit_ == Unit::lanes) open("if (lane == 0)");
  if (unit_ == Unit::columns) open("if (active && row == 0)");
  for (const Sum& sum : sums(plan)) {
    for (const Slot& slot : s_.slots) {
      if (slot.accumulator != sum.statement->number) continue;
      line(fmt::format("(({}{}*)(scratch + {}))[part] = x{}_{}[0];", space_, value_type(slot.dtype),
                       writer_.length(slot.parts), slot.accumulator, slot.component));
    }
  }
  if (unit_ != Unit::item) close();
}

// Combines the blocks of one outer point by a group: each item those of a run whose length is a
// power of two, so that the runs are subtrees, which are then combined pairwise.
void DeviceNest::ends(int items) {
  const StagePlan& plan = nest_.stages.front();
  shared_states(items);
  line(fmt::format("const k_i64 total = {};", flat_count(plan)));
  line(fmt::format("const {} blocks = (total + {}) / {};", counter_, block_size - 1, block_size));
  line(fmt::format("{} run = 1;", counter_));
  line(fmt::format("while (run * {} < blocks) run *= 2;", items));
  unit_loop(Unit::lanes);
  stack_arrays(plan, "z", false, stack_depth);
  stack_arrays(plan, "x", false, 1);
  declare_results(false);
  const auto each_slot = [&](auto&& print) {
    for (const Sum& sum : sums(plan)) {
      for (const Slot& slot : s_.slots) {
        if (slot.accumulator == sum.statement->number) print(slot);
      }
    }
  };
  line("const k_i64 begin = (k_i64)lane * run, end = begin + run < blocks ? begin + run : blocks;");
  open("for (k_i64 b = begin; b < end; ++b)");
  each_slot([&](const Slot& slot) {
    line(fmt::format("x{}_{}[0] = (({}{}*)(scratch + {}))[(k_i64)u * blocks + b];",
                     slot.accumulator, slot.component, space_, value_type(slot.dtype),
                     writer_.length(slot.parts)));
  });
  push(plan, "z", "b - begin", false, "x");
  close();
  collapse(plan, "z", false, "a");
  copy(plan, "s", "[lane]", "a", "");
  barrier();
  line("const int runs = (blocks + run - 1) / run;");
  open("for (int span = 1; span < runs; span *= 2)");
  open("if (lane % (2 * span) == 0 && lane + span < runs)");
  halve(plan, "s", "[lane]", "[lane + span]");
  close();
  barrier();
  close();
  open("if (lane == 0)");
  each_slot([&](const Slot& slot) {
    line(fmt::format("(({}{}*)(scratch + {}))[u] = s{}_{}[0];", space_, value_type(slot.dtype),
                     writer_.length(slot.offset), slot.accumulator, slot.component));
  });
  close();
  barrier();
  close();
}
}  // namespace kroton::kernel::detail
