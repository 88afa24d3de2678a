// SPDX-License-Identifier: BSD-3-Clause
// Integers as classes: one-hot rows, counts, inverse permutations, selection by a condition.
//   to_one_hot(labels, 10)   bincount(labels)   inverse_permutation(p)   compress(keep, x, 0)
// Source: Theano's tensor/extra_ops.py, tensor/basic.py.
#pragma once
#include <optional>

#include "kroton/base/api.h"
#include "kroton/graph/operand.h"

namespace kroton::tensor {
// A row of CLASSES elements for each element of the integer vector Y: 1 at its value, else 0. A
// value outside 0 to CLASSES - 1 (or -CLASSES to -1, from the end) is a ValueError when it runs.
KROTON_API Variable to_one_hot(const Operand& y, const Operand& classes,
                               std::optional<DType> dtype = {});
// How often each of 0, 1, ... occurs in the integer vector X, int64; with WEIGHTS their sums. As
// many elements as the largest value asks for, and at least MINLENGTH.
KROTON_API Variable bincount(const Operand& x, std::int64_t minlength = 0);
KROTON_API Variable bincount(const Operand& x, const Variable& weights, std::int64_t minlength = 0);
// Q with q[p[i]] = i.
KROTON_API Variable inverse_permutation(const Operand& p);
// x where the bool vector CONDITION holds, along AXIS.
KROTON_API Variable compress(const Operand& condition, const Variable& x, int axis);
}  // namespace kroton::tensor
