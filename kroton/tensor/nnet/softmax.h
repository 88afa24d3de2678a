// SPDX-License-Identifier: BSD-3-Clause
// Exponentials that are shares of a whole: softmax, its logarithm, and the logarithm of the whole.
//   softmax(x)   logsoftmax(x, 0)   logsumexp(x, {0, 1}, {.keepdims = true})
// Each subtracts the largest element first, so that no exponential overflows; an infinite one is
// left where it is, so that rows of -inf alone, and rows with +inf, have their limits. One element
// at least is needed along the axes. Integers become floats as in exp(). Theano's softmax is that
// of the rows of a matrix and gives a vector a new axis; here the last axis is the default and the
// shape stays. Source: Theano's tensor/nnet/nnet.py.
#pragma once
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/axes.h"
#include "kroton/graph/op.h"

namespace kroton::tensor::nnet {
// What the ops of this page have in common: axes along which elements belong together, ascending,
// not negative.
#define KROTON_ALONG_AXES(Class)                                           \
 public:                                                                   \
  explicit Class(std::vector<int> axes) : axes_(std::move(axes)) {}        \
  const std::vector<int>& axes() const { return axes_; }                   \
  Apply make_node(Inputs inputs) const override;                           \
  Shapes infer_shape(const Apply& node, Shapes in) const override;         \
  Variables grad(const Apply& node, Variables gz) const override;          \
  Variables r_op(const Apply& node, Variables eval_points) const override; \
  std::optional<kernel::Kernel> kernel(const Apply& node) const override;  \
  Notation notation(const Apply& node, int output) const override;         \
                                                                           \
 private:                                                                  \
  std::vector<int> axes_;                                                  \
                                                                           \
 public:                                                                   \
  static constexpr std::string_view op_name = #Class;                      \
  static constexpr auto fields = std::tuple{Field{"axes", &Class::axes_}};

class KROTON_API Softmax : public OpOf<Softmax> {
  KROTON_ALONG_AXES(Softmax)
};
class KROTON_API LogSoftmax : public OpOf<LogSoftmax> {
  KROTON_ALONG_AXES(LogSoftmax)
};
class KROTON_API LogSumExp : public OpOf<LogSumExp> {
  KROTON_ALONG_AXES(LogSumExp)
};
// Inputs: g, the gradient of z, and z = softmax(x). z (g - sum(g z)).
class KROTON_API SoftmaxGrad : public OpOf<SoftmaxGrad> {
  KROTON_ALONG_AXES(SoftmaxGrad)
};
#undef KROTON_ALONG_AXES

// exp(x) / sum(exp(x)). Accuracy: a few ULP where x - max(x) is exact.
KROTON_API Variable softmax(const Operand& x, Axes axis = -1);
// log(softmax(x)), exact also where softmax(x) rounds to 0.
KROTON_API Variable logsoftmax(const Operand& x, Axes axis = -1);
// log(sum(exp(x))). Its gradient is softmax(x).
KROTON_API Variable logsumexp(const Operand& x, Axes axis = {}, ReduceOptions options = {});

// The same values in elementary ops, which fusion makes one kernel of.
KROTON_API Variable softmax_graph(const Variable& x, const std::vector<int>& axes);
KROTON_API Variable logsoftmax_graph(const Variable& x, const std::vector<int>& axes);
KROTON_API Variable logsumexp_graph(const Variable& x, const std::vector<int>& axes);
// pick(logsoftmax(x), labels), without the array of logarithms.
KROTON_API Variable picked_logsoftmax_graph(const Variable& x, const Variable& labels);
KROTON_API Variable softmax_grad_graph(const Variable& g, const Variable& z,
                                       const std::vector<int>& axes);
}  // namespace kroton::tensor::nnet

namespace kroton::tensor {
using nnet::logsumexp;
}  // namespace kroton::tensor
