// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/reduce.h"

#include <fmt/format.h>

#include <algorithm>

#include "kroton/base/errors.h"
#include "kroton/graph/operand.h"
#include "kroton/kernel/accumulators.h"
#include "kroton/kernel/builtin.h"
#include "kroton/tensor/constant.h"
#include "kroton/tensor/create.h"
#include "kroton/tensor/detail/folds.h"
#include "kroton/tensor/detail/gradients.h"
#include "kroton/tensor/detail/nest.h"
#include "kroton/tensor/detail/reduction.h"
#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/elemwise.h"
#include "kroton/tensor/elemwise_functions.h"
#include "kroton/tensor/length.h"
#include "kroton/tensor/transfer.h"
#include "kroton/tensor/type.h"

namespace kroton::tensor {
using kernel::Affine;
using kernel::Builder;

namespace {
int accumulator(Builder& b, Fold fold, DType d) {
  switch (fold) {
    case Fold::sum:
      return kernel::sum_accumulator(b, d);
    case Fold::prod:
      return kernel::product_accumulator(b, d);
    case Fold::max:
      return kernel::max_accumulator(b, d);
    case Fold::min:
      return kernel::min_accumulator(b, d);
    case Fold::any:
      return kernel::any_accumulator(b);
    case Fold::all:
      return kernel::all_accumulator(b);
  }
  KROTON_CHECK(false);
  return -1;
}

// d prod / dx without dividing by zero: with one zero among the factors only its own derivative is
// not 0.
Variable prod_gradient(const Variable& x, const Variable& gz, const std::vector<int>& axes) {
  const Variable is_zero = eq(x, 0);
  const Variable one = constant(1, x.dtype()), none = constant(0, x.dtype());
  const ReduceOptions keep{.keepdims = true};
  const Variable rest = prod(where(is_zero, one, x), Axes(axes), keep);
  const Variable zeros = sum(is_zero, Axes(axes), keep);
  const Variable at_zero = where(eq(zeros, 1), rest, none);
  const Variable elsewhere = where(eq(zeros, 0), rest / where(is_zero, one, x), none);
  return gz * where(is_zero, at_zero, elsewhere);
}
}  // namespace

std::string field_text(Fold fold) {
  static constexpr const char* names[] = {"sum", "prod", "max", "min", "any", "all"};
  return names[static_cast<int>(fold)];
}

std::vector<std::vector<kernel::Dimension>> kept_dimensions(const Variable& x, const Variable& z,
                                                            const std::vector<int>& axes, int from,
                                                            int to) {
  std::vector<std::vector<kernel::Dimension>> sources;
  for (int d = 0, k = 0; d < static_cast<int>(x.ndim()); ++d) {
    if (std::find(axes.begin(), axes.end(), d) != axes.end()) continue;
    sources.emplace_back();
    if (!z.type().broadcastable()[static_cast<std::size_t>(k)])
      sources.back() = {{from, d}, {to, k}};
    ++k;
  }
  return sources;
}

std::vector<ShapeExpr> kept_lengths(const std::vector<ShapeExpr>& shape,
                                    const std::vector<int>& axes) {
  std::vector<ShapeExpr> kept;
  for (std::size_t d = 0; d < shape.size(); ++d) {
    if (std::find(axes.begin(), axes.end(), static_cast<int>(d)) == axes.end())
      kept.push_back(shape[d]);
  }
  return kept;
}

std::vector<bool> kept_flags(const std::vector<bool>& flags, const std::vector<int>& axes) {
  std::vector<bool> kept;
  for (std::size_t d = 0; d < flags.size(); ++d) {
    if (std::find(axes.begin(), axes.end(), static_cast<int>(d)) == axes.end())
      kept.push_back(flags[d]);
  }
  return kept;
}

ReducedIndex reduced_index(Builder& b, const Variable& x, const std::vector<int>& axes, int from,
                           const Domain& kept) {
  ReducedIndex at;
  std::size_t k = 0;
  for (int d = 0; d < static_cast<int>(x.ndim()); ++d) {
    if (std::find(axes.begin(), axes.end(), d) == axes.end()) {
      at.index.push_back(kept[k++]);
      continue;
    }
    const Affine n = Affine::extent(b.extent("m" + std::to_string(d), {{from, d}}));
    const Affine i = Affine::axis(b.reduce(n));
    at.index.push_back(i);
    at.reduced.push_back(i);
    at.lengths.push_back(n);
  }
  return at;
}

void need_elements(Builder& b, const ReducedIndex& at) {
  for (const Affine& length : at.lengths) b.at_least(length.terms[0].id, 1);
}

Apply CAReduce::make_node(Inputs arguments) const {
  const Variables inputs = on_host(arguments);
  KROTON_CHECK(inputs.size() == 1);
  const Variable& x = inputs[0];
  if (is_extremum(fold_) && is_complex(x.dtype())) {
    throw TypeError(fmt::format("{}: {} is {}; complex numbers have no order", field_text(fold_),
                                x.text(), x.type().text()));
  }
  KROTON_CHECK(axes_.empty() || axes_.back() < static_cast<int>(x.ndim()));
  return Apply(*this, inputs,
               {Variable(*x.type().with(dtype_, kept_flags(x.type().broadcastable(), axes_)))});
}

Shapes CAReduce::infer_shape(const Apply&, Shapes in) const {
  if (!in[0]) return {std::nullopt};
  return {kept_lengths(*in[0], axes_)};
}

Variables CAReduce::grad(const Apply& node, Variables gz) const {
  const Variable &x = node.inputs()[0], &z = node.outputs()[0];
  if (is_discrete(x.dtype()) || is_logical(fold_)) return {zero_gradient(x)};
  const Variable g = expand_axes(gz[0], axes_);
  if (fold_ == Fold::sum) return {fill(x, cast(g, x.dtype()))};
  if (fold_ == Fold::prod) return {prod_gradient(x, g, axes_)};
  // Ties share: each position that equals the extremum gets the same part. NaN is no tie of
  // anything.
  const Variable is_extreme = eq(x, expand_axes(z, axes_));
  const Variable count = cast(sum(is_extreme, Axes(axes_), {.keepdims = true}), x.dtype());
  return {where(is_extreme, g / count, constant(0, x.dtype()))};
}

Variables CAReduce::r_op(const Apply& node, Variables eval_points) const {
  if (!eval_points[0]) return {Variable()};
  if (fold_ == Fold::sum) return make_node({eval_points[0]}).outputs();
  const Variable slope = grad(node, {ones_like(node.outputs()[0])})[0];
  return {sum(slope * eval_points[0], Axes(axes_))};
}

std::optional<kernel::Kernel> CAReduce::kernel(const Apply& node) const {
  const Variable &x = node.inputs()[0], &z = node.outputs()[0];
  Builder b(field_text(fold_));
  const int from = add_input(b, "x", x), to = add_output(b, "z", z);
  const Domain domain = outer_domain(b, kept_dimensions(x, z, axes_, from, to));
  b.stage();
  const ReducedIndex at = reduced_index(b, x, axes_, from, domain);
  kernel::ExprId value = b.load(from, at.index);
  if (axes_.empty()) {
    // Nothing to fold: the value itself, or whether it is not zero.
    b.store(to, domain, is_logical(fold_) ? b.cast(bool_, value) : value);
    return b.finish();
  }
  const DType running = kernel::compute_dtype(acc_dtype_);
  const int acc = accumulator(b, fold_, running);
  b.accumulate(acc, {b.cast(running, value)});
  b.stage();
  b.store(to, domain, b.result(acc));
  if (is_extremum(fold_)) need_elements(b, at);
  return b.finish();
}

std::string CAReduce::text() const {
  std::string name = field_text(fold_);
  name[0] = static_cast<char>(name[0] - 'a' + 'A');
  return fmt::format("{}{{axes: {}, dtype: {}, acc_dtype: {}}}", name, field_text(axes_),
                     kroton::name(dtype_), kroton::name(acc_dtype_));
}
}  // namespace kroton::tensor
