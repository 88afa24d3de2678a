# SPDX-License-Identifier: BSD-3-Clause
"""The rows in PyTorch: as written, and compiled by torch.compile; the faster one counts."""
import torch

torch.set_num_threads(1)
VERSION = "PyTorch " + torch.__version__


def elementwise(x, y, z):
    return torch.tanh(x) * torch.sigmoid(y) + torch.exp(z)


def chain(x):
    y = x
    for _ in range(10):
        y = torch.sqrt(torch.clamp(y * 0.9 + x, min=0.1)) - 0.2
    return y


def sum_of_rows(x):
    return torch.sum(x * x, dim=1)


def sum_of_columns(x):
    return torch.sum(x * x, dim=0)


def symmetric_part(x):
    return (x + x.T) * 0.5


def softmax(x):
    return torch.softmax(x, dim=1)


def layer_norm(x, scale, shift):
    return torch.nn.functional.layer_norm(x, x.shape[1:], scale, shift)


def logsumexp_gradient(x):
    x = x.detach().requires_grad_()
    return torch.autograd.grad(torch.logsumexp(x, dim=1).sum(), x)[0]


def batched_small_gemm(x, y):
    return torch.bmm(x, y)


def gemm_256(x, y):
    return x @ y


gemm_1024 = gemm_256


def mlp_cost(x, labels, w1, b1, w2, b2):
    return torch.nn.functional.cross_entropy(torch.tanh(x @ w1 + b1) @ w2 + b2, labels)


def language_model_cost(windows, labels, embedding, w1, b1, w2, b2):
    x = embedding[windows].reshape(len(windows), -1)
    return torch.nn.functional.cross_entropy(torch.tanh(x @ w1 + b1) @ w2 + b2, labels)


def logistic_cost(x, y, w):
    z = x @ w
    return torch.mean(torch.nn.functional.softplus(z) - y * z)


def black_scholes(s, k, t):
    root = 0.2 * torch.sqrt(t)
    d1 = (torch.log(s / k) + 0.05 * t) / root
    cdf = lambda x: 0.5 * torch.erfc(-x * 0.5**0.5)  # noqa: E731
    return s * cdf(d1) - k * torch.exp(-0.03 * t) * cdf(d1 - root)


def heat(u):
    c = u[1:-1, 1:-1]
    out = u.clone()
    out[1:-1, 1:-1] = c + 0.2 * (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4 * c)
    return out


def stencil_3d(u):
    i, a, b = slice(1, -1), slice(None, -2), slice(2, None)
    return 0.4 * u[i, i, i] + 0.1 * (u[a, i, i] + u[b, i, i] + u[i, a, i] + u[i, b, i] + u[i, i, a] + u[i, i, b])


def tridiagonal(d):
    x, upper = [], []
    for i in range(d.shape[1]):
        pivot = 3 - (upper[i - 1] if i else 0)
        upper.append(1 / pivot)
        x.append((d[:, i] + x[i - 1] if i else d[:, i]) / pivot)
    for i in range(d.shape[1] - 2, -1, -1):
        x[i] = x[i] + upper[i] * x[i + 1]
    return torch.stack(x, dim=1)


def descent(parameters):
    def update(gradients):
        with torch.no_grad():
            for p, g in zip(parameters, gradients):
                p -= 0.01 * g

    return update


def adam(parameters):
    optimiser = torch.optim.AdamW(parameters, lr=0.001, weight_decay=0.05, fused=True)

    def update(gradients):
        for p, g in zip(parameters, gradients):
            p.grad = g
        optimiser.step()

    return update


def training_step(cost, parameters, update):
    def step(x, labels, *_):
        value = cost(x, labels, *parameters)
        update(torch.autograd.grad(value, parameters))
        return value

    return step


def variants(row, arguments):
    """The functions as written and compiled, each for the same arguments."""
    if row.endswith("_step"):
        is_network = row == "mlp_step"
        cost = mlp_cost if is_network else language_model_cost
        parameters = [a.requires_grad_() for a in arguments[2:][:4 if is_network else 5]]
        update = (descent if is_network else adam)(parameters)
        for one in (cost, torch.compile(cost)):
            yield training_step(one, parameters, update)
    elif row == "logistic_gradient":
        w = arguments[2].requires_grad_()
        for cost in (logistic_cost, torch.compile(logistic_cost)):
            def value_and_grad(x, y, _, cost=cost):
                value = cost(x, y, w)
                return value, torch.autograd.grad(value, w)

            yield value_and_grad
    else:
        function = globals()[row]
        yield function
        yield torch.compile(function)


def calls(row, arguments):
    arguments = [torch.from_numpy(a) for a in arguments]
    for function in variants(row, arguments):
        if row == "heat":
            state = [arguments[0]]

            def run(function=function, state=state):
                state[0] = function(state[0])

        else:
            def run(function=function):
                return function(*arguments)

        yield run
