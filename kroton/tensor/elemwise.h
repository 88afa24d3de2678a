// SPDX-License-Identifier: BSD-3-Clause
// Elemwise: a row of scalars/ops.def applied to arrays element by element. Inputs are padded on the
// left to one number of axes; only axes whose type says broadcastable stretch, so a run-time length
// 1 on another axis is a ShapeError. elemwise_functions.h has the functions that users call.
//   if (is(node, scalars::op::exp)) ...      Variable z = Elemwise(scalars::op::add)(x, y);
// Source: Theano's tensor/elemwise.py.
#pragma once
#include <memory>
#include <string>

#include "kroton/base/api.h"
#include "kroton/graph/op.h"
#include "kroton/scalars/op.h"
#include "kroton/tensor/elemwise_functions.h"

namespace kroton::tensor {
class KROTON_API Elemwise : public OpOf<Elemwise> {
 public:
  // A row of the library, which lives for ever. INPLACE: {output: {input that it overwrites}}.
  explicit Elemwise(const scalars::Row& row, AliasMap inplace = {})
      : Elemwise(scalars::ref(row), std::move(inplace)) {}
  explicit Elemwise(scalars::RowRef row, AliasMap inplace = {})
      : row_(std::move(row)), inplace_(std::move(inplace)) {}
  const scalars::Row& row() const { return *row_; }
  const scalars::RowRef& shared_row() const { return row_; }
  const AliasMap& inplace() const { return inplace_; }

  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override;
  Connections connection_pattern(const Apply& node) const override;
  Variables grad(const Apply& node, Variables gz) const override;
  Variables r_op(const Apply& node, Variables eval_points) const override;
  std::optional<kernel::Kernel> kernel(const Apply& node) const override;
  AliasMap destroy_map() const override { return inplace_; }
  Notation notation(const Apply& node, int output) const override;
  std::string text() const override;  // Elemwise{add}, Elemwise{add, inplace: (0: (0,),)}
  bool equals(const Op& other) const override;
  std::size_t hash() const override;
  const void* variant() const override { return row_.get(); }
  static constexpr std::string_view op_name = "Elemwise";

 private:
  scalars::RowRef row_;
  AliasMap inplace_;
};

// Whether NODE applies that row of the library, in place or not.
KROTON_API bool is(const Apply& node, const scalars::Row& row);
// The row of an Elemwise node, or null.
KROTON_API const scalars::Row* row_of(const Apply& node);
// ROW over arrays.
KROTON_API Variable elementwise(const scalars::Row& row, const Variables& inputs);
}  // namespace kroton::tensor
