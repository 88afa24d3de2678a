// SPDX-License-Identifier: BSD-3-Clause
// Runs a compiled kernel on arrays: the host side of the C dialect.
//   Launch launch(specialised, printed entries);   launch.bind(pointers);   run(compiled, launch);
#pragma once
#include <cstddef>
#include <memory>
#include <vector>

#include "kroton/kernel/fault.h"
#include "kroton/kernel/print.h"

namespace kroton::kernel {
using Entry = void (*)(std::int64_t begin, std::int64_t end, const std::int64_t* extents,
                       void* const* pointers, const std::int64_t* strides, void* scratch);

// The functions of one printed text, in the order of its entries.
struct CompiledKernel {
  std::vector<Entry> entries;
  std::shared_ptr<void> owner;  // keeps the code loaded
};

// Everything that is fixed for given lengths and strides. Cheap to run again with other arrays.
class KROTON_API Launch {
 public:
  Launch() = default;
  explicit Launch(const Specialised&);
  // With other arguments than its own.
  Launch(const Specialised&, Arguments);
  // The first element of each param, in the order of the params.
  void bind(void* const* params);

  std::vector<Phase> phases;
  std::vector<std::int64_t> extents, strides, offsets;
  std::vector<int> params;
  std::vector<void*> pointers;
  std::int64_t scratch_bytes = 0;
  bool empty = false, checked = false;
  bool serial = true;  // no phase is worth more than one thread
};

// Takes the memory that run() of this launch on this thread will work in, so that run() cannot
// fail.
KROTON_API void reserve(const Launch&);
// Runs all phases, in pieces on the thread pool where the estimated time says so. The pointers of
// the launch must be bound. A launch is used by one thread at a time.
KROTON_API Fault run(const CompiledKernel&, const Launch&);
}  // namespace kroton::kernel
