// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/rewrites/specialize.h"

#include <cmath>

#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/elemwise.h"
#include "kroton/tensor/rewrites/patterns.h"

namespace kroton::tensor {
namespace {
namespace op = scalars::op;
constexpr int largest_power = 16;

// X to the power N > 0 by squaring.
Variable power(const Variable& x, int n) {
  Variable result, square = x;
  for (;; n /= 2) {
    if (n % 2 == 1) result = result ? elementwise(op::mul, {result, square}) : square;
    if (n <= 1) return result;
    square = elementwise(op::sqr, {square});
  }
}

Variable power_by_constant(const Variable& x, double exponent) {
  const bool is_float = is_floating(x.dtype());
  if (is_float && exponent == 0.5) return elementwise(op::sqrt, {x});
  if (is_float && exponent == -0.5) return elementwise(op::inv, {elementwise(op::sqrt, {x})});
  const double size = std::abs(exponent);
  if (size != std::floor(size) || size < 1 || size > largest_power) return {};
  if (exponent < 0 && !is_float) return {};
  const Variable positive = power(x, static_cast<int>(size));
  return exponent > 0 ? positive : elementwise(op::inv, {positive});
}
}  // namespace

std::optional<Variables> local_pow_specialize(const FunctionGraph&, const Apply& node) {
  if (!is(node, op::pow) || !node.op().destroy_map().empty()) return std::nullopt;
  const auto exponent = rewrite::number_of(node.inputs()[1]);
  const DType dtype = node.outputs()[0].dtype();
  if (!exponent || is_bool(dtype) || is_complex(dtype)) return std::nullopt;
  const Variable& x = node.inputs()[0];
  if (x.dtype() != dtype && !can_cast_safely(x.dtype(), dtype)) return std::nullopt;
  const Variable cast = x.dtype() == dtype ? x : elementwise(op::cast(dtype), {x});
  const Variable with = power_by_constant(cast, *exponent);
  return with ? std::optional(Variables{with}) : std::nullopt;
}

std::optional<Variables> local_div_to_mul(const FunctionGraph&, const Apply& node) {
  if (!is(node, op::true_div) || !node.op().destroy_map().empty()) return std::nullopt;
  const Variable &x = node.inputs()[0], &z = node.outputs()[0];
  const auto divisor = rewrite::number_of(node.inputs()[1]);
  if (!divisor || !is_floating(z.dtype()) || x.dtype() != z.dtype()) return std::nullopt;
  int exponent = 0;
  if (std::abs(std::frexp(*divisor, &exponent)) != 0.5) return std::nullopt;
  // 2 to the 10 and its reciprocal are normal numbers in every float dtype.
  if (std::abs(exponent) > 10) return std::nullopt;
  const auto type = z.type().with(z.dtype(), {});
  const Variable factor = type->make_constant(NDArray::full({}, 1 / *divisor).astype(z.dtype()));
  return Variables{elementwise(op::mul, {x, factor})};
}

// The reciprocal of a root neither overflows nor vanishes, whatever the root is of.
std::optional<Variables> local_div_by_stretched_root(const FunctionGraph&, const Apply& node) {
  if (!is(node, op::true_div) || !node.op().destroy_map().empty()) return std::nullopt;
  const Variable &x = node.inputs()[0], &y = node.inputs()[1], &z = node.outputs()[0];
  const bool is_native = z.dtype() == float32 || z.dtype() == float64;
  if (!is_native || x.dtype() != z.dtype() || y.dtype() != z.dtype()) return std::nullopt;
  bool stretched = false;
  for (std::size_t d = 0; d < z.ndim(); ++d)
    stretched = stretched || (y.broadcastable()[d] && !x.broadcastable()[d]);
  const Apply shuffle = y.owner();
  const bool is_shuffled = shuffle && as<DimShuffle>(shuffle);
  const Apply root = is_shuffled ? shuffle.inputs()[0].owner() : shuffle;
  if (!stretched || !root || !is(root, op::sqrt)) return std::nullopt;
  Variable inverse = elementwise(op::inv, {root.outputs()[0]});
  if (is_shuffled) inverse = shuffle.op().make_node({inverse}).outputs()[0];
  return Variables{elementwise(op::mul, {x, inverse})};
}

void install_specialize(rewrite::Database& db) {
  using namespace patterns;
  const Pattern x = Pattern::any(0), real = x.when(is_real_array);
  const rewrite::Database::Tags tags{"specialize", "fast_run"};
  add_equations(db, "local_mul_to_sqr", {{x * x, sqr(x)}}, tags, "x * x is sqr(x).");
  add_equations(db, "local_mul_specialize", {{x * -1, -x}}, tags, "x * -1 is -x.");
  add_equations(db, "local_div_to_inv", {{1 / x, inv(x)}}, tags, "1 / x is inv(x).");
  db.add("local_div_to_mul", local_div_to_mul, tags, tracks_rows({&op::true_div}),
         "x / c is x * (1 / c) where that is exact: c a power of two.");
  db.add(
      "local_div_by_stretched_root", local_div_by_stretched_root, tags,
      tracks_rows({&op::true_div}),
      "x / sqrt(y), where y is stretched over x, is x * (1 / sqrt(y)), which rounds differently: "
      "one division for a whole row.");
  db.add(
      "local_pow_specialize", local_pow_specialize, tags, tracks_rows({&op::pow}),
      "x ** c is made of squares and products, their reciprocal, or a square root (of which that "
      "of -0.0 and of -inf differ from the power), for whole c up to 16 and 0.5.");
}
}  // namespace kroton::tensor
