# SPDX-License-Identifier: BSD-3-Clause
"""Reference values of the rows of kroton/scalars/ops.def, for make_reference.py."""
import warnings

import numpy as np

from reference_files import DTYPES, INTEGERS, as_dtype, folder

# tests/data/scalars/values_DTYPE.npy, and ROW.npy: the results for every legal dtype in the order of
# DTYPES, one after the other as bytes. One input: all values; two: all pairs of the first 16; three: triples of 8.
FLOAT_VALUES = [0.0, -0.0, 1.0, -1.0, 0.5, -2.25, 3.0, np.inf, -np.inf, np.nan, 7.3, -0.1, 1e-5, 100.7, -20.0, 2.0,
                0.999, 1.001, -0.7, 0.01, 12.5, -88.0, 88.0, 710.0, -104.0, -745.0, 1e-3, 3.14159265, 1.5707964, 1e4, -1e6,
                1e22, 6e-8, 1e-38, 1e-45, 1e-310, 3.4e38, 1.7e308, -1e300, 0.25]
COMPLEX_VALUES = [0.5 + 0.25j, -1.5 + 2j, 1 + 0j, 2 - 1j, -0.75 - 0.5j, 3j, 0.1 + 0.9j, -2 + 0j, 4 + 3j, 0.01 - 0.02j,
                  -3 - 0.1j, 1.25 + 1.25j, 0.3 + 5j, -6 + 1j, 0.9 + 0.01j, 2.5 - 2.5j]
INTEGER_VALUES = [0, 1, 2, 3, 7, 100, -1, -2, -7, 42, 13, 5, 6, 64, 11, 90]


def scalar_values(name):
    with np.errstate(all="ignore"):
        if name == "bool":
            return np.array([True, False] * 8)
        if name in INTEGERS:
            limits = np.iinfo(name)
            values = [v for v in INTEGER_VALUES if v >= limits.min] + [limits.max, limits.min, limits.max - 1, 127]
            values = [limits.min, limits.max] + values
            return np.array(values[:16], dtype=name)
        if name.startswith("complex"):
            return np.array(COMPLEX_VALUES).astype(name)
        return np.array(FLOAT_VALUES).astype(as_dtype(name))


def to_float_name(name):
    if name in ("bool", "int8", "uint8", "int16", "uint16"):
        return "float32"
    return "float64" if name in INTEGERS else name


def wrapped_power(x, y):
    bits, signed = x.dtype.itemsize * 8, x.dtype.kind == "i"
    out = []
    for a, b in zip(x.tolist(), y.tolist()):
        power = pow(a, b, 2**bits) if b >= 0 else 1 if a == 1 else (1 - 2 * (b & 1)) if a == -1 else 0
        power %= 2**bits
        out.append(power - 2**bits if signed and power >= 2 ** (bits - 1) else power)
    return np.array(out, dtype=x.dtype)


def by_mpmath(function):
    """A function of mpmath numbers as one of arrays, correctly rounded; special values are NumPy's (LIMITS)."""
    import mpmath

    mpmath.mp.dps = 40

    def one(v):
        if np.iscomplexobj(v):
            return complex(function(mpmath.mpc(v)))
        return float(function(mpmath.mpf(float(v))))

    return lambda x: np.array([one(v) for v in x])


def by_mpmath_finite(name, x):
    """An odd function of mpmath that keeps zeros and infinities."""
    import mpmath

    mpmath.mp.dps = 60
    function = getattr(mpmath, name)
    return np.array([v if v == 0 or not np.isfinite(v) else float(np.copysign(float(function(mpmath.mpf(abs(float(v))))), v)) for v in x])


def exact_softplus(x):
    import mpmath

    exact = by_mpmath(lambda v: mpmath.log1p(mpmath.exp(v)))
    ordinary = np.abs(x) < 2000
    return np.where(ordinary, exact(np.where(ordinary, x, 0)), np.maximum(x, 0.0))


def exact_erfc(x):
    import mpmath
    import scipy.special

    ordinary = np.abs(x) < 27
    return np.where(ordinary, by_mpmath(mpmath.erfc)(np.where(ordinary, x, 0)), scipy.special.erfc(x))


def exact_gamma_family(function, at_zero, at_negative_integer, at_infinity):
    """A function of mpmath on floats; beyond what mpmath is asked for, the limits given here."""

    def one(v):
        if v != v or v == -np.inf:
            return at_negative_integer if v == v else v
        if v == np.inf:
            return at_infinity
        if v == 0:
            return at_zero(v)
        if v < 0 and v == np.floor(v):
            return at_negative_integer
        if v > 1e300 or (function == "gamma" and v > 200):
            return {"psi": np.log(v), "tri_gamma": 1 / v}.get(function, np.inf)
        import mpmath

        mpmath.mp.dps = 60
        value = {"gamma": mpmath.gamma, "gammaln": mpmath.loggamma, "psi": mpmath.digamma,
                 "tri_gamma": lambda t: mpmath.psi(1, t)}[function](mpmath.mpf(float(v)))
        return float(value.real)

    return lambda x: np.array([one(v) for v in x])


def inverse_error(x, complement):
    """erfinv, or erfcinv, by Newton's steps in 60 digits."""
    import mpmath

    mpmath.mp.dps = 60

    def one(v):
        low, high = (0.0, 2.0) if complement else (-1.0, 1.0)
        if v != v or v < low or v > high:
            return np.nan
        if v in (low, high):
            return np.copysign(np.inf, -1 if (v == low) != complement else 1)
        if not complement and abs(v) < 1e-30:
            return float(mpmath.mpf(float(v)) * mpmath.sqrt(mpmath.pi) / 2) if v else v
        q = mpmath.mpf(float(v)) if complement else 1 - abs(mpmath.mpf(float(v)))
        if q == 1:
            return 0.0
        small = min(q, 2 - q)
        y = mpmath.sqrt(-mpmath.log(small)) if small < 0.3 else mpmath.mpf(0.5)
        for _ in range(60):
            y += (mpmath.log(mpmath.erfc(y)) - mpmath.log(small)) * mpmath.erfc(y) * mpmath.sqrt(mpmath.pi) / 2 * mpmath.exp(y * y)
        minus = q > 1 if complement else v < 0
        return float(-y if minus else y)

    return np.array([one(v) for v in x])


def exact_erfcx(x):
    import mpmath

    mpmath.mp.dps = 60

    def one(v):
        if v != v or v == np.inf or v < -27:
            return v if v != v else 0.0 if v > 0 else np.inf
        t = mpmath.mpf(float(v))
        if v > 100:
            z = 1 / (2 * t * t)
            return float((1 - z + 3 * z**2 - 15 * z**3 + 105 * z**4 - 945 * z**5) / t / mpmath.sqrt(mpmath.pi))
        return float(mpmath.exp(t * t) * mpmath.erfc(t))

    return np.array([one(v) for v in x])


def one_by_one(function):
    """A function of two floats, by mpmath where it has digits for them; the same pair is computed once."""
    known = {}

    def one(a, b):
        if (a, b) not in known or a != a or b != b:
            known[a, b] = function(a, b)
        return known[a, b]

    return lambda x, y: np.array([one(float(a), float(b)) for a, b in zip(x, y)])


def gamma_part(kind):
    """P, Q, and both times gamma(a), in 60 digits; beyond what mpmath sums, SciPy's limits."""
    import mpmath

    def one(a, x):
        if a != a or x != x or a < 0 or x < 0 or (a == 0 and x == 0) or (np.isinf(a) and np.isinf(x)):
            return np.nan
        lower = kind in ("gammainc", "gammal")
        if kind == "gammal" and x == 0:
            return 0.0
        if kind == "gammal" and a > x + 1000:
            mpmath.mp.dps = 60
            t, n = mpmath.mpf(x), mpmath.mpf(a)
            power = mpmath.exp(n * mpmath.log(t) - t - mpmath.log(n)) if x else mpmath.mpf(0)
            return float(power * sum(mpmath.fprod(t / (n + i) for i in range(1, k + 1)) for k in range(60)))
        scaled = kind in ("gammal", "gammau")
        limit = None
        if a == 0 or (np.isinf(x) and not np.isinf(a)) or x > 50 * a + 5000:
            limit = 1.0
        elif x == 0 or np.isinf(a) or a > 50 * x + 5000:
            limit = 0.0
        elif a > 1e6:
            import scipy.special as special

            value = float((special.gammainc if lower else special.gammaincc)(a, x))
            return value * np.inf if scaled and value else value
        if limit is not None and not scaled:
            return limit if lower else 1 - limit
        if a == 0:
            return np.inf if lower else np.nan if np.isinf(x) else float(mpmath.inf * 0) if x > 740 else gamma_of_none(x)
        if limit is not None:
            gamma = float(mpmath.gamma(a)) if a < 171 else np.inf
            with np.errstate(all="ignore"):
                return float(np.float64(limit if lower else 1 - limit) * gamma)
        mpmath.mp.dps = 60
        value = mpmath.gammainc(a, 0, x, regularized=True) if lower else mpmath.gammainc(a, x, regularized=True)
        return float(value) if not scaled else float(value * mpmath.gamma(a))

    def gamma_of_none(x):  # the product of Q = 0 and gamma(0)
        return np.nan

    return one


def chi2_tail(x, k):
    if k > 0 and x < 0:
        return 1.0
    return gamma_part("gammaincc")(k / 2, x / 2)


def bessel(kind):
    import mpmath

    def one(v, x):
        if v != v or x != x or np.isinf(v):
            return np.nan
        whole = v == np.floor(v)
        odd = whole and np.fmod(v, 2) != 0
        if x < 0 and not whole:
            return np.nan
        if np.isinf(x):
            sign = -1.0 if odd and ((x < 0) != (kind == "jv" and v < 0)) else 1.0
            return sign * (0.0 if kind == "jv" else np.inf)
        if abs(v) > 1e5:
            if not whole:
                raise ValueError(f"no reference for {v}, {x}")
            minus = -1.0 if odd and ((x < 0) != (kind == "jv" and v < 0)) else 1.0
            if abs(x) < abs(v) / 3:
                return minus * 0.0
            return np.nan if kind == "jv" and abs(x) < 1e5 * abs(v) else minus * np.inf
        if kind == "iv" and abs(x) > 1500 + 2 * abs(v):
            return np.inf * (-1.0 if odd and x < 0 else 1.0)
        mpmath.mp.dps = 60
        if abs(v) > 500 and x != 0:
            import scipy.special as special

            value = float((special.jv if kind == "jv" else special.iv)(v, x))
            return -0.0 if value == 0 and odd and ((x < 0) != (kind == "jv" and v < 0)) else value
        if x == 0:
            return 1.0 if v == 0 else 0.0 if v > 0 or whole else float(np.copysign(np.inf, float(mpmath.gamma(v + 1))))
        return float((mpmath.besselj if kind == "jv" else mpmath.besseli)(mpmath.mpf(v), mpmath.mpf(x)).real)

    return one


def bessel_of(kind, order):
    function = bessel(kind)
    return lambda x: np.array([function(float(order), float(v)) if v or not order else v for v in x])


def exact_sinc(x):
    import mpmath

    mpmath.mp.dps = 60

    def one(v):
        if v != v or np.isinf(v) or abs(v) > 2.0**53:
            return v if v != v else 0.0
        return float(mpmath.sincpi(mpmath.mpf(float(v))))

    return np.array([one(v) for v in x])


def exact_log1mexp(x):
    import mpmath

    def one(v):
        if v != v or v > 0:
            return np.nan
        if v == 0 or v < -700:
            return -np.inf if v == 0 else -float(mpmath.exp(v))
        mpmath.mp.dps = 400
        return float(mpmath.log(-mpmath.expm1(mpmath.mpf(float(v)))))

    return np.array([one(v) for v in x])


def exact_logaddexp(x, y):
    import mpmath

    mpmath.mp.dps = 60
    if not np.isfinite(x) or not np.isfinite(y) or abs(x - y) > 2000:
        return float(np.logaddexp(x, y))
    return float(max(x, y) + mpmath.log1p(mpmath.exp(-abs(mpmath.mpf(x) - mpmath.mpf(y)))))


def exact_xlogy(x, y):
    """x log(y); 0 for x = 0 unless y is NaN."""
    return 0.0 if x == 0 and y == y else float(np.float64(x) * np.log(np.float64(y)))


def shift(x, y, left):
    bits, signed = x.dtype.itemsize * 8, x.dtype.kind == "i"
    out = []
    for a, b in zip(x.tolist(), y.tolist()):
        b = bits if b < 0 else min(b, bits)
        z = (a << b) % 2**bits if left else a >> b
        out.append(z - 2**bits if signed and z >= 2 ** (bits - 1) else z)
    return np.array(out, dtype=x.dtype)


def exact_when_complex(function, exact):
    return lambda x: by_mpmath(exact)(x) if np.iscomplexobj(x) else function(x)


def scalars_rows():
    """name -> (function, legal dtypes, rule): rule is float (functions, evaluated wide), same, bool or int8."""
    import scipy.special as special

    floats = ["float16", "bfloat16", "float32", "float64"]
    complexes = ["complex64", "complex128"]
    ordered = ["bool"] + INTEGERS + floats
    numbers = INTEGERS + floats + complexes
    everything = DTYPES
    rows = {}
    for name in ("sqrt exp exp2 expm1 log log2 log10 log1p sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh arccosh "
                 "arctanh").split():
        rows[name] = (getattr(np, name), everything, "float")
    import mpmath

    rows["log1p"] = (exact_when_complex(np.log1p, lambda z: mpmath.log(1 + z)), everything, "float")
    rows["expm1"] = (exact_when_complex(np.expm1, lambda z: mpmath.exp(z) - 1), everything, "float")
    rows["inv"] = (lambda x: 1 / x, everything, "float")
    for name, function in {"sigmoid": special.expit, "softplus": exact_softplus, "erf": special.erf, "erfc": exact_erfc,
                           "ceil": np.ceil, "floor": np.floor, "trunc": np.trunc, "deg2rad": lambda x: x * (np.pi / 180),
                           "rad2deg": lambda x: x * (180 / np.pi)}.items():
        rows[name] = (function, ordered, "float")
    rows["gamma"] = (exact_gamma_family("gamma", lambda v: np.copysign(np.inf, v), np.nan, np.inf), ordered, "float")
    rows["gammaln"] = (exact_gamma_family("gammaln", lambda v: np.inf, np.inf, np.inf), ordered, "float")
    rows["psi"] = (exact_gamma_family("psi", lambda v: -np.copysign(np.inf, v), np.nan, np.inf), ordered, "float")
    rows["tri_gamma"] = (exact_gamma_family("tri_gamma", lambda v: np.inf, np.inf, 0.0), ordered, "float")
    rows["arctan2"] = (np.arctan2, ordered, "float")
    for name, function in {"hypot": np.hypot, "copysign": np.copysign, "erfcx": exact_erfcx, "sinc": exact_sinc,
                           "cbrt": lambda x: by_mpmath_finite("cbrt", x), "log1mexp": exact_log1mexp,
                           "erfinv": lambda x: inverse_error(x, False), "erfcinv": lambda x: inverse_error(x, True),
                           "xlogx": lambda x: one_by_one(exact_xlogy)(x, x), "xlogy0": one_by_one(exact_xlogy),
                           "logaddexp": one_by_one(exact_logaddexp), "chi2sf": one_by_one(chi2_tail),
                           "j0": bessel_of("jv", 0), "j1": bessel_of("jv", 1), "i0": bessel_of("iv", 0), "i1": bessel_of("iv", 1),
                           "jv": one_by_one(bessel("jv")), "iv": one_by_one(bessel("iv"))}.items():
        rows[name] = (function, ordered, "float")
    for name in ("gammainc", "gammaincc", "gammal", "gammau"):
        rows[name] = (one_by_one(gamma_part(name)), ordered, "float")
    rows["nextafter"] = (np.nextafter, ordered, "exact float")
    rows["angle"] = (np.angle, everything, "float")
    rows["round_half_away_from_zero"] = (lambda x: np.copysign(np.where(np.abs(x - np.trunc(x)) >= 0.5, np.abs(np.trunc(x)) + 1, np.abs(np.trunc(x))), x), floats, "same")
    rows["fmod"] = (np.fmod, ordered, "int8")
    for name, left in (("left_shift", True), ("right_shift", False)):
        rows[name] = (lambda x, y, left=left: shift(x, y, left), ["bool"] + INTEGERS, "int8")
    rows["isfinite"] = (np.isfinite, everything, "bool")
    rows["signbit"] = (lambda x: np.signbit(x) if x.dtype.kind == "f" else x < 0, ordered, "bool")
    rows["round"] = (np.rint, floats, "same")
    for name, function in {"add": np.add, "mul": np.multiply, "identity": lambda x: x, "sqr": lambda x: x * x, "abs": np.abs,
                           "second": lambda x, y: y, "real": np.real, "imag": np.imag,
                           "switch": lambda c, x, y: np.where(c != 0, x, y)}.items():
        rows[name] = (function, everything, "same")
    rows["sub"] = (np.subtract, numbers, "same")
    rows["neg"] = (np.negative, numbers, "same")
    rows["conj"] = (np.conj, everything, "int8")
    rows["sgn"] = (np.sign, INTEGERS + floats, "same")
    rows["true_div"] = (np.true_divide, everything, "divide")
    rows["floor_div"] = (np.floor_divide, ordered, "int8")
    rows["mod"] = (np.mod, ordered, "int8")
    rows["pow"] = (lambda x, y: wrapped_power(x, y) if x.dtype.kind in "iu" else np.power(x, y), everything, "power")
    # NumPy leaves open which of two zeros comes out.
    rows["maximum"] = (lambda x, y: np.where((x == 0) & (y == 0), x + y, np.maximum(x, y)), ordered, "same")
    rows["minimum"] = (lambda x, y: np.where((x == 0) & (y == 0) & (np.signbit(x) | np.signbit(y)), -0.0, np.minimum(x, y))
                       if x.dtype.kind == "f" else np.minimum(x, y), ordered, "same")
    rows["clip"] = (lambda x, y, z: np.where(x < y, y, np.where(x > z, z, x)), ordered, "same")
    for name, function in {"eq": np.equal, "neq": np.not_equal, "isnan": np.isnan, "isinf": np.isinf}.items():
        rows[name] = (function, everything, "bool")
    for name, function in {"lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal}.items():
        rows[name] = (function, ordered, "bool")
    for name, function in {"and_": np.bitwise_and, "or_": np.bitwise_or, "xor_": np.bitwise_xor, "invert": np.invert}.items():
        rows[name] = (function, ["bool"] + INTEGERS, "same")
    return rows


def scalar_arguments(name, count):
    values = scalar_values(name)
    if count == 1:
        return [values]
    first = values[: 16 if count == 2 else 8]
    return [a.ravel().copy() for a in np.meshgrid(*[first] * count, indexing="ij")]


def scalar_result(function, name, rule, count):
    x = scalar_arguments(name, count)
    out = {"float": to_float_name(name), "exact float": to_float_name(name), "divide": "float64" if name in ["bool"] + INTEGERS else name}.get(rule, name)
    if rule in ("int8", "power") and name == "bool":
        out = "int8"
    single = out in ("float16", "bfloat16", "float32")
    compute = "float32" if single else out
    if rule in ("float", "power") and single:
        compute = "float64"
    if rule in ("float", "power") and out == "complex64":
        compute = "complex128"
    if rule == "float" and compute == "float64":  # the value of an integer is first rounded to its float
        x = [a.astype(as_dtype(out)) for a in x]
    result = function(*[a.astype(as_dtype(compute)) for a in x])
    if rule == "bool":
        return result.astype("bool")
    if result.dtype.kind != "c" and out.startswith("complex"):
        out = "float32" if out == "complex64" else "float64"
    if single and rule in ("float", "power"):
        result = result.astype("float32")
    return result.astype(as_dtype(out))


def scalars(wanted=()):
    """All rows, or those named."""
    out = folder("scalars")
    triples = ("clip", "switch")
    pairs = ("arctan2 add mul second sub true_div floor_div mod pow maximum minimum eq neq lt le gt ge and_ or_ xor_ hypot copysign "
             "nextafter logaddexp xlogy0 gammainc gammaincc gammal gammau chi2sf jv iv fmod left_shift right_shift").split()
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in DTYPES:
            values = scalar_values(name)
            np.save(out / f"values_{name}.npy", values.view("V2") if name == "bfloat16" else values)
        for row, (function, legal, rule) in scalars_rows().items():
            if wanted and row not in wanted:
                continue
            count = 3 if row in triples else 2 if row in pairs else 1
            parts = [scalar_result(function, name, rule, count).tobytes() for name in DTYPES if name in legal]
            np.save(out / f"{row}.npy", np.frombuffer(b"".join(parts), dtype="uint8"))
        native = [d for d in DTYPES if d != "bfloat16"]
        table = [DTYPES.index(np.promote_types(a, b).name) for a in native for b in native]
        np.save(out / "promotion.npy", np.array(table, dtype="uint8"))
