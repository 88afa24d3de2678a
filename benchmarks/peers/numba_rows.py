# SPDX-License-Identifier: BSD-3-Clause
"""The rows in Numba: loops where loops are what one writes there, NumPy's functions for matrix products."""
import math

import numba
import numpy as np

VERSION = "Numba " + numba.__version__
jit = numba.njit(fastmath=True)


@jit
def elementwise(x, y, z):
    out = np.empty_like(x)
    for i in range(x.size):
        out[i] = math.tanh(x[i]) / (np.float32(1) + math.exp(-y[i])) + math.exp(z[i])
    return out


@jit
def chain(x):
    out = np.empty_like(x)
    for i in range(x.size):
        y = x[i]
        for _ in range(10):
            y = math.sqrt(max(y * np.float32(0.9) + x[i], np.float32(0.1))) - np.float32(0.2)
        out[i] = y
    return out


@jit
def sum_of_rows(x):
    out = np.empty(x.shape[0], x.dtype)
    for i in range(x.shape[0]):
        s = np.float32(0)
        for j in range(x.shape[1]):
            s += x[i, j] * x[i, j]
        out[i] = s
    return out


@jit
def sum_of_columns(x):
    out = np.zeros(x.shape[1], x.dtype)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            out[j] += x[i, j] * x[i, j]
    return out


@jit
def symmetric_part(x):
    out = np.empty_like(x)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            out[i, j] = (x[i, j] + x[j, i]) * np.float32(0.5)
    return out


@jit
def softmax(x):
    out = np.empty_like(x)
    for i in range(x.shape[0]):
        top = x[i, 0]
        for j in range(x.shape[1]):
            top = max(top, x[i, j])
        s = np.float32(0)
        for j in range(x.shape[1]):
            out[i, j] = math.exp(x[i, j] - top)
            s += out[i, j]
        for j in range(x.shape[1]):
            out[i, j] /= s
    return out


@jit
def layer_norm(x, scale, shift):
    out = np.empty_like(x)
    n = x.shape[1]
    for i in range(x.shape[0]):
        mean = np.float32(0)
        for j in range(n):
            mean += x[i, j]
        mean /= np.float32(n)
        variance = np.float32(0)
        for j in range(n):
            variance += (x[i, j] - mean) ** 2
        factor = np.float32(1) / math.sqrt(variance / np.float32(n) + np.float32(1e-5))
        for j in range(n):
            out[i, j] = (x[i, j] - mean) * factor * scale[j] + shift[j]
    return out


logsumexp_gradient = softmax


@jit
def batched_small_gemm(x, y):
    out = np.zeros_like(x)
    for b in range(x.shape[0]):
        for i in range(x.shape[1]):
            for k in range(x.shape[2]):
                for j in range(y.shape[2]):
                    out[b, i, j] += x[b, i, k] * y[b, k, j]
    return out


@jit
def gemm_256(x, y):
    return x @ y


gemm_1024 = gemm_256


@jit
def mlp_step(x, labels, w1, b1, w2, b2):
    rate = np.float32(0.01)
    hidden = np.tanh(x @ w1 + b1)
    p = softmax(hidden @ w2 + b2)
    cost = np.float32(0)
    n = np.float32(len(x))
    for i in range(len(x)):
        cost -= math.log(p[i, labels[i]]) / n
        p[i, labels[i]] -= np.float32(1)
    p /= n
    inner = (p @ w2.T) * (np.float32(1) - hidden * hidden)
    w2 -= rate * (hidden.T @ p)
    b2 -= rate * p.sum(axis=0)
    w1 -= rate * (x.T @ inner)
    b1 -= rate * inner.sum(axis=0)
    return cost


@jit
def adam(q, g, m, v, scale):
    decay = np.float32(1 - 0.05 * 0.001)
    for i in range(q.size):
        m[i] += np.float32(0.1) * (g[i] - m[i])
        v[i] += np.float32(0.001) * (g[i] * g[i] - v[i])
        q[i] = q[i] * decay - scale * m[i] / (math.sqrt(v[i]) + np.float32(1e-8))


@jit
def language_model_step(windows, labels, embedding, w1, b1, w2, b2, m0, m1, m2, m3, m4, v0, v1, v2, v3, v4, t):
    rows, length = windows.shape
    width = embedding.shape[1]
    x = np.empty((rows, length * width), np.float32)
    for i in range(rows):
        for j in range(length):
            for k in range(width):
                x[i, j * width + k] = embedding[windows[i, j], k]
    hidden = np.tanh(x @ w1 + b1)
    p = softmax(hidden @ w2 + b2)
    cost = np.float32(0)
    for i in range(rows):
        cost -= math.log(p[i, labels[i]]) / np.float32(rows)
        p[i, labels[i]] -= np.float32(1)
    p /= np.float32(rows)
    inner = (p @ w2.T) * (np.float32(1) - hidden * hidden)
    back = inner @ w1.T
    letters = np.zeros_like(embedding)
    for i in range(rows):
        for j in range(length):
            for k in range(width):
                letters[windows[i, j], k] += back[i, j * width + k]
    t += np.float32(1)
    scale = np.float32(0.001 * math.sqrt(1 - 0.999 ** t[0]) / (1 - 0.9 ** t[0]))
    adam(embedding.ravel(), letters.ravel(), m0.ravel(), v0.ravel(), scale)
    adam(w1.ravel(), (x.T @ inner).ravel(), m1.ravel(), v1.ravel(), scale)
    adam(b1, inner.sum(axis=0), m2, v2, scale)
    adam(w2.ravel(), (hidden.T @ p).ravel(), m3.ravel(), v3.ravel(), scale)
    adam(b2, p.sum(axis=0), m4, v4, scale)
    return cost


@jit
def logistic_gradient(x, y, w):
    z = x @ w
    n = np.float32(len(y))
    cost = np.float32(0)
    g = np.empty_like(z)
    for i in range(len(z)):
        cost += (max(z[i], np.float32(0)) + math.log1p(math.exp(-abs(z[i]))) - y[i] * z[i]) / n
        g[i] = (np.float32(1) / (np.float32(1) + math.exp(-z[i])) - y[i]) / n
    return cost, g @ x


@jit
def black_scholes(s, k, t):
    out = np.empty_like(s)
    h = math.sqrt(0.5)
    for i in range(s.size):
        root = 0.2 * math.sqrt(t[i])
        d1 = (math.log(s[i] / k[i]) + 0.05 * t[i]) / root
        out[i] = (s[i] * 0.5 * math.erfc(-d1 * h)
                  - k[i] * math.exp(-0.03 * t[i]) * 0.5 * math.erfc(-(d1 - root) * h))
    return out


@jit
def heat(u):
    out = u.copy()
    for i in range(1, u.shape[0] - 1):
        for j in range(1, u.shape[1] - 1):
            c = u[i, j]
            out[i, j] = c + 0.2 * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1] - 4 * c)
    return out


@jit
def stencil_3d(u):
    a, b, c = u.shape
    out = np.empty((a - 2, b - 2, c - 2))
    for i in range(1, a - 1):
        for j in range(1, b - 1):
            for k in range(1, c - 1):
                out[i - 1, j - 1, k - 1] = 0.4 * u[i, j, k] + 0.1 * (
                    u[i - 1, j, k] + u[i + 1, j, k] + u[i, j - 1, k] + u[i, j + 1, k] + u[i, j, k - 1] + u[i, j, k + 1])
    return out


@jit
def tridiagonal(d):
    n = d.shape[1]
    x, upper = np.empty_like(d), np.empty(n)
    for r in range(d.shape[0]):
        for i in range(n):
            if i > 0:
                upper[i] = 1 / (3 - upper[i - 1])
                x[r, i] = (d[r, i] + x[r, i - 1]) * upper[i]
            else:
                upper[0] = 1 / 3
                x[r, 0] = d[r, 0] / 3
        for i in range(n - 2, -1, -1):
            x[r, i] += upper[i] * x[r, i + 1]
    return x


def calls(row, arguments):
    function = globals()[row]
    if row == "heat":
        state = list(arguments)

        def step():
            state[0] = function(state[0])

        return [step]
    return [lambda: function(*arguments)]
