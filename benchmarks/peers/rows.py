# SPDX-License-Identifier: BSD-3-Clause
"""What each row computes, in one library: rows.py numpy|numba|jax|torch prints "name<tab>seconds".

The sizes and formulas are those of benchmarks/rows.cpp. Everything runs on one thread; arguments are made before
the clock starts, results are waited for before it stops. Medians of rounds of calls, as in benchmarks/measure.cpp.
"""
import os
import sys
import time

for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import numpy as np  # noqa: E402

ROWS = ("elementwise chain sum_of_rows sum_of_columns symmetric_part softmax layer_norm logsumexp_gradient batched_small_gemm "
        "gemm_256 gemm_1024 mlp_step language_model_step logistic_gradient black_scholes heat stencil_3d "
        "tridiagonal").split()


def inputs(row):
    """The arguments of a row, NumPy arrays."""
    random = np.random.default_rng(1)

    def uniform(shape, dtype, low=0.0, high=1.0):
        return random.uniform(low, high, shape).astype(dtype)

    def labels(n, kinds):
        return random.integers(0, kinds, n)

    f, d = np.float32, np.float64

    def language_model(letters=86, window=16, width=24, hidden=256, batch=128):
        """Windows of characters, what follows each, five parameters, Adam's two averages of each, the step."""
        shapes = [(letters, width), (window * width, hidden), (hidden,), (hidden, letters), (letters,)]
        parameters = [uniform(shape, f, -0.05, 0.05) for shape in shapes]
        return [random.integers(0, letters, (batch, window)), labels(batch, letters), *parameters,
                *[np.zeros(shape, f) for shape in shapes * 2], np.zeros(1, f)]

    return {
        "elementwise": lambda: [uniform(10_000_000, f, -1, 1)] * 3,
        "chain": lambda: [uniform(10_000_000, f)],
        "sum_of_rows": lambda: [uniform((3000, 3000), f)],
        "sum_of_columns": lambda: [uniform((3000, 3000), f)],
        "symmetric_part": lambda: [uniform((3000, 3000), f)],
        "softmax": lambda: [uniform((2000, 1000), f, -3, 3)],
        "layer_norm": lambda: [uniform((2000, 1000), f, -3, 3), uniform(1000, f), uniform(1000, f)],
        "logsumexp_gradient": lambda: [uniform((2000, 1000), f, -3, 3)],
        "batched_small_gemm": lambda: [uniform((10_000, 8, 8), f)] * 2,
        "gemm_256": lambda: [uniform((256, 256), f)] * 2,
        "gemm_1024": lambda: [uniform((1024, 1024), f)] * 2,
        "mlp_step": lambda: [uniform((128, 784), f), labels(128, 10), uniform((784, 256), f, -0.05, 0.05),
                             np.zeros(256, f), uniform((256, 10), f, -0.1, 0.1), np.zeros(10, f)],
        "language_model_step": language_model,
        "logistic_gradient": lambda: [uniform((10_000, 100), f, -1, 1), labels(10_000, 2).astype(f), uniform(100, f)],
        "black_scholes": lambda: [uniform(1_000_000, d, 50, 150), uniform(1_000_000, d, 50, 150),
                                  uniform(1_000_000, d, 0.1, 2)],
        "heat": lambda: [uniform((1000, 1000), d)],
        "stencil_3d": lambda: [uniform((200, 200, 200), d)],
        "tridiagonal": lambda: [uniform((20_000, 32), d)],
    }[row]()


def median_seconds(call):
    call()
    start = time.perf_counter()
    call()
    once = max(time.perf_counter() - start, 1e-9)
    times = max(1, int(0.4 / 25 / once))
    samples = []
    begin = time.perf_counter()
    while len(samples) < 9 or time.perf_counter() - begin < 0.4:
        start = time.perf_counter()
        for _ in range(times):
            call()
        samples.append((time.perf_counter() - start) / times)
    return sorted(samples)[len(samples) // 2]


def main(library):
    import importlib

    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    module = importlib.import_module(library + "_rows")
    print("version\t" + module.VERSION, flush=True)
    for row in sys.argv[2:] or ROWS:
        arguments = inputs(row)
        try:
            best = min(median_seconds(call) for call in module.calls(row, arguments))
            print(f"{row}\t{best:.9g}", flush=True)
        except Exception as error:  # one row that a library cannot do leaves the others
            print(f"{row}\tfailed: {type(error).__name__}: {str(error).splitlines()[0][:80] if str(error) else ''}",
                  flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
