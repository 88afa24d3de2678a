// SPDX-License-Identifier: BSD-3-Clause
// Shapes as values of the graph, and assertions about them.
//   x.shape()   x.shape(0)   specify_shape(x, {n, 3})
// Source: Theano's compile/ops.py, tensor/opt.py (MakeVector).
#pragma once
#include <initializer_list>
#include <utility>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/op.h"

namespace kroton::tensor {
// The shape of an array, an int64 vector. Theano's Shape.
class KROTON_API ShapeOf : public OpOf<ShapeOf> {
 public:
  ShapeOf() = default;
  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override;
  Connections connection_pattern(const Apply& node) const override;
  Variables grad(const Apply& node, Variables gz) const override;
  Variables r_op(const Apply& node, Variables eval_points) const override;
  void perform(const Apply& node, std::span<const Value> inputs,
               std::span<Value> output_storage) const override;
  Notation notation(const Apply& node, int output) const override;
  static constexpr std::string_view op_name = "ShapeOf";
};

// The length of one axis, int64, 0-d.
class KROTON_API Shape_i : public OpOf<Shape_i> {
 public:
  explicit Shape_i(int axis) : axis_(axis) {}
  int axis() const { return axis_; }
  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override;
  Connections connection_pattern(const Apply& node) const override;
  Variables grad(const Apply& node, Variables gz) const override;
  Variables r_op(const Apply& node, Variables eval_points) const override;
  std::optional<kernel::Kernel> kernel(const Apply& node) const override;
  void perform(const Apply& node, std::span<const Value> inputs,
               std::span<Value> output_storage) const override;
  Notation notation(const Apply& node, int output) const override;

 private:
  int axis_;

 public:
  static constexpr std::string_view op_name = "Shape_i";
  static constexpr auto fields = std::tuple{Field{"axis", &Shape_i::axis_}};
};

// x, after a check that its shape is the given integer vector. A view.
class KROTON_API SpecifyShape : public OpOf<SpecifyShape> {
 public:
  SpecifyShape() = default;
  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override;
  Connections connection_pattern(const Apply& node) const override;
  Variables grad(const Apply& node, Variables gz) const override;
  Variables r_op(const Apply& node, Variables eval_points) const override;
  void perform(const Apply& node, std::span<const Value> inputs,
               std::span<Value> output_storage) const override;
  Notation notation(const Apply& node, int output) const override;
  AliasMap view_map() const override { return {{0, {0}}}; }
  static constexpr std::string_view op_name = "SpecifyShape";
};

// x with other broadcast flags; an axis that gains one must have length 1 when it runs. A view.
class KROTON_API Rebroadcast : public OpOf<Rebroadcast> {
 public:
  explicit Rebroadcast(std::vector<std::pair<int, bool>> flags) : flags_(std::move(flags)) {}
  const std::vector<std::pair<int, bool>>& flags() const { return flags_; }
  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override;
  Variables grad(const Apply& node, Variables gz) const override;
  Variables r_op(const Apply& node, Variables eval_points) const override;
  void perform(const Apply& node, std::span<const Value> inputs,
               std::span<Value> output_storage) const override;
  Notation notation(const Apply& node, int output) const override;
  AliasMap view_map() const override { return {{0, {0}}}; }

 private:
  std::vector<std::pair<int, bool>> flags_;

 public:
  static constexpr std::string_view op_name = "Rebroadcast";
  static constexpr auto fields = std::tuple{Field{"flags", &Rebroadcast::flags_}};
};

// 0-d values of one dtype as a vector: what symbolic shapes are passed as.
class KROTON_API MakeVector : public OpOf<MakeVector> {
 public:
  explicit MakeVector(DType dtype = int64) : dtype_(dtype) {}
  DType dtype() const { return dtype_; }
  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override;
  Variables grad(const Apply& node, Variables gz) const override;
  Variables r_op(const Apply& node, Variables eval_points) const override;
  void perform(const Apply& node, std::span<const Value> inputs,
               std::span<Value> output_storage) const override;
  Notation notation(const Apply& node, int output) const override;

 private:
  DType dtype_;

 public:
  static constexpr std::string_view op_name = "MakeVector";
  static constexpr auto fields = std::tuple{Field{"dtype", &MakeVector::dtype_}};
};

KROTON_API Variable specify_shape(const Variable& x, std::initializer_list<Operand> shape);
// x with these flags: itself, or a Rebroadcast.
KROTON_API Variable with_flags(const Variable& x, const std::vector<bool>& broadcastable);
}  // namespace kroton::tensor
