// SPDX-License-Identifier: BSD-3-Clause
// How far predictions are from the truth.
//   categorical_crossentropy(softmax(x), labels).mean()
// With fast_run the cross-entropy of a softmax is computed from x, where nothing overflows or
// rounds to log(0), and its gradient is softmax(x) - one_hot(labels).
// Source: Theano's tensor/nnet/nnet.py.
#pragma once
#include "kroton/base/api.h"
#include "kroton/graph/op.h"

namespace kroton::tensor::nnet {
// Inputs: x and integer labels with one axis less. For each label the element of the last axis of x
// that it says; an out-of-range label is a ShapeError when the function runs.
class KROTON_API Pick : public OpOf<Pick> {
 public:
  Pick() = default;
  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override;
  Connections connection_pattern(const Apply& node) const override;
  Variables grad(const Apply& node, Variables gz) const override;
  Variables r_op(const Apply& node, Variables eval_points) const override;
  std::optional<kernel::Kernel> kernel(const Apply& node) const override;
  static constexpr std::string_view op_name = "Pick";
};
// Inputs: g and labels of the same axes, a length n. g where the label says, zeros elsewhere, n of
// them along a new last axis: what Pick's gradient is, and one-hot rows for g = 1.
class KROTON_API Spread : public OpOf<Spread> {
 public:
  Spread() = default;
  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override;
  Connections connection_pattern(const Apply& node) const override;
  Variables grad(const Apply& node, Variables gz) const override;
  Variables r_op(const Apply& node, Variables eval_points) const override;
  std::optional<kernel::Kernel> kernel(const Apply& node) const override;
  static constexpr std::string_view op_name = "Spread";
};
// Inputs: probabilities p and labels, as Pick. -log(p[label]). Its gradient is that of -log(p)
// where the label says, so that what comes before p meets a quotient by p.
class KROTON_API CrossentropyCategorical1Hot : public OpOf<CrossentropyCategorical1Hot> {
 public:
  CrossentropyCategorical1Hot() = default;
  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override;
  Connections connection_pattern(const Apply& node) const override;
  Variables grad(const Apply& node, Variables gz) const override;
  Variables r_op(const Apply& node, Variables eval_points) const override;
  std::optional<kernel::Kernel> kernel(const Apply& node) const override;
  static constexpr std::string_view op_name = "CrossentropyCategorical1Hot";
};

KROTON_API Variable pick(const Operand& x, const Operand& labels);
// Errors: TypeError unless labels are integers with the axes of g.
KROTON_API Variable spread(const Operand& g, const Operand& labels, const Operand& n);
// spread() in elementary ops, which fuse.
KROTON_API Variable spread_graph(const Variable& g, const Variable& labels, const Variable& n);

// -sum(truth * log(coding)) over the last axis, or, for integers TRUTH with one axis less, the same
// of their one-hot rows: -log(coding[label]).
// Errors: TypeError for a truth of other axes, or of one axis less that is not made of integers.
KROTON_API Variable categorical_crossentropy(const Operand& coding, const Operand& truth);
// -(target log(output) + (1 - target) log(1 - output)), element by element.
KROTON_API Variable binary_crossentropy(const Operand& output, const Operand& target);
// binary_crossentropy(sigmoid(x), target), exact where sigmoid(x) rounds to 0 or 1.
KROTON_API Variable sigmoid_binary_crossentropy(const Operand& x, const Operand& target);

struct SoftmaxCrossentropy {
  Variable nll;      // -log(softmax(x)[label])
  Variable softmax;  // softmax(x)
  Variable argmax;   // the likeliest label
};
// Of rows of scores, to which BIAS is added.
KROTON_API SoftmaxCrossentropy crossentropy_softmax_argmax_1hot_with_bias(const Operand& x,
                                                                          const Operand& bias,
                                                                          const Operand& labels);
KROTON_API SoftmaxCrossentropy crossentropy_softmax_argmax_1hot(const Operand& x,
                                                                const Operand& labels);
}  // namespace kroton::tensor::nnet
