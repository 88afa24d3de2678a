// SPDX-License-Identifier: BSD-3-Clause
// Sums over several axes, as products of matrices: the axes that stay and those that are summed
// over are put together.
#include <fmt/format.h>

#include <algorithm>

#include "kroton/base/errors.h"
#include "kroton/tensor/batched_dot.h"
#include "kroton/tensor/constant.h"
#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/dot.h"
#include "kroton/tensor/length.h"
#include "kroton/tensor/reshape.h"
#include "kroton/tensor/shape.h"
#include "kroton/tensor/type.h"

namespace kroton::tensor {
namespace {
using AxisList = std::vector<int>;

// One factor: its axes in the order batch, kept, summed.
struct Side {
  Variable x;
  AxisList batch, kept, summed;

  Variable product_of_lengths(const AxisList& axes) const {
    Variable product = constant(1, int64);
    for (const int axis : axes) {
      const Variable n = length_of(x, axis);
      product = axis == axes.front() ? n : product * n;
    }
    return product;
  }
  // (batch..., kept together, summed together), the last two exchanged when SUMMED_FIRST.
  Variable as_matrices(bool summed_first) const {
    const AxisList& first = summed_first ? summed : kept;
    const AxisList& second = summed_first ? kept : summed;
    AxisList order = batch;
    order.insert(order.end(), first.begin(), first.end());
    order.insert(order.end(), second.begin(), second.end());
    const Variable ordered = shuffled(x, order);
    if (kept.size() == 1 && summed.size() == 1) return ordered;
    std::vector<Operand> shape;
    for (const int axis : batch) shape.emplace_back(length_of(x, axis));
    shape.emplace_back(product_of_lengths(first));
    shape.emplace_back(product_of_lengths(second));
    return reshape(ordered, shape);
  }
};

std::string list_text(const AxisList& axes) {
  return fmt::format("({}{})", fmt::join(axes, ", "), axes.size() == 1 ? "," : "");
}

Side make_side(const char* who, const char* what, const Variable& x, const AxisList& axes,
               int batch) {
  Side side{x, {}, {}, {}};
  for (const int axis : axes) {
    const int at = normalized_axis(axis, x.ndim(), who);
    if (at < batch) {
      throw ValueError(
          fmt::format("{}: axis {} of {} counts the products; sum over other axes", who, at, what));
    }
    if (std::find(side.summed.begin(), side.summed.end(), at) != side.summed.end()) {
      throw ValueError(fmt::format("{}: the axes {} of {} name axis {} twice; each may stand once",
                                   who, list_text(axes), what, at));
    }
    side.summed.push_back(at);
  }
  for (int axis = 0; axis < static_cast<int>(x.ndim()); ++axis) {
    if (axis < batch) {
      side.batch.push_back(axis);
    } else if (std::find(side.summed.begin(), side.summed.end(), axis) == side.summed.end()) {
      side.kept.push_back(axis);
    }
  }
  return side;
}

// Several pairs of axes become one: their lengths are compared while they are apart.
Variable with_lengths_of(const Side& x, const Side& y) {
  std::vector<Variable> shape;
  for (int axis = 0; axis < static_cast<int>(y.x.ndim()); ++axis)
    shape.push_back(length_of(y.x, axis));
  for (std::size_t i = 0; i < y.summed.size(); ++i)
    shape[static_cast<std::size_t>(y.summed[i])] = length_of(x.x, x.summed[i]);
  return SpecifyShape().make_node({y.x, vector_of_lengths(shape)}).outputs()[0];
}

Variable contract(const char* who, const Variable& x, const Variable& y, const AxisList& x_axes,
                  const AxisList& y_axes, int batch) {
  if (x_axes.size() != y_axes.size()) {
    throw ValueError(fmt::format("{}: {} axes of x and {} of y are given; they go in pairs", who,
                                 x_axes.size(), y_axes.size()));
  }
  const Side left = make_side(who, "x", x, x_axes, batch);
  Side right = make_side(who, "y", y, y_axes, batch);
  if (left.summed.size() > 1) right.x = with_lengths_of(left, right);
  const Variable a = left.as_matrices(false), b = right.as_matrices(true);
  const Variable product =
      batch ? BatchedDot().make_node({a, b}).outputs()[0] : Dot().make_node({a, b}).outputs()[0];
  std::vector<Operand> shape;
  std::vector<bool> flags;
  const Side* const sides[] = {&left, &right};
  for (const Side* side : sides) {
    AxisList axes = side == &left ? side->batch : AxisList();
    axes.insert(axes.end(), side->kept.begin(), side->kept.end());
    for (const int axis : axes) {
      shape.emplace_back(length_of(side->x, axis));
      flags.push_back(side->x.broadcastable()[static_cast<std::size_t>(axis)]);
    }
  }
  if (left.kept.size() == 1 && right.kept.size() == 1) return product;
  return with_flags(reshape(product, shape), flags);
}

AxisList last_axes(const char* who, const Variable& x, int axes, int batch) {
  const int most = static_cast<int>(x.ndim()) - batch;
  if (axes < 0 || axes > most) {
    throw ValueError(
        fmt::format("{}: {} axes of {}, which is {}, are to be summed over; give 0 to {}", who,
                    axes, x.text(), x.type().text(), most));
  }
  AxisList list;
  for (int i = 0; i < axes; ++i) list.push_back(static_cast<int>(x.ndim()) - axes + i);
  return list;
}
AxisList first_axes(const char* who, const Variable& y, int axes, int batch) {
  AxisList list = last_axes(who, y, axes, batch);
  for (std::size_t i = 0; i < list.size(); ++i) list[i] = batch + static_cast<int>(i);
  return list;
}
void check_batch(const char* who, const Variable& x) {
  if (x.ndim() > 0) return;
  throw TypeError(
      fmt::format("{}: {} is {}; at least one axis is needed, which counts the products", who,
                  x.text(), x.type().text()));
}
}  // namespace

Variable tensordot(const Operand& first, const Operand& second, int axes) {
  const CreationLine line(first.line());
  const Variable x = array_operand(first, "tensordot"), y = array_operand(second, "tensordot");
  return contract("tensordot", x, y, last_axes("tensordot", x, axes, 0),
                  first_axes("tensordot", y, axes, 0), 0);
}

Variable tensordot(const Operand& first, const Operand& second, const std::vector<int>& x_axes,
                   const std::vector<int>& y_axes) {
  const CreationLine line(first.line());
  return contract("tensordot", array_operand(first, "tensordot"),
                  array_operand(second, "tensordot"), x_axes, y_axes, 0);
}

Variable batched_tensordot(const Operand& first, const Operand& second, int axes) {
  const CreationLine line(first.line());
  const char* const who = "batched_tensordot";
  const Variable x = array_operand(first, who), y = array_operand(second, who);
  check_batch(who, x);
  check_batch(who, y);
  return contract(who, x, y, last_axes(who, x, axes, 1), first_axes(who, y, axes, 1), 1);
}

Variable batched_tensordot(const Operand& first, const Operand& second,
                           const std::vector<int>& x_axes, const std::vector<int>& y_axes) {
  const CreationLine line(first.line());
  const char* const who = "batched_tensordot";
  const Variable x = array_operand(first, who), y = array_operand(second, who);
  check_batch(who, x);
  check_batch(who, y);
  return contract(who, x, y, x_axes, y_axes, 1);
}
}  // namespace kroton::tensor
