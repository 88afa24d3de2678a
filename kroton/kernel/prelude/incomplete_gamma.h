// SPDX-License-Identifier: BSD-3-Clause
// The incomplete gamma functions in double; float goes through double. P(a, x) by its series or Q(a, x) by Legendre's
// continued fraction, whichever is below one half; Q for small a and x without cancellation; from a = 10000 on Temme's
// uniform expansion (DLMF 8.12), where the other two take too many terms.
#pragma once
// m - log(1 + m), where r is 1 + m.
KFN k_f64 excess_of_log_f64(k_f64 m, k_f64 r) {
  int is_near = abs_f64(m) < 0.5;
  k_f64 near = is_near ? m : 0.0;
  k_f64 s = near / (2.0 + near);
  k_f64 z = s * s;
  k_f64 p = 1.0 / 33.0;
  p = KFMA_F64(p, z, 1.0 / 31.0);
  p = KFMA_F64(p, z, 1.0 / 29.0);
  p = KFMA_F64(p, z, 1.0 / 27.0);
  p = KFMA_F64(p, z, 1.0 / 25.0);
  p = KFMA_F64(p, z, 1.0 / 23.0);
  p = KFMA_F64(p, z, 1.0 / 21.0);
  p = KFMA_F64(p, z, 1.0 / 19.0);
  p = KFMA_F64(p, z, 1.0 / 17.0);
  p = KFMA_F64(p, z, 1.0 / 15.0);
  p = KFMA_F64(p, z, 1.0 / 13.0);
  p = KFMA_F64(p, z, 1.0 / 11.0);
  p = KFMA_F64(p, z, 1.0 / 9.0);
  p = KFMA_F64(p, z, 1.0 / 7.0);
  p = KFMA_F64(p, z, 1.0 / 5.0);
  p = KFMA_F64(p, z, 1.0 / 3.0);
  return is_near ? KFMA_F64(near, s, -2.0 * s * z * p) : m - log_f64(r);
}
// x^a exp(-x) / gamma(a + 1) for positive a and x.
KFN k_f64 gamma_density_f64(k_f64 a, k_f64 x) {
  int is_small = a < 20.0;
  k_f64 b = is_small ? a : 1.0;
  k_f64 y = x < 1500.0 ? x : 1500.0;
  k_f64 near = pow_f64(y, b) * exp_f64(-x) / gamma_f64(b + 1.0);
  k_f64 c = is_small ? 20.0 : a;
  k_f64 inverse = 1.0 / c;
  k_f64 e = -c * excess_of_log_f64((x - c) / c, x / c) - stirling_f64(inverse * inverse) * inverse;
  k_f64 far = exp_f64(e) / (2.50662827463100050242 * sqrt_f64(c));
  return is_small ? near : far;
}
// P(a, x) / gamma_density, the series for x not much above a.
KFN k_f64 lower_gamma_series_f64(k_f64 a, k_f64 x) {
  k_f64 sum = 1.0;
  k_f64 term = 1.0;
  k_f64 n = a;
  int left = 3000;
  while (left > 0 && term > sum * 0x1p-55) {
    n = n + 1.0;
    term = term * (x / n);
    sum = sum + term;
    left = left - 1;
  }
  return sum;
}
// Q(a, x) / (a gamma_density), the continued fraction for x > a by Lentz' method.
KFN k_f64 upper_gamma_fraction_f64(k_f64 a, k_f64 x) {
  k_f64 b = x + 1.0 - a;
  k_f64 c = 1e300;
  k_f64 d = 1.0 / b;
  k_f64 h = d;
  k_f64 i = 1.0;
  k_f64 factor = 2.0;
  while (i < 3000.0 && abs_f64(factor - 1.0) > 0x1p-53) {
    k_f64 numerator = i * (a - i);
    b = b + 2.0;
    d = 1.0 / KFMA_F64(numerator, d, b);
    c = b + numerator / c;
    factor = c * d;
    h = h * factor;
    i = i + 1.0;
  }
  return h;
}
// Q(a, x) for a < 1 and x <= 1.1, where it may be small beside P.
KFN k_f64 upper_gamma_small_f64(k_f64 a, k_f64 x) {
  k_f64 sum = 0.0;
  k_f64 term = 1.0;
  for (int n = 1; n < 24; ++n) {
    term = -term * x / (k_f64)n;
    sum = sum + term / (a + (k_f64)n);
  }
  k_f64 power = KFMA_F64(a, log_f64(x), -gamma_shift_f64(a).hi);
  return -expm1_f64(power) - exp_f64(power) * a * sum;
}
// P and Q for a >= 10000.
KFN k_pair_f64 gamma_parts_large_f64(k_f64 a, k_f64 x) {
  k_f64 m = (x - a) / a;
  k_f64 excess = excess_of_log_f64(m, x / a);
  k_f64 e = a * excess;
  int is_far = !(e < 745.0);
  k_f64 eta = sqrt_f64(2.0 * (is_far ? 0.0 : excess));
  eta = m < 0.0 ? -eta : eta;
  k_f64 c0 = 0x1.ef98008f5eec2p-44;
  c0 = KFMA_F64(c0, eta, -0x1.61ca701fd754ap-38);
  c0 = KFMA_F64(c0, eta, 0x1.ac9475c463659p-36);
  c0 = KFMA_F64(c0, eta, -0x1.0070a87340428p-34);
  c0 = KFMA_F64(c0, eta, -0x1.c0d9b6edf2b0bp-36);
  c0 = KFMA_F64(c0, eta, 0x1.f6e66d24d5c8ap-31);
  c0 = KFMA_F64(c0, eta, -0x1.2d2197c7a2faap-28);
  c0 = KFMA_F64(c0, eta, 0x1.6097d55c37c1cp-27);
  c0 = KFMA_F64(c0, eta, 0x1.ccf5ceb7f0d9fp-28);
  c0 = KFMA_F64(c0, eta, -0x1.7b5f9a2d0465cp-23);
  c0 = KFMA_F64(c0, eta, 0x1.bd6d21e4b4109p-21);
  c0 = KFMA_F64(c0, eta, -0x1.f1b22f594c6b5p-20);
  c0 = KFMA_F64(c0, eta, -0x1.255370652afc1p-19);
  c0 = KFMA_F64(c0, eta, 0x1.48c5892f7cd83p-15);
  c0 = KFMA_F64(c0, eta, -0x1.76e06fec7273bp-13);
  c0 = KFMA_F64(c0, eta, 0x1.71de3a556c734p-12);
  c0 = KFMA_F64(c0, eta, 0x1.2f684bda12f68p-10);
  c0 = KFMA_F64(c0, eta, -0x1.e573ac901e574p-7);
  c0 = KFMA_F64(c0, eta, 0x1.5555555555555p-4);
  c0 = KFMA_F64(c0, eta, -0x1.5555555555555p-2);
  k_f64 c1 = 0x1.c9b434bf3c34ep-32;
  c1 = KFMA_F64(c1, eta, -0x1.1564ecff73d58p-30);
  c1 = KFMA_F64(c1, eta, -0x1.349fbca3a377bp-36);
  c1 = KFMA_F64(c1, eta, 0x1.9aa7a30de114cp-27);
  c1 = KFMA_F64(c1, eta, -0x1.ee23d0cba8aeep-25);
  c1 = KFMA_F64(c1, eta, 0x1.280f2cde3f847p-23);
  c1 = KFMA_F64(c1, eta, 0x1.3f59230a8357cp-28);
  c1 = KFMA_F64(c1, eta, -0x1.b0bdfcc629cbap-20);
  c1 = KFMA_F64(c1, eta, 0x1.00a9cabd6b83ep-17);
  c1 = KFMA_F64(c1, eta, -0x1.2fa4ae89e5af0p-16);
  c1 = KFMA_F64(c1, eta, -0x1.af83440e53dbcp-22);
  c1 = KFMA_F64(c1, eta, 0x1.af83440e53dbcp-13);
  c1 = KFMA_F64(c1, eta, -0x1.0394f6f09e723p-10);
  c1 = KFMA_F64(c1, eta, 0x1.5ac056b015ac0p-9);
  c1 = KFMA_F64(c1, eta, -0x1.c71c71c71c71cp-9);
  c1 = KFMA_F64(c1, eta, -0x1.e573ac901e574p-10);
  k_f64 c2 = -0x1.c24bd0e740a6cp-33;
  c2 = KFMA_F64(c2, eta, 0x1.32ac81c15d3d7p-23);
  c2 = KFMA_F64(c2, eta, -0x1.522cb05171911p-21);
  c2 = KFMA_F64(c2, eta, 0x1.7058929663937p-20);
  c2 = KFMA_F64(c2, eta, 0x1.26154ae39151dp-25);
  c2 = KFMA_F64(c2, eta, -0x1.ac2d05890f2c3p-17);
  c2 = KFMA_F64(c2, eta, 0x1.bbf43daf4fe53p-15);
  c2 = KFMA_F64(c2, eta, -0x1.c253efaa1a932p-14);
  c2 = KFMA_F64(c2, eta, 0x1.0db20a88f4696p-19);
  c2 = KFMA_F64(c2, eta, 0x1.948b0fcd6e9e0p-11);
  c2 = KFMA_F64(c2, eta, -0x1.5f7268edab4c8p-9);
  c2 = KFMA_F64(c2, eta, 0x1.0ee643b990ee6p-8);
  k_f64 c3 = -0x1.7cd6f27b3f020p-18;
  c3 = KFMA_F64(c3, eta, 0x1.73df462204ef4p-17);
  c3 = KFMA_F64(c3, eta, -0x1.0152a1871f27ap-22);
  c3 = KFMA_F64(c3, eta, -0x1.3d2a3a29b5d9dp-14);
  c3 = KFMA_F64(c3, eta, 0x1.18b9b5bf2d984p-12);
  c3 = KFMA_F64(c3, eta, -0x1.ebfb188b7ca00p-12);
  c3 = KFMA_F64(c3, eta, 0x1.e13ce465fa859p-13);
  c3 = KFMA_F64(c3, eta, 0x1.547d93b34e2b6p-11);
  k_f64 inverse = 1.0 / a;
  k_f64 series = KFMA_F64(KFMA_F64(KFMA_F64(c3, inverse, c2), inverse, c1), inverse, c0);
  k_f64 s = exp_f64(-e) * series / (2.50662827463100050242 * sqrt_f64(a));
  k_f64 t = eta * sqrt_f64(0.5 * a);
  k_pair_f64 out;
  out.hi = is_far ? (x < a ? 0.0 : 1.0) : 0.5 * erfc_f64(-t) - s;
  out.lo = is_far ? (x < a ? 1.0 : 0.0) : KFMA_F64(0.5, erfc_f64(t), s);
  return out;
}
// hi is P(a, x), lo is Q(a, x).
KFN k_pair_f64 gamma_parts_f64(k_f64 a, k_f64 x) {
  k_f64 infinity = from_bits_f64(0x7ff0000000000000u);
  k_pair_f64 out;
  out.hi = 1.0;
  out.lo = 0.0;
  int is_ordinary = (a > 0.0) & (x > 0.0) & (a < infinity) & (x < infinity);
  if (is_ordinary & (a < 10000.0)) {
    k_f64 density = gamma_density_f64(a, x);
    int use_series = (x <= 1.1) | (x < a);
    if (use_series) {
      out.hi = density * lower_gamma_series_f64(a, x);
      out.lo = 1.0 - out.hi;
      int is_small = (a < 1.0) & (x <= 1.1) & (x <= 0.5 ? a * log_f64(x) >= -0.4 : x * 1.1 >= a);
      if (is_small) out.lo = upper_gamma_small_f64(a, x);
    } else {
      out.lo = density * a * upper_gamma_fraction_f64(a, x);
      out.hi = 1.0 - out.lo;
    }
  }
  if (is_ordinary & (a >= 10000.0)) out = gamma_parts_large_f64(a, x);
  int is_none = ((a > 0.0) & (x == 0.0)) | ((a == infinity) & (x < infinity));
  int is_undefined = (!((a >= 0.0) & (x >= 0.0))) | ((a == 0.0) & (x == 0.0)) | ((a == infinity) & (x == infinity));
  k_f64 undefined = from_bits_f64(0x7ff8000000000000u);
  out.hi = is_undefined ? undefined : (is_none ? 0.0 : out.hi);
  out.lo = is_undefined ? undefined : (is_none ? 1.0 : out.lo);
  return out;
}
KFN k_f64 gammainc_f64(k_f64 a, k_f64 x) {
  return gamma_parts_f64(a, x).hi;
}
KFN k_f64 gammaincc_f64(k_f64 a, k_f64 x) {
  return gamma_parts_f64(a, x).lo;
}
// x^a exp(-x) where gamma(a) overflows and what it is multiplied by need not.
KFN k_f64 gamma_power_f64(k_f64 a, k_f64 x) {
  return exp_f64(KFMA_F64(a, log_f64(x), -x));
}
KFN k_f64 gammal_f64(k_f64 a, k_f64 x) {
  k_f64 part = gamma_parts_f64(a, x).hi;
  if (part == part && a > 171.0 && x < a) return x == 0.0 ? 0.0 : gamma_power_f64(a, x) * lower_gamma_series_f64(a, x) / a;
  return part * gamma_f64(abs_f64(a));
}
KFN k_f64 gammau_f64(k_f64 a, k_f64 x) {
  k_f64 part = gamma_parts_f64(a, x).lo;
  if (part == part && a > 171.0 && x > a + 1.0) {
    return x * 0.5 < a * log_f64(x) + 800.0 ? gamma_power_f64(a, x) * upper_gamma_fraction_f64(a, x) : 0.0;
  }
  return part * gamma_f64(abs_f64(a));
}
// The chance that a chi-square variable of k degrees of freedom is above x; 1 for negative x.
KFN k_f64 chi2sf_f64(k_f64 x, k_f64 k) {
  return (x < 0.0) & (k > 0.0) ? 1.0 : gamma_parts_f64(0.5 * k, 0.5 * x).lo;
}
KFN k_f32 gammainc_f32(k_f32 a, k_f32 x) {
  return (k_f32)gammainc_f64((k_f64)a, (k_f64)x);
}
KFN k_f32 gammaincc_f32(k_f32 a, k_f32 x) {
  return (k_f32)gammaincc_f64((k_f64)a, (k_f64)x);
}
KFN k_f32 gammal_f32(k_f32 a, k_f32 x) {
  return (k_f32)gammal_f64((k_f64)a, (k_f64)x);
}
KFN k_f32 gammau_f32(k_f32 a, k_f32 x) {
  return (k_f32)gammau_f64((k_f64)a, (k_f64)x);
}
KFN k_f32 chi2sf_f32(k_f32 x, k_f32 k) {
  return (k_f32)chi2sf_f64((k_f64)x, (k_f64)k);
}
