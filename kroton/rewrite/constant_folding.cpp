// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/rewrite/constant_folding.h"

#include <algorithm>

#include "kroton/base/errors.h"
#include "kroton/graph/op.h"
#include "kroton/kernel/form.h"
#include "kroton/kernel/interpreter.h"

namespace kroton::rewrite {
namespace {
using ConcreteShapes = std::vector<std::optional<Shape>>;

Shapes input_shapes(const Apply& node, const std::vector<Value>& inputs) {
  Shapes shapes;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    std::vector<ShapeExpr> lengths;
    if (inputs[i].is_array()) {
      for (std::int64_t length : inputs[i].as<NDArray>().shape()) lengths.emplace_back(length);
    } else if (node.inputs()[i].type().is_array()) {
      // A number is a 0-d array.
    } else {
      shapes.emplace_back(std::nullopt);
      continue;
    }
    shapes.emplace_back(std::move(lengths));
  }
  return shapes;
}

// NODE on inputs of its own, so that infer_shape cannot look past them.
Apply detached(const Apply& node) {
  bool computed = false;
  Variables leaves;
  for (const Variable& input : node.inputs()) {
    const bool has_owner = static_cast<bool>(input.owner());
    leaves.push_back(has_owner ? input.type().make_variable() : input);
    computed = computed || has_owner;
  }
  return computed ? node.clone_with_new_inputs(std::move(leaves)) : node;
}

// The lengths and numbers of a detached node's inputs.
ShapeExpr::Lookup lookup_in(const Apply& node, const std::vector<Value>& inputs) {
  return [&](const ShapeExpr& leaf) -> std::optional<std::int64_t> {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (!(node.inputs()[i] == leaf.variable())) continue;
      if (leaf.kind() == ShapeExpr::Kind::scalar)
        return NDArray(inputs[i]).astype(int64).item<std::int64_t>();
      return NDArray(inputs[i]).shape().at(static_cast<std::size_t>(leaf.axis()));
    }
    return std::nullopt;
  };
}

// What infer_shape says of the outputs when the inputs have these values.
ConcreteShapes output_shapes(const Apply& given, const std::vector<Value>& inputs) {
  const Apply node = detached(given);
  const auto lookup = lookup_in(node, inputs);
  ConcreteShapes concrete;
  for (const auto& shape : node.op().infer_shape(node, input_shapes(node, inputs))) {
    std::optional<Shape> lengths;
    if (shape) {
      lengths.emplace();
      for (const ShapeExpr& length : *shape) {
        const auto value = length.evaluate(lookup);
        if (!value) {
          lengths.reset();
          break;
        }
        lengths->push_back(*value);
      }
    }
    concrete.push_back(std::move(lengths));
  }
  concrete.resize(node.outputs().size());
  return concrete;
}

// What the node's kernel is given.
std::optional<std::vector<std::int64_t>> given_numbers(const Apply& of,
                                                       const std::vector<Value>& inputs) {
  const Apply node = detached(of);
  const auto lookup = lookup_in(node, inputs);
  std::vector<std::int64_t> numbers;
  for (const ShapeExpr& length : node.op().kernel_lengths(node, input_shapes(node, inputs))) {
    const auto value = length.evaluate(lookup);
    if (!value) return std::nullopt;
    numbers.push_back(*value);
  }
  return numbers;
}

// Whether the outputs are small, or no larger than what they are made of.
bool is_worth_folding(const Apply& node, const std::vector<Value>& inputs) {
  std::int64_t given = 0, made = 0;
  for (const Value& input : inputs) {
    if (input.is_array()) given += static_cast<std::int64_t>(input.as<NDArray>().nbytes());
  }
  const ConcreteShapes shapes = output_shapes(node, inputs);
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    if (!shapes[i] || !node.outputs()[i].type().is_array()) continue;
    made += element_count(shapes[i]->data(), shapes[i]->size(), itemsize(node.outputs()[i].dtype()),
                          "fold") *
            static_cast<std::int64_t>(itemsize(node.outputs()[i].dtype()));
  }
  return made <= std::max(folded_bytes, given);
}
}  // namespace

std::optional<std::vector<Value>> kernel_values(const Apply& node,
                                                const std::vector<Value>& inputs) {
  const auto kernel = node.op().kernel(node);
  if (!kernel) return std::nullopt;
  std::vector<NDArray> arrays(inputs.begin(), inputs.end());
  std::vector<Value> outputs;
  const ConcreteShapes shapes = output_shapes(node, inputs);
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    if (!shapes[i]) return std::nullopt;
    arrays.push_back(NDArray::empty(*shapes[i], kernel->params.at(inputs.size() + i).dtype));
    outputs.emplace_back(arrays.back());
  }
  std::vector<std::vector<std::int64_t>> lengths, strides;
  std::vector<void*> pointers;
  for (const NDArray& array : arrays) {
    lengths.push_back(array.shape());
    strides.push_back(array.strides());
    pointers.push_back(array.raw());
  }
  const auto given = given_numbers(node, inputs);
  if (!given) return std::nullopt;
  const auto extents = kernel::extents_from_shapes(*kernel, lengths, *given);
  if (kernel::too_short(*kernel, extents) >= 0) return std::nullopt;
  if (kernel::interpret(*kernel, extents, pointers, strides)) return std::nullopt;
  return outputs;
}

std::optional<std::vector<Value>> node_values(const Apply& node, const std::vector<Value>& inputs) {
  std::vector<Value> outputs(node.outputs().size());
  try {
    node.op().perform(node, inputs, outputs);
    return outputs;
  } catch (const MethodNotDefined&) {
    return kernel_values(node, inputs);
  }
}

std::optional<Variables> constant_folding(const FunctionGraph&, const Apply& node) {
  std::vector<Value> inputs;
  for (const Variable& input : node.inputs()) {
    const auto constant = as<Constant>(input);
    if (!constant) return std::nullopt;
    inputs.push_back(constant->data());
  }
  const Op& op = node.op();
  if (op.effect() != Effect::none || !op.do_constant_folding(node) || !op.destroy_map().empty())
    return std::nullopt;
  try {
    if (!is_worth_folding(node, inputs)) return std::nullopt;
    const auto values = node_values(node, inputs);
    if (!values) return std::nullopt;
    Variables folded;
    for (std::size_t i = 0; i < values->size(); ++i) {
      folded.push_back(node.outputs()[i].type().make_constant((*values)[i]));
    }
    return folded;
  } catch (const InternalError&) {
    throw;
  } catch (const Error&) {
    // A node that fails, fails when the function runs: there the error is told with its context.
    return std::nullopt;
  }
}
}  // namespace kroton::rewrite
