// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/ifelse.h"

#include "kroton/base/at.h"
#include "kroton/base/errors.h"
#include "kroton/graph/disconnected_type.h"
#include "kroton/ndarray/dtype.h"
#include "kroton/scalars/dtype_rules.h"
#include "kroton/tensor/constant.h"
#include "kroton/tensor/detail/gradients.h"

namespace kroton::tensor {
namespace {
bool is_of_host(const Variable& x) { return *x.type().host_form() == x.type(); }

// Both as one type, with the broadcast flags that both have; false when they cannot be.
bool agree(Variable& a, Variable& b) {
  if (a.type().is_array() && b.type().is_array() && is_of_host(a) != is_of_host(b)) {
    a = a.type().on_host(a);
    b = b.type().on_host(b);
  }
  const Type &x = a.type(), &y = b.type();
  if (x == y) return true;
  Variable first, second;
  if (x.is_array() && y.is_array() && x.ndim() == y.ndim()) {
    std::vector<bool> both = x.broadcastable();
    for (std::size_t i = 0; i < both.size(); ++i) both[i] = both[i] && y.broadcastable()[i];
    const auto common = x.with(x.dtype(), std::move(both));
    first = common->convert_variable(a);
    second = common->convert_variable(b);
  } else if ((first = y.convert_variable(a))) {
    second = b;
  } else {
    first = a;
    second = x.convert_variable(b);
  }
  if (!first || !second) return false;
  a = first;
  b = second;
  return true;
}

bool is_number(const Operand& operand) {
  return !operand.is_variable() && operand.value().is_number();
}
// A number beside X: of x's dtype where that can hold it, or nearly so for fractions.
Variable beside(const Operand& number, const Variable& x) {
  if (!x.type().is_array() || x.ndim() != 0) return as_variable(number);
  const bool fraction =
      !is_discrete(scalars::literal_dtype(number.value())) && !is_discrete(x.dtype());
  try {
    return x.type().make_constant(x.type().filter(number.value(), false, fraction));
  } catch (const TypeError&) {
    return as_variable(number);
  }
}

Variable zeros(const Variable& x) { return x.type().zeros_like(x); }
bool is_disconnected(const Variable& gz) {
  return !bool(gz) || dynamic_cast<const DisconnectedType*>(&gz.type()) != nullptr;
}
}  // namespace

Apply IfElse::make_node(Inputs inputs) const {
  const std::size_t n = at(n_outs_);
  if (n_outs_ < 1 || inputs.size() != 1 + 2 * n) {
    throw TypeError("ifelse: " + std::to_string(inputs.size()) + " inputs were given for " +
                    std::to_string(n_outs_) +
                    " outputs; it takes the condition and, for each "
                    "output, a value if it holds and one if not");
  }
  const Type& type = inputs[0].type();
  if (!type.is_array() || type.ndim() != 0) {
    throw TypeError("ifelse: the condition " + inputs[0].text() + " is " + type.text() +
                    "; it must be one number, reduce it with any() or all(), or choose element by "
                    "element with where()");
  }
  Variables converted = inputs, outputs;
  for (std::size_t o = 0; o < n; ++o) {
    Variable &a = converted[1 + o], &b = converted[1 + n + o];
    if (!agree(a, b)) {
      throw TypeError("ifelse: output " + std::to_string(o) + " is " + a.type().text() +
                      " if the condition holds and " + b.type().text() +
                      " if not; both must have one type");
    }
    outputs.push_back(a.type()());
  }
  return Apply(*this, std::move(converted), std::move(outputs));
}

// Known where it is the same in both branches.
Shapes IfElse::infer_shape(const Apply&, Shapes in) const {
  const std::size_t n = at(n_outs_);
  Shapes shapes(n);
  for (std::size_t o = 0; o < n; ++o) {
    const auto &a = in[1 + o], &b = in[1 + n + o];
    if (!a || !b || a->size() != b->size()) continue;
    bool equal = true;
    for (std::size_t i = 0; i < a->size(); ++i) equal = equal && (*a)[i].same_as((*b)[i]);
    if (equal) shapes[o] = a;
  }
  return shapes;
}

Connections IfElse::connection_pattern(const Apply&) const {
  const std::size_t n = at(n_outs_);
  Connections connections(1 + 2 * n, std::vector<bool>(n, false));
  connections[0].assign(n, true);
  for (std::size_t o = 0; o < n; ++o) connections[1 + o][o] = connections[1 + n + o][o] = true;
  return connections;
}

Variables IfElse::grad(const Apply& node, Variables gz) const {
  const Variables& in = node.inputs();
  const std::size_t n = at(n_outs_);
  Variables gx(in.size());
  gx[0] = zeros(in[0]);
  for (std::size_t o = 0; o < n; ++o) {
    if (is_disconnected(gz[o])) {
      gx[1 + o] = gx[1 + n + o] = disconnected();
      continue;
    }
    const auto none = [&](const Variable& x) {
      return gz[o].type().gradient_like(zeros(x), gz[o]);
    };
    gx[1 + o] = ifelse(in[0], gz[o], none(in[1 + o]));
    gx[1 + n + o] = ifelse(in[0], none(in[1 + n + o]), gz[o]);
  }
  return gx;
}

Variables IfElse::r_op(const Apply& node, Variables eval_points) const {
  const Variables& in = node.inputs();
  const std::size_t n = at(n_outs_);
  Variables results(n);
  for (std::size_t o = 0; o < n; ++o) {
    const Variable &a = eval_points[1 + o], &b = eval_points[1 + n + o];
    if (!a && !b) continue;
    results[o] = ifelse(in[0], a ? a : zeros(in[1 + o]), b ? b : zeros(in[1 + n + o]));
  }
  return results;
}

std::size_t IfElse::chosen(const Value& condition) const {
  const bool holds = NDArray(condition).astype(bool_).item<bool>();
  return holds ? 1 : 1 + at(n_outs_);
}
void IfElse::perform(const Apply&, std::span<const Value> inputs, std::span<Value> outputs) const {
  const std::size_t first = chosen(inputs[0]);
  for (std::size_t o = 0; o < outputs.size(); ++o) outputs[o] = inputs[first + o].copy();
}
std::vector<int> IfElse::branches(const Apply&) const {
  std::vector<int> all(1, 0);
  all.insert(all.end(), at(n_outs_), 1);
  all.insert(all.end(), at(n_outs_), 2);
  return all;
}
int IfElse::next_branch(const Apply&, std::span<const Value> inputs) const {
  const std::size_t first = chosen(inputs[0]);
  if (!inputs[first].empty()) return 0;
  return first == 1 ? 1 : 2;
}

Variable ifelse(const Operand& condition, const Operand& then_value, const Operand& else_value) {
  const CreationLine line(condition.line());
  Variable a, b;
  if (is_number(then_value) && !is_number(else_value)) {
    b = as_variable(else_value);
    a = beside(then_value, b);
  } else if (is_number(else_value) && !is_number(then_value)) {
    a = as_variable(then_value);
    b = beside(else_value, a);
  } else {
    a = as_variable(then_value);
    b = as_variable(else_value);
  }
  return IfElse(1).make_node({as_variable(condition), a, b}).outputs()[0];
}

Variables ifelse(const Operand& condition, const Variables& then_values,
                 const Variables& else_values) {
  const CreationLine line(condition.line());
  if (then_values.size() != else_values.size()) {
    throw TypeError("ifelse: there are " + std::to_string(then_values.size()) +
                    " values if the condition holds and " + std::to_string(else_values.size()) +
                    " if not; give as many on both sides");
  }
  Variables inputs{as_variable(condition)};
  inputs.insert(inputs.end(), then_values.begin(), then_values.end());
  inputs.insert(inputs.end(), else_values.begin(), else_values.end());
  const Apply node = IfElse(static_cast<int>(then_values.size())).make_node(inputs);
  return {node.outputs().begin(), node.outputs().end()};
}
Variables ifelse(const Operand& condition, std::initializer_list<Variable> then_values,
                 std::initializer_list<Variable> else_values) {
  return ifelse(condition, Variables(then_values), Variables(else_values));
}
}  // namespace kroton::tensor
