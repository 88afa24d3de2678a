#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes the reference files under tests/data from NumPy (and SciPy, mpmath, ml_dtypes).

    python3 tools/make_reference.py [room ...]     one function per room, all of them without names

The files are committed; the tests that read them need no Python.
"""
import fractions
import itertools
import sys
import warnings

import numpy as np

from reference_files import DTYPES, INTEGERS, as_dtype, folder
from reference_scalars import scalars


def nearest_bfloat16(x):
    """Rounded once, to nearest even, in exact arithmetic: ml_dtypes goes through float32."""
    bits = np.array(x).astype("float32").astype(as_dtype("bfloat16")).view("uint16").copy()
    for i, v in enumerate(x.tolist()):
        if not np.isfinite(float(v)) or bits[i] & 0x7FFF == 0x7F80 or bits[i] & 0x7FFF < 2:
            continue
        near = np.array([bits[i] - 1, bits[i], bits[i] + 1], dtype="uint16")
        values = [fractions.Fraction(float(c)) for c in near.view(as_dtype("bfloat16")).astype("float64") if np.isfinite(c)]
        bits[i] = min(zip(values, near), key=lambda c: (abs(c[0] - fractions.Fraction(v)), int(c[1]) & 1))[1]
    return bits.view(as_dtype("bfloat16"))


def six_values(name):
    if name == "bool":
        values = [True, False, True, True, False, False]
    elif name in INTEGERS:
        limits = np.iinfo(name)
        values = np.array([limits.min, limits.max, 0, 1, 100, 42], dtype=name)
    elif name.startswith("complex"):
        values = [1 + 2j, -0.5 - 1.5j, 0, 3j, complex(np.inf, 1), 100]
    else:
        values = [0.5, -1.25, np.inf, -np.inf, 3, 100]
    with np.errstate(all="ignore"):
        return np.array(values).astype(as_dtype(name)).reshape(2, 3)


def ndarray_npy():
    out = folder("ndarray", "npy")
    for name in DTYPES:
        a = six_values(name)
        np.save(out / f"{name}.npy", a)
        np.save(out / f"{name}_fortran.npy", np.asfortranarray(a))
        if a.dtype.itemsize > 1 and name != "bfloat16":
            np.save(out / f"{name}_big.npy", a.astype(a.dtype.newbyteorder(">")))
            np.save(out / f"{name}_big_fortran.npy", np.asfortranarray(a.astype(a.dtype.newbyteorder(">"))))
    a = np.arange(5)
    for version in (1, 2, 3):
        with open(out / f"version_{version}.npy", "wb") as f, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            np.lib.format.write_array(f, a, version=(version, 0))
    np.save(out / "scalar.npy", np.float64(2.5))
    np.save(out / "empty.npy", np.zeros((0, 3)))
    np.save(out / "empty_fortran.npy", np.asfortranarray(np.zeros((2, 0, 3))))
    np.save(out / "void.npy", six_values("bfloat16").view("V2"))
    np.save(out / "three_axes_fortran.npy", np.asfortranarray(np.arange(24, dtype="float32").reshape(2, 3, 4)))
    np.savez(out / "archive.npz", a=a)
    np.save(out / "objects.npy", np.array([{}, None], dtype=object), allow_pickle=True)
    np.save(out / "fields.npy", np.zeros(2, dtype=[("x", "f4"), ("y", "i4")]))
    np.save(out / "text.npy", np.array(["abcde"]))


def ndarray_cast():
    out = folder("ndarray", "cast")
    doubles = [0, -0.0, 0.5, 1, 1.5, 2.5, 2.999, 100.7, 127, 1e-8, 6e-8, 3e-5, 65504, 65519.9, 65520, 1e5, 1e38,
               3.4e38, 3.5e38, 1e300, np.inf, -np.inf, np.nan, 2.0**53 + 1, 1 + 2.0**-8, 1 + 2.0**-8 + 2.0**-40,
               1 + 3 * 2.0**-9, 1 + 2.0**-11, 1 + 2.0**-11 + 2.0**-50, 1e-40, 0.1, -0.1, -2.7]
    for source in DTYPES:
        if source == "bool":
            a = np.array([True, False])
        elif source in INTEGERS:
            limits = np.iinfo(source)
            near = [limits.max, limits.max - 1, limits.min, limits.min + 1, 0, 1, 2, 100, 127]
            far = [v for v in (128, 255, 257, 258, 259, 2049, 2051, 32767, 32769, 65519, 65520, 2**24 + 1, 2**31, 2**32 + 257,
                               2**53 + 1, 2**60 + 2**52 + 1, -1, -129, -2**40 - 1) if limits.min <= v <= limits.max]
            a = np.array(near + far, dtype=source)
        elif source.startswith("complex"):
            with np.errstate(all="ignore"):
                a = np.array([complex(x, y) for x, y in zip(doubles, doubles[::-1])]).astype(source)
        else:
            with np.errstate(all="ignore"):
                a = np.array(doubles).astype(as_dtype(source))
        np.save(out / f"{source}.npy", a)
        parts = []
        for target in DTYPES:
            if source.startswith("complex") and not target.startswith("complex") and target != "bool":
                continue
            b = a
            if target in INTEGERS and source not in INTEGERS + ["bool"]:
                # What is out of range is not NumPy's to say.
                limits = np.iinfo(target)
                keep = a.astype("float64")
                keep = np.isfinite(keep) & (np.trunc(keep) >= limits.min) & (np.trunc(keep) <= limits.max)
                keep &= a.astype("float64") < 2.0**(64 if target == "uint64" else 63)
                b = np.where(keep, a, a.dtype.type(0))
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                if target == "bfloat16" and source in ("int64", "uint64", "float64"):
                    c = nearest_bfloat16(b)
                else:
                    c = b.astype(as_dtype(target))
            parts.append(c.tobytes())
        np.save(out / f"{source}_cast.npy", np.frombuffer(b"".join(parts), dtype="uint8"))
    rng = np.random.default_rng(7)
    exponents = rng.integers(-28, 18, 1500)
    x = (rng.standard_normal(1500) * 2.0**exponents).astype("float32")
    halves = np.arange(0, 0x7C00, 37, dtype="uint16").view("float16").astype("float32")
    middles = (halves + np.nextafter(halves.astype("float16"), np.float16(np.inf)).astype("float32")) / 2
    x = np.concatenate([x, halves, middles, -middles]).astype("float32")
    with np.errstate(all="ignore"):
        np.save(out / "random.npy", x)
        np.save(out / "random_half.npy", x.astype("float16").view("uint16"))
        np.save(out / "random_bfloat16.npy", x.astype(as_dtype("bfloat16")).view("uint16"))


def ndarray_print():
    out = folder("ndarray", "print")
    r = np.random.default_rng(3)
    f = np.float64
    cases = {
        "ints": np.arange(12).reshape(3, 4), "negative": np.array([-5, 10, 300]), "uint8": np.array([1, 20, 255], "uint8"),
        "int64_limits": np.array([2**63 - 1, -(2**63)]), "uint64": np.array([2**64 - 1, 0], "uint64"),
        "long_ints": np.arange(100), "wide": np.arange(100) * 10**9, "summary": np.arange(1001), "summary_2d": np.arange(2500, dtype="int16").reshape(50, 50),
        "summary_tall": np.arange(3000, dtype="int16").reshape(1000, 3), "summary_3d": np.arange(10 * 11 * 12, dtype="int16").reshape(10, 11, 12), "summary_small_axis": np.arange(4 * 600, dtype="int16").reshape(4, 600),
        "exactly_1000": np.arange(1000), "summary_floats": np.linspace(0, 1, 1300), "bools": np.array([[True, False], [False, False]]),
        "bool_0d": np.array(True), "all_true": np.ones(3, bool), "int_0d": np.array(-7), "empty": np.zeros((0,)), "empty_2d": np.zeros((2, 0)),
        "float_0d": np.array(0.1), "float_0d_small": np.array(1e-5), "float_0d_large": np.array(1e16), "float_0d_big": np.array(123456789012345.0), "float32_0d": np.array(0.1, "float32"), "float32_0d_large": np.array(123456789, "float32"),
        "half_0d": np.array(0.1, "float16"), "nan_0d": np.array(np.nan), "inf_0d": np.array(-np.inf), "zero_0d": np.array(-0.0), "int_float_0d": np.array(3.0), "complex_0d": np.array(1 + 2j), "complex_0d_imaginary": np.array(2j), "complex_0d_minus": np.array(complex(-0.0, -1.5)), "complex_0d_nan": np.array(complex(np.nan, np.inf)), "complex_0d_sci": np.array(1e20 + 1e-7j),
        "floats": np.array([1.0, 2.5, 3.25]), "thirds": np.arange(1, 7) / 3, "mixed_sign": np.array([1.5, -22.25, 0.125]), "long_digits": np.array([np.pi, np.e, 1 / 3]),
        "sci_large": np.array([1e8, 1.0]), "not_sci": np.array([99999999.0, 99999998.5]), "sci_small": np.array([1e-5, 1.0]), "sci_ratio": np.array([1.0, 1001.0]), "ratio_edge": np.array([1.0, 1000.0]), "sci_digits": np.array([1.23456789012e-7, 2e-7, 3.5e100, 0.0]), "sci_exponents": np.array([1e-300, 1e300]),
        "nan_inf": np.array([1.5, np.nan, np.inf, -np.inf]), "nan_only": np.array([np.nan, np.nan]), "inf_plus": np.array([np.inf, 1.0]), "neg_inf": np.array([-np.inf, 1.0]), "nan_sci": np.array([np.nan, 1e10, -np.inf]), "nan_ints": np.array([np.nan, 1.0, 100.0]),
        "zeros": np.zeros((2, 3)), "minus_zero": np.array([-0.0, 0.0]), "tiny_zero": np.array([0.0, 1e-10]), "float32": np.array([0.1, 0.2, 1 / 3], "float32"), "float32_sci": np.array([1e10, 1e-10], "float32"), "float32_million": np.array([1e6, 2e6], "float32"), "float32_below": np.array([999999.0, 999998.0], "float32"),
        "float32_ratio": np.array([1e-3, 1.0], "float32"), "half": np.array([0.1, 0.333, 100, 65504], "float16"), "half_small": np.array([0.1, 0.25, 7.5], "float16"), "half_sub": np.array([6e-8, 1], "float16"), "half_powers": 2.0 ** -np.arange(1, 12).astype("float16"), "half_0d_power": np.array(2.0**-6, "float16"), "float32_padded": np.array([1 / 3, 1e-7, 228.58861, 1e4], "float32"), "half_padded": np.array([0.0338, 2e-7, 1.77], "float16"), "half_thousand": np.array([1000, 2000], "float16"),
        "rounding": np.array([0.123456785, 0.5, 1.000000005, 2.0000000049]), "round_up": np.array([0.999999999, 0.1]), "carry": np.array([9.9999999999, 1.0]), "random": r.standard_normal((4, 5)), "random32": r.standard_normal((4, 5)).astype("float32"), "random_wide": r.standard_normal(40), "random_scale": r.standard_normal((3, 3)) * 10.0 ** r.integers(-8, 8, (3, 3)),
        "complex": np.array([1 + 2j, -1.5 - 0.25j]), "complex_2d": (r.standard_normal((2, 3)) + 1j * r.standard_normal((2, 3))), "complex64": np.array([0.1 + 0.2j, 3], "complex64"), "complex_sci": np.array([1e10 + 1e-10j, 1 - 1j]), "complex_nan": np.array([complex(np.nan, 1), complex(1, -np.inf), complex(np.inf, np.nan)]), "complex_int": np.array([1 + 1j, 10 - 20j]),
        "three_d": np.arange(24).reshape(2, 3, 4), "four_d": np.arange(16).reshape(2, 2, 2, 2), "deep_floats": r.standard_normal((2, 2, 3)), "one_one": np.array([[5]]), "strided": np.arange(20)[::-3], "transposed": np.arange(6).reshape(2, 3).T, "wrap_exact": np.array([1.5] * 15), "wrap_deep": np.arange(60).reshape(1, 1, 60) * 1001, "long_words": np.full(5, 1e300 / 3),
    }
    text = ""
    for key, a in cases.items():
        np.save(out / f"{key}.npy", np.ascontiguousarray(a) if a.ndim else a)
        text += f"== {key}\n{str(a)}\n"
    (out / "texts.txt").write_text(text)


def ndarray_slices():
    bounds = [None] + list(range(-5, 6))
    rows = []
    for length, start, stop, step in itertools.product([0, 1, 4], bounds, bounds, [None, -3, -2, -1, 1, 2, 3]):
        first, last, stride = slice(start, stop, step).indices(length)
        rows.append((first, stride, len(range(first, last, stride))))
    np.save(folder("ndarray") / "slices.npy", np.array(rows, dtype="int8"))
    np.save(folder("ndarray") / "arange.npy", np.concatenate([np.arange(-1, 2, 0.1), np.arange(0, 1, 0.1, dtype="float32").astype("float64"), np.arange(0, 30, 0.7, dtype="float16").astype("float64")]))


def ndarray():
    ndarray_npy()
    ndarray_cast()
    ndarray_print()
    ndarray_slices()


def tensor_arrays():
    """The arrays that the tensor tests start from."""
    a = np.array([3, -1, 4, 1, -5, 9, 2, 6, -5, 3, 5, 8, 9, -7, 9, 3, 2, 3, -8, 4, 6, 2, 6, 4], dtype="float64").reshape(2, 3, 4)
    with_nan = a / 4
    with_nan[0, 1, 2] = with_nan[1, 2, 0] = np.nan
    return {
        "float64": a / 8,
        "nan": with_nan,
        "float32": (a * 1e7 + 1).astype("float32"),
        "float16": (a * 300).astype("float16"),
        "int8": (a * 12).astype("int8"),
        "int32": a.astype("int32"),
        "uint8": (np.abs(a) * 20).astype("uint8"),
        "bool": a > 2,
        "complex64": (a + 1j * a[::-1, ::-1]).astype("complex64") / 8,
    }


TENSOR_AXES = [None, 0, 1, -1, (0, 2), (1, 2), (0, 1, 2)]


def reduce_one(function, x, axis):
    wide = {"float32": "float64", "float16": "float32", "complex64": "complex128"}.get(x.dtype.name)
    if function in ("argmax", "argmin"):
        axes = tuple(range(3)) if axis is None else tuple(k % 3 for k in np.atleast_1d(axis))
        kept = [k for k in range(3) if k not in axes]
        flat = x.transpose(kept + sorted(axes)).reshape([x.shape[k] for k in kept] + [-1])
        return getattr(np, function)(flat, axis=-1).astype("int64")
    if wide and function in ("sum", "prod", "mean", "var", "std"):
        out = getattr(np, function)(x.astype(wide), axis=axis)
        return out.astype({"complex64": out.dtype.name.replace("complex128", "complex64").replace("float64", "float32")}.get(x.dtype.name, x.dtype))
    return getattr(np, function)(x, axis=axis)


def tensor():
    out = folder("tensor")
    arrays = tensor_arrays()
    for name, x in arrays.items():
        np.save(out / f"x_{name}.npy", x)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, x in arrays.items():
            for function in "sum prod max min mean var std any all argmax argmin".split():
                if name == "complex64" and function in ("max", "min", "argmax", "argmin"):
                    continue
                parts = [np.asarray(reduce_one(function, x, axis)).ravel() for axis in TENSOR_AXES]
                np.save(out / f"{function}_{name}.npy", np.concatenate(parts))
    x = arrays["float64"]
    row, col, vector = x[0, :1], x[1, :, :1], x[1, 2]
    np.save(out / "broadcast.npy", (x * row + col) / 2 - vector.reshape(1, 1, 4))
    np.save(out / "strided.npy", x.transpose(2, 0, 1)[::-2] * x.transpose(2, 0, 1)[1::2] + x[:, :, 0])
    n = 2
    indexed = {
        "first": x[0], "last": x[-1, -1], "scalar": x[1, 2, 3], "range": x[:, 1:3], "clamped": x[:, 1:99, -99:2],
        "negative": x[:, -2:, :-1], "step": x[:, ::2, 1::2], "flip": x[::-1, :, ::-1], "down": x[:, 2:0:-1, -2::-2],
        "empty": x[:, 2:1, 5:], "newaxis": x[:, None, 1, None], "ellipsis": x[..., 1], "middle": x[1, ..., None, 2:],
        "symbolic": x[:, n:, : n + 1], "symbolic_down": x[:, n::-1, -n:], "symbolic_int": x[-n, n], "symbolic_step": x[:, ::n, ::-n],
    }
    for name, value in indexed.items():
        np.save(out / f"index_{name}.npy", value)
    changed = {key: x.copy() for key in "set_number set_row inc_range inc_step set_flip inc_int set_symbolic".split()}
    changed["set_number"][:, 1:-1, 1:] = 7
    changed["set_row"][1] = vector
    changed["inc_range"][:, 1:3] += x[:, :2]
    changed["inc_step"][:, ::2, 1] += x[:, 1:, 0]
    changed["set_flip"][:, :, ::-1] = x
    changed["inc_int"][0, -1] += 2.5
    changed["set_symbolic"][:, n:, :n] = col[0]
    for name, value in changed.items():
        np.save(out / f"{name}.npy", value)
    ranges = [(7,), (2, 9), (9, 2, -3), (0, 1, 0.1), (1, -1, -0.25), (5, 5), (0, 10, 3)]
    for k, arguments in enumerate(ranges):
        np.save(out / f"arange_{k}.npy", np.arange(*arguments))
    for k, arguments in enumerate([(3,), (2, 4), (4, 3, 1), (3, 4, -2), (2, 2, 5)]):
        np.save(out / f"eye_{k}.npy", np.eye(*arguments))


def along(x, axes, function):
    """function of the elements along the axes, as a flat list, for every point of the other axes."""
    kept = [k for k in range(x.ndim) if k not in axes]
    flat = x.transpose(kept + list(axes)).reshape([x.shape[k] for k in kept] + [-1])
    rows = np.array([function(row) for row in flat.reshape(-1, flat.shape[-1])])
    if rows.ndim == 1:
        return rows.reshape(flat.shape[:-1])
    full = rows.reshape([x.shape[k] for k in kept] + [x.shape[k] for k in axes])
    return full.transpose(np.argsort(kept + list(axes)))


def nnet():
    """Softmax and its kin with 50 digits, for moderate rows and for those that overflow or cancel."""
    import mpmath

    mpmath.mp.dps = 50
    out = folder("nnet")

    def logsumexp(row):
        return mpmath.log(mpmath.fsum(mpmath.exp(mpmath.mpf(float(v))) for v in row))

    functions = {
        "softmax": lambda row: [float(mpmath.exp(mpmath.mpf(float(v)) - logsumexp(row))) for v in row],
        "logsoftmax": lambda row: [float(mpmath.mpf(float(v)) - logsumexp(row)) for v in row],
        "logsumexp": lambda row: float(logsumexp(row)),
    }
    moderate = tensor_arrays()["float64"] * 2
    extreme = np.array([[1e4, -1e4, 0, 9999.5], [-1e4, -10001, -1e4, -20000], [700, 710, 720, 730], [1e300, 0, 1, -1e300], [3, 3, 3, 3], [0, -40, -700, -800]])
    np.save(out / "moderate.npy", moderate)
    np.save(out / "extreme.npy", extreme)
    for name, function in functions.items():
        for axes in [(2,), (0,), (0, 2), (0, 1, 2)]:
            np.save(out / f"{name}_{''.join(map(str, axes))}.npy", along(moderate, axes, function))
        np.save(out / f"{name}_extreme.npy", along(extreme, (1,), function))
    labels = np.array([1, 0, 3, 1, 2, 3])
    np.save(out / "crossentropy_extreme.npy", -along(extreme, (1,), functions["logsoftmax"])[np.arange(6), labels])
    gradient = along(extreme, (1,), functions["softmax"])
    gradient[np.arange(6), labels] -= 1
    # softmax - 1 where softmax is nearly 1: minus the sum of the others.
    for row, label in enumerate(labels):
        others = [mpmath.exp(mpmath.mpf(float(v)) - logsumexp(extreme[row])) for k, v in enumerate(extreme[row]) if k != label]
        gradient[row, label] = float(-mpmath.fsum(others))
    np.save(out / "crossentropy_gradient_extreme.npy", gradient)


def advanced_indices(x):
    """Indexing by arrays: tests/tensor/advanced_subtensor_test.cpp has the same list."""
    v, w, m = np.array([2, 0, -1, 0]), np.array([1, -3, 2, 1]), np.array([[0, -1], [1, 1]])
    mask = x[1] > 2
    return {
        "rows": (m,), "second": (slice(None), v), "last": (Ellipsis, v), "pair": (slice(None), v, w), "outer_pair": (m, m[:, None] * 0),
        "first_and_last": (m[0], slice(None), v[:2]), "integer_beside": (slice(None), 1, v), "integer_apart": (0, slice(None), v),
        "all": (m[0], v[:2], w[:2]), "with_slice": (slice(None, None, -1), slice(1, None), v), "newaxis": (slice(None), None, v[:2]),
        "between": (slice(None), v[:2], None, w[:2]), "scalar_like": (slice(None), v, -1), "matrix": (slice(None), slice(None), m),
        "mask": (x > 2,), "mask_first": (np.array([True, False]),), "mask_inner": (slice(None), mask), "mask_last": (1, slice(None), np.array([True, False, True, True])),
        "mask_and_integers": (np.array([True, True]), slice(None), v[:2]), "mask_none": (x > 99,), "ellipsis_between": (m[0], Ellipsis, v[:2]),
    }


def structure():
    """Indexing by arrays, joining, sorting and the like."""
    out = folder("tensor")
    x = tensor_arrays()["float64"]
    for name, index in advanced_indices(x).items():
        taken = x[index]
        np.save(out / f"take_{name}.npy", taken)
        y = (np.arange(taken.size, dtype="float64") + 1).reshape(taken.shape) / 4
        added, replaced = x.copy(), x.copy()
        np.add.at(added, index, y)
        replaced[index] = y
        np.save(out / f"take_inc_{name}.npy", added)
        np.save(out / f"take_set_{name}.npy", replaced)
    for axis in range(3):
        np.save(out / f"take_axis_{axis}.npy", np.take(x, np.array([[1, 0, -1], [0, 0, 1]]), axis))
        np.save(out / f"join_{axis}.npy", np.concatenate([x, -x, x * 2], axis))
        np.save(out / f"cumsum_{axis}.npy", np.cumsum(x, axis))
        np.save(out / f"cumprod_{axis}.npy", np.cumprod(x, axis))
        np.save(out / f"diff_{axis}.npy", np.diff(x, 2, axis) if axis else np.diff(x, 1, axis))
        np.save(out / f"repeat_{axis}.npy", np.repeat(x, 3, axis))
        np.save(out / f"repeat_each_{axis}.npy", np.repeat(x, np.arange(x.shape[axis]), axis))
        np.save(out / f"roll_{axis}.npy", np.roll(x, -5, axis))
        with_nan = tensor_arrays()["nan"]
        np.save(out / f"sort_{axis}.npy", np.sort(with_nan, axis))
        np.save(out / f"argsort_{axis}.npy", np.argsort(with_nan, axis, kind="stable"))
    for axis in range(4):
        np.save(out / f"stack_{axis}.npy", np.stack([x, -x], axis))
    np.save(out / "tile.npy", np.tile(x[0], (2, 1, 3)))
    np.save(out / "roll_flat.npy", np.roll(x, 7))
    for k, arguments in enumerate([(0, 0, 1), (1, 0, 2), (-1, 2, 1), (2, 1, 2), (-5, 0, 1)]):
        np.save(out / f"diagonal_{k}.npy", np.diagonal(x, *arguments))
    for k in (-1, 0, 2):
        np.save(out / f"diag_{k}.npy", np.diag(x[0, 0], k))
        np.save(out / f"tril_{k}.npy", np.tril(x[0], k))
        np.save(out / f"triu_{k}.npy", np.triu(x[0], k))
        np.save(out / f"tri_{k}.npy", np.tri(3, 5, k))


ROOMS = {"nnet": nnet, "ndarray": ndarray, "scalars": scalars, "tensor": tensor, "structure": structure}

if __name__ == "__main__":
    if sys.argv[1:2] == ["scalars"]:  # also some rows alone: scalars erfinv jv
        scalars(sys.argv[2:])
    else:
        for room in sys.argv[1:] or ROOMS:
            ROOMS[room]()
