// SPDX-License-Identifier: BSD-3-Clause
// Arrays made from numbers: alloc, zeros, ones, zeros_like, ones_like, fill, arange, eye.
//   zeros({n, 3})   arange(0, n, 2)   eye(3, 4, 1, float32)
// A constant length 1 makes a broadcastable axis, a symbolic one never. Source: Theano's
// tensor/basic.py.
#pragma once
#include <initializer_list>
#include <optional>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/op.h"

namespace kroton::tensor {
// Inputs: a value and one 0-d integer per axis of the result, to which the value is broadcast.
class KROTON_API Alloc : public OpOf<Alloc> {
 public:
  Alloc() = default;
  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override;
  Connections connection_pattern(const Apply& node) const override;
  Variables grad(const Apply& node, Variables gz) const override;
  Variables r_op(const Apply& node, Variables eval_points) const override;
  // Of a value with no axis to check; other values are compared with the shape by perform.
  std::optional<kernel::Kernel> kernel(const Apply& node) const override;
  void perform(const Apply& node, std::span<const Value> inputs,
               std::span<Value> output_storage) const override;
  Notation notation(const Apply& node, int output) const override;
  // Only small arrays become constants.
  bool do_constant_folding(const Apply& node) const override;
  static constexpr std::string_view op_name = "Alloc";
};

// Inputs: start, stop, step of that dtype, 0-d.
class KROTON_API ARange : public OpOf<ARange> {
 public:
  explicit ARange(DType dtype) : dtype_(dtype) {}
  DType dtype() const { return dtype_; }
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
  DType dtype_;

 public:
  static constexpr std::string_view op_name = "ARange";
  static constexpr auto fields = std::tuple{Field{"dtype", &ARange::dtype_}};
};

// Inputs: rows n, columns m, diagonal k, 0-d integers. One where column - row == k, else zero.
class KROTON_API Eye : public OpOf<Eye> {
 public:
  explicit Eye(DType dtype) : dtype_(dtype) {}
  DType dtype() const { return dtype_; }
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
  DType dtype_;

 public:
  static constexpr std::string_view op_name = "Eye";
  static constexpr auto fields = std::tuple{Field{"dtype", &Eye::dtype_}};
};

KROTON_API Variable alloc(const Operand& value, std::initializer_list<Operand> shape);
KROTON_API Variable alloc(const Operand& value, const Variables& shape);
KROTON_API Variable zeros(std::initializer_list<Operand> shape, std::optional<DType> dtype = {});
KROTON_API Variable ones(std::initializer_list<Operand> shape, std::optional<DType> dtype = {});
// VALUE broadcast with LIKE, whose elements do not matter: the dtype is that of VALUE, like is
// disconnected.
KROTON_API Variable fill(const Operand& like, const Operand& value);
KROTON_API Variable zeros_like(const Operand& x);
KROTON_API Variable ones_like(const Operand& x);
KROTON_API Variable arange(const Operand& stop);
KROTON_API Variable arange(const Operand& start, const Operand& stop, const Operand& step = 1);
KROTON_API Variable eye(const Operand& n);
KROTON_API Variable eye(const Operand& n, const Operand& m, const Operand& k = 0,
                        std::optional<DType> dtype = {});
}  // namespace kroton::tensor
