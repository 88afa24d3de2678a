// SPDX-License-Identifier: BSD-3-Clause
// Every rewrite of the library alone, on a graph that it changes and on one like it that it must
// leave alone; values and types are the same before and after. A rewrite that stands neither in
// cases() nor in tested_elsewhere() is a failure: add it there. What else a rewrite promises
// (dtypes, extreme values, other readers) is in the tests of its own file.
#include <gtest/gtest.h>

#include <map>

#include "kroton/gradient/grad.h"
#include "kroton/graph/features/destroy_handler.h"
#include "kroton/kroton.h"
#include "kroton/rewrite/database.h"
#include "kroton/tensor/gemm.h"
#include "tests/support/source_text.h"
#include "tests/tensor/rewrites/evaluate.h"

using namespace kroton;
namespace T = kroton::tensor;
namespace N = kroton::tensor::nnet;
using T::sigmoid;

namespace {
const Variable x = dvector("x"), y = dvector("y"), z = dvector("z"), one = dvector("one"),
               m = dmatrix("m"), like_m = dmatrix("like_m"), tall = dmatrix("tall"),
               p = dmatrix("p"), q = dmatrix("q"), s = dscalar("s"), i = ivector("i"),
               c = T::bvector("c"), labels = lvector("labels"), pair = dvector("pair"),
               k = lscalar("k");

struct Given {
  Variables inputs;
  std::vector<NDArray> values;
};
const Given& given() {
  static const Given all{
      {x, y, z, one, m, like_m, tall, p, q, s, i, c, labels, pair, k},
      {array({0.5, 1.5, 3.}), array({2., 0.25, 1.}), array({7., 8., 9.}), array({0.75}),
       array({1., -2., 3., 4., 0.5, -0.25}, {2, 3}), array({0.5, 1., -1., 2., 3., 0.25}, {2, 3}),
       array({1., 2., -1., 0.5, 3., 1.5}, {3, 2}), array({2., 0.5, 0.25, 4.}, {2, 2}),
       array({1., 2., 3., -1.}, {2, 2}), NDArray::full({}, 1.25), array<std::int32_t>({-3, 0, 7}),
       array<std::int8_t>({1, 0, 1}), array<std::int64_t>({2, 0}), array({0.5, 2.}),
       NDArray::full({}, 2, int64)}};
  return all;
}

struct Case {
  Variables fires, stays;
};
using Cases = std::vector<std::pair<std::string, Case>>;
constexpr auto none = std::nullopt;
const ReduceOptions keep{.keepdims = true};

Cases of_graphs() {
  Cases all;
  for (const char* merge : {"merge1", "merge_before_canonicalize", "merge_after_canonicalize",
                            "merge_before_fusion", "merge_last"}) {
    all.push_back({merge, {{exp(x) + exp(x)}, {exp(x) + exp(y)}}});
  }
  for (const char* shapes : {"shape_graphs", "shape_graphs_again"})
    all.push_back({shapes, {{Shape_i(0)(exp(x))}, {Shape_i(0)(x)}}});
  all.push_back({"constant_folding", {{x + exp(constant(array({1., 2., 3.})))}, {x + exp(y)}}});
  const Variable e = exp(m);
  all.push_back({"fusion", {{exp(x) * y}, {exp(x)}}});
  all.push_back({"fusion_join", {{exp(x), sin(x)}, {exp(x), sin(m)}}});
  std::vector<Variable> steps{x}, apart{x};
  for (int n = 1; n < 4; ++n) {
    steps.push_back(sin(steps.back()) + y);
    apart.push_back(sin(x) + n * y);
  }
  all.push_back({"fusion_recurrences", {{T::stack(steps)}, {T::stack(apart)}}});
  all.push_back({"fusion_stages", {{max(m, 1), sum(m, 1)}, {max(m, 1), sum(like_m, 1)}}});
  all.push_back({"nnet_graphs", {{N::softmax(m)}, {exp(m)}}});
  all.push_back(
      {"useless_shapes", {{exp(m) + fill(m, 2.0)}, {reshape(m, {m.shape(1), m.shape(0)})}}});
  return all;
}

Cases of_structure() {
  const Variable e = exp(x), em = exp(m), taken = set_subtensor(x[{slice(1, 3)}], pair),
                 both = T::concatenate({x, y});
  return {
      {"local_view_op", {{exp(ViewOp()(x))}, {exp(x[{slice(1)}])}}},
      {"local_useless_fill", {{exp(fill(s, 2.0))}, {fill(x, 2.0)}}},
      {"local_fill_to_alloc", {{T::elementwise(scalars::op::second, {exp(x), s})}, {x + 2.0}}},
      {"local_useless_rebroadcast",
       {{exp(Rebroadcast({{0, false}})(x))}, {Rebroadcast({{0, true}})(one)}}},
      {"local_rebroadcast_lift",
       {{Rebroadcast({{0, true}})(exp(one))}, {exp(Rebroadcast({{0, true}})(one))}}},
      {"local_reshape_chain", {{reshape(flatten(m), {3, 2})}, {reshape(m, {3, 2})}}},
      {"local_reshape_lift", {{reshape(em, {3, 2})}, {reshape(m + like_m, {3, 2})}}},
      {"local_useless_dimshuffle",
       {{exp(T::DimShuffle({0, 1}).make_node({m}).outputs()[0])}, {m.T()}}},
      {"local_dimshuffle_merge", {{exp(m.T().dimshuffle({0, "x", 1}))}, {exp(m.T())}}},
      {"local_dimshuffle_lift", {{em.T()}, {em.T(), em}}},
      {"local_elemwise_of_join", {{exp(both) * 2.0}, {exp(both), both}}},
      {"local_useless_subtensor", {{exp(x[{slice()}])}, {x[{slice(1)}]}}},
      {"local_subtensor_lift", {{e[{slice(1)}]}, {e[{slice(1)}], e}}},
      {"local_subtensor_of_dimshuffle", {{em.T()[1]}, {m.T()[1]}}},
      {"local_subtensor_merge",
       {{x[{slice(1)}][{slice(1)}]}, {x[{slice({}, 3)}][{slice({}, -1)}]}}},
      {"local_subtensor_of_alloc", {{fill(x, 2.0)[{slice(1, -1)}]}, {exp(x)[{slice(1, -1)}]}}},
      {"local_subtensor_make_vector", {{m.shape()[1]}, {m.shape()[{slice(1)}]}}},
      {"local_subtensor_inc_subtensor", {{taken[{slice(1, 3)}]}, {taken[{slice(1)}]}}},
      {"local_useless_inc_subtensor",
       {{set_subtensor(x[{slice()}], y)}, {set_subtensor(x[0], y[1])}}},
      {"local_set_at_mask",
       {{set_subtensor(m[m > 0.7], 9.0)}, {set_subtensor(x[nonzero(y > 0.5)[0]], 9.0)}}},
      {"local_incsubtensor_of_zeros_to_setsubtensor",
       {{inc_subtensor(zeros_like(x)[{slice(0, 1)}], one)},
        {inc_subtensor(ones_like(x)[{slice(0, 1)}], one)}}},
      {"local_useless_ifelse", {{ifelse(gt(s, 0), x, x)}, {ifelse(gt(s, 0), x, y)}}},
      {"local_useless_cast",
       {{exp(T::elementwise(scalars::op::cast(float64), {x}))}, {cast(x, float32)}}},
      {"local_cast_cast", {{cast(cast(i, float64), float32)}, {cast(cast(i, int8), int64)}}},
      {"local_useless_reduce", {{exp(sum(s))}, {exp(sum(x))}}},
      {"local_reduce_broadcastable", {{sum(x.dimshuffle({0, "x"}), 1)}, {sum(m, 1)}}},
      {"local_op_of_op", {{sum(sum(m, 0))}, {sum(max(m, 1))}}},
      {"local_sum_prod_mul_by_scalar", {{sum(2 * m)}, {sum(2 / m)}}},
      {"local_opt_alloc", {{sum(fill(x, 0.5))}, {max(fill(x, 0.5))}}},
      {"local_max_to_min", {{-max(-m, 0)}, {-max(m, 0)}}},
  };
}

Cases of_algebra() {
  const Variable sx = sigmoid(x);
  return {
      {"local_useless_elemwise", {{exp(x + 0)}, {exp(x + 1)}}},
      {"local_useless_elemwise_comparison", {{lt(x, x)}, {eq(x, x)}}},
      {"local_useless_switch", {{where(c, x, x)}, {where(c, x, y)}}},
      {"local_mul_zero", {{x * 0}, {x * 2}}},
      {"local_func_inv", {{log(exp(x))}, {arcsin(sin(x))}}},
      {"local_exp_log", {{exp(log(x))}, {sqrt(log(x))}}},
      {"local_neg_neg", {{x + -y}, {-x * y}}},
      {"local_abs_merge", {{abs(-x)}, {sin(-x)}}},
      {"local_mul_canonizer", {{x * y / y}, {x * y / z}}},
      {"local_add_canonizer", {{x + y - x}, {x + y - z}}},
      {"local_mul_to_sqr", {{x * x}, {x * y}}},
      {"local_mul_specialize", {{-1 * x}, {-2 * x}}},
      {"local_div_to_inv", {{1 / x}, {2 / x}}},
      {"local_div_to_mul", {{x / 8}, {x / 3}}},
      {"local_div_by_stretched_root",
       {{m / sqrt(sum(sqr(m), 1, keep))}, {m / sum(sqr(m), 1, keep)}}},
      {"local_pow_specialize", {{pow(x, 2)}, {pow(x, y)}}},
      {"logsigm_to_softplus", {{log(sx)}, {log2(sx)}}},
      {"log1msigm_to_softplus", {{log(1 - sx)}, {log(2 - sx)}}},
      {"log1p_neg_sigmoid", {{log1p(-sx)}, {log1p(sx)}}},
      {"log1pexp_to_softplus", {{log1p(exp(x))}, {log1p(exp2(x))}}},
      {"local_log_add", {{log(exp(x) + exp(y))}, {log(exp(x) + exp2(y))}}},
      {"local_log_mul", {{log(exp(x) * y)}, {log(x * y)}}},
      {"local_log_prod", {{log(prod(sqr(m), 1))}, {log(prod(m, 1))}}},
      {"local_log_pow", {{log(pow(x, 3.0))}, {log(pow(x, y))}}},
      {"local_log1p", {{log(1 + x)}, {log(2 + x)}}},
      {"local_expm1", {{exp(x) - 1}, {exp(x) - 2}}},
      {"local_1msigmoid", {{1 - sx}, {sx * (1 - sx)}}},
      {"local_inv_1_plus_exp", {{inv(1 + exp(x))}, {inv(2 + exp(x))}}},
      {"local_exp_over_1_plus_exp", {{exp(x) / (1 + exp(x))}, {exp(x) / (2 + exp(x))}}},
      {"local_sigm_times_exp", {{exp(x) * sigmoid(-x)}, {exp(x) * sx}}},
      {"local_one_minus_erf", {{1 - erf(x)}, {2 - erf(x)}}},
  };
}

Cases of_networks() {
  const Variable e = exp(m), shares = N::softmax(m), rows = N::spread(pair, labels, 3);
  return {
      {"local_softmax_quotient", {{e / sum(e, 1, keep)}, {e / max(e, 1, keep)}}},
      {"local_softmax_shift", {{N::softmax(m - max(m, 1, keep))}, {N::softmax(m - like_m)}}},
      {"local_log_sum_exp", {{log(sum(e, 1))}, {log(sum(exp2(m), 1))}}},
      {"local_log_softmax", {{log(shares)}, {log2(shares)}}},
      {"local_logsoftmax_difference",
       {{m - N::logsumexp(m, 1, keep)}, {like_m - N::logsumexp(m, 1, keep)}}},
      {"local_crossentropy_of_softmax",
       {{N::categorical_crossentropy(shares, labels)}, {N::categorical_crossentropy(e, labels)}}},
      {"local_softmax_grad_quotient", {{grad(sum(log(shares)), m)}, {grad(sum(sqr(shares)), m)}}},
      {"local_sum_of_spread", {{sum(rows, 1)}, {max(rows, 1)}}},
  };
}

Cases of_products() {
  const Variable product = dot(m, tall), inverse = matrix_inverse(p);
  const T::Gemm gemm(T::Product::matrices);
  const Variable half = constant(0.5), whole = constant(1.0);
  return {
      {"local_transpose_of_dot", {{product.T()}, {product.T(), product}}},
      {"local_outer_to_mul", {{outer(x, y)}, {product}}},
      {"local_subtensor_of_dot", {{product[1]}, {product[1], product}}},
      {"local_inverse_to_solve", {{dot(inverse, q)}, {dot(inverse, q), inverse}}},
      {"dots_of_one_factor", {{product + dot(like_m, tall)}, {product + dot(like_m, tall * 2)}}},
      {"blas", {{p + product}, {exp(p + product)}}},
      {"blas_inplace", {{gemm(exp(p), half, m, tall, whole)}, {gemm(p, half, m, tall, whole)}}},
  };
}

std::map<std::string, Case> cases() {
  std::map<std::string, Case> all;
  for (const Cases& some :
       {of_graphs(), of_structure(), of_algebra(), of_networks(), of_products()}) {
    for (const auto& [name, two] : some) all.emplace(name, two);
  }
  return all;
}

// What needs a device: the file whose tests say when it fires and when not, and words of them.
struct Place {
  std::string file, words;
};
std::map<std::string, Place> tested_elsewhere() {
  const std::string transfers = "tests/gpuarray/rewrites/transfers_test.cpp";
  return {
      {"local_cut_transfers", {transfers, "LocalCutTransfers, single_transfers_stay"}},
      {"local_shape_of_transfer", {transfers, "LocalShapeOfTransfer, lengths_need_no_transfer"}},
      {"lift_to_devices",
       {"tests/gpuarray/kernel_op_test.cpp",
        "KernelOp, C6_8_elementwise_nodes_run_on_the_device_of_their_input"}},
      {"gpu_products",
       {"tests/gpuarray/product_then_test.cpp", "ProductThen, cublaslt_computes_it_on_cuda"}},
      {"gpu_products_everywhere",
       {"tests/gpuarray/product_then_test.cpp", "ProductThen, other_work_stays_a_kernel"}},
      {"gpu_sequences_on_cuda",
       {"tests/gpuarray/cuda_driver_test.cpp", "a_function_is_a_graph_from_its_second_call_on"}},
      {"gpu_sequences_everywhere",
       {"tests/gpuarray/rewrites/sequences_test.cpp",
        "GpuSequences, one_node_and_other_devices_stay_as_they_are"}}};
}

const rewrite::Database& everything() {
  static const rewrite::Database db = [] {
    rewrite::Database filled;
    rewrite::install(filled);
    return filled;
  }();
  return db;
}

// Nodes with the numbers of what they read: equal texts are equal graphs.
std::string text_of(const FunctionGraph& fgraph) {
  std::map<const void*, std::size_t> numbers;
  const auto number = [&](const Variable& v) {
    const auto constant = as<Constant>(v);
    if (constant) return constant->text();
    return "%" + std::to_string(numbers.try_emplace(v.key(), numbers.size()).first->second);
  };
  std::string text;
  for (const Apply& node : fgraph.toposort()) {
    text += node.op().text() + "(";
    for (const Variable& input : node.inputs()) text += number(input) + " ";
    text += ") ";
    for (const Variable& output : node.outputs()) text += number(output) + " ";
    text += "\n";
  }
  for (const Variable& output : fgraph.outputs()) text += number(output) + " ";
  return text;
}

// Whether the rewrite NAME changes the graph of OUTPUTS; values and types stay either way.
bool changes(const std::string& name, const Variables& outputs) {
  FunctionGraph before(given().inputs, outputs), after(given().inputs, outputs);
  after.attach(std::make_shared<DestroyHandler>(after.inputs()));
  const std::string original = text_of(after);
  const rewrite::Trace trace = everything().query(rewrite::Query().including(name))->apply(after);
  for (const std::string& note : trace.notes()) ADD_FAILURE() << name << ": " << note;
  after.check_integrity();
  const auto expected = rewriting::evaluate(before, given().values);
  const auto made = rewriting::evaluate(after, given().values);
  for (std::size_t o = 0; o < outputs.size(); ++o) {
    EXPECT_TRUE(after.outputs()[o].type() == outputs[o].type()) << name << "\n" << text_of(after);
    EXPECT_TRUE(outputs[o].type().values_eq_approx(expected[o], made[o])) << name << "\n"
                                                                          << text_of(after);
  }
  return text_of(after) != original;
}
}  // namespace

TEST(EveryRewrite, fires_where_it_should_and_nowhere_else_and_keeps_values) {
  const bool has_blas = !dot(m, tall).owner().op().kernel(dot(m, tall).owner());
  for (const auto& [name, two] : cases()) {
    if (name.starts_with("blas") && !has_blas) continue;
    try {
      EXPECT_TRUE(changes(name, two.fires)) << name << " does not fire";
      EXPECT_FALSE(changes(name, two.stays)) << name << " fires where it must not";
    } catch (const Error& error) {
      ADD_FAILURE() << name << ": " << error.what();
    }
  }
}

TEST(EveryRewrite, of_the_database_is_here_or_in_the_tests_of_its_room) {
  const auto here = cases();
  const auto elsewhere = tested_elsewhere();
  std::size_t known = 0;
  for (const auto& item : everything().items()) {
    ++known;
    const auto found = elsewhere.find(item.name);
    if (found == elsewhere.end()) {
      EXPECT_TRUE(here.contains(item.name))
          << item.name << " has no case in tests/tensor/rewrites/every_rewrite_test.cpp";
      continue;
    }
    EXPECT_NE(source_text::text_of(found->second.file).find(found->second.words), std::string::npos)
        << item.name << ": " << found->second.file;
  }
  EXPECT_EQ(known, here.size() + elsewhere.size());
}
