// SPDX-License-Identifier: BSD-3-Clause
// Reductions over one axis, several or all of them: sum, prod, max, min, any, all, mean, var, std.
//   sum(x, 0)   mean(x, {0, -1}, {.keepdims = true})   sum(x, {}, {.acc_dtype = float32})
// sum and prod of integers are int64 (uint64); float32 is accumulated in float64 and float16 in
// float32 unless acc_dtype says otherwise; the mean of integers is float64. max and min propagate
// NaN and need at least one element; their gradient is shared equally among ties.
// Source: Theano's tensor/elemwise.py, tensor/basic.py.
#pragma once
#include <string>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/axes.h"
#include "kroton/graph/op.h"

namespace kroton::tensor {
enum class Fold : std::uint8_t { sum, prod, max, min, any, all };
using graph::field_text;
KROTON_API std::string field_text(Fold fold);

class KROTON_API CAReduce : public OpOf<CAReduce> {
 public:
  // AXES: ascending, not negative. DTYPE: of the result; ACC_DTYPE: of the running value.
  CAReduce(Fold fold, std::vector<int> axes, DType dtype, DType acc_dtype)
      : fold_(fold), axes_(std::move(axes)), dtype_(dtype), acc_dtype_(acc_dtype) {}
  Fold fold() const { return fold_; }
  const std::vector<int>& axes() const { return axes_; }
  DType dtype() const { return dtype_; }
  DType acc_dtype() const { return acc_dtype_; }

  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override;
  Variables grad(const Apply& node, Variables gz) const override;
  Variables r_op(const Apply& node, Variables eval_points) const override;
  std::optional<kernel::Kernel> kernel(const Apply& node) const override;
  Notation notation(const Apply& node, int output) const override;
  std::string text() const override;  // Sum{axes: (0,), dtype: float32, acc_dtype: float64}

 private:
  Fold fold_;
  std::vector<int> axes_;
  DType dtype_, acc_dtype_;

 public:
  static constexpr std::string_view op_name = "CAReduce";
  static constexpr auto fields =
      std::tuple{Field{"fold", &CAReduce::fold_}, Field{"axes", &CAReduce::axes_},
                 Field{"dtype", &CAReduce::dtype_}, Field{"acc_dtype", &CAReduce::acc_dtype_}};
};

// The dtypes of a fold over X_DTYPE: of the result and of the running value.
struct FoldDTypes {
  DType dtype, acc_dtype;
};
KROTON_API FoldDTypes fold_dtypes(Fold fold, DType x_dtype, const ReduceOptions& options);
// The axes that AXES means for X, ascending; ValueError, beginning with WHO, for a wrong or
// repeated one.
KROTON_API std::vector<int> reduced_axes(const Variable& x, const Axes& axes, std::string_view who);

// G, the gradient of something X was broadcast to, summed to the shape of X.
KROTON_API Variable sum_to(const Variable& g, const Variable& x);

#define REDUCE(name) \
  KROTON_API Variable name(const Operand& x, Axes axis = {}, ReduceOptions options = {});
REDUCE(sum)
REDUCE(prod)
REDUCE(max)
REDUCE(min)
REDUCE(mean)
REDUCE(var)
REDUCE(std)
REDUCE(any)
REDUCE(all)
#undef REDUCE
}  // namespace kroton::tensor
