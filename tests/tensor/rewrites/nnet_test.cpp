// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/rewrites/nnet.h"

#include <gtest/gtest.h>

#include "kroton/compile/function.h"
#include "kroton/gradient/grad.h"
#include "kroton/rewrite/equilibrium.h"
#include "kroton/tensor/create.h"
#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/elemwise_functions.h"
#include "kroton/tensor/literals.h"
#include "kroton/tensor/nnet/crossentropy.h"
#include "kroton/tensor/nnet/softmax.h"
#include "kroton/tensor/reduce.h"
#include "tests/tensor/nnet/close.h"

using namespace kroton;
using namespace kroton::tensor;
using nnet_tests::expect_close, nnet_tests::reference;

namespace {
// The nodes after the local rewrites alone, in the order in which they run, without parameters.
std::string words(const FunctionGraph& fgraph) {
  std::string all;
  for (const Apply& node : fgraph.toposort()) {
    std::string text = node.op().text();
    if (!text.starts_with("Elemwise")) text = text.substr(0, text.find('{'));
    all += (all.empty() ? "" : " ") + text;
  }
  return all;
}
NDArray ramp(Shape shape) {
  std::int64_t size = 1;
  for (const std::int64_t n : shape) size *= n;
  NDArray all = NDArray::arange(size).astype(float64);
  for (double& v : all.span<double>()) v = std::sin(3 * v) + 0.1 * v;
  return all.reshape(shape);
}

struct Case {
  Variables inputs;
  std::vector<NDArray> values;
};
// Applies FUNCTION until nothing changes; values stay within rounding.
std::string after(rewrite::LocalFunction function, const Case& given, const Variable& z) {
  FunctionGraph before(given.inputs, {z}), fgraph(given.inputs, {z});
  const rewrite::Trace trace =
      rewrite::make_equilibrium("test", {{"rewrite", std::move(function), {}}})->apply(fgraph);
  for (const std::string& note : trace.notes()) ADD_FAILURE() << note;
  EXPECT_TRUE(fgraph.outputs()[0].type() == z.type());
  support::Givens a, b;
  for (std::size_t i = 0; i < given.inputs.size(); ++i) {
    a.emplace_back(before.inputs()[i], given.values[i]);
    b.emplace_back(fgraph.inputs()[i], given.values[i]);
  }
  expect_close(support::evaluate(fgraph.outputs()[0], b), support::evaluate(before.outputs()[0], a),
               1e-12, 1e-15, words(fgraph));
  return words(fgraph);
}
const Variable x = dmatrix("x"), y = dmatrix("y"), t = lvector("t");
const Case one{{x}, {ramp({3, 4})}}, two{{x, y}, {ramp({3, 4}), ramp({3, 4})}};
const Case labelled{{x, t}, {ramp({3, 4}), array<std::int64_t>({2, 0, 3})}};
const ReduceOptions keep{.keepdims = true};
}  // namespace

TEST(NnetRewrites, a_quotient_of_exponentials_by_their_sum_is_a_softmax) {
  const Variable e = exp(x);
  EXPECT_EQ(after(local_softmax_quotient, one, e / sum(e, 1, keep)), "Softmax");
  EXPECT_EQ(after(local_softmax_quotient, one, e / sum(e, {0, 1}, keep)), "Softmax");
  EXPECT_EQ(after(local_softmax_quotient, two, (y * e) / sum(e, 1, keep)), "Softmax Elemwise{mul}");
  // Of another sum, of a sum that stretches along the wrong axis, or not stretched at all: no.
  EXPECT_EQ(after(local_softmax_quotient, two, e / sum(exp(y), 1, keep)).find("Softmax"),
            std::string::npos);
  const Case square{{x}, {ramp({3, 3})}};
  EXPECT_EQ(after(local_softmax_quotient, square, e / sum(e, 1)).find("Softmax"),
            std::string::npos);
  EXPECT_EQ(after(local_softmax_quotient, one, e / max(e, 1, keep)).find("Softmax"),
            std::string::npos);
}

TEST(NnetRewrites, the_gradient_of_a_written_out_logsumexp_is_a_softmax) {
  const Variable g = grad(sum(log(sum(exp(x), 1))), x);
  EXPECT_NE(after(local_softmax_quotient, one, g).find("Softmax"), std::string::npos);
}

TEST(NnetRewrites, what_is_constant_along_the_axes_does_not_change_a_softmax) {
  EXPECT_EQ(after(local_softmax_shift, one, nnet::softmax(x - max(x, 1, keep))), "Softmax");
  EXPECT_EQ(after(local_softmax_shift, one, nnet::softmax(x - max(x, 0, keep))),
            "Max DimShuffle Elemwise{sub} Softmax");
  EXPECT_EQ(after(local_softmax_shift, two, nnet::softmax(x - y)), "Elemwise{sub} Softmax");
}

TEST(NnetRewrites, the_logarithm_of_a_sum_of_exponentials_is_a_logsumexp) {
  EXPECT_EQ(after(local_log_sum_exp, one, log(sum(exp(x), 0))), "LogSumExp");
  EXPECT_EQ(after(local_log_sum_exp, one, log(sum(exp(x), 1, keep))), "LogSumExp DimShuffle");
  EXPECT_EQ(after(local_log_sum_exp, one, log(sum(exp(x)))), "LogSumExp");
  EXPECT_EQ(after(local_log_sum_exp, one, log(prod(exp(x), 1))),
            "Elemwise{exp} Prod Elemwise{log}");
  EXPECT_EQ(after(local_log_sum_exp, one, log(sum(exp2(x), 1))),
            "Elemwise{exp2} Sum Elemwise{log}");
  EXPECT_EQ(after(local_log_sum_exp, one, log1p(sum(exp(x), 1))),
            "Elemwise{exp} Sum Elemwise{log1p}");
}

TEST(NnetRewrites, the_logarithm_of_a_softmax_is_a_logsoftmax) {
  EXPECT_EQ(after(local_log_softmax, one, log(nnet::softmax(x, 0))), "LogSoftmax");
  EXPECT_EQ(after(local_log_softmax, one, log(nnet::logsoftmax(x) * -1)).find("LogSoftmax"), 0u);
  EXPECT_EQ(after(local_log_softmax, labelled, log(nnet::pick(nnet::softmax(x), t))),
            "LogSoftmax Pick");
  EXPECT_EQ(after(local_log_softmax, one, log(nnet::softmax(x)[1])), "LogSoftmax Subtensor");
  EXPECT_EQ(after(local_log_softmax, one, log(exp(x)[1])), "Elemwise{exp} Subtensor Elemwise{log}");
  EXPECT_EQ(after(local_log_softmax, one, log2(nnet::softmax(x))), "Softmax Elemwise{log2}");
}

TEST(NnetRewrites, a_difference_to_the_logsumexp_is_a_logsoftmax) {
  EXPECT_EQ(after(local_logsoftmax_difference, one, x - nnet::logsumexp(x, 1, keep)), "LogSoftmax");
  EXPECT_EQ(
      after(local_logsoftmax_difference, two, y - nnet::logsumexp(x, 1, keep)).find("LogSoftmax"),
      std::string::npos);
  const Case square{{x}, {ramp({3, 3})}};
  EXPECT_EQ(
      after(local_logsoftmax_difference, square, x - nnet::logsumexp(x, 1)).find("LogSoftmax"),
      std::string::npos);
}

TEST(NnetRewrites, the_crossentropy_of_a_softmax_is_picked_from_its_logarithm) {
  const auto cost = [](const Variable& p) { return nnet::categorical_crossentropy(p, t); };
  EXPECT_EQ(after(local_crossentropy_of_softmax, labelled, cost(nnet::softmax(x))),
            "LogSoftmax Pick Elemwise{neg}");
  const Case small{{x, t}, {ramp({3, 4}), array<std::int64_t>({2, 0, 1})}};
  EXPECT_EQ(after(local_crossentropy_of_softmax, small, cost(nnet::softmax(x, 0))),
            "Softmax CrossentropyCategorical1Hot");
  EXPECT_EQ(after(local_crossentropy_of_softmax, labelled, cost(exp(x))),
            "Elemwise{exp} CrossentropyCategorical1Hot");
}

TEST(NnetRewrites, a_gradient_divided_by_the_softmax_is_not_multiplied_by_it_again) {
  const auto fires = [](const Case& given, const Variable& cost) {
    return after(local_softmax_grad_quotient, given, grad(cost, x)).find("SoftmaxGrad") ==
           std::string::npos;
  };
  const Variable p = nnet::softmax(x);
  EXPECT_TRUE(fires(one, sum(log(p))));
  EXPECT_TRUE(fires(two, -sum(y * log(p))));
  EXPECT_TRUE(fires(two, sum(where(y > 0, log(p), 0))));
  EXPECT_TRUE(fires(one, sum(log(p) + p)));
  EXPECT_TRUE(fires(labelled, mean(nnet::categorical_crossentropy(p, t))));
  EXPECT_TRUE(fires(labelled, -mean(log(nnet::pick(p, t)))));
  EXPECT_TRUE(fires(labelled, -mean(log(p[{arange(t.shape(0)), t}]))));
  EXPECT_TRUE(fires(labelled, -mean(log(p)[{arange(t.shape(0)), t}])));
  EXPECT_FALSE(fires(one, sum(sqr(p))));
  EXPECT_FALSE(fires(two, sum(log(nnet::softmax(y)) * p)));
}

TEST(NnetRewrites, a_sum_over_what_was_spread_is_what_was_spread) {
  const Variable v = dvector("v");
  const Case given{{v, t}, {array({1., 2., 5.}), array<std::int64_t>({2, 0, 3})}};
  const Variable rows = nnet::spread(v, t, 4);
  EXPECT_EQ(after(local_sum_of_spread, given, sum(rows, 1)), "");
  EXPECT_EQ(after(local_sum_of_spread, given, sum(rows)), "Sum");
  EXPECT_EQ(after(local_sum_of_spread, given, sum(rows, 0)), "Spread Sum");
  EXPECT_EQ(after(local_sum_of_spread, given, max(rows, 1)), "Spread Max");
}

TEST(NnetRewrites, written_out_forms_are_finite_at_extreme_scores) {
  const Variable e = exp(x), p = e / sum(e, 1, keep);
  const auto run = [](const Variable& z) {
    const Function f = function({x, t}, z, {.on_unused_input = OnUnusedInput::ignore});
    return NDArray(f(reference("extreme"), array<std::int64_t>({1, 0, 3, 1, 2, 3})));
  };
  expect_close(run(p), reference("softmax_extreme"), 1e-14, 1e-320);
  expect_close(run(log(p)), reference("logsoftmax_extreme"), 1e-14, 1e-16);
  expect_close(run(log(sum(e, 1))), reference("logsumexp_extreme"), 1e-14, 1e-16);
  expect_close(run(grad(sum(log(sum(e, 1))), x)), reference("softmax_extreme"), 1e-14, 1e-320);
  const Variable s = nnet::softmax(x);
  const Variable nll = nnet::categorical_crossentropy(s, t), log_p = -log(nnet::pick(s, t));
  expect_close(run(nll), reference("crossentropy_extreme"), 1e-14, 1e-16);
  for (const Variable& cost :
       {sum(nll), sum(log_p), -sum(nnet::pick(log(s), t)), -sum(log(s)[{arange(t.shape(0)), t}]),
        -sum(log(s[{arange(t.shape(0)), t}]))}) {
    expect_close(run(grad(cost, x)), reference("crossentropy_gradient_extreme"), 1e-14, 3e-16);
  }
}

TEST(NnetRewrites, ops_of_nnet_come_apart_into_elementary_ones) {
  const Variable v = dvector("v");
  for (const Variable& z :
       {nnet::softmax(x), nnet::logsoftmax(x, 0), nnet::logsumexp(x, {0, 1}),
        grad(sum(sqr(nnet::softmax(x))), x), -nnet::pick(nnet::logsoftmax(x), t)}) {
    const std::string all = after(local_nnet_graph, labelled, z);
    EXPECT_EQ(all.find("Log"), std::string::npos) << all;
    EXPECT_EQ(all.find("Softmax"), std::string::npos) << all;
  }
  const Case given{{v, t}, {array({1., 2., 5.}), array<std::int64_t>({2, 0, 3})}};
  EXPECT_EQ(after(local_nnet_graph, given, nnet::spread(v, t, 4)).find("Spread"),
            std::string::npos);
}
