// SPDX-License-Identifier: BSD-3-Clause
// erf, erfc, erfcx and the inverses. Near 0 erf is x + x p(x^2); beyond, erfc(x) = exp(-x^2) (1 + p(t)) / (1 + 2 x) with
// t = (x - 4) / (x + 4) (Shepherd and Laframboise, 1981), where x^2 is kept in two doubles. The inverses are polynomials in
// logarithms of 1 - x^2 and 1 - |x|.
#pragma once
// erfc(x) exp(x^2) for x from 0 to 28.
KFN k_f64 erfc_scaled_f64(k_f64 x) {
  k_f64 t = (x - 4.0) / (x + 4.0);
  k_f64 p = 0x1.4a4ec6c7c4685p-30;
  p = KFMA_F64(p, t, 0x1.ce95a1504361ep-30);
  p = KFMA_F64(p, t, -0x1.e3e9cf1c1342fp-27);
  p = KFMA_F64(p, t, -0x1.2c88bfd4dacf3p-26);
  p = KFMA_F64(p, t, 0x1.d9f5ac042a71p-24);
  p = KFMA_F64(p, t, 0x1.3e75ccf10fd16p-24);
  p = KFMA_F64(p, t, -0x1.bb71f6525792dp-21);
  p = KFMA_F64(p, t, 0x1.3bcf49b52b5eap-22);
  p = KFMA_F64(p, t, 0x1.7f3487a68d8c6p-18);
  p = KFMA_F64(p, t, -0x1.788d9b0519ba4p-17);
  p = KFMA_F64(p, t, -0x1.995acf525cf0bp-16);
  p = KFMA_F64(p, t, 0x1.3be06abbf8c13p-13);
  p = KFMA_F64(p, t, -0x1.a1df161be4a63p-13);
  p = KFMA_F64(p, t, -0x1.8d4a9c3921238p-11);
  p = KFMA_F64(p, t, 0x1.49c6726f1bf97p-8);
  p = KFMA_F64(p, t, -0x1.09623882b4d0ep-6);
  p = KFMA_F64(p, t, 0x1.3079edf6d453dp-5);
  p = KFMA_F64(p, t, -0x1.0fb06dfe54a0cp-4);
  p = KFMA_F64(p, t, 0x1.7fee004e0fe38p-4);
  p = KFMA_F64(p, t, -0x1.9ddb23c3e89c5p-4);
  p = KFMA_F64(p, t, 0x1.16ecefcfa54a3p-4);
  p = KFMA_F64(p, t, 0x1.f7f5df66fd6dcp-7);
  p = KFMA_F64(p, t, -0x1.1df1ad154a28fp-3);
  p = KFMA_F64(p, t, 0x1.dd2c8b74febf6p-3);
  return (1.0 + p) / KFMA_F64(2.0, x, 1.0);
}
// erfc(x) for x >= 0.
KFN k_f64 erfc_positive_f64(k_f64 x) {
  x = x > 28.0 ? 28.0 : x;
  k_f64 z = x * x;
  return exp_sum_f64(-z, -KFMA_F64(x, x, -z)) * erfc_scaled_f64(x);
}
// erf(x) for |x| <= 1.
KFN k_f64 erf_near_f64(k_f64 x) {
  k_f64 z = x * x;
  k_f64 p = 0x1.0627a3e251e61p-34;
  p = KFMA_F64(p, z, -0x1.38ac3aa6f2a59p-30);
  p = KFMA_F64(p, z, 0x1.f7b9a40c3d30bp-27);
  p = KFMA_F64(p, z, -0x1.5f1f41752c2p-23);
  p = KFMA_F64(p, z, 0x1.b9df30666e43dp-20);
  p = KFMA_F64(p, z, -0x1.f4d1e43510cf4p-17);
  p = KFMA_F64(p, z, 0x1.f9a321e4b5dc2p-14);
  p = KFMA_F64(p, z, -0x1.c02db3db49168p-11);
  p = KFMA_F64(p, z, 0x1.565bcd0dbd8dfp-8);
  p = KFMA_F64(p, z, -0x1.b82ce31284f35p-6);
  p = KFMA_F64(p, z, 0x1.ce2f21a042b34p-4);
  p = KFMA_F64(p, z, -0x1.812746b0379e6p-2);
  p = KFMA_F64(p, z, 0x1.06eba8214db69p-3);
  return KFMA_F64(x, p, x);
}
KFN k_f64 erfc_f64(k_f64 x) {
  k_f64 a = abs_f64(x);
  k_f64 y = erfc_positive_f64(a);
  y = x < 0.0 ? 2.0 - y : y;
  k_f64 near = 1.0 - erf_near_f64(a < 0.5 ? x : 0.5);
  return a < 0.5 ? near : y;
}
KFN k_f32 erfc_f32(k_f32 x) {
  return (k_f32)erfc_f64((k_f64)x);
}
KFN k_f64 erf_f64(k_f64 x) {
  k_f64 a = abs_f64(x);
  k_f64 near = erf_near_f64(a < 1.0 ? a : 1.0);
  k_f64 far = 1.0 - erfc_positive_f64(a);
  k_f64 y = a < 1.0 ? near : far;
  y = a == a ? y : a;
  return x < 0.0 ? -y : (x == 0.0 ? x : y);
}
KFN k_f32 erf_f32(k_f32 x) {
  k_f32 a = abs_f32(x);
  k_f32 near = a < 0.92f ? a : 0.92f;
  k_f32 z = near * near;
  k_f32 p = 0x1.60b8b4p-14f;
  p = KFMA_F32(p, z, -0x1.ab6d7ap-11f);
  p = KFMA_F32(p, z, 0x1.54ea44p-8f);
  p = KFMA_F32(p, z, -0x1.b81226p-6f);
  p = KFMA_F32(p, z, 0x1.ce2e34p-4f);
  p = KFMA_F32(p, z, -0x1.812744p-2f);
  p = KFMA_F32(p, z, 0x1.06eba8p-3f);
  k_f32 far = a > 4.0f ? 4.0f : a;
  k_f32 w = 0x1.4dcb58p-18f;
  w = KFMA_F32(w, far, -0x1.824a16p-15f);
  w = KFMA_F32(w, far, -0x1.8a6e3p-15f);
  w = KFMA_F32(w, far, 0x1.7f0fbap-9f);
  w = KFMA_F32(w, far, -0x1.73468cp-6f);
  w = KFMA_F32(w, far, 0x1.af19c4p-4f);
  w = KFMA_F32(w, far, 0x1.4571a8p-1f);
  w = KFMA_F32(w, far, 0x1.20e8a8p+0f);
  k_f32 y = 1.0f - exp_f32(-far * w);
  y = a < 0.92f ? KFMA_F32(near, p, near) : y;
  return x < 0.0f ? -y : (x == 0.0f ? x : y);
}
// Beyond 28 the asymptotic series; for negative x it is 2 exp(x^2) - erfcx(-x).
KFN k_f64 erfcx_f64(k_f64 x) {
  k_f64 a = abs_f64(x);
  k_f64 near = erfc_scaled_f64(a < 28.0 ? a : 28.0);
  k_f64 b = a < 28.0 ? 28.0 : a;
  k_f64 z = 0.5 / b / b;
  k_f64 p = 10395.0;
  p = KFMA_F64(p, z, -945.0);
  p = KFMA_F64(p, z, 105.0);
  p = KFMA_F64(p, z, -15.0);
  p = KFMA_F64(p, z, 3.0);
  p = KFMA_F64(p, z, -1.0);
  k_f64 far = KFMA_F64(p, z, 1.0) * 0.56418958354775628695 / b;
  k_f64 y = a < 28.0 ? near : far;
  k_f64 c = a < 27.0 ? a : 27.0;
  k_f64 square = c * c;
  k_f64 mirrored = 2.0 * exp_sum_f64(square, KFMA_F64(c, c, -square)) - y;
  return x != x ? x : (x < 0.0 ? mirrored : y);
}
KFN k_f32 erfcx_f32(k_f32 x) {
  return (k_f32)erfcx_f64((k_f64)x);
}
// erfinv(x) / x by w = -log(1 - x^2) - 1 in [-1, 0.93].
KFN k_f64 erfinv_near_f64(k_f64 w) {
  k_f64 p = 0x1.0aecadb6c794ep-43;
  p = KFMA_F64(p, w, -0x1.693a2f25234a6p-40);
  p = KFMA_F64(p, w, -0x1.007244cf77f8ap-38);
  p = KFMA_F64(p, w, 0x1.28c43373354f0p-34);
  p = KFMA_F64(p, w, 0x1.2209b90aa854bp-36);
  p = KFMA_F64(p, w, -0x1.9fa0e60716784p-29);
  p = KFMA_F64(p, w, 0x1.9f143d0e1fa37p-28);
  p = KFMA_F64(p, w, 0x1.06ac8b8318f68p-23);
  p = KFMA_F64(p, w, -0x1.2f73f775fa522p-21);
  p = KFMA_F64(p, w, -0x1.1eee00cd73a4fp-18);
  p = KFMA_F64(p, w, 0x1.4075e580d3328p-15);
  p = KFMA_F64(p, w, 0x1.a3f0f04a25998p-14);
  p = KFMA_F64(p, w, -0x1.3779be7c1d173p-9);
  p = KFMA_F64(p, w, 0x1.16931130fad2cp-8);
  p = KFMA_F64(p, w, 0x1.fb8fccc606520p-3);
  p = KFMA_F64(p, w, 0x1.209b9bb73e395p+0);
  return p;
}
// erfcinv(q) for q below 0.08.
KFN k_f64 erfcinv_small_f64(k_f64 q) {
  k_f64 r = sqrt_f64(-log_f64(q));
  k_f64 t = (r - 3.0) / (r + 3.0);
  k_f64 p = -0x1.3b20a17aab613p-5;
  p = KFMA_F64(p, t, 0x1.3a4f828d34b61p-5);
  p = KFMA_F64(p, t, 0x1.4b3e35edea27fp-9);
  p = KFMA_F64(p, t, -0x1.0b11239ee30ccp-5);
  p = KFMA_F64(p, t, 0x1.8ce7fe4ab1e0cp-5);
  p = KFMA_F64(p, t, -0x1.c3320997606e6p-5);
  p = KFMA_F64(p, t, 0x1.7e7520ea64807p-5);
  p = KFMA_F64(p, t, -0x1.5e740683e5bd0p-6);
  p = KFMA_F64(p, t, -0x1.09b5c7669cd81p-6);
  p = KFMA_F64(p, t, 0x1.d1911b063ca61p-5);
  p = KFMA_F64(p, t, -0x1.6b231037617cap-4);
  p = KFMA_F64(p, t, 0x1.9502f2bc7a198p-4);
  p = KFMA_F64(p, t, -0x1.3e85022a34c65p-4);
  p = KFMA_F64(p, t, 0x1.49f01ead9266fp-6);
  p = KFMA_F64(p, t, 0x1.1c8cf966bf39fp-4);
  p = KFMA_F64(p, t, -0x1.6d88c5c8cc112p-3);
  p = KFMA_F64(p, t, 0x1.1d58c30bbe9f7p-2);
  p = KFMA_F64(p, t, -0x1.5b1ac5639b54ep-2);
  p = KFMA_F64(p, t, 0x1.183b86e50a72cp-2);
  p = KFMA_F64(p, t, 0x1.cf51b7c46758fp-1);
  k_f64 u = (r - 12.0) / (r + 12.0);
  k_f64 v = 0x1.bd04e20917bc7p-9;
  v = KFMA_F64(v, u, -0x1.9cdec62fca09ep-7);
  v = KFMA_F64(v, u, 0x1.6a6dc05a15d67p-6);
  v = KFMA_F64(v, u, -0x1.d67799435b555p-6);
  v = KFMA_F64(v, u, 0x1.1e5bd37a08631p-5);
  v = KFMA_F64(v, u, -0x1.5963bdc863c4dp-5);
  v = KFMA_F64(v, u, 0x1.95d45eb66e077p-5);
  v = KFMA_F64(v, u, -0x1.cff11e3ab8975p-5);
  v = KFMA_F64(v, u, 0x1.03aea8cc0df0bp-4);
  v = KFMA_F64(v, u, -0x1.1d9f9ef3667bcp-4);
  v = KFMA_F64(v, u, 0x1.35082417a93c1p-4);
  v = KFMA_F64(v, u, -0x1.492d5ebf68c1fp-4);
  v = KFMA_F64(v, u, 0x1.5930e8a3fb774p-4);
  v = KFMA_F64(v, u, -0x1.643be3aa1ebbap-4);
  v = KFMA_F64(v, u, 0x1.692e79a953183p-4);
  v = KFMA_F64(v, u, -0x1.66f7b58e1d13ap-4);
  v = KFMA_F64(v, u, 0x1.5bdfc279f3b1bp-4);
  v = KFMA_F64(v, u, -0x1.4643cc722028cp-4);
  v = KFMA_F64(v, u, 0x1.226c197d659a6p-4);
  v = KFMA_F64(v, u, -0x1.d96c10ed455b8p-5);
  v = KFMA_F64(v, u, 0x1.24a2a8632c117p-5);
  v = KFMA_F64(v, u, 0x1.fa8c718ff592ap-1);
  return r * (r < 6.0 ? p : v);
}
// erfinv(x) where 1 - |x| is q, 1 - x^2 is s.
KFN k_f64 erfinv_from_f64(k_f64 x, k_f64 q, k_f64 s) {
  int is_near = q > 0.0773;
  k_f64 near = x * erfinv_near_f64(-log_f64(is_near ? s : 0.15) - 1.0);
  k_f64 far = erfcinv_small_f64(is_near ? 0.07 : q);
  far = q == 0.0 ? from_bits_f64(0x7ff0000000000000u) : far;
  return is_near ? near : (x < 0.0 ? -far : far);
}
KFN k_f64 erfinv_f64(k_f64 x) {
  k_f64 q = 1.0 - abs_f64(x);
  return erfinv_from_f64(x, q, KFMA_F64(-x, x, 1.0));
}
KFN k_f64 erfcinv_f64(k_f64 x) {
  k_f64 q = x > 1.0 ? 2.0 - x : x;
  return erfinv_from_f64(1.0 - x, q, q * (2.0 - q));
}
KFN k_f32 erfinv_f32(k_f32 x) {
  return (k_f32)erfinv_f64((k_f64)x);
}
KFN k_f32 erfcinv_f32(k_f32 x) {
  return (k_f32)erfcinv_f64((k_f64)x);
}
