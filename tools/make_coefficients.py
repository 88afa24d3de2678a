#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Prints the polynomial coefficients and the table of kroton/kernel/prelude, from the definitions of the functions.

Weighted Remez exchange in 60 digits; needs mpmath. Run: python3 tools/make_coefficients.py [name ...]
"""
import struct
import sys

from mpmath import mp, mpf

mp.dps = 60


def remez(f, a, b, degree, weight=lambda x: mpf(1), rounds=12):
    """The polynomial p that makes max |weight * (p - f)| least on [a, b]; returns (coefficients, error)."""
    a, b, n = mpf(a), mpf(b), degree + 2
    given, weight = weight, lambda x: max(given(x), mpf("1e-9"))
    x = [(a + b) / 2 - (b - a) / 2 * mp.cos(mp.pi * (2 * i + 1) / (2 * n)) for i in range(n)]
    grid = [(a + b) / 2 - (b - a) / 2 * mp.cos(mp.pi * i / (40 * n)) for i in range(1, 40 * n)]
    values = [(f(t), weight(t)) for t in grid]
    for _ in range(rounds):
        matrix = mp.matrix(n, n)
        right = mp.matrix(n, 1)
        for i, t in enumerate(x):
            for j in range(degree + 1):
                matrix[i, j] = t**j
            matrix[i, degree + 1] = (-1) ** i / weight(t)
            right[i] = f(t)
        solution = mp.lu_solve(matrix, right)
        c = [solution[j] for j in range(degree + 1)]
        error = [w * (mp.polyval(c[::-1], t) - v) for t, (v, w) in zip(grid, values)]
        peaks = []
        for i, e in enumerate(error):
            if peaks and (e > 0) == (error[peaks[-1]] > 0):
                if abs(e) > abs(error[peaks[-1]]):
                    peaks[-1] = i
            else:
                peaks.append(i)
        while len(peaks) > n:
            peaks.pop(0 if abs(error[peaks[0]]) < abs(error[peaks[-1]]) else -1)
        if len(peaks) < n:
            break
        x = [grid[i] for i in peaks]
        sizes = [abs(error[i]) for i in peaks]
        if max(sizes) < min(sizes) * mpf("1.01"):
            break
    return c, max(abs(e) for e in error)


def as_double(v):
    return float(v).hex()


def as_float(v):
    v = mpf(v)
    if v == 0:
        return "0x0p0f"
    m, e = mp.frexp(v)
    return float(mp.nint(m * 2**24) * mpf(2) ** (int(e) - 24)).hex() + "f"


def parts(v, count, show=as_double):
    out = []
    for _ in range(count):
        text = show(v)
        out.append(text)
        v -= mpf(float.fromhex(text.rstrip("f")))
    return out


def series(f, order):
    """f for a removable singularity at 0: its Taylor polynomial near 0."""
    c = mp.taylor(f, mpf(0), order)
    return c


def near_zero(direct, taylor, radius="0.01"):
    """direct(x) away from 0, the Taylor series (list of coefficients) within radius: no cancellation."""
    return lambda x: mp.polyval(taylor[::-1], x) if abs(x) < mpf(radius) else direct(x)


LN2 = mp.log(2)
FITS = {}


def fit(name, show, f, a, b, degree, weight=lambda x: mpf(1)):
    FITS[name] = (show, f, a, b, degree, weight)


exp_tail = near_zero(lambda r: (mp.exp(r) - 1 - r) / r**2, [1 / mp.factorial(k + 2) for k in range(40)])
exp_weight = lambda r: r**2 / mp.exp(r)
fit("exp_f32", as_float, exp_tail, -LN2 / 2 * mpf("1.01"), LN2 / 2 * mpf("1.01"), 4, exp_weight)
fit("exp_f64", as_double, exp_tail, -LN2 / 2 * mpf("1.01"), LN2 / 2 * mpf("1.01"), 9, exp_weight)
expm1_weight = lambda r: r**2 / abs(mp.expm1(r)) if r else mpf(0)
fit("expm1_f32", as_float, exp_tail, -LN2 / 2 * mpf("1.01"), LN2 / 2 * mpf("1.01"), 5, expm1_weight)
fit("expm1_f64", as_double, exp_tail, -LN2 / 2 * mpf("1.01"), LN2 / 2 * mpf("1.01"), 10, expm1_weight)
exp2_tail = near_zero(lambda r: (mpf(2) ** r - 1) / r, [LN2 ** (k + 1) / mp.factorial(k + 1) for k in range(40)])
fit("exp2_f32", as_float, exp2_tail, -0.5, 0.5, 5, lambda r: abs(r) / mpf(2) ** r)
fit("exp2_f64", as_double, exp2_tail, -0.5, 0.5, 10, lambda r: abs(r) / mpf(2) ** r)
# log(1 + f) = f - f^2/2 + f^3 p(f)
log_tail = near_zero(lambda f: (mp.log1p(f) - f + f * f / 2) / f**3, [mpf((-1) ** k) / (k + 3) for k in range(60)])
fit("log_f32", as_float, log_tail, mp.sqrt(0.5) - 1 - 0.003, mp.sqrt(2) - 1 + 0.003, 8,
    lambda f: abs(f**3 / mp.log1p(f)) if f else mpf(0))
# log((1 + s) / (1 - s)) = 2 s + s z p(z), z = s^2
atanh_tail = near_zero(lambda z: (mp.log((1 + mp.sqrt(z)) / (1 - mp.sqrt(z))) / mp.sqrt(z) - 2) / z,
                       [mpf(2) / (2 * k + 3) for k in range(30)])
fit("log_f64", as_double, atanh_tail, 0, "0.0297", 6, lambda z: z)
# ... = 2 s + s z (2/3 + z p(z))
atanh_tail2 = near_zero(lambda z: (atanh_tail(z) - mpf(2) / 3) / z, [mpf(2) / (2 * k + 5) for k in range(30)])
fit("log_dd", as_double, atanh_tail2, 0, "0.0297", 7, lambda z: z * z)
# sin r = r + r z p(z), cos r = 1 - z/2 + z^2 p(z), z = r^2
sin_tail = near_zero(lambda z: (mp.sin(mp.sqrt(z)) / mp.sqrt(z) - 1) / z,
                     [mpf((-1) ** (k + 1)) / mp.factorial(2 * k + 3) for k in range(30)])
cos_tail = near_zero(lambda z: (mp.cos(mp.sqrt(z)) - 1 + z / 2) / z**2,
                     [mpf((-1) ** k) / mp.factorial(2 * k + 4) for k in range(30)])
fit("sin_f64", as_double, sin_tail, 0, "0.6175", 5, lambda z: z)
fit("cos_f64", as_double, cos_tail, 0, "0.6175", 5, lambda z: z**2)
fit("sin_in_f64", as_double, sin_tail, 0, "0.6175", 3, lambda z: z)
fit("cos_in_f64", as_double, cos_tail, 0, "0.6175", 3, lambda z: z**2)
# arcsin x = x + x z p(z); arctan t = t + t z p(z)
asin_tail = near_zero(lambda z: (mp.asin(mp.sqrt(z)) / mp.sqrt(z) - 1) / z,
                      [mp.binomial(2 * k + 2, k + 1) / mpf(4) ** (k + 1) / (2 * k + 3) for k in range(60)])
atan_tail = near_zero(lambda z: (mp.atan(mp.sqrt(z)) / mp.sqrt(z) - 1) / z,
                      [mpf((-1) ** (k + 1)) / (2 * k + 3) for k in range(60)])
fit("arcsin_f64", as_double, asin_tail, 0, "0.25", 12, lambda z: z)
fit("arctan_f64", as_double, atan_tail, 0, "0.1717", 11, lambda z: z)
fit("arcsin_f32", as_float, asin_tail, 0, "0.25", 4, lambda z: z)
fit("arctan_f32", as_float, atan_tail, 0, "0.1717", 4, lambda z: z)
# erf x = x + x p(z); erfc x = exp(-x^2) (1 + q) / (1 + 2 x) with q = p((x - K) / (x + K)), x >= 0
erf_tail = near_zero(lambda z: mp.erf(mp.sqrt(z)) / mp.sqrt(z) - 1,
                     [2 / mp.sqrt(mp.pi) * mpf((-1) ** k) / mp.factorial(k) / (2 * k + 1) - (1 if k == 0 else 0)
                      for k in range(40)])
fit("erf_f64", as_double, erf_tail, 0, 1, 12)
fit("erf_f32", as_float, erf_tail, 0, "0.8465", 6)
K = 4


def erfcx(x):
    return mp.exp(x * x) * mp.erfc(x) if x < 40 else mp.hyperu(mpf(1) / 2, mpf(1) / 2, x * x) / mp.sqrt(mp.pi)


def erfc_tail(t):
    if t >= 1:
        return 2 / mp.sqrt(mp.pi) - 1
    x = K * (1 + t) / (1 - t)
    return erfcx(x) * (1 + 2 * x) - 1


fit("erfc_f64", as_double, erfc_tail, -1, mpf(28 - K) / (28 + K), 23)
# erf x = 1 - exp(-x p(x)) on [0.92, 4]: absolute error of erf
fit("erf_far_f32", as_float, lambda x: -mp.log(mp.erfc(x)) / x, "0.91", "4.0", 7, lambda x: x * mp.erfc(x))

# log gamma(2 + t) = t (1 + t) p(t) on [-1, 1]; for x >= 8, with z = 1 / x^2:
#   log gamma(x) = (x - 1/2) log x - x + log(2 pi) / 2 + p(z) / x,  psi(x) = log x - 1 / (2 x) - z p(z),
#   psi'(x) = 1 / x + z / 2 + z p(z) / x


def away_from(t):
    return t if min(abs(t), abs(t + 1)) > mpf("1e-20") else t + mpf("1e-20")


def at_inverse_square_root(f):
    return lambda z: f(1 / mp.sqrt(z)) if z > mpf("1e-6") else f(mpf(1000))


gamma_near = lambda t: (lambda u: mp.loggamma(2 + u).real / (u * (1 + u)))(away_from(t))
fit("gammaln_f64", as_double, gamma_near, -1, 1, 28, lambda t: 1 / abs(gamma_near(t)))
fit("stirling_f64", as_double,
    at_inverse_square_root(lambda x: x * (mp.loggamma(x) - (x - mpf(1) / 2) * mp.log(x) + x - mp.log(2 * mp.pi) / 2)),
    mpf("1e-6"), mpf(1) / 64, 6)
fit("psi_f64", as_double, at_inverse_square_root(lambda x: x * x * (mp.log(x) - 1 / (2 * x) - mp.digamma(x))),
    mpf("1e-6"), mpf(1) / 64, 7)
# psi(2 + t) = (2 + t - r) p(t) on [-1, 1], r the zero of psi
ROOT_OF_PSI = mp.findroot(mp.digamma, mpf("1.4616"))
psi_near = lambda t: mp.digamma(2 + t) / (2 + t - ROOT_OF_PSI)
fit("psi_near_f64", as_double, psi_near, -1, 1, 28, lambda t: 1 / abs(psi_near(t)))
fit("tri_gamma_f64", as_double,
    at_inverse_square_root(lambda x: x**3 * (mp.psi(1, x) - 1 / x - 1 / (2 * x * x))), mpf("1e-6"), mpf(1) / 64, 7)

CONSTANTS = {
    "ln2": LN2, "log2e": 1 / LN2, "log10e": 1 / mp.log(10), "log10_2": mp.log(2) / mp.log(10), "pi": mp.pi,
    "pi/2": mp.pi / 2, "pi/4": mp.pi / 4, "2/pi": 2 / mp.pi, "2/3": mpf(2) / 3,
    "root of psi": ROOT_OF_PSI, "pi/180": mp.pi / 180, "180/pi": 180 / mp.pi,
}

# erfinv(x) = x p(w - 1), w = -log(1 - x^2), where q = 1 - |x| >= 0.077; else r p((r - K) / (r + K)), r = sqrt(-log q), K 3 up
# to r = 6 and 12 as far as the least q that erfcinv may be asked for.


def erfcinv_at(minus_log_q):
    y = mp.sqrt(minus_log_q)
    for _ in range(80):
        step = (mp.log(mp.erfc(y)) + minus_log_q) * mp.erfc(y) * mp.sqrt(mp.pi) / 2 * mp.exp(y * y)
        y += step
        if abs(step) < mpf("1e-50"):
            break
    return y


def erfinv_near(w):
    x = mp.sqrt(-mp.expm1(-w))
    return mp.sqrt(mp.pi) / 2 if w < mpf("1e-30") else erfcinv_at(-mp.log(1 - x)) / x


def erfinv_far(k):
    r = lambda t: k * (1 + t) / (1 - t)
    return lambda t: erfcinv_at(r(t) ** 2) / r(t)


def centred(f, middle):
    return lambda u: f(u + mpf(middle))


def relative(f):
    return lambda u: 1 / abs(f(u))


def fit_part(name, f, a, b, middle, degree):
    """f on [a, b] with relative error, the argument measured from the middle."""
    g = centred(f, middle)
    fit(name, as_double, g, mpf(a) - mpf(middle), mpf(b) - mpf(middle), degree, relative(g))


fit_part("erfinv_near", erfinv_near, 0, 1.93, 1, 15)
fit_part("erfinv_far_3", erfinv_far(3), -0.305, 0.335, 0, 19)
fit_part("erfinv_far_12", erfinv_far(12), -0.335, 0.392, 0, 21)

# Bessel functions. Below 8: J0(x) = (x^2 - r1^2) p(x^2) to 4 and (x - r2) p(x - 6) from there, J1(x) = x (x^2 - r1^2) p(x^2)
# to 4.5 and (x - r2) p(x - 6) from there; I0(x) = p(x^2), I1(x) = x p(x^2). From 8 on, with u = 8 / x,
# sqrt(pi x / 2) (J + i Y) = (P(u^2) + i u Q(u^2)) exp(i chi), and I(x) = exp(x) / sqrt(x) p(u).
J0_ROOTS = [mp.besseljzero(0, k) for k in (1, 2)]
J1_ROOTS = [mp.besseljzero(1, k) for k in (1, 2)]


def aside(x, root):
    return x if abs(x - root) > mpf("1e-25") else root + mpf("1e-25")


def j0_low(t):
    x = aside(mp.sqrt(t), J0_ROOTS[0])
    return mp.besselj(0, x) / (x * x - J0_ROOTS[0] ** 2)


def j0_high(x):
    x = aside(x, J0_ROOTS[1])
    return mp.besselj(0, x) / (x - J0_ROOTS[1])


def j1_low(t):
    if t == 0:
        return -mpf(1) / 2 / J1_ROOTS[0] ** 2
    x = aside(mp.sqrt(t), J1_ROOTS[0])
    return mp.besselj(1, x) / x / (x * x - J1_ROOTS[0] ** 2)


def j1_high(x):
    x = aside(x, J1_ROOTS[1])
    return mp.besselj(1, x) / (x - J1_ROOTS[1])


def hankel(order, part):
    chi = lambda x: x - (2 * order + 1) * mp.pi / 4

    def f(z):
        z = max(z, mpf("1e-7"))
        x = 8 / mp.sqrt(z)
        value = mp.sqrt(mp.pi * x / 2) * (mp.besselj(order, x) + 1j * mp.bessely(order, x)) * mp.exp(-1j * chi(x))
        return value.real if part == "p" else value.imag * x / 8
    return f


fit_part("j0_low", j0_low, 0, 16.1, 0, 12)
fit_part("j0_high", j0_high, 3.99, 8.01, 6, 17)
fit_part("j1_low", j1_low, 0, 20.4, 0, 13)
fit_part("j1_high", j1_high, 4.49, 8.01, 6, 17)
for order in (0, 1):
    for part in "pq":
        fit_part(f"j{order}_{part}", hankel(order, part), 0, 1.01, 0, 13)
    fit_part(f"i{order}_low", (lambda n: lambda t: mp.besseli(n, mp.sqrt(t)) / (mp.sqrt(t) if n else 1) if t else (mpf(1) / 2 if n else mpf(1)))(order),
             0, 64.1, 0, 17)
    fit_part(f"i{order}_high", (lambda n: lambda u: (lambda x: mp.besseli(n, x) * mp.exp(-x) * mp.sqrt(x))(8 / max(u, mpf("1e-3"))))(order),
             mpf("1e-3"), 1.01, 0.5, 22)
CONSTANTS.update({f"j{n} root {k + 1}": r for n, roots in ((0, J0_ROOTS), (1, J1_ROOTS)) for k, r in enumerate(roots)})


def temme(terms, count):
    """Rows c_k(eta) of Temme's series of the incomplete gamma functions, as Taylor coefficients (DLMF 8.12)."""
    n = count + 2 * terms + 4
    # mu(eta) from eta^2 / 2 = mu - log(1 + mu): mu = eta + ..., by mu' = eta (1 + mu) / mu
    a = [mpf(0), mpf(1)]
    for k in range(2, n):  # coefficients of mu mu' = eta + eta mu
        known = sum(a[i] * (k + 1 - i) * a[k + 1 - i] for i in range(2, k))
        a.append((a[k - 1] - known) / (k + 1))
    inverse = [mpf(1)]  # eta / mu
    for k in range(1, n - 1):
        inverse.append(-sum(a[i + 1] * inverse[k - i] for i in range(1, k + 1)))
    gammas = [mpf(1), -mpf(1) / 12, mpf(1) / 288, mpf(139) / 51840, -mpf(571) / 2488320]
    rows = [inverse[1:]]
    for k in range(1, terms):
        last = rows[-1]
        # (1/eta) d/deta c_{k-1} + gamma_k / mu, whose poles cancel
        rows.append([last[i + 2] * (i + 2) + gammas[k] * inverse[i + 1] for i in range(min(len(last) - 2, len(inverse) - 1))])
    return [row[:count - 4 * k] for k, row in enumerate(rows)]


def table_of_two_over_pi(step, rows, count):
    mp.prec = 1500
    for j in range(rows):
        v = mpf(2) ** (step * j) * (2 / mp.pi)
        v = v - 4 * mp.floor(v / 4) if j else v
        print("    " + ", ".join(parts(v, count)) + ",")
    mp.dps = 60


if __name__ == "__main__":
    wanted = sys.argv[1:]
    for name, (show, f, a, b, degree, weight) in FITS.items():
        if wanted and name not in wanted:
            continue
        c, error = remez(f, a, b, degree, weight)
        print(f"{name}: degree {degree}, error 2^{float(mp.log(error, 2)):.1f}")
        print("    " + ",\n    ".join(show(v) for v in c))
    if not wanted or "constants" in wanted:
        for name, v in CONSTANTS.items():
            print(f"{name}: f64 {parts(v, 3)} f32 {parts(v, 3, as_float)}")
    if not wanted or "two_over_pi" in wanted:
        print("two_over_pi_f64:")
        table_of_two_over_pi(32, 31, 4)
        print("two_over_pi of f32:")
        table_of_two_over_pi(28, 4, 2)
    if not wanted or "temme" in wanted:
        for k, row in enumerate(temme(4, 20)):
            print(f"c{k}: " + ", ".join(as_double(v) for v in row))
