// SPDX-License-Identifier: BSD-3-Clause
// Order along an axis: ascending, NaN last, equal elements in the order that they had.
//   sort(x, 0)   argsort(x)   searchsorted(edges, v)
// Without an axis x is taken as one axis in C order; axis -1 is the default of both, as in NumPy.
// complex numbers are ordered by real, then imaginary part. The gradient of sort goes back to where
// the elements were. Source: Theano's tensor/sort.py, tensor/extra_ops.py.
#pragma once
#include <optional>

#include "kroton/base/api.h"
#include "kroton/graph/op.h"
#include "kroton/graph/operand.h"

namespace kroton::tensor {
class KROTON_API Sort : public OpOf<Sort> {
 public:
  explicit Sort(int axis) : axis_(axis) {}
  int axis() const { return axis_; }

  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override;
  Variables grad(const Apply& node, Variables gz) const override;
  Variables r_op(const Apply& node, Variables eval_points) const override;
  void perform(const Apply& node, std::span<const Value> inputs,
               std::span<Value> output_storage) const override;
  bool fills_storage(const Apply&) const override { return true; }
  AliasMap may_lie_over(const Apply&) const override { return {{0, {0}}}; }

 private:
  int axis_;

 public:
  static constexpr std::string_view op_name = "Sort";
  static constexpr auto fields = std::tuple{Field{"axis", &Sort::axis_}};
};

// The positions, int64, in which Sort puts the elements.
class KROTON_API ArgSort : public OpOf<ArgSort> {
 public:
  explicit ArgSort(int axis) : axis_(axis) {}
  int axis() const { return axis_; }

  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override;
  Variables grad(const Apply& node, Variables gz) const override;
  Variables r_op(const Apply& node, Variables eval_points) const override;
  void perform(const Apply& node, std::span<const Value> inputs,
               std::span<Value> output_storage) const override;
  bool fills_storage(const Apply&) const override { return true; }

 private:
  int axis_;

 public:
  static constexpr std::string_view op_name = "ArgSort";
  static constexpr auto fields = std::tuple{Field{"axis", &ArgSort::axis_}};
};

// Inputs: an ascending vector and values of its dtype. Where each value would be put into the
// vector, int64: before equal elements, or behind them when RIGHT.
class KROTON_API SearchSorted : public OpOf<SearchSorted> {
 public:
  explicit SearchSorted(bool right) : right_(right) {}
  bool right() const { return right_; }

  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override;
  Variables grad(const Apply& node, Variables gz) const override;
  Variables r_op(const Apply& node, Variables eval_points) const override;
  void perform(const Apply& node, std::span<const Value> inputs,
               std::span<Value> output_storage) const override;
  bool fills_storage(const Apply&) const override { return true; }

 private:
  bool right_;

 public:
  static constexpr std::string_view op_name = "SearchSorted";
  static constexpr auto fields = std::tuple{Field{"right", &SearchSorted::right_}};
};

KROTON_API Variable sort(const Operand& x, std::optional<int> axis = -1);
KROTON_API Variable argsort(const Operand& x, std::optional<int> axis = -1);
enum class Side { left, right };
KROTON_API Variable searchsorted(const Operand& sorted, const Operand& v, Side side = Side::left);
}  // namespace kroton::tensor
