// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/kernel/accumulators.h"

#include <limits>

#include "kroton/base/errors.h"
#include "kroton/kernel/builtin.h"

namespace kroton::kernel {
namespace {
using namespace builtin;

ExprId lowest(Builder& b, DType d) {
  if (is_floating(d)) return b.constant(d, -std::numeric_limits<double>::infinity());
  if (is_bool(d) || is_unsigned(d)) return b.constant(d, std::int64_t{0});
  return b.constant(d, std::numeric_limits<std::int64_t>::min() >> (64 - 8 * itemsize(d)));
}

ExprId highest(Builder& b, DType d) {
  if (is_floating(d)) return b.constant(d, std::numeric_limits<double>::infinity());
  if (is_bool(d)) return b.constant(d, std::int64_t{1});
  if (is_unsigned(d)) return b.constant(d, std::int64_t{-1});
  return b.constant(d, std::numeric_limits<std::int64_t>::max() >> (64 - 8 * itemsize(d)));
}

int extremum(Builder& b, DType d, bool largest) {
  KROTON_CHECK(!is_complex(d));
  return fold_accumulator(b, largest ? maximum : minimum, d,
                          largest ? lowest(b, d) : highest(b, d));
}

// Left stays when it is better, when it is NaN and right is not, or when both are alike and its
// index is lower. The identity's index is above every other.
int extremum_index(Builder& b, DType d, bool largest) {
  ExprId lv = b.left(d, 0), li = b.left(int64, 1), rv = b.right(d, 0), ri = b.right(int64, 1);
  ExprId stays = b.apply(largest ? gt : lt, {lv, rv}), alike = b.apply(eq, {lv, rv});
  if (is_floating(d)) {
    ExprId ln = b.apply(isnan, {lv}), rn = b.apply(isnan, {rv});
    stays = b.apply(logical_or, {stays, b.apply(logical_and, {ln, b.apply(logical_not, {rn})})});
    alike = b.apply(logical_or, {alike, b.apply(logical_and, {ln, rn})});
  }
  stays = b.apply(logical_or, {stays, b.apply(logical_and, {alike, b.apply(lt, {li, ri})})});
  Accumulator a{largest ? "argmax" : "argmin", {d, int64}, {}, {}};
  a.identity = {largest ? lowest(b, d) : highest(b, d),
                b.constant(int64, std::numeric_limits<std::int64_t>::max())};
  a.combine = {b.select(stays, lv, rv), b.select(stays, li, ri)};
  return b.accumulator(std::move(a));
}

int decided_by(Builder& b, const FunctionRef& f, bool absorbing) {
  Accumulator a{absorbing ? "any" : "all", {bool_}, {}, {}};
  a.identity = {b.constant(bool_, std::int64_t{!absorbing})};
  a.combine = {b.apply(f, {b.left(bool_), b.right(bool_)})};
  a.absorbing = b.constant(bool_, std::int64_t{absorbing});
  return b.accumulator(std::move(a));
}
}  // namespace

int fold_accumulator(Builder& b, const FunctionRef& f, DType d, ExprId identity) {
  Accumulator a{f->name, {d}, {identity}, {b.apply(f, {b.left(d), b.right(d)})}};
  return b.accumulator(std::move(a));
}

int sum_accumulator(Builder& b, DType d) {
  return fold_accumulator(b, add, d, b.constant(d, std::int64_t{0}));
}
int product_accumulator(Builder& b, DType d) {
  return fold_accumulator(b, mul, d, b.constant(d, std::int64_t{1}));
}
int max_accumulator(Builder& b, DType d) { return extremum(b, d, true); }
int min_accumulator(Builder& b, DType d) { return extremum(b, d, false); }
int argmax_accumulator(Builder& b, DType d) { return extremum_index(b, d, true); }
int argmin_accumulator(Builder& b, DType d) { return extremum_index(b, d, false); }
int any_accumulator(Builder& b) { return decided_by(b, logical_or, true); }
int all_accumulator(Builder& b) { return decided_by(b, logical_and, false); }

// Chan, Golub, LeVeque 1983, written so that an empty side changes nothing.
int moments_accumulator(Builder& b, DType d) {
  ExprId zero = b.constant(d, std::int64_t{0}), one = b.constant(d, std::int64_t{1});
  ExprId lm = b.left(d, 0), lv = b.left(d, 1), ln = b.left(d, 2);
  ExprId rm = b.right(d, 0), rv = b.right(d, 1), rn = b.right(d, 2);
  ExprId n = b.apply(add, {ln, rn}), delta = b.apply(sub, {rm, lm});
  ExprId share = b.apply(divide, {rn, b.apply(maximum, {n, one})});
  ExprId step = b.apply(mul, {delta, share});
  ExprId left_empty = b.apply(eq, {ln, zero}), right_empty = b.apply(eq, {rn, zero});
  auto unless_empty = [&](ExprId l, ExprId r, ExprId both) {
    return b.select(left_empty, r, b.select(right_empty, l, both));
  };
  ExprId mean = unless_empty(lm, rm, b.apply(add, {lm, step}));
  ExprId spread = b.apply(mul, {b.apply(mul, {delta, step}), ln});
  ExprId m2 = unless_empty(lv, rv, b.apply(add, {b.apply(add, {lv, rv}), spread}));
  return b.accumulator({"moments", {d, d, d}, {zero, zero, zero}, {mean, m2, n}});
}

int logsumexp_accumulator(Builder& b, DType d) {
  ExprId lm = b.left(d, 0), ls = b.left(d, 1), rm = b.right(d, 0), rs = b.right(d, 1);
  ExprId m = b.apply(maximum, {lm, rm});
  // Equal maxima scale by one: infinity minus infinity would be NaN.
  auto scaled = [&](ExprId max, ExprId sum) {
    ExprId scale = b.apply(kernel::builtin::exp, {b.apply(sub, {max, m})});
    return b.select(b.apply(eq, {max, m}), sum, b.apply(mul, {sum, scale}));
  };
  ExprId s = b.apply(add, {scaled(lm, ls), scaled(rm, rs)});
  return b.accumulator(
      {"logsumexp", {d, d}, {lowest(b, d), b.constant(d, std::int64_t{0})}, {m, s}});
}
}  // namespace kroton::kernel
