// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/shared.h"

#include <gtest/gtest.h>

#include "kroton/base/errors.h"
#include "kroton/compile/function.h"
#include "kroton/gpuarray/transfer.h"
#include "kroton/gpuarray/variable.h"
#include "kroton/tensor/literals.h"
#include "kroton/tensor/type.h"
#include "tests/support/check_error.h"
#include "values.h"

using namespace kroton;
using namespace kroton::gpuarray;
using namespace gpuarray_test;
namespace T = kroton::tensor;

namespace {
GpuArraySharedVariable make(const Value& value, const char* name = "w") {
  dev0();
  return gpuarray_shared_constructor(value, name, false, {}, false, {}, "dev0");
}
std::uintptr_t place(const SharedVariable& w) {
  return w.get_value(true, true).as<GpuArray>().device_pointer();
}
}  // namespace

TEST(GpuArraySharedVariable, C4_15_is_made_of_a_type_and_a_value) {
  NEEDS_DEVICE();
  dev0();
  const GpuArrayType t(float32, {false}, "dev0");
  GpuArraySharedVariable w("w", t, array<float>({1, 2}), false);
  EXPECT_EQ(w.name(), "w");
  EXPECT_EQ(w.type(), t);
  EXPECT_EQ(list(w.get_value()), (Doubles{1, 2}));
  const auto cell = std::make_shared<Value>();
  GpuArraySharedVariable first("a", t, array<float>({1, 2}), false, {}, cell);
  first.set_value(array<float>({3, 4}));
  EXPECT_EQ(list(*cell), (Doubles{3, 4}));
  GpuArraySharedVariable second("b", t, Value(), false, {}, cell);
  EXPECT_EQ(list(second.get_value()), (Doubles{3, 4}));
  second.set_value(array<float>({5, 6}));
  EXPECT_EQ(list(first.get_value()), (Doubles{5, 6}));
  CHECK_ERROR(TypeError, GpuArraySharedVariable("c", t, Value(), false),
              "GpuArrayType<dev0>(float32, vector): the value is nothing; an array or a number is "
              "needed");
  EXPECT_THROW(GpuArraySharedVariable("w", t, array({1., 2.}), false), TypeError);
  EXPECT_THROW(GpuArraySharedVariable("w", t, array<float>({1, 2}), true), TypeError);
  GpuArraySharedVariable lossy("w", t, array({1., 2.}), false, true);
  lossy.set_value(array({3.5, 4.}));
  EXPECT_EQ(list(lossy.get_value()), (Doubles{3.5, 4}));
  EXPECT_TRUE(as<GpuArraySharedVariable>(Variable(w)));
  EXPECT_TRUE(as<SharedVariable>(Variable(w)));
  EXPECT_FALSE(as<GpuArraySharedVariable>(Variable(shared(array({1.})))));
  EXPECT_EQ(list(function({}, w * 2 + 1)()[0]), (Doubles{3, 5}));
}

TEST(GpuArraySharedVariable, C4_15_a_number_into_a_shared_variable_without_axes) {
  NEEDS_DEVICE();
  GpuArraySharedVariable w = make(NDArray::full({}, 1, float64));
  w.set_value(0.1);
  EXPECT_EQ(w.get_value().item<double>(), 0.1);
  GpuArraySharedVariable f = make(NDArray::full({}, 1, float32));
  EXPECT_THROW(f.set_value(0.1), TypeError);
  f.set_value(2);
  EXPECT_EQ(f.get_value().item<float>(), 2);
}

TEST(GpuArraySharedVariable, C4_17_get_value) {
  NEEDS_DEVICE();
  GpuArraySharedVariable w = make(array<float>({1, 2}));
  for (const bool borrow : {false, true}) {
    const Value host = w.get_value(borrow);
    ASSERT_TRUE(host.is<NDArray>());
    EXPECT_EQ(list(host), (Doubles{1, 2}));
  }
  const Value itself = w.get_value(true, true), copy = w.get_value(false, true);
  EXPECT_EQ(itself.as<GpuArray>().device_pointer(), place(w));
  EXPECT_NE(copy.as<GpuArray>().device_pointer(), place(w));
  EXPECT_EQ(list(copy), (Doubles{1, 2}));
  NDArray host = w.get_value(true);
  host.at<float>({0}) = 9;
  EXPECT_EQ(list(w.get_value()), (Doubles{1, 2}));
}

TEST(GpuArraySharedVariable, C4_18_set_value_of_a_host_array_stays_in_place) {
  NEEDS_DEVICE();
  GpuArraySharedVariable w = make(array<float>({1, 2, 3, 4}));
  const Function one = function({}, w + 1), two = function({}, w * w);
  const auto before = place(w);
  for (const bool borrow : {false, true}) {
    NDArray host = array<float>({5, 6, 7, 8});
    w.set_value(host, borrow);
    host.at<float>({0}) = 99;
    EXPECT_EQ(place(w), before);
    EXPECT_EQ(list(one()[0]), (Doubles{6, 7, 8, 9}));
    EXPECT_EQ(list(two()[0]), (Doubles{25, 36, 49, 64}));
  }
  // Backwards on the host: made C-contiguous before it goes.
  w.set_value(array<float>({1, 2, 3, 4}).slice({slice({}, {}, -1)}));
  EXPECT_EQ(place(w), before);
  EXPECT_EQ(list(w.get_value()), (Doubles{4, 3, 2, 1}));
  w.set_value(array<float>({1, 2}));
  EXPECT_EQ(list(one()[0]), (Doubles{2, 3}));
  EXPECT_THROW(w.set_value(array({1., 2.})), TypeError);
  EXPECT_EQ(list(one()[0]), (Doubles{2, 3}));
}

TEST(GpuArraySharedVariable, C4_18_set_value_of_a_device_array) {
  NEEDS_DEVICE();
  GpuArraySharedVariable w = make(array<float>({1, 2}));
  const GpuArray a = on_dev0(array<float>({3, 4}));
  w.set_value(a, true);
  EXPECT_EQ(place(w), a.device_pointer());
  w.set_value(a, false);
  EXPECT_NE(place(w), a.device_pointer());
  EXPECT_EQ(list(w.get_value()), (Doubles{3, 4}));
  w.set_value(on_dev1(array<float>({5, 6})), true);
  EXPECT_EQ(w.get_value(true, true).as<GpuArray>().context(), dev0());
  EXPECT_EQ(list(w.get_value()), (Doubles{5, 6}));
}

TEST(GpuArraySharedVariable, C4_18_a_view_that_was_lent_and_then_a_host_array) {
  NEEDS_DEVICE();
  GpuArraySharedVariable w = make(NDArray::zeros({3, 3}, float32));
  const Function f = function({}, w * 2), g = function({}, w.sum());
  const GpuArray whole = on_dev0(NDArray::arange(9, int64).reshape({3, 3}).astype(float32));
  const GpuArray view = whole.slice({slice({}, {}, 2)});
  for (const bool borrow : {true, false}) {
    w.set_value(view, borrow);
    EXPECT_EQ(list(f()[0]), (Doubles{0, 2, 4, 12, 14, 16}));
    EXPECT_EQ(g().item<double>(), 24);
    w.set_value(array<float>({1, 1, 1, 2, 2, 2}, {2, 3}));
    EXPECT_EQ(list(f()[0]), (Doubles{2, 2, 2, 4, 4, 4}));
    EXPECT_EQ(g().item<double>(), 9);
  }
}

TEST(GpuArraySharedVariable, C6_9_updates_of_unchanged_shape_stay_in_place) {
  NEEDS_DEVICE();
  GpuArraySharedVariable w = make(array<float>({1, 2}), "w");
  const auto before = place(w);
  const Variable x = T::fvector("x");
  const Function step = function({x}, {}, {.updates = {{w, w - x}}});
  for (int i = 0; i < 3; ++i) step(array<float>({1, 2}));
  EXPECT_EQ(place(w), before);
  EXPECT_EQ(list(w.get_value()), (Doubles{-2, -4}));
  const Function longer = function({x}, {}, {.updates = {{w, x}}});
  longer(array<float>({1, 2, 3}));
  EXPECT_EQ(list(w.get_value()), (Doubles{1, 2, 3}));
  EXPECT_THROW(step(array<float>({1, 2})), ShapeError);
  EXPECT_EQ(list(w.get_value()), (Doubles{1, 2, 3}));
}

TEST(GpuArraySharedVariable, C6_9_two_that_change_places_keep_what_they_give_each_other) {
  NEEDS_DEVICE();
  GpuArraySharedVariable a = make(array<float>({1, 2}), "a"), b = make(array<float>({3, 4}), "b");
  const Function swap = function({}, {Variable(a)}, {.updates = {{a, b}, {b, a}}});
  const Outputs old = swap();
  EXPECT_EQ(list(a.get_value()), (Doubles{3, 4}));
  EXPECT_EQ(list(b.get_value()), (Doubles{1, 2}));
  EXPECT_EQ(list(old[0]), (Doubles{1, 2}));
  swap();
  EXPECT_EQ(list(a.get_value()), (Doubles{1, 2}));
  EXPECT_EQ(list(old[0]), (Doubles{1, 2}));
}

TEST(GpuArraySharedVariable, C6_9_an_output_of_the_old_value_keeps_it) {
  NEEDS_DEVICE();
  GpuArraySharedVariable w = make(array<float>({1, 2, 3}), "w");
  const Variable part = host_from_gpu(w)[{slice(1, 3)}].transfer("dev0");
  const Function f = function({}, {Out(w, {.borrow = true}), part}, {.updates = {{w, w * 10}}});
  const Outputs old = f();
  EXPECT_EQ(list(old[0]), (Doubles{1, 2, 3}));
  EXPECT_EQ(list(old[1]), (Doubles{2, 3}));
  EXPECT_EQ(list(w.get_value()), (Doubles{10, 20, 30}));
}

TEST(GpuArraySharedConstructor, C4_19_refuses_with_its_reasons) {
  NEEDS_DEVICE();
  dev0();
  const NDArray a = array<float>({1, 2});
  const auto at = [](const Value& value, compile::Target target) {
    return gpuarray_shared_constructor(value, "", false, {}, false, {}, target);
  };
  CHECK_ERROR(TypeError, at(a, "cpu"),
              "gpuarray_shared_constructor: target is 'cpu': not for me; leave target out, or give "
              "the name of a context");
  CHECK_ERROR(
      TypeError, at(2.5, "dev0"),
      "gpuarray_shared_constructor: the value is 2.5, no array; an NDArray or a GpuArray is "
      "required");
  CHECK_ERROR(
      TypeError, at("text", {}),
      "gpuarray_shared_constructor: the value is 'text', no array; an NDArray or a GpuArray "
      "is required");
  CHECK_ERROR(TypeError, at(NDArray::zeros({2}, complex64), {}),
              "gpuarray_shared_constructor: the value is complex64 (2,); The GPU do not support "
              "that value, keep it on the host");
  CHECK_ERROR(TypeError, at(NDArray::full({}, 1, float32), {}),
              "gpuarray_shared_constructor: the value is float32 (), without axes; We do not move "
              "that data by default to the GPU, pass a target if it shall go there");
  for (const compile::Target& none : {compile::Target(), compile::Target(std::nullopt)}) {
    CHECK_ERROR(
        TypeError, at(a, none),
        "gpuarray_shared_constructor: No default context and no context specified; set flag "
        "device, open one by init_dev(device), or pass a target");
  }
  CHECK_ERROR(ContextNotDefined, at(a, "nowhere"), "context name nowhere not defined");
  CHECK_ERROR(
      TypeError, gpuarray_shared_constructor(a, "", false, {}, false, std::vector<bool>{}, "dev0"),
      "gpuarray_shared_constructor: broadcastable has 0 flags and the value shape (2,); one "
      "flag per axis is needed");
  EXPECT_THROW(at(NDArray::zeros({2}, complex64), "dev0"), TypeError);
  EXPECT_EQ(list(at(NDArray::full({}, 1.5, float32), "dev0").get_value()), (Doubles{1.5}));
  EXPECT_EQ(list(at(a, "dev0").get_value()), (Doubles{1, 2}));
}

TEST(GpuArraySharedConstructor, C4_19_takes_copies_unless_it_may_borrow) {
  NEEDS_DEVICE();
  const GpuArray a = on_dev0(array<float>({1, 2}));
  const auto at = [&](bool borrow, const char* target) {
    return gpuarray_shared_constructor(a, "", false, {}, borrow, {}, target);
  };
  dev1();
  EXPECT_EQ(place(at(true, "dev0")), a.device_pointer());
  EXPECT_NE(place(at(false, "dev0")), a.device_pointer());
  EXPECT_EQ(at(true, "dev1").get_value(true, true).as<GpuArray>().context(), dev1());
  const auto row = gpuarray_shared_constructor(NDArray::zeros({1, 2}), "row", false, {}, false,
                                               std::vector<bool>{true, false}, "dev0");
  EXPECT_EQ(row.type(), GpuArrayType(float64, {true, false}, "dev0"));
  EXPECT_EQ(row.name(), "row");
}

TEST(Shared, C4_19_goes_to_the_target_and_stays_on_the_host_without_one) {
  NEEDS_DEVICE();
  dev0();
  const NDArray a = array<float>({1, 2});
  EXPECT_TRUE(as<GpuArraySharedVariable>(shared(a, "w", {.target = "dev0"})));
  EXPECT_FALSE(as<GpuArraySharedVariable>(shared(a)));
  EXPECT_FALSE(as<GpuArraySharedVariable>(shared(a, "w", {.target = "cpu"})));
  const SharedVariable there = shared(on_dev0(a));
  EXPECT_TRUE(as<GpuArraySharedVariable>(there));
  EXPECT_EQ(list(shared(on_dev0(a), "w", {.target = "cpu"}).get_value()), (Doubles{1, 2}));
  CHECK_ERROR(ContextNotDefined, shared(a, "w", {.target = "nowhere"}),
              "context name nowhere not defined");
  CHECK_ERROR(TypeError, shared(2.5, "w", {.target = "dev0"}),
              "shared: 2.5 is no value that a shared variable on a device can hold; pass an array");
  const SharedVariable col =
      shared(NDArray::zeros({2, 1}), "c", {.broadcastable = {false, true}, .target = "dev0"});
  EXPECT_EQ(col.type().text(), "GpuArrayType<dev0>(float64, col)");
}
