// SPDX-License-Identifier: BSD-3-Clause
// Random legal graphs of views, elementwise nodes and reductions: all rewrites together keep
// values.
#include <gtest/gtest.h>

#include <random>

#include "kroton/rewrite/database.h"
#include "kroton/tensor/create.h"
#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/elemwise_functions.h"
#include "kroton/tensor/reduce.h"
#include "kroton/tensor/reshape.h"
#include "kroton/tensor/rewrites/install.h"
#include "kroton/tensor/type.h"
#include "tests/tensor/rewrites/evaluate.h"

using namespace kroton;
using namespace kroton::tensor;

namespace {
constexpr std::int64_t n = 4;  // all axes have this length, so that any two arrays meet

class RandomGraph {
 public:
  explicit RandomGraph(unsigned seed) : random_(seed) {
    for (int i = 0; i < 3; ++i) {
      inputs.push_back(TensorType(float64, {false, false})("m"));
      values.push_back(value({n, n}));
    }
    inputs.push_back(TensorType(float64, {false})("v"));
    values.push_back(value({n}));
    inputs.push_back(TensorType(float32, {false, false})("f"));
    values.push_back(value({n, n}).astype(float32));
    inputs.push_back(TensorType(float64, {true, false})("row"));
    values.push_back(value({1, n}));
    pool_ = inputs;
    for (int i = 0; i < 25; ++i) pool_.push_back(node());
    for (int i = 0; i < 4; ++i) outputs.push_back(pool_[pool_.size() - 1 - below(12)]);
  }
  Variables inputs, outputs;
  std::vector<NDArray> values;

 private:
  std::size_t below(std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_);
  }
  NDArray value(Shape shape) {
    NDArray all = NDArray::zeros(shape);
    for (double& v : all.span<double>())
      v = std::uniform_real_distribution<double>(-1.5, 1.5)(random_);
    return all;
  }
  // Late ones more often, so that graphs get deep.
  Variable any() { return pool_[pool_.size() - 1 - below(1 + below(pool_.size()))]; }
  Variable matrix() {
    for (;;) {
      if (const Variable x = any(); x.ndim() == 2) return x;
    }
  }
  // Small again, so that nothing overflows however deep the graph.
  static Variable tame(const Variable& x) { return tanh(x); }

  Variable node() {
    const Variable x = matrix();
    switch (below(14)) {
      case 0:
        return x + any();
      case 1:
        return x * matrix();
      case 2:
        return tame(x - 0.5);
      case 3:
        return exp(tame(x));
      case 4:
        return transpose(x);
      case 5:
        return sum(tame(x), static_cast<int>(below(2)), {.keepdims = below(2) == 0});
      case 6:
        return max(tame(x), 1, {.keepdims = true});
      case 7:
        return x[{slice(std::nullopt, std::nullopt, -1)}];
      case 8:
        return maximum(tame(x), matrix());
      case 9:
        return where(gt(x, 0.1), x, matrix());
      case 10:
        return cast(tame(x), below(2) == 0 ? float32 : float16);
      case 11:
        return tame(x) + fill(x, 0.25);
      case 12:
        return tame(x) / sum(exp(tame(x)), 1, {.keepdims = true});
      default:
        return tame(x.dimshuffle({1, 0}) * 2.0 + matrix());
    }
  }

  std::mt19937 random_;
  Variables pool_;
};
}  // namespace

TEST(RandomGraphs, all_rewrites_together_keep_types_and_values) {
  rewrite::Database db;
  rewrite::install_rewrites(db);
  tensor::install_rewrites(db);
  const auto everything = db.query(rewrite::Query::parse("fast_run"));
  std::size_t before = 0, after = 0;
  for (unsigned seed = 0; seed < 150 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const RandomGraph graph(seed);
    rewriting::rewritten(graph.inputs, graph.outputs, everything, graph.values,
                         rewriting::Values::close);
    FunctionGraph fgraph(graph.inputs, graph.outputs);
    before += fgraph.size();
    everything->apply(fgraph);
    after += fgraph.size();
  }
  EXPECT_LT(3 * after, 2 * before);
}
