// SPDX-License-Identifier: BSD-3-Clause
// beta c + alpha a b in one node: what the rewrites of BLAS (rewrites/blas.h) make of sums that
// hold a product. Called by hand: Gemm(Product::matrices)(c, alpha, a, b, beta). Source: Theano's
// tensor/blas.py, whose Gemm, Gemv and Ger these are.
#pragma once
#include <string>

#include "kroton/base/api.h"
#include "kroton/graph/op.h"

namespace kroton::tensor {
// What is added: a b of two matrices (gemm), a x of a matrix and a vector (gemv), or x y^T of two
// vectors (ger).
enum class Product : std::uint8_t { matrices, with_vector, outer };
using graph::field_text;
KROTON_API std::string field_text(Product product);

// Inputs: c, alpha, the two factors, beta. The arrays have one dtype that is no integer; alpha and
// beta are 0-d and cast to it. The result has c's type; INPLACE, it is written over c. ShapeError
// when lengths differ.
class KROTON_API Gemm : public OpOf<Gemm> {
 public:
  explicit Gemm(Product product, bool inplace = false) : product_(product), inplace_(inplace) {}
  Product product() const { return product_; }
  bool inplace() const { return inplace_; }

  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override;
  Variables grad(const Apply& node, Variables gz) const override;
  Variables r_op(const Apply& node, Variables eval_points) const override;
  // Where there is no BLAS.
  std::optional<kernel::Kernel> kernel(const Apply& node) const override;
  void perform(const Apply& node, std::span<const Value> inputs,
               std::span<Value> output_storage) const override;
  bool fills_storage(const Apply&) const override { return true; }
  PreparedBody prepare(const Apply& node, std::span<const ArrayLayout> inputs,
                       std::span<const ArrayLayout> outputs) const override;
  AliasMap may_lie_over(const Apply&) const override { return {{0, {0}}}; }
  InputCheck input_check(const Apply& node) const override;
  AliasMap destroy_map() const override;
  std::string text() const override;  // Gemm{inplace: false}, Gemv{...}, Ger{...}

 private:
  const char* name() const;
  void check_lengths(const Apply& node, std::span<const Value> inputs) const;
  Variable product_of(const Variable& a, const Variable& b) const;
  Product product_;
  bool inplace_;

 public:
  static constexpr std::string_view op_name = "Gemm";
  static constexpr auto fields =
      std::tuple{Field{"product", &Gemm::product_}, Field{"inplace", &Gemm::inplace_}};
};
}  // namespace kroton::tensor
