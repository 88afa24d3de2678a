// SPDX-License-Identifier: BSD-3-Clause
// erf and erfc. Near 0 erf is x + x p(x^2); beyond, erfc(x) = exp(-x^2) (1 + p(t)) / (1 + 2 x) with
// t = (x - 4) / (x + 4) (Shepherd and Laframboise, 1981), where x^2 is kept in two doubles.
#pragma once
// erfc(x) for x >= 0.
KFN k_f64 erfc_positive_f64(k_f64 x) {
  x = x > 28.0 ? 28.0 : x;
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
  k_f64 z = x * x;
  return exp_sum_f64(-z, -KFMA_F64(x, x, -z)) * ((1.0 + p) / KFMA_F64(2.0, x, 1.0));
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
