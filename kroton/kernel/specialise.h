// SPDX-License-Identifier: BSD-3-Clause
// Chooses the loops of a kernel for given lengths and strides: which axes vanish, which collapse,
// which is innermost, and how arrays lie along it. The choice is a key; all shapes with the same
// key share one printed text, for which the lengths, strides and offsets here are arguments.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kroton/kernel/form.h"

namespace kroton::kernel {
// How an operand moves along the loop that becomes the vector.
enum class StrideClass : std::uint8_t { contiguous, fixed, general, reversed };

// One or more axes, collapsed.
struct Loop {
  std::vector<int> axes;  // outermost first
  bool backward = false;
};

// One (param, index map) of a nest, with a pointer of its own. A value kept in scratch memory
// between nests is an operand too: its param is -1 - slot.
struct Operand {
  int param;
  std::vector<Affine> index;
  DType dtype;
  bool written = false;
  bool restricted = false;  // nothing else in the nest reaches what is written
  int strides = 0;          // first of its entries in `strides`: outer loops, then values
  std::vector<int> values;  // gathered indices (expressions) that move it
  bool across = false;      // jumps along the innermost loop and lies along Nest::across
};

// A stage of a nest: its own loops, and how it moves the operands that it uses.
struct StagePlan {
  int stage = 0;
  double cost = 0;  // of one point: arithmetic, as point_cost() counts it
  std::vector<Loop> loops;
  struct Use {
    int operand;
    int strides;  // first of its entries in `strides`, one per loop
    StrideClass inner;
  };
  std::vector<Use> uses;
  int lengths = 0;  // first of the loops' entries in `lengths`
};

enum class NestMode : std::uint8_t {
  pointwise,      // parallel loops only; the innermost one is the vector
  rows,           // stages run at each outer point; reductions have lanes along the reduced axis
  columns,        // stages run for a block of points of the innermost outer loop, the lanes
  blocks,         // one reduction over few points: blocks are units, a second phase combines them
  column_blocks,  // the same, each unit for a block of points of the innermost outer loop
};
inline bool has_blocks(NestMode mode) {
  return mode == NestMode::blocks || mode == NestMode::column_blocks;
}
inline bool has_columns(NestMode mode) {
  return mode == NestMode::columns || mode == NestMode::column_blocks;
}

// Loops that run without a barrier.
struct Nest {
  NestMode mode = NestMode::pointwise;
  std::vector<Loop> outer;  // pointwise: all loops
  std::vector<StagePlan> stages;
  std::vector<Operand> operands;
  int first_operand = 0;  // among all operands of the launch
  int lengths = 0;        // first of its entries in `lengths`: outer loops
  // Pointwise: the outer loop along which an operand lies that jumps along the innermost one, as
  // where arrays are transposed: the two are run in tiles. -1: none.
  int across = -1;
  bool crowded = false;  // steps of such an operand meet in few sets of a cache
};

// A value that later nests read: one element per outer point, in scratch memory.
struct Slot {
  int accumulator, component;
  DType dtype;
  int offset;  // entry of `lengths` that holds its offset in bytes
  int parts;   // the same for its block results
};

struct KROTON_API Specialised {
  std::shared_ptr<const Kernel> kernel;
  std::vector<Nest> nests;
  std::vector<Slot> slots;
  bool checked = false;  // faults are possible: the first 32 bytes of scratch
  std::string key;       // of the kernel and of every choice made
  // Arguments of the printed entries. lengths starts with the kernel's extents.
  std::vector<std::int64_t> lengths, strides;
  std::vector<std::int64_t> offsets;  // of operands, bytes
  std::vector<int> params;            // of operands
  std::vector<int> overlays;          // per param the one in whose memory it lies; empty: itself
  std::int64_t outer_points = 1, scratch_bytes = 0;
  bool empty = false;        // no outer point: nothing to run
  std::vector<char> pinned;  // axes that never collapse
  std::uint64_t sizes = 0;   // which sizes were large enough to decide something
  int place_of(int param) const {
    return overlays.empty() ? param : overlays[static_cast<std::size_t>(param)];
  }
};

// From which sizes on a reduction is cut into units of blocks: they decide what runs at once, never
// bits. The host's; a device that runs more at once cuts earlier.
struct Cuts {
  std::int64_t many_elements = 65536;  // so many are worth cutting, over
  std::int64_t few_points = 16;        // fewer points than this,
  std::int64_t few_columns = 512;      // or than this where points are columns side by side
};

// strides: bytes, one vector per param, one entry per dimension. overlays: per param the one in
// whose memory it lies, with the same strides (itself, or an input of its alias group; none given:
// all lie apart). What would copy an array onto itself is left out.
KROTON_API Specialised specialise(std::shared_ptr<const Kernel>,
                                  const std::vector<std::int64_t>& extents,
                                  const std::vector<std::vector<std::int64_t>>& strides,
                                  const std::vector<int>& overlays = {}, const Cuts& cuts = {});

// The arguments of LIKE's text for other lengths and strides, in the order of its own; nothing when
// a choice would come out otherwise. Far cheaper than specialise().
struct Arguments {
  std::vector<std::int64_t> lengths, strides, offsets;
  std::int64_t scratch_bytes = 0;
  bool empty = false;
};
KROTON_API std::optional<Arguments> refit(const Specialised& like,
                                          const std::vector<std::int64_t>& extents,
                                          const std::vector<std::vector<std::int64_t>>& strides);

// Points of the loops of a nest or stage, from the launch's lengths.
KROTON_API std::int64_t points(const std::vector<Loop>&, const std::vector<std::int64_t>& lengths,
                               int first);
}  // namespace kroton::kernel
