// SPDX-License-Identifier: BSD-3-Clause
// Every derivative that the library has, against difference quotients: grad, Rop against grad, and
// grad of grad. A name of kroton.h or of tensor/nnet that stands neither in a case nor in
// without_gradient() is a failure, and so is a class of ops that is in no case's graph: add it.
#include <gtest/gtest.h>

#include <complex>
#include <filesystem>
#include <map>
#include <regex>
#include <set>

#include "kroton/kroton.h"
#include "kroton/tensor/gemm.h"
#include "kroton/tensor/verify_gradient.h"
#include "tests/support/check_error.h"
#include "tests/support/source_text.h"

using namespace kroton;
namespace T = kroton::tensor;
using source_text::matches;
using source_text::text_of;

namespace {
using Expression = std::function<Variable(const Variables&)>;
struct Case {
  Expression f;
  std::vector<NDArray> at;
  bool twice = true;  // its gradient has one
};
using Cases = std::vector<std::pair<std::string, Case>>;

NDArray ramp(Shape shape, double shift = 0) {
  std::int64_t size = 1;
  for (const std::int64_t n : shape) size *= n;
  NDArray all = NDArray::zeros({size});
  for (std::int64_t i = 0; i < size; ++i) {
    const double v = static_cast<double>(i) + shift;
    all.data<double>()[i] = std::sin(2.3 * v) + 0.2 * v + 0.05;
  }
  return all.reshape(shape);
}
// Symmetric, and with all eigenvalues above 1.
NDArray definite() { return array({4., 1., 0.5, 1., 3., -0.4, 0.5, -0.4, 2.5}, {3, 3}); }
const NDArray m = ramp({2, 3}), n = ramp({2, 3}, 7), v = ramp({3}, 2), cube = ramp({2, 3, 2});
const NDArray positions = array<std::int64_t>({1, 0, 1});

// One per row of ops.def, at three points of its domain.
Cases rows() {
  Cases all;
  for (const scalars::Row* row : scalars::rows()) {
    if (row->target) continue;  // casts
    const std::vector<DType> inputs(static_cast<std::size_t>(row->nin), float64);
    const bool takes_floats = (row->computes & (1u << static_cast<int>(float64))) != 0;
    if (!takes_floats || is_discrete(scalars::typing(*row, inputs).output)) continue;
    const auto [low, high] = row->traits.domain;
    std::vector<NDArray> at;
    for (int i = 0; i < row->nin; ++i) {
      NDArray points = NDArray::zeros({3});
      for (int k = 0; k < 3; ++k)
        points.data<double>()[k] = low + (high - low) * (0.13 + 0.31 * ((k + i) % 3) + 0.04 * i);
      at.push_back(points);
    }
    const std::set<std::string> last{"psi",    "tri_gamma", "gammainc", "gammaincc", "gammal",
                                     "gammau", "chi2sf",    "jv",       "iv"};
    const std::set<std::string> not_by_first{"gammainc", "gammaincc", "gammal",
                                             "gammau",   "jv",        "iv"};
    if (row->name == "tri_gamma") continue;
    auto of = [row](const Variables& in) { return T::elementwise(*row, in); };
    if (not_by_first.contains(row->name) || row->name == "chi2sf") {
      const bool second = row->name != "chi2sf";
      const NDArray fixed = at[second ? 0 : 1];
      const auto of_one = [row, fixed, second](const Variables& in) {
        const Variable other = T::constant(fixed);
        Variables inputs = {other, in[0]};
        if (!second) std::swap(inputs[0], inputs[1]);
        return T::elementwise(*row, inputs);
      };
      all.push_back({row->name, {of_one, {at[second ? 1 : 0]}, false}});
      continue;
    }
    all.push_back({row->name, {of, at, !last.contains(row->name)}});
  }
  return all;
}

Variable complex_of(const Variable& x) {
  return T::cast(x, complex128) * std::complex<double>(0.7, -0.4);
}
#define OF(...) [](const Variables& in) -> Variable { return __VA_ARGS__; }
Cases arrays() {
  return {
      {"sum", {OF(T::sum(in[0], 1)), {m}}},
      {"prod", {OF(T::prod(in[0], 0)), {m}}},
      {"max", {OF(T::max(in[0], 1)), {m}}},
      {"min", {OF(T::min(in[0])), {m}}},
      {"mean", {OF(T::mean(in[0], {0, 1})), {m}}},
      {"var", {OF(T::var(in[0], 1)), {m}}},
      {"std", {OF(T::std(in[0], 1)), {m}}},
      {"MakeVector", {OF(T::sqr(T::MakeVector(float64)(T::sum(in[0]), T::prod(in[1])))), {v, v}}},
      {"Gemm",
       {OF(T::Gemm(T::Product::matrices)(in[0], in[1], in[2], in[3], in[4])),
        {ramp({2, 2}), NDArray::full({}, 0.7), m, ramp({3, 2}), NDArray::full({}, -0.3)}}},
      {"Gemv",
       {OF(T::Gemm(T::Product::with_vector)(in[0], in[1], in[2], in[3], in[4])),
        {ramp({2}), NDArray::full({}, 0.7), m, v, NDArray::full({}, -0.3)}}},
      {"max_and_argmax", {OF(T::max_and_argmax(in[0], 0).first), {m}}},
      {"alloc", {OF(T::alloc(in[0], {4, 2, 3})), {m}}},
      {"fill", {OF(T::fill(m, in[0])), {NDArray::full({}, 1.5)}}},
      {"as_tensor_variable", {OF(T::as_tensor_variable(in[0])), {m}}},
      {"cast", {OF(T::real(T::cast(in[0], complex128) * T::cast(in[0], complex128))), {m}}},
      {"ifelse", {OF(T::ifelse(T::gt(in[0].sum(), 0), in[0] * in[1], in[1])), {m, n}}},
      {"where", {OF(T::where(in[0] > 0.5, in[0] * in[1], in[1])), {m, n}}},
      {"int_div", {OF(T::int_div(in[0], in[1]) + in[0] * in[1]), {m, n}}},
      {"dot", {OF(T::dot(in[0], in[1])), {m, ramp({3, 2})}}},
      {"outer", {OF(T::outer(in[0], in[1])), {v, m}}},
      {"tensordot", {OF(T::tensordot(in[0], in[1], 1)), {cube, ramp({2, 2})}}},
      {"batched_dot", {OF(T::batched_dot(in[0], in[1])), {cube, ramp({2, 2, 3})}}},
      {"batched_tensordot", {OF(T::batched_tensordot(in[0], in[1], 1)), {cube, ramp({2, 2, 3})}}},
      {"cholesky", {OF(T::cholesky((in[0] + in[0].T()) / 2)), {definite()}}},
      {"det", {OF(T::det(in[0])), {definite()}}},
      {"slogdet", {OF(T::slogdet(in[0]).second), {definite()}}},
      {"matrix_inverse", {OF(T::matrix_inverse(in[0])), {definite()}}},
      {"solve", {OF(T::solve(in[0], in[1])), {definite(), ramp({3, 2})}}},
      {"solve_tridiagonal",
       {OF(T::solve_tridiagonal(in[0], in[1] * in[1] + 8.0, in[2], in[3])), {v, v, v, v}}},
      {"solve_triangular", {OF(T::solve_triangular(in[0], in[1])), {definite(), v}}},
      {"solve_lower_triangular", {OF(T::solve_lower_triangular(in[0], in[1])), {definite(), v}}},
      {"solve_upper_triangular", {OF(T::solve_upper_triangular(in[0], in[1])), {definite(), v}}},
      {"reshape", {OF(T::sqr(T::reshape(in[0], {3, 2}))), {m}}},
      {"flatten", {OF(T::sqr(T::flatten(in[0], 2))), {cube}}},
      {"transpose", {OF(T::sqr(T::transpose(in[0]))), {m}}},
      {"dimshuffle", {OF(T::sqr(in[0].dimshuffle({1, "x", 0}))), {m}}},
      {"specify_shape", {OF(T::sqr(T::specify_shape(in[0], {2, 3}))), {m}}},
      {"subtensor", {OF(T::sqr(in[0][{slice({}, {}, -1), slice(1, 3)}])), {m}}},
      {"set_subtensor",
       {OF(T::set_subtensor(T::sqr(in[0])[{slice(0, 1)}], T::sqr(in[1]))), {m, v}}},
      {"inc_subtensor", {OF(T::inc_subtensor(T::sqr(in[0])[1], T::sqr(in[1]))), {m, v}}},
      {"take", {OF(T::sqr(T::take(in[0], positions, 1))), {m}}},
      {"advanced set_subtensor",
       {OF(T::set_subtensor(T::sqr(in[0])[array<int>({1})], T::sqr(in[1]))), {m, ramp({1, 3})}}},
      {"advanced inc_subtensor",
       {OF(T::inc_subtensor(T::sqr(in[0])[positions], T::sqr(in[1]))), {m, ramp({3, 3})}}},
      {"nonzero_values", {OF(T::sqr(T::nonzero_values(in[0]))), {m}}},
      {"abs of complex", {OF(T::abs(complex_of(in[0]))), {m}, false}},
      {"real of complex",
       {OF(T::real(T::sqr(complex_of(in[0])) * T::exp(complex_of(in[1])))), {m, n}}},
      {"imag of complex",
       {OF(T::imag(T::conj(complex_of(in[0])) * T::sin(complex_of(in[1])))), {m, n}}},
  };
}
Cases structure() {
  static const NDArray kept = array({true, false, true});
  const NDArray apart = array({3., 1., 2., 0.5, 6., 5.}, {2, 3}), row = ramp({1, 3});
  return {
      {"join", {OF(T::sqr(T::join(0, {in[0], in[1], in[0]}))), {m, n}}},
      {"concatenate", {OF(T::sqr(T::concatenate({in[0], in[1]}, 1))), {m, ramp({2, 1})}}},
      {"stack", {OF(T::sqr(T::stack({in[0], in[1]}, 1))), {m, n}}},
      {"split", {OF(T::sqr(T::split(in[0], {1, 2}, 1)[1])), {m}}},
      {"repeat", {OF(T::sqr(T::repeat(in[0], 2, 0))), {m}}},
      {"tile", {OF(T::sqr(T::tile(in[0], {2, 2}))), {m}}},
      {"roll", {OF(T::sqr(T::roll(in[0], 1, 1))), {m}}},
      {"flip", {OF(T::sqr(T::flip(in[0], 1))), {m}}},
      {"squeeze", {OF(T::sqr(T::squeeze(in[0]))), {row}}},
      {"expand_dims", {OF(T::sqr(T::expand_dims(in[0], 1))), {m}}},
      {"swapaxes", {OF(T::sqr(T::swapaxes(in[0], 0, 2))), {cube}}},
      {"moveaxis", {OF(T::sqr(T::moveaxis(in[0], 0, 2))), {cube}}},
      {"shape_padleft", {OF(T::sqr(T::shape_padleft(in[0]))), {m}}},
      {"shape_padright", {OF(T::sqr(T::shape_padright(in[0]))), {m}}},
      {"shape_padaxis", {OF(T::sqr(T::shape_padaxis(in[0], 1))), {m}}},
      {"atleast_1d", {OF(T::sqr(T::atleast_1d(in[0]))), {m}}},
      {"atleast_2d", {OF(T::sqr(T::atleast_2d(in[0]))), {v}}},
      {"atleast_3d", {OF(T::sqr(T::atleast_3d(in[0]))), {m}}},
      {"addbroadcast", {OF(T::sqr(T::addbroadcast(T::unbroadcast(in[0], 0), 0))), {row}}},
      {"unbroadcast", {OF(T::sqr(T::unbroadcast(in[0], 0))), {row}}},
      {"patternbroadcast", {OF(T::sqr(T::patternbroadcast(in[0], {false, false}))), {row}}},
      {"compress", {OF(T::sqr(T::compress(kept, in[0], 1))), {m}}},
      {"cumsum", {OF(T::sqr(T::cumsum(in[0], 1))), {m}}},
      {"cumprod", {OF(T::cumprod(in[0], 0)), {m}}},
      {"diff", {OF(T::sqr(T::diff(in[0], 2, 1))), {m}}},
      {"diag", {OF(T::sqr(T::diag(in[0], 1))), {v}}},
      {"diag of a matrix", {OF(T::sqr(T::diag(in[0], 1))), {m}}},
      {"diagonal", {OF(T::sqr(T::diagonal(in[0], 1, 0, 1))), {cube}}},
      {"trace", {OF(T::sqr(T::trace(in[0]))), {m}}},
      {"tril", {OF(T::sqr(T::tril(in[0]))), {m}}},
      {"triu", {OF(T::sqr(T::triu(in[0], 1))), {m}}},
      {"sort", {OF(T::sqr(T::sort(in[0], 1))), {apart}}},
      {"bincount", {OF(T::sqr(T::bincount(positions, in[0]))), {v}}},
      {"norm", {OF(T::norm(in[0], 2, 1)), {m}}},
      {"ptp", {OF(T::sqr(T::ptp(in[0], 1))), {m}}},
  };
}
Cases networks() {
  namespace N = T::nnet;
  static const Variable labels = T::constant(array<std::int64_t>({2, 0}));
  const NDArray shares = array({0.1, 0.2, 0.7, 0.5, 0.25, 0.25}, {2, 3});
  return {
      {"softmax", {OF(N::softmax(in[0])), {m}}},
      {"logsoftmax", {OF(N::logsoftmax(in[0], 0)), {m}}},
      {"logsumexp", {OF(N::logsumexp(in[0], 1)), {m}}},
      {"softmax_graph", {OF(N::softmax_graph(in[0], {1})), {m}}},
      {"logsoftmax_graph", {OF(N::logsoftmax_graph(in[0], {1})), {m}}},
      {"logsumexp_graph", {OF(N::logsumexp_graph(in[0], {0, 1})), {m}}},
      {"softmax_grad_graph", {OF(N::softmax_grad_graph(in[0], in[1], {1})), {m, n}}},
      {"picked_logsoftmax_graph", {OF(N::picked_logsoftmax_graph(in[0], labels)), {m}}},
      {"pick", {OF(T::sqr(N::pick(in[0], labels))), {m}}},
      {"spread", {OF(T::sqr(N::spread(in[0], labels, 4))), {ramp({2})}}},
      {"spread_graph", {OF(T::sqr(N::spread_graph(in[0], labels, T::constant(4)))), {ramp({2})}}},
      {"categorical_crossentropy", {OF(N::categorical_crossentropy(in[0], labels)), {shares}}},
      {"categorical_crossentropy of rows",
       {OF(N::categorical_crossentropy(in[0], in[1])), {shares, shares}}},
      {"binary_crossentropy", {OF(N::binary_crossentropy(in[0], in[1])), {shares, shares}}},
      {"sigmoid_binary_crossentropy",
       {OF(N::sigmoid_binary_crossentropy(in[0], in[1])), {m, shares}}},
      {"crossentropy_softmax_argmax_1hot",
       {OF(N::crossentropy_softmax_argmax_1hot(in[0], labels).nll), {m}}},
      {"crossentropy_softmax_argmax_1hot_with_bias",
       {OF(N::crossentropy_softmax_argmax_1hot_with_bias(in[0], in[1], labels).nll), {m, v}}},
      {"relu", {OF(N::relu(in[0], in[1])), {m, n}}},
      {"elu", {OF(N::elu(in[0], in[1])), {m, n}}},
      {"selu", {OF(N::selu(in[0])), {m}}},
      {"softsign", {OF(N::softsign(in[0])), {m}}},
      {"hard_sigmoid", {OF(N::hard_sigmoid(in[0])), {m}}},
      {"ultra_fast_sigmoid", {OF(N::ultra_fast_sigmoid(in[0])), {m}}},
      {"batch_normalization_train",
       {OF(N::batch_normalization_train(in[0], in[1], in[2]).out),
        {ramp({3, 2}), ramp({2}), ramp({2}, 3)}}},
      {"batch_normalization_test",
       {OF(N::batch_normalization_test(in[0], in[1], in[1], in[1], in[2])),
        {m, v, array({1., 2., 0.5})}}},
      {"batch_normalization",
       {OF(N::batch_normalization(in[0], in[1], in[1], in[1], in[2])),
        {m, v, array({1., 2., 0.5})}}},
      {"layer_norm", {OF(N::layer_norm(in[0], in[1], in[1])), {m, v}}},
  };
}
// What stops or changes a gradient, where it is the gradient of its value.
Cases stops() {
  return {{"grad_scale", {OF(grad_scale(in[0], 1.0) * in[0]), {m}}},
          {"grad_clip", {OF(T::sqr(T::grad_clip(in[0], -1e9, 1e9))), {m}}},
          {"consider_constant", {OF(consider_constant(T::constant(n)) * in[0]), {m}}},
          {"zero_grad", {OF(zero_grad(T::constant(n)) * in[0]), {m}}},
          {"disconnected_grad", {OF(disconnected_grad(T::constant(n)) * in[0]), {m}}},
          {"ViewOp", {OF(T::sqr(ViewOp()(in[0]))), {m}}},
          {"DeepCopyOp", {OF(T::sqr(DeepCopyOp()(in[0]))), {m}}}};
}
#undef OF

// Names whose result is no smooth function of an array, and why.
std::map<std::string, std::string> without_gradient() {
  std::map<std::string, std::string> all;
  const auto add = [&](const char* why, std::initializer_list<const char*> names) {
    for (const char* name : names) all[name] = why;
  };
  add("a class or an enumeration",
      {"Elemwise", "IfElse", "LoadFromDisk", "Rebroadcast", "Scalar", "Shape_i", "ShapeOf",
       "SpecifyShape", "TensorType", "Assume", "OnError", "Side"});
  add("gives bools or integers", {"eq",
                                  "neq",
                                  "lt",
                                  "le",
                                  "gt",
                                  "ge",
                                  "isnan",
                                  "isfinite",
                                  "signbit",
                                  "left_shift",
                                  "right_shift",
                                  "isinf",
                                  "and_",
                                  "or_",
                                  "xor_",
                                  "invert",
                                  "any",
                                  "all",
                                  "argmax",
                                  "argmin",
                                  "nonzero",
                                  "flatnonzero",
                                  "confusion_matrix",
                                  "allclose",
                                  "isclose",
                                  "argsort",
                                  "searchsorted",
                                  "inverse_permutation",
                                  "to_one_hot"});
  add("makes a function out of a C expression", {"scalar_op"});
  add("of no array of floats", {"arange", "constant", "eye", "load", "ones", "tri", "zeros"});
  add("does not depend on the values", {"identity_like", "ones_like", "zeros_like"});
  add("changes the gradient on purpose", {"grad_clip"});
  add("the array itself", {"transfer"});
  add("its derivative is not implemented", {"tri_gamma"});
  add("what this page calls", {"verify_gradient"});
  return all;
}

void check(const std::string& name, const Case& given) {
  const Mode interpreted("py", "None");
  try {
    T::verify_gradient(given.f, given.at, {.mode = interpreted});
    if (!given.twice) return;
    // The gradient of a weighted sum, with respect to each input in turn.
    for (std::size_t i = 0; i < given.at.size(); ++i) {
      const auto gradient = [&](const Variables& in) {
        const Variable z = given.f(in);
        // Enough curvature for what is linear itself.
        const Variable cost = T::sum(z * T::cos(0.3 * z) + T::sqr(z));
        GradOptions options;
        options.disconnected_inputs = DisconnectedInputs::ignore;
        return grad(cost, in[i], options);
      };
      T::verify_gradient(gradient, given.at, {.tolerance = 1e-4, .mode = interpreted});
    }
  } catch (const Error& error) {
    ADD_FAILURE() << name << ": " << error.what();
  }
}
void check(const Cases& cases) {
  for (const auto& [name, given] : cases) check(name, given);
}
}  // namespace

TEST(EveryGradient, of_the_rows_of_ops_def_is_that_of_difference_quotients) { check(rows()); }

// C6.4: orders and shapes of special functions; the difference quotient that the error proposes
// against mpmath's derivative.
TEST(EveryGradient, by_a_parameter_of_a_special_function_is_an_error_that_says_how_to_go_on) {
  const Variable p = T::dscalar("p"), x = T::dscalar("x");
  const std::vector<std::tuple<std::string, Variable (*)(Variable, Variable), double>> all = {
      {"jv", [](Variable a, Variable b) { return T::jv(a, b); }, -0.075622357509093825},
      {"iv", [](Variable a, Variable b) { return T::iv(a, b); }, -1.2793969990808161},
      {"gammainc", [](Variable a, Variable b) { return T::gammainc(a, b); }, -0.20882254487867839},
      {"gammaincc", [](Variable a, Variable b) { return T::gammaincc(a, b); }, 0.20882254487867839},
      {"gammal", [](Variable a, Variable b) { return T::gammal(a, b); }, -0.15828140879701792},
      {"gammau", [](Variable a, Variable b) { return T::gammau(a, b); }, 0.19061980624590293},
      {"chi2sf", [](Variable a, Variable b) { return T::chi2sf(b, a); }, 0.17456463012625613},
  };
  for (const auto& [name, f, slope] : all) {
    CHECK_ERROR(GradientError, grad(f(p, x), p),
                "grad: the gradient with respect to p does not exist; the derivative of " + name +
                    " by its parameter p is not implemented; hold that fixed, or take a difference "
                    "quotient");
    const double h = 1e-4;
    const Variable quotient = (f(p + h, x) - f(p - h, x)) / (2 * h);
    const Function both = function({p, x}, {quotient, grad(f(p, x), x)});
    const Outputs out = both(1.5, 2.5);
    EXPECT_NEAR(out.item<double>(0), slope, 1e-7) << name;
    EXPECT_TRUE(std::isfinite(out.item<double>(1))) << name;
  }
}

TEST(EveryGradient, of_the_functions_of_arrays_is_that_of_difference_quotients) { check(arrays()); }
TEST(EveryGradient, of_the_functions_of_nnet_is_that_of_difference_quotients) { check(networks()); }
TEST(EveryGradient, of_the_functions_of_structure_is_that_of_difference_quotients) {
  check(structure());
}

TEST(EveryGradient, of_what_changes_gradients_is_right_where_it_changes_nothing) { check(stops()); }

TEST(EveryGradient, no_name_of_the_library_is_left_out) {
  std::set<std::string> known;
  for (const Cases& cases : {rows(), arrays(), structure(), networks()}) {
    for (const auto& [name, given] : cases) known.insert(name);
  }
  for (const auto& [name, why] : without_gradient()) known.insert(name);
  std::set<std::string> names =
      matches(text_of("kroton/kroton.h"), "tensor::(?:nnet::)?(\\w+)[,;]");
  for (const char* header :
       {"activations", "confusion_matrix", "crossentropy", "normalization", "softmax"}) {
    names.merge(matches(
        text_of("kroton/tensor/nnet/" + std::string(header) + ".h"),
        "KROTON_API (?:Variable|SoftmaxCrossentropy|BatchNormalization|std::pair<Variable, Variable>) (\\w+)\\("));
  }
  EXPECT_GT(names.size(), 120u);
  const std::regex literal("[bwilfdcz]?(scalar|vector|matrix|row|col|tensor3|tensor4)");
  for (const std::string& name : names) {
    if (std::regex_match(name, literal) || name == "nnet") continue;
    EXPECT_TRUE(known.contains(name))
        << name << " has no case in tests/tensor/every_gradient_test.cpp";
  }
}

namespace {
// Ops that no case has to differentiate, and why.
std::map<std::string, std::string> ops_without_gradient() {
  const char *integers = "gives integers or bools", *device = "tested in tests/gpuarray",
             *message = "its gradient is a message back: tested in tests/distributed",
             *acts = "acts, or is not differentiable on purpose";
  return {{"ShapeOf", integers},
          {"Shape_i", integers},
          {"RepeatedPositions", integers},
          {"ArgSort", integers},
          {"SearchSorted", integers},
          {"Argmax", integers},
          {"Nonzero", integers},
          {"ConfusionMatrix", integers},
          {"ARange", "of no array of floats"},
          {"Eye", "of no array of floats"},
          {"Load", acts},
          {"Print", acts},
          {"Barrier", acts},
          {"GpuFromHost", device},
          {"HostFromGpu", device},
          {"GpuToGpu", device},
          {"GpuAlloc", "made by rewrites, behind the gradient"},
          {"AllReduce", message},
          {"AllGather", message},
          {"AllToAll", message},
          {"OnRank", message},
          {"MPISend", acts},
          {"MPISendWait", acts},
          {"MPIRecv", acts},
          {"MPIRecvWait", acts},
          {"Behind", message},
          {"ReceiveFrom", message},
          {"SendTo", message},
          {"SendReceive", message},
          {"UndefinedGrad", acts}};
}

// The first words of the texts of all ops in the graphs of CASES and of their gradients.
std::set<std::string> ops_of(const Cases& cases) {
  std::set<std::string> names;
  for (const auto& [name, given] : cases) {
    Variables in;
    for (const NDArray& a : given.at)
      in.push_back(TensorType(a.dtype(), std::vector<bool>(a.ndim(), false))());
    const Variable z = given.f(in);
    GradOptions options;
    options.disconnected_inputs = DisconnectedInputs::ignore;
    Variables outputs = grad(T::sum(T::sqr(z)), in, options);
    outputs.push_back(z);
    for (const Apply& node : toposort_between({}, outputs)) {
      const std::string text = node.op().text();
      names.insert(text.substr(0, text.find('{')));
    }
  }
  return names;
}
}  // namespace

TEST(EveryGradient, no_class_of_ops_is_left_out) {
  std::set<std::string> there;
  for (const Cases& cases : {rows(), arrays(), structure(), networks(), stops()})
    there.merge(ops_of(cases));
  for (const char* fold : {"Sum", "Prod", "Max", "Min"}) EXPECT_TRUE(there.contains(fold)) << fold;
  std::set<std::string> classes;
  for (const auto& file : std::filesystem::recursive_directory_iterator(KROTON_SOURCE "/kroton")) {
    const std::string path = file.path().string();
    if (!path.ends_with(".h") && !path.ends_with(".cpp")) continue;
    const std::string text = text_of(path.substr(std::string(KROTON_SOURCE).size() + 1));
    std::set<std::string> names = matches(text, "string_view op_name = \"(\\w+)\"");
    names.merge(matches(text, "KROTON_ALONG_AXES\\(([A-Z]\\w+)\\)\n"));
    for (const std::string& name : names) {
      classes.insert(name);
      if (name == "CAReduce") continue;  // its text is that of its fold
      EXPECT_TRUE(there.contains(name) || ops_without_gradient().contains(name))
          << name << " of " << path << ": tests/tensor/every_gradient_test.cpp";
    }
  }
  for (const auto& [name, why] : ops_without_gradient())
    EXPECT_TRUE(classes.contains(name)) << name << " is not there any more: " << why;
}
