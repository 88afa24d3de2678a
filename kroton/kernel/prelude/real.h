// SPDX-License-Identifier: BSD-3-Clause
// What float and double share: written once over K_T, K_C(literal), K_FMA, K_NAME(function). math.h includes this
// file once per type; prelude.cpp does the same to the text.
KFN int K_NAME(is_negative)(K_T x) {
  return (K_NAME(bits)(x) >> (sizeof(K_T) * 8u - 1u)) != 0u;
}
KFN K_T K_NAME(copysign)(K_T x, K_T y) {
  K_T a = K_NAME(abs)(x);
  return K_NAME(is_negative)(y) ? -a : a;
}
KFN K_T K_NAME(add)(K_T x, K_T y) {
  return x + y;
}
KFN K_T K_NAME(sub)(K_T x, K_T y) {
  return x - y;
}
KFN K_T K_NAME(mul)(K_T x, K_T y) {
  return x * y;
}
KFN K_T K_NAME(divide)(K_T x, K_T y) {
  return x / y;
}
KFN K_T K_NAME(neg)(K_T x) {
  return -x;
}
KFN K_T K_NAME(sqr)(K_T x) {
  return x * x;
}
KFN K_T K_NAME(inv)(K_T x) {
  return K_C(1.0) / x;
}
KFN K_T K_NAME(real)(K_T x) {
  return x;
}
KFN K_T K_NAME(imag)(K_T x) {
  (void)x;
  return K_C(0.0);
}
KFN K_T K_NAME(conj)(K_T x) {
  return x;
}
KFN K_T K_NAME(deg2rad)(K_T x) {
  return x * K_C(0.01745329251994329577);
}
KFN K_T K_NAME(rad2deg)(K_T x) {
  return x * K_C(57.2957795130823208768);
}
KFN K_T K_NAME(fma)(K_T x, K_T y, K_T z) {
  return K_FMA(x, y, z);
}
KFN k_b1 K_NAME(isnan)(K_T x) {
  return (k_b1)(x != x);
}
KFN k_b1 K_NAME(isinf)(K_T x) {
  return (k_b1)((x == x) & (x - x != x - x));
}
KFN k_b1 K_NAME(isfinite)(K_T x) {
  return (k_b1)(x - x == x - x);
}
KFN k_b1 K_NAME(signbit)(K_T x) {
  return (k_b1)K_NAME(is_negative)(x);
}
KFN k_b1 K_NAME(eq)(K_T x, K_T y) {
  return (k_b1)(x == y);
}
KFN k_b1 K_NAME(neq)(K_T x, K_T y) {
  return (k_b1)(x != y);
}
KFN k_b1 K_NAME(lt)(K_T x, K_T y) {
  return (k_b1)(x < y);
}
KFN k_b1 K_NAME(le)(K_T x, K_T y) {
  return (k_b1)(x <= y);
}
// NaN in either argument gives NaN; of two zeros maximum gives +0 and minimum -0. What is asked of y
// alone is known when y is a number of the graph: one instruction is left then.
KFN K_T K_NAME(maximum)(K_T x, K_T y) {
  K_T m = y > x ? y : x;
  m = (x == y) & (K_NAME(bits)(y) == K_NAME(bits)(K_C(0.0))) ? y : m;
  return y != y ? y : m;
}
KFN K_T K_NAME(minimum)(K_T x, K_T y) {
  K_T m = y < x ? y : x;
  m = (x == y) & (K_NAME(bits)(y) == K_NAME(bits)(-K_C(0.0))) ? y : m;
  return y != y ? y : m;
}
KFN K_T K_NAME(clip)(K_T x, K_T lower, K_T upper) {
  K_T y = x > upper ? upper : x;
  return x < lower ? lower : y;
}
KFN K_T K_NAME(select)(k_b1 condition, K_T x, K_T y) {
  return condition ? x : y;
}
// -1, 0, 1, and NaN for NaN.
KFN K_T K_NAME(sgn)(K_T x) {
  K_T y = x > K_C(0.0) ? K_C(1.0) : (x == K_C(0.0) ? K_C(0.0) : x);
  return x < K_C(0.0) ? K_C(-1.0) : y;
}
// The nearest integer, ties away from zero.
KFN K_T K_NAME(round_away)(K_T x) {
  K_T whole = K_NAME(trunc)(x);
  K_T rest = K_NAME(abs)(x - whole);
  return K_NAME(copysign)(rest >= K_C(0.5) ? K_NAME(abs)(whole) + K_C(1.0) : whole, x);
}
// The angle of x + 0 i.
KFN K_T K_NAME(angle)(K_T x) {
  K_T y = K_NAME(is_negative)(x) ? K_C(3.14159265358979323846) : K_C(0.0);
  return x != x ? x : y;
}
// Scaled by a power of two, so that squares neither overflow nor vanish.
KFN K_T K_NAME(hypot)(K_T x, K_T y) {
  K_T a = K_NAME(abs)(x);
  K_T b = K_NAME(abs)(y);
  K_T top = a > b ? a : b;
  K_T huge = sizeof(K_T) == 4u ? K_C(0x1p60) : K_C(0x1p500);
  K_T down = sizeof(K_T) == 4u ? K_C(0x1p-80) : K_C(0x1p-600);
  K_T up = sizeof(K_T) == 4u ? K_C(0x1p90) : K_C(0x1p600);
  K_T scale = top > huge ? down : (top < K_C(1.0) / huge ? up : K_C(1.0));
  K_T p = a * scale;
  K_T q = b * scale;
  K_T r = K_NAME(sqrt)(K_FMA(p, p, q * q)) / scale;
  return K_NAME(isinf)(a) | K_NAME(isinf)(b) ? a + b == a + b ? a + b : (K_NAME(isinf)(a) ? a : b) : r;
}
// The remainder with the sign of y; x is finite, else NaN.
KFN K_T K_NAME(mod)(K_T x, K_T y) {
  K_T r = K_NAME(fmod)(x, y);
  r = (r != K_C(0.0)) & ((r < K_C(0.0)) != (y < K_C(0.0))) ? r + y : r;
  return r == K_C(0.0) ? K_NAME(copysign)(r, y) : r;
}
// floor(x / y), exact where x / y rounds up to an integer; x / 0 is an infinity or NaN.
KFN K_T K_NAME(floor_div)(K_T x, K_T y) {
  K_T r = K_NAME(fmod)(x, y);
  K_T q = (x - r) / y;
  q = (r != K_C(0.0)) & ((r < K_C(0.0)) != (y < K_C(0.0))) ? q - K_C(1.0) : q;
  K_T whole = K_NAME(floor)(q);
  whole = q - whole > K_C(0.5) ? whole + K_C(1.0) : whole;
  whole = q == K_C(0.0) ? K_NAME(copysign)(K_C(0.0), x / y) : whole;
  return y == K_C(0.0) ? x / y : whole;
}
KFN K_T K_NAME(sigmoid)(K_T x) {
  K_T e = K_NAME(exp)(-K_NAME(abs)(x));
  return (x < K_C(0.0) ? e : K_C(1.0)) / (K_C(1.0) + e);
}
KFN K_T K_NAME(softplus)(K_T x) {
  return (x > K_C(0.0) ? x : K_C(0.0)) + K_NAME(log1p)(K_NAME(exp)(-K_NAME(abs)(x)));
}
// log(exp(x) + exp(y)) without overflow.
KFN K_T K_NAME(logaddexp)(K_T x, K_T y) {
  K_T top = x > y ? x : y;
  K_T difference = x == y ? K_C(0.0) : K_NAME(abs)(x - y);
  K_T z = top + K_NAME(log1p)(K_NAME(exp)(-difference));
  return (x != x) | (y != y) ? x + y : z;
}
// log(1 - exp(x)) for x <= 0 (Maechler, 2012).
KFN K_T K_NAME(log1mexp)(K_T x) {
  int is_near = x > K_C(-0.69314718055994530942);
  K_T near = K_NAME(log)(-K_NAME(expm1)(x));
  K_T far = K_NAME(log1p)(-K_NAME(exp)(is_near ? K_C(-1.0) : x));
  return is_near ? near : far;
}
// x log(y), and 0 for x = 0 whatever y is, NaN excepted.
KFN K_T K_NAME(xlogy0)(K_T x, K_T y) {
  K_T z = x * K_NAME(log)(y);
  return (x == K_C(0.0)) & (y == y) ? K_C(0.0) : z;
}
KFN K_T K_NAME(xlogx)(K_T x) {
  return K_NAME(xlogy0)(x, x);
}
KFN K_T K_NAME(tanh)(K_T x) {
  K_T a = K_NAME(abs)(x);
  a = a > K_C(22.0) ? K_C(22.0) : a;
  K_T e = K_NAME(expm1)(a + a);
  return K_NAME(copysign)(e / (e + K_C(2.0)), x);
}
KFN K_T K_NAME(sinh)(K_T x) {
  K_T a = K_NAME(abs)(x);
  K_T most = sizeof(K_T) == 4u ? K_C(100.0) : K_C(720.0);
  a = a > most ? most : a;
  K_NAME(k_pair) m = K_NAME(expm1_split)(a);
  K_T power = K_NAME(scale)(K_C(1.0), m.lo < K_C(40.0) ? m.lo : K_C(40.0));
  K_T e = K_FMA(power, m.hi, power - K_C(1.0));
  K_T y = a < K_C(22.0) ? K_C(0.5) * (e + e / (e + K_C(1.0))) : K_NAME(scale)(K_C(1.0) + m.hi, m.lo - K_C(1.0));
  return a < K_C(0x1p-28) ? x : K_NAME(copysign)(y, x);
}
KFN K_T K_NAME(cosh)(K_T x) {
  K_T a = K_NAME(abs)(x);
  K_T most = sizeof(K_T) == 4u ? K_C(100.0) : K_C(720.0);
  a = a > most ? most : a;
  K_NAME(k_pair) m = K_NAME(expm1_split)(a);
  K_T halved = K_NAME(scale)(K_C(1.0) + m.hi, m.lo - K_C(1.0));
  return halved + K_C(0.25) / halved;
}
KFN K_T K_NAME(arcsinh)(K_T x) {
  K_T a = K_NAME(abs)(x);
  K_T b = a < K_C(0x1p56) ? a : K_C(1.0);
  K_T u = b + b * b / (K_C(1.0) + K_NAME(sqrt)(K_FMA(b, b, K_C(1.0))));
  K_T y = K_NAME(log1p)(a < K_C(0x1p56) ? u : a);
  return K_NAME(copysign)(a < K_C(0x1p56) ? y : y + K_C(0x1.62e42fefa39efp-1), x);
}
KFN K_T K_NAME(arccosh)(K_T x) {
  K_T t = x - K_C(1.0);
  K_T y = K_NAME(log1p)(x < K_C(0x1p56) ? t + K_NAME(sqrt)(t * (t + K_C(2.0))) : x);
  y = x < K_C(0x1p56) ? y : y + K_C(0x1.62e42fefa39efp-1);
  return x < K_C(1.0) ? K_NAME(sqrt)(K_C(-1.0)) : y;
}
KFN K_T K_NAME(arctanh)(K_T x) {
  K_T a = K_NAME(abs)(x);
  return K_NAME(copysign)(K_C(0.5) * K_NAME(log1p)((a + a) / (K_C(1.0) - a)), x);
}
// For |x| > 1/2: arcsin(x) = pi/2 - 2 arcsin(sqrt((1 - x) / 2)).
KFN K_T K_NAME(arcsin)(K_T x) {
  K_T a = K_NAME(abs)(x);
  K_T z = a < K_C(0.5) ? a * a : K_C(0.5) - K_C(0.5) * a;
  K_T s = a < K_C(0.5) ? a : K_NAME(sqrt)(z);
  K_T tail = z * s * K_NAME(arcsin_tail)(z);
  K_T low = a < K_C(0.5) ? K_C(0.0) : K_FMA(-s, s, z) / (s + s + K_C(0x1p-100));
  K_T far = K_C(1.57079632679489661923) - K_C(2.0) * (s + (tail + low));
  return K_NAME(copysign)(a < K_C(0.5) ? a + tail : far, x);
}
KFN K_T K_NAME(arccos)(K_T x) {
  K_T a = K_NAME(abs)(x);
  K_T z = a < K_C(0.5) ? x * x : K_C(0.5) - K_C(0.5) * a;
  K_T s = a < K_C(0.5) ? x : K_NAME(sqrt)(z);
  K_T tail = z * s * K_NAME(arcsin_tail)(z);
  K_T half_pi_low = sizeof(K_T) == 4u ? K_C(-0x1.777a5cp-25) : K_C(0x1.1a62633145c07p-54);
  K_T near = K_C(1.57079632679489661923) - (s + (tail - half_pi_low));
  K_T low = K_FMA(-s, s, z) / (s + s + K_C(0x1p-100));
  K_T twice = K_C(2.0) * (s + (tail + low));
  K_T far = x > K_C(0.0) ? twice : K_C(3.14159265358979323846) - (twice - K_C(2.0) * half_pi_low);
  return a < K_C(0.5) ? near : far;
}
// arctan(y / x) for x >= 0, y >= 0, not both 0.
KFN K_T K_NAME(arctan_ratio)(K_T y, K_T x) {
  int middle = y > K_C(0.41421356237309503) * x;
  int upper = y * K_C(0.41421356237309503) > x;
  K_T n = upper ? -x : (middle ? y - x : y);
  K_T d = upper ? y : (middle ? y + x : x);
  K_T t = n / d;
  K_T z = t * t;
  K_T base = upper ? K_C(1.57079632679489661923) : (middle ? K_C(0.78539816339744830962) : K_C(0.0));
  K_T half_pi_low = sizeof(K_T) == 4u ? K_C(-0x1.777a5cp-25) : K_C(0x1.1a62633145c07p-54);
  K_T base_low = upper ? half_pi_low : (middle ? K_C(0.5) * half_pi_low : K_C(0.0));
  return base + (t + K_FMA(t * z, K_NAME(arctan_tail)(z), base_low));
}
KFN K_T K_NAME(arctan)(K_T x) {
  K_T a = K_NAME(abs)(x);
  a = a > K_C(0x1p60) ? K_C(0x1p60) : a;
  return K_NAME(copysign)(K_NAME(arctan_ratio)(a, K_C(1.0)), x);
}
KFN K_T K_NAME(arctan2)(K_T y, K_T x) {
  K_T a = K_NAME(abs)(y);
  K_T b = K_NAME(abs)(x);
  K_T top = a > b ? a : b;
  K_T scale = top > K_C(0x1p100) ? K_C(0x1p-30) : (top < K_C(0x1p-100) ? K_C(0x1p30) : K_C(1.0));
  int both_infinite = (a == b) & (a - a != K_C(0.0)) & (a == a);
  a = (top == K_C(0.0)) ? K_C(0.0) : (both_infinite ? K_C(1.0) : a * scale);
  b = (top == K_C(0.0)) | both_infinite ? K_C(1.0) : b * scale;
  K_T t = K_NAME(arctan_ratio)(a, b);
  K_T pi_low = sizeof(K_T) == 4u ? K_C(-0x1.777a5cp-24) : K_C(0x1.1a62633145c07p-53);
  t = K_NAME(is_negative)(x) ? K_C(3.14159265358979323846) - (t - pi_low) : t;
  t = K_NAME(copysign)(t, y);
  return (x != x) | (y != y) ? x + y : t;
}
// Conversions to integers as x86 does them: what does not fit, NaN too, becomes the least int32 (int64), whose low
// bits are then kept for narrower types. Defined for every argument.
KFN k_i32 K_NAME(i32_from)(K_T x) {
  int fits = (x > K_C(-2147483649.0)) & (x < K_C(2147483648.0));
  k_i32 n = (k_i32)(fits ? x : K_C(0.0));
  return fits ? n : -2147483647 - 1;
}
KFN k_i64 K_NAME(i64_from)(K_T x) {
  int fits = (x >= K_C(-0x1p63)) & (x < K_C(0x1p63));
  k_i64 n = (k_i64)(fits ? x : K_C(0.0));
  return fits ? n : (k_i64)0x8000000000000000u;
}
KFN k_u64 K_NAME(u64_from)(K_T x) {
  k_u64 upper = (k_u64)K_NAME(i64_from)(x - K_C(0x1p63)) ^ 0x8000000000000000u;
  return x >= K_C(0x1p63) ? upper : (k_u64)K_NAME(i64_from)(x);
}
KFN k_u32 K_NAME(u32_from)(K_T x) {
  return (k_u32)K_NAME(i64_from)(x);
}
KFN k_i8 K_NAME(i8_from)(K_T x) {
  return (k_i8)K_NAME(i32_from)(x);
}
KFN k_i16 K_NAME(i16_from)(K_T x) {
  return (k_i16)K_NAME(i32_from)(x);
}
KFN k_u8 K_NAME(u8_from)(K_T x) {
  return (k_u8)K_NAME(i32_from)(x);
}
KFN k_u16 K_NAME(u16_from)(K_T x) {
  return (k_u16)K_NAME(i32_from)(x);
}
KFN k_b1 K_NAME(b1_from)(K_T x) {
  return (k_b1)(x != K_C(0.0));
}
