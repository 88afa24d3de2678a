// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/rewrites/stabilize.h"

#include <cmath>

#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/elemwise.h"
#include "kroton/tensor/reduce.h"
#include "kroton/tensor/rewrites/patterns.h"

namespace kroton::tensor {
namespace {
using namespace patterns;
using List = std::vector<rewrite::Equation>;

List log1p_forms() {
  const Pattern x = Pattern::any(0), y = Pattern::any(1);
  return {
      {log(1 + x), log1p(x)},           {log(1 - x), log1p(-x)},
      {log((1 + x) + y), log1p(x + y)}, {log((1 + x) - y), log1p(x - y)},
      {log((1 - x) + y), log1p(y - x)}, {log((1 - x) - y), log1p(-(x + y))},
  };
}

List expm1_forms() {
  const Pattern x = Pattern::any(0);
  return {{exp(x) - 1, expm1(x)}, {exp(x) + -1, expm1(x)}, {1 - exp(x), -expm1(x)}};
}

List exp_over_1_plus_exp_forms() {
  const Pattern x = Pattern::any(0), y = Pattern::any(1), real = x.when(is_real_array);
  return {{exp(real) / (1 + exp(x)), sigmoid(x)}, {y / (1 + exp(real)), y * sigmoid(-x)}};
}

List sigm_times_exp_forms() {
  const Pattern x = Pattern::any(0), real = x.when(is_real_array);
  return {{exp(real) * sigmoid(-x), sigmoid(x)}, {exp(-x) * sigmoid(x), sigmoid(-x)}};
}

List erf_forms() {
  const Pattern x = Pattern::any(0);
  return {
      {1 - erf(x), erfc(x)},   {1 + erf(x), erfc(-x)}, {erf(x) - 1, -erfc(x)},
      {erf(x) + -1, -erfc(x)}, {1 - erfc(x), erf(x)},  {erfc(x) - 1, -erf(x)},
      {erfc(x) + -1, -erf(x)},
  };
}

List log_add_forms() {
  const Pattern x = Pattern::any(0), y = Pattern::any(1), real = x.when(is_real_array);
  const Pattern larger = maximum(x, y);
  // Two infinities of one sign are their sum's logarithm; their difference is NaN.
  return {
      {log(exp(real) + exp(y)), switch_(isinf(larger), larger, larger + log1p(exp(-abs(x - y))))}};
}

List log_mul_forms() {
  const Pattern x = Pattern::any(0), y = Pattern::any(1), real = x.when(is_real_array);
  return {
      {log(exp(real) * y), x + log(y)},
      {log(exp(real) / y), x - log(y)},
      {log(y / exp(real)), log(y) - x},
      {log(sqr(real)), 2 * log(abs(x))},
  };
}

bool is_never_negative(const Variable& x) {
  const auto* row = row_of(x.owner());
  if (is_unsigned(x.dtype()) || is_bool(x.dtype())) return true;
  namespace op = scalars::op;
  for (const auto* positive : {&op::exp, &op::exp2, &op::sqr, &op::abs, &op::sigmoid, &op::softplus,
                               &op::sqrt, &op::erfc, &op::cosh}) {
    if (row == positive) return !is_complex(x.dtype()) && !is_discrete(x.dtype());
  }
  return false;
}

Variable like(double value, const Variable& x) {
  return x.type().with(x.dtype(), {})->make_constant(NDArray::full({}, value).astype(x.dtype()));
}
}  // namespace

std::optional<Variables> local_log_prod(const FunctionGraph&, const Apply& node) {
  if (!is(node, scalars::op::log)) return std::nullopt;
  const Apply above = node.inputs()[0].owner();
  const auto* prod = as<CAReduce>(above);
  if (!prod || prod->fold() != Fold::prod || !is_never_negative(above.inputs()[0]))
    return std::nullopt;
  const Variable& x = above.inputs()[0];
  if (!is_floating(x.dtype()) || prod->dtype() != x.dtype()) return std::nullopt;
  const CAReduce sum(Fold::sum, prod->axes(), prod->dtype(), prod->acc_dtype());
  return sum.make_node({log(x)}).outputs();
}

std::optional<Variables> local_log_pow(const FunctionGraph&, const Apply& node) {
  const Apply power = is(node, scalars::op::log) ? node.inputs()[0].owner() : Apply();
  if (!is(power, scalars::op::pow)) return std::nullopt;
  const Variable& x = power.inputs()[0];
  const auto exponent = rewrite::number_of(power.inputs()[1]);
  const DType dtype = node.outputs()[0].dtype();
  if (!exponent || !std::isfinite(*exponent) || *exponent == 0 || !is_floating(dtype) ||
      x.dtype() != dtype || power.outputs()[0].dtype() != dtype) {
    return std::nullopt;
  }
  const bool is_even = std::fmod(*exponent, 2) == 0;
  return Variables{mul(like(*exponent, x), log(is_even ? abs(x) : x))};
}

void install_stabilize(rewrite::Database& db) {
  const rewrite::Database::Tags tags{"stabilize", "specialize", "fast_run"};
  const rewrite::Tracks logs = tracks_rows({&scalars::op::log});
  const Pattern x = Pattern::any(0), real = x.when(is_real_array);
  add_equations(db, "logsigm_to_softplus", {{log(sigmoid(x)), -softplus(-x)}}, tags,
                "log(sigmoid(x)) is -softplus(-x).");
  add_equations(db, "log1msigm_to_softplus", {{log(1 - sigmoid(x)), -softplus(x)}}, tags,
                "log(1 - sigmoid(x)) is -softplus(x).");
  add_equations(db, "log1p_neg_sigmoid", {{log1p(-sigmoid(x)), -softplus(x)}}, tags,
                "log1p(-sigmoid(x)) is -softplus(x).");
  add_equations(db, "log1pexp_to_softplus", {{log1p(exp(real)), softplus(x)}}, tags,
                "log1p(exp(x)) is softplus(x).");
  add_equations(db, "local_log_add", log_add_forms(), tags,
                "log(exp(x) + exp(y)) is computed from the larger of the two, without overflow.");
  add_equations(
      db, "local_log_mul", log_mul_forms(), tags,
      "log(exp(x) * y), log(exp(x) / y) and log(y / exp(x)) keep x out of exp; log(sqr(x)) is 2 * log(abs(x)).");
  db.add("local_log_prod", local_log_prod, tags, logs,
         "log(prod(x)) is sum(log(x)) where x is never negative.");
  db.add("local_log_pow", local_log_pow, tags, logs,
         "log(x ** c) is c * log(x), of abs(x) for an even c.");
  add_equations(db, "local_log1p", log1p_forms(), tags,
                "log(1 + x) is log1p(x), log(1 - x) is log1p(-x), also with a further term.");
  add_equations(db, "local_expm1", expm1_forms(), tags,
                "exp(x) - 1 is expm1(x), 1 - exp(x) is -expm1(x).");
  add_equations(db, "local_1msigmoid", {{1 - sigmoid(x).when(is_used_once), sigmoid(-x)}}, tags,
                "1 - sigmoid(x) is sigmoid(-x) where the sigmoid has no other reader.");
  add_equations(db, "local_inv_1_plus_exp",
                {{1 / (1 + exp(real)), sigmoid(-x)}, {inv(1 + exp(real)), sigmoid(-x)}}, tags,
                "1 / (1 + exp(x)) is sigmoid(-x).");
  add_equations(db, "local_exp_over_1_plus_exp", exp_over_1_plus_exp_forms(), tags,
                "exp(x) / (1 + exp(x)) is sigmoid(x), y / (1 + exp(x)) is y * sigmoid(-x).");
  add_equations(db, "local_sigm_times_exp", sigm_times_exp_forms(), tags,
                "exp(x) * sigmoid(-x) is sigmoid(x).");
  add_equations(db, "local_one_minus_erf", erf_forms(), tags,
                "1 - erf(x) is erfc(x), 1 + erf(x) is erfc(-x), and back.");
}
}  // namespace kroton::tensor
