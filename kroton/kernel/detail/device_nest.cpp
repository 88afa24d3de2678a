// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/kernel/detail/device_nest.h"

#include <fmt/format.h>

#include <algorithm>

#include "kroton/base/at.h"
#include "kroton/base/errors.h"
#include "kroton/kernel/tree.h"

namespace kroton::kernel::detail {
namespace {
constexpr std::size_t whole_bytes = 16;  // what one instruction moves
// Local memory for the states of a group, of the 48 KiB that every device has.
constexpr std::size_t most_shared = 40960;

std::size_t state_bytes(const Kernel& k, const StagePlan& plan) {
  std::size_t bytes = 0;
  for (const Statement& t : at(k.stages, plan.stage).statements) {
    if (t.kind != StatementKind::accumulate) continue;
    for (const DType d : at(k.accumulators, t.number).dtypes) bytes += itemsize(d);
  }
  return bytes;
}
std::size_t state_bytes(const Kernel& k, const Nest& nest) {
  std::size_t bytes = 0;
  for (const StagePlan& plan : nest.stages) bytes += state_bytes(k, plan);
  return bytes;
}
}  // namespace

DeviceNest::DeviceNest(const Specialised& s, const Nest& nest, Definitions& definitions,
                       Dialect dialect, const DeviceTuning& tuning)
    : CNest(s, nest, definitions, dialect == Dialect::opencl ? "__global " : ""),
      dialect_(dialect),
      tuning_(tuning),
      unit_(unit(s, nest)) {
  lane_arrays_ = false;
  narrow_ = tuning.narrow;
  if (narrow_) counter_ = "k_i32";
}

// The operands of which a group takes tiles into local memory.
std::vector<int> DeviceNest::tiled(const Specialised& s, const Nest& nest) {
  std::vector<int> all;
  std::size_t bytes = 0;
  if (nest.mode != NestMode::pointwise) return all;
  for (const StagePlan::Use& use : nest.stages.front().uses) {
    const Operand& o = at(nest.operands, use.operand);
    const std::size_t tile = side * pitch * itemsize(o.dtype);
    if (!makes_tiles(s, o) || bytes + tile > most_shared) continue;
    bytes += tile;
    all.push_back(use.operand);
  }
  return all;
}

// Groups pay where several items can share a reduction or a tile; an ordered stage is one item's.
DeviceNest::Unit DeviceNest::unit(const Specialised& s, const Nest& nest) {
  if (nest.mode == NestMode::pointwise) return tiled(s, nest).empty() ? Unit::item : Unit::tiles;
  for (const StagePlan& plan : nest.stages) {
    if (stage_kind(*s.kernel, at(s.kernel->stages, plan.stage)) == AxisKind::ordered)
      return Unit::item;
  }
  if (!has_columns(nest.mode)) return Unit::lanes;
  return state_bytes(*s.kernel, nest) * side * deep <= most_shared ? Unit::columns : Unit::item;
}

int DeviceNest::group_size(Unit unit, const DeviceTuning& tuning) {
  return unit == Unit::lanes  ? static_cast<int>(lane_count)
         : unit == Unit::item ? tuning.group_size
                              : side * deep;
}

int DeviceNest::ends_size(const Specialised& s, const Nest& nest, const DeviceTuning& tuning) {
  int items = tuning.ends_size;
  while (static_cast<std::size_t>(items) * state_bytes(*s.kernel, nest.stages.front()) >
         most_shared)
    items /= 2;
  return items;
}

std::string DeviceNest::place(const char* opencl, const char* cuda) const {
  return dialect_ == Dialect::opencl ? opencl : cuda;
}

std::string DeviceNest::head(const Specialised& s, Dialect dialect, const std::string& name,
                             int group_size) {
  const bool opencl = dialect == Dialect::opencl;
  const char* space = opencl ? "__global " : "";
  const std::string bounds =
      group_size > 0 ? fmt::format("__launch_bounds__({}) ", group_size) : std::string();
  std::string text =
      opencl ? fmt::format("__kernel void {}(k_i64 units", name)
             : fmt::format("extern \"C\" __global__ void {}{}(k_i64 units", bounds, name);
  for (const char* array : {"lengths", "strides", "offsets"}) {
    text += fmt::format(", {}const k_i64* {}", space, array);
  }
  text += fmt::format(", {}char* scratch", space);
  for (std::size_t p = 0; p < s.kernel->params.size(); ++p)
    text += fmt::format(", {}char* x{}", space, p);
  return text + ") {\n";
}

std::string DeviceNest::finish(const std::string& name, bool with_params, int group_size) {
  std::string text = head(s_, dialect_, name, group_size);
  for (int i : writer_.lengths_used)
    text += fmt::format("  const k_i64 n{} = lengths[{}];\n", i, i);
  // A product of two narrow numbers is one instruction.
  const char* narrowed = tuning_.narrow ? "(k_i32)" : "";
  for (int i : writer_.strides_used)
    text += fmt::format("  const k_i64 t{} = {}strides[{}];\n", i, narrowed, i);
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

// u from BEGIN up to END, dealt to all items there are.
void DeviceNest::items(const std::string& begin, const std::string& end) {
  const std::string more = begin.empty() ? "" : begin + " + ";
  open(fmt::format(
      "for ({0} u = {1}{2}; u < {3}; u += {4})", counter_, more,
      place("get_global_id(0)", tuning_.narrow ? "blockIdx.x * blockDim.x + threadIdx.x"
                                               : "(k_i64)blockIdx.x * blockDim.x + threadIdx.x"),
      end, place("get_global_size(0)", "gridDim.x * blockDim.x")));
}

void DeviceNest::unit_loop(Unit unit) {
  if (unit == Unit::item) return items("", "units");
  line(fmt::format("const {} lane = {};", counter_, place("get_local_id(0)", "threadIdx.x")));
  if (unit != Unit::lanes) {
    line(fmt::format("const {} column = lane % {}, row = lane / {};", counter_, side, side));
  }
  open(fmt::format("for ({} u = {}; u < units; u += {})", counter_,
                   place("get_group_id(0)", "blockIdx.x"),
                   place("get_num_groups(0)", "gridDim.x")));
}

void DeviceNest::barrier() {
  line(place("barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);", "__syncthreads();"));
}

void DeviceNest::unroll(int times) {
  line(dialect_ == Dialect::opencl ? "#pragma unroll" : fmt::format("#pragma unroll {}", times));
}

// Local arrays stand in the outermost scope of a kernel.
void DeviceNest::shared_states(int length) {
  for (const StagePlan& plan : nest_.stages) {
    for (const Sum& sum : sums(plan)) {
      for (std::size_t c = 0; c < sum.accumulator->dtypes.size(); ++c) {
        line(fmt::format("{} {} s{}_{}[{}];", place("__local", "__shared__"),
                         value_type(sum.accumulator->dtypes[c]), sum.statement->number, c, length));
      }
    }
  }
}

void DeviceNest::loops(const StagePlan& plan) {
  bool ordered = stage_kind(k_, at(k_.stages, plan.stage)) == AxisKind::ordered;
  if (ordered) start_carries(plan, false);
  int count = static_cast<int>(plan.loops.size());
  for (int l = 0; l < count; ++l) {
    open(fmt::format("for ({} d{} = 0; d{} < {}; ++d{})", counter_, l, l,
                     writer_.length(plan.lengths + l), l));
  }
  if (count == 0) open("");
  stage_pointers(plan, count);
  Spelling at_point = spelling(plan, "w", "", false);
  lines(writer_.point(plan, at_point));
  advance(plan, at_point, false);
  for (int l = 0; l < std::max(count, 1); ++l) close();
}

// The points of a parallel stage, dealt to the items that share the unit's point; all have ended at
// the barrier.
void DeviceNest::grouped_points(const StagePlan& plan) {
  const bool columns = unit_ == Unit::columns;
  line(fmt::format("const k_i64 total = {};", flat_count(plan)));
  if (columns) open("if (active)");
  open(fmt::format("for ({} element = {}; element < total; element += {})", counter_,
                   columns ? "row" : "lane", columns ? deep : static_cast<int>(lane_count)));
  step(plan);
  lines(writer_.point(plan, spelling(plan, "w", "", false)));
  close();
  if (columns) close();
  barrier();
}

// Counters and pointers of the stage's flat point `element`.
void DeviceNest::step(const StagePlan& plan) {
  int count = static_cast<int>(plan.loops.size());
  if (count > 1) line(fmt::format("{} place = element;", counter_));
  for (int l = count - 1; l > 0; --l) {
    const std::string n = divisor(writer_.length(plan.lengths + l));
    line(fmt::format("const {} d{} = place % {};", counter_, l, n));
    line(fmt::format("place /= {};", n));
  }
  if (count > 0) line(fmt::format("const {} d0 = {};", counter_, count > 1 ? "place" : "element"));
  stage_pointers(plan, count);
}

void DeviceNest::stage(const StagePlan& plan) {
  if (stage_kind(k_, at(k_.stages, plan.stage)) == AxisKind::reduce) {
    reduce(plan);
  } else if (unit_ == Unit::item) {
    loops(plan);
  } else {
    grouped_points(plan);
  }
}

// Whether neighbouring elements of the operand can be read and written together: they lie side by
// side, every access touches its element whatever happens, and nothing else reaches what is
// written.
bool DeviceNest::moves_whole(int number) const {
  const Operand& o = at(nest_.operands, number);
  if (!o.values.empty() || (o.written && !o.restricted)) return false;
  return std::ranges::any_of(nest_.stages.front().uses,
                             [&](const StagePlan::Use& u) {
                               return u.operand == number && u.inner == StrideClass::contiguous;
                             }) &&
         is_always_touched(s_, o);
}

bool DeviceNest::is_read(int number) const {
  if (at(nest_.operands, number).param < 0) return true;
  const std::vector<ExprId> exprs = stage_exprs(k_, at(k_.stages, nest_.stages.front().stage));
  return std::any_of(exprs.begin(), exprs.end(), [&](ExprId id) {
    const Expr& e = at(k_.exprs, id);
    return e.kind == ExprKind::load && writer_.operand_of(at(k_.accesses, e.number)) == number;
  });
}

int DeviceNest::together() const {
  if (nest_.mode != NestMode::pointwise || nest_.outer.empty()) return 1;
  const StagePlan& plan = nest_.stages.front();
  for (const Statement& t : at(k_.stages, plan.stage).statements) {
    if (t.kind != StatementKind::store) return 1;
  }
  std::size_t widest = 0;
  for (int o = 0; o < static_cast<int>(nest_.operands.size()); ++o) {
    const Operand& operand = at(nest_.operands, o);
    if (moves_whole(o)) {
      widest = std::max(widest, itemsize(operand.dtype));
    } else if (operand.written) {
      return 1;
    }
  }
  return widest == 0 ? 1 : static_cast<int>(whole_bytes / widest);
}

// The type of COUNT elements at once.
std::string DeviceNest::words(DType dtype, int count) {
  const std::string element = element_type(dtype);
  const std::string name = fmt::format("k_{}_{}", count, element);
  const std::size_t bytes = itemsize(dtype) * static_cast<std::size_t>(count);
  const std::string members = fmt::format("{{ {} e[{}]; }}", element, count);
  const std::string text = dialect_ == Dialect::opencl
                               ? fmt::format("typedef struct __attribute__((aligned({}))) {} {};\n",
                                             bytes, members, name)
                               : fmt::format("struct __align__({}) {} {};\n", bytes, name, members);
  writer_.definitions().type(name, text);
  return name;
}

// Where memory lies so that COUNT neighbours can be moved at once, an item takes them; what is left
// over, or everything where it does not, is the second loop's.
void DeviceNest::several_points(int count) {
  const StagePlan& plan = nest_.stages.front();
  const int outer = static_cast<int>(nest_.outer.size());
  const std::string last = writer_.length(nest_.lengths + outer - 1);
  std::vector<int> whole;
  std::vector<std::string> tests;
  if (outer > 1) tests.push_back(fmt::format("{} % {} == 0", last, count));
  for (int o = 0; o < static_cast<int>(nest_.operands.size()); ++o) {
    if (!moves_whole(o)) continue;
    whole.push_back(o);
    const Operand& operand = at(nest_.operands, o);
    std::string places = fmt::format("(k_u64)p{}", o);
    for (int l = 0; l + 1 < outer; ++l)
      places += fmt::format(" | (k_u64){}", writer_.stride(operand.strides + l));
    tests.push_back(fmt::format("({}) % {} == 0", places,
                                itemsize(operand.dtype) * static_cast<std::size_t>(count)));
  }
  std::string all;
  for (const std::string& test : tests) all += (all.empty() ? "" : " && ") + test;
  line(fmt::format("const {} pieces = {} ? units / {} : 0;", counter_, all, count));
  items("", "pieces");
  outer_counters(outer, "u", count);
  outer_pointers(outer, "");
  std::vector<char> is_whole(nest_.operands.size(), 0);
  for (const int o : whole) {
    at(is_whole, o) = 1;
    const std::string type = words(at(nest_.operands, o).dtype, count);
    // What is written only is read by nobody.
    line(fmt::format("{} e{};", type, o));
    if (is_read(o)) line(fmt::format("e{} = *({}const {}*)q{};", o, space_, type, o));
  }
  unroll(count);
  open(fmt::format("for (int k = 0; k < {}; ++k)", count));
  Spelling at_point;
  const std::string index = fmt::format("(c{} + k)", outer - 1);
  at_point.element = [&](int number, const std::string& more) {
    if (at(is_whole, number)) return fmt::format("e{}.e[k]", number);
    const Operand& o = at(nest_.operands, number);
    return fmt::format("*({}{}*)(q{} + k*{}{})", space_, element_type(o.dtype), number,
                       writer_.stride(o.strides + outer - 1), more);
  };
  at_point.axis = [&](int axis) { return axis_value(plan, axis, index, true); };
  lines(writer_.point(plan, at_point));
  close();
  for (const int o : whole) {
    const Operand& operand = at(nest_.operands, o);
    if (operand.written)
      line(fmt::format("*({}{}*)q{} = e{};", space_, words(operand.dtype, count), o, o));
  }
  close();
  items(fmt::format("pieces * {}", count), "units");
  one_point();
  close();
}

// Of 32 x 32 points: what lies across is read along its own lines, and taken by neighbours from
// local memory.
void DeviceNest::tile() {
  const StagePlan& plan = nest_.stages.front();
  const int last = static_cast<int>(nest_.outer.size()) - 1, across = nest_.across;
  const std::vector<int> operands = tiled(s_, nest_);
  const auto length = [&](int loop) { return divisor(writer_.length(nest_.lengths + loop)); };
  line(fmt::format("const {} tiles = ({} + {}) / {}, stacks = ({} + {}) / {};", counter_,
                   length(last), side - 1, side, length(across), side - 1, side));
  line(fmt::format("const {} begin = u % tiles * {}, start = u / tiles % stacks * {};", counter_,
                   side, side));
  if (last > 1) line(fmt::format("{} rest = u / tiles / stacks;", counter_));
  for (int l = last - 1; l >= 0; --l) {
    if (l == across) continue;
    line(fmt::format("const {} c{} = rest % {};", counter_, l, length(l)));
    line(fmt::format("rest /= {};", length(l)));
  }
  const auto each = [&](const char* along_last, const char* along_across) {
    unroll(side / deep);
    open(fmt::format("for (int k = 0; k < {}; ++k)", side / deep));
    line(fmt::format("const {} c{} = begin + {}, c{} = start + {};", counter_, last, along_last,
                     across, along_across));
    open(fmt::format("if (c{} < {} && c{} < {})", last, length(last), across, length(across)));
    outer_pointers(last + 1, "");
  };
  const std::string row = fmt::format("row + k * {}", deep);
  each(row.c_str(), "column");
  for (const int o : operands) {
    line(fmt::format("b{}[({}) * {} + column] = *({}const {}*)q{};", o, row, pitch, space_,
                     element_type(at(nest_.operands, o).dtype), o));
  }
  close();
  close();
  barrier();
  each("column", row.c_str());
  Spelling at_point = spelling(plan, "q", "", false);
  at_point.element = [&, straight = at_point.element](int number, const std::string& more) {
    if (std::ranges::count(operands, number) == 0) return straight(number, more);
    return fmt::format("b{}[column * {} + {}]", number, pitch, row);
  };
  lines(writer_.point(plan, at_point));
  close();
  close();
  barrier();
}

void DeviceNest::one_point() {
  const int outer = static_cast<int>(nest_.outer.size());
  outer_counters(outer, "u");
  outer_pointers(outer, "");
  stages();
}

void DeviceNest::stages() {
  declare_results(false);
  for (const StagePlan& plan : nest_.stages) {
    open("");
    stage(plan);
    close();
  }
}

// The group's columns: 32 neighbours on the innermost outer loop, of which the last may not be
// there.
void DeviceNest::column_unit() {
  const int outer = static_cast<int>(nest_.outer.size());
  const std::string n = divisor(writer_.length(nest_.lengths + outer - 1));
  line(fmt::format("const {} sides = ({} + {}) / {};", counter_, n, side - 1, side));
  line(fmt::format("const {} c{} = u % sides * {} + column;", counter_, outer - 1, side));
  line(fmt::format("const int active = c{} < {};", outer - 1, n));
}

void DeviceNest::block_units(const StagePlan& plan) {
  const int outer = static_cast<int>(nest_.outer.size());
  line(fmt::format("const k_i64 total = {};", flat_count(plan)));
  line(fmt::format("const {} blocks = (total + {}) / {};", counter_, block_size - 1, block_size));
  if (unit_ == Unit::columns) {
    column_unit();
    line(fmt::format("const {} number = u / sides % blocks;", counter_));
    outer_counters(outer - 1, "u / sides / blocks");
    line(fmt::format("const k_i64 part = (u / sides / blocks * {} + c{}) * blocks + number;",
                     writer_.length(nest_.lengths + outer - 1), outer - 1));
  } else {
    // Neighbouring items take neighbouring columns.
    const bool columns = nest_.mode == NestMode::column_blocks;
    if (columns) line(fmt::format("const {} points = units / blocks;", counter_));
    line(fmt::format("const {} part = {};", counter_,
                     columns ? "u % points * blocks + u / points" : "u"));
    line(fmt::format("const {} number = part % blocks;", counter_));
    outer_counters(outer, "part / blocks");
  }
  line(fmt::format("const k_i64 start = (k_i64)number * {};", block_size));
  line(fmt::format("const k_i64 block = total - start < {} ? total - start : {};", block_size,
                   block_size));
  outer_pointers(outer, "");
  stack_arrays(plan, "x", false, 1);
  block(plan);
  parts_to_scratch(plan);
}

std::string DeviceNest::print(const std::string& name) {
  const bool is_blocks = has_blocks(nest_.mode);
  const int size = group_size(unit_, tuning_);
  if (unit_ != Unit::item) shared_states(size);
  for (const int o : tiled(s_, nest_)) {
    line(fmt::format("{} {} b{}[{}];", place("__local", "__shared__"),
                     element_type(at(nest_.operands, o).dtype), o, side * pitch));
  }
  line("const k_i64 first = 0;");
  const int count = together();
  if (unit_ == Unit::tiles) {
    unit_loop(unit_);
    tile();
    close();
  } else if (count > 1) {
    several_points(count);
  } else {
    unit_loop(unit_);
    if (is_blocks) {
      block_units(nest_.stages.front());
    } else if (unit_ == Unit::columns) {
      const int outer = static_cast<int>(nest_.outer.size());
      column_unit();
      outer_counters(outer - 1, "u / sides");
      outer_pointers(outer, "");
      stages();
    } else {
      one_point();
    }
    close();
  }
  std::string text = finish(name, true, size);
  if (!is_blocks) return text;
  const int items = ends_size(s_, nest_, tuning_);
  ends(items);
  return text + finish(name + "e", false, items);
}
}  // namespace kroton::kernel::detail
