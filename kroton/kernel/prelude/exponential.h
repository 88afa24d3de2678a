// SPDX-License-Identifier: BSD-3-Clause
// exp, exp2, expm1, log, log2, log10, log1p and pow of one number, float and double. Branch-free: they vectorise.
// Coefficients: tools/make_coefficients.py. Numbers are split with the magic-number trick (adding 1.5 * 2^23 or
// 1.5 * 2^52 leaves the rounded integer in the low bits), which is defined for NaN and for every size.
#pragma once
// 2^n for -126 <= n <= 127; t is n + 1.5 * 2^23.
KFN k_f32 power_of_two_f32(k_f32 t) {
  return from_bits_f32((bits_f32(t) + 127u) << 23);
}
KFN k_f64 power_of_two_f64(k_f64 t) {
  return from_bits_f64((bits_f64(t) + 1023u) << 52);
}
// y * 2^n for |n| <= 250 (2000), rounded once where the result is subnormal.
KFN k_f32 scale_f32(k_f32 y, k_f32 n) {
  k_f32 t = KFMA_F32(n, 0.5f, 0x1.8p23f);
  return y * power_of_two_f32(t) * power_of_two_f32((n - (t - 0x1.8p23f)) + 0x1.8p23f);
}
KFN k_f64 scale_f64(k_f64 y, k_f64 n) {
  k_f64 t = KFMA_F64(n, 0.5, 0x1.8p52);
  return y * power_of_two_f64(t) * power_of_two_f64((n - (t - 0x1.8p52)) + 0x1.8p52);
}
KFN k_f32 exp_f32(k_f32 x) {
  x = x > 89.0f ? 89.0f : x;
  x = x < -104.5f ? -104.5f : x;
  k_f32 n = KFMA_F32(x, 0x1.715476p+0f, 0x1.8p23f) - 0x1.8p23f;
  k_f32 r = KFMA_F32(n, 0x1.05c610p-29f, KFMA_F32(n, -0x1.62e430p-1f, x));
  k_f32 p = 0x1.6a1acp-10f;
  p = KFMA_F32(p, r, 0x1.123fb8p-7f);
  p = KFMA_F32(p, r, 0x1.555916p-5f);
  p = KFMA_F32(p, r, 0x1.55548ap-3f);
  p = KFMA_F32(p, r, 0x1.fffffcp-2f);
  return scale_f32(KFMA_F32(r * r, p, r) + 1.0f, n);
}
// exp(x + low) for |low| far below |x|.
KFN k_f64 exp_sum_f64(k_f64 x, k_f64 low) {
  low = abs_f64(x) < 760.0 ? low : 0.0;
  x = x > 760.0 ? 760.0 : x;
  x = x < -760.0 ? -760.0 : x;
  k_f64 n = KFMA_F64(x, 0x1.71547652b82fep+0, 0x1.8p52) - 0x1.8p52;
  k_f64 r = KFMA_F64(n, -0x1.abc9e3b39803fp-56, KFMA_F64(n, -0x1.62e42fefa39efp-1, x)) + low;
  k_f64 p = 0x1.ad7c0678b6203p-26;
  p = KFMA_F64(p, r, 0x1.28b1658ff30ccp-22);
  p = KFMA_F64(p, r, 0x1.71df2e3c7b2ecp-19);
  p = KFMA_F64(p, r, 0x1.a01995f0e768ap-16);
  p = KFMA_F64(p, r, 0x1.a01a012346d67p-13);
  p = KFMA_F64(p, r, 0x1.6c16c1859aa41p-10);
  p = KFMA_F64(p, r, 0x1.11111111299fp-7);
  p = KFMA_F64(p, r, 0x1.5555555550259p-5);
  p = KFMA_F64(p, r, 0x1.55555555554fp-3);
  p = KFMA_F64(p, r, 0x1.000000000000bp-1);
  return scale_f64(KFMA_F64(r * r, p, r) + 1.0, n);
}
KFN k_f64 exp_f64(k_f64 x) {
  return exp_sum_f64(x, 0.0);
}
KFN k_f32 exp2_f32(k_f32 x) {
  x = x > 129.0f ? 129.0f : x;
  x = x < -151.0f ? -151.0f : x;
  k_f32 n = (x + 0x1.8p23f) - 0x1.8p23f;
  k_f32 r = x - n;
  k_f32 p = 0x1.41fbcap-13f;
  p = KFMA_F32(p, r, 0x1.5f3e44p-10f);
  p = KFMA_F32(p, r, 0x1.3b2d4cp-7f);
  p = KFMA_F32(p, r, 0x1.c6aee8p-5f);
  p = KFMA_F32(p, r, 0x1.ebfbdcp-3f);
  p = KFMA_F32(p, r, 0x1.62e43p-1f);
  return scale_f32(KFMA_F32(r, p, 1.0f), n);
}
KFN k_f64 exp2_f64(k_f64 x) {
  x = x > 1030.0 ? 1030.0 : x;
  x = x < -1080.0 ? -1080.0 : x;
  k_f64 n = (x + 0x1.8p52) - 0x1.8p52;
  k_f64 r = x - n;
  k_f64 p = 0x1.e79bfff30e87ap-32;
  p = KFMA_F64(p, r, 0x1.e61b4de38fe4ap-28);
  p = KFMA_F64(p, r, 0x1.b5267ca07b7abp-24);
  p = KFMA_F64(p, r, 0x1.62bfc79dff012p-20);
  p = KFMA_F64(p, r, 0x1.ffcbfba9a8fa2p-17);
  p = KFMA_F64(p, r, 0x1.4309130ed8ac9p-13);
  p = KFMA_F64(p, r, 0x1.5d87fe78cd61ap-10);
  p = KFMA_F64(p, r, 0x1.3b2ab6fba0119p-7);
  p = KFMA_F64(p, r, 0x1.c6b08d7049fe8p-5);
  p = KFMA_F64(p, r, 0x1.ebfbdff82c5a4p-3);
  p = KFMA_F64(p, r, 0x1.62e42fefa39efp-1);
  return scale_f64(KFMA_F64(r, p, 1.0), n);
}
// exp(x) = 2^lo * (1 + hi) with |hi| < 0.42.
KFN k_pair_f32 expm1_split_f32(k_f32 x) {
  k_f32 n = KFMA_F32(x, 0x1.715476p+0f, 0x1.8p23f) - 0x1.8p23f;
  k_f32 r = KFMA_F32(n, 0x1.05c610p-29f, KFMA_F32(n, -0x1.62e430p-1f, x));
  k_f32 p = 0x1.a0337ep-13f;
  p = KFMA_F32(p, r, 0x1.6d78cep-10f);
  p = KFMA_F32(p, r, 0x1.11118ep-7f);
  p = KFMA_F32(p, r, 0x1.5554aap-5f);
  p = KFMA_F32(p, r, 0x1.555554p-3f);
  p = KFMA_F32(p, r, 0x1p-1f);
  k_pair_f32 out;
  out.hi = KFMA_F32(r * r, p, r);
  out.lo = n;
  return out;
}
KFN k_pair_f64 expm1_split_f64(k_f64 x) {
  k_f64 n = KFMA_F64(x, 0x1.71547652b82fep+0, 0x1.8p52) - 0x1.8p52;
  k_f64 r = KFMA_F64(n, -0x1.abc9e3b39803fp-56, KFMA_F64(n, -0x1.62e42fefa39efp-1, x));
  k_f64 p = 0x1.1ee87ac5b3554p-29;
  p = KFMA_F64(p, r, 0x1.af636d2cb8769p-26);
  p = KFMA_F64(p, r, 0x1.27e5387c583aap-22);
  p = KFMA_F64(p, r, 0x1.71ddf5da9492ep-19);
  p = KFMA_F64(p, r, 0x1.a01a017998631p-16);
  p = KFMA_F64(p, r, 0x1.a01a01b0c8833p-13);
  p = KFMA_F64(p, r, 0x1.6c16c16c1fb2bp-10);
  p = KFMA_F64(p, r, 0x1.111111110f4b5p-7);
  p = KFMA_F64(p, r, 0x1.555555555553cp-5);
  p = KFMA_F64(p, r, 0x1.5555555555559p-3);
  p = KFMA_F64(p, r, 0x1p-1);
  k_pair_f64 out;
  out.hi = KFMA_F64(r * r, p, r);
  out.lo = n;
  return out;
}
KFN k_f32 expm1_f32(k_f32 x) {
  k_f32 a = x > 88.9f ? 88.9f : x;
  k_pair_f32 e = expm1_split_f32(a < -18.0f ? -18.0f : a);
  k_f32 halved = power_of_two_f32(e.lo + (0x1.8p23f - 1.0f));
  k_f32 y = KFMA_F32(halved, e.hi, halved - 0.5f);
  return abs_f32(x) < 0x1p-26f ? x : y + y;
}
KFN k_f64 expm1_f64(k_f64 x) {
  k_f64 a = x > 709.9 ? 709.9 : x;
  k_pair_f64 e = expm1_split_f64(a < -40.0 ? -40.0 : a);
  k_f64 halved = power_of_two_f64(e.lo + (0x1.8p52 - 1.0));
  k_f64 y = KFMA_F64(halved, e.hi, halved - 0.5);
  return abs_f64(x) < 0x1p-55 ? x : y + y;
}
// log(1 + f) + k log(2) for 1 + f in [sqrt(1/2), sqrt(2)].
KFN k_f32 log_sum_f32(k_f32 f, k_f32 k) {
  k_f32 z = f * f;
  k_f32 p = 0x1.15bd1cp-4f;
  p = KFMA_F32(p, f, -0x1.e091aap-4f);
  p = KFMA_F32(p, f, 0x1.e79724p-4f);
  p = KFMA_F32(p, f, -0x1.fbd098p-4f);
  p = KFMA_F32(p, f, 0x1.23279p-3f);
  p = KFMA_F32(p, f, -0x1.555dep-3f);
  p = KFMA_F32(p, f, 0x1.99a57cp-3f);
  p = KFMA_F32(p, f, -0x1.000004p-2f);
  p = KFMA_F32(p, f, 0x1.555546p-2f);
  k_f32 y = KFMA_F32(z, -0.5f, z * f * p);
  y = KFMA_F32(k, -0x1.05c610p-29f, y);
  return KFMA_F32(k, 0x1.62e430p-1f, f + y);
}
KFN k_f64 log_sum_f64(k_f64 f, k_f64 k) {
  k_f64 s = f / (2.0 + f);
  k_f64 z = s * s;
  k_f64 p = 0x1.2f4e43257b3dcp-3;
  p = KFMA_F64(p, z, 0x1.399acfc0876cbp-3);
  p = KFMA_F64(p, z, 0x1.74668041b9a0bp-3);
  p = KFMA_F64(p, z, 0x1.c71c50dbcb054p-3);
  p = KFMA_F64(p, z, 0x1.249249434e06bp-2);
  p = KFMA_F64(p, z, 0x1.999999997e6c3p-2);
  p = KFMA_F64(p, z, 0x1.5555555555596p-1);
  k_f64 h = 0.5 * f * f;
  k_f64 y = KFMA_F64(s, KFMA_F64(z, p, h), KFMA_F64(k, 0x1.abc9e3b39803fp-56, -h));
  return KFMA_F64(k, 0x1.62e42fefa39efp-1, f + y);
}
// x = 2^lo * (1 + hi), 1 + hi in [sqrt(1/2), sqrt(2)], for positive finite x.
KFN k_pair_f32 log_split_f32(k_f32 x) {
  k_f32 up = x < 0x1p-126f ? 0x1p24f : 1.0f;
  k_u32 bits = bits_f32(x * up) - 0x3f3504f3u;
  k_pair_f32 out;
  out.hi = from_bits_f32((bits & 0x007fffffu) + 0x3f3504f3u) - 1.0f;
  out.lo = (k_f32)((k_i32)bits >> 23) - (x < 0x1p-126f ? 24.0f : 0.0f);
  return out;
}
KFN k_pair_f64 log_split_f64(k_f64 x) {
  k_f64 up = x < 0x1p-1022 ? 0x1p54 : 1.0;
  k_u64 bits = bits_f64(x * up) - 0x3fe6a09e667f3bcdu;
  k_pair_f64 out;
  out.hi = from_bits_f64((bits & 0x000fffffffffffffu) + 0x3fe6a09e667f3bcdu) - 1.0;
  k_u64 exponent = ((bits + 0x7ff0000000000000u) >> 52) | 0x4330000000000000u;
  out.lo = (from_bits_f64(exponent) - (0x1p52 + 2047.0)) - (x < 0x1p-1022 ? 54.0 : 0.0);
  return out;
}
// What every logarithm gives where it is not finite: x is its argument, y the computed value.
KFN k_f32 log_ends_f32(k_f32 x, k_f32 y) {
  y = x < from_bits_f32(0x7f800000u) ? y : x;
  y = x == 0.0f ? from_bits_f32(0xff800000u) : y;
  return x < 0.0f ? from_bits_f32(0x7fc00000u) : y;
}
KFN k_f64 log_ends_f64(k_f64 x, k_f64 y) {
  y = x < from_bits_f64(0x7ff0000000000000u) ? y : x;
  y = x == 0.0 ? from_bits_f64(0xfff0000000000000u) : y;
  return x < 0.0 ? from_bits_f64(0x7ff8000000000000u) : y;
}
KFN k_f32 log_f32(k_f32 x) {
  k_pair_f32 m = log_split_f32(x);
  return log_ends_f32(x, log_sum_f32(m.hi, m.lo));
}
KFN k_f64 log_f64(k_f64 x) {
  k_pair_f64 m = log_split_f64(x);
  return log_ends_f64(x, log_sum_f64(m.hi, m.lo));
}
// With u = 1 + x = 2^k m, f = x 2^-k + (2^-k - 1) is m - 1 rounded once, and x itself when k is 0.
KFN k_f32 log1p_f32(k_f32 x) {
  k_u32 bits = bits_f32(1.0f + x) - 0x3f3504f3u;
  k_i32 k = (k_i32)bits >> 23;
  k_f32 down = from_bits_f32((129u - (k_u32)k) << 23);
  k_f32 f = KFMA_F32(x * 0.25f, down, KFMA_F32(0.25f, down, -1.0f));
  k_f32 y = log_sum_f32(f, (k_f32)k);
  y = abs_f32(x) < 0x1p-26f ? x : y;
  y = x < from_bits_f32(0x7f800000u) ? y : x;
  y = x == -1.0f ? from_bits_f32(0xff800000u) : y;
  return x < -1.0f ? from_bits_f32(0x7fc00000u) : y;
}
KFN k_f64 log1p_f64(k_f64 x) {
  k_u64 bits = bits_f64(1.0 + x) - 0x3fe6a09e667f3bcdu;
  k_u64 exponent = ((bits + 0x7ff0000000000000u) >> 52);
  k_f64 k = from_bits_f64(exponent | 0x4330000000000000u) - (0x1p52 + 2047.0);
  k_f64 down = from_bits_f64((3072u - exponent) << 52);
  k_f64 f = KFMA_F64(x * 0.25, down, KFMA_F64(0.25, down, -1.0));
  k_f64 y = log_sum_f64(f, k);
  y = abs_f64(x) < 0x1p-55 ? x : y;
  y = x < from_bits_f64(0x7ff0000000000000u) ? y : x;
  y = x == -1.0 ? from_bits_f64(0xfff0000000000000u) : y;
  return x < -1.0 ? from_bits_f64(0x7ff8000000000000u) : y;
}
// log(1 + f) as the sum of two doubles, about 2^-66 relative, for 1 + f in [sqrt(1/2), sqrt(2)].
KFN k_pair_f64 log_twice_f64(k_f64 f) {
  k_f64 d = 2.0 + f;
  k_f64 d_low = f - (d - 2.0);
  k_f64 inverse = 1.0 / d;
  k_f64 s = f * inverse;
  k_f64 s_low = KFMA_F64(-s, d_low, KFMA_F64(-s, d, f)) * inverse;
  k_f64 z = s * s;
  k_f64 z_low = KFMA_F64(s + s, s_low, KFMA_F64(s, s, -z));
  k_f64 p = 0x1.eba3b21fbad3dp-4;
  p = KFMA_F64(p, z, 0x1.de21cb5840ce5p-4);
  p = KFMA_F64(p, z, 0x1.1121253407a0dp-3);
  p = KFMA_F64(p, z, 0x1.3b135fcd9083ap-3);
  p = KFMA_F64(p, z, 0x1.745d183d44407p-3);
  p = KFMA_F64(p, z, 0x1.c71c71c56982ap-3);
  p = KFMA_F64(p, z, 0x1.24924924930f6p-2);
  p = KFMA_F64(p, z, 0x1.9999999999995p-2);
  p = p * z;
  k_f64 t = 0x1.5555555555555p-1 + p;
  k_f64 t_low = ((0x1.5555555555555p-1 - t) + p) + 0x1.5555555555555p-55;
  k_f64 u = z * t;
  k_f64 u_low = KFMA_F64(z, t_low, KFMA_F64(z_low, t, KFMA_F64(z, t, -u)));
  k_f64 v = s * u;
  k_f64 v_low = KFMA_F64(s, u_low, KFMA_F64(s_low, u, KFMA_F64(s, u, -v)));
  k_f64 two = s + s;
  k_pair_f64 out;
  out.hi = two + v;
  out.lo = ((two - out.hi) + v) + (v_low + (s_low + s_low));
  return out;
}
// (a.hi + a.lo) * (b + b_low) + (k + k_low), rounded once.
KFN k_f64 log_base_f64(k_pair_f64 a, k_f64 b, k_f64 b_low, k_f64 k, k_f64 k_low) {
  k_f64 h = a.hi * b;
  k_f64 low = KFMA_F64(a.hi, b_low, KFMA_F64(a.lo, b, KFMA_F64(a.hi, b, -h)));
  k_f64 sum = k + h;
  k_f64 rest = (k - sum) + h;
  return sum + (rest + (low + k_low));
}
KFN k_f64 log2_f64(k_f64 x) {
  k_pair_f64 m = log_split_f64(x);
  return log_ends_f64(x, log_base_f64(log_twice_f64(m.hi), 0x1.71547652b82fep+0, 0x1.777d0ffda0d24p-56, m.lo, 0.0));
}
KFN k_f64 log10_f64(k_f64 x) {
  k_pair_f64 m = log_split_f64(x);
  k_f64 k = m.lo * 0x1.34413509f79ffp-2;
  k_f64 k_low = KFMA_F64(m.lo, -0x1.9dc1da994fd21p-59, KFMA_F64(m.lo, 0x1.34413509f79ffp-2, -k));
  return log_ends_f64(x, log_base_f64(log_twice_f64(m.hi), 0x1.bcb7b1526e50ep-2, 0x1.95355baaafad3p-57, k, k_low));
}
KFN k_f32 log2_f32(k_f32 x) {
  k_pair_f64 m = log_split_f64((k_f64)x);
  return log_ends_f32(x, (k_f32)KFMA_F64(log_sum_f64(m.hi, 0.0), 0x1.71547652b82fep+0, m.lo));
}
KFN k_f32 log10_f32(k_f32 x) {
  k_pair_f64 m = log_split_f64((k_f64)x);
  k_f64 k = m.lo * 0x1.34413509f79ffp-2;
  return log_ends_f32(x, (k_f32)KFMA_F64(log_sum_f64(m.hi, 0.0), 0x1.bcb7b1526e50ep-2, k));
}
// The sign and the special values of x^y; y_abs is |x|^y for x not 0.
KFN k_f64 pow_ends_f64(k_f64 x, k_f64 y, k_f64 y_abs) {
  int integral = floor_f64(y) == y;
  int odd = integral & (floor_f64(y * 0.5) != y * 0.5);
  int negative = (bits_f64(x) >> 63) != 0u;
  y_abs = (x < 0.0) & (x >= -0x1.fffffffffffffp+1023) & !integral ? from_bits_f64(0x7ff8000000000000u) : y_abs;
  y_abs = negative & odd ? -y_abs : y_abs;
  y_abs = (x != x) | (y != y) ? x + y : y_abs;
  return (x == 1.0) | (y == 0.0) ? 1.0 : y_abs;
}
// log(x) as the sum of two doubles, about 2^-65 relative, for positive finite x.
KFN k_pair_f64 log_pair_f64(k_f64 x) {
  k_pair_f64 m = log_split_f64(x);
  k_pair_f64 l = log_twice_f64(m.hi);
  // k * ln2 in two parts, the first of 42 bits so that its product is exact
  k_f64 k = m.lo * 0x1.62e42fefa38p-1;
  k_f64 h = k + l.hi;
  k_f64 h_low = ((k - h) + l.hi) + KFMA_F64(m.lo, 0x1.ef35793c7673p-45, l.lo);
  k_pair_f64 out;
  out.hi = h + h_low;
  out.lo = (h - out.hi) + h_low;
  return out;
}
KFN k_f64 pow_f64(k_f64 x, k_f64 y) {
  k_f64 a = abs_f64(x);
  k_pair_f64 l = log_pair_f64(a);
  int ordinary = (a > 0.0) & (a < from_bits_f64(0x7ff0000000000000u));
  k_f64 log_a = ordinary ? l.hi : (a > 0.0 ? a : from_bits_f64(0xfff0000000000000u));
  k_f64 log_low = ordinary ? l.lo : 0.0;
  k_f64 w = a == 1.0 ? 0.0 : y * log_a;
  k_f64 w_low = a == 1.0 ? 0.0 : KFMA_F64(y, log_low, KFMA_F64(y, log_a, -w));
  return pow_ends_f64(x, y, exp_sum_f64(w, w_low));
}
KFN k_f32 pow_f32(k_f32 x, k_f32 y) {
  k_f64 a = abs_f64((k_f64)x);
  k_pair_f64 m = log_split_f64(a);
  k_f64 log_a = KFMA_F64(log_sum_f64(m.hi, 0.0), 0x1.71547652b82fep+0, m.lo);
  log_a = a > 0.0 ? log_a : from_bits_f64(0xfff0000000000000u);
  log_a = a < from_bits_f64(0x7ff0000000000000u) ? log_a : a;
  k_f64 w = a == 1.0 ? 0.0 : (k_f64)y * log_a;
  return (k_f32)pow_ends_f64((k_f64)x, (k_f64)y, exp2_f64(w));
}
// The cube root by three of Halley's steps from a third of the exponent.
KFN k_f64 cbrt_f64(k_f64 x) {
  k_f64 a = abs_f64(x);
  int tiny = a < 0x1p-1000;
  a = tiny ? a * 0x1p54 : a;
  k_f64 t = from_bits_f64(bits_f64(a) / 3u + 0x2a9f7893782da1ceu);
  k_f64 limit = a > 0x1p1000 ? 0x1p-60 : 1.0;
  k_f64 b = a * limit;
  t = a > 0x1p1000 ? t * 0x1p-20 : t;
  for (int i = 0; i < 3; ++i) {
    k_f64 cube = t * t * t;
    t = t * ((cube + (b + b)) / (cube + cube + b));
  }
  t = a > 0x1p1000 ? t * 0x1p20 : t;
  t = tiny ? t * 0x1p-18 : t;
  t = x < 0.0 ? -t : t;
  return (x == 0.0) | (x - x != 0.0) ? x : t;
}
KFN k_f32 cbrt_f32(k_f32 x) {
  return (k_f32)cbrt_f64((k_f64)x);
}
