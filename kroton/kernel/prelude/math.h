// SPDX-License-Identifier: BSD-3-Clause
// The mathematics of kernels, for our own C++: what prelude_text() pastes into generated C, CUDA and OpenCL is
// compiled here from the same files, so a constant folded on the host has the bits that the kernel computes.
// Compile with -ffp-contract=off. Names end with the type: exp_f32, floor_div_i64, mul_c128.
#pragma once
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wtype-limits"
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wfloat-equal"
namespace kroton::kernel::prelude {
#include "kroton/kernel/prelude/c.h"
#include "kroton/kernel/prelude/element.h"
#include "kroton/kernel/prelude/exponential.h"
#include "kroton/kernel/prelude/trigonometric.h"

#define K_JOIN_(a, b) a##_##b
#define K_JOIN(a, b) K_JOIN_(a, b)
#define K_NAME(name) K_JOIN(name, K_SUFFIX)
#define K_C(literal) ((K_T)(literal))

#define K_T k_f32
#define K_SUFFIX f32
#define K_FMA KFMA_F32
#include "kroton/kernel/prelude/real.h"
#define K_Z k_c64
#define K_ZNAME(name) K_JOIN(name, c64)
#include "kroton/kernel/prelude/complex.h"
#undef K_T
#undef K_SUFFIX
#undef K_FMA
#undef K_Z
#undef K_ZNAME

#define K_T k_f64
#define K_SUFFIX f64
#define K_FMA KFMA_F64
#include "kroton/kernel/prelude/real.h"
#define K_Z k_c128
#define K_ZNAME(name) K_JOIN(name, c128)
#include "kroton/kernel/prelude/complex.h"
#undef K_T
#undef K_SUFFIX
#undef K_FMA
#undef K_Z
#undef K_ZNAME
#include "kroton/kernel/prelude/complex_pow.h"
#include "kroton/kernel/prelude/error_function.h"
#include "kroton/kernel/prelude/gamma.h"
#include "kroton/kernel/prelude/incomplete_gamma.h"
#include "kroton/kernel/prelude/bessel.h"
#include "kroton/kernel/prelude/bessel_order.h"

#define K_T k_i8
#define K_SUFFIX i8
#define K_SIGNED 1
#define K_W k_u32
#include "kroton/kernel/prelude/integer.h"
#undef K_T
#undef K_SUFFIX
#undef K_SIGNED
#undef K_W

#define K_T k_i16
#define K_SUFFIX i16
#define K_SIGNED 1
#define K_W k_u32
#include "kroton/kernel/prelude/integer.h"
#undef K_T
#undef K_SUFFIX
#undef K_SIGNED
#undef K_W

#define K_T k_i32
#define K_SUFFIX i32
#define K_SIGNED 1
#define K_W k_u32
#include "kroton/kernel/prelude/integer.h"
#undef K_T
#undef K_SUFFIX
#undef K_SIGNED
#undef K_W

#define K_T k_i64
#define K_SUFFIX i64
#define K_SIGNED 1
#define K_W k_u64
#include "kroton/kernel/prelude/integer.h"
#undef K_T
#undef K_SUFFIX
#undef K_SIGNED
#undef K_W

#define K_T k_u8
#define K_SUFFIX u8
#define K_SIGNED 0
#define K_W k_u32
#include "kroton/kernel/prelude/integer.h"
#undef K_T
#undef K_SUFFIX
#undef K_SIGNED
#undef K_W

#define K_T k_u16
#define K_SUFFIX u16
#define K_SIGNED 0
#define K_W k_u32
#include "kroton/kernel/prelude/integer.h"
#undef K_T
#undef K_SUFFIX
#undef K_SIGNED
#undef K_W

#define K_T k_u32
#define K_SUFFIX u32
#define K_SIGNED 0
#define K_W k_u32
#include "kroton/kernel/prelude/integer.h"
#undef K_T
#undef K_SUFFIX
#undef K_SIGNED
#undef K_W

#define K_T k_u64
#define K_SUFFIX u64
#define K_SIGNED 0
#define K_W k_u64
#include "kroton/kernel/prelude/integer.h"
#undef K_T
#undef K_SUFFIX
#undef K_SIGNED
#undef K_W

#undef K_JOIN_
#undef K_JOIN
#undef K_NAME
#undef K_C
}  // namespace kroton::kernel::prelude
#pragma GCC diagnostic pop
