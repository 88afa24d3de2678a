// SPDX-License-Identifier: BSD-3-Clause
// The same elements in C order under another shape: a view where the strides allow it, else a copy.
//   reshape(x, {2, -1})   flatten(x)   flatten(x, 2)
// One length may be -1. A constant length 1 makes a broadcastable axis. Source: Theano's
// tensor/basic.py.
#pragma once
#include <initializer_list>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/op.h"

namespace kroton::tensor {
class KROTON_API Reshape : public OpOf<Reshape> {
 public:
  explicit Reshape(int ndim) : ndim_(ndim) {}
  int ndim() const { return ndim_; }

  // Inputs: x and an integer vector of ndim lengths.
  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override;
  Connections connection_pattern(const Apply& node) const override;
  Variables grad(const Apply& node, Variables gz) const override;
  Variables r_op(const Apply& node, Variables eval_points) const override;
  void perform(const Apply& node, std::span<const Value> inputs,
               std::span<Value> output_storage) const override;
  Notation notation(const Apply& node, int output) const override;
  AliasMap view_map() const override { return {{0, {0}}}; }

 private:
  int ndim_;

 public:
  static constexpr std::string_view op_name = "Reshape";
  static constexpr auto fields = std::tuple{Field{"ndim", &Reshape::ndim_}};
};

KROTON_API Variable reshape(const Variable& x, std::initializer_list<Operand> shape);
KROTON_API Variable reshape(const Variable& x, const std::vector<Operand>& shape);
KROTON_API Variable reshape(const Variable& x, const Variable& shape, int ndim);
// The first NDIM - 1 axes as they are, the others as one.
KROTON_API Variable flatten(const Variable& x, int ndim = 1);
}  // namespace kroton::tensor
