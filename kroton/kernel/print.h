// SPDX-License-Identifier: BSD-3-Clause
// Prints specialised kernels in the dialects. The text holds everything it needs but the prelude
// functions, which prelude_text() puts in front.
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "kroton/kernel/specialise.h"

namespace kroton::kernel {
// One entry of the printed text. C:
//   void NAME(int64_t begin, int64_t end, const int64_t* extents, void* const* pointers,
//             const int64_t* strides, void* scratch);
// for units [begin, end) of `units`; phases run one after another.
struct Phase {
  std::string entry;
  std::int64_t units = 0;  // for the lengths that were specialised
  std::int64_t grain = 1;  // borders of pieces are multiples of this
  double cost = 0;         // nanoseconds of one unit, about
};

struct Printed {
  std::string text;
  std::vector<std::string> entries;  // one per phase, in order
};

// `name` is the stem of the entries' names and must be an identifier.
KROTON_API Printed print_c(const Specialised&, const std::string& name);
// Several kernels, each with a name of its own, as one text.
struct PrintedTogether {
  std::string text;
  std::vector<std::vector<std::string>> entries;  // by kernel
};
KROTON_API PrintedTogether print_c(const std::vector<std::pair<const Specialised*, std::string>>&);
// The phases of a launch: same entries, units for these lengths.
KROTON_API std::vector<Phase> phases(const Specialised&, const std::vector<std::int64_t>& lengths,
                                     const std::string& name);

// How a device runs kernels.
struct DeviceTuning {
  bool cpu = false;      // a CPU device: an item runs a contiguous chunk of units, no groups
  int group_size = 256;  // items of a group where units are items
  int ends_size = 256;   // of one that combines the blocks of a reduction; a power of two
  bool narrow = false;   // points are counted in 32 bits, see fits_narrow()
};
// Whether the counts of points of a launch and its strides have 31 bits, with room for the items of
// a launch. Products of the two are computed in 64 bits.
KROTON_API bool fits_narrow(const Specialised&);
// One entry of device text:
//   NAME(long units, const long* lengths, const long* strides, const long* offsets, char* scratch,
//        char* one per param of the kernel)
// where offsets belongs to the operands. Any number of groups is right. Where `grouped`, a unit is
// a group, else an item. Phases are separate launches.
struct DevicePhase {
  std::string entry;
  std::int64_t units = 0;
  bool grouped = false;
  int group_size = 0;
};
KROTON_API std::vector<DevicePhase> device_phases(const Specialised&, const std::string& name,
                                                  const DeviceTuning&);
KROTON_API Printed print_opencl(const Specialised&, const std::string& name, const DeviceTuning&);
KROTON_API Printed print_cuda(const Specialised&, const std::string& name, const DeviceTuning&);
}  // namespace kroton::kernel
