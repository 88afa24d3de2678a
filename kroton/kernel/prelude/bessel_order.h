// SPDX-License-Identifier: BSD-3-Clause
// Bessel functions of the first kind of any real order in double; float goes through double. jv: the power series while
// its first term is the largest, else recurrences that start from two orders in [0, 2), which are Hankel's expansion from
// x = 25 on and Miller's algorithm below (DLMF 10.74). iv: the power series, all of one sign, and Debye's expansion for
// orders above 5000. Orders of jv beyond 100000 whose values do not vanish give NaN.
#pragma once
// h^v / gamma(v + 1) as a product of two.
KFN k_pair_f64 power_over_gamma_f64(k_f64 v, k_f64 h) {
  int is_small = v < 20.0;
  k_f64 b = is_small ? v : 1.0;
  k_f64 c = is_small ? 20.0 : v;
  k_f64 inverse = 1.0 / c;
  k_f64 half_way = exp_f64(0.5 * c * (log_f64(h / c) + 1.0));
  k_pair_f64 out;
  out.hi = is_small ? pow_f64(h, b) / gamma_f64(b + 1.0) : half_way;
  out.lo = is_small ? 1.0 : half_way * exp_f64(-stirling_f64(inverse * inverse) * inverse) / (2.50662827463100050242 * sqrt_f64(c));
  return out;
}
// The sum of z^k / (k! (v + 1) ... (v + k)) for z = x^2 / 4 (I) or its negative (J).
KFN k_f64 bessel_series_f64(k_f64 v, k_f64 z) {
  k_f64 sum = 1.0;
  k_f64 term = 1.0;
  k_f64 k = 0.0;
  // beyond the order, and with terms that no longer count
  while (k < 20000.0 && (abs_f64(term) > abs_f64(sum) * 0x1p-56 || k + v < 0.0)) {
    k = k + 1.0;
    term = term * (z / (k * (v + k)));
    sum = sum + term;
  }
  return sum;
}
// J_v(x) for x >= 25 and 0 <= v < 2.
KFN k_f64 hankel_f64(k_f64 v, k_f64 x) {
  k_f64 p = 1.0;
  k_f64 q = 0.0;
  k_f64 term = 1.0;
  k_f64 k = 0.0;
  while (k < 40.0 && abs_f64(term) > 0x1p-56) {
    k_f64 odd = k + k + 1.0;
    term = term * (4.0 * v * v - odd * odd) / (8.0 * (k + 1.0) * x);
    q = q + term;
    k = k + 1.0;
    odd = k + k + 1.0;
    term = -term * (4.0 * v * v - odd * odd) / (8.0 * (k + 1.0) * x);
    p = p + term;
    k = k + 1.0;
  }
  k_f64 s = sin_f64(x);
  k_f64 c = cos_f64(x);
  k_f64 phase = KFMA_F64(0.5, v, 0.25);
  k_f64 phase_s = sin_of_pi_f64(phase);
  k_f64 phase_c = sin_of_pi_f64(phase + 0.5);
  k_f64 cosine = KFMA_F64(c, phase_c, s * phase_s);
  k_f64 sine = KFMA_F64(s, phase_c, -(c * phase_s));
  return 0.79788456080286535588 / sqrt_f64(x) * KFMA_F64(p, cosine, -(q * sine));
}
// J_f(x) and J_(f+1)(x) for 0 <= f < 1 and x >= 2: downwards from a high order, scaled by
// (x/2)^f = sum of (f + 2 j) gamma(f + j) / j! J_(f + 2 j)(x).
KFN k_pair_f64 first_orders_f64(k_f64 f, k_f64 x) {
  k_pair_f64 out;
  if (x >= 25.0) {
    out.hi = hankel_f64(f, x);
    out.lo = hankel_f64(f + 1.0, x);
  } else {
    k_f64 j = 20.0 + floor_f64(0.5 * x);
    k_f64 weight = gamma_f64(f + j) / gamma_f64(j + 1.0);
    k_f64 above = 0.0;
    k_f64 here = 1e-150;
    k_f64 sum = 0.0;
    while (j > 0.0) {
      k_f64 order = f + 2.0 * j;
      sum = KFMA_F64(order * weight, here, sum);
      weight = weight * (j / (f + j - 1.0));
      j = j - 1.0;
      k_f64 below = KFMA_F64(2.0 * order / x, here, -above);
      above = below;
      below = KFMA_F64(2.0 * (order - 1.0) / x, below, -here);
      here = below;
    }
    sum = KFMA_F64(gamma_f64(f + 1.0), here, sum);
    k_f64 scale = pow_f64(0.5 * x, f) / sum;
    out.hi = here * scale;
    out.lo = above * scale;
  }
  return out;
}
// J_v(x) for v > x, x >= 2, downwards from above v.
KFN k_f64 jv_above_f64(k_f64 v, k_f64 x, k_pair_f64 first) {
  k_f64 order = v + floor_f64(12.0 * exp_f64(log_f64(v) / 3.0)) + 30.0;
  k_f64 above = 0.0;
  k_f64 here = 1e-150;
  k_f64 wanted = 0.0;
  k_f64 left = floor_f64(order);
  k_f64 behind = left - floor_f64(v);
  while (left > 0.0) {
    wanted = behind == 0.0 ? here : wanted;
    behind = behind - 1.0;
    left = left - 1.0;
    k_f64 below = KFMA_F64(2.0 * order / x, here, -above);
    above = here;
    here = below;
    order = order - 1.0;
    k_f64 down = abs_f64(here) > 1e250 ? 1e-250 : 1.0;
    here = here * down;
    above = above * down;
    wanted = wanted * down;
  }
  return abs_f64(first.hi) > abs_f64(first.lo) ? wanted * (first.hi / here) : wanted * (first.lo / above);
}
// For x > 0 that is not infinite.
KFN k_f64 jv_positive_f64(k_f64 v, k_f64 x) {
  k_f64 z = 0.25 * x * x;
  if (z <= 1.0 || (v > 0.0 && z <= v + 1.0)) {
    k_pair_f64 first = power_over_gamma_f64(v, 0.5 * x);
    return first.hi * first.lo * bessel_series_f64(v, -z);
  }
  if (abs_f64(v) > 100000.0) return v > x + x ? 0.0 : from_bits_f64(0x7ff8000000000000u);
  k_f64 n = floor_f64(v);
  k_f64 f = v - n;
  k_pair_f64 first = first_orders_f64(f, x);
  if (v > x && n > 1.0) return jv_above_f64(v, x, first);
  k_f64 step = n > 0.0 ? 1.0 : -1.0;
  k_f64 left = n > 0.0 ? n - 1.0 : -n;
  k_f64 order = n > 0.0 ? f + 1.0 : f;
  k_f64 here = n > 0.0 ? first.lo : first.hi;
  k_f64 other = n > 0.0 ? first.hi : first.lo;
  while (left > 0.0) {
    k_f64 next = KFMA_F64(2.0 * order / x, here, -other);
    other = here;
    here = next;
    order = order + step;
    left = left - 1.0;
  }
  return here;
}
// What a function of |x| and |order| is to be multiplied by for x < 0 or, when ALTERNATES, a negative whole order.
KFN k_f64 sign_of_order_f64(k_f64 v, k_f64 x, int alternates) {
  int is_whole = floor_f64(v) == v;
  int is_odd = is_whole & (floor_f64(0.5 * v) != 0.5 * v);
  int minus = (x < 0.0) ^ (alternates & is_whole & (v < 0.0));
  k_f64 sign = is_odd & minus ? -1.0 : 1.0;
  return (x < 0.0) & !is_whole ? from_bits_f64(0x7ff8000000000000u) : sign;
}
KFN k_f64 jv_f64(k_f64 v, k_f64 x) {
  k_f64 infinity = from_bits_f64(0x7ff0000000000000u);
  k_f64 sign = sign_of_order_f64(v, x, 1);
  k_f64 order = floor_f64(v) == v ? abs_f64(v) : v;
  k_f64 a = abs_f64(x);
  if (!(abs_f64(v) < infinity) || x != x) return v + x - (v + x);
  if (a == infinity) return sign * 0.0;
  if (a == 0.0) return order == 0.0 ? 1.0 : (order > 0.0 ? 0.0 : infinity / gamma_f64(v + 1.0));
  return sign * jv_positive_f64(order, a);
}
// Debye's expansion of I_v(x) for large v.
KFN k_f64 iv_large_f64(k_f64 v, k_f64 x) {
  k_f64 z = x / v;
  k_f64 root = sqrt_f64(KFMA_F64(z, z, 1.0));
  k_f64 p = 1.0 / root;
  k_f64 q = p * p;
  k_f64 inverse = 1.0 / v;
  k_f64 u1 = p * KFMA_F64(-5.0, q, 3.0) / 24.0;
  k_f64 u2 = q * KFMA_F64(KFMA_F64(385.0, q, -462.0), q, 81.0) / 1152.0;
  k_f64 u3 = p * q * KFMA_F64(KFMA_F64(KFMA_F64(-425425.0, q, 765765.0), q, -369603.0), q, 30375.0) / 414720.0;
  k_f64 half_way = exp_f64(0.5 * v * (root + log_f64(z / (1.0 + root))));
  k_f64 series = KFMA_F64(KFMA_F64(KFMA_F64(u3, inverse, u2), inverse, u1), inverse, 1.0);
  return half_way * (series / (2.50662827463100050242 * sqrt_f64(v * root))) * half_way;
}
KFN k_f64 iv_f64(k_f64 v, k_f64 x) {
  k_f64 infinity = from_bits_f64(0x7ff0000000000000u);
  k_f64 sign = sign_of_order_f64(v, x, 0);
  k_f64 order = floor_f64(v) == v ? abs_f64(v) : v;
  k_f64 a = abs_f64(x);
  if (!(abs_f64(v) < infinity) || x != x) return v + x - (v + x);
  if (a == 0.0) return order == 0.0 ? 1.0 : (order > 0.0 ? 0.0 : infinity / gamma_f64(v + 1.0));
  if (order > 5000.0) return sign * iv_large_f64(order, a);
  if (a > 10000.0) return sign * infinity;
  k_pair_f64 first = power_over_gamma_f64(order, 0.5 * a);
  return sign * (first.hi * bessel_series_f64(order, 0.25 * a * a) * first.lo);
}
KFN k_f32 jv_f32(k_f32 v, k_f32 x) {
  return (k_f32)jv_f64((k_f64)v, (k_f64)x);
}
KFN k_f32 iv_f32(k_f32 v, k_f32 x) {
  return (k_f32)iv_f64((k_f64)v, (k_f64)x);
}
