// SPDX-License-Identifier: BSD-3-Clause
// Powers of complex numbers. log, product and exp multiply the relative error by |y log x|, so those of complex64 are
// computed in complex128.
#pragma once
// Whole exponents up to 100 by multiplication, others through log and exp.
KFN k_c128 pow_c128(k_c128 x, k_c128 y) {
  k_f64 n = abs_f64(y.re);
  int whole = (y.im == 0.0) & (n <= 100.0) & (floor_f64(n) == n);
  int left = whole ? (int)n : 0;
  k_c128 power = make_c128(1.0, 0.0);
  k_c128 base = x;
  while (left != 0) {
    power = left & 1 ? mul_c128(power, base) : power;
    base = mul_c128(base, base);
    left = left >> 1;
  }
  power = y.re < 0.0 ? inv_c128(power) : power;
  int zero = (x.re == 0.0) & (x.im == 0.0);
  k_c128 general = exp_c128(mul_c128(y, log_c128(x)));
  general = zero & (y.re > 0.0) ? make_c128(0.0, 0.0) : general;
  return whole ? power : general;
}
KFN k_c64 pow_c64(k_c64 x, k_c64 y) {
  k_c128 z = pow_c128(make_c128((k_f64)x.re, (k_f64)x.im), make_c128((k_f64)y.re, (k_f64)y.im));
  return make_c64((k_f32)z.re, (k_f32)z.im);
}
