// SPDX-License-Identifier: BSD-3-Clause
// The operators and members of Variable that graph/ declares.
#include "kroton/graph/operand.h"
#include "kroton/tensor/argmax.h"
#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/dot.h"
#include "kroton/tensor/elemwise_functions.h"
#include "kroton/tensor/indexing.h"
#include "kroton/tensor/length.h"
#include "kroton/tensor/reduce.h"
#include "kroton/tensor/reshape.h"

namespace kroton::inline graph {
#define BINARY(op, name) \
  Variable operator op(const Operand& x, const Operand& y) { return tensor::name(x, y); }
BINARY(+, add)
BINARY(-, sub)
BINARY(*, mul)
BINARY(/, true_div)
BINARY(%, mod)
BINARY(&, and_)
BINARY(|, or_)
BINARY(^, xor_)
#undef BINARY
Variable operator-(const Operand& x) { return tensor::neg(x); }
Variable operator~(const Operand& x) { return tensor::invert(x); }

#define COMPARE(op, name)                                      \
  Comparison operator op(const Operand& x, const Operand& y) { \
    return Comparison(tensor::name(x, y));                     \
  }
COMPARE(<, lt)
COMPARE(<=, le)
COMPARE(>, gt)
COMPARE(>=, ge)
#undef COMPARE

Variable Variable::operator[](const Index& index) const { return tensor::index(*this, {index}); }
Variable Variable::operator[](std::initializer_list<Index> index) const {
  return tensor::index(*this, std::vector<Index>(index));
}
Variable Variable::operator[](const std::vector<Index>& index) const {
  return tensor::index(*this, index);
}

Variable Variable::T(Line line) const { return tensor::transpose(Operand(*this, line)); }
Variable Variable::shape(Line line) const {
  const CreationLine scope(line);
  return tensor::shape_of(*this);
}
Variable Variable::shape(int axis, Line line) const {
  const CreationLine scope(line);
  return tensor::length_of(*this, axis);
}
Variable Variable::sum(Axes axis, ReduceOptions options, Line line) const {
  return tensor::sum(Operand(*this, line), axis, options);
}
Variable Variable::mean(Axes axis, ReduceOptions options, Line line) const {
  return tensor::mean(Operand(*this, line), axis, options);
}
Variable Variable::max(Axes axis, ReduceOptions options, Line line) const {
  return tensor::max(Operand(*this, line), axis, options);
}
Variable Variable::argmax(Axes axis, ReduceOptions options, Line line) const {
  return tensor::argmax(Operand(*this, line), axis, options);
}
Variable Variable::dot(const Operand& other) const {
  return tensor::dot(Operand(*this, other.line()), other);
}
Variable Variable::flatten(int ndim, Line line) const {
  const CreationLine scope(line);
  return tensor::flatten(*this, ndim);
}
Variable Variable::astype(DType dtype, Line line) const {
  return tensor::cast(Operand(*this, line), dtype);
}
Variable Variable::dimshuffle(std::initializer_list<ShuffleAxis> order, Line line) const {
  return dimshuffle(std::vector<ShuffleAxis>(order), line);
}
Variable Variable::dimshuffle(const std::vector<ShuffleAxis>& order, Line line) const {
  const CreationLine scope(line);
  return tensor::dimshuffle(*this, order);
}
Variable Variable::reshape(std::initializer_list<Operand> shape) const {
  return tensor::reshape(*this, shape);
}
Variable Variable::reshape(const std::vector<Operand>& shape) const {
  return tensor::reshape(*this, shape);
}
Variable Variable::reshape(const Variable& shape, int ndim, Line line) const {
  const CreationLine scope(line);
  return tensor::reshape(*this, shape, ndim);
}
}  // namespace kroton::inline graph
