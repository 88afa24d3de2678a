// SPDX-License-Identifier: BSD-3-Clause
// Prints one nest for GPUs, in OpenCL and CUDA: a unit is an item that runs its stages serially, or
// a group of 64 items that are the lanes of reductions.
#pragma once
#include <string>

#include "kroton/kernel/detail/c_nest.h"
#include "kroton/kernel/print.h"

namespace kroton::kernel::detail {
class DeviceNest : public CNest {
 public:
  DeviceNest(const Specialised&, const Nest&, Definitions&, Dialect);
  std::string print(const std::string& name);

  static bool is_grouped(const Specialised&, const Nest&);
  // The line that begins the kernel NAME.
  static std::string head(const Specialised&, Dialect, const std::string& name);

 private:
  std::string finish(const std::string& name, bool with_params);
  void units(bool grouped);
  void barrier();
  void stage(const StagePlan&);
  void loops(const StagePlan&);
  void grouped_points(const StagePlan&);
  void reduce(const StagePlan&);
  void block(const StagePlan&);
  void block_of_item(const StagePlan&);
  void block_of_group(const StagePlan&);
  void step(const StagePlan&);
  void identity(const StagePlan&, const std::string& prefix, const std::string& at);
  void parts_to_scratch(const StagePlan&);
  void ends();

  Dialect dialect_;
  bool grouped_;
};
}  // namespace kroton::kernel::detail
