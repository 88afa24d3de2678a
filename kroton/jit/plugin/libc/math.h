/* SPDX-License-Identifier: BSD-3-Clause
 * Declarations of the C library's math.h, for machines without the system's headers. */
#ifndef KROTON_LIBC_MATH_H
#define KROTON_LIBC_MATH_H
typedef float float_t;
typedef double double_t;
#define HUGE_VAL __builtin_huge_val()
#define HUGE_VALF __builtin_huge_valf()
#define INFINITY __builtin_inff()
#define NAN __builtin_nanf("")
#define M_E 2.7182818284590452354
#define M_LOG2E 1.4426950408889634074
#define M_LOG10E 0.43429448190325182765
#define M_LN2 0.69314718055994530942
#define M_LN10 2.30258509299404568402
#define M_PI 3.14159265358979323846
#define M_PI_2 1.57079632679489661923
#define M_PI_4 0.78539816339744830962
#define M_1_PI 0.31830988618379067154
#define M_2_PI 0.63661977236758134308
#define M_SQRT2 1.41421356237309504880
#define M_SQRT1_2 0.70710678118654752440
#define FP_NAN 0
#define FP_INFINITE 1
#define FP_ZERO 2
#define FP_SUBNORMAL 3
#define FP_NORMAL 4
#define fpclassify(x) __builtin_fpclassify(FP_NAN, FP_INFINITE, FP_NORMAL, FP_SUBNORMAL, FP_ZERO, x)
#define isfinite(x) __builtin_isfinite(x)
#define isinf(x) __builtin_isinf(x)
#define isnan(x) __builtin_isnan(x)
#define isnormal(x) __builtin_isnormal(x)
#define signbit(x) __builtin_signbit(x)
#define isgreater(x, y) __builtin_isgreater(x, y)
#define isless(x, y) __builtin_isless(x, y)
#define isunordered(x, y) __builtin_isunordered(x, y)
#define KROTON_MATH1(f) \
  double f(double);     \
  float f##f(float);    \
  long double f##l(long double);
#define KROTON_MATH2(f)     \
  double f(double, double); \
  float f##f(float, float); \
  long double f##l(long double, long double);
// clang-format off
KROTON_MATH1(acos) KROTON_MATH1(acosh) KROTON_MATH1(asin) KROTON_MATH1(asinh) KROTON_MATH1(atan)
KROTON_MATH1(atanh) KROTON_MATH1(cbrt) KROTON_MATH1(ceil) KROTON_MATH1(cos) KROTON_MATH1(cosh)
KROTON_MATH1(erf) KROTON_MATH1(erfc) KROTON_MATH1(exp) KROTON_MATH1(exp2) KROTON_MATH1(expm1)
KROTON_MATH1(fabs) KROTON_MATH1(floor) KROTON_MATH1(lgamma) KROTON_MATH1(log) KROTON_MATH1(log10)
KROTON_MATH1(log1p) KROTON_MATH1(log2) KROTON_MATH1(logb) KROTON_MATH1(nearbyint)
KROTON_MATH1(rint) KROTON_MATH1(round) KROTON_MATH1(sin) KROTON_MATH1(sinh) KROTON_MATH1(sqrt)
KROTON_MATH1(tan) KROTON_MATH1(tanh) KROTON_MATH1(tgamma) KROTON_MATH1(trunc) KROTON_MATH2(atan2)
KROTON_MATH2(copysign) KROTON_MATH2(fdim) KROTON_MATH2(fmax) KROTON_MATH2(fmin)
KROTON_MATH2(fmod) KROTON_MATH2(hypot) KROTON_MATH2(nextafter) KROTON_MATH2(pow)
KROTON_MATH2(remainder)
// clang-format on
#undef KROTON_MATH1
#undef KROTON_MATH2
double fma(double, double, double);
float fmaf(float, float, float);
double frexp(double, int*);
float frexpf(float, int*);
double ldexp(double, int);
float ldexpf(float, int);
double modf(double, double*);
float modff(float, float*);
double scalbn(double, int);
float scalbnf(float, int);
int ilogb(double);
int ilogbf(float);
long lrint(double);
long lrintf(float);
long lround(double);
long lroundf(float);
long long llrint(double);
long long llround(double);
double nan(const char*);
float nanf(const char*);
#endif
