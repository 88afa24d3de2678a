// SPDX-License-Identifier: BSD-3-Clause
// Arrays brought to mean 0 and variance 1: over the batch, or within each row.
//   const auto bn = batch_normalization_train(x, gamma, beta);        // bn.out, bn.mean, bn.invstd
//   layer_norm(x, gamma, beta)
// Source: Theano's tensor/nnet/bn.py; Ioffe and Szegedy, 2015; Ba et al., 2016.
#pragma once
#include <optional>

#include "kroton/base/api.h"
#include "kroton/graph/axes.h"
#include "kroton/graph/operand.h"

namespace kroton::tensor::nnet {
// Which axes mean and variance go over: the first (every activation has its own), or all but the
// second (per channel of images), or any.
inline const Axes per_activation{0};
KROTON_API Axes spatial(const Variable& x);

struct RunningAverages {
  Variable mean, var;   // to be averaged with those of this batch
  double factor = 0.1;  // weight of this batch
};
struct BatchNormalization {
  Variable out;           // gamma (x - mean) invstd + beta
  Variable mean, invstd;  // of this batch; invstd is 1 / sqrt(var + epsilon)
  // Nothing unless RunningAverages were given: running (1 - factor) + batch factor; the batch's
  // variance is the unbiased one there.
  Variable new_mean, new_var;
};
// shapes: gamma, beta and the averages have the axes of x, of length 1 (broadcastable) along AXES,
// or the other axes of x alone; mean, invstd and the new averages come as gamma does.
// Errors: TypeError for parameters of other axes, ValueError unless epsilon is positive.
KROTON_API BatchNormalization batch_normalization_train(
    const Operand& x, const Operand& gamma, const Operand& beta, Axes axes = per_activation,
    double epsilon = 1e-4, std::optional<RunningAverages> running = std::nullopt);
// gamma (x - mean) / sqrt(var + epsilon) + beta, for averages of many batches.
KROTON_API Variable batch_normalization_test(const Operand& x, const Operand& gamma,
                                             const Operand& beta, const Operand& mean,
                                             const Operand& var, Axes axes = per_activation,
                                             double epsilon = 1e-4);
// (x - mean) gamma / std + beta: of parameters that broadcast against x.
KROTON_API Variable batch_normalization(const Operand& x, const Operand& gamma, const Operand& beta,
                                        const Operand& mean, const Operand& std);

// (x - mean) / sqrt(var + epsilon) along AXES of x.
KROTON_API Variable layer_norm(const Operand& x, Axes axes = -1, double epsilon = 1e-5);
// The same times gamma plus beta, which broadcast against x.
KROTON_API Variable layer_norm(const Operand& x, const Operand& gamma, const Operand& beta,
                               Axes axes = -1, double epsilon = 1e-5);
}  // namespace kroton::tensor::nnet
