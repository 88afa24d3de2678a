// SPDX-License-Identifier: BSD-3-Clause
// Arrays one behind the other along an axis, and an array taken apart.
//   join(1, {x, y})   concatenate({x, y}, 1)   stack({x, y})   split(x, {2, 3}, 0)
// The dtype of a join is the common one. Lengths along the other axes must be equal: nothing
// stretches; an axis that is broadcastable in one part is so in the result. stack puts a new axis
// of the number of parts at `axis`. Parts of a split are views. Gradients are the parts, or joined.
// Source: Theano's tensor/basic.py.
#pragma once
#include <cstdint>
#include <source_location>
#include <string>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/op.h"
#include "kroton/graph/operand.h"

namespace kroton::tensor {
// Inputs: arrays of one dtype and number of axes.
class KROTON_API Join : public OpOf<Join> {
 public:
  // AXIS: not negative. WHO: what errors call it; it does not make another op.
  explicit Join(int axis, std::string who = "join") : axis_(axis), who_(std::move(who)) {}
  int axis() const { return axis_; }

  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override;
  Variables grad(const Apply& node, Variables gz) const override;
  Variables r_op(const Apply& node, Variables eval_points) const override;
  std::optional<kernel::Kernel> kernel(const Apply& node) const override;

 private:
  int axis_;
  std::string who_;

 public:
  static constexpr std::string_view op_name = "Join";
  static constexpr auto fields = std::tuple{Field{"axis", &Join::axis_}};
};

// The piece of z = join(axis, {x_0, ..., x_n, ...}) that came from x_n, by lengths that are known
// before anything runs. Inputs: z, x_0, ..., x_n, of which only the shapes matter.
class KROTON_API JoinedPart : public OpOf<JoinedPart> {
 public:
  explicit JoinedPart(int axis) : axis_(axis) {}
  int axis() const { return axis_; }

  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override;
  Connections connection_pattern(const Apply& node) const override;
  Variables grad(const Apply& node, Variables gz) const override;
  Variables r_op(const Apply& node, Variables eval_points) const override;
  std::optional<kernel::Kernel> kernel(const Apply& node) const override;

 private:
  int axis_;

 public:
  static constexpr std::string_view op_name = "JoinedPart";
  static constexpr auto fields = std::tuple{Field{"axis", &JoinedPart::axis_}};
};

// Inputs: x and an integer vector of COUNT lengths, which must add up to that of x along AXIS.
class KROTON_API Split : public OpOf<Split> {
 public:
  Split(int axis, int count) : axis_(axis), count_(count) {}
  int axis() const { return axis_; }
  int count() const { return count_; }

  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override;
  Connections connection_pattern(const Apply& node) const override;
  Variables grad(const Apply& node, Variables gz) const override;
  Variables r_op(const Apply& node, Variables eval_points) const override;
  void perform(const Apply& node, std::span<const Value> inputs,
               std::span<Value> output_storage) const override;
  AliasMap view_map() const override;

 private:
  int axis_, count_;

 public:
  static constexpr std::string_view op_name = "Split";
  static constexpr auto fields =
      std::tuple{Field{"axis", &Split::axis_}, Field{"count", &Split::count_}};
};

KROTON_API Variable join(int axis, std::vector<Variable> parts,
                         std::source_location line = std::source_location::current());
KROTON_API Variable concatenate(std::vector<Variable> parts, int axis = 0,
                                std::source_location line = std::source_location::current());
// Numbers become a vector.
KROTON_API Variable stack(std::vector<Variable> parts, int axis = 0,
                          std::source_location line = std::source_location::current());
// Parts of these lengths, in order.
KROTON_API std::vector<Variable> split(const Variable& x, std::vector<std::int64_t> sizes,
                                       int axis = 0,
                                       std::source_location line = std::source_location::current());
// COUNT parts, whose lengths a vector says when the function runs.
KROTON_API std::vector<Variable> split(const Variable& x, const Variable& sizes, int count,
                                       int axis = 0,
                                       std::source_location line = std::source_location::current());
}  // namespace kroton::tensor
