// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/function_op.h"

#include <functional>

#include "kroton/base/errors.h"

namespace kroton::inline graph {
FunctionOp::FunctionOp(std::vector<TypeRef> inputs, std::vector<TypeRef> outputs,
                       ValuesFunction function, std::string name)
    : body_(std::make_shared<const Body>(
          Body{std::move(inputs), std::move(outputs), std::move(function), std::move(name)})) {
  if (!body_->function) {
    throw ValueError("as_op: the function of " + body_->name + " is empty; give one");
  }
}

Apply FunctionOp::make_node(Inputs inputs) const {
  if (inputs.size() != body_->inputs.size()) {
    throw TypeError(body_->name + ": takes " + std::to_string(body_->inputs.size()) +
                    " inputs, not " + std::to_string(inputs.size()) + "; give one per type");
  }
  Variables converted, outputs;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Type& wanted = *body_->inputs[i].type;
    const Variable input =
        inputs[i].type() == wanted ? inputs[i] : wanted.convert_variable(inputs[i]);
    if (!input) {
      throw TypeError(body_->name + ": input " + std::to_string(i) + " is " +
                      inputs[i].type().text() + "; it must be " + wanted.text());
    }
    converted.push_back(input);
  }
  for (const TypeRef& output : body_->outputs) outputs.push_back(output.type->make_variable());
  return Apply(*this, std::move(converted), std::move(outputs));
}

void FunctionOp::perform(const Apply&, std::span<const Value> inputs,
                         std::span<Value> outputs) const {
  body_->function(inputs, outputs);
  for (std::size_t o = 0; o < outputs.size(); ++o)
    outputs[o] = body_->outputs[o].type->filter(outputs[o], false, false);
}
std::string FunctionOp::text() const { return body_->name; }
bool FunctionOp::equals(const Op& other) const {
  const auto* function = dynamic_cast<const FunctionOp*>(&other);
  return function && function->body_ == body_;
}
std::size_t FunctionOp::hash() const { return std::hash<const void*>()(body_.get()); }
std::shared_ptr<const Op> FunctionOp::share() const {
  return std::make_shared<const FunctionOp>(*this);
}
}  // namespace kroton::inline graph
