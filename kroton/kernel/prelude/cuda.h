// SPDX-License-Identifier: BSD-3-Clause
// The ground of the prelude for CUDA kernels, see c.h. Compile with --fmad=false; needs no header.
#pragma once
#define KFN static __device__ __forceinline__
#define KTABLE(type, name, count) static __device__ const type name[count]
#define KFMA_F32(a, b, c) fmaf(a, b, c)
#define KFMA_F64(a, b, c) fma(a, b, c)
typedef unsigned char k_b1;
typedef signed char k_i8;
typedef short k_i16;
typedef int k_i32;
typedef long long k_i64;
typedef unsigned char k_u8;
typedef unsigned short k_u16;
typedef unsigned int k_u32;
typedef unsigned long long k_u64;
typedef float k_f32;
typedef double k_f64;
struct k_c64 { k_f32 re, im; };
struct k_c128 { k_f64 re, im; };
struct k_pair_f32 { k_f32 hi, lo; };
struct k_pair_f64 { k_f64 hi, lo; };
struct k_turn_f64 { k_f64 hi, lo, q; };
KFN k_u32 bits_f32(k_f32 x) {
  return __float_as_uint(x);
}
KFN k_u64 bits_f64(k_f64 x) {
  return (k_u64)__double_as_longlong(x);
}
KFN k_f32 from_bits_f32(k_u32 bits) {
  return __uint_as_float(bits);
}
KFN k_f64 from_bits_f64(k_u64 bits) {
  return __longlong_as_double((k_i64)bits);
}
KFN k_f32 sqrt_f32(k_f32 x) {
  return sqrtf(x);
}
KFN k_f64 sqrt_f64(k_f64 x) {
  return sqrt(x);
}
KFN k_f32 abs_f32(k_f32 x) {
  return fabsf(x);
}
KFN k_f64 abs_f64(k_f64 x) {
  return fabs(x);
}
KFN k_f32 floor_f32(k_f32 x) {
  return floorf(x);
}
KFN k_f64 floor_f64(k_f64 x) {
  return floor(x);
}
KFN k_f32 ceil_f32(k_f32 x) {
  return ceilf(x);
}
KFN k_f64 ceil_f64(k_f64 x) {
  return ceil(x);
}
KFN k_f32 trunc_f32(k_f32 x) {
  return truncf(x);
}
KFN k_f64 trunc_f64(k_f64 x) {
  return trunc(x);
}
KFN k_f32 round_f32(k_f32 x) {
  return rintf(x);
}
KFN k_f64 round_f64(k_f64 x) {
  return rint(x);
}
KFN k_f32 fmod_f32(k_f32 x, k_f32 y) {
  return fmodf(x, y);
}
KFN k_f64 fmod_f64(k_f64 x, k_f64 y) {
  return fmod(x, y);
}
// The value that the lane BY further up in the warp has; all 32 call it.
KFN k_f32 down_f32(k_f32 x, k_i32 by) {
  return __shfl_down_sync(0xffffffffu, x, by);
}
KFN k_f64 down_f64(k_f64 x, k_i32 by) {
  return __shfl_down_sync(0xffffffffu, x, by);
}
KFN k_i32 down_i32(k_i32 x, k_i32 by) {
  return __shfl_down_sync(0xffffffffu, x, by);
}
KFN k_u32 down_u32(k_u32 x, k_i32 by) {
  return __shfl_down_sync(0xffffffffu, x, by);
}
KFN k_i64 down_i64(k_i64 x, k_i32 by) {
  return __shfl_down_sync(0xffffffffu, x, by);
}
KFN k_u64 down_u64(k_u64 x, k_i32 by) {
  return __shfl_down_sync(0xffffffffu, x, by);
}
KFN k_b1 down_b1(k_b1 x, k_i32 by) {
  return (k_b1)__shfl_down_sync(0xffffffffu, (k_i32)x, by);
}
KFN k_i8 down_i8(k_i8 x, k_i32 by) {
  return (k_i8)__shfl_down_sync(0xffffffffu, (k_i32)x, by);
}
KFN k_u8 down_u8(k_u8 x, k_i32 by) {
  return (k_u8)__shfl_down_sync(0xffffffffu, (k_i32)x, by);
}
KFN k_i16 down_i16(k_i16 x, k_i32 by) {
  return (k_i16)__shfl_down_sync(0xffffffffu, (k_i32)x, by);
}
KFN k_u16 down_u16(k_u16 x, k_i32 by) {
  return (k_u16)__shfl_down_sync(0xffffffffu, (k_i32)x, by);
}
KFN k_c64 down_c64(k_c64 x, k_i32 by) {
  x.re = __shfl_down_sync(0xffffffffu, x.re, by);
  x.im = __shfl_down_sync(0xffffffffu, x.im, by);
  return x;
}
KFN k_c128 down_c128(k_c128 x, k_i32 by) {
  x.re = __shfl_down_sync(0xffffffffu, x.re, by);
  x.im = __shfl_down_sync(0xffffffffu, x.im, by);
  return x;
}
