// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gradient/stop.h"

#include "kroton/base/errors.h"
#include "kroton/graph/disconnected_type.h"
#include "kroton/graph/null_type.h"
#include "kroton/graph/operand.h"
#include "kroton/kernel/form.h"

namespace kroton::inline gradient {
Apply GradientMarker::make_node(Inputs inputs) const {
  if (inputs.size() != 1)
    throw TypeError(text() + ": takes 1 input, not " + std::to_string(inputs.size()));
  return Apply(*this, inputs, {inputs[0].type()()});
}
Shapes GradientMarker::infer_shape(const Apply&, Shapes in) const { return in; }
Variables GradientMarker::r_op(const Apply&, Variables eval_points) const { return eval_points; }
void GradientMarker::perform(const Apply&, std::span<const Value> inputs,
                             std::span<Value> output_storage) const {
  output_storage[0] = inputs[0];
}
AliasMap GradientMarker::view_map() const { return {{0, {0}}}; }

namespace {
// OpOf gives identity from fields; the marker base gives behaviour.
template <class Derived>
class MarkerOf : public GradientMarker {
 public:
  std::string text() const override { return fields_text(self(), Derived::op_name); }
  bool equals(const Op& other) const override {
    return typeid(*this) == typeid(other) &&
           fields_equal(self(), static_cast<const Derived&>(other));
  }
  std::size_t hash() const override {
    return hash_text(fields_text(self(), typeid(Derived).name()));
  }
  std::shared_ptr<const Op> share() const override {
    return std::make_shared<const Derived>(self());
  }

 private:
  const Derived& self() const { return static_cast<const Derived&>(*this); }
};

class ConsiderConstant final : public MarkerOf<ConsiderConstant> {
 public:
  static constexpr std::string_view op_name = "ConsiderConstant";
  Variables grad(const Apply& node, Variables) const override {
    return {node.inputs()[0].type().zeros_like(node.inputs()[0])};
  }
  Variables r_op(const Apply& node, Variables eval_points) const override {
    return {eval_points[0] ? node.inputs()[0].type().zeros_like(node.inputs()[0]) : Variable()};
  }
};

class ZeroGrad final : public MarkerOf<ZeroGrad> {
 public:
  static constexpr std::string_view op_name = "ZeroGrad";
  Variables grad(const Apply& node, Variables) const override {
    return {node.inputs()[0].type().zeros_like(node.inputs()[0])};
  }
  Variables r_op(const Apply& node, Variables eval_points) const override {
    return {eval_points[0] ? node.inputs()[0].type().zeros_like(node.inputs()[0]) : Variable()};
  }
};

class DisconnectedGrad final : public MarkerOf<DisconnectedGrad> {
 public:
  static constexpr std::string_view op_name = "DisconnectedGrad";
  Connections connection_pattern(const Apply&) const override { return {{false}}; }
  Variables grad(const Apply&, Variables) const override { return {DisconnectedType()()}; }
  Variables r_op(const Apply&, Variables) const override { return {Variable()}; }
};

class UndefinedGrad final : public MarkerOf<UndefinedGrad> {
 public:
  static constexpr std::string_view op_name = "UndefinedGrad";
  Variables grad(const Apply& node, Variables) const override {
    return {grad_undefined(*this, 0, node.inputs()[0], "undefined_grad was applied")};
  }
  Variables r_op(const Apply&, Variables) const override {
    throw GradientError("Rop: the derivative through undefined_grad is undefined");
  }
};

class GradScale final : public MarkerOf<GradScale> {
 public:
  static constexpr std::string_view op_name = "GradScale";
  explicit GradScale(double factor) : factor_(factor) {}
  Variables grad(const Apply& node, Variables gz) const override {
    return {node.inputs()[0].type().gradient_like(gz[0] * factor_, node.inputs()[0])};
  }
  Variables r_op(const Apply& node, Variables eval_points) const override {
    const Variable& x = node.inputs()[0];
    return {eval_points[0] ? x.type().gradient_like(eval_points[0] * factor_, x) : Variable()};
  }

 private:
  double factor_;

 public:
  static constexpr auto fields = std::tuple{Field{"factor", &GradScale::factor_}};
};

Variable null_gradient(const Op& op, int input, const Variable& x, const std::string& why,
                       const char* what) {
  return NullType("the gradient of " + op.text() + " with respect to input " +
                  std::to_string(input) + " (" + x.text() + ") is " + what +
                  (why.empty() ? "" : ": " + why))();
}
}  // namespace

Variable consider_constant(const Variable& x) { return ConsiderConstant()(x); }
Variable zero_grad(const Variable& x) { return ZeroGrad()(x); }
Variable disconnected_grad(const Variable& x) { return DisconnectedGrad()(x); }
Variable undefined_grad(const Variable& x) { return UndefinedGrad()(x); }
Variable grad_scale(const Variable& x, double factor) { return GradScale(factor)(x); }

Variable grad_undefined(const Op& op, int input, const Variable& x, std::string why) {
  return null_gradient(op, input, x, why, "undefined");
}
Variable grad_not_implemented(const Op& op, int input, const Variable& x, std::string why) {
  return null_gradient(op, input, x, why, "not implemented");
}
}  // namespace kroton::inline gradient
