// SPDX-License-Identifier: BSD-3-Clause
// One step of a small ocean model: a tracer is carried by a current and spreads between neighbours
// (shifted slices, with masks where there is land), then mixes along depth, implicitly: each column
// is a tridiagonal system, solved by elimination written with slices. A plain C++ loop over the
// same equations checks the result.
#include <kroton/kroton.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

using namespace kroton;
namespace T = kroton::tensor;

namespace {
constexpr std::int64_t nz = 16, ny = 60, nx = 90;
constexpr double spread = 0.05, mixing = 0.8;

// The symbolic step for a tracer c, currents u (eastward) and v (northward), and a mask of water,
// all (depth, y, x). The outermost ring is land.
Variable step_of(const Variable& c, const Variable& u, const Variable& v, const Variable& water) {
  const auto in = slice(1, -1), low = slice({}, -2), high = slice(2), all = slice();
  // Through a face flows what the current carries from upstream, and what spreads; land is closed.
  const auto flux = [&](const std::vector<Index>& here, const std::vector<Index>& there,
                        const Variable& current) {
    auto speed = current[here];
    auto carried = maximum(speed, 0.0) * c[here] + minimum(speed, 0.0) * c[there];
    return (carried - spread * (c[there] - c[here])) * water[here] * water[there];
  };
  auto west = flux({all, in, low}, {all, in, in}, u),
       east = flux({all, in, in}, {all, in, high}, u);
  auto south = flux({all, low, in}, {all, in, in}, v),
       north = flux({all, in, in}, {all, high, in}, v);
  auto moved = set_subtensor(c[{all, in, in}], c[{all, in, in}] + west - east + south - north);

  // Mixing along depth: -a x[k-1] + (1 + a + b) x[k] - b x[k+1] = moved[k], where a and b are the
  // exchange through the upper and the lower face.
  std::vector<Variable> upper(nz), value(nz);
  const auto exchange = [&](std::int64_t k) { return mixing * water[k] * water[k + 1]; };
  for (std::int64_t k = 0; k < nz; ++k) {
    Variable above = k > 0 ? exchange(k - 1) : T::zeros_like(water[0]);
    Variable below = k + 1 < nz ? exchange(k) : T::zeros_like(water[0]);
    Variable pivot = 1 + above + below;
    if (k > 0) pivot = pivot - above * upper[k - 1];
    upper[k] = below / pivot;
    value[k] = (k > 0 ? moved[k] + above * value[k - 1] : moved[k]) / pivot;
  }
  for (std::int64_t k = nz - 1; k-- > 0;) value[k] = value[k] + upper[k] * value[k + 1];
  for (std::int64_t k = 0; k < nz; ++k) moved = set_subtensor(moved[k], value[k]);
  return moved;
}

// The same, as loops.
void plain_step(std::vector<double>& c, const double* u, const double* v, const double* water) {
  const auto at = [](std::int64_t k, std::int64_t j, std::int64_t i) {
    return (k * ny + j) * nx + i;
  };
  std::vector<double> moved = c;
  const auto flux = [&](std::int64_t a, std::int64_t b, double speed) {
    const double carried = speed > 0 ? speed * c[a] : speed * c[b];
    return (carried - spread * (c[b] - c[a])) * water[a] * water[b];
  };
  for (std::int64_t k = 0; k < nz; ++k)
    for (std::int64_t j = 1; j + 1 < ny; ++j)
      for (std::int64_t i = 1; i + 1 < nx; ++i) {
        const std::int64_t o = at(k, j, i);
        moved[o] = c[o] + flux(o - 1, o, u[o - 1]) - flux(o, o + 1, u[o]) +
                   flux(o - nx, o, v[o - nx]) - flux(o, o + nx, v[o]);
      }
  for (std::int64_t o = 0; o < ny * nx; ++o) {
    const std::int64_t layer = ny * nx;
    double upper[nz];
    for (std::int64_t k = 0; k < nz; ++k) {
      const double* w = water + k * layer + o;
      const double above = k > 0 ? mixing * w[-layer] * w[0] : 0;
      const double below = k + 1 < nz ? mixing * w[0] * w[layer] : 0;
      const double pivot = 1 + above + below - (k > 0 ? above * upper[k - 1] : 0);
      upper[k] = below / pivot;
      c[k * layer + o] =
          (moved[k * layer + o] + (k > 0 ? above * c[(k - 1) * layer + o] : 0)) / pivot;
    }
    for (std::int64_t k = nz - 1; k-- > 0;) c[k * layer + o] += upper[k] * c[(k + 1) * layer + o];
  }
}

// What the currents turn around: they flow along its lines, so that nothing piles up.
double stream(std::int64_t j, std::int64_t i) {
  const double pi = std::acos(-1.0);
  return 6 * std::sin(pi * static_cast<double>(j - 1) / (ny - 2)) *
         std::sin(pi * static_cast<double>(i - 1) / (nx - 2));
}

void draw(const NDArray& c, const NDArray& water) {
  for (std::int64_t j = ny - 2; j > 0; j -= 3) {
    std::string line;
    for (std::int64_t i = 1; i < nx; ++i) {
      const int level =
          static_cast<int>(std::min(std::max(c.at<double>({0, j, i}), 0.0), 0.999) * 8);
      line += water.at<double>({0, j, i}) == 0 ? '#' : " .:-=+*%"[level];
    }
    std::printf("  %s\n", line.c_str());
  }
}
}  // namespace

int main() {
  NDArray water = NDArray::zeros({nz, ny, nx}), u = NDArray::zeros({nz, ny, nx}),
          v = NDArray::zeros({nz, ny, nx}), tracer = NDArray::zeros({nz, ny, nx});
  for (std::int64_t k = 0; k < nz; ++k)
    for (std::int64_t j = 1; j + 1 < ny; ++j)
      for (std::int64_t i = 1; i + 1 < nx; ++i) {
        // An island, a floor that rises to the east, and a gyre that weakens with depth.
        const double x = static_cast<double>(i) / nx - 0.5, y = static_cast<double>(j) / ny - 0.5;
        const bool land =
            std::hypot(x * 1.5 - 0.2, y) < 0.12 || static_cast<double>(k) > nz * (0.7 - 0.6 * x);
        const double strength = 1 - 0.05 * static_cast<double>(k);
        water.at<double>({k, j, i}) = land ? 0 : 1;
        u.at<double>({k, j, i}) = -strength * (stream(j + 1, i + 1) - stream(j, i + 1));
        v.at<double>({k, j, i}) = strength * (stream(j + 1, i + 1) - stream(j + 1, i));
        if (!land && std::hypot(x + 0.25, y + 0.2) < 0.12) tracer.at<double>({k, j, i}) = 1;
      }
  auto c = shared(tracer, "c");
  auto current_u = T::dtensor3("u"), current_v = T::dtensor3("v"), mask = T::dtensor3("water");
  auto step = function({current_u, current_v, mask}, sum(c * mask),
                       {.updates = {{c, step_of(c, current_u, current_v, mask)}}});

  std::vector<double> plain(tracer.span<double>().begin(), tracer.span<double>().end());
  draw(tracer, water);
  step(u, v, water), plain_step(plain, u.data<double>(), v.data<double>(), water.data<double>());
  double seconds = 0, plain_seconds = 0, first = 0, last = 0;
  const auto timed = [](double& total, const auto& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    total += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  for (int i = 0; i < 400; ++i) {
    timed(seconds, [&] { last = step(u, v, water).item<double>(); });
    timed(plain_seconds,
          [&] { plain_step(plain, u.data<double>(), v.data<double>(), water.data<double>()); });
    if (i == 0) first = last;
  }
  const NDArray found = c.get_value();
  double worst = 0;
  for (std::size_t i = 0; i < plain.size(); ++i)
    worst = std::max(worst, std::abs(plain[i] - found.span<double>()[i]));
  std::printf("\n");
  draw(found, water);
  std::printf("  400 steps of %lld cells: %.2f ms a step; a plain loop %.2f ms (%zu nodes)\n",
              static_cast<long long>(nz * ny * nx), seconds * 2.5, plain_seconds * 2.5,
              step.nodes().size());
  std::printf("  difference from the plain loop %.1e; tracer kept to %.1e\n", worst,
              std::abs(last / first - 1));
  const bool right = worst < 1e-12 && std::abs(last / first - 1) < 1e-12;
  if (!right) std::fprintf(stderr, "ocean: the step differs from the plain loop\n");
  return right ? 0 : 1;
}
