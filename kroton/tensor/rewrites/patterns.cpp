// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/rewrites/patterns.h"

#include <algorithm>

#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/elemwise.h"

namespace kroton::tensor {
namespace {
Variable cast_to(const Variable& x, DType dtype) {
  return elementwise(scalars::op::cast(dtype), {x});
}
// A variable of X's shape that needs less computing: what an elementwise node reads.
Variable lender(Variable x) {
  for (;;) {
    const Apply node = x.owner();
    if (!as<Elemwise>(node)) return x;
    const auto alike = std::find_if(
        node.inputs().begin(), node.inputs().end(),
        [&](const Variable& input) { return input.broadcastable() == x.broadcastable(); });
    if (alike == node.inputs().end()) return x;
    x = *alike;
  }
}
}  // namespace

Variable conform(const Variable& x, const Apply& node) {
  const Variable& z = node.outputs()[0];
  if (x.ndim() > z.ndim() || x.dtype() != z.dtype()) return {};
  Variable with = pad_left(x, z.ndim());
  const auto gives_length = [&](const Variable& input) {
    const std::vector<bool>&from = input.type().broadcastable(), &to = with.type().broadcastable();
    for (std::size_t axis = 0; axis < to.size(); ++axis) {
      if (to[axis] && !from[axis]) return true;
    }
    return false;
  };
  for (const Variable& input : node.inputs()) {
    if (gives_length(input)) with = elementwise(scalars::op::second, {lender(input), with});
  }
  return with.type() == z.type() ? with : Variable();
}

rewrite::Equations equations(std::vector<rewrite::Equation> equations) {
  return rewrite::Equations(std::move(equations), {cast_to, conform});
}

void add_equations(rewrite::Database& db, std::string name, std::vector<rewrite::Equation> given,
                   rewrite::Database::Tags tags, std::string doc) {
  rewrite::Equations all = equations(std::move(given));
  const rewrite::Tracks tracks = all.tracks();
  db.add(std::move(name), std::move(all), std::move(tags), tracks, std::move(doc));
}

rewrite::Tracks tracks_rows(std::vector<const scalars::Row*> rows) {
  rewrite::Tracks tracks = rewrite::tracks<Elemwise>();
  tracks.variants.assign(rows.begin(), rows.end());
  return tracks;
}

namespace patterns {
Pattern row(const scalars::Row& row, std::vector<Pattern> inputs) {
  return Pattern(std::make_shared<const Elemwise>(row), std::move(inputs), row.traits.commutative);
}

Variable in_dtype(const Variable& x, DType dtype) {
  return x.dtype() == dtype ? x : elementwise(scalars::op::cast(dtype), {x});
}

bool is_used_once(const FunctionGraph& fgraph, const Variable& x) {
  return fgraph.clients(x).size() == 1;
}
bool is_float_array(const FunctionGraph&, const Variable& x) { return is_floating(x.dtype()); }
bool is_discrete_array(const FunctionGraph&, const Variable& x) { return is_discrete(x.dtype()); }
bool is_bool_array(const FunctionGraph&, const Variable& x) { return is_bool(x.dtype()); }
bool is_real_array(const FunctionGraph&, const Variable& x) { return !is_complex(x.dtype()); }
}  // namespace patterns
}  // namespace kroton::tensor
