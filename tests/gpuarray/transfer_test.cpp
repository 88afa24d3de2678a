// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/transfer.h"

#include <gtest/gtest.h>

#include "kroton/base/errors.h"
#include "kroton/compile/function.h"
#include "kroton/gpuarray/shared.h"
#include "kroton/gpuarray/variable.h"
#include "kroton/gradient/grad.h"
#include "kroton/graph/generic_type.h"
#include "kroton/tensor/elemwise_functions.h"
#include "kroton/tensor/literals.h"
#include "kroton/tensor/reduce.h"
#include "kroton/tensor/transfer.h"
#include "kroton/tensor/type.h"
#include "kroton/tensor/verify_gradient.h"
#include "tests/support/check_error.h"
#include "values.h"

using namespace kroton;
using namespace kroton::gpuarray;
using namespace gpuarray_test;
namespace T = kroton::tensor;

namespace {
GpuArrayType vector_on(const char* context) {
  dev0();
  dev1();
  return GpuArrayType(float64, {false}, context);
}
}  // namespace

TEST(GpuTransfers, C4_20_texts_types_and_values) {
  NEEDS_DEVICE();
  const Variable h = T::dvector("h");
  const GpuArrayVariable x = vector_on("dev0")("x");
  EXPECT_EQ(GpuFromHost("dev0").text(), "GpuFromHost{context_name: dev0}");
  EXPECT_EQ(GpuFromHost(std::nullopt).text(), "GpuFromHost{context_name: none}");
  EXPECT_EQ(HostFromGpu().text(), "HostFromGpu");
  EXPECT_EQ(GpuToGpu("dev1").text(), "GpuToGpu{context_name: dev1}");
  EXPECT_EQ(GpuFromHost(""), GpuFromHost(std::nullopt));
  EXPECT_FALSE(GpuToGpu("dev0") == GpuToGpu("dev1"));
  EXPECT_EQ(GpuFromHost("dev0")(h).type(), vector_on("dev0"));
  EXPECT_EQ(HostFromGpu()(x).type(), h.type());
  EXPECT_EQ(GpuToGpu("dev1")(x).type(), vector_on("dev1"));
  const Function f =
      function({h, x}, {GpuFromHost("dev0")(h), HostFromGpu()(x), GpuToGpu("dev1")(x)});
  const Outputs out = f(array({1., 2.}), on_dev0(array({3., 4.})));
  EXPECT_EQ(out[0].as<GpuArray>().context(), dev0());
  EXPECT_EQ(list(out[0]), (Doubles{1, 2}));
  ASSERT_TRUE(out[1].is<NDArray>());
  EXPECT_EQ(list(out[1]), (Doubles{3, 4}));
  EXPECT_EQ(out[2].as<GpuArray>().context(), dev1());
  EXPECT_EQ(list(out[2]), (Doubles{3, 4}));
}

TEST(GpuTransfers, C4_20_wrong_inputs) {
  NEEDS_DEVICE();
  const Variable h = T::dvector("h"), z = T::zvector("z"), g = generic("g");
  const Variable x = vector_on("dev0")("x");
  CHECK_ERROR(
      TypeError, GpuFromHost("dev0")(x),
      "GpuFromHost: x is GpuArrayType<dev0>(float64, vector); a variable of a TensorType is "
      "needed");
  CHECK_ERROR(TypeError, HostFromGpu()(h),
              "HostFromGpu: h is TensorType(float64, vector); a variable of a GpuArrayType is "
              "needed");
  CHECK_ERROR(TypeError, GpuToGpu("dev1")(h),
              "GpuToGpu: h is TensorType(float64, vector); a variable of a GpuArrayType is needed");
  CHECK_ERROR(TypeError, HostFromGpu().make_node({x, x}),
              "HostFromGpu: 2 inputs are given; it takes one");
  CHECK_ERROR(ContextNotDefined, GpuFromHost("nowhere")(h), "context name nowhere not defined");
  CHECK_ERROR(TypeError, GpuFromHost("dev0")(z),
              "GpuArrayType: dtype complex128 is complex, which devices do not support; keep the "
              "array on the host, or split it into real and imaginary parts");
  CHECK_ERROR(TypeError, as_gpuarray_variable(g, "dev0"),
              "as_gpuarray_variable: g is Generic; an array or a number is needed");
  CHECK_ERROR(TypeError, as_gpuarray_variable("text", "dev0"),
              "as_gpuarray_variable: the value is 'text'; an array or a number is needed");
  CHECK_ERROR(TypeError, host_from_gpu(g), "host_from_gpu: g is Generic; an array is needed");
  EXPECT_EQ(as_gpuarray_variable(h, "dev0").type(), x.type());
}

TEST(GpuTransfers, C6_8_a_transfer_to_where_a_variable_is_gives_that_variable) {
  NEEDS_DEVICE();
  const Variable h = T::dvector("h"), x = vector_on("dev0")("x");
  EXPECT_EQ(T::transfer(x, "dev0"), x);
  EXPECT_EQ(x.transfer("dev0"), x);
  EXPECT_EQ(as_gpuarray_variable(x, "dev0"), x);
  EXPECT_EQ(as_gpuarray_variable(host_from_gpu(x), "dev0"), x);
  EXPECT_EQ(host_from_gpu(h), h);
  EXPECT_EQ(h.transfer("cpu"), h);
  EXPECT_TRUE(as<HostFromGpu>(x.transfer("cpu").owner()));
  EXPECT_TRUE(as<GpuFromHost>(h.transfer("dev1").owner()));
  EXPECT_TRUE(as<GpuToGpu>(x.transfer("dev1").owner()));
  EXPECT_TRUE(as<GpuToGpu>(host_from_gpu(x).transfer("dev1").owner()));
  EXPECT_EQ(x.transfer("dev1").type(), vector_on("dev1"));
}

TEST(GpuTransfers, C6_8_unknown_targets) {
  NEEDS_DEVICE();
  const Variable x = vector_on("dev0")("x");
  try {
    x.transfer("moon");
    ADD_FAILURE() << "nothing was thrown";
  } catch (const ValueError& error) {
    const std::string text = error.what(),
                      begin = "transfer: x cannot go to 'moon'; the targets are 'cpu'";
    EXPECT_EQ(text.substr(0, begin.size()), begin);
    EXPECT_NE(text.find("'dev0'"), std::string::npos) << text;
    EXPECT_NE(text.find("'dev1'"), std::string::npos) << text;
  }
  EXPECT_EQ(x.transfer("dev0"), x);
}

TEST(GpuTransfers, C4_20_constants_and_numbers) {
  NEEDS_DEVICE();
  dev0();
  const Variable c = as_gpuarray_variable(array({1., 2.}, {1, 2}), "dev0");
  EXPECT_TRUE(as<GpuArrayConstant>(c));
  EXPECT_EQ(c.type(), GpuArrayType(float64, {true, false}, "dev0"));
  EXPECT_EQ(as_gpuarray_variable(on_dev1(array({1., 2.})), "dev0").type(), vector_on("dev0"));
  EXPECT_EQ(as_gpuarray_variable(2, "dev0").type().text(), "GpuArrayType<dev0>(int8, scalar)");
}

TEST(GpuTransfers, C4_20_gradients_pass_through) {
  NEEDS_DEVICE();
  const Variable h = T::dvector("h"), x = vector_on("dev0")("x");
  const Variable there = h.transfer("dev0").transfer("dev1");
  const Variable cost = T::sum(T::sqr(there) * T::exp(x));
  const Variables g = grad(cost, {h, x});
  EXPECT_EQ(g[0].type(), h.type());
  EXPECT_EQ(g[1].type(), x.type());
  const NDArray a = array({1., 2.}), b = array({0.5, -1.});
  const Outputs out = function({h, x}, g)(a, b);
  const double e0 = std::exp(0.5), e1 = std::exp(-1.);
  EXPECT_NEAR(list(out[0])[0], 2 * e0, 1e-12);
  EXPECT_NEAR(list(out[0])[1], 4 * e1, 1e-12);
  ASSERT_TRUE(out[1].is<GpuArray>());
  EXPECT_NEAR(list(out[1])[0], 1 * e0, 1e-12);
  EXPECT_NEAR(list(out[1])[1], 4 * e1, 1e-12);
  T::verify_gradient(
      [](const Variables& in) { return T::sqr(in[0].transfer("dev0").transfer("dev1")) + in[0]; },
      {a});
}

TEST(GpuTransfers, C4_20_gradients_of_device_variables_that_are_used_twice_or_not_at_all) {
  NEEDS_DEVICE();
  const Variable x = vector_on("dev0")("x"), y = vector_on("dev1")("y");
  GradOptions ignore;
  ignore.disconnected_inputs = DisconnectedInputs::ignore;
  const Variables g = grad(T::sum(x * x + 3 * x), {x, y}, ignore);
  EXPECT_EQ(g[0].type(), x.type());
  EXPECT_EQ(g[1].type(), y.type());
  const Outputs out = function({x, y}, g)(array({1., 2.}), array({5., 6.}));
  EXPECT_EQ(list(out[0]), (Doubles{5, 7}));
  EXPECT_EQ(list(out[1]), (Doubles{0, 0}));
  const Variable moved = Rop(T::sqr(x.transfer("dev1")), x, x);
  EXPECT_EQ(list(function({x}, moved)(array({1., 2.}))[0]), (Doubles{2, 8}));
}

TEST(GpuTransfers, C6_8_two_contexts_in_one_expression) {
  NEEDS_DEVICE();
  const Variable x = vector_on("dev0")("x"), y = vector_on("dev1")("y");
  const Function f = function({x, y}, {x + y, (x * y).transfer("dev0")});
  const Outputs out = f(array({1., 2.}), array({10., 20.}));
  EXPECT_EQ(list(out[0]), (Doubles{11, 22}));
  EXPECT_EQ(out[1].as<GpuArray>().context(), dev0());
  EXPECT_EQ(list(out[1]), (Doubles{10, 40}));
}

TEST(GpuTransfers, C6_8_results_of_expressions_are_moved_back) {
  NEEDS_DEVICE();
  dev0();
  const SharedVariable w = shared(array({1., 2.}), "w", {.target = "dev0"});
  const Variable x = T::dvector("x");
  const Outputs out =
      function({x}, {w * x, (w * x).transfer("dev0"), Variable(w)})(array({3., 4.}));
  EXPECT_TRUE(out[0].is<NDArray>());
  EXPECT_TRUE(out[1].is<GpuArray>());
  EXPECT_TRUE(out[2].is<GpuArray>());
  EXPECT_EQ(list(out[1]), (Doubles{3, 8}));
  const NDArray z = function({x}, w + x)(array({3., 4.}));
  EXPECT_EQ(list(z), (Doubles{4, 6}));
}
