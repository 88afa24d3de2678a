// SPDX-License-Identifier: BSD-3-Clause
// Running sums and products along an axis, and differences of neighbours.
//   cumsum(x, 0)   cumprod(x)   diff(x)
// Without an axis x is taken as one axis in C order. Integers are summed and multiplied in int64
// (or uint64) as sum and prod do it; other dtypes stay. Elements are combined one after another, in
// order. The gradient of cumprod holds where x is 0, too.
// Source: Theano's tensor/extra_ops.py.
#pragma once
#include <optional>

#include "kroton/base/api.h"
#include "kroton/graph/op.h"
#include "kroton/graph/operand.h"
#include "kroton/tensor/reduce.h"

namespace kroton::tensor {
// Input: x. z[t] = x[t] + z[t - 1], or x[t] * z[t - 1].
class KROTON_API Cumulative : public OpOf<Cumulative> {
 public:
  // FOLD: Fold::sum or Fold::prod. AXIS: not negative.
  Cumulative(Fold fold, int axis) : fold_(fold), axis_(axis) {}
  Fold fold() const { return fold_; }
  int axis() const { return axis_; }

  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override;
  Variables grad(const Apply& node, Variables gz) const override;
  Variables r_op(const Apply& node, Variables eval_points) const override;
  std::optional<kernel::Kernel> kernel(const Apply& node) const override;

 private:
  Fold fold_;
  int axis_;

 public:
  static constexpr std::string_view op_name = "Cumulative";
  static constexpr auto fields =
      std::tuple{Field{"fold", &Cumulative::fold_}, Field{"axis", &Cumulative::axis_}};
};

// Inputs: x and factors a of one shape and dtype.
// Forward z[t] = x[t] + a[t] z[t - 1]; backward, its adjoint, z[t] = x[t] + a[t + 1] z[t + 1].
class KROTON_API Recurrence : public OpOf<Recurrence> {
 public:
  Recurrence(int axis, bool backward) : axis_(axis), backward_(backward) {}
  int axis() const { return axis_; }
  bool backward() const { return backward_; }

  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override;
  Variables grad(const Apply& node, Variables gz) const override;
  Variables r_op(const Apply& node, Variables eval_points) const override;
  std::optional<kernel::Kernel> kernel(const Apply& node) const override;

 private:
  int axis_;
  bool backward_;

 public:
  static constexpr std::string_view op_name = "Recurrence";
  static constexpr auto fields =
      std::tuple{Field{"axis", &Recurrence::axis_}, Field{"backward", &Recurrence::backward_}};
};

KROTON_API Variable cumsum(const Variable& x, int axis);
KROTON_API Variable cumsum(const Variable& x);
KROTON_API Variable cumprod(const Variable& x, int axis);
KROTON_API Variable cumprod(const Variable& x);
// x[1:] - x[:-1] along AXIS, N times over.
KROTON_API Variable diff(const Variable& x, int n = 1, int axis = -1);
}  // namespace kroton::tensor
