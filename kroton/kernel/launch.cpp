// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/kernel/launch.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "kroton/base/parallel.h"

namespace kroton::kernel {
namespace {
// A phase that takes longer than this is worth waking threads for; so long a piece should be.
constexpr double worth_threads = 20'000, worth_piece = 5'000;

// Scratch memory of the calling thread, kept from launch to launch.
class Scratch {
 public:
  char* get(std::size_t bytes) {
    if (bytes > size_) {
      bytes_.reset(static_cast<char*>(::operator new(bytes, std::align_val_t{64})));
      size_ = bytes;
    }
    return bytes_.get();
  }

 private:
  struct Free {
    void operator()(char* p) const { ::operator delete(p, std::align_val_t{64}); }
  };
  std::unique_ptr<char, Free> bytes_;
  std::size_t size_ = 0;
};
thread_local Scratch scratch_memory;
}  // namespace

Launch::Launch(const Specialised& s)
    : Launch(s, {s.lengths, s.strides, s.offsets, s.scratch_bytes, s.empty}) {}

Launch::Launch(const Specialised& s, Arguments arguments)
    : phases(kernel::phases(s, arguments.lengths, "")),
      extents(std::move(arguments.lengths)),
      strides(std::move(arguments.strides)),
      offsets(std::move(arguments.offsets)),
      params(s.params),
      pointers(s.offsets.size()),
      scratch_bytes(arguments.scratch_bytes),
      empty(arguments.empty),
      checked(s.checked) {
  for (Phase& phase : phases) {
    bool parallel = phase.cost * static_cast<double>(phase.units) > worth_threads;
    serial &= !parallel;
    double units = parallel ? std::max(1.0, worth_piece / std::max(phase.cost, 1e-3))
                            : static_cast<double>(phase.units);
    auto grain = static_cast<std::int64_t>(std::min(units, static_cast<double>(phase.units)));
    phase.grain =
        std::max<std::int64_t>((grain + phase.grain - 1) / phase.grain * phase.grain, phase.grain);
  }
}

void Launch::bind(void* const* arrays) {
  for (std::size_t o = 0; o < params.size(); ++o) {
    pointers[o] = params[o] < 0 ? nullptr : static_cast<char*>(arrays[params[o]]) + offsets[o];
  }
}

void reserve(const Launch& launch) {
  if (launch.scratch_bytes > 0) scratch_memory.get(static_cast<std::size_t>(launch.scratch_bytes));
}

Fault run(const CompiledKernel& compiled, const Launch& launch) {
  if (launch.empty) return {};
  const std::int64_t *extents = launch.extents.data(), *strides = launch.strides.data();
  void* const* pointers = launch.pointers.data();
  char* scratch = launch.scratch_bytes == 0
                      ? nullptr
                      : scratch_memory.get(static_cast<std::size_t>(launch.scratch_bytes));
  if (launch.checked) std::memset(scratch, 0, 32);
  for (std::size_t p = 0; p < launch.phases.size(); ++p) {
    const Phase& phase = launch.phases[p];
    Entry entry = compiled.entries[p];
    if (launch.serial) {
      entry(0, phase.units, extents, pointers, strides, scratch);
    } else {
      base::parallel_for(0, phase.units, phase.grain, [&](std::int64_t begin, std::int64_t end) {
        entry(begin, end, extents, pointers, strides, scratch);
      });
    }
  }
  if (!launch.checked) return {};
  std::int64_t fault[3];
  std::memcpy(fault, scratch, sizeof fault);
  return {fault[0] - 1, fault[1], fault[2]};
}
}  // namespace kroton::kernel
