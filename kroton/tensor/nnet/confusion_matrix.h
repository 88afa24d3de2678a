// SPDX-License-Identifier: BSD-3-Clause
// How often each class was taken for each other.
//   const auto [counts, order] = confusion_matrix(actual, predicted);
// Source: Theano's tensor/nnet/nnet.py.
#pragma once
#include <utility>

#include "kroton/base/api.h"
#include "kroton/graph/operand.h"

namespace kroton::tensor::nnet {
// counts[i, j], int64: how often order[i] was predicted as order[j]; order: the classes that occur,
// ascending.
// Errors: TypeError unless both are vectors of integers; ShapeError when they differ in length.
KROTON_API std::pair<Variable, Variable> confusion_matrix(const Operand& actual,
                                                          const Operand& predicted);
}  // namespace kroton::tensor::nnet
