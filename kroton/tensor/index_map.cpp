// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/detail/index_map.h"

#include <fmt/format.h>

#include "kroton/base/errors.h"

namespace kroton::tensor {
namespace {
std::size_t count_inputs(const IndexItems& items) {
  std::size_t n = 0;
  for (const IndexItem& item : items) {
    n += static_cast<std::size_t>(item.start.is_input()) + item.stop.is_input() +
         item.step.is_input();
  }
  return n;
}
}  // namespace

void check_index(const Variable& x, const IndexItems& items, const Variables& bounds) {
  if (items.size() > x.ndim()) {
    throw ValueError(fmt::format("index: {} indices are given; {} is {} and has {} axes",
                                 items.size(), x.text(), x.type().text(), x.ndim()));
  }
  KROTON_CHECK(bounds.size() == count_inputs(items));
  for (const Variable& bound : bounds) {
    if (!bound.type().is_array() || bound.ndim() != 0 || !is_integer(bound.dtype())) {
      throw TypeError(fmt::format("index: {} is {}; an index is a 0-d integer variable",
                                  bound.text(), bound.type().text()));
    }
  }
  for (const IndexItem& item : items) {
    if (item.is_slice && item.step.is_number() && item.step.number == 0) {
      throw ValueError("index: a slice has step 0; it must be another number");
    }
  }
}

std::optional<kernel::Affine> affine_start(const IndexItem& item, const kernel::Affine& n) {
  using kernel::Affine;
  if (item.start.is_input() || item.step.is_input()) return std::nullopt;
  const std::int64_t step = item.step.is_absent() ? 1 : item.step.number;
  if (item.start.is_absent()) return step > 0 ? Affine(0) : n - 1;
  const std::int64_t start = item.start.number;
  // A bound that lies outside moves to the edge, but then an upward slice from the start, and a
  // downward one from the end, takes no element at all.
  if (!item.is_slice || (start < 0) == (step < 0)) return start < 0 ? n + start : Affine(start);
  return std::nullopt;
}

std::optional<kernel::Affine> affine_stop(const IndexItem& item, const kernel::Affine& n) {
  using kernel::Affine;
  if (item.stop.is_input() || (!item.step.is_absent() && item.step.number != 1))
    return std::nullopt;
  if (item.stop.is_absent()) return n;
  return item.stop.number < 0 ? n + item.stop.number : Affine(item.stop.number);
}

std::vector<HostIndex> host_index(const IndexItems& items, std::span<const Value> bounds) {
  std::size_t next = 0;
  const auto read = [&](const IndexBound& bound) -> std::optional<std::int64_t> {
    if (bound.is_absent()) return std::nullopt;
    return bound.is_number() ? bound.number : bounds[next++].item<std::int64_t>();
  };
  std::vector<HostIndex> index;
  for (const IndexItem& item : items) {
    if (item.is_slice) {
      const auto start = read(item.start), stop = read(item.stop), step = read(item.step);
      index.emplace_back(kroton::slice(start, stop, step));
    } else {
      index.emplace_back(*read(item.start));
    }
  }
  return index;
}

NDArray view_at(const NDArray& x, const IndexItems& items, std::span<const Value> bounds) {
  const std::vector<HostIndex> index = host_index(items, bounds);
  for (std::size_t i = 0; i < index.size(); ++i) {
    const std::int64_t n = x.shape_data()[i];
    const auto* at = std::get_if<std::int64_t>(&index[i].value);
    if (at && (*at < -n || *at >= n)) {
      throw ValueError(
          fmt::format("index: {} is out of range for axis {} of length {}; {}", *at, i, n,
                      n == 0 ? "it has no element" : fmt::format("give {} to {}", -n, n - 1)));
    }
  }
  return x.slice(std::span<const HostIndex>(index));
}
}  // namespace kroton::tensor
