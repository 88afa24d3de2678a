// SPDX-License-Identifier: BSD-3-Clause
// What the kernels of tensor ops have in common: a domain with one parallel axis per axis of an
// array that is not fixed to length 1, and index maps into other arrays over that domain.
#pragma once
#include <string>
#include <vector>

#include "kroton/graph/variable.h"
#include "kroton/kernel/builder.h"

namespace kroton::tensor {
// "x", "y", "x2": names of params in error texts.
std::string operand_name(std::size_t position, std::size_t count);
// The number of a new param for VARIABLE.
int add_input(kernel::Builder& builder, std::string name, const graph::Variable& variable);
int add_output(kernel::Builder& builder, std::string name, const graph::Variable& variable);

// One dimension of the domain: its affine index (0 where the length is fixed to 1).
using Domain = std::vector<kernel::Affine>;
// One outer axis per axis of the result; SOURCES[d] are the dimensions that must have its length,
// none for an axis of length 1.
Domain outer_domain(kernel::Builder& builder,
                    const std::vector<std::vector<kernel::Dimension>>& sources);
}  // namespace kroton::tensor
