// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/link/shape_program.h"

#include <algorithm>

#include "kroton/base/errors.h"

namespace kroton::link {
namespace {
Shapes input_shapes(const Apply& node) {
  Shapes shapes;
  for (const Variable& input : node.inputs()) {
    if (!input.type().is_array()) {
      shapes.emplace_back();
      continue;
    }
    std::vector<ShapeExpr> shape;
    for (std::size_t axis = 0; axis < input.type().ndim(); ++axis) {
      shape.push_back(ShapeExpr::extent(input, static_cast<int>(axis)));
    }
    shapes.emplace_back(std::move(shape));
  }
  return shapes;
}

std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  if (b == 0) return 0;
  if (b == -1) return static_cast<std::int64_t>(-static_cast<std::uint64_t>(a));
  return a / b - ((a % b != 0) && ((a % b < 0) != (b < 0)));
}
std::int64_t wrapped(std::uint64_t value) { return static_cast<std::int64_t>(value); }
}  // namespace

std::optional<ShapeProgram> ShapeProgram::of(const Apply& node) {
  const Shapes shapes = node.op().infer_shape(node, input_shapes(node));
  if (shapes.size() != node.outputs().size()) {
    throw InternalError(node.op().text() + ": infer_shape gives " + std::to_string(shapes.size()) +
                        " shapes for " + std::to_string(node.outputs().size()) +
                        " outputs; it must give one per output");
  }
  ShapeProgram program;
  for (std::size_t o = 0; o < shapes.size(); ++o) {
    if (!shapes[o]) return std::nullopt;
    const Type& type = node.outputs()[o].type();
    if (!type.is_array()) return std::nullopt;
    if (shapes[o]->size() != type.ndim()) {
      throw InternalError(node.op().text() + ": infer_shape gives " +
                          std::to_string(shapes[o]->size()) + " lengths for output " +
                          std::to_string(o) + ", which has " + std::to_string(type.ndim()) +
                          " dimensions; it must give one per dimension");
    }
    std::vector<int> registers;
    for (const ShapeExpr& length : *shapes[o]) registers.push_back(program.compile(length));
    program.outputs_.push_back(std::move(registers));
  }
  for (const ShapeExpr& length : node.op().kernel_lengths(node, input_shapes(node)))
    program.given_.push_back(program.compile(length));
  return program;
}

int ShapeProgram::compile(const ShapeExpr& expr) {
  const auto known = std::find(keys_.begin(), keys_.end(), expr.key());
  if (known != keys_.end()) return static_cast<int>(known - keys_.begin());
  Step step{expr.kind()};
  switch (expr.kind()) {
    case ShapeExpr::Kind::constant:
      step.value = *expr.constant();
      break;
    case ShapeExpr::Kind::scalar:
    case ShapeExpr::Kind::extent: {
      const int axis = expr.kind() == ShapeExpr::Kind::extent ? expr.axis() : -1;
      const auto leaf = std::find_if(leaves_.begin(), leaves_.end(), [&](const Leaf& l) {
        return l.variable == expr.variable() && l.axis == axis;
      });
      step.left = static_cast<int>(leaf - leaves_.begin());
      if (leaf == leaves_.end()) leaves_.push_back({expr.variable(), axis});
      break;
    }
    default:
      step.left = compile(expr.left());
      step.right = compile(expr.right());
  }
  steps_.push_back(step);
  keys_.push_back(expr.key());
  kept_.push_back(expr);
  return static_cast<int>(steps_.size()) - 1;
}

void ShapeProgram::run(std::span<const std::int64_t> values,
                       std::vector<std::int64_t>& registers) const {
  registers.resize(steps_.size());
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const Step& step = steps_[i];
    using Kind = ShapeExpr::Kind;
    if (step.kind == Kind::constant) {
      registers[i] = step.value;
      continue;
    }
    if (step.kind == Kind::scalar || step.kind == Kind::extent) {
      registers[i] = values[static_cast<std::size_t>(step.left)];
      continue;
    }
    const std::int64_t a = registers[static_cast<std::size_t>(step.left)];
    const std::int64_t b = registers[static_cast<std::size_t>(step.right)];
    const auto ua = static_cast<std::uint64_t>(a), ub = static_cast<std::uint64_t>(b);
    switch (step.kind) {
      case Kind::add:
        registers[i] = wrapped(ua + ub);
        break;
      case Kind::sub:
        registers[i] = wrapped(ua - ub);
        break;
      case Kind::mul:
        registers[i] = wrapped(ua * ub);
        break;
      case Kind::floor_div:
        registers[i] = floor_div(a, b);
        break;
      case Kind::mod:
        registers[i] = b == 0 ? 0 : wrapped(ua - ub * static_cast<std::uint64_t>(floor_div(a, b)));
        break;
      case Kind::min:
        registers[i] = std::min(a, b);
        break;
      default:
        registers[i] = std::max(a, b);
    }
  }
}

std::vector<std::int64_t> ShapeProgram::given(const std::vector<std::int64_t>& registers) const {
  std::vector<std::int64_t> numbers;
  for (const int r : given_) numbers.push_back(registers[at(r)]);
  return numbers;
}

void ShapeProgram::shape(std::size_t o, const std::vector<std::int64_t>& registers,
                         std::int64_t* shape) const {
  for (const int r : outputs_[o]) *shape++ = registers[static_cast<std::size_t>(r)];
}
}  // namespace kroton::link
