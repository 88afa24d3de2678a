// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include "kroton/base/at.h"
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

// A CPU runs what the C dialect prints: an item has a contiguous chunk of its units.
std::string chunks(const Specialised& s, const Nest& nest, const std::string& name,
                   detail::Definitions& definitions) {
  const auto kernel = [&](const std::string& entry, const std::string& callee,
                          const std::string& arguments) {
    return detail::DeviceNest::head(s, Dialect::opencl, entry) +
           "  const k_i64 chunk = (units + get_global_size(0) - 1) / get_global_size(0);\n"
           "  const k_i64 begin = chunk * get_global_id(0);\n"
           "  const k_i64 end = begin + chunk < units ? begin + chunk : units;\n" +
           fmt::format("  if (begin < end) {}(begin, end, lengths, {});\n}}\n", callee, arguments);
  };
  std::string text = detail::CNest(s, nest, definitions, "__global ").print(name);
  std::string arguments = "strides, scratch";
  for (std::size_t o = 0; o < nest.operands.size(); ++o) {
    const int param = nest.operands[o].param;
    arguments +=
        param >= 0
            ? fmt::format(", x{} + offsets[{}]", param, nest.first_operand + static_cast<int>(o))
            : fmt::format(", scratch + lengths[{}]", at(s.slots, -1 - param).offset);
  }
  text += kernel(name, name + "_body", arguments);
  if (has_blocks(nest.mode)) text += kernel(name + "e", name + "_ends", "scratch");
  return text;
}

Printed print_device(Dialect dialect, const Specialised& s, const std::string& name,
                     const DeviceTuning& tuning) {
  detail::Definitions definitions(dialect);
  Printed printed;
  std::string nests;
  for (std::size_t n = 0; n < s.nests.size(); ++n) {
    const std::string entry = fmt::format("{}_{}", name, n);
    nests += tuning.cpu ? chunks(s, s.nests[n], entry, definitions)
                        : detail::DeviceNest(s, s.nests[n], definitions, dialect).print(entry);
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
  if (tuning.cpu) {
    for (const Phase& phase : phases(s, s.lengths, name))
      all.push_back({phase.entry, phase.units, false, 1});
    return all;
  }
  for (std::size_t n = 0; n < s.nests.size(); ++n) {
    const Nest& nest = s.nests[n];
    bool grouped = detail::DeviceNest::is_grouped(s, nest);
    int size = grouped ? static_cast<int>(lane_count) : tuning.group_size;
    DevicePhase phase{fmt::format("{}_{}", name, n), points(nest.outer, s.lengths, nest.lengths),
                      grouped, size};
    if (has_blocks(nest.mode)) {
      DevicePhase end{phase.entry + "e", phase.units, false, tuning.group_size};
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
