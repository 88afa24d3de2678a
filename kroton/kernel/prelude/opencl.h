// SPDX-License-Identifier: BSD-3-Clause
// The ground of the prelude for OpenCL C kernels, see c.h. Build with -cl-fp32-correctly-rounded-divide-sqrt where the device offers it.
#pragma once
#pragma OPENCL FP_CONTRACT OFF
#define KFN static inline
// Hints for PoCL alone: oclgrind's vectors of comparisons have 255 where 1 belongs.
#ifdef POCL_DEVICE_ADDRESS_BITS
#define KVECTOR(words) _Pragma(words)
#define KPREFETCH(address) __builtin_prefetch((const void*)(ulong)(address))
#else
#define KVECTOR(words)
#define KPREFETCH(address)
#endif
#define KTABLE(type, name, count) static __constant type name[count]
#define KFMA_F32(a, b, c) fma(a, b, c)
#define KFMA_F64(a, b, c) fma(a, b, c)
typedef uchar k_b1;
typedef char k_i8;
typedef short k_i16;
typedef int k_i32;
typedef long k_i64;
typedef uchar k_u8;
typedef ushort k_u16;
typedef uint k_u32;
typedef ulong k_u64;
typedef float k_f32;
typedef struct k_c64 { k_f32 re, im; } k_c64;
typedef struct k_pair_f32 { k_f32 hi, lo; } k_pair_f32;
#ifdef cl_khr_fp64
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
typedef double k_f64;
typedef struct k_c128 { k_f64 re, im; } k_c128;
typedef struct k_pair_f64 { k_f64 hi, lo; } k_pair_f64;
typedef struct k_turn_f64 { k_f64 hi, lo, q; } k_turn_f64;
#endif
KFN k_u32 bits_f32(k_f32 x) {
  return as_uint(x);
}
KFN k_u64 bits_f64(k_f64 x) {
  return as_ulong(x);
}
KFN k_f32 from_bits_f32(k_u32 bits) {
  return as_float(bits);
}
KFN k_f64 from_bits_f64(k_u64 bits) {
  return as_double(bits);
}
KFN k_f32 sqrt_f32(k_f32 x) {
  return sqrt(x);
}
KFN k_f64 sqrt_f64(k_f64 x) {
  return sqrt(x);
}
KFN k_f32 abs_f32(k_f32 x) {
  return fabs(x);
}
KFN k_f64 abs_f64(k_f64 x) {
  return fabs(x);
}
KFN k_f32 floor_f32(k_f32 x) {
  return floor(x);
}
KFN k_f64 floor_f64(k_f64 x) {
  return floor(x);
}
KFN k_f32 ceil_f32(k_f32 x) {
  return ceil(x);
}
KFN k_f64 ceil_f64(k_f64 x) {
  return ceil(x);
}
KFN k_f32 trunc_f32(k_f32 x) {
  return trunc(x);
}
KFN k_f64 trunc_f64(k_f64 x) {
  return trunc(x);
}
KFN k_f32 round_f32(k_f32 x) {
  return rint(x);
}
KFN k_f64 round_f64(k_f64 x) {
  return rint(x);
}
KFN k_f32 fmod_f32(k_f32 x, k_f32 y) {
  return fmod(x, y);
}
KFN k_f64 fmod_f64(k_f64 x, k_f64 y) {
  return fmod(x, y);
}
