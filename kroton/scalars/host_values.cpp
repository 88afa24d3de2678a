// SPDX-License-Identifier: BSD-3-Clause
// The values of ops.def on the host: the rows' own tokens, in which each function takes the ending
// of the compute dtype, compiled once per compute dtype.
#include "kroton/kernel/prelude/math.h"
#include "kroton/scalars/detail/table.h"

// Whether a row that is computed on SET exists for a kind of dtype.
#define ON_everything_bool(A, B) A
#define ON_everything_int(A, B) A
#define ON_everything_float(A, B) A
#define ON_everything_complex(A, B) A
#define ON_numbers_bool(A, B) B
#define ON_numbers_int(A, B) A
#define ON_numbers_float(A, B) A
#define ON_numbers_complex(A, B) A
#define ON_ordered_bool(A, B) A
#define ON_ordered_int(A, B) A
#define ON_ordered_float(A, B) A
#define ON_ordered_complex(A, B) B
#define ON_ordered_numbers_bool(A, B) B
#define ON_ordered_numbers_int(A, B) A
#define ON_ordered_numbers_float(A, B) A
#define ON_ordered_numbers_complex(A, B) B
#define ON_discrete_bool(A, B) A
#define ON_discrete_int(A, B) A
#define ON_discrete_float(A, B) B
#define ON_discrete_complex(A, B) B
#define ON_integers_bool(A, B) B
#define ON_integers_int(A, B) A
#define ON_integers_float(A, B) B
#define ON_integers_complex(A, B) B
#define ON_floating_bool(A, B) B
#define ON_floating_int(A, B) B
#define ON_floating_float(A, B) A
#define ON_floating_complex(A, B) A
#define ON_real_bool(A, B) B
#define ON_real_int(A, B) B
#define ON_real_float(A, B) A
#define ON_real_complex(A, B) B
#define JOIN3_(A, B, C) A##B##_##C
#define JOIN3(A, B, C) JOIN3_(A, B, C)
#define JOIN2_(A, B) A##_##B
#define JOIN2(A, B) JOIN2_(A, B)

// Every function that values call: its name takes the ending of the current dtype.
#define CALL(NAME) JOIN2(NAME, ENDING)
#define add(...) CALL(add)(__VA_ARGS__)
#define sub(...) CALL(sub)(__VA_ARGS__)
#define mul(...) CALL(mul)(__VA_ARGS__)
#define divide(...) CALL(divide)(__VA_ARGS__)
#define floor_div(...) CALL(floor_div)(__VA_ARGS__)
#define mod(...) CALL(mod)(__VA_ARGS__)
#define pow(...) CALL(pow)(__VA_ARGS__)
#define neg(...) CALL(neg)(__VA_ARGS__)
#define abs(...) CALL(abs)(__VA_ARGS__)
#define sgn(...) CALL(sgn)(__VA_ARGS__)
#define sqr(...) CALL(sqr)(__VA_ARGS__)
#define sqrt(...) CALL(sqrt)(__VA_ARGS__)
#define inv(...) CALL(inv)(__VA_ARGS__)
#define exp(...) CALL(exp)(__VA_ARGS__)
#define exp2(...) CALL(exp2)(__VA_ARGS__)
#define expm1(...) CALL(expm1)(__VA_ARGS__)
#define log(...) CALL(log)(__VA_ARGS__)
#define log2(...) CALL(log2)(__VA_ARGS__)
#define log10(...) CALL(log10)(__VA_ARGS__)
#define log1p(...) CALL(log1p)(__VA_ARGS__)
#define sigmoid(...) CALL(sigmoid)(__VA_ARGS__)
#define softplus(...) CALL(softplus)(__VA_ARGS__)
#define sin(...) CALL(sin)(__VA_ARGS__)
#define cos(...) CALL(cos)(__VA_ARGS__)
#define tan(...) CALL(tan)(__VA_ARGS__)
#define arcsin(...) CALL(arcsin)(__VA_ARGS__)
#define arccos(...) CALL(arccos)(__VA_ARGS__)
#define arctan(...) CALL(arctan)(__VA_ARGS__)
#define arctan2(...) CALL(arctan2)(__VA_ARGS__)
#define sinh(...) CALL(sinh)(__VA_ARGS__)
#define cosh(...) CALL(cosh)(__VA_ARGS__)
#define tanh(...) CALL(tanh)(__VA_ARGS__)
#define arcsinh(...) CALL(arcsinh)(__VA_ARGS__)
#define arccosh(...) CALL(arccosh)(__VA_ARGS__)
#define arctanh(...) CALL(arctanh)(__VA_ARGS__)
#define erf(...) CALL(erf)(__VA_ARGS__)
#define erfc(...) CALL(erfc)(__VA_ARGS__)
#define gamma(...) CALL(gamma)(__VA_ARGS__)
#define gammaln(...) CALL(gammaln)(__VA_ARGS__)
#define psi(...) CALL(psi)(__VA_ARGS__)
#define tri_gamma(...) CALL(tri_gamma)(__VA_ARGS__)
#define ceil(...) CALL(ceil)(__VA_ARGS__)
#define floor(...) CALL(floor)(__VA_ARGS__)
#define trunc(...) CALL(trunc)(__VA_ARGS__)
#define round(...) CALL(round)(__VA_ARGS__)
#define maximum(...) CALL(maximum)(__VA_ARGS__)
#define minimum(...) CALL(minimum)(__VA_ARGS__)
#define clip(...) CALL(clip)(__VA_ARGS__)
#define eq(...) CALL(eq)(__VA_ARGS__)
#define neq(...) CALL(neq)(__VA_ARGS__)
#define lt(...) CALL(lt)(__VA_ARGS__)
#define le(...) CALL(le)(__VA_ARGS__)
#define isnan(...) CALL(isnan)(__VA_ARGS__)
#define isinf(...) CALL(isinf)(__VA_ARGS__)
#define bit_and(...) CALL(bit_and)(__VA_ARGS__)
#define bit_or(...) CALL(bit_or)(__VA_ARGS__)
#define bit_xor(...) CALL(bit_xor)(__VA_ARGS__)
#define bit_not(...) CALL(bit_not)(__VA_ARGS__)
#define select(...) CALL(select)(__VA_ARGS__)
#define deg2rad(...) CALL(deg2rad)(__VA_ARGS__)
#define rad2deg(...) CALL(rad2deg)(__VA_ARGS__)
#define real(...) CALL(real)(__VA_ARGS__)
#define imag(...) CALL(imag)(__VA_ARGS__)
#define conj(...) CALL(conj)(__VA_ARGS__)
#define fmod(...) CALL(fmod)(__VA_ARGS__)
#define cbrt(...) CALL(cbrt)(__VA_ARGS__)
#define hypot(...) CALL(hypot)(__VA_ARGS__)
#define copysign(...) CALL(copysign)(__VA_ARGS__)
#define nextafter(...) CALL(nextafter)(__VA_ARGS__)
#define log1mexp(...) CALL(log1mexp)(__VA_ARGS__)
#define logaddexp(...) CALL(logaddexp)(__VA_ARGS__)
#define xlogx(...) CALL(xlogx)(__VA_ARGS__)
#define xlogy0(...) CALL(xlogy0)(__VA_ARGS__)
#define sinc(...) CALL(sinc)(__VA_ARGS__)
#define erfcx(...) CALL(erfcx)(__VA_ARGS__)
#define erfinv(...) CALL(erfinv)(__VA_ARGS__)
#define erfcinv(...) CALL(erfcinv)(__VA_ARGS__)
#define gammainc(...) CALL(gammainc)(__VA_ARGS__)
#define gammaincc(...) CALL(gammaincc)(__VA_ARGS__)
#define gammal(...) CALL(gammal)(__VA_ARGS__)
#define gammau(...) CALL(gammau)(__VA_ARGS__)
#define chi2sf(...) CALL(chi2sf)(__VA_ARGS__)
#define j0(...) CALL(j0)(__VA_ARGS__)
#define j1(...) CALL(j1)(__VA_ARGS__)
#define i0(...) CALL(i0)(__VA_ARGS__)
#define i1(...) CALL(i1)(__VA_ARGS__)
#define jv(...) CALL(jv)(__VA_ARGS__)
#define iv(...) CALL(iv)(__VA_ARGS__)
#define round_away(...) CALL(round_away)(__VA_ARGS__)
#define isfinite(...) CALL(isfinite)(__VA_ARGS__)
#define signbit(...) CALL(signbit)(__VA_ARGS__)
#define left_shift(...) CALL(left_shift)(__VA_ARGS__)
#define right_shift(...) CALL(right_shift)(__VA_ARGS__)
#define angle(...) CALL(angle)(__VA_ARGS__)

#define READ(NAME, TYPE, I) [[maybe_unused]] const TYPE NAME = *static_cast<const TYPE*>(a[I]);
#define HOST(READS, VALUE)                      \
  [](const void* const* a, void* result) {      \
    READS auto out = VALUE;                     \
    *static_cast<decltype(out)*>(result) = out; \
  }
#define T JOIN2(k, ENDING)
#define UNARY(NAME, RULE, ON, VALUE, ...) JOIN3(ON_, ON, KIND)(HOST(READ(x, T, 0), VALUE), nullptr),
#define BINARY(NAME, RULE, ON, VALUE, ...) \
  JOIN3(ON_, ON, KIND)(HOST(READ(x, T, 0) READ(y, T, 1), VALUE), nullptr),
#define TERNARY(NAME, RULE, ON, VALUE, ...) \
  JOIN3(ON_, ON, KIND)(HOST(READ(x, T, 0) READ(y, T, 1) READ(z, T, 2), VALUE), nullptr),
#define SELECT(NAME, RULE, ON, VALUE, ...) \
  JOIN3(ON_, ON, KIND)(HOST(READ(x, k_b1, 0) READ(y, T, 1) READ(z, T, 2), VALUE), nullptr),

namespace kroton::kernel::prelude {
namespace {
#define ENDING b1
#define KIND bool
constexpr HostFunction values_b1[] = {
#include "kroton/scalars/ops.def"
};
#undef ENDING
#undef KIND
#define ENDING i8
#define KIND int
constexpr HostFunction values_i8[] = {
#include "kroton/scalars/ops.def"
};
#undef ENDING
#define ENDING i16
constexpr HostFunction values_i16[] = {
#include "kroton/scalars/ops.def"
};
#undef ENDING
#define ENDING i32
constexpr HostFunction values_i32[] = {
#include "kroton/scalars/ops.def"
};
#undef ENDING
#define ENDING i64
constexpr HostFunction values_i64[] = {
#include "kroton/scalars/ops.def"
};
#undef ENDING
#define ENDING u8
constexpr HostFunction values_u8[] = {
#include "kroton/scalars/ops.def"
};
#undef ENDING
#define ENDING u16
constexpr HostFunction values_u16[] = {
#include "kroton/scalars/ops.def"
};
#undef ENDING
#define ENDING u32
constexpr HostFunction values_u32[] = {
#include "kroton/scalars/ops.def"
};
#undef ENDING
#define ENDING u64
constexpr HostFunction values_u64[] = {
#include "kroton/scalars/ops.def"
};
#undef ENDING
#undef KIND
#define ENDING f32
#define KIND float
constexpr HostFunction values_f32[] = {
#include "kroton/scalars/ops.def"
};
#undef ENDING
#define ENDING f64
constexpr HostFunction values_f64[] = {
#include "kroton/scalars/ops.def"
};
#undef ENDING
#undef KIND
#define ENDING c64
#define KIND complex
constexpr HostFunction values_c64[] = {
#include "kroton/scalars/ops.def"
};
#undef ENDING
#define ENDING c128
constexpr HostFunction values_c128[] = {
#include "kroton/scalars/ops.def"
};
}  // namespace
}  // namespace kroton::kernel::prelude

namespace kroton::scalars::detail {
kernel::HostFunction host_value(int row, DType compute) {
  namespace p = kernel::prelude;
  switch (compute) {
    case bool_:
      return p::values_b1[row];
    case int8:
      return p::values_i8[row];
    case int16:
      return p::values_i16[row];
    case int32:
      return p::values_i32[row];
    case int64:
      return p::values_i64[row];
    case uint8:
      return p::values_u8[row];
    case uint16:
      return p::values_u16[row];
    case uint32:
      return p::values_u32[row];
    case uint64:
      return p::values_u64[row];
    case float32:
      return p::values_f32[row];
    case float64:
      return p::values_f64[row];
    case complex64:
      return p::values_c64[row];
    case complex128:
      return p::values_c128[row];
    default:
      return nullptr;  // float16 and bfloat16 are computed in float32
  }
}
}  // namespace kroton::scalars::detail
