// SPDX-License-Identifier: BSD-3-Clause
// The ground of the prelude for C kernels and for our own C++: types, fma and bit casts, from compiler builtins
// alone. cuda.h and opencl.h say the same in their dialects; everything above is written once, in terms of it.
#pragma once
#define KFN static inline __attribute__((always_inline))
#define KTABLE(type, name, count) static const type name[count]
#define KPREFETCH(address) __builtin_prefetch(address)
#define KFMA_F32(a, b, c) __builtin_fmaf(a, b, c)
#define KFMA_F64(a, b, c) __builtin_fma(a, b, c)
typedef unsigned char k_b1;
typedef __INT8_TYPE__ k_i8;
typedef __INT16_TYPE__ k_i16;
typedef __INT32_TYPE__ k_i32;
typedef __INT64_TYPE__ k_i64;
typedef __UINT8_TYPE__ k_u8;
typedef __UINT16_TYPE__ k_u16;
typedef __UINT32_TYPE__ k_u32;
typedef __UINT64_TYPE__ k_u64;
typedef float k_f32;
typedef double k_f64;
typedef struct k_c64 { k_f32 re, im; } k_c64;
typedef struct k_c128 { k_f64 re, im; } k_c128;
typedef struct k_pair_f32 { k_f32 hi, lo; } k_pair_f32;
typedef struct k_pair_f64 { k_f64 hi, lo; } k_pair_f64;
typedef struct k_turn_f64 { k_f64 hi, lo, q; } k_turn_f64;
KFN k_u32 bits_f32(k_f32 x) {
  k_u32 bits;
  __builtin_memcpy(&bits, &x, sizeof bits);
  return bits;
}
KFN k_u64 bits_f64(k_f64 x) {
  k_u64 bits;
  __builtin_memcpy(&bits, &x, sizeof bits);
  return bits;
}
KFN k_f32 from_bits_f32(k_u32 bits) {
  k_f32 x;
  __builtin_memcpy(&x, &bits, sizeof x);
  return x;
}
KFN k_f64 from_bits_f64(k_u64 bits) {
  k_f64 x;
  __builtin_memcpy(&x, &bits, sizeof x);
  return x;
}
KFN k_f32 sqrt_f32(k_f32 x) {
  return __builtin_sqrtf(x);
}
KFN k_f64 sqrt_f64(k_f64 x) {
  return __builtin_sqrt(x);
}
KFN k_f32 abs_f32(k_f32 x) {
  return __builtin_fabsf(x);
}
KFN k_f64 abs_f64(k_f64 x) {
  return __builtin_fabs(x);
}
KFN k_f32 floor_f32(k_f32 x) {
  return __builtin_floorf(x);
}
KFN k_f64 floor_f64(k_f64 x) {
  return __builtin_floor(x);
}
KFN k_f32 ceil_f32(k_f32 x) {
  return __builtin_ceilf(x);
}
KFN k_f64 ceil_f64(k_f64 x) {
  return __builtin_ceil(x);
}
KFN k_f32 trunc_f32(k_f32 x) {
  return __builtin_truncf(x);
}
KFN k_f64 trunc_f64(k_f64 x) {
  return __builtin_trunc(x);
}
KFN k_f32 round_f32(k_f32 x) {
  return __builtin_rintf(x);
}
KFN k_f64 round_f64(k_f64 x) {
  return __builtin_rint(x);
}
KFN k_f32 fmod_f32(k_f32 x, k_f32 y) {
  return __builtin_fmodf(x, y);
}
KFN k_f64 fmod_f64(k_f64 x, k_f64 y) {
  return __builtin_fmod(x, y);
}
