// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>

#include "kroton/kernel/detail/c_nest.h"
#include "kroton/kernel/print.h"
#include "kroton/kernel/tree.h"

namespace kroton::kernel {
namespace {
constexpr const char* entry_arguments =
    "(k_i64 begin, k_i64 end, const k_i64* extents, void* const* pointers, const k_i64* strides, "
    "void* scratch)";

std::string entry(const std::string& name, const std::string& callee,
                  const std::string& arguments) {
  return fmt::format("void {}{} {{\n  {}(begin, end, extents, {});\n}}\n", name, entry_arguments,
                     callee, arguments);
}

// The functions of a kernel, and what they are called.
std::string print_nests(const Specialised& s, const std::string& name,
                        detail::Definitions& definitions, std::vector<std::string>& entries) {
  std::string nests;
  for (std::size_t n = 0; n < s.nests.size(); ++n) {
    const Nest& nest = s.nests[n];
    std::string stem = fmt::format("{}_{}", name, n);
    nests += detail::CNest(s, nest, definitions).print(stem);
    std::string arguments = "strides, (char*)scratch";
    for (std::size_t o = 0; o < nest.operands.size(); ++o) {
      int param = nest.operands[o].param;
      arguments += param >= 0 ? fmt::format(", (char*)pointers[{}]",
                                            nest.first_operand + static_cast<int>(o))
                              : fmt::format(", (char*)scratch + extents[{}]",
                                            s.slots[static_cast<std::size_t>(-1 - param)].offset);
    }
    nests += entry(stem, stem + "_body", arguments);
    entries.push_back(stem);
    if (!has_blocks(nest.mode)) continue;
    nests += entry(stem + "e", stem + "_ends", "(char*)scratch");
    entries.push_back(stem + "e");
  }
  return nests;
}
}  // namespace

Printed print_c(const Specialised& s, const std::string& name) {
  PrintedTogether printed = print_c({{&s, name}});
  return {std::move(printed.text), std::move(printed.entries[0])};
}

PrintedTogether print_c(const std::vector<std::pair<const Specialised*, std::string>>& kernels) {
  detail::Definitions definitions(Dialect::c);
  PrintedTogether printed;
  std::string nests;
  bool checked = false;
  for (const auto& [specialised, name] : kernels) {
    nests += print_nests(*specialised, name, definitions, printed.entries.emplace_back());
    checked |= specialised->checked;
  }
  printed.text = definitions.text() + (checked ? detail::fault_function(Dialect::c) : "") + nests;
  return printed;
}

namespace {
// Nanoseconds that the points of one outer point (or block) take: arithmetic, or memory.
double estimate(const Nest& nest, const StagePlan& plan, double points) {
  double bytes = 0;
  for (const StagePlan::Use& u : plan.uses) {
    if (u.inner != StrideClass::fixed) {
      bytes +=
          static_cast<double>(itemsize(nest.operands[static_cast<std::size_t>(u.operand)].dtype));
    }
  }
  return points * std::max(0.02 * plan.cost, bytes / 20);
}
}  // namespace

std::vector<Phase> phases(const Specialised& s, const std::vector<std::int64_t>& lengths,
                          const std::string& name) {
  std::vector<Phase> all;
  for (std::size_t n = 0; n < s.nests.size(); ++n) {
    const Nest& nest = s.nests[n];
    Phase phase;
    phase.entry = name + "_" + std::to_string(n);
    std::int64_t outer = points(nest.outer, lengths, nest.lengths);
    std::int64_t last =
        nest.outer.empty()
            ? 1
            : lengths[static_cast<std::size_t>(nest.lengths) + nest.outer.size() - 1];
    double cost = 0;
    for (const StagePlan& plan : nest.stages) {
      cost += estimate(nest, plan, static_cast<double>(points(plan.loops, lengths, plan.lengths)));
    }
    phase.units = outer;
    if (nest.mode == NestMode::pointwise && nest.outer.size() == 1) {
      phase.grain = 64;
    } else if (nest.mode == NestMode::pointwise && !nest.outer.empty()) {
      phase.units = last == 0 ? 0 : outer / last;
      cost *= static_cast<double>(last);
    } else if (nest.mode == NestMode::columns) {
      std::int64_t blocks = (last + detail::CNest::width - 1) / detail::CNest::width;
      phase.units = last == 0 ? 0 : outer / last * blocks;
      cost *= static_cast<double>(std::min<std::int64_t>(last, detail::CNest::width));
    } else if (has_blocks(nest.mode)) {
      const StagePlan& plan = nest.stages.front();
      std::int64_t total = points(plan.loops, lengths, plan.lengths);
      std::int64_t blocks = block_count(total);
      std::int64_t side_by_side = 1;  // points of one unit
      phase.units = outer * blocks;
      if (nest.mode == NestMode::column_blocks) {
        side_by_side = std::min<std::int64_t>(last, detail::CNest::width);
        phase.units =
            outer / last * blocks * ((last + detail::CNest::width - 1) / detail::CNest::width);
      }
      phase.cost =
          total == 0 ? 0 : cost * static_cast<double>(side_by_side) / static_cast<double>(blocks);
      all.push_back(phase);
      phase.entry += "e";
      phase.units = outer;
      cost = 2.0 * static_cast<double>(blocks);
    }
    phase.cost = cost;
    all.push_back(phase);
  }
  return all;
}
}  // namespace kroton::kernel
