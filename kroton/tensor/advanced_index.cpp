// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/detail/advanced_index.h"

#include <fmt/format.h>

#include <algorithm>

#include "kroton/base/errors.h"
#include "kroton/kernel/builtin.h"
#include "kroton/tensor/type.h"

namespace kroton::tensor {
using kernel::Affine;

namespace {
void check_array(const Variable& at, const std::string& who) {
  if (at.type().is_array() && is_integer(at.dtype())) return;
  throw TypeError(fmt::format("{}: {} is {}; an index array holds integers, a mask bools", who,
                              at.text(), at.type().text()));
}
// POSITION, or POSITION + n where it is below 0; what lies outside stays as the user gave it.
kernel::ExprId counted_from_end(kernel::Builder& b, kernel::ExprId position, int n) {
  using kernel::builtin::lt;
  const kernel::ExprId zero = b.constant(int64, std::int64_t{0});
  const kernel::ExprId from_end =
      b.apply(kernel::builtin::add, {position, b.index(Affine::extent(n))});
  const kernel::ExprId is_negative = b.apply(lt, {position, zero});
  const kernel::ExprId is_outside = b.apply(lt, {from_end, zero});
  return b.select(is_negative, b.select(is_outside, position, from_end), position);
}
}  // namespace

AdvancedPart::AdvancedPart(const Variable& x, Variables arrays, std::vector<int> indexed,
                           int placed, const std::string& who)
    : indices(std::move(arrays)),
      axes(std::move(indexed)),
      place(static_cast<std::size_t>(placed)),
      rank(0) {
  KROTON_CHECK(!axes.empty() && axes.size() == indices.size() && axes.front() >= 0 &&
               axes.back() < static_cast<int>(x.ndim()) &&
               std::is_sorted(axes.begin(), axes.end(), std::less_equal<>()));
  for (const Variable& at : indices) {
    check_array(at, who);
    rank = std::max(rank, at.ndim());
  }
  for (int axis = 0; axis < static_cast<int>(x.ndim()); ++axis) {
    if (std::find(axes.begin(), axes.end(), axis) == axes.end()) kept.push_back(axis);
  }
  KROTON_CHECK(place <= kept.size());
  for (const int axis : kept)
    flags.push_back(x.type().broadcastable()[static_cast<std::size_t>(axis)]);
  for (std::size_t b = 0; b < rank; ++b) {
    bool stretches = true;
    for (std::size_t i = 0; i < indices.size(); ++i) stretches &= axis_along(i, b) < 0;
    flags.insert(flags.begin() + static_cast<std::ptrdiff_t>(place + b), stretches);
  }
}

int AdvancedPart::axis_along(std::size_t i, std::size_t b) const {
  const auto axis = static_cast<int>(b + indices[i].ndim()) - static_cast<int>(rank);
  const bool stretches =
      axis < 0 || indices[i].type().broadcastable()[static_cast<std::size_t>(axis)];
  return stretches ? -1 : axis;
}

std::optional<std::vector<ShapeExpr>> AdvancedPart::shape(const Shapes& in,
                                                          std::size_t first) const {
  for (std::size_t i = 0; i <= indices.size(); ++i) {
    if (!in[i == 0 ? 0 : first + i - 1]) return std::nullopt;
  }
  std::vector<ShapeExpr> lengths;
  for (const int axis : kept) lengths.push_back((*in[0])[static_cast<std::size_t>(axis)]);
  for (std::size_t b = 0; b < rank; ++b) {
    ShapeExpr length(1);
    for (std::size_t i = indices.size(); i-- > 0;) {
      if (const int axis = axis_along(i, b); axis >= 0)
        length = (*in[first + i])[static_cast<std::size_t>(axis)];
    }
    lengths.insert(lengths.begin() + static_cast<std::ptrdiff_t>(place + b), length);
  }
  return lengths;
}

std::vector<kernel::Dimension> AdvancedPart::sources(std::size_t b, int input) const {
  std::vector<kernel::Dimension> all;
  for (std::size_t i = 0; i < indices.size(); ++i) {
    if (const int axis = axis_along(i, b); axis >= 0)
      all.push_back({input + static_cast<int>(i), axis});
  }
  return all;
}

kernel::Access AdvancedPart::access(kernel::Builder& b, int param, int input,
                                    const std::vector<Affine>& kept_at,
                                    const std::vector<Affine>& common) const {
  kernel::Access at{param, std::vector<Affine>(kept.size() + axes.size()), {}, true};
  for (std::size_t k = 0; k < kept.size(); ++k)
    at.index[static_cast<std::size_t>(kept[k])] = kept_at[k];
  for (std::size_t i = 0; i < axes.size(); ++i) {
    std::vector<Affine> where(indices[i].ndim(), Affine(0));
    for (std::size_t c = 0; c < rank; ++c) {
      if (const int axis = axis_along(i, c); axis >= 0)
        where[static_cast<std::size_t>(axis)] = common[c];
    }
    kernel::ExprId position = b.load(input + static_cast<int>(i), where);
    const bool may_be_negative = !is_unsigned(b.dtype(position));
    if (b.dtype(position) != int64) position = b.cast(int64, position);
    const int n = b.extent("m" + std::to_string(axes[i]), {{param, axes[i]}});
    if (may_be_negative) position = counted_from_end(b, position, n);
    at.index[static_cast<std::size_t>(axes[i])] = Affine::value(position);
  }
  return at;
}
}  // namespace kroton::tensor
