// SPDX-License-Identifier: BSD-3-Clause
// What CUDA's compiler knows without any header, for a host's compiler: put in front of a kernel's
// text by fake_nvrtc.cpp. A block's shared memory is one section of the library, since blocks run
// one after another.
#pragma once
#include "hooks.h"

extern "C" {
__attribute__((visibility("default"))) emulation::Hooks kroton_hooks;
extern char __start_kroton_block[] __attribute__((weak, visibility("hidden")));
extern char __stop_kroton_block[] __attribute__((weak, visibility("hidden")));
__attribute__((visibility("default"))) char* kroton_shared[] = {__start_kroton_block,
                                                                __stop_kroton_block};
float fmaf(float, float, float);
float sqrtf(float);
float fabsf(float);
float floorf(float);
float ceilf(float);
float truncf(float);
float rintf(float);
float fmodf(float, float);
double fma(double, double, double);
double sqrt(double);
double fabs(double);
double floor(double);
double ceil(double);
double trunc(double);
double rint(double);
double fmod(double, double);
}

#define __global__ __attribute__((visibility("default")))
#define __device__
#define __forceinline__ inline
#define __shared__ static __attribute__((section("kroton_block"), used))
#define __align__(bytes) alignas(bytes)
#define __launch_bounds__(threads)
#define threadIdx (kroton_hooks.thread)
#define blockIdx (kroton_hooks.block)
#define blockDim (kroton_hooks.threads)
#define gridDim (kroton_hooks.blocks)

namespace emulation {
template <class To, class From>
inline To same_bits(From x) {
  static_assert(sizeof(To) == sizeof(From));
  To y;
  __builtin_memcpy(&y, &x, sizeof x);
  return y;
}
template <int... i>
struct Indices {};
template <int n, int... i>
struct Count : Count<n - 1, n - 1, i...> {};
template <int... i>
struct Count<0, i...> {
  using type = Indices<i...>;
};
template <class T>
constexpr bool is_pointer = false;
template <class T>
constexpr bool is_pointer<T*> = true;

template <auto kernel>
struct Kernel;
template <class... P, void (*kernel)(P...)>
struct Kernel<kernel> {
  static constexpr unsigned char sizes[] = {sizeof(P)..., 0};
  static constexpr bool are_pointers[] = {is_pointer<P>..., false};
  template <int... i>
  static void spread(void** arguments, Indices<i...>) {
    kernel(*static_cast<P*>(arguments[i])...);
  }
  static void call(void** arguments) { spread(arguments, typename Count<sizeof...(P)>::type()); }
};
// Where a sanitizer's report says that it was.
struct Location {
  const char* file;
  unsigned line, column;
};
inline void fault(int code, const char* what, const void* data) {
  kroton_hooks.fault(code, what, static_cast<int>(static_cast<const Location*>(data)->line));
}
}  // namespace emulation

#define KROTON_ENTRY(name, threads)                                                                \
  extern "C" __attribute__((visibility("default"))) const emulation::Entry kroton_entry_##name = { \
      emulation::Kernel<&name>::call, sizeof emulation::Kernel<&name>::sizes - 1,                  \
      emulation::Kernel<&name>::sizes, emulation::Kernel<&name>::are_pointers, threads};

inline void __syncthreads() { kroton_hooks.barrier(); }
template <class T>
inline T __shfl_down_sync(unsigned lanes, T x, int by) {
  if constexpr (sizeof(T) == 4) {
    const auto bits = emulation::same_bits<unsigned>(x);
    return emulation::same_bits<T>(
        static_cast<unsigned>(kroton_hooks.down(lanes, bits, static_cast<unsigned>(by))));
  } else {
    return emulation::same_bits<T>(kroton_hooks.down(
        lanes, emulation::same_bits<unsigned long long>(x), static_cast<unsigned>(by)));
  }
}
inline int atomicExch(int* place, int value) {
  const int before = *place;
  *place = value;
  return before;
}
inline unsigned __float_as_uint(float x) { return emulation::same_bits<unsigned>(x); }
inline float __uint_as_float(unsigned x) { return emulation::same_bits<float>(x); }
inline long long __double_as_longlong(double x) { return emulation::same_bits<long long>(x); }
inline double __longlong_as_double(long long x) { return emulation::same_bits<double>(x); }

// The compiler calls these for what it was told to check.
#define KROTON_CHECKED(name, code, what, ...)                                             \
  extern "C" __attribute__((visibility("hidden"))) void name(void* data, ##__VA_ARGS__) { \
    emulation::fault(code, what, data);                                                   \
  }
KROTON_CHECKED(__ubsan_handle_type_mismatch_v1, emulation::misaligned_address,
               "a misaligned access, or one of nullptr", void*)
KROTON_CHECKED(__ubsan_handle_out_of_bounds, emulation::illegal_address,
               "an index beyond its array", void*)
KROTON_CHECKED(__ubsan_handle_add_overflow, emulation::launch_failed, "an overflow of +", void*,
               void*)
KROTON_CHECKED(__ubsan_handle_sub_overflow, emulation::launch_failed, "an overflow of -", void*,
               void*)
KROTON_CHECKED(__ubsan_handle_mul_overflow, emulation::launch_failed, "an overflow of *", void*,
               void*)
KROTON_CHECKED(__ubsan_handle_negate_overflow, emulation::launch_failed, "an overflow of -", void*)
KROTON_CHECKED(__ubsan_handle_divrem_overflow, emulation::launch_failed, "a division by zero",
               void*, void*)
KROTON_CHECKED(__ubsan_handle_shift_out_of_bounds, emulation::launch_failed, "a shift too far",
               void*, void*)
#undef KROTON_CHECKED
