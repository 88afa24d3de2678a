// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/link/module_values.h"

#include <gtest/gtest.h>

#include "kroton/base/errors.h"
#include "kroton/graph/c_data_type.h"
#include "kroton/graph/params_type.h"

using namespace kroton;

namespace {
template <class Kind>
std::string thrown_error() {
  try {
    link::throw_module_error("unsaid");
  } catch (const Kind& error) {
    return error.what();
  } catch (const std::exception& error) {
    return std::string("another kind: ") + error.what();
  }
}
struct Held {
  explicit Held(Value value) : box(link::box(std::move(value))) {}
  explicit Held(kroton_value* taken) : box(taken) {}
  ~Held() { kroton_release(box); }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  kroton_value* box;
};
int released = 0;
void count_release(void*) { ++released; }
}  // namespace

TEST(ModuleValues, C5_4_numbers_strings_and_nothing_are_told_apart) {
  const Held number(2.5), text("abc"), array(kroton::array({1., 2.})), nothing{Value()};
  EXPECT_EQ(nothing.box, nullptr);
  EXPECT_TRUE(kroton_is_number(number.box));
  for (const kroton_value* other : {text.box, array.box, nothing.box})
    EXPECT_FALSE(kroton_is_number(other));
  EXPECT_EQ(kroton_to_double(number.box), 2.5);
  EXPECT_STREQ(kroton_to_string(text.box), "abc");
  EXPECT_EQ(kroton_to_string(number.box), nullptr);
  EXPECT_EQ(kroton_to_int64(Held(7).box), 7);
  EXPECT_FALSE(kroton_error_is_set());
  EXPECT_EQ(kroton_to_int64(number.box), 0);
  EXPECT_TRUE(kroton_error_is_set());
  thrown_error<TypeError>();
  EXPECT_EQ(kroton_to_double(nothing.box), 0.0);
  EXPECT_EQ(thrown_error<TypeError>(),
            "kroton_to_double: the value is nothing; only arrays and numbers can be read as one");
  EXPECT_EQ(Held(kroton_from_string("x")).box->value.as<std::string>(), "x");
  EXPECT_STREQ(kroton_describe(array.box), "float64 (2,)");
  EXPECT_STREQ(kroton_describe(nullptr), "nothing");
  kroton_release(nullptr);
}

TEST(ModuleValues, C5_4_array_handles_are_views_of_boxes) {
  const NDArray a = NDArray::arange(6, float32).reshape({2, 3}).transpose();
  const Held box(a);
  kroton_array* const handle = kroton_value_array(box.box);
  EXPECT_EQ(kroton_array_value(handle), box.box);
  EXPECT_EQ(kroton_array_ndim(handle), 2);
  EXPECT_EQ(kroton_array_dtype(handle), KROTON_FLOAT32);
  EXPECT_EQ(kroton_array_shape(handle)[0], 3);
  EXPECT_EQ(kroton_array_strides(handle)[0], 4);
  EXPECT_EQ(kroton_array_size(handle), 6);
  EXPECT_EQ(kroton_array_itemsize(handle), 4u);
  EXPECT_EQ(kroton_array_data(handle), a.raw());
  EXPECT_FALSE(kroton_array_is_c_contiguous(handle));
  const std::int64_t shape = 2, stride = 12;
  kroton_array* const view = kroton_array_view(handle, 1, &shape, &stride, 4);
  EXPECT_EQ(static_cast<float*>(kroton_array_data(view))[3], 4.0f);
  kroton_array_release(view);
  EXPECT_EQ(kroton_value_array(Held(2.0).box), nullptr);
}

TEST(ModuleValues, C5_4_prepare_uses_memory_again_only_when_nobody_else_sees_it) {
  const std::int64_t shape[] = {2, 3}, other[] = {3, 2};
  kroton_array* array = nullptr;
  ASSERT_EQ(kroton_array_prepare(&array, KROTON_FLOAT64, 2, shape), 0);
  kroton_array* const first = array;
  ASSERT_EQ(kroton_array_prepare(&array, KROTON_FLOAT64, 2, shape), 0);
  EXPECT_EQ(array, first);
  kroton_array_retain(first);  // another variable
  ASSERT_EQ(kroton_array_prepare(&array, KROTON_FLOAT64, 2, shape), 0);
  EXPECT_NE(array, first);
  kroton_array_release(first);
  kroton_array* now = array;
  {
    const NDArray seen = kroton_array_value(array)->value.as<NDArray>().transpose();
    ASSERT_EQ(kroton_array_prepare(&array, KROTON_FLOAT64, 2, shape), 0);
    EXPECT_NE(kroton_array_data(array), seen.raw());
  }
  now = array;
  ASSERT_EQ(kroton_array_prepare(&array, KROTON_FLOAT64, 2, other), 0);
  EXPECT_NE(array, now);
  ASSERT_EQ(kroton_array_prepare(&array, KROTON_INT8, 2, other), 0);
  EXPECT_EQ(kroton_array_dtype(array), KROTON_INT8);
  const std::int64_t negative = -1;
  EXPECT_NE(kroton_array_prepare(&array, KROTON_INT8, 1, &negative), 0);
  thrown_error<ValueError>();
  EXPECT_NE(kroton_array_prepare(&array, 77, 2, other), 0);
  thrown_error<ValueError>();
  EXPECT_EQ(kroton_array_dtype(array), KROTON_INT8);
  kroton_array_release(array);
  // Memory that the caller offers is written although the caller holds it.
  const NDArray mine = NDArray::zeros({2, 3});
  kroton_value* const offered = link::box(mine);
  offered->offered = true;
  array = kroton_value_array(offered);
  ASSERT_EQ(kroton_array_prepare(&array, KROTON_FLOAT64, 2, shape), 0);
  EXPECT_EQ(kroton_array_data(array), mine.raw());
  kroton_array_release(array);
}

TEST(ModuleValues, C5_4_errors_have_a_kind_and_the_last_one_counts) {
  kroton_set_error(KROTON_ERROR, "first");
  kroton_set_error(KROTON_SHAPE_ERROR, "lengths %d and %d", 3, 4);
  EXPECT_EQ(thrown_error<ShapeError>(), "lengths 3 and 4");
  EXPECT_FALSE(kroton_error_is_set());
  kroton_set_error(KROTON_VALUE_ERROR, "v");
  EXPECT_EQ(thrown_error<ValueError>(), "v");
  kroton_set_error(KROTON_TYPE_ERROR, "t");
  EXPECT_EQ(thrown_error<TypeError>(), "t");
  kroton_set_error(KROTON_TYPE_ERROR, "t");
  kroton_clear_error();
  EXPECT_EQ(thrown_error<Error>(), "unsaid");
  EXPECT_EQ(kroton_array_check("matrix x", nullptr, KROTON_FLOAT64, 2), -1);
  EXPECT_EQ(thrown_error<TypeError>(),
            "matrix x: the value is nothing; an array of float64 with 2 dimensions is needed");
  const Held vector(array({1., 2.}));
  EXPECT_EQ(kroton_array_check("x", vector.box, KROTON_FLOAT32, 1), -1);
  EXPECT_EQ(thrown_error<TypeError>(),
            "x: the value is float64 (2,); an array of float32 with 1 dimensions is needed");
  EXPECT_EQ(kroton_array_check("x", vector.box, KROTON_FLOAT64, 1), 0);
}

TEST(ModuleValues, C5_4_pointers_are_released_with_their_last_reference) {
  released = 0;
  int thing = 5;
  kroton_value* const box = kroton_from_pointer(&thing, count_release, "int*");
  EXPECT_EQ(kroton_to_pointer(box, "int*"), &thing);
  EXPECT_EQ(kroton_to_pointer(box, "FILE*"), nullptr);
  EXPECT_EQ(thrown_error<TypeError>(),
            "kroton_to_pointer: the value is a pointer of type int*; a pointer of type FILE* is "
            "needed");
  EXPECT_STREQ(kroton_object_kind(box), "CPointer");
  EXPECT_EQ(kroton_object_handle(box, "CPointer"), &thing);
  {
    const Value copy = link::unboxed(box);
    kroton_retain(box);
    kroton_release(box);
    kroton_release(box);
    EXPECT_EQ(released, 0);
  }
  EXPECT_EQ(released, 1);
}

TEST(ModuleValues, C5_4_elements_and_fields) {
  const float third = 1.0f / 3;
  const Held element(kroton_from_element(KROTON_FLOAT32, &third));
  float back = 0;
  EXPECT_EQ(kroton_to_element(element.box, KROTON_FLOAT32, &back), 0);
  EXPECT_EQ(back, third);
  double wide = 0;
  EXPECT_NE(kroton_to_element(element.box, KROTON_FLOAT64, &wide), 0);
  EXPECT_EQ(thrown_error<TypeError>(),
            "kroton_to_element: the value is float32 (); one element of float64 is needed");
  double parts[2];
  EXPECT_EQ(kroton_to_complex(Held(std::complex<double>(1, 2)).box, parts), 0);
  EXPECT_EQ(parts[1], 2.0);
  const Held params(Value(Params({{"a", 1.5}})));
  const Held a(kroton_get_field(params.box, "a"));
  EXPECT_EQ(kroton_to_double(a.box), 1.5);
  EXPECT_EQ(kroton_get_field(params.box, "b"), nullptr);
  EXPECT_EQ(thrown_error<ValueError>(), "params: there is no field 'b'; there are a");
}
