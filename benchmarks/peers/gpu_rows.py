#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The rows of benchmarks/gpu.cpp in PyTorch and JAX, where a build of them finds a GPU; else the reason why not."""
import time

N, PRODUCT = 100_000_000, 8192


def seconds(run, wait):
    run()
    wait(run())
    times = []
    while len(times) < 9 or (sum(times) < 0.4 and len(times) < 1000):
        begin = time.perf_counter()
        wait(run())
        times.append(time.perf_counter() - begin)
    return sorted(times)[len(times) // 4]


def print_rows(name, rows, wait):
    """ROWS: label -> (bytes or flops, their unit, the work)."""
    copy = None
    for label, (amount, unit, run) in rows.items():
        rate = amount / seconds(run, wait) / 1e9
        copy = copy or rate
        share = f" {100 * rate / copy:6.0f} % of copying" if unit == "GB/s" else ""
        print(f"{name + ': ' + label:<34} {amount / rate / 1e6:8.3f} ms {rate:8.1f} {unit}{share}")


def rows_of(copy, softmax, tanh, sigmoid, x, a):
    """Arrays that know operators and sum(axis) in one or the other library."""
    size = 4 * N
    return {
        "copy": (2 * size, "GB/s", lambda: copy(x)),
        "x * 2 + 1": (2 * size, "GB/s", lambda: x * 2 + 1),
        "tanh(x) * sigmoid(x)": (2 * size, "GB/s", lambda: tanh(x) * sigmoid(x)),
        "sum of all": (size, "GB/s", lambda: x.sum()),
        "sum of rows": (size, "GB/s", lambda: x.sum(1)),
        "sum of columns": (size, "GB/s", lambda: x.sum(0)),
        "softmax": (2 * size, "GB/s", lambda: softmax(x)),
        f"dot of {PRODUCT} x {PRODUCT}": (2.0 * PRODUCT**3, "Gflop/s", lambda: a @ a),
    }


def torch_rows():
    import torch

    if not torch.cuda.is_available():
        return print(f"not measured: PyTorch {torch.__version__}: it finds no GPU")
    x = torch.full((N // 1000, 1000), 0.5, device="cuda")
    a = torch.full((PRODUCT, PRODUCT), 0.5, device="cuda")
    fused = torch.compile(lambda x: torch.tanh(x) * torch.sigmoid(x))
    rows = rows_of(torch.clone, lambda x: torch.softmax(x, 1), torch.tanh, torch.sigmoid, x, a)
    rows["tanh(x) * sigmoid(x)"] = (8 * N, "GB/s", lambda: fused(x))
    print_rows("PyTorch", rows, lambda _: torch.cuda.synchronize())


def jax_rows():
    import jax
    import jax.numpy as jnp

    if jax.devices()[0].platform not in ("gpu", "cuda", "rocm"):
        return print(f"not measured: JAX {jax.__version__}: it finds no GPU")
    x = jnp.full((N // 1000, 1000), 0.5, dtype=jnp.float32)
    a = jnp.full((PRODUCT, PRODUCT), 0.5, dtype=jnp.float32)
    rows = rows_of(jnp.copy, jax.jit(lambda x: jax.nn.softmax(x, axis=1)), jnp.tanh, jax.nn.sigmoid, x, a)
    fused = jax.jit(lambda x: jnp.tanh(x) * jax.nn.sigmoid(x))
    affine = jax.jit(lambda x: x * 2 + 1)
    rows["x * 2 + 1"] = (8 * N, "GB/s", lambda: affine(x))
    rows["tanh(x) * sigmoid(x)"] = (8 * N, "GB/s", lambda: fused(x))
    print_rows("JAX", rows, lambda z: z.block_until_ready())


for library in (torch_rows, jax_rows):
    try:
        library()
    except ImportError as error:
        print(f"not measured: {error}")
