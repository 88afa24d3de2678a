// SPDX-License-Identifier: BSD-3-Clause
// bool arithmetic, and the 16-bit floats in and out of float: as the F16C instructions do, bit for bit, one rounding
// to nearest even.
#pragma once
KFN k_b1 add_b1(k_b1 x, k_b1 y) {
  return x | y;
}
KFN k_b1 mul_b1(k_b1 x, k_b1 y) {
  return x & y;
}
KFN k_b1 sqr_b1(k_b1 x) {
  return x;
}
KFN k_b1 abs_b1(k_b1 x) {
  return x;
}
KFN k_b1 maximum_b1(k_b1 x, k_b1 y) {
  return x | y;
}
KFN k_b1 minimum_b1(k_b1 x, k_b1 y) {
  return x & y;
}
KFN k_b1 real_b1(k_b1 x) {
  return x;
}
KFN k_b1 imag_b1(k_b1 x) {
  return x & 0;
}
KFN k_b1 clip_b1(k_b1 x, k_b1 lower, k_b1 upper) {
  return x < lower ? lower : (x > upper ? upper : x);
}
KFN k_b1 select_b1(k_b1 condition, k_b1 x, k_b1 y) {
  return condition ? x : y;
}
KFN k_b1 eq_b1(k_b1 x, k_b1 y) {
  return (k_b1)(x == y);
}
KFN k_b1 neq_b1(k_b1 x, k_b1 y) {
  return x ^ y;
}
KFN k_b1 lt_b1(k_b1 x, k_b1 y) {
  return (k_b1)(x < y);
}
KFN k_b1 le_b1(k_b1 x, k_b1 y) {
  return (k_b1)(x <= y);
}
KFN k_b1 bit_and_b1(k_b1 x, k_b1 y) {
  return x & y;
}
KFN k_b1 bit_or_b1(k_b1 x, k_b1 y) {
  return x | y;
}
KFN k_b1 bit_xor_b1(k_b1 x, k_b1 y) {
  return x ^ y;
}
KFN k_b1 bit_not_b1(k_b1 x) {
  return x ^ 1;
}
KFN k_b1 isnan_b1(k_b1 x) {
  return (k_b1)(x & 0);
}
KFN k_b1 isinf_b1(k_b1 x) {
  return (k_b1)(x & 0);
}
KFN k_b1 isfinite_b1(k_b1 x) {
  return (k_b1)((x & 0) + 1);
}
KFN k_b1 signbit_b1(k_b1 x) {
  return (k_b1)(x & 0);
}
KFN k_b1 b1_from_b1(k_b1 x) {
  return (k_b1)(x != 0);
}
// The next float in the direction of y; from 0 the least subnormal.
KFN k_f32 nextafter_f32(k_f32 x, k_f32 y) {
  k_u32 bits = bits_f32(x);
  k_u32 away = bits + 1u;
  k_u32 toward = bits - 1u;
  k_u32 next = (x < y) == (x > 0.0f) ? away : toward;
  next = x == 0.0f ? (bits_f32(y) & 0x80000000u) | 1u : next;
  k_f32 moved = x == y ? y : from_bits_f32(next);
  return (x != x) | (y != y) ? x + y : moved;
}
KFN k_f64 nextafter_f64(k_f64 x, k_f64 y) {
  k_u64 bits = bits_f64(x);
  k_u64 away = bits + 1u;
  k_u64 toward = bits - 1u;
  k_u64 next = (x < y) == (x > 0.0) ? away : toward;
  next = x == 0.0 ? (bits_f64(y) & 0x8000000000000000u) | 1u : next;
  k_f64 moved = x == y ? y : from_bits_f64(next);
  return (x != x) | (y != y) ? x + y : moved;
}
KFN k_f32 f32_from_f16(k_u16 h) {
  k_u32 magnitude = h & 0x7fffu;
  k_u32 sign = (k_u32)(h & 0x8000u) << 16;
  k_u32 normal = (magnitude << 13) + (magnitude >= 0x7c00u ? 0x70000000u : 0x38000000u);
  normal = magnitude > 0x7c00u ? normal | 0x00400000u : normal;
  k_u32 tiny = bits_f32((k_f32)(k_i32)magnitude * 0x1p-24f);
  return from_bits_f32(sign | (magnitude < 0x0400u ? tiny : normal));
}
KFN k_f32 f32_from_bf16(k_u16 h) {
  return from_bits_f32((k_u32)h << 16);
}
KFN k_u16 f16_from_f32(k_f32 x) {
  k_u32 bits = bits_f32(x);
  k_u32 a = bits & 0x7fffffffu;
  k_u32 normal = (a + 0xfffu + ((a >> 13) & 1u) - 0x38000000u) >> 13;
  k_u32 tiny = bits_f32(from_bits_f32(a < 0x38800000u ? a : 0u) + 0.5f) - 0x3f000000u;
  k_u32 h = a < 0x38800000u ? tiny : normal;
  h = a >= 0x477ff000u ? 0x7c00u : h;
  h = a > 0x7f800000u ? 0x7e00u | ((a >> 13) & 0x3ffu) : h;
  return (k_u16)(h | ((bits >> 16) & 0x8000u));
}
KFN k_u16 bf16_from_f32(k_f32 x) {
  k_u32 bits = bits_f32(x);
  k_u32 rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
  return (k_u16)((bits & 0x7fffffffu) > 0x7f800000u ? (bits >> 16) | 0x40u : rounded);
}
// The float next to x whose last bit says that something was cut off: rounding it again is rounding x once.
KFN k_f32 odd_f32_from_f64(k_f64 x) {
  k_f32 y = (k_f32)x;
  k_u32 bits = bits_f32(y);
  int inexact = ((k_f64)y != x) & (x == x);
  bits = inexact & (abs_f64((k_f64)y) > abs_f64(x)) ? bits - 1u : bits;
  return from_bits_f32(inexact ? bits | 1u : bits);
}
KFN k_u16 f16_from_f64(k_f64 x) {
  return f16_from_f32(odd_f32_from_f64(x));
}
KFN k_u16 bf16_from_f64(k_f64 x) {
  return bf16_from_f32(odd_f32_from_f64(x));
}
