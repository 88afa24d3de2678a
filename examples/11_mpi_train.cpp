// SPDX-License-Identifier: BSD-3-Clause
// The language model on several ranks: each takes its share of every batch, and all take the mean
// of their gradients, so all keep the same parameters. Each rank also trains the whole batch by
// itself; both must come to the same loss but for rounding.
//   mpiexec -n 2 mpi_train
//   mpi_train --loopback 2
#include <kroton/kroton.h>

#include <cmath>
#include <cstdio>
#include <random>

#include "language/network.h"
#include "ranks.h"

using namespace kroton;
namespace T = kroton::tensor;

namespace {
using language::window;
constexpr std::int64_t batch = 64, letters = 8;
constexpr int steps = 40;

// Text that follows a rule: each letter depends on the two before it.
NDArray text(std::int64_t n) {
  NDArray codes = NDArray::zeros({n}, int64);
  auto c = codes.span<std::int64_t>();
  std::mt19937 generator(3);
  for (std::size_t i = 2; i < c.size(); ++i)
    c[i] = generator() % 10 == 0 ? generator() % letters : (3 * c[i - 1] + c[i - 2] + 1) % letters;
  return codes;
}

struct Trainer {
  explicit Trainer(bool together) {
    std::mt19937 generator(7);  // the same first parameters on all ranks
    const language::Model model(letters, generator);
    auto codes = lmatrix("codes");
    auto next = lvector("next");
    Variable bits = -mean(model(codes)[{T::arange(next.shape(0)), next}]) / std::log(2.f);
    const auto parameters = model.parameters();
    Variables g = grad(bits, Variables(parameters.begin(), parameters.end()));
    if (together) {
      for (Variable& one : g) one = distributed::all_reduce(one, distributed::Reduction::mean);
      bits = distributed::all_reduce(bits, distributed::Reduction::mean);
    }
    const auto rate = constant(NDArray::full({}, 3e-3, float32));
    step = function({codes, next}, bits, {.updates = language::adam(g, parameters, rate)});
  }
  Function step;
};

void program() {
  const int rank = mpi_rank(), size = mpi_size();
  if (batch % size != 0) throw ValueError("the batch of 64 cannot be shared equally");
  const NDArray codes = text(20'000);
  const Trainer together(true), alone(false);
  std::mt19937 generator(11);  // all ranks choose the same batch
  std::uniform_int_distribution<std::int64_t> any(window,
                                                  static_cast<std::int64_t>(codes.size()) - 1);
  double shared_loss = 0, own_loss = 0;
  for (int s = 0; s < steps; ++s) {
    NDArray windows = NDArray::zeros({batch, window}, int64), next = NDArray::zeros({batch}, int64);
    for (std::int64_t i = 0; i < batch; ++i) {
      const std::int64_t p = any(generator);
      next.at<std::int64_t>({i}) = codes.at<std::int64_t>({p});
      for (std::int64_t j = 0; j < window; ++j)
        windows.at<std::int64_t>({i, j}) = codes.at<std::int64_t>({p - window + j});
    }
    const std::int64_t first = batch * rank / size, last = batch * (rank + 1) / size;
    shared_loss =
        together.step(windows.slice({slice(first, last)}), next.slice({slice(first, last)}))
            .item<double>();
    own_loss = alone.step(windows, next).item<double>();
    if (rank == 0 && s % 10 == 0) std::printf("  step %2d: %.4f bits a letter\n", s, shared_loss);
  }
  std::printf("  rank %d of %d after %d steps: %.4f bits together, %.4f alone\n", rank, size, steps,
              shared_loss, own_loss);
  if (!(std::abs(shared_loss - own_loss) < 1e-5)) throw ValueError("the losses differ");
}
}  // namespace

int main(int count, char** words) { return run_ranks(count, words, program); }
