// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/nnet/confusion_matrix.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "kroton/base/errors.h"
#include "kroton/graph/op.h"
#include "kroton/ndarray/ndarray.h"
#include "kroton/scalars/dtype_rules.h"
#include "kroton/tensor/constant.h"
#include "kroton/tensor/detail/gradients.h"
#include "kroton/tensor/type.h"

namespace kroton::tensor::nnet {
namespace {
class ConfusionMatrix final : public OpOf<ConfusionMatrix> {
 public:
  ConfusionMatrix() = default;
  Apply make_node(Inputs inputs) const override {
    KROTON_CHECK(inputs.size() == 2);
    for (const Variable& x : inputs) {
      if (x.ndim() != 1 || !is_integer(x.dtype())) {
        throw TypeError(fmt::format("confusion_matrix: {} is {}; it must be a vector of integers",
                                    x.text(), x.type().text()));
      }
    }
    const DType classes = scalars::promote(inputs[0].dtype(), inputs[1].dtype());
    return Apply(*this, inputs,
                 {TensorType(int64, {false, false})(), TensorType(classes, {false})()});
  }
  Shapes infer_shape(const Apply&, Shapes) const override { return {std::nullopt, std::nullopt}; }
  Variables grad(const Apply& node, Variables) const override {
    return {zero_gradient(node.inputs()[0]), zero_gradient(node.inputs()[1])};
  }
  Variables r_op(const Apply& node, Variables) const override { return no_change(node); }
  void perform(const Apply& node, std::span<const Value> inputs,
               std::span<Value> outputs) const override {
    const NDArray first = inputs[0].as<NDArray>(), second = inputs[1].as<NDArray>();
    if (first.size() != second.size()) {
      throw ShapeError(
          fmt::format("confusion_matrix: actual has {} elements and predicted has {}; both must "
                      "have as many",
                      first.size(), second.size()));
    }
    // Labels beyond int64 do not stand for classes.
    const auto actual = first.astype(int64).to_vector<std::int64_t>();
    const auto predicted = second.astype(int64).to_vector<std::int64_t>();
    std::vector<std::int64_t> order = actual;
    order.insert(order.end(), predicted.begin(), predicted.end());
    std::sort(order.begin(), order.end());
    order.erase(std::unique(order.begin(), order.end()), order.end());
    const auto n = static_cast<std::int64_t>(order.size());
    const auto place = [&](std::int64_t label) {
      return std::lower_bound(order.begin(), order.end(), label) - order.begin();
    };
    NDArray counts = NDArray::zeros({n, n}, int64);
    for (std::size_t i = 0; i < actual.size(); ++i)
      ++counts.at<std::int64_t>({place(actual[i]), place(predicted[i])});
    outputs[0] = counts;
    outputs[1] = array(order).astype(node.outputs()[1].dtype());
  }
  static constexpr std::string_view op_name = "ConfusionMatrix";
};
}  // namespace

std::pair<Variable, Variable> confusion_matrix(const Operand& actual, const Operand& predicted) {
  const CreationLine line(actual.line());
  const Apply node = ConfusionMatrix().make_node(
      {array_operand(actual, "confusion_matrix"), array_operand(predicted, "confusion_matrix")});
  return {node.outputs()[0], node.outputs()[1]};
}
}  // namespace kroton::tensor::nnet
