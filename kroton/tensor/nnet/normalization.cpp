// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/nnet/normalization.h"

#include <fmt/format.h>

#include <algorithm>

#include "kroton/base/errors.h"
#include "kroton/base/text.h"
#include "kroton/kernel/dialect.h"
#include "kroton/tensor/constant.h"
#include "kroton/tensor/detail/float_operand.h"
#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/elemwise_functions.h"
#include "kroton/tensor/length.h"
#include "kroton/tensor/reduce.h"
#include "kroton/tensor/type.h"

namespace kroton::tensor::nnet {
namespace {
void check_epsilon(double epsilon, const char* who) {
  if (!(epsilon > 0)) {
    throw ValueError(
        fmt::format("{}: epsilon is {}; it must be positive", who, base::repr_number(epsilon)));
  }
}

// The parameters of a batch normalisation over AXES, in both of their forms.
class Parameters {
 public:
  Parameters(const Variable& x, const Axes& axes, const char* who)
      : x_(x), axes_(reduced_axes(x, axes, who)), who_(who) {}
  const std::vector<int>& axes() const { return axes_; }

  // With the axes of x.
  Variable expanded(const Operand& operand, const char* name) const {
    const Variable p = array_operand(operand, who_);
    if (p.ndim() == x_.ndim() && std::all_of(axes_.begin(), axes_.end(), [&](int axis) -> bool {
          return p.broadcastable()[static_cast<std::size_t>(axis)];
        })) {
      return p;
    }
    if (p.ndim() + axes_.size() != x_.ndim()) {
      throw TypeError(
          fmt::format("{}: {} is {} and x is {}; it must have the {} axes of x that are not "
                      "normalised over, or all of them with broadcastable ones",
                      who_, name, p.type().text(), x_.type().text(), x_.ndim() - axes_.size()));
    }
    return expand_axes(p, axes_);
  }
  // An array with the axes of x, in the form that LIKE has.
  Variable as_given(const Variable& p, const Operand& like) const {
    if (array_operand(like, who_).ndim() == x_.ndim()) return p;
    std::vector<int> kept;
    for (int d = 0; d < static_cast<int>(x_.ndim()); ++d) {
      if (std::find(axes_.begin(), axes_.end(), d) == axes_.end()) kept.push_back(d);
    }
    return shuffled(p, kept);
  }

 private:
  const Variable& x_;
  std::vector<int> axes_;
  const char* who_;
};

// The deviation from the mean, and 1 / sqrt(var + epsilon).
struct Standard {
  Variable mean, deviation, var, invstd;
};
Standard standard(const Variable& x, const std::vector<int>& axes, double epsilon) {
  // The tree of a reduction keeps the digits that matter here; twice the width would cost half the
  // speed.
  const ReduceOptions keep{.keepdims = true, .acc_dtype = kernel::compute_dtype(x.dtype())};
  const Variable centre = mean(x, Axes(axes), keep), deviation = x - centre;
  const Variable spread = mean(sqr(deviation), Axes(axes), keep);
  const Variable one = constant(1, x.dtype());
  return {centre, deviation, spread, one / sqrt(spread + constant(epsilon, x.dtype()))};
}
}  // namespace

Axes spatial(const Variable& x) {
  std::vector<int> axes;
  for (int d = 0; d < static_cast<int>(x.ndim()); ++d) {
    if (d != 1) axes.push_back(d);
  }
  return Axes(axes);
}

BatchNormalization batch_normalization_train(const Operand& operand, const Operand& gamma,
                                             const Operand& beta, Axes axes, double epsilon,
                                             std::optional<RunningAverages> running) {
  const char* who = "batch_normalization_train";
  const CreationLine line(operand.line());
  check_epsilon(epsilon, who);
  const Variable x = float_operand(operand, who);
  const Parameters parameters(x, axes, who);
  const Variable g = parameters.expanded(gamma, "gamma"), b = parameters.expanded(beta, "beta");
  const Standard s = standard(x, parameters.axes(), epsilon);
  BatchNormalization all;
  all.out = s.deviation * (g * s.invstd) + b;
  all.mean = parameters.as_given(s.mean, gamma);
  all.invstd = parameters.as_given(s.invstd, gamma);
  if (!running) return all;
  ShapeExpr count(1);
  for (const int axis : parameters.axes()) count = count * as_length(length_of(x, axis));
  const Variable m = cast(static_cast<Variable>(count), x.dtype());
  const Variable factor = constant(running->factor, x.dtype());
  const Variable rest = constant(1 - running->factor, x.dtype());
  const Variable unbiased = s.var * (m / (m - constant(1, x.dtype())));
  const auto averaged = [&](const Variable& old, const Variable& now, const char* name) {
    const Variable mixed = parameters.expanded(old, name) * rest + now * factor;
    return parameters.as_given(mixed, old);
  };
  all.new_mean = averaged(running->mean, s.mean, "running mean");
  all.new_var = averaged(running->var, unbiased, "running var");
  return all;
}

Variable batch_normalization_test(const Operand& operand, const Operand& gamma, const Operand& beta,
                                  const Operand& mean, const Operand& var, Axes axes,
                                  double epsilon) {
  const char* who = "batch_normalization_test";
  const CreationLine line(operand.line());
  check_epsilon(epsilon, who);
  const Variable x = float_operand(operand, who);
  const Parameters parameters(x, axes, who);
  const Variable m = parameters.expanded(mean, "mean"), v = parameters.expanded(var, "var");
  const Variable scale =
      parameters.expanded(gamma, "gamma") / sqrt(v + constant(epsilon, x.dtype()));
  return (x - m) * scale + parameters.expanded(beta, "beta");
}

Variable batch_normalization(const Operand& operand, const Operand& gamma, const Operand& beta,
                             const Operand& mean, const Operand& std) {
  const CreationLine line(operand.line());
  const Variable x = float_operand(operand, "batch_normalization");
  return (x - mean) * true_div(gamma, std) + beta;
}

Variable layer_norm(const Operand& operand, Axes axes, double epsilon) {
  const CreationLine line(operand.line());
  check_epsilon(epsilon, "layer_norm");
  const Variable x = float_operand(operand, "layer_norm");
  const Standard s = standard(x, reduced_axes(x, axes, "layer_norm"), epsilon);
  return s.deviation * s.invstd;
}
Variable layer_norm(const Operand& operand, const Operand& gamma, const Operand& beta, Axes axes,
                    double epsilon) {
  const CreationLine line(operand.line());
  return layer_norm(operand, std::move(axes), epsilon) * gamma + beta;
}
}  // namespace kroton::tensor::nnet
