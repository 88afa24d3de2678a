// SPDX-License-Identifier: BSD-3-Clause
// Options priced by the formula of Black and Scholes, and their Greeks by differentiating it:
// delta, vega, theta and rho are gradients, gamma is the gradient of delta. One function computes
// all six in one pass; the closed formulas check them.
#include <kroton/kroton.h>

#include <chrono>
#include <cmath>
#include <cstdio>

using namespace kroton;

namespace {
Variable normal_cdf(const Variable& x) { return 0.5 * tensor::erfc(-x / std::sqrt(2.0)); }

// Price, delta, gamma, vega, theta and rho of a call, from a textbook.
std::vector<double> closed_form(double s, double k, double t, double r, double v) {
  const double root = v * std::sqrt(t), d1 = (std::log(s / k) + (r + v * v / 2) * t) / root,
               d2 = d1 - root, discount = k * std::exp(-r * t);
  const auto cdf = [](double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); };
  const double density = std::exp(-d1 * d1 / 2) / std::sqrt(2 * std::acos(-1.0));
  return {s * cdf(d1) - discount * cdf(d2),
          cdf(d1),
          density / (s * root),
          s * density * std::sqrt(t),
          -s * density * v / (2 * std::sqrt(t)) - r * discount * cdf(d2),
          t * discount * cdf(d2)};
}
}  // namespace

int main() {
  auto s = dvector("spot"), k = dvector("strike"), t = dvector("years");
  auto r = dvector("rate"), v = dvector("volatility");
  auto root = v * sqrt(t);
  auto d1 = (log(s / k) + (r + sqr(v) / 2) * t) / root;
  auto price = s * normal_cdf(d1) - k * exp(-r * t) * normal_cdf(d1 - root);

  // Each option's price depends on its own arguments alone, so the gradient of the sum holds one
  // derivative for each option.
  auto g = grad(sum(price), {s, v, t, r});
  auto delta = g[0], vega = g[1], theta = -g[2], rho = g[3];
  auto gamma = grad(sum(delta), s);
  auto greeks = function({s, k, t, r, v}, {price, delta, gamma, vega, theta, rho});

  const std::int64_t n = 1'000'000;
  NDArray spot = NDArray::full({n}, 100), strike = NDArray::arange(50, 150, 100.0 / n),
          time = NDArray::full({n}, 0.75), rate = NDArray::full({n}, 0.03),
          volatility = NDArray::full({n}, 0.2);
  auto out = greeks(spot, strike, time, rate, volatility);  // compiles the kernel
  const auto start = std::chrono::steady_clock::now();
  out = greeks(spot, strike, time, rate, volatility);
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();

  std::printf("  strike     price    delta    gamma     vega    theta      rho\n");
  double worst = 0;
  for (std::int64_t i = 0; i < n; i += n / 1000) {
    const auto expected = closed_form(100, strike.at<double>({i}), 0.75, 0.03, 0.2);
    for (std::size_t g = 0; g < 6; ++g) {
      const double found = out.array(g).at<double>({i});
      worst = std::max(worst, std::abs(found - expected[g]) / (1 + std::abs(expected[g])));
    }
    if (i % (n / 10) != 0) continue;
    std::printf("  %6.1f  %8.4f %8.5f %8.5f %8.4f %8.4f %8.4f\n", strike.at<double>({i}),
                out.array(0).at<double>({i}), out.array(1).at<double>({i}),
                out.array(2).at<double>({i}), out.array(3).at<double>({i}),
                out.array(4).at<double>({i}), out.array(5).at<double>({i}));
  }
  std::printf("  1,000,000 options and five Greeks each: %.1f ms (%zu nodes)\n", seconds * 1e3,
              greeks.nodes().size());
  std::printf("  largest difference from the closed formulas: %.1e\n", worst);
  if (!(worst < 1e-12))
    std::fprintf(stderr, "black_scholes: the Greeks are not what they must be\n");
  return worst < 1e-12 ? 0 : 1;
}
