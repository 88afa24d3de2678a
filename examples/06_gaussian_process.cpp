// SPDX-License-Identifier: BSD-3-Clause
// A Gaussian process learns how smooth, how large and how noisy a signal is: the likelihood of the
// measured points goes through a linear solve and a determinant, and its gradient is followed to
// the top. The picture is what the process then expects between the points.
#include <kroton/kroton.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <random>
#include <string>

using namespace kroton;
namespace T = kroton::tensor;

namespace {
constexpr std::int64_t n = 60, m = 64;
const double two_pi = 2 * std::acos(-1.0);

// Covariance of the signal at A and at B; THETA: logarithms of length, size and noise.
Variable covariance(const Variable& a, const Variable& b, const Variable& theta) {
  auto distance = (a.dimshuffle({0, "x"}) - b) / exp(theta[0]);
  return exp(2 * theta[1] - 0.5 * sqr(distance));
}

double signal(double x) { return std::sin(x) + 0.5 * std::sin(2.5 * x); }

void draw(const NDArray& xs, const NDArray& mean, const NDArray& spread, const NDArray& x,
          const NDArray& y) {
  constexpr int rows = 19;
  const auto row_of = [](double value) {
    return std::clamp(static_cast<int>((2 - value) / 4 * rows), 0, rows - 1);
  };
  std::vector<std::string> picture(rows, std::string(m, ' '));
  for (std::int64_t i = 0; i < m; ++i) {
    const double middle = mean.at<double>({i}), half = 2 * spread.at<double>({i});
    for (int r = row_of(middle + half); r <= row_of(middle - half); ++r) picture[r][i] = ':';
    picture[row_of(middle)][i] = '=';
  }
  const double first = xs.at<double>({0}), step = xs.at<double>({1}) - first;
  for (std::int64_t i = 0; i < n; ++i) {
    const auto column = static_cast<std::size_t>((x.at<double>({i}) - first) / step + 0.5);
    picture[row_of(y.at<double>({i}))][std::min<std::size_t>(column, m - 1)] = 'o';
  }
  for (const std::string& line : picture) std::printf("  |%s|\n", line.c_str());
}
}  // namespace

int main() {
  // Points of a signal with noise of 0.2; none between 4 and 5.5.
  std::mt19937 generator(3);
  std::uniform_real_distribution<double> uniform(0, 8.5);
  std::normal_distribution<double> noise(0, 0.2);
  NDArray points = NDArray::zeros({n}), values = NDArray::zeros({n});
  for (std::int64_t i = 0; i < n; ++i) {
    const double at = uniform(generator);
    points.at<double>({i}) = at < 4 ? at : at + 1.5;
    values.at<double>({i}) = signal(points.at<double>({i})) + noise(generator);
  }

  auto x = dvector("x"), y = dvector("y"), grid = dvector("grid");
  auto theta = shared(array({1.0, 1.0, 0.0}), "theta");
  auto k = covariance(x, x, theta) + exp(2 * theta[2]) * T::eye(x.shape(0));
  auto weights = solve(k, y, Assume::positive_definite);
  auto [sign, logdet] = slogdet(k);
  auto likelihood =
      -0.5 * (dot(y, weights) + logdet + cast(x.shape(0), float64) * std::log(two_pi));
  auto slope = grad(likelihood, theta);

  auto climb = function({x, y}, {likelihood, slope}, {.updates = {{theta, theta + 0.005 * slope}}});
  auto at = function({x, y}, {likelihood, slope});
  auto across = covariance(grid, x, theta);
  auto spread = exp(2 * theta[1]) - sum(across * solve(k, across.T()).T(), 1);
  auto predict = function({x, y, grid}, {dot(across, weights), sqrt(maximum(spread, 0.0))});

  // The gradient beside central differences, where the climb begins.
  const NDArray begin = theta.get_value(), exact = at(points, values).array(1);
  double error = 0;
  for (std::int64_t i = 0; i < 3; ++i) {
    const double h = 1e-5;
    double side[2];
    for (const int s : {0, 1}) {
      NDArray moved = begin.copy();
      moved.at<double>({i}) += s ? h : -h;
      theta.set_value(moved);
      side[s] = at(points, values).item<double>(0);
    }
    const double numeric = (side[1] - side[0]) / (2 * h);
    error = std::max(error, std::abs(numeric / exact.at<double>({i}) - 1));
  }
  theta.set_value(begin);

  std::printf("  step  log likelihood  length    size   noise\n");
  double steepest = 0;
  for (int i = 0; i <= 400; ++i) {
    auto out = climb(points, values);
    const NDArray g = out.array(1);
    steepest = 0;
    for (const double d : g.span<double>()) steepest = std::max(steepest, std::abs(d));
    if (i % 80 != 0) continue;
    const NDArray now = theta.get_value();
    std::printf("  %4d  %14.4f  %6.3f  %6.3f  %6.3f\n", i, out.item<double>(0),
                std::exp(now.at<double>({0})), std::exp(now.at<double>({1})),
                std::exp(now.at<double>({2})));
  }
  const NDArray xs = NDArray::arange(0.0, 10.0, 10.0 / m);
  auto expected = predict(points, values, xs);
  draw(xs, expected.array(0), expected.array(1), points, values);
  const double found = std::exp(theta.get_value().as<NDArray>().at<double>({2}));
  std::printf("  the noise is 0.2, the process says %.3f; gradient against differences: %.1e\n",
              found, error);
  const bool right = error < 1e-6 && steepest < 1e-3 && std::abs(found - 0.2) < 0.05;
  if (!right) std::fprintf(stderr, "gaussian_process: the gradient or the top is wrong\n");
  return right ? 0 : 1;
}
