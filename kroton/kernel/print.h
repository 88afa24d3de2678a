// SPDX-License-Identifier: BSD-3-Clause
// Prints specialised kernels in the dialects. The text holds everything it needs but the prelude
// functions, which prelude_text() puts in front.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "kroton/kernel/specialise.h"

namespace kroton::kernel {
// One entry of the printed text. C:
//   void NAME(int64_t begin, int64_t end, const int64_t* extents, void* const* pointers,
//             const int64_t* strides, void* scratch);
// for units [begin, end) of `units`; phases run one after another. Device dialects: a kernel with the
// same arguments by value, one work-item or block per unit (see docs/kernel.md).
struct Phase {
  std::string entry;
  std::int64_t units = 0;   // for the lengths that were specialised
  std::int64_t grain = 1;   // borders of pieces are multiples of this
  double cost = 0;          // nanoseconds of one unit, about
};

struct Printed {
  std::string text;
  std::vector<std::string> entries;  // one per phase, in order
};

// `name` is the stem of the entries' names and must be an identifier.
KROTON_API Printed print_c(const Specialised&, const std::string& name);
// The phases of a launch: same entries, units for these lengths.
KROTON_API std::vector<Phase> phases(const Specialised&, const std::string& name);

// How a device runs kernels.
struct DeviceTuning {
  bool cpu = false;        // a CPU device: contiguous chunks per work-item instead of groups
  int group_size = 256;    // work-items of a group, a power of two of at least 64
};
KROTON_API Printed print_opencl(const Specialised&, const std::string& name, const DeviceTuning&);
KROTON_API Printed print_cuda(const Specialised&, const std::string& name, const DeviceTuning&);
}  // namespace kroton::kernel
