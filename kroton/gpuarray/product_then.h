// SPDX-License-Identifier: BSD-3-Clause
// A product of matrices and the elementwise node behind it as one node: cuBLASLt adds a bias to
// each row and takes the larger of that and 0 while it writes the product. Where the library is not
// there, or does not take the arrays, the two run one after another, as they were.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "kroton/gpuarray/gemm.h"
#include "kroton/gpuarray/kernel_op.h"

namespace kroton::gpuarray {
// Inputs: those of the product, then the bias where there is one. Text "Gpu" with what it stands
// for.
class KROTON_API ProductThen : public Op {
 public:
  // NODE: of a KernelOp that computes relu(x y + bias), x y + bias or relu(x y). Nothing for
  // others.
  static std::optional<ProductThen> of(const Apply& node);
  // The inputs for make_node, of the nodes that it was made of.
  const Variables& inputs() const { return inputs_; }
  const Apply& product() const { return product_; }

  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override;
  void perform(const Apply& node, std::span<const Value> inputs,
               std::span<Value> output_storage) const override;
  std::vector<std::source_location> lines(const Apply& node) const override;
  std::string text() const override;
  bool equals(const Op& other) const override;
  std::size_t hash() const override;
  std::shared_ptr<const Op> share() const override {
    return std::make_shared<const ProductThen>(*this);
  }

 private:
  ProductThen(Apply product, Apply rest, int place, bool relu);
  Apply product_, rest_;  // the two nodes
  Variables inputs_;
  int place_;  // of the product among the inputs of the second
  bool relu_;
};
}  // namespace kroton::gpuarray
