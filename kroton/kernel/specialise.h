// SPDX-License-Identifier: BSD-3-Clause
// Chooses the loops of a kernel for given lengths and strides: which axes vanish, which collapse,
// which is innermost, and how arrays lie along it. The choice is a key; all shapes with the same
// key share one printed text, for which the lengths, strides and offsets here are arguments.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kroton/kernel/form.h"

namespace kroton::kernel {
// How an operand moves along the innermost loop.
enum class StrideClass : std::uint8_t { contiguous, fixed, general };

// One (param, index map) of the kernel: a pointer of its own, moved by strides per loop.
struct Operand {
  int param;
  std::vector<Affine> index;     // the map it stands for; constants and extents are in `offset`
  std::int64_t offset = 0;       // bytes from the param's first element
  bool written = false;
  bool restricted = false;       // no other operand reaches what it writes
};

// A loop of the printed text: one or more axes collapsed.
struct Loop {
  std::vector<int> axes;         // outermost first
  AxisKind kind = AxisKind::parallel;
  bool backward = false;
  std::int64_t length = 0;
};

enum class NestMode : std::uint8_t {
  pointwise,  // parallel loops only; the innermost loop is the vector
  rows,       // stages run at each outer point; reductions have lanes along the reduced axis
  columns,    // stages run for a block of points of the innermost outer loop; lanes are points
  blocks,     // one reduction over few points: blocks are units, a second phase combines them
};

// One group of loops that runs without a barrier: all stages [first, last) at each outer point.
struct Nest {
  NestMode mode;
  int first_stage = 0, last_stage = 0;
  std::vector<Loop> outer;                 // outermost first
  std::vector<std::vector<Loop>> stage;    // loops of each stage
  std::vector<Operand> operands;
  std::vector<StrideClass> classes;        // of operands, along the innermost loop that uses each
};

struct KROTON_API Specialised {
  std::shared_ptr<const Kernel> kernel;
  std::vector<Nest> nests;
  std::string key;                         // of the kernel and every choice made
  std::vector<std::int64_t> lengths;       // the `extents` argument of the printed entries
  std::vector<std::int64_t> strides;       // the `strides` argument, bytes
  std::vector<std::int64_t> offsets;       // of operands: param's pointer + offset
  std::vector<int> operand_params;         // of operands: which param
  std::int64_t scratch_bytes = 0;
  bool empty = false;                      // no point at all: nothing to run
};

// strides: bytes, one vector per param, one entry per dimension.
KROTON_API Specialised specialise(std::shared_ptr<const Kernel>, const std::vector<std::int64_t>& extents,
                                  const std::vector<std::vector<std::int64_t>>& strides);
}  // namespace kroton::kernel
