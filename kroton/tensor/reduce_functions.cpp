// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>

#include "kroton/base/errors.h"
#include "kroton/graph/operand.h"
#include "kroton/kernel/dialect.h"
#include "kroton/scalars/dtype_rules.h"
#include "kroton/tensor/constant.h"
#include "kroton/tensor/detail/folds.h"
#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/elemwise_functions.h"
#include "kroton/tensor/length.h"
#include "kroton/tensor/reduce.h"
#include "kroton/tensor/type.h"

namespace kroton::tensor {
namespace {
DType as_64_bits(DType d) {
  if (is_unsigned(d)) return uint64;
  return is_discrete(d) ? int64 : d;
}
// Summing many values of D in D loses digits that this one keeps.
DType wider(DType d) {
  switch (d) {
    case float16:
    case bfloat16:
      return float32;
    case float32:
      return float64;
    case complex64:
      return complex128;
    default:
      return d;
  }
}

Variable reduced(Fold fold, const Operand& operand, const Axes& axis,
                 const ReduceOptions& options) {
  const CreationLine line(operand.line());
  const std::string who = field_text(fold);
  const Variable x = array_operand(operand, who);
  const std::vector<int> axes = reduced_axes(x, axis, who);
  const FoldDTypes dtypes = fold_dtypes(fold, x.dtype(), options);
  const Variable z =
      CAReduce(fold, axes, dtypes.dtype, dtypes.acc_dtype).make_node({x}).outputs()[0];
  const Variable typed = is_extremum(fold) && options.dtype ? cast(z, *options.dtype) : z;
  return options.keepdims ? expand_axes(typed, axes) : typed;
}

// The number of elements along AXES, of DTYPE.
Variable count_along(const Variable& x, const std::vector<int>& axes, DType dtype) {
  ShapeExpr count(1);
  for (const int axis : axes) count = count * as_length(length_of(x, axis));
  return cast(static_cast<Variable>(count), dtype);
}
// A variance in the dtype that it is computed in (float32 for 16-bit floats), and the one to cast
// it to.
struct Moment {
  Variable value;
  DType dtype;
};
Moment variance(const Operand& operand, const Axes& axis, const ReduceOptions& options,
                const char* who) {
  const Variable x = array_operand(operand, who);
  const std::vector<int> axes = reduced_axes(x, axis, who);
  const DType given = is_discrete(x.dtype()) ? float64 : x.dtype();
  const Variable wide = cast(x, kernel::compute_dtype(given));
  const Variable deviation =
      wide - mean(wide, Axes(axes), {.keepdims = true, .acc_dtype = options.acc_dtype});
  const Variable squares = is_complex(given) ? sqr(abs(deviation)) : sqr(deviation);
  const Variable total = sum(squares, Axes(axes), {.keepdims = options.keepdims});
  const Variable count = count_along(x, axes, total.dtype());
  const Variable freedom =
      options.ddof == 0 ? count : count - constant(options.ddof, total.dtype());
  return {total / freedom, options.dtype.value_or(scalars::real_dtype(given))};
}
}  // namespace

FoldDTypes fold_dtypes(Fold fold, DType x, const ReduceOptions& options) {
  if (is_logical(fold)) return {bool_, bool_};
  if (is_extremum(fold)) return {x, x};
  const char* who = fold == Fold::sum ? "sum" : "prod";
  const DType dtype = options.dtype.value_or(as_64_bits(x));
  const DType acc = options.acc_dtype.value_or(wider(scalars::promote(as_64_bits(x), dtype)));
  if (is_complex(x) && (!is_complex(dtype) || !is_complex(acc))) {
    throw TypeError(
        fmt::format("{}: x is {} and {} is asked for; a complex value has no place in it", who,
                    name(x), name(is_complex(dtype) ? acc : dtype)));
  }
  if (!is_discrete(x) && is_discrete(acc)) {
    throw TypeError(
        fmt::format("{}: x is {} and acc_dtype is {}; the running value would lose its fraction",
                    who, name(x), name(acc)));
  }
  return {dtype, acc};
}

std::vector<int> reduced_axes(const Variable& x, const Axes& axes, std::string_view who) {
  std::vector<int> out;
  if (!axes.list()) {
    for (int axis = 0; axis < static_cast<int>(x.ndim()); ++axis) out.push_back(axis);
    return out;
  }
  for (const int axis : *axes.list()) out.push_back(normalized_axis(axis, x.ndim(), who));
  std::sort(out.begin(), out.end());
  const auto twice = std::adjacent_find(out.begin(), out.end());
  if (twice != out.end()) {
    throw ValueError(
        fmt::format("{}: axis {} is given twice; each axis may stand once", who, *twice));
  }
  return out;
}

Variable sum_to(const Variable& g, const Variable& x) {
  KROTON_CHECK(g.ndim() >= x.ndim());
  const std::size_t added = g.ndim() - x.ndim();
  std::vector<int> axes, dropped;
  for (std::size_t d = 0; d < g.ndim(); ++d) {
    const bool stretched =
        d >= added && x.type().broadcastable()[d - added] && !g.type().broadcastable()[d];
    if (d < added) dropped.push_back(static_cast<int>(d));
    if (d < added || stretched) axes.push_back(static_cast<int>(d));
  }
  if (axes.empty()) return g;
  const Variable kept = sum(g, Axes(axes), {.keepdims = true, .dtype = g.dtype()});
  std::vector<int> order;
  for (std::size_t d = added; d < g.ndim(); ++d) order.push_back(static_cast<int>(d));
  return shuffled(kept, order);
}

#define REDUCE(name)                                                  \
  Variable name(const Operand& x, Axes axis, ReduceOptions options) { \
    return reduced(Fold::name, x, axis, options);                     \
  }
REDUCE(sum)
REDUCE(prod)
REDUCE(max)
REDUCE(min)
REDUCE(any)
REDUCE(all)
#undef REDUCE

Variable mean(const Operand& operand, Axes axis, ReduceOptions options) {
  const CreationLine line(operand.line());
  const Variable x = array_operand(operand, "mean");
  const std::vector<int> axes = reduced_axes(x, axis, "mean");
  const DType dtype = options.dtype.value_or(is_discrete(x.dtype()) ? float64 : x.dtype());
  if (is_discrete(dtype)) {
    throw TypeError(fmt::format(
        "mean: dtype is {}; a mean has a fraction, give a float dtype and cast afterwards",
        name(dtype)));
  }
  // The quotient of 16-bit floats is taken in float32: their sum or count may be beyond them.
  const DType running = kernel::compute_dtype(dtype);
  const Variable total =
      sum(x, Axes(axes),
          {.keepdims = options.keepdims, .dtype = running, .acc_dtype = options.acc_dtype});
  return cast(total / count_along(x, axes, scalars::real_dtype(running)), dtype);
}

Variable var(const Operand& operand, Axes axis, ReduceOptions options) {
  const CreationLine line(operand.line());
  const Moment moment = variance(operand, axis, options, "var");
  return cast(moment.value, moment.dtype);
}

Variable std(const Operand& operand, Axes axis, ReduceOptions options) {
  const CreationLine line(operand.line());
  const Moment moment = variance(operand, axis, options, "std");
  return cast(sqrt(moment.value), moment.dtype);
}
}  // namespace kroton::tensor
