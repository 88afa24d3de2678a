// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/variable.h"

#include <gtest/gtest.h>

#include <cmath>

#include "kroton/base/errors.h"
#include "kroton/compile/deep_copy.h"
#include "kroton/compile/function.h"
#include "kroton/compile/view.h"
#include "kroton/gpuarray/transfer.h"
#include "kroton/printing/debugprint.h"
#include "kroton/tensor/dot.h"
#include "kroton/tensor/elemwise_functions.h"
#include "kroton/tensor/literals.h"
#include "kroton/tensor/reduce.h"
#include "kroton/tensor/shape.h"
#include "kroton/tensor/type.h"
#include "tests/support/check_error.h"
#include "values.h"

using namespace kroton;
using namespace kroton::gpuarray;
using namespace gpuarray_test;
namespace T = kroton::tensor;

namespace {
GpuArrayType type_of(DType dtype, std::vector<bool> flags) {
  dev0();
  return GpuArrayType(dtype, std::move(flags), "dev0");
}
}  // namespace

TEST(GpuArrayVariable, C4_4_a_type_names_its_variables) {
  NEEDS_DEVICE();
  static_assert(std::is_same_v<GpuArrayType::Variable, GpuArrayVariable>);
  static_assert(std::is_same_v<GpuArrayType::Constant, GpuArrayConstant>);
  const GpuArrayType t = type_of(float32, {false});
  const GpuArrayVariable x = t("x"), y(t), z(t, std::nullopt, std::nullopt, "z");
  EXPECT_EQ(x.name(), "x");
  EXPECT_EQ(x.type(), t);
  EXPECT_FALSE(y.owner());
  EXPECT_EQ(z.name(), "z");
  const Variable copy = DeepCopyOp()(x);
  const GpuArrayVariable owned(t, copy.owner(), 0, "c");
  EXPECT_EQ(owned, copy);
  EXPECT_TRUE(as<GpuArrayVariable>(copy));
  EXPECT_FALSE(as<GpuArrayVariable>(T::fvector("h")));
}

TEST(GpuArrayVariable, C4_15_supports_what_tensors_support) {
  NEEDS_DEVICE();
  const GpuArrayVariable x = type_of(float32, {false, false})("x");
  const NDArray a = array<float>({1, 2, 3, 4, 5, 6}, {2, 3});
  const std::vector<std::pair<Variable, Doubles>> cases{
      {x + 1, {2, 3, 4, 5, 6, 7}},
      {1 - x, {0, -1, -2, -3, -4, -5}},
      {x * x, {1, 4, 9, 16, 25, 36}},
      {x / 2, {0.5, 1, 1.5, 2, 2.5, 3}},
      {-x, {-1, -2, -3, -4, -5, -6}},
      {x > 3, {0, 0, 0, 1, 1, 1}},
      {x.sum(), {21}},
      {x.mean(0), {2.5, 3.5, 4.5}},
      {x.max(1), {3, 6}},
      {x.argmax(1), {2, 2}},
      {x[0], {1, 2, 3}},
      {x[{slice({}, {}, -1), 1}], {5, 2}},
      {x.T(), {1, 4, 2, 5, 3, 6}},
      {x.dot(x.T()), {14, 32, 32, 77}},
      {x.reshape({3, 2}), {1, 2, 3, 4, 5, 6}},
      {x.flatten(), {1, 2, 3, 4, 5, 6}},
      {x.dimshuffle({"x", 1, 0}), {1, 4, 2, 5, 3, 6}},
      {x.astype(int32), {1, 2, 3, 4, 5, 6}},
      {x.shape(), {2, 3}},
      {x.shape(1), {3}},
      {T::exp(T::log(x)), {1, 2, 3, 4, 5, 6}}};
  Variables outputs;
  for (const auto& [z, values] : cases) outputs.push_back(z);
  const Outputs out = function({x}, outputs)(on_dev0(a));
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const Doubles got = list(out[i]);
    ASSERT_EQ(got.size(), cases[i].second.size()) << cases[i].first.text();
    for (std::size_t j = 0; j < got.size(); ++j)
      EXPECT_NEAR(got[j], cases[i].second[j], 1e-5) << cases[i].first.text();
    // As in Theano, an expression is of the host; what runs where is for the rewrites to say.
    EXPECT_TRUE(dynamic_cast<const T::TensorType*>(&outputs[i].type())) << i;
  }
}

TEST(GpuArrayVariable, C4_21_copies_views_and_shapes_keep_values_on_the_device) {
  NEEDS_DEVICE();
  for (const DType d : {float16, float32, int8}) {
    const GpuArrayVariable x = type_of(d, {false})("x");
    const GpuArray a = on_dev0(array({7.}).astype(d));
    const auto run = [&](const Variable& z) { return function({x}, z)(a)[0]; };
    const Value copy = run(DeepCopyOp()(x));
    ASSERT_TRUE(copy.is<GpuArray>());
    EXPECT_FALSE(may_share_memory(copy.as<GpuArray>(), a));
    for (const Variable& z : {Variable(ViewOp()(x)), T::Rebroadcast({{0, true}})(x),
                              T::specify_shape(x, {1}), Variable(DeepCopyOp()(x)), Variable(x)}) {
      EXPECT_TRUE(as<GpuArrayVariable>(z));
      const Value value = run(z);
      ASSERT_TRUE(value.is<GpuArray>()) << z.text();
      EXPECT_TRUE(GpuArrayType::values_eq(value.as<GpuArray>(), a)) << z.text();
    }
    EXPECT_TRUE(as<GpuArrayVariable>(T::Rebroadcast({{0, true}})(x))->type().broadcastable()[0]);
    EXPECT_EQ(list(run(T::ShapeOf()(x))), (Doubles{1}));
    EXPECT_EQ(list(run(T::Shape_i(0)(x))), (Doubles{1}));
  }
  const GpuArrayVariable x = type_of(float32, {false})("x");
  const Function wrong = function({x}, T::specify_shape(x, {2}));
  EXPECT_THROW(wrong(array<float>({1})), ShapeError);
  EXPECT_EQ(list(wrong(array<float>({1, 2}))[0]), (Doubles{1, 2}));
}

TEST(GpuArrayVariable, C0_9_arguments_may_be_of_the_host_or_of_any_context) {
  NEEDS_DEVICE();
  const GpuArrayVariable x = type_of(float32, {false})("x");
  const Function f = function({x}, x + 1);
  for (const Value& value : {Value(array<float>({1, 2})), Value(on_dev0(array<float>({1, 2}))),
                             Value(on_dev1(array<float>({1, 2})))})
    EXPECT_EQ(list(f(value)[0]), (Doubles{2, 3}));
  const Variable h = T::fvector("h");
  EXPECT_EQ(list(function({h}, h * 2)(on_dev1(array<float>({1, 2})))[0]), (Doubles{2, 4}));
}

TEST(GpuArrayConstant, C4_16_text_and_signature) {
  NEEDS_DEVICE();
  const GpuArrayType t = type_of(float32, {false});
  const auto constant = [&](std::initializer_list<float> values) {
    return GpuArrayConstant(t, array<float>(values));
  };
  const GpuArrayConstant c = constant({1, 2});
  EXPECT_EQ(c.text(), "GpuArrayConstant{[1. 2.]}");
  EXPECT_EQ(GpuArrayConstant(t, array<float>({1}), "one").text(), "one");
  EXPECT_TRUE(c.data().is<GpuArray>());
  EXPECT_EQ(c.signature(), constant({1, 2}).signature());
  EXPECT_EQ(c.signature().hash(), constant({1, 2}).signature().hash());
  EXPECT_FALSE(c.signature() == constant({1, 3}).signature());
  EXPECT_FALSE(constant({0.f}).signature() == constant({-0.f}).signature());
  EXPECT_EQ(constant({std::nanf("")}).signature(), constant({std::nanf("")}).signature());
  EXPECT_EQ(GpuArraySignature(t, array<float>({1, 2})), c.signature());
  EXPECT_FALSE(GpuArraySignature(type_of(float64, {false}), array({1., 2.})) == c.signature());
  GpuArray mine = on_dev0(array<float>({1, 2}));
  const GpuArrayConstant kept(t, mine);
  mine.write(array<float>({9, 9}));
  EXPECT_EQ(list(kept.data()), (Doubles{1, 2}));
  EXPECT_THROW(GpuArrayConstant(t, array({1., 2.})), TypeError);
}

TEST(GpuArrayConstant, C4_16_equal_ones_merge) {
  NEEDS_DEVICE();
  const GpuArrayType t = type_of(float32, {false});
  const auto nodes = [&](float a, float b) {
    const Variable x = T::fvector("x");
    const auto term = [&](float value) {
      return T::exp(x + host_from_gpu(GpuArrayConstant(t, array<float>({value, 2}))));
    };
    const Function f = function({x}, {term(a), term(b)}, {.mode = Mode("py", "merge")});
    return f.nodes().size();
  };
  // transfer, add, exp, and a copy for the second output
  EXPECT_LT(nodes(0.f, 0.f), nodes(0.f, -0.f));
  EXPECT_EQ(nodes(0.f, 1.f), nodes(0.f, -0.f));
}
