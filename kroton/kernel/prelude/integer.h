// SPDX-License-Identifier: BSD-3-Clause
// Integers wrap at their own width and division by zero gives 0, never a signal. Written once over K_T, K_SIGNED
// (1 or 0), K_W (an unsigned type that no promotion widens) and K_NAME; math.h includes this file once per type.
KFN K_T K_NAME(add)(K_T x, K_T y) {
  return (K_T)((K_W)x + (K_W)y);
}
KFN K_T K_NAME(sub)(K_T x, K_T y) {
  return (K_T)((K_W)x - (K_W)y);
}
KFN K_T K_NAME(mul)(K_T x, K_T y) {
  return (K_T)((K_W)x * (K_W)y);
}
KFN K_T K_NAME(neg)(K_T x) {
  return (K_T)((K_W)0 - (K_W)x);
}
KFN K_T K_NAME(sqr)(K_T x) {
  return (K_T)((K_W)x * (K_W)x);
}
KFN K_T K_NAME(real)(K_T x) {
  return x;
}
KFN K_T K_NAME(imag)(K_T x) {
  return (K_T)(x & 0);
}
KFN K_T K_NAME(conj)(K_T x) {
  return x;
}
KFN K_T K_NAME(abs)(K_T x) {
  return K_SIGNED & (x < 0) ? K_NAME(neg)(x) : x;
}
KFN K_T K_NAME(sgn)(K_T x) {
  return (K_T)((x > 0) - (K_SIGNED & (x < 0)));
}
KFN K_T K_NAME(floor_div)(K_T x, K_T y) {
  int minus = K_SIGNED & ((K_T)~y == 0);
  K_T d = (y == 0) | minus ? (K_T)1 : y;
  K_T q = (K_T)(x / d);
  K_T r = (K_T)(x % d);
  q = (K_T)(q - (K_SIGNED & (r != 0) & ((r < 0) != (d < 0))));
  q = minus ? K_NAME(neg)(x) : q;
  return y == 0 ? (K_T)0 : q;
}
KFN K_T K_NAME(mod)(K_T x, K_T y) {
  int special = (y == 0) | (K_SIGNED & ((K_T)~y == 0));
  K_T d = special ? (K_T)1 : y;
  K_T r = (K_T)(x % d);
  r = K_SIGNED & (r != 0) & ((r < 0) != (d < 0)) ? (K_T)(r + d) : r;
  return special ? (K_T)0 : r;
}
// Wraps; a negative exponent gives the integer part of the power, and 0 for x = 0.
KFN K_T K_NAME(pow)(K_T x, K_T y) {
  K_W power = 1;
  K_W base = (K_W)x;
  K_W left = K_SIGNED & (y < 0) ? (K_W)0 : (K_W)y;
  while (left != 0) {
    power = left & 1 ? power * base : power;
    base = base * base;
    left = left >> 1;
  }
  K_T inverse = x == 1 ? (K_T)1 : (K_SIGNED & ((K_T)~x == 0) ? (K_T)(y & 1 ? -1 : 1) : (K_T)0);
  return K_SIGNED & (y < 0) ? inverse : (K_T)power;
}
// C's remainder, with the sign of x.
KFN K_T K_NAME(fmod)(K_T x, K_T y) {
  int special = (y == 0) | (K_SIGNED & ((K_T)~y == 0));
  K_T d = special ? (K_T)1 : y;
  return special ? (K_T)0 : (K_T)(x % d);
}
// Shifts by a negative number of bits or by all of them leave nothing but the sign.
KFN K_T K_NAME(left_shift)(K_T x, K_T y) {
  int all = (K_SIGNED & (y < 0)) | (y > (K_T)(sizeof(K_T) * 8u - 1u));
  K_W by = (K_W)(all ? (K_T)0 : y);
  return all ? (K_T)0 : (K_T)((K_W)x << by);
}
KFN K_T K_NAME(right_shift)(K_T x, K_T y) {
  K_T most = (K_T)(sizeof(K_T) * 8u - 1u);
  int all = (K_SIGNED & (y < 0)) | (y > most);
  K_T shifted = (K_T)(x >> (all ? most : y));
  return all ? (K_T)(K_SIGNED & (x < 0) ? -1 : 0) : shifted;
}
KFN K_T K_NAME(maximum)(K_T x, K_T y) {
  return x > y ? x : y;
}
KFN K_T K_NAME(minimum)(K_T x, K_T y) {
  return x < y ? x : y;
}
KFN K_T K_NAME(clip)(K_T x, K_T lower, K_T upper) {
  K_T y = x > upper ? upper : x;
  return x < lower ? lower : y;
}
KFN K_T K_NAME(select)(k_b1 condition, K_T x, K_T y) {
  return condition ? x : y;
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
KFN K_T K_NAME(bit_and)(K_T x, K_T y) {
  return (K_T)(x & y);
}
KFN K_T K_NAME(bit_or)(K_T x, K_T y) {
  return (K_T)(x | y);
}
KFN K_T K_NAME(bit_xor)(K_T x, K_T y) {
  return (K_T)(x ^ y);
}
KFN K_T K_NAME(bit_not)(K_T x) {
  return (K_T)~x;
}
KFN k_b1 K_NAME(isnan)(K_T x) {
  return (k_b1)(x & 0);
}
KFN k_b1 K_NAME(isinf)(K_T x) {
  return (k_b1)(x & 0);
}
KFN k_b1 K_NAME(isfinite)(K_T x) {
  return (k_b1)((x & 0) + 1);
}
KFN k_b1 K_NAME(signbit)(K_T x) {
  return (k_b1)(K_SIGNED & (x < 0));
}
KFN k_b1 K_NAME(b1_from)(K_T x) {
  return (k_b1)(x != 0);
}
