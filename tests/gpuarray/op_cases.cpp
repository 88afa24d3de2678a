// SPDX-License-Identifier: BSD-3-Clause
#include "op_cases.h"

#include "kroton/compile/deep_copy.h"
#include "kroton/compile/view.h"
#include "kroton/gradient/stop.h"
#include "kroton/tensor/cumulative.h"
#include "kroton/tensor/diagonal.h"
#include "kroton/tensor/gemm.h"
#include "kroton/tensor/join.h"
#include "kroton/tensor/nnet/crossentropy.h"
#include "kroton/tensor/nnet/softmax.h"
#include "kroton/tensor/tridiagonal.h"

namespace gpuarray_test {
using namespace kroton;
namespace T = kroton::tensor;
namespace N = kroton::tensor::nnet;

namespace {
NDArray wave(Shape shape, double shift = 0, DType dtype = float64) {
  std::int64_t n = 1;
  for (const std::int64_t length : shape) n *= length;
  std::vector<double> values;
  for (std::int64_t i = 0; i < n; ++i)
    values.push_back(std::sin(0.7 * static_cast<double>(i) + shift) * 3);
  return array(values, std::move(shape)).astype(dtype);
}
const NDArray m = wave({5, 7}), n = wave({5, 7}, 1), v = wave({7}, 2), column = wave({5}, 3),
              cube = wave({3, 4, 5}), square = wave({6, 6}), few = wave({3}, 1);
const NDArray places = array<std::int64_t>({4, 0, -1, 0}),
              others = array<std::int64_t>({1, 6, 2, -7}),
              labels = array<std::int64_t>({6, 0, 3, 2, 1}), number = NDArray::full({}, 3, int64);

#define OF(...) [](const Variables& in) -> Variables { return {__VA_ARGS__}; }

void add_elementwise(std::vector<OpCase>& all) {
  const auto add = [&](const char* what, Graph graph, std::vector<NDArray> at) {
    all.push_back({"Elemwise", what, std::move(graph), std::move(at)});
  };
  add("equal shapes", OF(in[0] * in[1]), {m, n});
  add("stretched", OF(in[0] - in[1]), {m, v});
  add("stretched both ways", OF(in[0].dimshuffle({0, "x"}) + in[1]), {column, v});
  add("transposed", OF(in[0].T() + in[1]), {m, wave({7, 5})});
  add("with steps", OF(in[0][{slice({}, {}, -2), slice(1, {}, 3)}] * 2.0), {m});
  add("cast", OF(T::cast(in[0], float32), T::cast(in[0], int8), T::cast(in[0], float16)), {m});
  add("a constant array", OF(in[0] + T::constant(v)), {m});
  add("no elements", OF(in[0] * 2.0), {NDArray::zeros({0, 4})});
  add("no axes", OF(in[0] * 2.0), {NDArray::full({}, 1.5)});
  all.push_back(
      {"Fused", "a chain", OF(T::tanh(in[0]) * T::exp(in[1]) + in[0]), {m, n}, 0, 0, true});
  all.push_back({"Fused",
                 "of a reduction",
                 OF(T::sqr(in[0] - T::mean(in[0], 1, {.keepdims = true}))),
                 {m},
                 0,
                 0,
                 true});
}

void add_reductions(std::vector<OpCase>& all) {
  const auto add = [&](const char* op, const char* what, Graph graph, std::vector<NDArray> at) {
    all.push_back({op, what, std::move(graph), std::move(at)});
  };
  add("CAReduce", "sum of all, rows, columns",
      OF(T::sum(in[0]), T::sum(in[0], 1), T::sum(in[0], 0)), {m});
  add("CAReduce", "along two of three axes",
      OF(T::sum(in[0], {0, 2}), T::sum(in[0], {1, 2}), T::sum(in[0], {0, 1}), T::sum(in[0], 1)),
      {cube});
  add("CAReduce", "max, min, prod", OF(T::max(in[0], 1), T::min(in[0], 0), T::prod(in[0], 1)), {m});
  add("CAReduce", "any, all", OF(T::any(in[0], 1), T::all(in[0], 0)),
      {m.astype(int32).astype(bool_)});
  add("CAReduce", "of integers", OF(T::sum(in[0], 0), T::max(in[0])), {wave({5, 7}, 0, int32)});
  add("CAReduce", "of half precision", OF(T::sum(in[0], 0), T::max(in[0], 1)),
      {wave({5, 7}, 0, float16)});
  add("CAReduce", "many blocks", OF(T::sum(in[0]), T::sum(in[0], 0), T::sum(in[0], 1)),
      {wave({70000, 3}, 0, float32)});
  add("CAReduce", "of nothing", OF(T::sum(in[0], 0)), {NDArray::zeros({0, 4})});
  add("Argmax", "of all, rows, columns",
      OF(T::argmax(in[0]), T::argmax(in[0], 1), T::argmin(in[0], 0)), {m});
  add("Cumulative", "along each axis",
      OF(T::cumsum(in[0], 0), T::cumsum(in[0], 1), T::cumprod(in[0], 1)), {m});
  add("Recurrence", "both ways",
      OF(T::Recurrence(0, false)(in[0], in[1]), T::Recurrence(1, true)(in[0], in[1])), {m, n});
  add("Softmax", "last and first axis", OF(N::softmax(in[0]), N::softmax(in[0], 0)), {m});
  add("LogSoftmax", "last and first axis", OF(N::logsoftmax(in[0]), N::logsoftmax(in[0], 0)), {m});
  add("LogSumExp", "an axis, all", OF(N::logsumexp(in[0], 1), N::logsumexp(in[0])), {m});
  add("SoftmaxGrad", "rows", OF(N::SoftmaxGrad({1})(in[0], in[1])), {m, n});
  add("Pick", "of rows", OF(N::pick(in[0], in[1])), {m, labels});
  add("Spread", "to rows", OF(N::spread(in[0], in[1], 7)), {column, labels});
  add("CrossentropyCategorical1Hot", "of rows", OF(N::CrossentropyCategorical1Hot()(in[0], in[1])),
      {wave({5, 7}).astype(float64), labels});
  add("SolveTridiagonal", "columns", OF(T::solve_tridiagonal(in[0], in[0] + 9.0, in[1], in[1], 0)),
      {m, n});
}

void add_structure(std::vector<OpCase>& all) {
  const auto add = [&](const char* op, const char* what, Graph graph, std::vector<NDArray> at,
                       int host = 0) {
    all.push_back({op, what, std::move(graph), std::move(at), 0, host});
  };
  add("DimShuffle", "axes turned, added, dropped", OF(in[0].dimshuffle({2, "x", 0, 1}), in[0].T()),
      {cube});
  add("Reshape", "of neighbours and of others",
      OF(in[0].reshape({7, 5}), in[0].T().reshape({5, -1})), {m});
  add("Subtensor", "slices and positions",
      OF(in[0][{slice(1, 4), slice({}, {}, -2)}], in[0][2], in[0][{slice(), 3}]), {m});
  add("Subtensor", "bounds of the host", OF(in[0][in[1]], in[0][{slice({}, {}, 2), in[1]}]),
      {m, number}, 1);
  add("AdvancedSubtensor", "one array, two arrays",
      OF(in[0][{in[1]}], in[0][{in[1], in[2]}], T::take(in[0], in[1], 1)), {m, places, others});
  add("AdvancedSubtensor", "positions of the host", OF(in[0][{in[1]}]), {m, places}, 1);
  add("IncSubtensor", "set and add",
      OF(T::set_subtensor(in[0][{slice(1, 3)}], in[1]),
         T::inc_subtensor(in[0][{slice(), slice({}, {}, -1)}], 2.0)),
      {m, v});
  add("AdvancedIncSubtensor", "set and add, repeated positions",
      OF(T::inc_subtensor(in[0][{in[1]}], in[2]),
         T::set_subtensor(in[0][{slice(), array<std::int64_t>({3, 1})}], 2.0)),
      {m, places, wave({4, 7}, 5)});
  add("Join", "along each axis",
      OF(T::concatenate({in[0], in[1]}, 0), T::concatenate({in[0], in[1], in[0]}, 1)), {m, n});
  add("JoinedPart", "both parts",
      OF(T::JoinedPart(0)(in[2], in[0]), T::JoinedPart(0)(in[2], in[0], in[1])),
      {m, n, wave({10, 7})});
  add("Split", "three parts", [](const Variables& in) { return T::split(in[0], {2, 0, 3}, 0); },
      {m});
  add(
      "Split", "lengths of the host",
      [](const Variables& in) { return T::split(in[0], in[1], 2, 1); },
      {m, array<std::int64_t>({3, 4})}, 1);
  add("Alloc", "a number", OF(T::alloc(in[0], {4, 2})), {NDArray::full({}, 1.5)});
  add("Alloc", "rows", OF(T::alloc(in[0], {4, 7}), T::alloc(in[0].dimshuffle({0, "x"}), {7, 3})),
      {v});
  add("ARange", "beside an array", OF(in[0] + T::arange(7), in[0] * T::arange(in[1], in[1] + 7)),
      {m, number}, 1);
  add("Eye", "beside an array", OF(in[0] + T::eye(6)), {square});
  add("ExtractDiag", "of matrices", OF(T::diag(in[0], 1), T::diagonal(in[1], -1, 0, 2)),
      {square, cube});
  add("AllocDiag", "of a vector", OF(T::diag(in[0], -1)), {v});
  add("SpecifyShape", "known lengths", OF(T::specify_shape(in[0], {5, 7}) * 2.0), {m});
  add("Rebroadcast", "an axis of length 1", OF(T::addbroadcast(in[0], 0) + in[1]),
      {wave({1, 7}), m});
  add("ShapeOf", "lengths stay on the host", OF(T::ShapeOf()(in[0]), in[0] * 2.0), {m});
  add("Shape_i", "lengths stay on the host", OF(in[0].shape(1), in[0] * 2.0), {m});
  add("IfElse", "a condition of the host", OF(T::ifelse(in[2] > 2, in[0], in[1])), {m, n, number},
      1);
  add("IfElse", "a condition of the device", OF(T::ifelse(T::sum(in[0]) > 0, in[0] * 2.0, in[1])),
      {m, n});
  add("DeepCopyOp", "a copy", OF(DeepCopyOp()(in[0]) * 2.0), {m});
  add("ViewOp", "a view", OF(ViewOp()(in[0]) * 2.0), {m});
}

void add_markers(std::vector<OpCase>& all) {
  const auto add = [&](const char* op, Graph graph) {
    all.push_back({op, "passes its value through", std::move(graph), {m}});
  };
  add("ConsiderConstant", OF(consider_constant(in[0]) * 2.0));
  add("ZeroGrad", OF(zero_grad(in[0]) * 2.0));
  add("DisconnectedGrad", OF(disconnected_grad(in[0]) * 2.0));
  add("UndefinedGrad", OF(undefined_grad(in[0]) * 2.0));
  add("GradScale", OF(grad_scale(in[0], 0.5) * 2.0));
  add("GradClip", OF(T::grad_clip(in[0], -1, 1) * 2.0));
}

void add_products(std::vector<OpCase>& all) {
  const auto add = [&](const char* op, const char* what, Graph graph, std::vector<NDArray> at,
                       double rtol = 1e-13) {
    all.push_back({op, what, std::move(graph), std::move(at), rtol});
  };
  add("Dot", "matrices and vectors",
      OF(T::dot(in[0], in[1]), T::dot(in[0], in[2]), T::dot(in[3], in[0]), T::dot(in[2], in[2])),
      {m, wave({7, 4}), v, column});
  add("Dot", "transposed, in single precision", OF(T::dot(in[0].T(), in[1])),
      {wave({33, 20}, 0, float32), wave({33, 17}, 1, float32)}, 1e-5);
  add("Dot", "of integers", OF(T::dot(in[0], in[1])),
      {wave({5, 7}, 0, int64), wave({7, 3}, 0, int64)}, 0);
  add("BatchedDot", "stacks", OF(T::batched_dot(in[0], in[1])), {cube, wave({3, 5, 2})});
  const auto gemm = [](T::Product product) {
    return [product](const Variables& in) -> Variables {
      return {T::Gemm(product)(in[0], in[1], in[2], in[3], in[4])};
    };
  };
  const NDArray alpha = NDArray::full({}, 0.5), beta = NDArray::full({}, -2.);
  add("Gemm", "matrices", gemm(T::Product::matrices), {wave({5, 4}), alpha, m, wave({7, 4}), beta});
  add("Gemm", "a matrix and a vector", gemm(T::Product::with_vector), {column, alpha, m, v, beta});
  add("Gemm", "two vectors", gemm(T::Product::outer), {m, alpha, column, v, beta});
}
#undef OF
}  // namespace

const std::vector<OpCase>& op_cases() {
  static const std::vector<OpCase> cases = [] {
    std::vector<OpCase> all;
    add_elementwise(all);
    add_reductions(all);
    add_structure(all);
    add_markers(all);
    add_products(all);
    return all;
  }();
  return cases;
}
}  // namespace gpuarray_test
