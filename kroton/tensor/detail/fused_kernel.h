// SPDX-License-Identifier: BSD-3-Clause
// One kernel for a group of nodes: the last one's, with the values of the others computed where it
// reads them.
#pragma once
#include <optional>
#include <vector>

#include "kroton/graph/variable.h"
#include "kroton/kernel/form.h"
#include "kroton/tensor/fused.h"

namespace kroton::tensor {
// A node and its kernel.
struct GroupNode {
  Apply node;
  const kernel::Kernel* kernel;
};

struct FusedKernel {
  kernel::Kernel kernel;
  Variables inputs;  // its first params; the outputs of the last node follow
  std::vector<GivenLength> given = {};
};

// The numbers that the kernel of a node is given.
std::vector<GivenLength> given_lengths(const GroupNode& node);

// A constant of one element whose axes are all broadcastable: it goes into the kernel's text.
bool is_baked(const Variable& x);
// NODES: inputs first. Either OUTPUTS are those of the last node, and all others are pointwise (see
// KernelFacts), or all are pointwise over one domain, or change a box that is this domain, and read
// each other at their own point; then none reads what is changed.
// Nothing when a length is needed that no array of the new kernel has.
std::optional<FusedKernel> fuse_group(const std::vector<GroupNode>& nodes,
                                      const Variables& outputs);
// The Fused node that computes OUTPUTS, which NODES compute (inputs first), by a kernel that is
// made.
Apply fused_node(FusedKernel fused, const std::vector<Apply>& nodes, const Variables& outputs);
// The Fused node for them, over the graph's own variables.
std::optional<Apply> fused_node(const std::vector<GroupNode>& nodes, const Variables& outputs);
}  // namespace kroton::tensor
