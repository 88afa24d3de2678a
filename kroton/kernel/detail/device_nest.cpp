// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/kernel/detail/device_nest.h"

#include <fmt/format.h>

#include "kroton/base/at.h"
#include "kroton/base/errors.h"
#include "kroton/kernel/tree.h"

namespace kroton::kernel::detail {
DeviceNest::DeviceNest(const Specialised& s, const Nest& nest, Definitions& definitions,
                       Dialect dialect)
    : CNest(s, nest, definitions, dialect == Dialect::opencl ? "__global " : ""),
      dialect_(dialect),
      grouped_(is_grouped(s, nest)) {
  lane_arrays_ = false;
}

// Groups pay where a reduction's elements lie side by side; an ordered stage is one item's.
bool DeviceNest::is_grouped(const Specialised& s, const Nest& nest) {
  if (nest.mode == NestMode::pointwise || has_columns(nest.mode)) return false;
  for (const StagePlan& plan : nest.stages) {
    if (stage_kind(*s.kernel, at(s.kernel->stages, plan.stage)) == AxisKind::ordered) return false;
  }
  return true;
}

std::string DeviceNest::head(const Specialised& s, Dialect dialect, const std::string& name) {
  bool opencl = dialect == Dialect::opencl;
  const char* space = opencl ? "__global " : "";
  std::string text = fmt::format("{} {}(k_i64 units",
                                 opencl ? "__kernel void" : "extern \"C\" __global__ void", name);
  for (const char* array : {"lengths", "strides", "offsets"}) {
    text += fmt::format(", {}const k_i64* {}", space, array);
  }
  text += fmt::format(", {}char* scratch", space);
  for (std::size_t p = 0; p < s.kernel->params.size(); ++p)
    text += fmt::format(", {}char* x{}", space, p);
  return text + ") {\n";
}

std::string DeviceNest::finish(const std::string& name, bool with_params) {
  std::string text = head(s_, dialect_, name);
  for (int i : writer_.lengths_used)
    text += fmt::format("  const k_i64 n{} = lengths[{}];\n", i, i);
  for (int i : writer_.strides_used)
    text += fmt::format("  const k_i64 t{} = strides[{}];\n", i, i);
  for (std::size_t o = 0; with_params && o < nest_.operands.size(); ++o) {
    int param = nest_.operands[o].param;
    std::string from =
        param >= 0
            ? fmt::format("x{} + offsets[{}]", param, nest_.first_operand + static_cast<int>(o))
            : fmt::format("scratch + lengths[{}]", at(s_.slots, -1 - param).offset);
    text += fmt::format("  {}char* const p{} = {};\n", space_, o, from);
  }
  text += text_ + "}\n";
  text_.clear();
  writer_.lengths_used.clear();
  writer_.strides_used.clear();
  return text;
}

void DeviceNest::units(bool grouped) {
  bool opencl = dialect_ == Dialect::opencl;
  if (grouped) {
    line(opencl ? "const k_i64 lane = get_local_id(0);" : "const k_i64 lane = threadIdx.x;");
    open(opencl ? "for (k_i64 u = get_group_id(0); u < units; u += get_num_groups(0))"
                : "for (k_i64 u = blockIdx.x; u < units; u += gridDim.x)");
  } else {
    open(opencl ? "for (k_i64 u = get_global_id(0); u < units; u += get_global_size(0))"
                : "for (k_i64 u = (k_i64)blockIdx.x * blockDim.x + threadIdx.x; u < units;\n"
                  "       u += (k_i64)gridDim.x * blockDim.x)");
  }
}

void DeviceNest::barrier() {
  line(dialect_ == Dialect::opencl ? "barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);"
                                   : "__syncthreads();");
}

void DeviceNest::loops(const StagePlan& plan) {
  bool ordered = stage_kind(k_, at(k_.stages, plan.stage)) == AxisKind::ordered;
  if (ordered) start_carries(plan, false);
  int count = static_cast<int>(plan.loops.size());
  for (int l = 0; l < count; ++l) {
    open(fmt::format("for (k_i64 d{} = 0; d{} < {}; ++d{})", l, l, writer_.length(plan.lengths + l),
                     l));
  }
  if (count == 0) open("");
  stage_pointers(plan, count);
  Spelling at_point = spelling(plan, "w", "", false);
  lines(writer_.point(plan, at_point));
  advance(plan, at_point, false);
  for (int l = 0; l < std::max(count, 1); ++l) close();
}

// The points of a parallel stage, dealt to the items of the group; all have ended at the barrier.
void DeviceNest::grouped_points(const StagePlan& plan) {
  line(fmt::format("const k_i64 total = {};", flat_count(plan)));
  open(fmt::format("for (k_i64 element = lane; element < total; element += {})", lane_count));
  step(plan);
  lines(writer_.point(plan, spelling(plan, "w", "", false)));
  close();
  barrier();
}

// Counters and pointers of the stage's flat point `element`.
void DeviceNest::step(const StagePlan& plan) {
  int count = static_cast<int>(plan.loops.size());
  if (count > 1) line("k_i64 place = element;");
  for (int l = count - 1; l > 0; --l) {
    std::string n = writer_.length(plan.lengths + l);
    line(fmt::format("const k_i64 d{} = place % {};", l, n));
    line(fmt::format("place /= {};", n));
  }
  if (count > 0) line(fmt::format("const k_i64 d0 = {};", count > 1 ? "place" : "element"));
  stage_pointers(plan, count);
}

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
  open(fmt::format("for (k_i64 element = start + l; element < start + block; element += {})",
                   lane_count));
  step(plan);
  Spelling at_point = spelling(plan, "w", "", false);
  lines(writer_.point(plan, at_point));
  accumulate(plan, at_point, "[0]");
  close();
  push(plan, "y", "visit", false, "x");
  close();
  for (const Sum& sum : sums(plan)) {
    std::vector<std::string> to = parts(sum, "x", "[0]"), from = parts(sum, "y", "[0]");
    for (std::size_t c = 0; c < to.size(); ++c) line(fmt::format("{} = {};", to[c], from[c]));
  }
}

// The same by a group: each item is a lane, local memory halves them. Every item has the result.
void DeviceNest::block_of_group(const StagePlan& plan) {
  identity(plan, "x", "[0]");
  open(fmt::format("for (k_i64 element = start + lane; element < start + block; element += {})",
                   lane_count));
  step(plan);
  Spelling at_point = spelling(plan, "w", "", false);
  lines(writer_.point(plan, at_point));
  accumulate(plan, at_point, "[0]");
  close();
  auto copy = [&](const std::string& to_prefix, const std::string& to,
                  const std::string& from_prefix, const std::string& from) {
    for (const Sum& sum : sums(plan)) {
      std::vector<std::string> target = parts(sum, to_prefix, to),
                               source = parts(sum, from_prefix, from);
      for (std::size_t c = 0; c < target.size(); ++c)
        line(fmt::format("{} = {};", target[c], source[c]));
    }
  };
  copy("s", "[lane]", "x", "[0]");
  barrier();
  open(fmt::format("for (k_i64 span = {}; span > 0; span /= 2)", lane_count / 2));
  open("if (block > span && lane < span)");
  for (const Sum& sum : sums(plan)) {
    lines(writer_.combine(sum.statement->number, parts(sum, "s", "[lane]"),
                          parts(sum, "s", "[lane + span]")));
  }
  close();
  barrier();
  close();
  copy("x", "[0]", "s", "[0]");
  barrier();
}

void DeviceNest::block(const StagePlan& plan) {
  if (grouped_) {
    block_of_group(plan);
  } else {
    block_of_item(plan);
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
  if (grouped_) barrier();
}

void DeviceNest::stage(const StagePlan& plan) {
  if (stage_kind(k_, at(k_.stages, plan.stage)) == AxisKind::reduce) {
    reduce(plan);
  } else if (grouped_) {
    grouped_points(plan);
  } else {
    loops(plan);
  }
}

void DeviceNest::parts_to_scratch(const StagePlan& plan) {
  if (grouped_) open("if (lane == 0)");
  for (const Sum& sum : sums(plan)) {
    for (const Slot& slot : s_.slots) {
      if (slot.accumulator != sum.statement->number) continue;
      line(fmt::format("(({}{}*)(scratch + {}))[part] = x{}_{}[0];", space_, value_type(slot.dtype),
                       writer_.length(slot.parts), slot.accumulator, slot.component));
    }
  }
  if (grouped_) close();
}

// Combines the blocks of one outer point.
void DeviceNest::ends() {
  const StagePlan& plan = nest_.stages.front();
  line(fmt::format("const k_i64 total = {};", flat_count(plan)));
  line(fmt::format("const k_i64 blocks = (total + {}) / {};", block_size - 1, block_size));
  units(false);
  stack_arrays(plan, "z", false, stack_depth);
  stack_arrays(plan, "x", false, 1);
  declare_results(false);
  auto each_slot = [&](auto&& print) {
    for (const Sum& sum : sums(plan)) {
      for (const Slot& slot : s_.slots) {
        if (slot.accumulator == sum.statement->number) print(slot);
      }
    }
  };
  open("for (k_i64 b = 0; b < blocks; ++b)");
  each_slot([&](const Slot& slot) {
    line(fmt::format("x{}_{}[0] = (({}{}*)(scratch + {}))[u * blocks + b];", slot.accumulator,
                     slot.component, space_, value_type(slot.dtype), writer_.length(slot.parts)));
  });
  push(plan, "z", "b", false, "x");
  close();
  collapse(plan, "z", false, "a");
  each_slot([&](const Slot& slot) {
    line(fmt::format("(({}{}*)(scratch + {}))[u] = a{}_{};", space_, value_type(slot.dtype),
                     writer_.length(slot.offset), slot.accumulator, slot.component));
  });
  close();
}

std::string DeviceNest::print(const std::string& name) {
  bool is_blocks = has_blocks(nest_.mode);
  int outer = static_cast<int>(nest_.outer.size());
  // Local arrays stand in the outermost scope of a kernel.
  for (const StagePlan& plan : nest_.stages) {
    for (const Sum& sum : sums(plan)) {
      for (std::size_t c = 0; c < sum.accumulator->dtypes.size() && grouped_; ++c) {
        line(fmt::format(
            "{} {} s{}_{}[{}];", dialect_ == Dialect::opencl ? "__local" : "__shared__",
            value_type(sum.accumulator->dtypes[c]), sum.statement->number, c, lane_count));
      }
    }
  }
  line("const k_i64 first = 0;");
  units(grouped_);
  if (is_blocks) {
    const StagePlan& plan = nest_.stages.front();
    line(fmt::format("const k_i64 total = {};", flat_count(plan)));
    line(fmt::format("const k_i64 blocks = (total + {}) / {};", block_size - 1, block_size));
    // Neighbouring items take neighbouring columns.
    bool columns = nest_.mode == NestMode::column_blocks;
    if (columns) line("const k_i64 points = units / blocks;");
    line(fmt::format("const k_i64 part = {};", columns ? "u % points * blocks + u / points" : "u"));
    line(fmt::format("const k_i64 start = part % blocks * {};", block_size));
    line(fmt::format("const k_i64 block = total - start < {} ? total - start : {};", block_size,
                     block_size));
    outer_counters(outer, "part / blocks");
    outer_pointers(outer, "");
    stack_arrays(plan, "x", false, 1);
    block(plan);
    parts_to_scratch(plan);
  } else {
    outer_counters(outer, "u");
    outer_pointers(outer, "");
    declare_results(false);
    for (const StagePlan& plan : nest_.stages) {
      open("");
      stage(plan);
      close();
    }
  }
  close();
  std::string text = finish(name, true);
  if (!is_blocks) return text;
  ends();
  return text + finish(name + "e", false);
}
}  // namespace kroton::kernel::detail
