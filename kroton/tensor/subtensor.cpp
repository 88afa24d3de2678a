// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/subtensor.h"

#include "kroton/base/errors.h"
#include "kroton/base/text.h"
#include "kroton/kernel/builder.h"
#include "kroton/tensor/create.h"
#include "kroton/tensor/detail/gradients.h"
#include "kroton/tensor/detail/index_map.h"
#include "kroton/tensor/detail/nest.h"
#include "kroton/tensor/inc_subtensor.h"
#include "kroton/tensor/length.h"
#include "kroton/tensor/shape.h"
#include "kroton/tensor/transfer.h"

namespace kroton::tensor {
using kernel::Affine;
using kernel::Builder;

namespace {
// Gives the index inputs out one by one.
struct BoundReader {
  const Variables& bounds;
  std::size_t next = 0;
  std::optional<ShapeExpr> operator()(const IndexBound& bound) {
    if (bound.is_absent()) return std::nullopt;
    if (bound.is_number()) return ShapeExpr(bound.number);
    return as_length(bounds[next++]);
  }
};

// 1 where EXPR < 0, else 0.
ShapeExpr is_negative(const ShapeExpr& expr) {
  return ShapeExpr::maximum(0, ShapeExpr::minimum(1, ShapeExpr(0) - expr));
}

// A slice's bound as a position of an axis of length N, kept between LOW and HIGH.
ShapeExpr position(const ShapeExpr& bound, const ShapeExpr& n, const ShapeExpr& low,
                   const ShapeExpr& high) {
  ShapeExpr at = bound;
  if (const auto number = bound.constant()) {
    if (*number < 0) at = bound + n;
  } else if (!is_never_negative(bound)) {
    at = bound + n * is_negative(bound);
  }
  if (!(low.constant() == 0 && is_never_negative(at))) at = ShapeExpr::maximum(at, low);
  return at.same_as(high) ? at : ShapeExpr::minimum(at, high);
}

struct Window {
  ShapeExpr first, count;
};

// Between constant bounds, a from the start and b from the end: equal texts for x[2:], x[:-2] and
// x[1:-1], which are as long.
std::optional<Window> window_between_ends(const std::optional<ShapeExpr>& start,
                                          const std::optional<ShapeExpr>& stop,
                                          const ShapeExpr& n) {
  const auto a = start ? start->constant() : std::int64_t{0};
  const auto b = stop ? stop->constant() : std::int64_t{0};
  if (!a || !b || *a < 0 || (stop && *b >= 0)) return std::nullopt;
  return Window{ShapeExpr::minimum(*a, n), ShapeExpr::maximum(0, n - (*a - *b))};
}

// A slice; one whose step is not known counts elements both ways, of which one is 0.
Window window_of(const IndexItem& item, const ShapeExpr& n, BoundReader& read) {
  const auto start = read(item.start), stop = read(item.stop);
  const ShapeExpr step = read(item.step).value_or(ShapeExpr(1));
  const auto forward = [&]() -> Window {
    if (const auto known = window_between_ends(start, stop, n); known && step.constant() == 1)
      return *known;
    const ShapeExpr first = start ? position(*start, n, 0, n) : ShapeExpr(0);
    const ShapeExpr last = stop ? position(*stop, n, 0, n) : n;
    const ShapeExpr span = last - first;
    const ShapeExpr count = step.constant() == 1 ? span : (span + step - 1) / step;
    const bool is_count = first.constant() == 0 && is_never_negative(count);
    return {first, is_count ? count : ShapeExpr::maximum(0, count)};
  };
  const auto backward = [&]() -> Window {
    const ShapeExpr first = start ? position(*start, n, -1, n - 1) : n - 1;
    const ShapeExpr last = stop ? position(*stop, n, -1, n - 1) : ShapeExpr(-1);
    const ShapeExpr span = first - last, by = ShapeExpr(0) - step;
    return {first, ShapeExpr::maximum(0, step.constant() == -1 ? span : (span + by - 1) / by)};
  };
  if (const auto known = step.constant()) return *known > 0 ? forward() : backward();
  const ShapeExpr down = is_negative(step), up = ShapeExpr(1) - down;
  const Window to = forward(), from = backward();
  return {to.first * up + from.first * down, to.count * up + from.count * down};
}

bool keeps_flag(const IndexItem& item) {
  const bool from_start =
      item.start.is_absent() || (item.start.is_number() && item.start.number == 0);
  const bool upward = item.step.is_absent() || (item.step.is_number() && item.step.number > 0);
  const bool past_start =
      item.stop.is_absent() || (upward && item.stop.is_number() && item.stop.number > 0);
  return from_start && past_start;
}

}  // namespace

std::string IndexBound::text() const {
  if (is_absent()) return "";
  return is_number() ? base::format_number(number) : "int64";
}

std::string IndexItem::text() const {
  if (!is_slice) return start.text();
  const std::string range = start.text() + ":" + stop.text();
  return step.is_absent() ? range : range + ":" + step.text();
}

std::vector<bool> indexed_flags(const std::vector<bool>& broadcastable, const IndexItems& items) {
  std::vector<bool> flags;
  for (std::size_t i = 0; i < broadcastable.size(); ++i) {
    if (i >= items.size()) {
      flags.push_back(broadcastable[i]);
    } else if (items[i].is_slice) {
      flags.push_back(broadcastable[i] && keeps_flag(items[i]));
    }
  }
  return flags;
}

std::vector<ShapeExpr> indexed_shape(const std::vector<ShapeExpr>& shape, const IndexItems& items,
                                     const Variables& bounds) {
  std::vector<ShapeExpr> out;
  BoundReader read{bounds};
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (i >= items.size() || items[i].is_full()) {
      out.push_back(shape[i]);
    } else if (items[i].is_slice) {
      out.push_back(window_of(items[i], shape[i], read).count);
    } else {
      read(items[i].start);
    }
  }
  return out;
}

std::vector<ShapeExpr> slice_windows(const std::vector<ShapeExpr>& shape, const IndexItems& items,
                                     const Variables& bounds) {
  std::vector<ShapeExpr> out;
  BoundReader read{bounds};
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items[i].is_full()) continue;
    if (!items[i].is_slice) {
      read(items[i].start);
      continue;
    }
    const Window window = window_of(items[i], shape[i], read);
    out.push_back(window.first);
    out.push_back(window.count);
  }
  return out;
}

Apply Subtensor::make_node(Inputs arguments) const {
  const Variables inputs = on_host(arguments);
  KROTON_CHECK(!inputs.empty());
  const Variable& x = inputs[0];
  check_index(x, items_, Variables(inputs.begin() + 1, inputs.end()));
  return Apply(
      *this, inputs,
      {Variable(*x.type().with(x.dtype(), indexed_flags(x.type().broadcastable(), items_)))});
}

Shapes Subtensor::infer_shape(const Apply& node, Shapes in) const {
  if (!in[0]) return {std::nullopt};
  const Variables bounds(node.inputs().begin() + 1, node.inputs().end());
  std::vector<ShapeExpr> shape = indexed_shape(*in[0], items_, bounds);
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (node.outputs()[0].type().broadcastable()[i]) shape[i] = ShapeExpr(1);
  }
  return {shape};
}

Connections Subtensor::connection_pattern(const Apply& node) const {
  return first_connected(node, 1);
}

Variables Subtensor::grad(const Apply& node, Variables gz) const {
  const Variable& x = node.inputs()[0];
  Variables out(node.inputs().size(), disconnected());
  out[0] = zero_gradient(x);
  if (!is_discrete(x.dtype())) {
    Variables inputs = node.inputs();
    inputs[0] = out[0];
    inputs.insert(inputs.begin() + 1, gz[0]);
    out[0] = IncSubtensor(items_, false).make_node(inputs).outputs()[0];
  }
  return out;
}

Variables Subtensor::r_op(const Apply& node, Variables eval_points) const {
  return linear_r_op(*this, node, eval_points);
}

std::optional<kernel::Kernel> Subtensor::kernel(const Apply& node) const {
  const Variable &x = node.inputs()[0], &z = node.outputs()[0];
  if (node.inputs().size() != 1) return std::nullopt;
  Builder b("index");
  const int from = add_input(b, "x", x);
  const int to = add_output(b, "z", z);
  std::vector<std::vector<kernel::Dimension>> sources(z.ndim());
  std::vector<int> lengths(x.ndim(), -1);
  for (int d = 0, k = 0; d < static_cast<int>(x.ndim()); ++d) {
    const bool full =
        d >= static_cast<int>(items_.size()) || items_[static_cast<std::size_t>(d)].is_full();
    if (!full && items_[static_cast<std::size_t>(d)].is_slice == false) continue;
    const auto at = static_cast<std::size_t>(k++);
    if (z.type().broadcastable()[at]) continue;
    sources[at] = {{to, static_cast<int>(at)}};
    if (full) sources[at].push_back({from, d});
  }
  const Domain domain = outer_domain(b, sources);
  kernel::Access read{from, {}};
  for (std::size_t d = 0, k = 0; d < x.ndim(); ++d) {
    const bool full = d >= items_.size() || items_[d].is_full();
    if (full) {
      read.index.push_back(domain[k++]);
      continue;
    }
    const int n = b.extent("m" + std::to_string(d), {{from, static_cast<int>(d)}});
    const auto start = affine_start(items_[d], Affine::extent(n));
    if (!start) return std::nullopt;
    if (!items_[d].is_slice) {
      read.index.push_back(Affine::value(b.index(*start)));  // a value is what gets checked
      read.checked = true;
      continue;
    }
    const std::int64_t step = items_[d].step.is_absent() ? 1 : items_[d].step.number;
    read.index.push_back(*start + step * domain[k++]);
  }
  b.stage();
  b.store(to, domain, b.load(read));
  return b.finish();
}

void Subtensor::perform(const Apply&, std::span<const Value> inputs,
                        std::span<Value> output_storage) const {
  output_storage[0] = view_at(inputs[0].as<NDArray>(), items_, inputs.subspan(1));
}

Variable subtensor(const Variable& x, const IndexItems& items, const Variables& bounds) {
  Variables inputs{x};
  inputs.insert(inputs.end(), bounds.begin(), bounds.end());
  return Subtensor(items).make_node(inputs).outputs()[0];
}
}  // namespace kroton::tensor
