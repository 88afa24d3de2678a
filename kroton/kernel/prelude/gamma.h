// SPDX-License-Identifier: BSD-3-Clause
// gamma, log|gamma|, psi and psi' in double; float goes through double. Between 1 and 3 log gamma(2 + t) is
// t (1 + t) p(t), exact at its zeros; other arguments below 8 are shifted there, larger ones take Stirling's series,
// negative ones the reflection. Relative accuracy is lost at zeros of the negative axis.
#pragma once
// pi x as quadrant and rest, without error in the reduction.
KFN k_turn_f64 turn_of_pi_f64(k_f64 x) {
  k_f64 r = KFMA_F64(round_f64(x * 0.5), -2.0, x);
  k_turn_f64 out;
  out.q = round_f64(r + r);
  k_f64 f = KFMA_F64(out.q, -0.5, r);
  out.hi = f * 0x1.921fb54442d18p+1;
  out.lo = KFMA_F64(f, 0x1.1a62633145c07p-53, KFMA_F64(f, 0x1.921fb54442d18p+1, -out.hi));
  return out;
}
KFN k_f64 sin_of_pi_f64(k_f64 x) {
  k_turn_f64 t = turn_of_pi_f64(x);
  k_f64 s = sin_of_f64(t);
  k_f64 c = cos_of_f64(t);
  k_f64 y = is_odd_f64(t.q) ? c : s;
  return is_upper_f64(t.q) ? -y : y;
}
// sin(pi x) / (pi x), 1 at 0.
KFN k_f64 sinc_f64(k_f64 x) {
  k_f64 a = abs_f64(x);
  k_f64 y = sin_of_pi_f64(a) / (3.14159265358979323846 * a);
  y = floor_f64(a) == a ? 0.0 : y;
  return x != x ? x : (a < 0x1p-30 ? 1.0 : y);
}
KFN k_f32 sinc_f32(k_f32 x) {
  return (k_f32)sinc_f64((k_f64)x);
}
// For 0 < x < 8: hi is log gamma of the shifted argument, lo what gamma is to be multiplied by (for x < 1, divided).
KFN k_pair_f64 gamma_shift_f64(k_f64 x) {
  k_f64 y = x;
  k_pair_f64 out;
  out.lo = 1.0;
  for (int i = 0; i < 5; ++i) {
    int down = y >= 3.0;
    k_f64 less = y - 1.0;
    out.lo = down ? out.lo * less : out.lo;
    y = down ? less : y;
  }
  k_f64 t = x < 1.0 ? x - 1.0 : y - 2.0;
  k_f64 next = x < 1.0 ? x : y - 1.0;
  out.lo = x < 1.0 ? x : out.lo;
  k_f64 p = 0x1.d41d2eef78e98p-32;
  p = KFMA_F64(p, t, -0x1.c26de49ea575bp-31);
  p = KFMA_F64(p, t, -0x1.80626457e1161p-30);
  p = KFMA_F64(p, t, 0x1.53b193bcc4c83p-29);
  p = KFMA_F64(p, t, 0x1.5471e46bb8074p-28);
  p = KFMA_F64(p, t, -0x1.33d016b7e228dp-27);
  p = KFMA_F64(p, t, -0x1.bc679890d4a24p-31);
  p = KFMA_F64(p, t, -0x1.a9ded96bfcc78p-31);
  p = KFMA_F64(p, t, 0x1.c3e9875ee64bfp-26);
  p = KFMA_F64(p, t, -0x1.bf1ed943cd297p-25);
  p = KFMA_F64(p, t, 0x1.776f15fe9848cp-24);
  p = KFMA_F64(p, t, -0x1.8fb15ebc1a0e5p-23);
  p = KFMA_F64(p, t, 0x1.b37fdb3a91583p-22);
  p = KFMA_F64(p, t, -0x1.cb4941885c669p-21);
  p = KFMA_F64(p, t, 0x1.e52eec485d2b4p-20);
  p = KFMA_F64(p, t, -0x1.0222939aa059bp-18);
  p = KFMA_F64(p, t, 0x1.13e5743e69b83p-17);
  p = KFMA_F64(p, t, -0x1.28511808ae255p-16);
  p = KFMA_F64(p, t, 0x1.402f01ea5c6d3p-15);
  p = KFMA_F64(p, t, -0x1.5c86af2061f9p-14);
  p = KFMA_F64(p, t, 0x1.7ed73413b2733p-13);
  p = KFMA_F64(p, t, -0x1.a96a403b7b63ep-12);
  p = KFMA_F64(p, t, 0x1.dfebcf8cc7d51p-11);
  p = KFMA_F64(p, t, -0x1.145121f955d4cp-9);
  p = KFMA_F64(p, t, 0x1.47974853ac024p-8);
  p = KFMA_F64(p, t, -0x1.95ce223a9d2b6p-7);
  p = KFMA_F64(p, t, 0x1.0e0c9df293524p-5);
  p = KFMA_F64(p, t, -0x1.9ae6509ea109ep-4);
  p = KFMA_F64(p, t, 0x1.b0ee6072093cep-2);
  out.hi = t * next * p;
  return out;
}
// x (log gamma(x) - (x - 1/2) log x + x - log(2 pi) / 2) for x >= 8 and z = 1 / x^2.
KFN k_f64 stirling_f64(k_f64 z) {
  k_f64 p = 0x1.4c36b337e534cp-8;
  p = KFMA_F64(p, z, -0x1.ef97bb8a1b9e5p-10);
  p = KFMA_F64(p, z, 0x1.b92c903a486e5p-11);
  p = KFMA_F64(p, z, -0x1.38134e0e0d5b2p-11);
  p = KFMA_F64(p, z, 0x1.a01a017e80b9bp-11);
  p = KFMA_F64(p, z, -0x1.6c16c16c14ae2p-9);
  p = KFMA_F64(p, z, 0x1.5555555555555p-4);
  return p;
}
KFN k_f64 gammaln_positive_f64(k_f64 x) {
  k_f64 below = x < 8.0 ? x : 4.0;
  k_pair_f64 shift = gamma_shift_f64(below);
  k_f64 log_shift = log_f64(shift.lo);
  k_f64 near = below < 1.0 ? shift.hi - log_shift : shift.hi + log_shift;
  k_f64 above = x < 8.0 ? 8.0 : x;
  k_f64 inverse = 1.0 / above;
  k_f64 far = KFMA_F64(above - 0.5, log_f64(above) - 1.0, KFMA_F64(stirling_f64(inverse * inverse), inverse, 0.41893853320467274178));
  return x < 8.0 ? near : far;
}
KFN k_f64 gammaln_f64(k_f64 x) {
  k_f64 a = abs_f64(x);
  k_f64 y = gammaln_positive_f64(a);
  k_f64 s = abs_f64(sin_of_pi_f64(a));
  k_f64 reflected = a < 1e-290 ? y : (log_f64(3.14159265358979323846 / s) - log_f64(a)) - y;
  reflected = a >= 0x1p52 ? from_bits_f64(0x7ff0000000000000u) : reflected;
  return x < 0.0 ? reflected : y;
}
KFN k_f64 gamma_positive_f64(k_f64 x) {
  k_f64 below = x < 8.0 ? x : 4.0;
  k_pair_f64 shift = gamma_shift_f64(below);
  k_f64 e = exp_f64(shift.hi);
  k_f64 near = below < 1.0 ? e / shift.lo : e * shift.lo;
  k_f64 above = x < 8.0 ? 8.0 : (x > 200.0 ? 200.0 : x);
  k_f64 inverse = 1.0 / above;
  k_pair_f64 l = log_pair_f64(above);
  k_f64 h = above - 0.5;
  k_f64 m = h * l.hi;
  k_f64 m_low = KFMA_F64(h, l.lo, KFMA_F64(h, l.hi, -m));
  k_pair_f64 a = two_sum_f64(m, -above);
  k_pair_f64 b = two_sum_f64(a.hi, 0x1.d67f1c864beb5p-1);
  k_f64 low = ((a.lo + b.lo) + m_low) + KFMA_F64(stirling_f64(inverse * inverse), inverse, -0x1.65b5a1b7ff5dfp-55);
  k_f64 far = exp_sum_f64(b.hi, low);
  return x < 8.0 ? near : far;
}
// NaN at negative integers, as tgamma of C.
KFN k_f64 gamma_f64(k_f64 x) {
  k_f64 a = abs_f64(x);
  k_f64 y = gamma_positive_f64(a);
  y = x == 0.0 ? 1.0 / x : y;
  k_f64 s = sin_of_pi_f64(a);
  k_f64 reflected = -3.14159265358979323846 / (a * s) / y;
  reflected = a < 1e-150 ? 1.0 / x : reflected;
  reflected = floor_f64(x) == x ? from_bits_f64(0x7ff8000000000000u) : reflected;
  return x < 0.0 ? reflected : y;
}
// (2 + t - r) p(t) is psi(2 + t), r its zero; other arguments below 8 are shifted by a sum of reciprocals.
KFN k_f64 psi_positive_f64(k_f64 x) {
  k_f64 numerator = 0.0;
  k_f64 denominator = 1.0;
  k_f64 y = x < 8.0 ? x : 4.0;
  for (int i = 0; i < 5; ++i) {
    int down = y >= 3.0;
    k_f64 less = y - 1.0;
    numerator = down ? KFMA_F64(numerator, less, denominator) : numerator;
    denominator = down ? denominator * less : denominator;
    y = down ? less : y;
  }
  numerator = x < 1.0 ? -1.0 : numerator;
  denominator = x < 1.0 ? x : denominator;
  k_f64 t = x < 1.0 ? x - 1.0 : y - 2.0;
  k_f64 q = 0x1.57a2f15c01d24p-27;
  q = KFMA_F64(q, t, -0x1.4851058c65a6fp-26);
  q = KFMA_F64(q, t, -0x1.26ac0f7c7292fp-25);
  q = KFMA_F64(q, t, 0x1.0bdd8c44c7b0ep-24);
  q = KFMA_F64(q, t, 0x1.dce2a561865c4p-24);
  q = KFMA_F64(q, t, -0x1.b301f490d17bdp-23);
  q = KFMA_F64(q, t, -0x1.9fad4cbaba8a7p-25);
  q = KFMA_F64(q, t, 0x1.0591eb2e78331p-24);
  q = KFMA_F64(q, t, 0x1.e56dc3c87c6b1p-22);
  q = KFMA_F64(q, t, -0x1.ce47c54e4b31bp-21);
  q = KFMA_F64(q, t, 0x1.47796727ea82ap-20);
  q = KFMA_F64(q, t, -0x1.4c4e34294c2b5p-19);
  q = KFMA_F64(q, t, 0x1.6144dcfaa37e3p-18);
  q = KFMA_F64(q, t, -0x1.60aec5e87f503p-17);
  q = KFMA_F64(q, t, 0x1.5e89414bb1b2bp-16);
  q = KFMA_F64(q, t, -0x1.5ed95bba3857p-15);
  q = KFMA_F64(q, t, 0x1.5f6528f09a777p-14);
  q = KFMA_F64(q, t, -0x1.5ff19f2f05868p-13);
  q = KFMA_F64(q, t, 0x1.60c667e0415dfp-12);
  q = KFMA_F64(q, t, -0x1.620eef4c2c891p-11);
  q = KFMA_F64(q, t, 0x1.640760f1dda2fp-10);
  q = KFMA_F64(q, t, -0x1.6714d068652f9p-9);
  q = KFMA_F64(q, t, 0x1.6bdf5e16d0651p-8);
  q = KFMA_F64(q, t, -0x1.7389aa7ed2edbp-7);
  q = KFMA_F64(q, t, 0x1.802924f9ae28fp-6);
  q = KFMA_F64(q, t, -0x1.95ec0c3bac0d6p-5);
  q = KFMA_F64(q, t, 0x1.be76b26db7ff3p-4);
  q = KFMA_F64(q, t, -0x1.0aff270ca079dp-2);
  q = KFMA_F64(q, t, 0x1.9213d46736ba4p-1);
  k_f64 from_root = x < 1.0 ? (t + 0x1.13a4f39528381p-1) + 0x1.1e563779a1f5bp-56 : (y - 0x1.762d86356be3fp+0) - 0x1.b86a722197829p-54;
  k_f64 near = KFMA_F64(from_root, q, numerator / denominator);
  k_f64 above = x < 8.0 ? 8.0 : x;
  k_f64 inverse = 1.0 / above;
  k_f64 z = inverse * inverse;
  k_f64 p = -0x1.3300f14108735p-2;
  p = KFMA_F64(p, z, 0x1.47dc883ea4bfcp-4);
  p = KFMA_F64(p, z, -0x1.58e86ec07b797p-6);
  p = KFMA_F64(p, z, 0x1.f077351fbd652p-8);
  p = KFMA_F64(p, z, -0x1.11110c2c9a41ap-8);
  p = KFMA_F64(p, z, 0x1.04104101a8b39p-8);
  p = KFMA_F64(p, z, -0x1.1111111110d74p-7);
  p = KFMA_F64(p, z, 0x1.5555555555555p-4);
  k_f64 far = log_f64(above) - KFMA_F64(z, p, 0.5 * inverse);
  return x < 8.0 ? near : far;
}
// -inf at 0, NaN at negative integers.
KFN k_f64 psi_f64(k_f64 x) {
  k_f64 y = psi_positive_f64(x < 0.0 ? 1.0 - x : x);
  k_turn_f64 t = turn_of_pi_f64(x);
  k_f64 s = sin_of_f64(t);
  k_f64 c = cos_of_f64(t);
  k_f64 cotangent = (is_odd_f64(t.q) ? -s : c) / (is_odd_f64(t.q) ? c : s);
  k_f64 reflected = KFMA_F64(-3.14159265358979323846, cotangent, y);
  reflected = floor_f64(x) == x ? from_bits_f64(0x7ff8000000000000u) : reflected;
  return x < 0.0 ? reflected : (x == 0.0 ? -1.0 / x : y);
}
KFN k_f64 tri_gamma_positive_f64(k_f64 x) {
  k_f64 sum = 0.0;
  k_f64 y = x;
  for (int i = 0; i < 8; ++i) {
    int up = y < 8.0;
    k_f64 inverse = 1.0 / y;
    sum = up ? KFMA_F64(inverse, inverse, sum) : sum;
    y = up ? y + 1.0 : y;
  }
  k_f64 inverse = 1.0 / y;
  k_f64 z = inverse * inverse;
  k_f64 p = -0x1.25474f664f2ddp+2;
  p = KFMA_F64(p, z, 0x1.1c18ba0aace57p+0);
  p = KFMA_F64(p, z, -0x1.0275f595f69d5p-2);
  p = KFMA_F64(p, z, 0x1.36484f1ec432dp-4);
  p = KFMA_F64(p, z, -0x1.1111069a89418p-5);
  p = KFMA_F64(p, z, 0x1.8618617bd45adp-6);
  p = KFMA_F64(p, z, -0x1.11111111101aap-5);
  p = KFMA_F64(p, z, 0x1.5555555555555p-3);
  return sum + (inverse + z * KFMA_F64(p, inverse, 0.5));
}
KFN k_f64 tri_gamma_f64(k_f64 x) {
  k_f64 y = tri_gamma_positive_f64(x < 0.0 ? 1.0 - x : x);
  k_f64 ratio = 3.14159265358979323846 / sin_of_pi_f64(x);
  k_f64 reflected = KFMA_F64(ratio, ratio, -y);
  reflected = floor_f64(x) == x ? from_bits_f64(0x7ff0000000000000u) : reflected;
  return x < 0.0 ? reflected : y;
}
KFN k_f32 gamma_f32(k_f32 x) {
  return (k_f32)gamma_f64((k_f64)x);
}
KFN k_f32 gammaln_f32(k_f32 x) {
  return (k_f32)gammaln_f64((k_f64)x);
}
KFN k_f32 psi_f32(k_f32 x) {
  return (k_f32)psi_f64((k_f64)x);
}
KFN k_f32 tri_gamma_f32(k_f32 x) {
  return (k_f32)tri_gamma_f64((k_f64)x);
}
