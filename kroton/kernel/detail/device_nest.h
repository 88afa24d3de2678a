// SPDX-License-Identifier: BSD-3-Clause
// Prints one nest for GPUs, in OpenCL and CUDA. A unit is an item that runs its stages serially, a
// group of 64 items that are the lanes of reductions, or a group for 32 neighbouring columns or for
// a tile.
#pragma once
#include <string>
#include <vector>

#include "kroton/kernel/detail/c_nest.h"
#include "kroton/kernel/print.h"

namespace kroton::kernel::detail {
class DeviceNest : public CNest {
 public:
  DeviceNest(const Specialised&, const Nest&, Definitions&, Dialect, const DeviceTuning&);
  std::string print(const std::string& name);

  enum class Unit { item, lanes, columns, tiles };
  static Unit unit(const Specialised&, const Nest&);
  // A group of columns: so many side by side, each of so many items, which share its lanes.
  static constexpr int side = 32, deep = 8;
  // A tile has as many points across; its rows in local memory begin in different banks.
  static constexpr int pitch = side + 1;
  static int group_size(Unit, const DeviceTuning&);
  // Items of a group that combines the blocks of a point.
  static int ends_size(const Specialised&, const Nest&, const DeviceTuning&);
  // The line that begins the kernel NAME; GROUP_SIZE 0: of any size.
  static std::string head(const Specialised&, Dialect, const std::string& name, int group_size);

 private:
  std::string finish(const std::string& name, bool with_params, int group_size);
  std::string place(const char* opencl, const char* cuda) const;
  void unit_loop(Unit);
  void items(const std::string& begin, const std::string& end);
  void barrier();
  void unroll(int times);
  void shared_states(int length);
  void stage(const StagePlan&);
  void loops(const StagePlan&);
  void grouped_points(const StagePlan&);
  void step(const StagePlan&);
  // Points of the vector loop that an item takes at once, and the operands that are read and
  // written whole then.
  int together() const;
  bool moves_whole(int operand) const;
  bool is_read(int operand) const;
  void several_points(int count);
  static std::vector<int> tiled(const Specialised&, const Nest&);
  void tile();
  void one_point();
  void stages();
  // device_reduction.cpp
  void reduce(const StagePlan&);
  void block(const StagePlan&);
  void block_of_item(const StagePlan&);
  void block_of_lanes(const StagePlan&);
  void block_of_columns_group(const StagePlan&);
  void element(const StagePlan&, const std::string& prefix, const std::string& lane);
  void halve(const StagePlan&, const std::string& prefix, const std::string& left,
             const std::string& right);
  void halve_by_shuffles(const StagePlan&);
  void identity(const StagePlan&, const std::string& prefix, const std::string& at);
  void copy(const StagePlan&, const std::string& to_prefix, const std::string& to,
            const std::string& from_prefix, const std::string& from);
  void parts_to_scratch(const StagePlan&);
  void block_units(const StagePlan&);
  void column_unit();
  void ends(int items);
  std::string words(DType dtype, int count);

  Dialect dialect_;
  const DeviceTuning& tuning_;
  Unit unit_;
};
}  // namespace kroton::kernel::detail
