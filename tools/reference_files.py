# SPDX-License-Identifier: BSD-3-Clause
"""Where reference files lie, and the dtypes of Kroton as NumPy's."""
import pathlib

import numpy as np

DATA = pathlib.Path(__file__).resolve().parent.parent / "tests" / "data"
INTEGERS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]
DTYPES = ["bool"] + INTEGERS + ["float16", "bfloat16", "float32", "float64", "complex64", "complex128"]


def as_dtype(name):
    if name == "bfloat16":
        import ml_dtypes

        return np.dtype(ml_dtypes.bfloat16)
    return np.dtype(name)


def folder(*parts):
    path = DATA.joinpath(*parts)
    path.mkdir(parents=True, exist_ok=True)
    return path
