// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "kroton/base/at.h"
#include "kroton/kernel/detail/device_nest.h"
#include "kroton/kernel/print.h"
#include "kroton/kernel/tree.h"

namespace kroton::kernel {
namespace {
using detail::DeviceNest;

// A CPU runs what the C dialect prints: an item has a contiguous chunk of its units.
std::string chunks(const Specialised& s, const Nest& nest, const std::string& name,
                   detail::Definitions& definitions) {
  const auto kernel = [&](const std::string& entry, const std::string& callee,
                          const std::string& arguments) {
    return DeviceNest::head(s, Dialect::opencl, entry, 0) +
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
                        : DeviceNest(s, s.nests[n], definitions, dialect, tuning).print(entry);
  }
  for (const DevicePhase& phase : device_phases(s, name, tuning))
    printed.entries.push_back(phase.entry);
  printed.text = definitions.text() + (s.checked ? detail::fault_function(dialect) : "") + nests;
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
    const DeviceNest::Unit unit = DeviceNest::unit(s, nest);
    const std::int64_t outer = points(nest.outer, s.lengths, nest.lengths);
    DevicePhase phase{fmt::format("{}_{}", name, n), outer, unit != DeviceNest::Unit::item,
                      DeviceNest::group_size(unit, tuning)};
    if (unit == DeviceNest::Unit::columns && outer > 0) {
      const std::int64_t last =
          at(s.lengths, nest.lengths + static_cast<int>(nest.outer.size()) - 1);
      phase.units = outer / last * ((last + DeviceNest::side - 1) / DeviceNest::side);
    }
    if (unit == DeviceNest::Unit::tiles && outer > 0) {
      const std::int64_t last =
                             at(s.lengths, nest.lengths + static_cast<int>(nest.outer.size()) - 1),
                         across = at(s.lengths, nest.lengths + nest.across);
      const auto tiles = [](std::int64_t n) {
        return (n + DeviceNest::side - 1) / DeviceNest::side;
      };
      phase.units = outer / last / across * tiles(last) * tiles(across);
    }
    if (has_blocks(nest.mode)) {
      const StagePlan& plan = nest.stages.front();
      phase.units *= block_count(points(plan.loops, s.lengths, plan.lengths));
    }
    all.push_back(phase);
    if (has_blocks(nest.mode))
      all.push_back({phase.entry + "e", outer, true, DeviceNest::ends_size(s, nest, tuning)});
  }
  return all;
}

bool fits_narrow(const Specialised& s) {
  constexpr std::int64_t most = (std::int64_t{1} << 31) - (std::int64_t{1} << 26);
  // More than any launch has; lengths are at least one where it matters.
  const auto times = [](std::int64_t a, std::int64_t b) {
    return a > most || b > most ? most + 1 : a * b;
  };
  const auto count = [&](const std::vector<Loop>& loops, int first) {
    std::int64_t n = 1;
    for (std::size_t i = 0; i < loops.size(); ++i)
      n = times(n, at(s.lengths, first + static_cast<int>(i)));
    return n;
  };
  for (const Nest& nest : s.nests) {
    const std::int64_t outer = count(nest.outer, nest.lengths);
    if (outer > most) return false;
    for (const StagePlan& plan : nest.stages) {
      const std::int64_t own = count(plan.loops, plan.lengths);
      if (own > most || (has_blocks(nest.mode) && times(outer, block_count(own)) > most))
        return false;
    }
  }
  return std::all_of(s.strides.begin(), s.strides.end(),
                     [](std::int64_t stride) { return std::abs(stride) <= most; });
}
}  // namespace kroton::kernel
