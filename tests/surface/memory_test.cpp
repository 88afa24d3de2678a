// SPDX-License-Identifier: BSD-3-Clause
// The memory of a training step, held against what the shapes of its arrays make necessary.
#include "outsider.h"

#include <fstream>
#include <map>
#include <string>

#include "kroton/ndarray/buffer.h"

using namespace kroton;
namespace T = kroton::tensor;

namespace {
constexpr std::int64_t layers = 10;

struct Step {
  Function train;
  Variable x;
  std::vector<SharedVariable> weights;
};

// Forward and backward through ten layers of WIDTH units, on a batch of ROWS; all weights updated.
Step make_step(std::int64_t width) {
  Step step;
  step.x = fmatrix("x");
  Variable h = step.x;
  for (std::int64_t l = 0; l < layers; ++l) {
    NDArray w = NDArray::full({width, width}, 0.01, float32);
    for (std::int64_t i = 0; i < width; ++i) w.at<float>({i, i}) = 0.5f;
    step.weights.push_back(shared(w, "w" + std::to_string(l)));
    h = T::tanh(T::dot(h, step.weights.back()));
  }
  const Variable cost = T::mean(T::sqr(h));
  std::vector<Variable> of(step.weights.begin(), step.weights.end());
  const std::vector<Variable> gradients = grad(cost, of);
  FunctionOptions options;
  for (std::size_t l = 0; l < of.size(); ++l)
    options.updates.emplace_back(step.weights[l], step.weights[l] - gradients[l] * 0.1f);
  step.train = function({step.x}, cost, options);
  return step;
}

// The bytes of every node's outputs, computed by the graph itself.
std::map<const void*, std::int64_t> bytes_of_outputs(const Function& f, const NDArray& x) {
  std::vector<Variable> all, shapes;
  for (const Apply& node : f.nodes()) {
    for (const Variable& output : node.outputs()) {
      all.push_back(output);
      shapes.push_back(T::prod(output.shape()));
    }
  }
  const auto sizes = function({f.fgraph().inputs()[0]}, shapes,
                              {.mode = Mode("FAST_COMPILE"), .no_default_updates = true})(x);
  std::map<const void*, std::int64_t> bytes;
  for (std::size_t i = 0; i < all.size(); ++i)
    bytes[all[i].key()] =
        sizes.item<std::int64_t>(i) * static_cast<std::int64_t>(itemsize(all[i].dtype()));
  return bytes;
}

// The largest sum of arrays that are computed and still needed at a node; views have no memory.
std::int64_t largest_live(const Function& f, const NDArray& x) {
  const auto bytes = bytes_of_outputs(f, x);
  std::map<const void*, const void*> root;
  std::map<const void*, std::size_t> birth, death;
  const std::vector<Apply> nodes = f.nodes();
  const auto root_of = [&](const Variable& v) {
    return root.contains(v.key()) ? root[v.key()] : v.key();
  };
  for (std::size_t n = 0; n < nodes.size(); ++n) {
    for (const Variable& input : nodes[n].inputs()) death[root_of(input)] = n;
    const AliasMap views = nodes[n].op().view_map();
    for (std::size_t o = 0; o < nodes[n].outputs().size(); ++o) {
      const Variable& output = nodes[n].outputs()[o];
      const auto view = views.find(static_cast<int>(o));
      root[output.key()] =
          view == views.end()
              ? output.key()
              : root_of(nodes[n].inputs()[static_cast<std::size_t>(view->second[0])]);
      if (view == views.end()) birth[output.key()] = death[output.key()] = n;
    }
  }
  for (const Variable& output : f.fgraph().outputs()) death[root_of(output)] = nodes.size();
  std::int64_t most = 0;
  for (std::size_t n = 0; n < nodes.size(); ++n) {
    std::int64_t live = 0;
    for (const auto& [key, born] : birth) live += born <= n && death[key] >= n ? bytes.at(key) : 0;
    most = std::max(most, live);
  }
  return most;
}

std::int64_t kilobytes(const char* row) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(row)) return std::stoll(line.substr(std::string(row).size() + 1));
  }
  return -1;
}
bool restart_peak() {
  std::ofstream file("/proc/self/clear_refs");
  file << "5" << std::flush;
  return file.good();
}

// What the process grows by in a call, at its peak.
std::int64_t growth(const Step& step, const NDArray& x) {
  release_cached_memory();
  const std::int64_t before = kilobytes("VmRSS:");
  EXPECT_TRUE(restart_peak());
  step.train(x);
  return (kilobytes("VmHWM:") - before) * 1024;
}
}  // namespace

TEST(Memory, a_training_step_peaks_at_what_its_live_arrays_need) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers have memory of their own";
#endif
  if (!restart_peak()) GTEST_SKIP() << "the system does not count peaks anew";
  // Activations larger than gradients, as large, and smaller.
  for (const auto& [rows, width] :
       {std::pair<std::int64_t, std::int64_t>{6000, 350}, {1000, 1000}, {600, 1000}}) {
    const Step step = make_step(width);
    const NDArray x = NDArray::full({rows, width}, 0.25, float32);
    step.train(x);
    step.train(x);
    const std::int64_t most = largest_live(step.train, x), held = growth(step, x);
    // Old and new weights are both there until the updates are made.
    EXPECT_LE(held, most + most / 10) << rows << " rows, width " << width;
    // Memory that another thread keeps for its next arrays does not count as growth.
    EXPECT_GT(held, most / 4) << "the measure";
  }
}

TEST(Memory, the_second_call_allocates_nothing_but_its_outputs) {
  const Step step = make_step(40);
  const NDArray x = NDArray::full({30, 40}, 0.25, float32);
  step.train(x);
  step.train(x);
  const MemoryStatistics before = memory_statistics();
  step.train(x);
  const MemoryStatistics after = memory_statistics();
  EXPECT_EQ(after.system_allocations, before.system_allocations);
  EXPECT_LE(after.allocations - before.allocations, layers + 1);
}

// A matrix of 4 MB, computed, is solved against another one, or sorted, or has a product added:
// what comes out lies where it lay, and so nothing but that matrix is held beside the result.
TEST(Memory, blas_lapack_and_sorting_write_over_what_they_read_last) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers have memory of their own";
#endif
  const std::int64_t n = 700;
  const Variable x = matrix("x"), a = matrix("a");
  const Variable dies = x * 2;
  NDArray regular = NDArray::full({n, n}, 0.5, float64);
  for (std::int64_t i = 0; i < n; ++i) regular.at<double>({i, i}) = 1e3;
  const std::int64_t bytes = n * n * 8;
  const std::pair<const char*, Variable> cases[] = {{"solve", T::solve(a, dies)},
                                                    {"cholesky", T::cholesky(dies)},
                                                    {"sort", T::sort(dies, 0)},
                                                    {"gemm", dies + T::dot(x, a)}};
  for (const auto& [name, z] : cases) {
    const auto f =
        function({x, a}, T::sum(z, 0), {.on_unused_input = OnUnusedInput::ignore, .profile = true});
    f(regular, regular);
    EXPECT_LT(f.profile().peak_bytes, bytes + bytes / 4) << name;
    EXPECT_GE(f.profile().peak_bytes, bytes) << name;
  }
}
