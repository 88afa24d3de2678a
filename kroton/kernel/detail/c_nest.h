// SPDX-License-Identifier: BSD-3-Clause
// Prints one nest in the C dialect. Names in the text: p# and q# are an operand's pointer at the
// start and at an outer point, w# inside a stage's loops; c# outer counters, d# stage counters, i
// the vector index (j: a lane of a block of columns, r: a row of several); v# values; a#_# results,
// x lanes (e, f, h, g: half of them, and so on), z and y stacks of states; ahead# a distance in
// bytes.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "kroton/kernel/detail/body_writer.h"

namespace kroton::kernel::detail {
class CNest {
 public:
  // SPACE: what a pointer to memory of arrays needs in front of it, "__global " in OpenCL.
  CNest(const Specialised&, const Nest&, Definitions&, std::string space = "");
  // `static` functions NAME_body (and NAME_ends for blocks): what the entries call.
  std::string print(const std::string& name);
  // Columns of a unit. Where units come side by side, up to wide() columns are taken at once.
  static constexpr int width = 256, narrow = 64;

 protected:
  void line(const std::string& text);
  void lines(const std::vector<std::string>&);
  void open(const std::string& text);
  void close();

  // print_pointwise and its kin write the loop over units.
  void pointwise();
  void tiles(const StagePlan&);
  bool is_copied(const StagePlan&, const StagePlan::Use&) const;
  // Whether the operand lies across the innermost loop and can be read ahead of its points.
  static bool makes_tiles(const Specialised&, const Operand&);
  // Whether every access to the operand touches its element whatever happens.
  static bool is_always_touched(const Specialised&, const Operand&);
  void copy_tile(int operand);
  void rows();
  void columns();
  void blocks();
  std::string ends(const std::string& name);

  // TOGETHER: points of the last loop that come at once.
  void outer_counters(int loops, const std::string& units, int together = 1);
  std::string divisor(const std::string& length) const;
  // What stands in front of a loop that becomes vectors.
  std::string vector_hint(const StagePlan&) const;
  std::int64_t vector_length(const StagePlan&) const;
  void points(const StagePlan&, const std::string& n, const Spelling&, bool is_row);
  struct Lanes {
    std::int64_t at_once, left_over;
  };
  void points_by(const StagePlan&, const std::string& n, const Spelling&, Lanes,
                 const std::string& hint = "");
  // Additions: dearer points are not computed one by one where a vector does not fill.
  static constexpr int dear_point = 16;
  // A loop of few steps is unrolled before it could become vectors, unless it says so.
  static constexpr const char* as_vectors = "#pragma clang loop unroll(disable)";
  void outer_pointers(int loops, const std::string& inner_start, const StagePlan* only = nullptr);
  void stage_pointers(const StagePlan&, int loops);
  bool takes_rows_together() const;
  void most_together();
  void open_row(const StagePlan&);
  void rows_stage(const StagePlan&);
  void row_points(const StagePlan&);
  void columns_stage(const StagePlan&);
  void start_carries(const StagePlan&, bool lanes);
  void advance(const StagePlan&, const Spelling&, bool lanes);
  void declare_results(bool lanes);

  struct Sum {  // one accumulate statement
    const Statement* statement;
    const Accumulator* accumulator;
  };
  std::vector<Sum> sums(const StagePlan&) const;
  std::string flat_count(const StagePlan&);
  void reduce_rows(const StagePlan&);
  void reduce_columns(const StagePlan&);
  void block_of_columns(const StagePlan&);
  void column_row(const StagePlan&, const std::string& row);
  void column_units();
  bool goes_along_rows() const;
  void column_blocks();
  void state_arrays(const StagePlan&, const std::string& prefix, const std::string& lengths);
  void identities(const StagePlan&, const std::string& prefix, const std::string& lane);
  int wide() const;
  void lanes_of_rows(const StagePlan&);
  void block_of_rows(const StagePlan&);
  std::vector<int> streamed(const StagePlan&) const;
  void declare_ahead(const std::vector<int>& operands);
  void prefetch(const std::vector<int>& operands);
  void direct_lanes(const StagePlan&);
  void buffered_lanes(const StagePlan&);
  void halve_lanes(const StagePlan&);
  bool has_cheap_combine(const StagePlan&) const;
  void rows_of_one_block(const StagePlan&);
  void halve_into_few(const StagePlan&);
  void combine_few(const StagePlan&);
  void long_row(const StagePlan&);
  void results_from(const StagePlan&, const std::string& prefix, const std::string& at);
  // States of a pairwise fold that wait for their partner: one for each power of two of blocks.
  static constexpr int stack_depth = 40;
  void stack_arrays(const StagePlan&, const std::string& prefix, bool lanes, int depth);
  void push(const StagePlan&, const std::string& prefix, const std::string& number, bool lanes,
            const std::string& from);
  void collapse(const StagePlan&, const std::string& prefix, bool lanes, const std::string& to);
  void accumulate(const StagePlan&, const Spelling&, const std::string& lane);
  // "x0_1[l]" for each component.
  static std::vector<std::string> parts(const Sum&, const std::string& prefix,
                                        const std::string& at);
  std::vector<std::string> value_names(const Sum&, const Spelling&);
  void each_lane(bool lanes, const std::string& hint = "");

  Spelling spelling(const StagePlan&, const std::string& pointer, const std::string& index,
                    bool lanes_outer);
  std::string axis_value(const StagePlan&, int axis, const std::string& index, bool lanes_outer);
  std::string decode(const StagePlan&, const std::string& linear);

  const Specialised& s_;
  const Kernel& k_;
  const Nest& nest_;
  BodyWriter writer_;
  std::string text_;
  int depth_ = 1;
  std::string space_;
  std::string counter_ = "k_i64";  // the type of what counts points
  bool narrow_ = false;            // that type has 32 bits
  // What stands behind the name of a result or carry.
  std::string result_place() const { return lane_arrays_ ? "[j]" : together_ ? "[r]" : ""; }
  // Outer points that take a stage one after another before the next stage begins.
  static constexpr int most_rows = 64;

  bool lane_arrays_ = false;  // results and carries are arrays over the lanes
  bool together_ = false;     // or over such rows
  int wide_ = width;          // the length of such arrays
};
}  // namespace kroton::kernel::detail
