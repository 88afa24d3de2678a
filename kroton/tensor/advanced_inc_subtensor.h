// SPDX-License-Identifier: BSD-3-Clause
// A copy of x in which the elements at integer positions are replaced by y, or have y added.
// Users write set_subtensor(x[{rows}], y) and inc_subtensor(x[{rows, columns}], y).
// Positions may repeat: additions add up, in the order of the index arrays, and of several values
// that are set the last one stays; the bits do not depend on threads or devices. The gradient of
// set_subtensor takes positions to be distinct.
// Source: Theano's tensor/subtensor.py.
#pragma once
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/op.h"
#include "kroton/tensor/advanced_subtensor.h"

namespace kroton::tensor {
class KROTON_API AdvancedIncSubtensor : public OpOf<AdvancedIncSubtensor> {
 public:
  // AXES, PLACE: as of AdvancedSubtensor. SET: replace instead of add. INPLACE: x itself is
  // changed.
  AdvancedIncSubtensor(std::vector<int> axes, int place, bool set, bool inplace = false,
                       IndexOrigin origin = {})
      : axes_(std::move(axes)),
        place_(place),
        set_(set),
        inplace_(inplace),
        origin_(std::move(origin)) {}
  const std::vector<int>& axes() const { return axes_; }
  int place() const { return place_; }
  bool set() const { return set_; }
  bool inplace() const { return inplace_; }
  const IndexOrigin& origin() const { return origin_; }

  // Inputs: x, y, then one integer array per axis of AXES.
  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override;
  Connections connection_pattern(const Apply& node) const override;
  Variables grad(const Apply& node, Variables gz) const override;
  Variables r_op(const Apply& node, Variables eval_points) const override;
  std::optional<kernel::Kernel> kernel(const Apply& node) const override;
  Notation notation(const Apply& node, int output) const override;
  AliasMap destroy_map() const override { return inplace_ ? AliasMap{{0, {0}}} : AliasMap{}; }

 private:
  std::vector<int> axes_;
  int place_;
  bool set_, inplace_;
  IndexOrigin origin_;

 public:
  static constexpr std::string_view op_name = "AdvancedIncSubtensor";
  static constexpr auto fields = std::tuple{
      Field{"axes", &AdvancedIncSubtensor::axes_}, Field{"place", &AdvancedIncSubtensor::place_},
      Field{"set", &AdvancedIncSubtensor::set_}, Field{"inplace", &AdvancedIncSubtensor::inplace_}};
};
}  // namespace kroton::tensor
