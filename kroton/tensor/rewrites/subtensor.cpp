// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/rewrites/subtensor.h"

#include <algorithm>

#include "kroton/tensor/advanced_inc_subtensor.h"
#include "kroton/tensor/create.h"
#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/elemwise.h"
#include "kroton/tensor/inc_subtensor.h"
#include "kroton/tensor/length.h"
#include "kroton/tensor/nonzero.h"
#include "kroton/tensor/rewrites/patterns.h"
#include "kroton/tensor/shape.h"

namespace kroton::tensor {
namespace {
namespace op = scalars::op;

Variables from(const Variables& list, std::size_t first) {
  return Variables(list.begin() + static_cast<std::ptrdiff_t>(first), list.end());
}

// An item with the inputs that its bounds take.
struct OwnItem {
  IndexItem item = {};
  Variables bounds = {};
};
std::vector<OwnItem> own_items(const IndexItems& items, const Variables& bounds, std::size_t ndim) {
  std::vector<OwnItem> all;
  std::size_t next = 0;
  for (const IndexItem& item : items) {
    all.push_back({item});
    for (const IndexBound* bound : {&item.start, &item.stop, &item.step}) {
      if (bound->is_input()) all.back().bounds.push_back(bounds[next++]);
    }
  }
  all.resize(ndim);
  return all;
}

bool takes_all(const IndexItem& item) {
  const auto is_number = [](const IndexBound& bound, std::int64_t number) {
    return bound.is_absent() || (bound.is_number() && bound.number == number);
  };
  return item.is_slice && is_number(item.start, 0) && item.stop.is_absent() &&
         is_number(item.step, 1);
}
bool takes_all(const IndexItems& items) {
  return std::all_of(items.begin(), items.end(),
                     [](const IndexItem& item) { return takes_all(item); });
}

IndexBound number(std::int64_t value) { return {IndexBound::Kind::number, value}; }

// INNER, a slice from a >= 0 by one, then OUTER, of the same kind: x[a:b][c:d].
std::optional<IndexItem> merged_slices(const IndexItem& inner, const IndexItem& outer) {
  for (const IndexItem* item : {&inner, &outer}) {
    if (!item->is_slice || item->start.is_input() || item->stop.is_input()) return std::nullopt;
    if (!(item->step.is_absent() || (item->step.is_number() && item->step.number == 1)))
      return std::nullopt;
    if (item->start.is_number() && item->start.number < 0) return std::nullopt;
  }
  const std::int64_t skipped = inner.start.is_number() ? inner.start.number : 0;
  IndexItem item = inner;
  item.step = {};
  item.start = number(skipped + (outer.start.is_number() ? outer.start.number : 0));
  if (outer.stop.is_absent()) return item;
  const std::int64_t stop = outer.stop.number;
  if (inner.stop.is_absent()) {
    item.stop = number(stop < 0 ? stop : skipped + stop);
  } else if (inner.stop.number < 0 && stop < 0) {
    item.stop = number(inner.stop.number + stop);
  } else if (inner.stop.number >= 0 && stop >= 0) {
    item.stop = number(std::min(inner.stop.number, skipped + stop));
  } else {
    return std::nullopt;
  }
  return item;
}

// x[a::s][i]
std::optional<IndexItem> merged_index(const IndexItem& inner, const IndexItem& outer) {
  const bool counts = outer.start.is_number() && outer.start.number >= 0 && inner.is_slice &&
                      inner.stop.is_absent() && !inner.start.is_input() && !inner.step.is_input();
  if (!counts) return std::nullopt;
  const std::int64_t start = inner.start.is_number() ? inner.start.number : 0;
  const std::int64_t step = inner.step.is_number() ? inner.step.number : 1;
  if (start < 0 || step < 1) return std::nullopt;
  IndexItem item = outer;
  item.start = number(start + step * outer.start.number);
  return item;
}

std::optional<OwnItem> merged(const OwnItem& inner, const OwnItem& outer) {
  if (takes_all(inner.item)) return outer;
  if (takes_all(outer.item)) return inner;
  const auto item = outer.item.is_slice ? merged_slices(inner.item, outer.item)
                                        : merged_index(inner.item, outer.item);
  return item ? std::optional(OwnItem{*item, {}}) : std::nullopt;
}

// Y as what is written into a part of type LIKE, which lies in WHOLE at the node's index.
Variable as_part(const Variable& y, const Apply& part) {
  const Variable& z = part.outputs()[0];
  if (y.ndim() > z.ndim()) return {};
  Variable value = pad_left(y, z.ndim());
  if (value.dtype() != z.dtype()) value = elementwise(op::cast(z.dtype()), {value});
  if (value.type() == z.type()) return value;
  value = elementwise(op::second, {z, value});
  return value.type() == z.type() ? value : Variable();
}

bool is_zeros(const Variable& x) {
  const Apply node = x.owner();
  return as<Alloc>(node) && rewrite::number_of(node.inputs()[0]) == 0.0;
}
}  // namespace

std::optional<Variables> local_subtensor_merge(const FunctionGraph&, const Apply& node) {
  const auto* outer = as<Subtensor>(node);
  const Apply producer = outer ? node.inputs()[0].owner() : Apply();
  const auto* inner = as<Subtensor>(producer);
  if (!inner) return std::nullopt;
  const Variable& x = producer.inputs()[0];
  const auto inner_items = own_items(inner->items(), from(producer.inputs(), 1), x.ndim());
  const auto outer_items =
      own_items(outer->items(), from(node.inputs(), 1), producer.outputs()[0].ndim());
  IndexItems items;
  Variables bounds;
  std::size_t next = 0;
  for (const OwnItem& item : inner_items) {
    const auto both = item.item.is_slice ? merged(item, outer_items[next++]) : std::optional(item);
    if (!both) return std::nullopt;
    items.push_back(both->item);
    bounds.insert(bounds.end(), both->bounds.begin(), both->bounds.end());
  }
  const Variable with = subtensor(x, items, bounds);
  return with.type() == node.outputs()[0].type() ? std::optional(Variables{with}) : std::nullopt;
}

std::optional<Variables> local_subtensor_of_alloc(const FunctionGraph&, const Apply& node) {
  const auto* index = as<Subtensor>(node);
  const Apply alloc = index ? node.inputs()[0].owner() : Apply();
  if (!as<Alloc>(alloc)) return std::nullopt;
  const bool only_slices = std::all_of(index->items().begin(), index->items().end(),
                                       [](const IndexItem& item) { return item.is_slice; });
  const Variable& value = alloc.inputs()[0];
  const std::vector<bool>& flags = value.type().broadcastable();
  if (!only_slices || std::find(flags.begin(), flags.end(), false) != flags.end())
    return std::nullopt;
  std::vector<ShapeExpr> shape;
  for (const Variable& length : from(alloc.inputs(), 1)) shape.push_back(as_length(length));
  Variables inputs{value};
  for (const ShapeExpr& length : indexed_shape(shape, index->items(), from(node.inputs(), 1)))
    inputs.push_back(length);
  const Variable with = Alloc().make_node(inputs).outputs()[0];
  return with.type() == node.outputs()[0].type() ? std::optional(Variables{with}) : std::nullopt;
}

std::optional<Variables> local_subtensor_make_vector(const FunctionGraph&, const Apply& node) {
  const auto* index = as<Subtensor>(node);
  const Apply vector = index ? node.inputs()[0].owner() : Apply();
  if (!vector || index->items().size() != 1 || index->items()[0].is_slice ||
      !index->items()[0].start.is_number()) {
    return std::nullopt;
  }
  const bool is_shape = as<ShapeOf>(vector) != nullptr;
  if (!is_shape && !as<MakeVector>(vector)) return std::nullopt;
  const auto size =
      static_cast<std::int64_t>(is_shape ? vector.inputs()[0].ndim() : vector.inputs().size());
  std::int64_t at = index->items()[0].start.number;
  if (at < 0) at += size;
  if (at < 0 || at >= size) return std::nullopt;
  const Variable element = is_shape ? length_of(vector.inputs()[0], static_cast<int>(at))
                                    : vector.inputs()[static_cast<std::size_t>(at)];
  const DType dtype = node.outputs()[0].dtype();
  return Variables{element.dtype() == dtype ? element : elementwise(op::cast(dtype), {element})};
}

std::optional<Variables> local_subtensor_inc_subtensor(const FunctionGraph& fgraph,
                                                       const Apply& node) {
  const auto* index = as<Subtensor>(node);
  const Apply written = index ? node.inputs()[0].owner() : Apply();
  const auto* inc = as<IncSubtensor>(written);
  if (!inc || inc->inplace() || inc->items() != index->items() ||
      from(written.inputs(), 2) != from(node.inputs(), 1)) {
    return std::nullopt;
  }
  const Variable &x = written.inputs()[0], &y = written.inputs()[1];
  // Where the whole array is read too, a second reader of y would keep y out of its kernel.
  if (y.owner() && !patterns::is_used_once(fgraph, node.inputs()[0])) return std::nullopt;
  const Variable part = subtensor(x, index->items(), from(node.inputs(), 1));
  if (!(part.type() == node.outputs()[0].type())) return std::nullopt;
  const Variable value = as_part(y, part.owner());
  if (!value) return std::nullopt;
  return Variables{inc->set() ? value : elementwise(op::add, {part, value})};
}

std::optional<Variables> local_useless_inc_subtensor(const FunctionGraph&, const Apply& node) {
  const auto* inc = as<IncSubtensor>(node);
  if (!inc || inc->inplace()) return std::nullopt;
  const Variable &x = node.inputs()[0], &y = node.inputs()[1], &z = node.outputs()[0];
  const Variables bounds = from(node.inputs(), 2);
  const Apply part = y.owner();
  const auto* read = as<Subtensor>(part);
  if (inc->set() && read && part.inputs()[0] == x && read->items() == inc->items() &&
      from(part.inputs(), 1) == bounds && x.type() == z.type()) {
    return Variables{x};
  }
  const Apply before = x.owner();
  const auto* earlier = as<IncSubtensor>(before);
  if (inc->set() && earlier && !earlier->inplace() && earlier->items() == inc->items() &&
      from(before.inputs(), 2) == bounds && before.inputs()[0].type() == x.type()) {
    Variables inputs = node.inputs();
    inputs[0] = before.inputs()[0];
    return inc->make_node(inputs).outputs();
  }
  if (!takes_all(inc->items()) || !(x.type() == z.type()) || y.ndim() > z.ndim())
    return std::nullopt;
  Variable value = pad_left(y, z.ndim());
  if (value.dtype() != z.dtype()) value = elementwise(op::cast(z.dtype()), {value});
  if (!inc->set()) return Variables{elementwise(op::add, {x, value})};
  if (!(value.type() == z.type())) value = elementwise(op::second, {x, value});
  return value.type() == z.type() ? std::optional(Variables{value}) : std::nullopt;
}

std::optional<Variables> local_incsubtensor_of_zeros_to_setsubtensor(const FunctionGraph&,
                                                                     const Apply& node) {
  const auto* inc = as<IncSubtensor>(node);
  if (!inc || inc->set() || inc->inplace() || !is_zeros(node.inputs()[0])) return std::nullopt;
  return IncSubtensor(inc->items(), true).make_node(node.inputs()).outputs();
}

namespace {
// The mask whose true places INDICES are, for the first axes of X, or nothing. Its lengths are
// compared with those of x when it runs.
Variable mask_behind(const Variables& indices, const Variable& x) {
  const Apply found = indices.empty() ? Apply() : indices[0].owner();
  if (!found || !as<Nonzero>(found) || found.outputs() != indices ||
      found.inputs().size() != 1 + indices.size()) {
    return {};
  }
  const Variable& mask = found.inputs()[0];
  for (std::size_t d = 0; d < mask.ndim(); ++d) {
    if (mask.broadcastable()[d] != x.broadcastable()[d]) return {};
  }
  return is_bool(mask.dtype()) ? mask : Variable();
}
bool takes_first_axes(const std::vector<int>& axes) {
  for (std::size_t d = 0; d < axes.size(); ++d) {
    if (axes[d] != static_cast<int>(d)) return false;
  }
  return true;
}
// What stands in the places of X where MASK holds: one number for all, or the elements of another
// array there.
Variable value_at_mask(const Variable& y, const Variable& mask, const Variable& x) {
  const std::vector<bool> flags = y.broadcastable();
  if (std::all_of(flags.begin(), flags.end(), [](bool flag) { return flag; }))
    return shuffled(y, std::vector<int>(x.ndim(), DimShuffle::new_axis));
  const Apply part = y.owner();
  const auto* read = part ? as<AdvancedSubtensor>(part) : nullptr;
  if (!read || read->place() != 0 || !takes_first_axes(read->axes())) return {};
  const Variable& other = part.inputs()[0];
  const bool is_same =
      other.type() == x.type() && mask_behind(from(part.inputs(), 1), other) == mask;
  return is_same ? other : Variable();
}
}  // namespace

std::optional<Variables> local_set_at_mask(const FunctionGraph&, const Apply& node) {
  const auto* inc = as<AdvancedIncSubtensor>(node);
  if (!inc || inc->inplace() || inc->place() != 0 || !takes_first_axes(inc->axes()))
    return std::nullopt;
  const Variable& x = node.inputs()[0];
  const Variables indices = from(node.inputs(), 2);
  const Variable mask = mask_behind(indices, x);
  const Variable value = mask ? value_at_mask(node.inputs()[1], mask, x) : Variable();
  if (!value || value.dtype() != x.dtype()) return std::nullopt;
  std::vector<int> order(x.ndim(), DimShuffle::new_axis);
  for (std::size_t d = 0; d < mask.ndim(); ++d) order[d] = static_cast<int>(d);
  const Variable with = inc->set() ? value : elementwise(op::add, {x, value});
  const Variable z = elementwise(op::switch_, {shuffled(mask, order), with, x});
  return z.type() == node.outputs()[0].type() ? std::optional(Variables{z}) : std::nullopt;
}

void install_subtensor(rewrite::Database& db) {
  using rewrite::tracks;
  const rewrite::Database::Tags useless{"canonicalize", "specialize", "fast_run", "fast_compile"};
  const rewrite::Database::Tags tags{"canonicalize", "specialize", "fast_run"};
  db.add("local_subtensor_merge", local_subtensor_merge, tags, tracks<Subtensor>(),
         "x[a:b][c:d] is one Subtensor where the bounds are numbers or the axes differ.");
  db.add("local_subtensor_of_alloc", local_subtensor_of_alloc, tags, tracks<Subtensor>(),
         "A slice of a filled array is a smaller filled array.");
  db.add("local_subtensor_make_vector", local_subtensor_make_vector, useless, tracks<Subtensor>(),
         "An element of a vector of numbers is the number, one of a shape the length.");
  db.add("local_subtensor_inc_subtensor", local_subtensor_inc_subtensor, tags, tracks<Subtensor>(),
         "set_subtensor(x[i], y)[i] is y, inc_subtensor(x[i], y)[i] is x[i] + y.");
  db.add("local_useless_inc_subtensor", local_useless_inc_subtensor, tags, tracks<IncSubtensor>(),
         "set_subtensor(x[:], y) is y, set_subtensor(x[i], x[i]) is x, and only the last of two "
         "writes to one place is made.");
  db.add(
      "local_set_at_mask", local_set_at_mask, tags, tracks<AdvancedIncSubtensor>(),
      "set_subtensor(x[mask], y) is where(mask, y, x) if y is one number or z[mask], so that the "
      "places are not looked for; inc_subtensor likewise.");
  db.add("local_incsubtensor_of_zeros_to_setsubtensor", local_incsubtensor_of_zeros_to_setsubtensor,
         tags, tracks<IncSubtensor>(),
         "inc_subtensor into zeros is set_subtensor; an added -0.0 stays one.");
}
}  // namespace kroton::tensor
