// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include "kroton/kernel/detail/device_nest.h"
#include "kroton/kernel/print.h"
#include "kroton/kernel/tree.h"

namespace kroton::kernel {
namespace {
std::string fault_function(Dialect dialect) {
  const char* space = dialect == Dialect::opencl ? "__global " : "";
  return fmt::format(
      "KFN void k_fault({}char* scratch, k_i64 param, k_i64 dim, k_i64 index) {{\n"
      "  {}k_i64* fault = ({}k_i64*)scratch;\n"
      "  if (fault[0] == 0) {{\n"
      "    fault[0] = param + 1;\n"
      "    fault[1] = dim;\n"
      "    fault[2] = index;\n"
      "  }}\n"
      "}}\n",
      space, space, space);
}

Printed print_device(Dialect dialect, const Specialised& s, const std::string& name,
                     const DeviceTuning& tuning) {
  detail::Definitions definitions(dialect);
  Printed printed;
  std::string nests;
  for (std::size_t n = 0; n < s.nests.size(); ++n) {
    nests += detail::DeviceNest(s, s.nests[n], definitions, dialect, tuning)
                 .print(fmt::format("{}_{}", name, n));
  }
  for (const DevicePhase& phase : device_phases(s, name, tuning))
    printed.entries.push_back(phase.entry);
  printed.text = definitions.text() + (s.checked ? fault_function(dialect) : "") + nests;
  return printed;
}
}  // namespace

Printed print_opencl(const Specialised& s, const std::string& name, const DeviceTuning& tuning) {
  return print_device(Dialect::opencl, s, name, tuning);
}

Printed print_cuda(const Specialised& s, const std::string& name, const DeviceTuning& tuning) {
  return print_device(Dialect::cuda, s, name, tuning);
}

std::vector<DevicePhase> device_phases(const Specialised& s, const std::string& name,
                                       const DeviceTuning& tuning) {
  std::vector<DevicePhase> all;
  for (std::size_t n = 0; n < s.nests.size(); ++n) {
    const Nest& nest = s.nests[n];
    bool grouped = detail::DeviceNest::is_grouped(s, nest, tuning);
    int size = grouped ? static_cast<int>(lane_count) : tuning.cpu ? 1 : tuning.group_size;
    DevicePhase phase{fmt::format("{}_{}", name, n), points(nest.outer, s.lengths, nest.lengths),
                      grouped, size};
    if (has_blocks(nest.mode)) {
      DevicePhase end{phase.entry + "e", phase.units, false, tuning.cpu ? 1 : tuning.group_size};
      const StagePlan& plan = nest.stages.front();
      phase.units *= block_count(points(plan.loops, s.lengths, plan.lengths));
      all.push_back(phase);
      all.push_back(end);
    } else {
      all.push_back(phase);
    }
  }
  return all;
}
}  // namespace kroton::kernel
