// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/module_arrays.h"

#include <gtest/gtest.h>

#include "kroton/base/errors.h"
#include "kroton/link/module_values.h"
#include "tests/support/check_error.h"
#include "values.h"

using namespace kroton;
using namespace kroton::gpuarray;
using namespace gpuarray_test;

namespace {
// A box that is released at the end.
struct Box {
  explicit Box(Value v) : value(link::box(std::move(v))) {}
  ~Box() { kroton_release(value); }
  Box(const Box&) = delete;
  Box& operator=(const Box&) = delete;
  kroton_gpuarray* array() const { return kroton_value_gpuarray(value); }
  kroton_value* value;
};
}  // namespace

TEST(ModuleArrays, C5_4_a_handle_tells_what_the_array_is) {
  NEEDS_DEVICE();
  const GpuArray a = on_dev0(NDArray::arange(6, int16).reshape({2, 3})).transpose();
  const Box box{Value(a)};
  kroton_gpuarray* const h = box.array();
  ASSERT_TRUE(h);
  EXPECT_EQ(kroton_gpuarray_ndim(h), 2);
  EXPECT_EQ(kroton_gpuarray_dtype(h), KROTON_INT16);
  EXPECT_EQ(kroton_gpuarray_size(h), 6);
  EXPECT_EQ(kroton_gpuarray_itemsize(h), 2u);
  EXPECT_EQ(kroton_gpuarray_shape(h)[0], 3);
  EXPECT_EQ(kroton_gpuarray_strides(h)[1], 6);
  EXPECT_EQ(kroton_gpuarray_device_pointer(h), a.device_pointer());
  EXPECT_FALSE(kroton_gpuarray_is_c_contiguous(h));
  EXPECT_TRUE(kroton_gpuarray_is_f_contiguous(h));
  EXPECT_EQ(kroton_gpuarray_value(h), box.value);
  std::int16_t host[6] = {};
  EXPECT_EQ(kroton_gpuarray_read(h, host, sizeof host), 0);
  EXPECT_EQ(Doubles(host, host + 6), (Doubles{0, 3, 1, 4, 2, 5}));
  host[0] = 9;
  EXPECT_EQ(kroton_gpuarray_write(h, host, sizeof host), 0);
  EXPECT_EQ(list(Value(a)), (Doubles{9, 3, 1, 4, 2, 5}));
  const Box none{Value(2.0)};
  EXPECT_FALSE(kroton_value_gpuarray(none.value));
  EXPECT_FALSE(kroton_value_gpuarray(nullptr));
}

TEST(ModuleArrays, C5_4_new_arrays_are_made_and_used_again) {
  NEEDS_DEVICE();
  const Box like{Value(on_dev0(array<float>({1, 2})))};
  kroton_gpucontext* const context = kroton_gpuarray_context(like.array());
  const std::int64_t shape[] = {2, 2}, other[] = {3};
  kroton_gpuarray* out = nullptr;
  ASSERT_EQ(kroton_gpuarray_prepare(&out, context, KROTON_FLOAT64, 2, shape), 0);
  const std::uintptr_t place = kroton_gpuarray_device_pointer(out);
  kroton_gpuarray* const first = out;
  EXPECT_EQ(kroton_gpuarray_prepare(&out, context, KROTON_FLOAT64, 2, shape), 0);
  EXPECT_EQ(out, first);
  EXPECT_EQ(kroton_gpuarray_device_pointer(out), place);
  kroton_gpuarray_retain(out);  // another holder: its memory is not taken
  EXPECT_EQ(kroton_gpuarray_prepare(&out, context, KROTON_FLOAT64, 2, shape), 0);
  EXPECT_NE(out, first);
  kroton_gpuarray_release(first);
  EXPECT_EQ(kroton_gpuarray_prepare(&out, context, KROTON_FLOAT64, 1, other), 0);
  EXPECT_EQ(kroton_gpuarray_shape(out)[0], 3);
  kroton_gpuarray_assign(&out, like.array());
  EXPECT_EQ(out, like.array());
  kroton_gpuarray* const copy = kroton_gpuarray_copy(out);
  EXPECT_NE(kroton_gpuarray_device_pointer(copy), kroton_gpuarray_device_pointer(out));
  kroton_gpuarray_release(copy);
  kroton_gpuarray_release(out);
  kroton_gpuarray_release(nullptr);
  EXPECT_TRUE(kroton_gpucontext_equal(context, context));
  EXPECT_EQ(kroton_value_gpucontext(kroton_gpucontext_value(context)), context);
  kroton_release(kroton_gpucontext_value(context));
}

TEST(ModuleArrays, C5_4_failures_are_kept_as_the_error_of_the_thread) {
  NEEDS_DEVICE();
  const Box box{Value(on_dev0(array<float>({1, 2})))};
  float host[3] = {};
  EXPECT_NE(kroton_gpuarray_read(box.array(), host, sizeof host), 0);
  CHECK_ERROR(ValueError, link::throw_module_error("unsaid"),
              "kroton_gpuarray_read: 12 bytes are given and the array has 8; they must be equal");
  EXPECT_NE(kroton_gpuarray_check("f", box.value, KROTON_FLOAT32, 1, "dev1"), 0);
  CHECK_ERROR(TypeError, link::throw_module_error("unsaid"),
              "f: the value is " + box.value->value.text() +
                  "; a device array of float32 with 1 dimensions in dev1 is needed");
  kroton_gpucontext* const context = kroton_gpuarray_context(box.array());
  EXPECT_FALSE(kroton_gpuarray_new(context, KROTON_FLOAT32, -1, nullptr));
  CHECK_ERROR(ValueError, link::throw_module_error("unsaid"),
              "kroton_gpuarray_new: ndim is -1; it cannot be negative");
  kroton_release(kroton_gpucontext_value(context));
  EXPECT_EQ(kroton_gpuarray_check("f", box.value, KROTON_FLOAT32, 1, "dev0"), 0);
  EXPECT_EQ(kroton_gpuarray_read(box.array(), host, 8), 0);
}
