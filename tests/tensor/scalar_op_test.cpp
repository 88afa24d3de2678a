// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/scalar_op.h"

#include <gtest/gtest.h>

#include "kroton/base/errors.h"
#include "kroton/kernel/print.h"
#include "kroton/kroton.h"

using namespace kroton;

namespace {
Elemwise softsign() {
  return scalar_op({.name = "softsign",
                    .value = "x / (1 + abs(x))",
                    .gradient = [](const Variables& in, const Variable&, const Variable& gz) {
                      return Variables{gz / sqr(1 + abs(in[0]))};
                    }});
}
template <class Call>
std::string error_of(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    const std::string text = error.what();
    return text.substr(0, text.find('\n'));
  }
  return "nothing was thrown";
}
}  // namespace

TEST(ScalarOp, C5_2_one_expression_is_an_op_in_every_mode) {
  const auto x = dvector("x");
  for (const char* mode : {"FAST_RUN", "FAST_COMPILE", "DebugMode", "py", "c", "c|py"}) {
    const auto f = function({x}, softsign()(x) * 2, {.mode = mode});
    EXPECT_EQ(NDArray(f(array({1., -3., 0.}))).to_vector<double>(),
              (std::vector<double>{1, -1.5, 0}))
        << mode;
  }
  const auto n = ivector("n");
  EXPECT_EQ(softsign()(n).dtype(), float64);
  EXPECT_EQ(softsign()(fvector()).dtype(), float32);
  EXPECT_EQ(NDArray(function({n}, softsign()(n))(array<int>({1, -3}))).to_vector<double>(),
            (std::vector<double>{0.5, -0.75}));
}

TEST(ScalarOp, C5_2_it_fuses_with_the_rows_of_the_library) {
  const auto x = dvector("x");
  const auto f = function({x}, exp(softsign()(x * 2)) + 1);
  EXPECT_EQ(f.nodes().size(), 1u);
}

TEST(ScalarOp, C5_2_gradients_are_the_program_s) {
  const auto x = dvector("x");
  const auto f = function({x}, grad(softsign()(x).sum(), x));
  EXPECT_EQ(NDArray(f(array({1., -3.}))).to_vector<double>(), (std::vector<double>{0.25, 0.0625}));
  const auto plain = scalar_op({.name = "third", .value = "x / 3"});
  EXPECT_THROW(grad(plain(x).sum(), x), GradientError);
}

TEST(ScalarOp, C5_2_two_inputs_broadcast) {
  const auto mean = scalar_op({.name = "mean_of_two", .value = "(x + y) / 2", .nin = 2});
  const auto a = dmatrix("a");
  const auto b = dvector("b");
  const auto f = function({a, b}, mean(a, b));
  EXPECT_EQ(NDArray(f(array({1., 2., 3., 4.}, {2, 2}), array({3., 0.}))).to_vector<double>(),
            (std::vector<double>{2, 1, 3, 2}));
}

TEST(ScalarOp, C5_2_every_dialect_prints_the_expression) {
  const auto x = dvector("x");
  const auto y = softsign()(x);
  const auto made = std::make_shared<const kernel::Kernel>(*y.owner().op().kernel(y.owner()));
  const auto specialised = kernel::specialise(made, {100}, {{8}, {8}});
  for (const std::string& text :
       {kernel::print_c(specialised, "k").text, kernel::print_opencl(specialised, "k", {}).text,
        kernel::print_cuda(specialised, "k", {}).text}) {
    EXPECT_NE(text.find("x / (1 + abs_f64(x))"), std::string::npos) << text;
  }
}

TEST(ScalarOp, C5_2_equal_expressions_are_one_op) {
  const auto x = dvector("x");
  EXPECT_TRUE(scalar_op({.name = "a", .value = "x + 1"}) ==
              scalar_op({.name = "a", .value = "x + 1"}));
  EXPECT_FALSE(scalar_op({.name = "a", .value = "x + 1"}) ==
               scalar_op({.name = "a", .value = "x + 2"}));
}

TEST(ScalarOp, C5_2_what_cannot_be_an_op_is_refused) {
  EXPECT_EQ(error_of([] { scalar_op({.name = "two words", .value = "x"}); }),
            "scalar_op: the name 'two words' is no identifier; use letters, digits and _");
  EXPECT_EQ(error_of([] { scalar_op({.name = "nothing", .value = " "}); }),
            "scalar_op: nothing has no value; give a C expression over x, y and z");
  EXPECT_EQ(error_of([] { scalar_op({.name = "four", .value = "x", .nin = 4}); }),
            "scalar_op: four has 4 inputs; it must have 1 to 3");
  const auto x = dvector("x");
  const auto wrong = scalar_op({.name = "wrong", .value = "no_such_function(x)"});
  EXPECT_EQ(error_of([&] { function({x}, wrong(x))(array({1.})); }),
            "wrong: its text for float64 calls no_such_function_f64, which kernels do not have; "
            "write it with functions of the prelude");
  EXPECT_EQ(NDArray(function({x}, softsign()(x))(array({1.}))).item<double>(), 0.5);
}
