// SPDX-License-Identifier: BSD-3-Clause
// Diagonals and triangles.
//   diag(v)   diag(m)   diagonal(x, 1, 0, 2)   trace(m)   tril(m)   identity_like(m)
// Diagonal number k holds the elements whose column is k above their row; it is a view. What lies
// outside a triangle is 0, whatever was there. Source: Theano's tensor/basic.py.
#pragma once
#include <optional>

#include "kroton/base/api.h"
#include "kroton/graph/op.h"
#include "kroton/graph/operand.h"

namespace kroton::tensor {
// Input: x. The elements x[..., i, ..., i + offset, ...] along AXIS1 and AXIS2, as the last axis.
class KROTON_API ExtractDiag : public OpOf<ExtractDiag> {
 public:
  // The axes differ and are not negative.
  ExtractDiag(std::int64_t offset, int axis1, int axis2)
      : offset_(offset), axis1_(axis1), axis2_(axis2) {}
  std::int64_t offset() const { return offset_; }
  int axis1() const { return axis1_; }
  int axis2() const { return axis2_; }

  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override;
  Variables grad(const Apply& node, Variables gz) const override;
  Variables r_op(const Apply& node, Variables eval_points) const override;
  void perform(const Apply& node, std::span<const Value> inputs,
               std::span<Value> output_storage) const override;
  AliasMap view_map() const override { return {{0, {0}}}; }

 private:
  std::int64_t offset_;
  int axis1_, axis2_;

 public:
  static constexpr std::string_view op_name = "ExtractDiag";
  static constexpr auto fields =
      std::tuple{Field{"offset", &ExtractDiag::offset_}, Field{"axis1", &ExtractDiag::axis1_},
                 Field{"axis2", &ExtractDiag::axis2_}};
};

// Input: a vector. The square matrix with it on diagonal OFFSET, else 0.
class KROTON_API AllocDiag : public OpOf<AllocDiag> {
 public:
  explicit AllocDiag(std::int64_t offset) : offset_(offset) {}
  std::int64_t offset() const { return offset_; }

  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override;
  Variables grad(const Apply& node, Variables gz) const override;
  Variables r_op(const Apply& node, Variables eval_points) const override;
  std::optional<kernel::Kernel> kernel(const Apply& node) const override;

 private:
  std::int64_t offset_;

 public:
  static constexpr std::string_view op_name = "AllocDiag";
  static constexpr auto fields = std::tuple{Field{"offset", &AllocDiag::offset_}};
};

// Of a matrix its diagonal, of a vector the matrix that has it as diagonal number K.
KROTON_API Variable diag(const Operand& x);
KROTON_API Variable diag(const Operand& x, std::int64_t k);
KROTON_API Variable diagonal(const Operand& x, std::int64_t offset = 0, int axis1 = 0,
                             int axis2 = 1);
// The sum of the diagonal of a matrix.
KROTON_API Variable trace(const Operand& x);
// The identity of the shape and dtype of a matrix.
KROTON_API Variable identity_like(const Operand& x);
// Ones on and below diagonal K of an n x m matrix, else 0.
KROTON_API Variable tri(const Operand& n, const Operand& m, const Operand& k = 0,
                        std::optional<DType> dtype = {});
// Of a matrix what is on and below diagonal K, or on and above it.
KROTON_API Variable tril(const Operand& x, const Operand& k = 0);
KROTON_API Variable triu(const Operand& x, const Operand& k = 0);
}  // namespace kroton::tensor
