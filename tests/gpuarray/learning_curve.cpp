// SPDX-License-Identifier: BSD-3-Clause
// The language model of the examples learns the same on a device as on the host.
//   learning_curve write FILE      the costs of its first steps, as an array
//   learning_curve compare FILE    the same with the flag `device`, against what the host wrote
#include <cstdio>
#include <string>

#include "contexts.h"
#include "examples/language/network.h"
#include "kroton/gpuarray/shared.h"

using namespace kroton;
namespace T = kroton::tensor;

namespace {
constexpr std::int64_t letters = 20, characters = 4000, batch = 32;
constexpr int steps = 12;
// Sums in another order differ in their last bits, which twelve steps enlarge.
constexpr double tolerance = 1e-4;

// Each character follows from the one before, most of the time.
NDArray text() {
  NDArray codes = NDArray::zeros({characters}, int64);
  std::mt19937 random(3);
  std::int64_t last = 0;
  for (std::int64_t& code : codes.span<std::int64_t>())
    code = last = random() % 4 == 0 ? static_cast<std::int64_t>(random() % letters)
                                    : (7 * last + 3) % letters;
  return codes;
}

NDArray learn(const language::Model& model) {
  auto codes = lvector("codes"), positions = lvector("positions");
  auto windows =
      codes[positions.dimshuffle({0, "x"}) + (T::arange(language::window) - language::window)];
  auto predicted = model(windows);
  auto cost = -mean(predicted[{T::arange(positions.shape(0)), codes[positions]}]);
  const auto train =
      function({codes, positions}, cost,
               {.updates = language::adam(cost, model.parameters(), T::constant(0.004f))});
  const NDArray all = text();
  std::mt19937 random(5);
  NDArray costs = NDArray::zeros({steps});
  for (double& reached : costs.span<double>()) {
    NDArray chosen = NDArray::zeros({batch}, int64);
    for (std::int64_t& p : chosen.span<std::int64_t>())
      p = language::window + static_cast<std::int64_t>(random() % (characters - language::window));
    reached = static_cast<double>(train(all, chosen).item<float>());
  }
  return costs;
}

int compare(const NDArray& host, const NDArray& device) {
  bool same = true;
  for (std::int64_t i = 0; i < steps; ++i) {
    const double a = host.at<double>({i}), b = device.at<double>({i});
    std::printf("step %2d: %.7f on the host, %.7f on the device\n", static_cast<int>(i), a, b);
    same &= std::abs(a - b) <= tolerance * std::abs(a);
  }
  const bool learnt = device.at<double>({steps - 1}) < 0.9 * device.at<double>({0});
  if (!same) std::printf("the curves differ\n");
  if (!learnt) std::printf("nothing was learnt\n");
  return same && learnt ? 0 : 1;
}
}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  try {
    const bool writes = argv[1] == std::string("write");
    if (!writes && !gpuarray_test::has_device()) {
      std::printf("skipped: %s\n", gpuarray_test::missing_device().c_str());
      return 77;
    }
    std::mt19937 generator(7);
    const language::Model model(letters, generator);
    const bool there = as<GpuArraySharedVariable>(Variable(model.w1)).has_value();
    if (there == writes) {
      std::printf("the parameters lie in the wrong place\n");
      return 1;
    }
    const NDArray costs = learn(model);
    if (writes) {
      save_npy(argv[2], costs);
      return 0;
    }
    return compare(load_npy(argv[2]), costs);
  } catch (const Error& error) {
    std::printf("learning_curve: %s\n", error.what());
    return 1;
  }
}
