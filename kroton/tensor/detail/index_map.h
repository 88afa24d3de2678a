// SPDX-License-Identifier: BSD-3-Clause
// Basic indices as affine maps, for the kernels of Subtensor and IncSubtensor, and as checked
// views.
#pragma once
#include <optional>
#include <span>

#include "kroton/kernel/builder.h"
#include "kroton/ndarray/ndarray.h"
#include "kroton/tensor/subtensor.h"

namespace kroton::tensor {
// Where ITEM begins on an axis of length N, when that is affine wherever any element is taken: from
// the start, or from the end without running past it. Nothing otherwise.
std::optional<kernel::Affine> affine_start(const IndexItem& item, const kernel::Affine& n);
// Where a slice of step 1 ends, or nothing: positions from it on are not taken, if any are.
std::optional<kernel::Affine> affine_stop(const IndexItem& item, const kernel::Affine& n);
// The part of x that ITEMS take, a view; ValueError for an integer out of range.
NDArray view_at(const NDArray& x, const IndexItems& items, std::span<const Value> bounds);
// What make_node of Subtensor and IncSubtensor ask of an index; ValueError, TypeError.
void check_index(const Variable& x, const IndexItems& items, const Variables& bounds);
}  // namespace kroton::tensor
