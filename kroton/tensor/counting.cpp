// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/counting.h"

#include <fmt/format.h>

#include "kroton/base/errors.h"
#include "kroton/tensor/advanced_inc_subtensor.h"
#include "kroton/tensor/constant.h"
#include "kroton/tensor/create.h"
#include "kroton/tensor/elemwise_functions.h"
#include "kroton/tensor/join.h"
#include "kroton/tensor/length.h"
#include "kroton/tensor/nonzero.h"
#include "kroton/tensor/reduce.h"
#include "kroton/tensor/type.h"

namespace kroton::tensor {
namespace {
Variable integer_vector(const Operand& operand, const char* who) {
  const Variable x = array_operand(operand, who);
  if (x.ndim() == 1 && is_integer(x.dtype())) return x;
  throw TypeError(
      fmt::format("{}: {} is {}; it must be a vector of integers", who, x.text(), x.type().text()));
}
Variable put(const Variable& x, const Variable& y, const Variables& positions, bool set,
             const char* who) {
  Variables inputs{x, y};
  inputs.insert(inputs.end(), positions.begin(), positions.end());
  std::vector<int> axes;
  for (std::size_t i = 0; i < positions.size(); ++i) axes.push_back(static_cast<int>(i));
  return AdvancedIncSubtensor(axes, 0, set, false, {who}).make_node(inputs).outputs()[0];
}
Variable counted(const Variable& x, const Variable& weights, std::int64_t minlength) {
  if (minlength < 0)
    throw ValueError(fmt::format("bincount: minlength is {}; give 0 or more", minlength));
  // The largest of nothing is -1: a first element stands in for it.
  const Variable n =
      max(join(0, {constant(array<std::int64_t>({minlength - 1})), cast(x, int64)})) + 1;
  // Unsigned, a negative value is no position from the end.
  return put(alloc(constant(0, weights.dtype()), Variables{n}), weights, {cast(x, uint64)}, false,
             "bincount");
}
}  // namespace

Variable to_one_hot(const Operand& labels, const Operand& classes, std::optional<DType> dtype) {
  const CreationLine line(labels.line());
  const Variable y = integer_vector(labels, "to_one_hot");
  const Variable n = lengths_of_operands({classes}, "to_one_hot")[0];
  const Variable rows = length_of(y, 0);
  const DType type = dtype.value_or(floatX());
  return put(alloc(constant(0, type), Variables{rows, n}), constant(1, type), {arange(rows), y},
             true, "to_one_hot");
}

Variable bincount(const Operand& operand, std::int64_t minlength) {
  const CreationLine line(operand.line());
  return counted(integer_vector(operand, "bincount"), constant(1, int64), minlength);
}
Variable bincount(const Operand& operand, const Variable& weights, std::int64_t minlength) {
  const CreationLine line(operand.line());
  return counted(integer_vector(operand, "bincount"), array_operand(weights, "bincount"),
                 minlength);
}

Variable inverse_permutation(const Operand& operand) {
  const CreationLine line(operand.line());
  const Variable p = integer_vector(operand, "inverse_permutation");
  const Variable i = cast(arange(length_of(p, 0)), p.dtype());
  return put(zeros_like(p), i, {p}, true, "inverse_permutation");
}

Variable compress(const Operand& condition, const Variable& given, int axis) {
  const CreationLine line(condition.line());
  const Variable x = array_operand(given, "compress"), keep = array_operand(condition, "compress");
  axis = normalized_axis(axis, x.ndim(), "compress");
  if (keep.ndim() != 1) {
    throw TypeError(fmt::format("compress: the condition {} is {}; it must be a vector",
                                keep.text(), keep.type().text()));
  }
  const Apply found = Nonzero("compress").make_node({keep, length_of(x, axis)});
  return AdvancedSubtensor({axis}, axis, {"compress"})
      .make_node({x, found.outputs()[0]})
      .outputs()[0];
}
}  // namespace kroton::tensor
