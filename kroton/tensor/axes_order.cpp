// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/axes_order.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "kroton/base/at.h"
#include "kroton/base/errors.h"
#include "kroton/tensor/constant.h"
#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/reduce.h"
#include "kroton/tensor/shape.h"
#include "kroton/tensor/type.h"

namespace kroton::tensor {
namespace {
Variable with_flag(const Operand& operand, const Axes& axes, bool flag, const char* who) {
  const CreationLine line(operand.line());
  const Variable x = array_operand(operand, who);
  std::vector<bool> flags = x.broadcastable();
  for (const int axis : reduced_axes(x, axes, who)) flags[at(axis)] = flag;
  return with_flags(x, flags);
}

Variable without(const Variable& x, const std::vector<int>& axes) {
  std::vector<bool> flags = x.broadcastable();
  for (const int axis : axes) flags[at(axis)] = true;
  std::vector<int> order;
  for (int d = 0; d < static_cast<int>(x.ndim()); ++d) {
    if (std::find(axes.begin(), axes.end(), d) == axes.end()) order.push_back(d);
  }
  return shuffled(with_flags(x, flags), order);
}

Variable padded(const Operand& operand, int left, int right, const char* who) {
  const CreationLine line(operand.line());
  const Variable x = array_operand(operand, who);
  if (left < 0 || right < 0) {
    throw ValueError(
        fmt::format("{}: {} new axes are asked for; give 0 or more", who, std::min(left, right)));
  }
  std::vector<int> order(at(left), DimShuffle::new_axis);
  for (int d = 0; d < static_cast<int>(x.ndim()); ++d) order.push_back(d);
  order.insert(order.end(), at(right), DimShuffle::new_axis);
  return shuffled(x, order);
}

Variable at_least(const Operand& operand, std::size_t ndim, const char* who) {
  const CreationLine line(operand.line());
  const Variable x = array_operand(operand, who);
  return x.ndim() < ndim ? pad_left(x, ndim) : x;
}
}  // namespace

Variable squeeze(const Operand& operand) {
  const CreationLine line(operand.line());
  const Variable x = array_operand(operand, "squeeze");
  std::vector<int> axes;
  for (int d = 0; d < static_cast<int>(x.ndim()); ++d) {
    if (x.type().broadcastable()[at(d)]) axes.push_back(d);
  }
  return without(x, axes);
}
Variable squeeze(const Operand& operand, Axes axis) {
  const CreationLine line(operand.line());
  const Variable x = array_operand(operand, "squeeze");
  return without(x, reduced_axes(x, axis, "squeeze"));
}

Variable expand_dims(const Operand& operand, Axes axis) {
  const CreationLine line(operand.line());
  const Variable x = array_operand(operand, "expand_dims");
  if (!axis.list()) throw ValueError("expand_dims: no axis is given; say where the new ones stand");
  const std::size_t ndim = x.ndim() + axis.list()->size();
  std::vector<int> axes;
  for (const int a : *axis.list()) axes.push_back(normalized_axis(a, ndim, "expand_dims"));
  std::sort(axes.begin(), axes.end());
  if (const auto twice = std::adjacent_find(axes.begin(), axes.end()); twice != axes.end())
    throw ValueError(fmt::format("expand_dims: axis {} is given twice; each may be once", *twice));
  return expand_axes(x, axes);
}

Variable swapaxes(const Operand& operand, int axis1, int axis2) {
  const CreationLine line(operand.line());
  const Variable x = array_operand(operand, "swapaxes");
  std::vector<int> order(x.ndim());
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[at(normalized_axis(axis1, x.ndim(), "swapaxes"))],
            order[at(normalized_axis(axis2, x.ndim(), "swapaxes"))]);
  return shuffled(x, order);
}

Variable moveaxis(const Operand& operand, int source, int destination) {
  const CreationLine line(operand.line());
  const Variable x = array_operand(operand, "moveaxis");
  source = normalized_axis(source, x.ndim(), "moveaxis");
  destination = normalized_axis(destination, x.ndim(), "moveaxis");
  std::vector<int> order;
  for (int d = 0; d < static_cast<int>(x.ndim()); ++d) {
    if (d != source) order.push_back(d);
  }
  order.insert(order.begin() + destination, source);
  return shuffled(x, order);
}

Variable shape_padleft(const Operand& x, int n) { return padded(x, n, 0, "shape_padleft"); }
Variable shape_padright(const Operand& x, int n) { return padded(x, 0, n, "shape_padright"); }
Variable shape_padaxis(const Operand& operand, int axis) {
  const CreationLine line(operand.line());
  const Variable x = array_operand(operand, "shape_padaxis");
  return expand_axes(x, {normalized_axis(axis, x.ndim() + 1, "shape_padaxis")});
}

Variable atleast_1d(const Operand& x) { return at_least(x, 1, "atleast_1d"); }
Variable atleast_2d(const Operand& x) { return at_least(x, 2, "atleast_2d"); }
Variable atleast_3d(const Operand& x) { return at_least(x, 3, "atleast_3d"); }

Variable flip(const Operand& operand, Axes axis) {
  const CreationLine line(operand.line());
  const Variable x = array_operand(operand, "flip");
  std::vector<Index> index(x.ndim(), Index(kroton::slice()));
  for (const int a : reduced_axes(x, axis, "flip"))
    index[at(a)] = Index(kroton::slice(std::nullopt, std::nullopt, -1));
  return x[index];
}

Variable addbroadcast(const Operand& x, Axes axis) {
  return with_flag(x, axis, true, "addbroadcast");
}
Variable unbroadcast(const Operand& x, Axes axis) {
  return with_flag(x, axis, false, "unbroadcast");
}
Variable patternbroadcast(const Operand& operand, const std::vector<bool>& broadcastable) {
  const CreationLine line(operand.line());
  const Variable x = array_operand(operand, "patternbroadcast");
  if (broadcastable.size() != x.ndim()) {
    throw ValueError(fmt::format("patternbroadcast: {} flags are given; {} is {}, give {}",
                                 broadcastable.size(), x.text(), x.type().text(), x.ndim()));
  }
  return with_flags(x, broadcastable);
}
}  // namespace kroton::tensor
