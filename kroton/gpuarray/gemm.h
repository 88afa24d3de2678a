// SPDX-License-Identifier: BSD-3-Clause
// Products of matrices on devices: by cuBLAS on CUDA where the library is there, else by a kernel
// that computes tiles. Source: Theano's gpuarray/blas.py.
#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "kroton/base/api.h"
#include "kroton/gpuarray/array.h"
#include "kroton/gpuarray/context.h"
#include "kroton/graph/op.h"

namespace kroton::gpuarray {
// z = alpha a b + beta z for stacks of matrices (3-d: stack, rows, columns), any strides; one
// floating dtype, one context, z apart from a and b. float16 and bfloat16 are added up in float32.
// With beta 0 what z held does not matter. WHO begins the errors.
KROTON_API void multiply(const std::string& who, const GpuArray& z, const GpuArray& a,
                         const GpuArray& b, double alpha = 1, double beta = 0);

// a b of two matrices, then + BIAS (a vector, or null) and, where RELU, the larger of that and 0,
// by the vendor's library, in the memory of STORAGE where that fits; nothing when there is no such
// library or it does not take them. INPUTS are the values that must not be written.
KROTON_API std::optional<GpuArray> multiply_then(const GpuArray& a, const GpuArray& b,
                                                 const GpuArray* bias, bool relu, Value& storage,
                                                 std::span<const Value> inputs);

// Dot, BatchedDot and Gemm (with its kin) of floating arrays, as their host ops compute them. Text
// "Gpu" and that of the op.
class KROTON_API GpuGemm : public Op {
 public:
  // Nothing when the node is no such product.
  static std::optional<GpuGemm> of(const Apply& host_node, ContextName context);

  const Op& op() const { return *op_; }
  // Whether input I is a factor that the library takes from the host (alpha and beta of Gemm).
  bool reads_on_host(std::size_t i) const;

  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override;
  void perform(const Apply& node, std::span<const Value> inputs,
               std::span<Value> output_storage) const override;
  std::vector<std::source_location> lines(const Apply& node) const override {
    return op().lines(node);
  }
  std::string text() const override { return "Gpu" + op().text(); }
  bool equals(const Op& other) const override;
  std::size_t hash() const override;
  std::shared_ptr<const Op> share() const override {
    return std::make_shared<const GpuGemm>(*this);
  }

 private:
  GpuGemm(std::shared_ptr<const Op> op, ContextName context)
      : op_(std::move(op)), context_(std::move(context)) {}
  std::shared_ptr<const Op> op_;
  ContextName context_;
};
}  // namespace kroton::gpuarray
