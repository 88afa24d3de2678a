// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/repeat.h"

#include <fmt/format.h>

#include <algorithm>

#include "kroton/base/errors.h"
#include "kroton/tensor/advanced_subtensor.h"
#include "kroton/tensor/constant.h"
#include "kroton/tensor/create.h"
#include "kroton/tensor/detail/gradients.h"
#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/elemwise_functions.h"
#include "kroton/tensor/length.h"
#include "kroton/tensor/reshape.h"
#include "kroton/tensor/transfer.h"
#include "kroton/tensor/type.h"

namespace kroton::tensor {
namespace {
Variable taken(const Variable& x, const Variable& positions, int axis, const char* who) {
  return AdvancedSubtensor({axis}, axis, {who}).make_node({x, positions}).outputs()[0];
}

Variable count_operand(const Operand& operand, const char* who, const char* what) {
  const Variable n = array_operand(operand, who);
  if (!is_integer(n.dtype())) {
    throw TypeError(fmt::format("{}: the {} {} is {}; it must be an integer", who, what, n.text(),
                                n.type().text()));
  }
  if (const auto known = constant_integer(n); known && *known < 0 && what[0] == 'c')
    throw ValueError(fmt::format("{}: count {} is negative; give 0 or more", who, *known));
  return cast(n, int64);
}
}  // namespace

// ---------------------------------------------------------------- RepeatedPositions
Apply RepeatedPositions::make_node(Inputs arguments) const {
  const Variables inputs = on_host(arguments);
  KROTON_CHECK(inputs.size() == 2 && inputs[0].ndim() == 1 && is_integer(inputs[0].dtype()));
  return Apply(*this, inputs, {TensorType(int64, {false})()});
}
Connections RepeatedPositions::connection_pattern(const Apply& node) const {
  return first_connected(node, 0);
}
Variables RepeatedPositions::grad(const Apply&, Variables) const {
  return {disconnected(), disconnected()};
}
Variables RepeatedPositions::r_op(const Apply& node, Variables) const { return no_change(node); }
void RepeatedPositions::perform(const Apply&, std::span<const Value> inputs,
                                std::span<Value> output_storage) const {
  const auto counts = inputs[0].as<NDArray>().astype(int64).to_vector<std::int64_t>();
  const auto length = inputs[1].item<std::int64_t>();
  if (static_cast<std::int64_t>(counts.size()) != length) {
    throw ShapeError(fmt::format("repeat: {} counts are given for {} elements; give one for each",
                                 counts.size(), length));
  }
  std::vector<std::int64_t> positions;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] < 0)
      throw ValueError(fmt::format("repeat: count {} is negative; give 0 or more", counts[i]));
    positions.insert(positions.end(), static_cast<std::size_t>(counts[i]),
                     static_cast<std::int64_t>(i));
  }
  output_storage[0] = array(positions);
}

// ---------------------------------------------------------------- user functions
Variable repeat(const Variable& given, const Operand& operand, int axis) {
  const CreationLine line(operand.line());
  const Variable x = array_operand(given, "repeat");
  const Variable counts = count_operand(operand, "repeat", "count");
  axis = normalized_axis(axis, x.ndim(), "repeat");
  if (counts.ndim() > 1) {
    throw TypeError(fmt::format("repeat: the count {} is {}; it is a number or a vector",
                                counts.text(), counts.type().text()));
  }
  const Variable n = length_of(x, axis);
  if (counts.ndim() == 1) return taken(x, RepeatedPositions()(counts, n), axis, "repeat");
  return taken(x, floor_div(arange(n * counts), counts), axis, "repeat");
}
Variable repeat(const Variable& x, const Operand& counts) {
  const CreationLine line(counts.line());
  return repeat(flatten(array_operand(x, "repeat")), counts, 0);
}

Variable tile(const Variable& given, std::initializer_list<Operand> counts) {
  return tile(given, std::vector<Operand>(counts));
}
Variable tile(const Variable& given, const std::vector<Operand>& counts) {
  std::optional<CreationLine> line;
  if (!counts.empty()) line.emplace(counts[0].line());
  const Variable original = array_operand(given, "tile");
  Variable x = pad_left(original, std::max(original.ndim(), counts.size()));
  const std::size_t first = x.ndim() - counts.size();
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const Variable count = count_operand(counts[i], "tile", "count");
    if (constant_integer(count) == 1) continue;
    const int axis = static_cast<int>(first + i);
    const Variable n = length_of(x, axis);
    x = taken(x, mod(arange(n * count), n), axis, "tile");
  }
  return x;
}

Variable roll(const Variable& given, const Operand& operand, int axis) {
  const CreationLine line(operand.line());
  const Variable x = array_operand(given, "roll");
  axis = normalized_axis(axis, x.ndim(), "roll");
  const Variable n = length_of(x, axis), shift = count_operand(operand, "roll", "shift");
  return taken(x, mod(arange(n) - shift, n), axis, "roll");
}
Variable roll(const Variable& given, const Operand& shift) {
  const CreationLine line(shift.line());
  const Variable x = array_operand(given, "roll");
  Variables lengths;
  for (int d = 0; d < static_cast<int>(x.ndim()); ++d) lengths.push_back(length_of(x, d));
  return reshape(roll(flatten(x), shift, 0), vector_of_lengths(lengths),
                 static_cast<int>(x.ndim()));
}
}  // namespace kroton::tensor
