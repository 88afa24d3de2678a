// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/kernel/detail/c_nest.h"

#include <fmt/format.h>

#include <algorithm>

#include "kroton/base/at.h"
#include "kroton/base/errors.h"

namespace kroton::kernel::detail {
namespace {
// Additions: the text of dearer points is repeated less often, it takes its time to compile.
constexpr int dear_text = 512;
// Points of a tile along the innermost loop and across it; elements from one column of its copy to
// the next, such that those of a row lie in different sets of the cache.
constexpr int tile_columns = 64, tile_rows = 32, tile_pitch = tile_rows + 1;
// Operands of which a copy is made, on the stack of a thread.
constexpr int most_copies = 4;
// Operations of one point that a processor has under way at once.
constexpr int most_at_once = 4;

int count(const std::vector<Loop>& loops) { return static_cast<int>(loops.size()); }
}  // namespace

CNest::CNest(const Specialised& s, const Nest& nest, Definitions& definitions, std::string space)
    : s_(s),
      k_(*s.kernel),
      nest_(nest),
      writer_(s, nest, definitions),
      space_(std::move(space)),
      lane_arrays_(nest.mode == NestMode::columns),
      wide_(wide()) {}

// Long runs of memory are read faster, but what a later stage reads again must stay in the cache,
// and so must the states.
int CNest::wide() const {
  std::size_t bytes = 0;
  int passes = 0;
  for (const StagePlan& plan : nest_.stages) {
    if (!plan.loops.empty()) ++passes;
    if (stage_kind(k_, at(k_.stages, plan.stage)) == AxisKind::ordered) return width;
    for (const Sum& sum : sums(plan)) {
      for (DType d : sum.accumulator->dtypes) bytes += itemsize(d);
    }
  }
  if (passes > 1) return width;
  return bytes <= 16 ? 4 * width : bytes <= 32 ? 2 * width : width;
}

void CNest::line(const std::string& text) {
  text_.append(static_cast<std::size_t>(2 * depth_), ' ').append(text).append("\n");
}
void CNest::lines(const std::vector<std::string>& all) {
  for (const std::string& l : all) line(l);
}
void CNest::open(const std::string& text) {
  line(text.empty() ? "{" : text + " {");
  ++depth_;
}
void CNest::close() {
  --depth_;
  line("}");
}

std::string CNest::axis_value(const StagePlan& plan, int axis, const std::string& index,
                              bool lanes_outer) {
  auto counter = [&](const Loop& loop, int number, int length_slot, bool is_inner, char letter) {
    std::string c = is_inner ? index : fmt::format("{}{}", letter, number);
    if (narrow_) c = "(k_i64)" + c;
    return loop.backward ? fmt::format("({} - 1 - {})", writer_.length(length_slot), c) : c;
  };
  for (int l = 0; l < count(nest_.outer); ++l) {
    if (at(nest_.outer, l).axes.back() != axis) continue;
    bool inner = lanes_outer && l + 1 == count(nest_.outer);
    return counter(at(nest_.outer, l), l, nest_.lengths + l, inner, 'c');
  }
  for (int l = 0; l < count(plan.loops); ++l) {
    if (at(plan.loops, l).axes.back() != axis) continue;
    bool inner = !lanes_outer && !index.empty() && l + 1 == count(plan.loops);
    return counter(at(plan.loops, l), l, plan.lengths + l, inner, 'd');
  }
  return "0";
}

// pointer: the letter of pointers that lie at index 0 of the vector loop; index: its variable, ""
// when there is no such loop. For lanes_outer the vector is the innermost outer loop, else the
// stage's.
Spelling CNest::spelling(const StagePlan& plan, const std::string& pointer,
                         const std::string& index, bool lanes_outer) {
  Spelling at_point;
  at_point.element = [this, &plan, pointer, index, lanes_outer](int number,
                                                                const std::string& more) {
    const Operand& o = at(nest_.operands, number);
    const char* type = element_type(o.dtype);
    for (const StagePlan::Use& u : plan.uses) {
      if (u.operand != number || index.empty()) continue;
      bool backward = u.inner == StrideClass::reversed;
      if (u.inner == StrideClass::contiguous || backward) {
        const std::string from = pointer + std::to_string(number) + more;
        return fmt::format("(({}{}*){})[{}{}]", space_, type,
                           more.empty() ? from : "(" + from + ")", backward ? "-" : "", index);
      }
      if (u.inner == StrideClass::fixed) break;
      int slot =
          lanes_outer ? o.strides + count(nest_.outer) - 1 : u.strides + count(plan.loops) - 1;
      return fmt::format("*({}{}*)({}{} + {}*{}{})", space_, type, pointer, number, index,
                         writer_.stride(slot), more);
    }
    return fmt::format("*({}{}*)({}{}{})", space_, type, pointer, number, more);
  };
  std::string lane =
      lanes_outer ? (has_columns(nest_.mode) ? "(first + j)" : "(first + i)") : index;
  at_point.axis = [this, &plan, lane, lanes_outer](int axis) {
    return axis_value(plan, axis, lane, lanes_outer);
  };
  at_point.leaf = [place = result_place()](const Expr& e) {
    const std::string stem = e.kind == ExprKind::carry
                                 ? fmt::format("k{}", e.number)
                                 : fmt::format("a{}_{}", e.number, e.component);
    return stem + place;
  };
  return at_point;
}

// Counters of the first `loops` outer loops, from the row-major number `units`.
void CNest::outer_counters(int loops, const std::string& units, int together) {
  if (loops == 0) return;
  if (loops > 1) line(fmt::format("{} rest = {};", counter_, units));
  const auto times = [&](int l) {
    return together > 1 && l + 1 == loops ? fmt::format(" * {}", together) : std::string();
  };
  for (int l = loops - 1; l > 0; --l) {
    std::string n = divisor(writer_.length(nest_.lengths + l));
    if (!times(l).empty()) n = fmt::format("({} / {})", n, together);
    line(fmt::format("const {} c{} = rest % {}{};", counter_, l, n, times(l)));
    line(fmt::format("rest /= {};", n));
  }
  line(fmt::format("const {} c0 = {}{};", counter_, loops > 1 ? "rest" : units, times(0)));
}

// Elements of a register of 64 bytes, 0 where they lie apart.
std::int64_t CNest::vector_length(const StagePlan& plan) const {
  std::size_t widest = 1;
  for (const StagePlan::Use& u : plan.uses) {
    const Operand& o = at(nest_.operands, u.operand);
    if (is_copied(plan, u)) continue;
    if (u.inner == StrideClass::general || !o.values.empty()) return 0;
    widest = std::max(widest, itemsize(o.dtype));
  }
  for (const ExprId e : stage_exprs(k_, at(k_.stages, plan.stage)))
    widest = std::max(widest, itemsize(at(k_.exprs, e).dtype));
  return static_cast<std::int64_t>(64 / widest);
}

// PoCL takes narrow vectors, if any, unless it is told; where elements lie apart its own choice
// stands.
std::string CNest::vector_hint(const StagePlan& plan) const {
  const std::int64_t length = space_.empty() ? 0 : vector_length(plan);
  return length == 0 ? "" : fmt::format("KVECTOR(\"clang loop vectorize_width({})\") ", length);
}

std::string CNest::divisor(const std::string& length) const {
  return narrow_ ? "(k_i32)" + length : length;
}

// inner_start: where the vector loop starts on the last outer loop, "" when that is one of `loops`.
// only: of the operands of this stage.
void CNest::outer_pointers(int loops, const std::string& inner_start, const StagePlan* only) {
  for (int o = 0; o < static_cast<int>(nest_.operands.size()); ++o) {
    if (only && std::none_of(only->uses.begin(), only->uses.end(),
                             [&](const StagePlan::Use& u) { return u.operand == o; })) {
      continue;
    }
    std::string where = fmt::format("p{}", o);
    int strides = at(nest_.operands, o).strides;
    for (int l = 0; l < loops; ++l)
      where += fmt::format(" + c{}*{}", l, writer_.stride(strides + l));
    if (!inner_start.empty()) {
      where +=
          fmt::format(" + {}*{}", inner_start, writer_.stride(strides + count(nest_.outer) - 1));
    }
    line(fmt::format("{}char* const q{} = {};", space_, o, where));
  }
}

void CNest::stage_pointers(const StagePlan& plan, int loops) {
  for (const StagePlan::Use& u : plan.uses) {
    std::string where = fmt::format("q{}", u.operand);
    for (int l = 0; l < loops; ++l)
      where += fmt::format(" + d{}*{}", l, writer_.stride(u.strides + l));
    line(fmt::format("{}char* const w{} = {};", space_, u.operand, where));
  }
}

void CNest::pointwise() {
  const StagePlan& plan = nest_.stages.front();
  int loops = count(nest_.outer);
  if (loops == 0) {
    line("const k_i64 first = begin;");
    outer_pointers(0, "");
    open("if (begin < end)");
    lines(writer_.point(plan, spelling(plan, "q", "", true)));
    return close();
  }
  if (loops == 1) {
    line("const k_i64 first = begin;");
    outer_pointers(0, "begin");
    return points(plan, "end - begin", spelling(plan, "q", "i", true), false);
  }
  if (nest_.across >= 0) return tiles(plan);
  line("const k_i64 first = 0;");
  open("for (k_i64 u = begin; u < end; ++u)");
  outer_counters(loops - 1, "u");
  outer_pointers(loops - 1, "");
  points(plan, writer_.length(nest_.lengths + loops - 1), spelling(plan, "q", "i", true), true);
  close();
}

bool CNest::is_always_touched(const Specialised& s, const Operand& operand) {
  const Kernel& k = *s.kernel;
  const auto harmless = [&](const Access& a) {
    return s.place_of(a.param) != operand.param || !(a.index == operand.index) ||
           (a.where.empty() && !a.checked);
  };
  return std::ranges::all_of(k.accesses, harmless) &&
         std::ranges::all_of(k.stages, [&](const Stage& stage) {
           return std::ranges::all_of(stage.statements,
                                      [&](const Statement& t) { return harmless(t.access); });
         });
}

bool CNest::makes_tiles(const Specialised& s, const Operand& operand) {
  return operand.across && !operand.written && is_always_touched(s, operand);
}

// Where it pays: vectors are gathered from a copy faster, and it stays in the cache.
bool CNest::is_copied(const StagePlan& plan, const StagePlan::Use& use) const {
  return makes_tiles(s_, at(nest_.operands, use.operand)) &&
         (nest_.crowded || writer_.cost_of_point(plan) >= dear_point);
}

// A copy of the tile: lines of memory are read once and whole, however far they lie apart.
void CNest::copy_tile(int operand) {
  const Operand& o = at(nest_.operands, operand);
  const int loops = count(nest_.outer);
  const char* type = element_type(o.dtype);
  open("for (k_i64 i = 0; i < columns; ++i)");
  line(fmt::format("const k_i64 c{} = row;", nest_.across));
  std::string where = fmt::format("p{}", operand);
  for (int l = 0; l + 1 < loops; ++l)
    where += fmt::format(" + c{}*{}", l, writer_.stride(o.strides + l));
  where += fmt::format(" + (first + i)*{}", writer_.stride(o.strides + loops - 1));
  line(fmt::format("{0}const {1}* const from = ({0}const {1}*)({2});", space_, type, where));
  const auto column = [&](const char* begin, const std::string& rows) {
    line(fmt::format("{}for (k_i64 r = 0; r < {}; ++r) b{}[i * {} + r] = from[r];", begin, rows,
                     operand, tile_pitch));
  };
  // Of a known length it is a few vectors.
  line(fmt::format("if (rows == {})", tile_rows));
  column("  ", std::to_string(tile_rows));
  line("else");
  column("  ", "rows");
  close();
}

// An operand that jumps along the innermost loop finds its next element of the same line of memory
// in the next row: units count rows of that loop fastest, and some rows are taken at once.
void CNest::tiles(const StagePlan& plan) {
  const int loops = count(nest_.outer);
  const std::string n = writer_.length(nest_.lengths + loops - 1),
                    across = writer_.length(nest_.lengths + nest_.across);
  open("for (k_i64 u = begin, rows; u < end; u += rows)");
  line(fmt::format("const k_i64 row = u % {};", across));
  line(fmt::format("k_i64 rest = u / {};", across));
  line(fmt::format("rows = {} - row < end - u ? {} - row : end - u;", across, across));
  line(fmt::format("if (rows > {}) rows = {};", tile_rows, tile_rows));
  for (int l = loops - 2; l >= 0; --l) {
    if (l == nest_.across) continue;
    line(fmt::format("const k_i64 c{} = rest % {};", l, writer_.length(nest_.lengths + l)));
    line(fmt::format("rest /= {};", writer_.length(nest_.lengths + l)));
  }
  open(fmt::format("for (k_i64 first = 0; first < {}; first += {})", n, tile_columns));
  line(fmt::format("const k_i64 columns = {} - first < {} ? {} - first : {};", n, tile_columns, n,
                   tile_columns));
  std::vector<char> copied(nest_.operands.size(), 0);
  for (const StagePlan::Use& use : plan.uses) {
    if (!is_copied(plan, use) || std::ranges::count(copied, 1) == most_copies) continue;
    at(copied, use.operand) = 1;
    line(fmt::format("{} b{}[{}];", element_type(at(nest_.operands, use.operand).dtype),
                     use.operand, tile_pitch * tile_columns));
    copy_tile(use.operand);
  }
  open(fmt::format("for (k_i64 c{0} = row; c{0} < row + rows; ++c{0})", nest_.across));
  outer_pointers(loops - 1, "first");
  Spelling at_point = spelling(plan, "q", "i", true);
  at_point.element = [&, straight = at_point.element](int number, const std::string& more) {
    if (!at(copied, number)) return straight(number, more);
    return fmt::format("b{}[i * {} + c{} - row]", number, tile_pitch, nest_.across);
  };
  points(plan, "columns", at_point, true);
  close();
  close();
  close();
}

// Where the operations of a point wait for each other, a processor that sees several vectors at
// once has others to do meanwhile; by themselves compilers take one where points are dear. Of rows,
// which may be short, what is left over matters, too.
void CNest::points(const StagePlan& plan, const std::string& n, const Spelling& at_point,
                   bool is_row) {
  const int cost = writer_.cost_of_point(plan);
  const std::int64_t length = vector_length(plan);
  const bool waits = cost >= dear_point && cost < most_at_once * writer_.longest_wait(plan);
  const int together = cost > dear_text ? 2 : 4;
  const std::string hint = fmt::format("#pragma clang loop interleave_count({})", together);
  if (waits && is_row && length > 0) {
    line(fmt::format("const k_i64 points = {};", n));
    return points_by(plan, "points", at_point, {together * length, length},
                     hint + " unroll(disable)");
  }
  if (waits) line(hint);
  open(fmt::format("{}for (k_i64 i = 0; i < {}; ++i)", vector_hint(plan), n));
  lines(writer_.point(plan, at_point));
  close();
}

// What is left over is taken by parts, each of which asks whether it has an element: a loop whose
// length is known becomes masked vector instructions, one of any length runs element by element.
void CNest::points_by(const StagePlan& plan, const std::string& n, const Spelling& at_point,
                      Lanes lanes, const std::string& hint) {
  const auto loop = [&](std::int64_t count, const std::string& condition) {
    open(fmt::format("{}for (k_i64 l = 0; l < {}; ++l){}", vector_hint(plan), count, condition));
    line("const k_i64 i = step + l;");
    lines(writer_.point(plan, at_point));
    close();
  };
  line("k_i64 step = 0;");
  open(fmt::format("for (; step + {0} <= {1}; step += {0})", lanes.at_once, n));
  if (!hint.empty()) line(hint);
  loop(lanes.at_once, "");
  close();
  open(fmt::format("for (; step < {}; step += {})", n, lanes.left_over));
  line(as_vectors);
  loop(lanes.left_over, fmt::format(" if (step + l < {})", n));
  close();
}

void CNest::declare_results(bool lanes) {
  const std::string length = lanes       ? fmt::format("[{}]", wide_)
                             : together_ ? fmt::format("[{}]", most_rows)
                                         : "";
  for (std::size_t a = 0; a < k_.accumulators.size(); ++a) {
    for (std::size_t c = 0; c < k_.accumulators[a].dtypes.size(); ++c)
      line(fmt::format("{} a{}_{}{};", value_type(k_.accumulators[a].dtypes[c]), a, c, length));
  }
  for (std::size_t c = 0; c < k_.carries.size(); ++c)
    line(fmt::format("{} k{}{};", value_type(k_.carries[c].dtype), c, length));
}

void CNest::start_carries(const StagePlan& plan, bool lanes) {
  for (const Statement& t : at(k_.stages, plan.stage).statements) {
    if (t.kind != StatementKind::advance) continue;
    Stage start;
    start.statements.push_back({StatementKind::advance, 0, {}, {at(k_.carries, t.number).start}});
    if (lanes) open("for (k_i64 j = 0; j < lanes; ++j)");
    if (!lanes) open("");
    Spelling at_point = spelling(plan, "q", lanes ? "j" : "", true);
    lines(writer_.values(stage_exprs(k_, start), at_point));
    line(fmt::format("k{}{} = {};", t.number, lanes ? "[j]" : "",
                     writer_.name(at(k_.carries, t.number).start, at_point)));
    close();
  }
}

void CNest::advance(const StagePlan& plan, const Spelling& at_point, bool lanes) {
  for (const Statement& t : at(k_.stages, plan.stage).statements) {
    if (t.kind != StatementKind::advance) continue;
    // A carry that becomes another carry takes the value of before this step.
    line(fmt::format("const {} next{} = {};", value_type(at(k_.carries, t.number).dtype), t.number,
                     writer_.name(t.values[0], at_point)));
  }
  for (const Statement& t : at(k_.stages, plan.stage).statements) {
    if (t.kind == StatementKind::advance) {
      line(fmt::format("k{}{} = next{};", t.number, lanes ? "[j]" : "", t.number));
    }
  }
}

// The loop over units of columns: lanes of them from `first` on.
void CNest::column_units() {
  std::string n = writer_.length(nest_.lengths + count(nest_.outer) - 1);
  line(fmt::format("const k_i64 column_blocks = ({} + {}) / {};", n, width - 1, width));
  if (wide_ == width) {
    open("for (k_i64 u = begin; u < end; ++u)");
    line(fmt::format("const k_i64 first = u % column_blocks * {}, most = {};", width, width));
  } else {
    open("for (k_i64 u = begin, taken; u < end; u += taken)");
    line("taken = column_blocks - u % column_blocks;");
    line("if (taken > end - u) taken = end - u;");
    line(fmt::format("if (taken > {}) taken = {};", wide_ / width, wide_ / width));
    line(fmt::format("const k_i64 first = u % column_blocks * {}, most = taken * {};", width,
                     width));
  }
  line(fmt::format("const k_i64 lanes = {} - first < most ? {} - first : most;", n, n));
}

// Steps along rows of memory touch a line of the cache for each lane, and come back to it at the
// next step: as many lanes at a time as stay there.
bool CNest::goes_along_rows() const {
  bool ordered = false, apart = false;
  for (const StagePlan& plan : nest_.stages) {
    ordered |= stage_kind(k_, at(k_.stages, plan.stage)) == AxisKind::ordered;
    for (const StagePlan::Use& u : plan.uses) apart |= u.inner == StrideClass::general;
  }
  return ordered && apart;
}

void CNest::columns() {
  int loops = count(nest_.outer);
  const bool in_parts = goes_along_rows();
  column_units();
  if (in_parts) {
    line("const k_i64 start = first, stop = first + lanes;");
    open(fmt::format("for (k_i64 first = start; first < stop; first += {})", narrow));
    line(fmt::format("const k_i64 lanes = stop - first < {} ? stop - first : {};", narrow, narrow));
  }
  outer_counters(loops - 1, "u / column_blocks");
  outer_pointers(loops - 1, "first");
  declare_results(true);
  for (const StagePlan& plan : nest_.stages) {
    line("{");
    ++depth_;
    columns_stage(plan);
    close();
  }
  if (in_parts) close();
  close();
}

void CNest::columns_stage(const StagePlan& plan) {
  AxisKind kind = stage_kind(k_, at(k_.stages, plan.stage));
  if (kind == AxisKind::reduce) return reduce_columns(plan);
  if (kind == AxisKind::ordered) start_carries(plan, true);
  int loops = count(plan.loops);
  for (int l = 0; l < loops; ++l) {
    open(fmt::format("for (k_i64 d{} = 0; d{} < {}; ++d{})", l, l, writer_.length(plan.lengths + l),
                     l));
  }
  stage_pointers(plan, loops);
  open(vector_hint(plan) + "for (k_i64 j = 0; j < lanes; ++j)");
  Spelling at_point = spelling(plan, "w", "j", true);
  lines(writer_.point(plan, at_point));
  advance(plan, at_point, true);
  for (int l = 0; l < loops + 1; ++l) close();
}

std::string CNest::print(const std::string& name) {
  switch (nest_.mode) {
    case NestMode::pointwise:
      pointwise();
      break;
    case NestMode::rows:
      rows();
      break;
    case NestMode::columns:
      columns();
      break;
    case NestMode::blocks:
      blocks();
      break;
    case NestMode::column_blocks:
      column_blocks();
      break;
  }
  std::string head = fmt::format(
      "static void {0}_body(k_i64 begin, k_i64 end, {1}const k_i64* lengths, {1}const k_i64* strides, "
      "{1}char* scratch",
      name, space_);
  for (std::size_t o = 0; o < nest_.operands.size(); ++o) {
    head +=
        fmt::format(", {}char* {}p{}", space_, nest_.operands[o].restricted ? "restrict " : "", o);
  }
  head += ") {\n";
  for (int i : writer_.lengths_used)
    head += fmt::format("  const k_i64 n{} = lengths[{}];\n", i, i);
  for (int i : writer_.strides_used)
    head += fmt::format("  const k_i64 t{} = strides[{}];\n", i, i);
  std::string all = head + text_ + "}\n";
  return has_blocks(nest_.mode) ? all + ends(name) : all;
}
}  // namespace kroton::kernel::detail
