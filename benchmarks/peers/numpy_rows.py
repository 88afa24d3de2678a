# SPDX-License-Identifier: BSD-3-Clause
"""The rows in NumPy, as one writes them there; gradients by hand."""
import numpy as np
from scipy.special import erfc

VERSION = "NumPy " + np.__version__


def elementwise(x, y, z):
    return np.tanh(x) * (1 / (1 + np.exp(-y))) + np.exp(z)


def chain(x):
    y = x
    for _ in range(10):
        y = np.sqrt(np.maximum(y * np.float32(0.9) + x, np.float32(0.1))) - np.float32(0.2)
    return y


def sum_of_rows(x):
    return np.sum(x * x, axis=1)


def sum_of_columns(x):
    return np.sum(x * x, axis=0)


def symmetric_part(x):
    return (x + x.T) * np.float32(0.5)


def softmax(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def layer_norm(x, scale, shift):
    centred = x - x.mean(axis=1, keepdims=True)
    variance = np.mean(centred * centred, axis=1, keepdims=True)
    return centred / np.sqrt(variance + np.float32(1e-5)) * scale + shift


logsumexp_gradient = softmax


def batched_small_gemm(x, y):
    return x @ y


def gemm_256(x, y):
    return x @ y


gemm_1024 = gemm_256


def mlp_step(x, labels, w1, b1, w2, b2):
    n = np.float32(len(x))
    hidden = np.tanh(x @ w1 + b1)
    p = softmax(hidden @ w2 + b2)
    rows = np.arange(len(x))
    cost = -np.mean(np.log(p[rows, labels]))
    p[rows, labels] -= 1
    p /= n
    inner = (p @ w2.T) * (1 - hidden * hidden)
    w2 -= np.float32(0.01) * (hidden.T @ p)
    b2 -= np.float32(0.01) * p.sum(axis=0)
    w1 -= np.float32(0.01) * (x.T @ inner)
    b1 -= np.float32(0.01) * inner.sum(axis=0)
    return cost


def language_model_step(windows, labels, *state):
    (embedding, w1, b1, w2, b2), m, v, t = state[:5], state[5:10], state[10:15], state[15]
    n, rows = np.float32(len(windows)), np.arange(len(windows))
    x = embedding[windows].reshape(len(windows), -1)
    hidden = np.tanh(x @ w1 + b1)
    p = softmax(hidden @ w2 + b2)
    cost = -np.mean(np.log(p[rows, labels]))
    p[rows, labels] -= 1
    p /= n
    inner = (p @ w2.T) * (1 - hidden * hidden)
    letters = np.zeros_like(embedding)
    np.add.at(letters, windows, (inner @ w1.T).reshape(*windows.shape, -1))
    gradients = letters, x.T @ inner, inner.sum(axis=0), hidden.T @ p, p.sum(axis=0)
    t += 1
    rate = np.float32(0.001)
    scale = rate * np.sqrt(1 - np.float32(0.999) ** t) / (1 - np.float32(0.9) ** t)
    for q, g, a, b in zip(state[:5], gradients, m, v):
        a += np.float32(0.1) * (g - a)
        b += np.float32(0.001) * (g * g - b)
        q *= 1 - np.float32(0.05) * rate
        q -= scale * a / (np.sqrt(b) + np.float32(1e-8))
    return cost


def logistic_gradient(x, y, w):
    z = x @ w
    return np.mean(np.logaddexp(0, z) - y * z), (1 / (1 + np.exp(-z)) - y) @ x / np.float32(len(y))


def black_scholes(s, k, t):
    root = 0.2 * np.sqrt(t)
    d1 = (np.log(s / k) + 0.05 * t) / root
    cdf = lambda x: 0.5 * erfc(-x * np.sqrt(0.5))  # noqa: E731
    return s * cdf(d1) - k * np.exp(-0.03 * t) * cdf(d1 - root)


def heat(u):
    c = u[1:-1, 1:-1]
    u[1:-1, 1:-1] = c + 0.2 * (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4 * c)
    return u


def stencil_3d(u):
    i, a, b = slice(1, -1), slice(None, -2), slice(2, None)
    return 0.4 * u[i, i, i] + 0.1 * (u[a, i, i] + u[b, i, i] + u[i, a, i] + u[i, b, i] + u[i, i, a] + u[i, i, b])


def tridiagonal(d):
    n = d.shape[1]
    x, upper = np.empty_like(d), np.empty(n)
    for i in range(n):
        pivot = 3 - (upper[i - 1] if i else 0)
        upper[i] = 1 / pivot
        x[:, i] = (d[:, i] + x[:, i - 1] if i else d[:, i]) / pivot
    for i in range(n - 2, -1, -1):
        x[:, i] += upper[i] * x[:, i + 1]
    return x


def calls(row, arguments):
    function = globals()[row]
    return [lambda: function(*arguments)]
