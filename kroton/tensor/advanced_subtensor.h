// SPDX-License-Identifier: BSD-3-Clause
// Indexing by arrays, as NumPy does it: a copy of the elements at integer positions, or where a
// mask is true.
//   x[{rows}]   x[{rows, columns}]   x[{slice(), rows}]   x[{x > 0}]   take(x, indices, 1)
// Index arrays are integers of any rank and sign, or bool arrays of at least one axis, which stand
// for the positions where they are true. Arrays meet each other as operands of x + y do: only
// broadcastable axes stretch. Their common axes take the place of the axes that they index; where a
// slice, an ellipsis or newaxis stands between two of them, they come first. An integer beside an
// array counts as an array. Gradients reach x alone and add up where a position is repeated.
// A position outside is a ValueError when the function runs.
// Source: Theano's tensor/subtensor.py; NumPy's "Advanced indexing".
#pragma once
#include <string>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/op.h"
#include "kroton/graph/operand.h"

namespace kroton::tensor {
// How the user came to the node: what errors call it, and whether its input 0 is a part x[slices]
// that the same brackets took. Two nodes that differ in this alone compute the same.
struct KROTON_API IndexOrigin {
  std::string who = "index";
  bool of_part = false;
};

// Inputs: x, then one integer array per axis of AXES. The common axes of the arrays stand in the
// result behind PLACE of the axes of x that are not indexed.
class KROTON_API AdvancedSubtensor : public OpOf<AdvancedSubtensor> {
 public:
  // AXES: ascending, not negative.
  AdvancedSubtensor(std::vector<int> axes, int place, IndexOrigin origin = {})
      : axes_(std::move(axes)), place_(place), origin_(std::move(origin)) {}
  const std::vector<int>& axes() const { return axes_; }
  int place() const { return place_; }
  const IndexOrigin& origin() const { return origin_; }

  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override;
  Connections connection_pattern(const Apply& node) const override;
  Variables grad(const Apply& node, Variables gz) const override;
  Variables r_op(const Apply& node, Variables eval_points) const override;
  std::optional<kernel::Kernel> kernel(const Apply& node) const override;
  Notation notation(const Apply& node, int output) const override;

 private:
  std::vector<int> axes_;
  int place_;
  IndexOrigin origin_;

 public:
  static constexpr std::string_view op_name = "AdvancedSubtensor";
  static constexpr auto fields = std::tuple{Field{"axes", &AdvancedSubtensor::axes_},
                                            Field{"place", &AdvancedSubtensor::place_}};
};

// The elements of x at INDICES along AXIS: the shape of the indices in place of that axis.
KROTON_API Variable take(const Variable& x, const Operand& indices, int axis);
// The same of x with all its axes as one.
KROTON_API Variable take(const Variable& x, const Operand& indices);
}  // namespace kroton::tensor
