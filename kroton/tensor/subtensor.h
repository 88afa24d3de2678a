// SPDX-License-Identifier: BSD-3-Clause
// Basic indexing: integers, slices, newaxis and ellipsis, with constant or symbolic bounds; a view.
//   x[0]   x[{slice(1, n), newaxis, ellipsis, -1}]
// A slice keeps an axis broadcastable only when it starts at 0 and its constant stop is above 0 or
// absent; x[{slice(0, 1)}] never becomes broadcastable. An integer out of range is an error.
// Source: Theano's tensor/subtensor.py.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/op.h"
#include "kroton/graph/operand.h"
#include "kroton/ndarray/shape.h"

namespace kroton::tensor {
// A bound of a slice, or an integer index: absent, a number, or the node's next index input.
struct KROTON_API IndexBound {
  enum class Kind : std::uint8_t { absent, number, input };
  Kind kind = Kind::absent;
  std::int64_t number = 0;
  bool is_number() const { return kind == Kind::number; }
  bool is_input() const { return kind == Kind::input; }
  bool is_absent() const { return kind == Kind::absent; }
  std::string text() const;
  bool operator==(const IndexBound&) const = default;
};

// What one axis is indexed by: an integer (in `start`), or a slice.
struct KROTON_API IndexItem {
  bool is_slice = true;
  IndexBound start, stop, step;
  // The axis as it is.
  bool is_full() const {
    return is_slice && start.is_absent() && stop.is_absent() && step.is_absent();
  }
  std::string text() const;  // "2", "1:", "::-1", "int64:"
  bool operator==(const IndexItem&) const = default;
};
// One per indexed axis, from the first; axes behind them are taken whole.
using IndexItems = std::vector<IndexItem>;

class KROTON_API Subtensor : public OpOf<Subtensor> {
 public:
  explicit Subtensor(IndexItems items) : items_(std::move(items)) {}
  const IndexItems& items() const { return items_; }

  // Inputs: x, then one 0-d integer per bound of kind input, in order.
  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override;
  Connections connection_pattern(const Apply& node) const override;
  Variables grad(const Apply& node, Variables gz) const override;
  Variables r_op(const Apply& node, Variables eval_points) const override;
  std::optional<kernel::Kernel> kernel(const Apply& node) const override;
  void perform(const Apply& node, std::span<const Value> inputs,
               std::span<Value> output_storage) const override;
  Notation notation(const Apply& node, int output) const override;
  AliasMap view_map() const override { return {{0, {0}}}; }

 private:
  IndexItems items_;

 public:
  static constexpr std::string_view op_name = "Subtensor";
  static constexpr auto fields = std::tuple{Field{"index", &Subtensor::items_}};
};

// How ITEMS and the values of their inputs meet run-time values: the host index of each item.
KROTON_API std::vector<HostIndex> host_index(const IndexItems& items,
                                             std::span<const Value> bounds);
// The broadcast flags of x[ITEMS].
KROTON_API std::vector<bool> indexed_flags(const std::vector<bool>& broadcastable,
                                           const IndexItems& items);
// The shape of x[ITEMS]; BOUNDS are the node's index inputs.
KROTON_API std::vector<ShapeExpr> indexed_shape(const std::vector<ShapeExpr>& shape,
                                                const IndexItems& items, const Variables& bounds);
// Where each slice of ITEMS that is not full begins, and how many elements it takes: in order,
// FIRST and COUNT for each. Of no element, FIRST is still a place from -1 to the length.
KROTON_API std::vector<ShapeExpr> slice_windows(const std::vector<ShapeExpr>& shape,
                                                const IndexItems& items, const Variables& bounds);
// x[ITEMS], with BOUNDS for the items of kind input.
KROTON_API Variable subtensor(const Variable& x, const IndexItems& items, const Variables& bounds);
}  // namespace kroton::tensor
