// SPDX-License-Identifier: BSD-3-Clause
// Values at extreme points are NumPy's: log1p, expm1, logaddexp; erfc is the C library's.
#include "kroton/tensor/rewrites/stabilize.h"

#include <limits>

#include "kroton/tensor/constant.h"
#include "kroton/tensor/elemwise_functions.h"
#include "kroton/tensor/reduce.h"
#include "tests/tensor/rewrites/named.h"

using namespace kroton;
using namespace kroton::tensor;
using rewriting::left, rewriting::run, rewriting::vec, rewriting::mat, rewriting::numbers;

namespace {
constexpr double inf = std::numeric_limits<double>::infinity();
const std::vector<NDArray> usual{numbers({-0.9, -0.25, 0, 0.5, 0.75})};

// The words that are left of Z, a function of X; its values at POINTS are WANTED.
std::string stable(const std::string& names, const Variable& x, const Variable& z,
                   const std::vector<double>& points, const std::vector<double>& wanted) {
  left(names, {x}, {z}, usual);
  const auto made = run(names, {x}, {z}, {numbers(points)});
  const std::vector<double> values = made.values();
  for (std::size_t i = 0; i < wanted.size(); ++i)
    EXPECT_DOUBLE_EQ(values[i], wanted[i]) << made.words << " at " << points[i];
  return made.words;
}
}  // namespace

TEST(Stabilize, log_of_one_plus_x_is_log1p) {
  const Variable x = vec("x"), y = vec("y");
  const std::vector<double> points{1e-20, -0.5, 3},
      wanted{1e-20, -0.6931471805599453, 1.3862943611198906};
  EXPECT_EQ(stable("local_log1p", x, log(1 + x), points, wanted), "Elemwise{log1p}");
  EXPECT_EQ(stable("local_log1p", x, log(x + 1), points, wanted), "Elemwise{log1p}");
  EXPECT_EQ(stable("local_log1p", x, log(1 - x), {-1e-20, 0.5, -3}, wanted),
            "Elemwise{neg} Elemwise{log1p}");
  EXPECT_EQ(left("local_log1p", {x, y}, {log(1 + x + y)}, {usual[0], usual[0]}),
            "Elemwise{add} Elemwise{log1p}");
  EXPECT_EQ(left("local_log1p", {x}, {log(2 + x)}, usual), "Elemwise{add} Elemwise{log}");
}

TEST(Stabilize, log1p_computes_in_the_dtype_of_the_sum) {
  const Variable f = vec("f", float32), i = vec("i", int8);
  EXPECT_EQ(left("local_log1p", {f}, {log(constant(1, float64) + f)}, {numbers({0.1, 3}, float32)}),
            "Elemwise{cast_float64} Elemwise{log1p}");
  // The sum wraps before the logarithm is taken.
  EXPECT_EQ(left("local_log1p", {i}, {log(1 + i)}, {numbers({3, 127}, int8)}),
            "Elemwise{add} Elemwise{log}");
}

TEST(Stabilize, exp_less_one_is_expm1) {
  const Variable x = vec("x");
  const std::vector<double> points{1e-20, -0.5, 3},
      wanted{1e-20, -0.3934693402873666, 19.085536923187668};
  EXPECT_EQ(stable("local_expm1", x, exp(x) - 1, points, wanted), "Elemwise{expm1}");
  EXPECT_EQ(stable("local_expm1", x, -1 + exp(x), points, wanted), "Elemwise{expm1}");
  EXPECT_EQ(left("local_expm1", {x}, {1 - exp(x)}, usual), "Elemwise{expm1} Elemwise{neg}");
  EXPECT_EQ(left("local_expm1", {x}, {exp(x) - 2}, usual), "Elemwise{exp} Elemwise{sub}");
}

TEST(Stabilize, log_of_one_plus_exp_is_softplus) {
  const Variable x = vec("x");
  const std::string names = "local_log1p log1pexp_to_softplus";
  EXPECT_EQ(stable(names, x, log(1 + exp(x)), {-800, -40, 0.5, 800},
                   {0, 4.248354255291589e-18, 0.9740769841801067, 800}),
            "Elemwise{softplus}");
  const Variable c = vec("c", complex128);
  EXPECT_EQ(left(names, {c}, {log1p(exp(c))}, {numbers({1, 2}, complex128)}),
            "Elemwise{exp} Elemwise{log1p}");
}

TEST(Stabilize, logarithms_of_sigmoids_are_softplus) {
  const Variable x = vec("x");
  const std::vector<double> points{-800, -40, 0.5, 800};
  EXPECT_EQ(stable("logsigm_to_softplus", x, log(sigmoid(x)), points,
                   {-800, -40, -0.4740769841801067, 0}),
            "Elemwise{neg} Elemwise{softplus} Elemwise{neg}");
  const std::vector<double> mirrored{0, -4.248354255291589e-18, -0.9740769841801067, -800};
  EXPECT_EQ(stable("log1msigm_to_softplus", x, log(1 - sigmoid(x)), points, mirrored),
            "Elemwise{softplus} Elemwise{neg}");
  EXPECT_EQ(stable("log1p_neg_sigmoid", x, log1p(-sigmoid(x)), points, mirrored),
            "Elemwise{softplus} Elemwise{neg}");
  EXPECT_EQ(left("logsigm_to_softplus", {x}, {log2(sigmoid(x))}, usual),
            "Elemwise{sigmoid} Elemwise{log2}");
}

TEST(Stabilize, one_less_a_sigmoid_is_the_mirrored_sigmoid_unless_both_are_wanted) {
  const Variable x = vec("x");
  EXPECT_EQ(stable("local_1msigmoid", x, 1 - sigmoid(x), {-40, 0.5, 40, 700},
                   {1, 0.3775406687981454, 4.248354255291589e-18, 9.85967654375977e-305}),
            "Elemwise{neg} Elemwise{sigmoid}");
  const Variable s = sigmoid(x);
  EXPECT_EQ(left("local_1msigmoid", {x}, {s * (1 - s)}, usual),
            "Elemwise{sigmoid} Elemwise{sub} Elemwise{mul}");
}

TEST(Stabilize, quotients_of_exponentials_are_sigmoids) {
  const Variable x = vec("x"), y = vec("y");
  const std::string names = "local_inv_1_plus_exp local_exp_over_1_plus_exp local_func_inv";
  const std::vector<double> points{-800, 0.5, 800}, wanted{0, 0.6224593312018546, 1};
  EXPECT_EQ(stable(names, x, 1 / (1 + exp(-x)), points, wanted), "Elemwise{sigmoid}");
  EXPECT_EQ(stable(names, x, inv(1 + exp(-x)), points, wanted), "Elemwise{sigmoid}");
  EXPECT_EQ(stable(names, x, exp(x) / (1 + exp(x)), points, wanted), "Elemwise{sigmoid}");
  EXPECT_EQ(left(names, {x, y}, {y / (1 + exp(x))}, {usual[0], usual[0]}),
            "Elemwise{neg} Elemwise{sigmoid} Elemwise{mul}");
  EXPECT_EQ(left(names, {x, y}, {1 / (2 + exp(x))}, {usual[0], usual[0]}).find("sigmoid"),
            std::string::npos);
}

TEST(Stabilize, exponentials_go_into_sigmoids) {
  const Variable x = vec("x");
  EXPECT_EQ(
      stable("local_sigm_times_exp", x, exp(x) * sigmoid(-x), {0.5, 800}, {0.6224593312018546, 1}),
      "Elemwise{sigmoid}");
  EXPECT_EQ(left("local_sigm_times_exp", {x}, {exp(-x) * sigmoid(x)}, usual),
            "Elemwise{neg} Elemwise{sigmoid}");
  EXPECT_EQ(left("local_sigm_times_exp", {x}, {exp(x) * sigmoid(x)}, usual),
            "Elemwise{sigmoid} Elemwise{exp} Elemwise{mul}");
}

TEST(Stabilize, the_error_function_and_its_complement_take_turns) {
  const Variable x = vec("x");
  const std::vector<double> points{-1, 0.5, 8};
  EXPECT_EQ(stable("local_one_minus_erf", x, 1 - erf(x), points,
                   {1.842700792949715, 0.4795001221869535, 1.1224297172982928e-29}),
            "Elemwise{erfc}");
  EXPECT_EQ(left("local_one_minus_erf", {x}, {1 + erf(x)}, usual), "Elemwise{neg} Elemwise{erfc}");
  EXPECT_EQ(left("local_one_minus_erf", {x}, {erf(x) - 1}, usual), "Elemwise{erfc} Elemwise{neg}");
  EXPECT_EQ(left("local_one_minus_erf", {x}, {1 - erfc(x)}, usual), "Elemwise{erf}");
  EXPECT_EQ(left("local_one_minus_erf", {x}, {2 - erf(x)}, usual), "Elemwise{erf} Elemwise{sub}");
}

TEST(Stabilize, the_logarithm_of_two_exponentials_starts_from_the_larger) {
  const Variable x = vec("x"), y = vec("y");
  const auto made =
      run("local_log_add", {x, y}, {log(exp(x) + exp(y))},
          {numbers({1000, -1000, 0.5, -inf, inf}), numbers({1000, -1001, 0.25, -inf, 1})});
  const std::vector<double> wanted{1000.6931471805599, -999.6867383124818, 1.0759394198788437, -inf,
                                   inf};
  for (std::size_t i = 0; i < wanted.size(); ++i) EXPECT_DOUBLE_EQ(made.values()[i], wanted[i]);
  EXPECT_EQ(
      left("local_log_add", {x, y}, {log(exp(x) - exp(y))}, {numbers({2, 3}), numbers({1, 1})}),
      "Elemwise{exp} Elemwise{exp} Elemwise{sub} Elemwise{log}");
}

TEST(Stabilize, an_exponential_factor_leaves_the_logarithm) {
  const Variable x = vec("x"), y = vec("y");
  const std::vector<NDArray> values{numbers({-1, 2}), numbers({0.5, 3})};
  EXPECT_EQ(left("local_log_mul", {x, y}, {log(exp(x) * y)}, values),
            "Elemwise{log} Elemwise{add}");
  EXPECT_EQ(left("local_log_mul", {x, y}, {log(exp(x) / y)}, values),
            "Elemwise{log} Elemwise{sub}");
  EXPECT_EQ(left("local_log_mul", {x, y}, {log(y / exp(x))}, values),
            "Elemwise{log} Elemwise{sub}");
  EXPECT_EQ(left("local_log_mul", {x, y}, {log(x * y)}, {numbers({1, 2}), numbers({3, 4})}),
            "Elemwise{mul} Elemwise{log}");
  const auto made =
      run("local_log_mul", {x, y}, {log(exp(x) / y)}, {numbers({1000, -1000}), numbers({1, 1})});
  EXPECT_EQ(made.values(), (std::vector<double>{1000, -1000}));
  EXPECT_EQ(run("local_log_mul", {x}, {log(sqr(x))}, {numbers({-1e200})}).values()[0],
            921.0340371976183);
}

TEST(Stabilize, the_logarithm_of_a_sum_of_exponentials_subtracts_the_largest) {
  const Variable x = mat("x");
  const std::vector<NDArray> values{numbers({1, 2, 3, -1, 0.5, 0}).reshape({2, 3})};
  const std::string words = left("local_log_sum_exp", {x}, {log(sum(exp(x), 1))}, values);
  EXPECT_NE(words.find("LogSumExp"), std::string::npos) << words;
  left("local_log_sum_exp", {x}, {log(sum(exp(x), 0, {.keepdims = true}))}, values);
  left("local_log_sum_exp", {x}, {log(sum(exp(x)))}, values);
  const auto extreme = run("local_log_sum_exp", {x}, {log(sum(exp(x), 1))},
                           {numbers({1000, 1000, -inf, -inf, inf, 1}).reshape({3, 2})});
  EXPECT_EQ(extreme.values(), (std::vector<double>{1000.6931471805599, -inf, inf}));
  EXPECT_EQ(left("local_log_sum_exp", {x}, {log(sum(sqr(x), 1))}, values).find("LogSumExp"),
            std::string::npos);
  // Who subtracts the largest by himself keeps his graph.
  const Variable shifted = x - max(x, 1, {.keepdims = true});
  const std::string own = left("local_log_sum_exp", {x}, {log(sum(exp(shifted), 1))}, values);
  EXPECT_EQ(own.find("LogSumExp"), std::string::npos) << own;
}

TEST(Stabilize, the_logarithm_of_a_product_is_a_sum_where_no_sign_is_lost) {
  const Variable x = mat("x");
  const std::vector<NDArray> values{numbers({1, 2, 3, -1, 0.5, -2}).reshape({2, 3})};
  EXPECT_EQ(left("local_log_prod", {x}, {log(prod(sqr(x), 1))}, values).find("Prod"),
            std::string::npos);
  EXPECT_NE(left("local_log_prod", {x}, {log(prod(x, 1))}, values).find("Prod"), std::string::npos);
  const NDArray small = numbers({1e-200, 1e-200}).reshape({1, 2});
  EXPECT_EQ(run("local_log_prod local_log_mul", {x}, {log(prod(abs(x), 1))}, {small}).values()[0],
            -921.0340371976183);
}

TEST(Stabilize, the_logarithm_of_a_power_is_a_multiple) {
  const Variable x = vec("x"), y = vec("y");
  const std::vector<NDArray> values{numbers({-2, -0.5, 0, 3})};
  for (double exponent : {3.0, 2.0, 0.5, -1.0, -2.5})
    EXPECT_EQ(left("local_log_pow", {x}, {log(pow(x, exponent))}, values).find("pow"),
              std::string::npos);
  EXPECT_NE(left("local_log_pow", {x, y}, {log(pow(x, y))}, {values[0], values[0]}).find("pow"),
            std::string::npos);
  EXPECT_EQ(run("local_log_pow", {x}, {log(pow(x, 4.0))}, {numbers({-1e100})}).values()[0],
            921.0340371976183);
}
