// SPDX-License-Identifier: BSD-3-Clause
// An integer expression over extents of variables and integer scalars: what infer_shape is written
// in. The symbolic shape(x) (a graph) and the run-time shape program (numbers) both derive from it.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/variable.h"

namespace kroton::inline graph {
class KROTON_API ShapeExpr {
 public:
  enum class Kind : std::uint8_t {
    constant,
    scalar,
    extent,
    add,
    sub,
    mul,
    floor_div,
    mod,
    min,
    max
  };

  ShapeExpr(std::int64_t value);
  // The value of a 0-d integer variable; a constant's value when it is one.
  ShapeExpr(const Variable& scalar);
  // The length of VARIABLE along AXIS; 1 where its type says broadcastable.
  static ShapeExpr extent(const Variable& variable, int axis);
  // Reads as a 0-d int64 variable; defined by tensor/.
  operator Variable() const;

  Kind kind() const;
  std::optional<std::int64_t> constant() const;  // when it is one
  const Variable& variable() const;              // of a scalar or an extent
  int axis() const;
  const ShapeExpr& left() const;
  const ShapeExpr& right() const;
  const void* key() const { return node_.get(); }
  std::string text() const;
  bool same_as(const ShapeExpr& other) const;  // structurally

  // The value, given the lengths and scalars of the leaves; nothing when one is not known.
  using Lookup = std::function<std::optional<std::int64_t>(const ShapeExpr& leaf)>;
  std::optional<std::int64_t> evaluate(const Lookup& lookup) const;
  // The expression with leaves replaced; LOOKUP gives nothing to keep a leaf.
  using Replace = std::function<std::optional<ShapeExpr>(const ShapeExpr& leaf)>;
  ShapeExpr substitute(const Replace& replace) const;

  friend KROTON_API ShapeExpr operator+(const ShapeExpr& a, const ShapeExpr& b);
  friend KROTON_API ShapeExpr operator-(const ShapeExpr& a, const ShapeExpr& b);
  friend KROTON_API ShapeExpr operator*(const ShapeExpr& a, const ShapeExpr& b);
  friend KROTON_API ShapeExpr operator/(const ShapeExpr& a,
                                        const ShapeExpr& b);  // toward -inf; x / 0 is 0
  friend KROTON_API ShapeExpr operator%(const ShapeExpr& a,
                                        const ShapeExpr& b);  // sign of b; x % 0 is 0
  static ShapeExpr minimum(const ShapeExpr& a, const ShapeExpr& b);
  static ShapeExpr maximum(const ShapeExpr& a, const ShapeExpr& b);

 private:
  struct Node;
  explicit ShapeExpr(std::shared_ptr<const Node> node) : node_(std::move(node)) {}
  static ShapeExpr binary(Kind kind, const ShapeExpr& a, const ShapeExpr& b);
  std::shared_ptr<const Node> node_;
};

// Per output: nothing (unknown before it ran) or one expression per axis.
// nullopt, so also {{}}: unknown; {{{}}}: 0-d.
using Shapes = std::vector<std::optional<std::vector<ShapeExpr>>>;
}  // namespace kroton::inline graph
