// SPDX-License-Identifier: BSD-3-Clause
// Complex numbers as a struct of two, since device languages have no operators for them. Written once over K_Z (the
// complex type), K_T (its real type), K_ZNAME, K_NAME, K_C, K_FMA; math.h includes this file once per type.
// Accuracy is that of the number as a whole: a few ULP of its modulus. Inverse functions follow Kahan (1987).
KFN K_Z K_ZNAME(make)(K_T re, K_T im) {
  K_Z z;
  z.re = re;
  z.im = im;
  return z;
}
KFN K_T K_ZNAME(real)(K_Z x) {
  return x.re;
}
KFN K_T K_ZNAME(imag)(K_Z x) {
  return x.im;
}
KFN K_Z K_ZNAME(conj)(K_Z x) {
  return K_ZNAME(make)(x.re, -x.im);
}
KFN K_Z K_ZNAME(neg)(K_Z x) {
  return K_ZNAME(make)(-x.re, -x.im);
}
KFN K_Z K_ZNAME(add)(K_Z x, K_Z y) {
  return K_ZNAME(make)(x.re + y.re, x.im + y.im);
}
KFN K_Z K_ZNAME(sub)(K_Z x, K_Z y) {
  return K_ZNAME(make)(x.re - y.re, x.im - y.im);
}
KFN K_Z K_ZNAME(mul)(K_Z x, K_Z y) {
  return K_ZNAME(make)(x.re * y.re - x.im * y.im, x.re * y.im + x.im * y.re);
}
KFN K_Z K_ZNAME(sqr)(K_Z x) {
  return K_ZNAME(mul)(x, x);
}
// Smith's division: no needless overflow.
KFN K_Z K_ZNAME(divide)(K_Z x, K_Z y) {
  int wide = K_NAME(abs)(y.re) >= K_NAME(abs)(y.im);
  K_T p = wide ? y.re : y.im;
  K_T q = wide ? y.im : y.re;
  K_T r = p == K_C(0.0) ? K_C(0.0) : q / p;
  K_T d = p + q * r;
  K_T re = wide ? x.re + x.im * r : x.re * r + x.im;
  K_T im = wide ? x.im - x.re * r : x.im * r - x.re;
  return K_ZNAME(make)(re / d, im / d);
}
KFN K_Z K_ZNAME(inv)(K_Z x) {
  return K_ZNAME(divide)(K_ZNAME(make)(K_C(1.0), K_C(0.0)), x);
}
KFN k_b1 K_ZNAME(eq)(K_Z x, K_Z y) {
  return (k_b1)((x.re == y.re) & (x.im == y.im));
}
KFN k_b1 K_ZNAME(neq)(K_Z x, K_Z y) {
  return (k_b1)((x.re != y.re) | (x.im != y.im));
}
KFN k_b1 K_ZNAME(isnan)(K_Z x) {
  return (k_b1)(K_NAME(isnan)(x.re) | K_NAME(isnan)(x.im));
}
KFN k_b1 K_ZNAME(isinf)(K_Z x) {
  return (k_b1)(K_NAME(isinf)(x.re) | K_NAME(isinf)(x.im));
}
KFN k_b1 K_ZNAME(isfinite)(K_Z x) {
  return (k_b1)(K_NAME(isfinite)(x.re) & K_NAME(isfinite)(x.im));
}
KFN k_b1 K_ZNAME(b1_from)(K_Z x) {
  return (k_b1)((x.re != K_C(0.0)) | (x.im != K_C(0.0)));
}
KFN K_Z K_ZNAME(select)(k_b1 condition, K_Z x, K_Z y) {
  return K_ZNAME(make)(condition ? x.re : y.re, condition ? x.im : y.im);
}
KFN K_T K_ZNAME(abs)(K_Z x) {
  return K_NAME(hypot)(x.re, x.im);
}
KFN K_T K_ZNAME(angle)(K_Z x) {
  return K_NAME(arctan2)(x.im, x.re);
}
KFN K_Z K_ZNAME(exp)(K_Z x) {
  int large = x.re > (sizeof(K_T) == 4u ? K_C(88.0) : K_C(709.0));
  K_T e = K_NAME(exp)(large ? K_C(0.5) * x.re : x.re);
  K_T more = large ? e : K_C(1.0);
  K_T im = x.im == K_C(0.0) ? x.im : e * K_NAME(sin)(x.im) * more;
  K_T re = x.im == K_C(0.0) ? e * more : e * K_NAME(cos)(x.im) * more;
  int vanishes = (e == K_C(0.0)) & (x.re - x.re != K_C(0.0));
  return K_ZNAME(make)(vanishes ? K_C(0.0) : re, vanishes ? K_C(0.0) : im);
}
// exp(x) - 1 without cancellation: expm1(a) cos(b) - 2 sin(b/2)^2.
KFN K_Z K_ZNAME(expm1)(K_Z x) {
  K_T s = K_NAME(sin)(K_C(0.5) * x.im);
  K_T re = K_FMA(K_NAME(expm1)(x.re), K_NAME(cos)(x.im), K_C(-2.0) * s * s);
  return K_ZNAME(make)(re, K_ZNAME(exp)(x).im);
}
// log|x| with full relative accuracy near |x| = 1.
KFN K_T K_ZNAME(log_abs)(K_Z x) {
  K_T a = K_NAME(abs)(x.re);
  K_T b = K_NAME(abs)(x.im);
  K_T top = a > b ? a : b;
  K_T low = a > b ? b : a;
  K_T t = K_FMA(low, low, (top - K_C(1.0)) * (top + K_C(1.0)));
  int near = (top > K_C(0.5)) & (top < K_C(1.5));
  K_T far = K_NAME(log)(K_ZNAME(abs)(x));
  return near ? K_C(0.5) * K_NAME(log1p)(t) : far;
}
KFN K_Z K_ZNAME(log)(K_Z x) {
  return K_ZNAME(make)(K_ZNAME(log_abs)(x), K_NAME(arctan2)(x.im, x.re));
}
KFN K_Z K_ZNAME(log2)(K_Z x) {
  K_Z y = K_ZNAME(log)(x);
  return K_ZNAME(make)(y.re * K_C(1.44269504088896340736), y.im * K_C(1.44269504088896340736));
}
KFN K_Z K_ZNAME(log10)(K_Z x) {
  K_Z y = K_ZNAME(log)(x);
  return K_ZNAME(make)(y.re * K_C(0.43429448190325182765), y.im * K_C(0.43429448190325182765));
}
KFN K_Z K_ZNAME(log1p)(K_Z x) {
  K_T t = K_FMA(x.re, x.re + K_C(2.0), x.im * x.im);
  K_Z one = K_ZNAME(make)(x.re + K_C(1.0), x.im);
  K_T re = t < K_C(1.0) ? K_C(0.5) * K_NAME(log1p)(t) : K_ZNAME(log_abs)(one);
  return K_ZNAME(make)(re, K_NAME(arctan2)(one.im, one.re));
}
KFN K_Z K_ZNAME(exp2)(K_Z x) {
  return K_ZNAME(exp)(K_ZNAME(make)(x.re * K_C(0.69314718055994530942), x.im * K_C(0.69314718055994530942)));
}
KFN K_Z K_ZNAME(sqrt)(K_Z x) {
  K_T a = K_NAME(abs)(x.re);
  K_T b = K_NAME(abs)(x.im);
  K_T top = a > b ? a : b;
  int large = top > K_C(0x1p60);
  int tiny = top < K_C(0x1p-60);
  K_T down = large ? K_C(0x1p-4) : (tiny ? K_C(0x1p60) : K_C(1.0));
  K_T back = large ? K_C(4.0) : (tiny ? K_C(0x1p-30) : K_C(1.0));
  K_T h = K_NAME(sqrt)(K_C(0.5) * (a * down + K_ZNAME(abs)(K_ZNAME(make)(a * down, b * down)))) * back;
  K_T other = h == K_C(0.0) ? K_C(0.0) : K_C(0.5) * b / h;
  other = K_NAME(isinf)(a) & K_NAME(isfinite)(b) ? K_C(0.0) : other;
  h = K_NAME(isinf)(b) ? b : h;
  other = K_NAME(isinf)(b) ? b : other;
  return K_ZNAME(make)(x.re >= K_C(0.0) ? h : other, K_NAME(copysign)(x.re >= K_C(0.0) ? other : h, x.im));
}
KFN K_Z K_ZNAME(times_i)(K_Z x) {
  return K_ZNAME(make)(-x.im, x.re);
}
KFN K_Z K_ZNAME(over_i)(K_Z x) {
  return K_ZNAME(make)(x.im, -x.re);
}
KFN K_Z K_ZNAME(sinh)(K_Z x) {
  return K_ZNAME(make)(K_NAME(sinh)(x.re) * K_NAME(cos)(x.im),
                       x.im == K_C(0.0) ? x.im : K_NAME(cosh)(x.re) * K_NAME(sin)(x.im));
}
KFN K_Z K_ZNAME(cosh)(K_Z x) {
  K_T im = (x.im == K_C(0.0)) | (x.re == K_C(0.0)) ? x.re * x.im : K_NAME(sinh)(x.re) * K_NAME(sin)(x.im);
  return K_ZNAME(make)(K_NAME(cosh)(x.re) * K_NAME(cos)(x.im), im);
}
KFN K_Z K_ZNAME(tanh)(K_Z x) {
  K_T a = K_NAME(abs)(x.re);
  K_T s = K_NAME(sin)(x.im);
  K_T c = K_NAME(cos)(x.im);
  K_T e = K_NAME(exp)(-a - a);
  K_T sh = K_NAME(sinh)(a < K_C(20.0) ? x.re : K_C(0.0));
  K_T ch = K_NAME(cosh)(a < K_C(20.0) ? x.re : K_C(0.0));
  K_T d = K_FMA(sh, sh, c * c);
  K_T re = a < K_C(20.0) ? sh * ch / d : K_NAME(copysign)(K_C(1.0), x.re);
  K_T im = a < K_C(20.0) ? s * c / d : K_C(4.0) * s * c * e;
  im = K_NAME(isinf)(a) & (im != im) ? K_C(0.0) : im;
  return K_ZNAME(make)(re, x.im == K_C(0.0) ? x.im : im);
}
KFN K_Z K_ZNAME(sin)(K_Z x) {
  return K_ZNAME(over_i)(K_ZNAME(sinh)(K_ZNAME(times_i)(x)));
}
KFN K_Z K_ZNAME(cos)(K_Z x) {
  return K_ZNAME(cosh)(K_ZNAME(times_i)(x));
}
KFN K_Z K_ZNAME(tan)(K_Z x) {
  return K_ZNAME(over_i)(K_ZNAME(tanh)(K_ZNAME(times_i)(x)));
}
KFN K_Z K_ZNAME(arcsin)(K_Z x) {
  K_Z p = K_ZNAME(sqrt)(K_ZNAME(make)(K_C(1.0) - x.re, -x.im));
  K_Z q = K_ZNAME(sqrt)(K_ZNAME(make)(K_C(1.0) + x.re, x.im));
  return K_ZNAME(make)(K_NAME(arctan2)(x.re, p.re * q.re - p.im * q.im), K_NAME(arcsinh)(p.re * q.im - p.im * q.re));
}
KFN K_Z K_ZNAME(arccos)(K_Z x) {
  K_Z p = K_ZNAME(sqrt)(K_ZNAME(make)(K_C(1.0) - x.re, -x.im));
  K_Z q = K_ZNAME(sqrt)(K_ZNAME(make)(K_C(1.0) + x.re, x.im));
  return K_ZNAME(make)(K_C(2.0) * K_NAME(arctan2)(p.re, q.re), K_NAME(arcsinh)(q.re * p.im - q.im * p.re));
}
KFN K_Z K_ZNAME(arccosh)(K_Z x) {
  K_Z p = K_ZNAME(sqrt)(K_ZNAME(make)(x.re - K_C(1.0), x.im));
  K_Z q = K_ZNAME(sqrt)(K_ZNAME(make)(x.re + K_C(1.0), x.im));
  return K_ZNAME(make)(K_NAME(arcsinh)(p.re * q.re + p.im * q.im), K_C(2.0) * K_NAME(arctan2)(p.im, q.re));
}
KFN K_Z K_ZNAME(arctanh)(K_Z x) {
  K_T a = K_NAME(abs)(x.re);
  K_T b = K_C(1.0) - a;
  K_T re = K_C(0.25) * K_NAME(log1p)(K_C(4.0) * a / K_FMA(b, b, x.im * x.im));
  K_T im = K_C(0.5) * K_NAME(arctan2)(x.im + x.im, K_FMA(b, K_C(1.0) + a, -x.im * x.im));
  return K_ZNAME(make)(K_NAME(copysign)(re, x.re), im);
}
KFN K_Z K_ZNAME(arcsinh)(K_Z x) {
  return K_ZNAME(over_i)(K_ZNAME(arcsin)(K_ZNAME(times_i)(x)));
}
KFN K_Z K_ZNAME(arctan)(K_Z x) {
  return K_ZNAME(over_i)(K_ZNAME(arctanh)(K_ZNAME(times_i)(x)));
}
