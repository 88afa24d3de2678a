// SPDX-License-Identifier: BSD-3-Clause
// The heat equation on a square plate whose edges are kept at zero. The state is a shared variable;
// one step adds up shifted slices of it and sets the inside. A sine wave must decay by exactly the
// factor that the scheme has for it, and heat may leave only through the edges.
#include <kroton/kroton.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <string>

using namespace kroton;
namespace T = kroton::tensor;

namespace {
constexpr std::int64_t n = 201;  // points along each side, edges included
constexpr double k = 0.2;        // conductivity times step, in units of the grid

void draw(const NDArray& u, const char* title) {
  std::printf("  %s\n", title);
  for (std::int64_t i = 4; i < n; i += 12) {
    std::string line;
    for (std::int64_t j = 3; j < n; j += 6) {
      const double heat = std::min(std::max(u.at<double>({i, j}), 0.0), 0.999);
      line += std::string(2, " .:-=+*#%@"[static_cast<int>(heat * 10)]);
    }
    std::printf("  |%s|\n", line.c_str());
  }
}
}  // namespace

int main() {
  auto u = shared(NDArray::zeros({n, n}), "u");
  const auto inside = slice(1, -1), before = slice({}, -2), behind = slice(2);
  auto centre = u[{inside, inside}];
  auto around =
      u[{before, inside}] + u[{behind, inside}] + u[{inside, before}] + u[{inside, behind}];
  auto next = set_subtensor(centre, centre + k * (around - 4 * centre));
  // What the edges take up in this step, and what the plate holds before it.
  auto out =
      k * (sum(u[{1, inside}]) + sum(u[{-2, inside}]) + sum(u[{inside, 1}]) + sum(u[{inside, -2}]));
  auto step = function({}, {sum(u), out}, {.updates = {{u, next}}});

  // A sine wave, which keeps its form.
  const double pi = std::acos(-1.0), h = pi / static_cast<double>(n - 1);
  auto line = T::sin(h * T::arange(n));
  u.set_value((line.dimshuffle({0, "x"}) * line).eval());
  const double first = u.get_value().as<NDArray>().at<double>({50, 50});
  const int steps = 1000;
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < steps; ++i) step();
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const double decay = u.get_value().as<NDArray>().at<double>({50, 50}) / first;
  const double expected = std::pow(1 - 8 * k * std::pow(std::sin(h / 2), 2), steps);
  const double error = std::abs(decay / expected - 1);
  std::printf("  %d steps of %lld x %lld points: %.1f ms, %.2f ns a point\n", steps,
              static_cast<long long>(n), static_cast<long long>(n), seconds * 1e3,
              seconds / steps / (n * n) * 1e9);
  std::printf("  a sine wave decays by %.12f, the scheme's factor is %.12f\n\n", decay, expected);

  // Three hot spots; the balance of heat is checked at each step.
  NDArray spots = NDArray::zeros({n, n});
  const auto heat = [&](std::int64_t y, std::int64_t x, std::int64_t size) {
    for (std::int64_t i = y; i < y + size; ++i)
      for (std::int64_t j = x; j < x + size; ++j) spots.at<double>({i, j}) = 1;
  };
  heat(30, 30, 40);
  heat(110, 70, 60);
  heat(40, 140, 30);
  u.set_value(spots);
  draw(spots, "at first:");
  double balance = 0, held = 0, left = 0;
  for (int i = 0; i < steps; ++i) {
    auto totals = step();
    const double now = totals.item<double>(0);
    if (i > 0) balance = std::max(balance, std::abs(held - left - now) / now);
    held = now;
    left = totals.item<double>(1);
  }
  draw(u.get_value().as<NDArray>(), "after 1000 steps:");
  std::printf("  heat is kept to %.1e of its sum\n", balance);

  const bool right = error < 1e-10 && balance < 1e-12;
  if (!right) std::fprintf(stderr, "heat: the decay or the balance is not what it must be\n");
  return right ? 0 : 1;
}
