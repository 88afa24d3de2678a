// SPDX-License-Identifier: BSD-3-Clause
// What shared() and functions do when the flag `device` names a device: run by the ctest entry
// gpuarray.device_flag, whose environment sets it.
#include <gtest/gtest.h>

#include "kroton/base/config.h"
#include "kroton/compile/function.h"
#include "kroton/gpuarray/shared.h"
#include "kroton/gpuarray/transfer.h"
#include "kroton/gpuarray/variable.h"
#include "kroton/gradient/grad.h"
#include "kroton/tensor/dot.h"
#include "kroton/tensor/elemwise_functions.h"
#include "kroton/tensor/literals.h"
#include "kroton/tensor/reduce.h"
#include "kroton/tensor/transfer.h"
#include "values.h"

using namespace kroton;
using namespace kroton::gpuarray;
using namespace gpuarray_test;
namespace T = kroton::tensor;

#define NEEDS_FLAG()                    \
  NEEDS_DEVICE();                       \
  if (base::config().device() == "cpu") \
  GTEST_SKIP() << "this needs the flag device=opencl0:0, as gpuarray.device_flag has it"

namespace {
bool on_device(const SharedVariable& w) {
  return as<GpuArraySharedVariable>(Variable(w)).has_value();
}
}  // namespace

TEST(DeviceFlag, C4_19_shared_puts_arrays_with_axes_on_the_device) {
  NEEDS_FLAG();
  const SharedVariable w = shared(array<float>({1, 2}), "w");
  ASSERT_TRUE(on_device(w));
  EXPECT_EQ(w.type(), GpuArrayType(float32, {false}));
  EXPECT_EQ(w.type().text(), "GpuArrayType<none>(float32, vector)");
  EXPECT_TRUE(on_device(shared(array({1., 2.}))));
  EXPECT_TRUE(on_device(shared(NDArray::zeros({2, 2}, int64))));
  EXPECT_FALSE(on_device(shared(2.5)));
  EXPECT_FALSE(on_device(shared(NDArray::full({}, 2.5, float32))));
  EXPECT_FALSE(on_device(shared(NDArray::zeros({2}, complex128))));
  EXPECT_FALSE(on_device(shared("text")));
  EXPECT_FALSE(on_device(shared(array({1.}), "", {.target = "cpu"})));
  EXPECT_TRUE(on_device(shared(NDArray::full({}, 2.5, float32), "", {.target = std::nullopt})));
  EXPECT_TRUE(on_device(gpuarray_shared_constructor(array({1.}))));
}

TEST(DeviceFlag, C6_8_results_come_back_and_the_default_context_is_a_target) {
  NEEDS_FLAG();
  const SharedVariable w = shared(array({1., 2., 3., 4.}, {2, 2}), "w");
  const Variable x = T::dmatrix("x");
  const Variable z = T::dot(x, w) + 1;
  const Outputs out = function({x}, {z, T::transfer(z, "")})(array({1., 0., 0., 1.}, {2, 2}));
  ASSERT_TRUE(out[0].is<NDArray>());
  EXPECT_EQ(list(out[0]), (Doubles{2, 3, 4, 5}));
  ASSERT_TRUE(out[1].is<GpuArray>());
  EXPECT_EQ(out[1].as<GpuArray>().context(), get_context(std::nullopt));
  EXPECT_EQ(list(out[1]), (Doubles{2, 3, 4, 5}));
}

TEST(DeviceFlag, C6_9_a_step_of_training_stays_on_the_device) {
  NEEDS_FLAG();
  const SharedVariable w = shared(array({1., 2.}), "w");
  const Variable x = T::dvector("x");
  const Variable cost = T::sum(T::sqr(w - x));
  const Function step = function({x}, cost, {.updates = {{w, w - 0.25 * grad(cost, w)}}});
  const auto place = [&] { return w.get_value(true, true).as<GpuArray>().device_pointer(); };
  const auto before = place();
  EXPECT_EQ(step(array({3., 4.})).item<double>(), 8);
  EXPECT_EQ(list(w.get_value()), (Doubles{2, 3}));
  EXPECT_EQ(step(array({3., 4.})).item<double>(), 2);
  EXPECT_EQ(list(w.get_value()), (Doubles{2.5, 3.5}));
  EXPECT_EQ(place(), before);
}
