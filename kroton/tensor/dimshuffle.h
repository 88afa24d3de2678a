// SPDX-License-Identifier: BSD-3-Clause
// Axes in another order, with new axes of length 1, without axes of length 1: always a view.
//   x.dimshuffle({1, "x", 0})        transpose(x)        x.T()
// Source: Theano's tensor/elemwise.py.
#pragma once
#include <string>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/axes.h"
#include "kroton/graph/op.h"

namespace kroton::tensor {
class KROTON_API DimShuffle : public OpOf<DimShuffle> {
 public:
  static constexpr int new_axis = -1;
  // ORDER: for each axis of the result an axis of the input, or new_axis. What is left out must be
  // broadcastable.
  explicit DimShuffle(std::vector<int> order) : order_(std::move(order)) {}
  const std::vector<int>& order() const { return order_; }

  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override;
  Variables grad(const Apply& node, Variables gz) const override;
  Variables r_op(const Apply& node, Variables eval_points) const override;
  std::optional<kernel::Kernel> kernel(const Apply& node) const override;
  void perform(const Apply& node, std::span<const Value> inputs,
               std::span<Value> output_storage) const override;
  AliasMap view_map() const override { return {{0, {0}}}; }
  Notation notation(const Apply& node, int output) const override;
  std::string text() const override;  // DimShuffle{order: (1, x, 0)}

 private:
  std::vector<int> order_;

 public:
  static constexpr std::string_view op_name = "DimShuffle";
  static constexpr auto fields = std::tuple{Field{"order", &DimShuffle::order_}};
};

// x itself where ORDER changes nothing.
KROTON_API Variable dimshuffle(const Variable& x, const std::vector<ShuffleAxis>& order);
KROTON_API Variable shuffled(const Variable& x, std::vector<int> order);
// All axes reversed.
KROTON_API Variable transpose(const Operand& x);
// New broadcastable axes on the left until x has NDIM axes.
KROTON_API Variable pad_left(const Variable& x, std::size_t ndim);
// X, a result over other axes, with broadcastable axes put in at AXES (ascending, of the larger
// array).
KROTON_API Variable expand_axes(const Variable& x, const std::vector<int>& axes);
}  // namespace kroton::tensor
