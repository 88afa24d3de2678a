// SPDX-License-Identifier: BSD-3-Clause
// What fusion asks of one node's kernel: can it be computed where it is read, what may be computed
// where it reads, and what does that cost.
#pragma once
#include <optional>
#include <vector>

#include "kroton/graph/variable.h"
#include "kroton/kernel/form.h"

namespace kroton::tensor {
// How a kernel reads one of its inputs.
struct InputUse {
  bool plain = true;    // every load is unconditional and at an affine index
  int reads = 0;        // evaluations at each point: over stages and different index maps
  bool aligned = true;  // every load is at the stage's own point, axes in order
  bool expanding =
      false;  // an element is read at several points: what would be computed there is repeated
};

// How the kernel of a change of a box in an array (set_subtensor, with what was fused into it)
// reads its inputs.
struct BoxUse {
  std::vector<InputUse> inside;  // in its last stage, which computes the box
  std::vector<char> around;      // whether the stages before it, which copy the rest, read them
};

struct KernelFacts {
  kernel::Kernel kernel;
  std::vector<InputUse> inputs;
  // One parallel stage that stores every output once, at the stage's own point, its lengths known
  // from its inputs: its values can be computed wherever they are read.
  bool pointwise = false;
  bool is_view = false;
  bool reads_outputs = false;  // a later stage goes on with what an earlier one stored
  // Of a change of a box that grows with its array. Where a box may be small, what counts is that
  // the rest is not copied when the kernel runs in place, and it is left alone.
  std::optional<BoxUse> box = {};
  int cost = 0;  // of one point of the dearest stage, loads and stores apart
};

// The axes of a point at which a pointwise kernel stores, or a box is changed.
const std::vector<int>& point_axes(const KernelFacts& facts);

// Nothing when the node has no kernel, or one that fusion leaves alone: with effects or in place.
std::optional<KernelFacts> kernel_facts(const Apply& node);
}  // namespace kroton::tensor
