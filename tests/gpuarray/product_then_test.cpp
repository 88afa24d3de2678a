// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/product_then.h"

#include <gtest/gtest.h>

#include "kroton/base/config.h"
#include "kroton/gpuarray/cuda/driver.h"
#include "kroton/gpuarray/detail/open_context.h"
#include "kroton/kroton.h"
#include "values.h"

using namespace kroton;
using namespace kroton::gpuarray;
using namespace gpuarray_test;

namespace {
const Mode joining = Mode("FAST_RUN").including("gpu_products");
Variable matrix_there(const char* name) { return on("dev0", name, float32, {false, false}); }
Doubles first(const compile::Outputs& results) { return list(results[0]); }
bool is_joined(const Function& f) {
  for (const Apply& node : f.nodes()) {
    if (as<ProductThen>(node)) return true;
  }
  return false;
}
}  // namespace

TEST(ProductThen, a_bias_and_a_clamp_go_into_the_product) {
  NEEDS_DEVICE();
  const Variable x = matrix_there("x"), w = matrix_there("w"), b = on("dev0", "b", float32);
  const NDArray values = array({1., -2., 3., 4., 5., -6.}, {2, 3}).astype(float32),
                weights = array({1., 0., -1., 2., 0., 1.}, {3, 2}).astype(float32),
                bias = array({0.5, -3.}).astype(float32);
  const auto joined = [&](const Variables& inputs, const Variable& z) {
    return function(inputs, z, {.mode = joining});
  };
  // x w is (3, -1), (-1, 4).
  const Function affine = joined({x, w, b}, dot(x, w) + b),
                 layer = joined({x, w, b}, nnet::relu(b + dot(x, w))),
                 clamped = joined({x, w}, nnet::relu(dot(x, w)));
  for (const Function* f : {&affine, &layer, &clamped})
    EXPECT_TRUE(is_joined(*f)) << debugprint(*f);
  EXPECT_EQ(first(affine(values, weights, bias)), (Doubles{3.5, -4, -0.5, 1}));
  EXPECT_EQ(first(layer(values, weights, bias)), (Doubles{3.5, 0, 0, 1}));
  EXPECT_EQ(first(clamped(values, weights)), (Doubles{3, 0, 0, 4}));
}

TEST(ProductThen, C6_11_lengths_that_differ_are_the_errors_of_the_two_nodes) {
  NEEDS_DEVICE();
  const Variable x = matrix_there("x"), w = matrix_there("w"), b = on("dev0", "b", float32);
  const Function f = function({x, w, b}, dot(x, w) + b, {.mode = joining});
  const auto ones = [](Shape shape) { return NDArray::full(std::move(shape), 1, float32); };
  try {
    f(ones({2, 3}), ones({4, 2}), ones({2}));
    ADD_FAILURE() << "shapes that do not fit were multiplied";
  } catch (const ShapeError& error) {
    EXPECT_EQ(std::string(error.what())
                  .find("dot: x has shape (2, 3) and w has shape (4, 2); x.shape[1] (3) must equal "
                        "w.shape[0] (4)"),
              0U)
        << error.what();
  }
  EXPECT_THROW(f(ones({2, 3}), ones({3, 2}), ones({3})), ShapeError);
  EXPECT_EQ(first(f(ones({2, 3}), ones({3, 2}), ones({2}))), Doubles(4, 4.));
}

TEST(ProductThen, other_work_stays_a_kernel) {
  NEEDS_DEVICE();
  const Variable x = matrix_there("x"), w = matrix_there("w"), b = on("dev0", "b", float32),
                 column = on("dev0", "b", float32, {false, true});
  const Variable product = dot(x, w);
  const auto is_kept = [](const Variables& inputs, const Variables& outputs) {
    return !is_joined(function(inputs, outputs, {.mode = joining}));
  };
  EXPECT_TRUE(is_kept({x, w, b}, {tensor::tanh(product + b)}));
  EXPECT_TRUE(is_kept({x, w, b}, {product - b}));
  EXPECT_TRUE(is_kept({x, w, column}, {product + column}));
  EXPECT_TRUE(is_kept({x, w}, {tensor::maximum(product, 1.f)}));
  // Somebody else wants the product.
  EXPECT_TRUE(is_kept({x, w, b}, {product + b, tensor::sum(product, 0)}));
}

TEST(ProductThen, cublaslt_computes_it_on_cuda) {
  const base::FlagScope flag("gpuarray.cublas", FAKE_CUBLAS);
  std::string why;
  const auto api = cuda::Api::open(FAKE_CUDA, why);
  ASSERT_TRUE(api) << why;
  const GpuContext context(
      std::make_shared<OpenContext>(cuda::open(api, {true, 0, 0, "cuda0"}), "products", 0));
  reg_context("products", context);
  const auto there = [](const char* name, std::vector<bool> axes) -> Variable {
    return GpuArrayType(float32, std::move(axes), "products")(name);
  };
  const Variable x = there("x", {false, false}), w = there("w", {false, false}),
                 b = there("b", {false});
  const Function f = function({x, w, b}, nnet::relu(dot(x, w) + b));
  EXPECT_TRUE(is_joined(f)) << debugprint(f);
  EXPECT_EQ(first(f(array({1., -2., 3., 4., 5., -6.}, {2, 3}).astype(float32),
                    array({1., 0., -1., 2., 0., 1.}, {3, 2}).astype(float32),
                    array({0.5, -3.}).astype(float32))),
            (Doubles{3.5, 0, 0, 1}));
  close_context(context);
}
