// SPDX-License-Identifier: BSD-3-Clause
// Logistic regression: two clouds of points, a cost, its gradient, and shared variables that an
// update moves downhill. The picture shows which side of the line each class lies on.
#include <kroton/kroton.h>

#include <cmath>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

using namespace kroton;
namespace T = kroton::tensor;

namespace {
constexpr std::int64_t n = 2000;

// Two clouds, centred at (-1, -0.5) and (1, 0.5).
void make_points(NDArray& points, NDArray& classes) {
  std::mt19937 random(1);
  std::normal_distribution<double> normal;
  for (std::int64_t i = 0; i < n; ++i) {
    const double side = i % 2 == 0 ? -1 : 1;
    points.at<double>({i, 0}) = side + normal(random);
    points.at<double>({i, 1}) = 0.5 * side + normal(random);
    classes.at<double>({i}) = side > 0 ? 1 : 0;
  }
}

// '.' and '+' are points of the two classes; the shaded side is where the model says class 1.
void draw(const NDArray& points, const NDArray& classes, double a, double b, double c) {
  constexpr int rows = 18, columns = 64;
  for (int row = 0; row < rows; ++row) {
    std::string line;
    for (int column = 0; column < columns; ++column) {
      const double x = -4 + 8.0 * (column + 0.5) / columns, y = 3 - 6.0 * (row + 0.5) / rows;
      line += a * x + b * y + c > 0 ? ':' : ' ';
    }
    for (std::int64_t i = 0; i < n; i += 8) {
      for (const std::int64_t k : {i, i + 1}) {
        const int at = static_cast<int>((points.at<double>({k, 0}) + 4) / 8 * columns);
        const int on = static_cast<int>((3 - points.at<double>({k, 1})) / 6 * rows);
        if (on == row && at >= 0 && at < columns)
          line[static_cast<std::size_t>(at)] = classes.at<double>({k}) > 0 ? '+' : 'o';
      }
    }
    std::printf("  |%s|\n", line.c_str());
  }
}
}  // namespace

int main() {
  NDArray points = NDArray::zeros({n, 2}), classes = NDArray::zeros({n});
  make_points(points, classes);

  auto x = dmatrix("x"), y = dvector("y");
  auto w = shared(NDArray::zeros({2}), "w"), b = shared(0.0, "b");
  auto p = nnet::sigmoid(dot(x, w) + b);
  auto cost = mean(-y * log(p) - (1 - y) * log(1 - p)) + 0.001 * sum(sqr(w));
  auto g = grad(cost, {w, b});
  auto accuracy = mean(cast(eq(p > 0.5, y > 0.5), float64));
  auto steepness = sqrt(sum(sqr(g[0])) + sqr(g[1]));

  auto step = function({x, y}, {cost, accuracy, steepness},
                       {.updates = {{w, w - 2.0 * g[0]}, {b, b - 2.0 * g[1]}}});

  std::printf("  step      cost  accuracy  |gradient|\n");
  double reached = 0, slope = 0;
  for (int i = 0; i <= 200; ++i) {
    auto out = step(points, classes);
    reached = out.item<double>(1);
    slope = out.item<double>(2);
    if (i % 25 == 0)
      std::printf("  %4d  %.6f    %.2f %%  %.2e\n", i, out.item<double>(0), 100 * reached, slope);
  }
  const NDArray weights = w.get_value();
  const double w0 = weights.at<double>({0}), w1 = weights.at<double>({1});
  const double offset = b.get_value().item<double>();
  std::printf("  class 1 where %.3f x + %.3f y + %.3f > 0\n\n", w0, w1, offset);
  draw(points, classes, w0, w1, offset);

  // Both clouds have unit variance, so the best line stands on the segment between their centres.
  const bool found = slope < 1e-6 && reached > 0.83 && std::abs(w1 / w0 - 0.5) < 0.15;
  if (!found) std::fprintf(stderr, "logistic_regression: the best line was not found\n");
  return found ? 0 : 1;
}
