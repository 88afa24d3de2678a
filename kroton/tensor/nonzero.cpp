// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/nonzero.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "kroton/base/errors.h"
#include "kroton/tensor/advanced_subtensor.h"
#include "kroton/tensor/constant.h"
#include "kroton/tensor/detail/gradients.h"
#include "kroton/tensor/reshape.h"
#include "kroton/tensor/transfer.h"
#include "kroton/tensor/type.h"

namespace kroton::tensor {
Apply Nonzero::make_node(Inputs arguments) const {
  const Variables inputs = on_host(arguments);
  KROTON_CHECK(!inputs.empty());
  const Variable& x = inputs[0];
  if (x.ndim() == 0) {
    throw TypeError(fmt::format("{}: {} is {}; at least one axis is needed to find positions in",
                                who_, x.text(), x.type().text()));
  }
  KROTON_CHECK(inputs.size() == 1 || inputs.size() == 1 + x.ndim());
  Variables outputs;
  for (std::size_t d = 0; d < x.ndim(); ++d) outputs.push_back(TensorType(int64, {false})());
  return Apply(*this, inputs, outputs);
}

Connections Nonzero::connection_pattern(const Apply& node) const {
  return first_connected(node, 0);
}
Variables Nonzero::grad(const Apply& node, Variables) const {
  return Variables(node.inputs().size(), disconnected());
}
Variables Nonzero::r_op(const Apply& node, Variables) const { return no_change(node); }

void Nonzero::perform(const Apply&, std::span<const Value> inputs,
                      std::span<Value> output_storage) const {
  const NDArray& x = inputs[0].as<NDArray>();
  Shape wanted;
  for (const Value& length : inputs.subspan(1)) wanted.push_back(length.item<std::int64_t>());
  if (!wanted.empty() && wanted != x.shape()) {
    throw ShapeError(
        fmt::format("{}: the mask has shape {} and what it indexes {}; they must be equal", who_,
                    shape_text(x.shape()), shape_text(wanted)));
  }
  NDArray found = x.astype(bool_);
  if (!found.is_c_contiguous()) found = found.copy();
  const std::span<const bool> flat = std::as_const(found).span<bool>();
  const auto count = static_cast<std::int64_t>(std::count(flat.begin(), flat.end(), true));
  std::vector<std::int64_t*> positions;
  for (Value& output : output_storage) {
    NDArray vector = NDArray::empty(Shape{count}, int64);
    positions.push_back(vector.data<std::int64_t>());
    output = vector;
  }
  const std::size_t last = x.ndim() - 1;
  const std::int64_t n = x.shape_data()[last];
  std::vector<std::int64_t> row(x.ndim(), 0);  // the position of the row that is read
  for (std::size_t first = 0; first < flat.size(); first += static_cast<std::size_t>(n)) {
    for (std::int64_t i = 0; i < n; ++i) {
      if (!flat[first + static_cast<std::size_t>(i)]) continue;
      for (std::size_t d = 0; d < last; ++d) *positions[d]++ = row[d];
      *positions[last]++ = i;
    }
    for (std::size_t d = last; d-- > 0 && ++row[d] == x.shape_data()[d];) row[d] = 0;
  }
}

Variables nonzero(const Operand& x) {
  const CreationLine line(x.line());
  return Nonzero().make_node({array_operand(x, "nonzero")}).outputs();
}
Variable flatnonzero(const Operand& given) {
  const CreationLine line(given.line());
  const Variable x = array_operand(given, "flatnonzero");
  return Nonzero("flatnonzero").make_node({flatten(x)}).outputs()[0];
}
Variable nonzero_values(const Operand& given) {
  const CreationLine line(given.line());
  const Variable x = array_operand(given, "nonzero_values");
  Variables inputs = Nonzero("nonzero_values").make_node({x}).outputs();
  inputs.insert(inputs.begin(), x);
  std::vector<int> axes(x.ndim());
  std::iota(axes.begin(), axes.end(), 0);
  return AdvancedSubtensor(axes, 0, {"nonzero_values"}).make_node(inputs).outputs()[0];
}
}  // namespace kroton::tensor
