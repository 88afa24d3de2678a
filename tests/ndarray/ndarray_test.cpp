// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/ndarray/ndarray.h"

#include <cmath>

#include "kroton/ndarray/half.h"
#include "reference.h"

namespace kroton {
TEST(NDArray, C0_2_array_takes_its_dtype_from_the_values) {
  EXPECT_EQ(array({1, 2, 3}).dtype(), int64);
  EXPECT_EQ(array<int>({1, 2, 3}).dtype(), int32);
  EXPECT_EQ(array({1., 2.}).dtype(), float64);
  EXPECT_EQ(array({1.f}).dtype(), float32);
  EXPECT_EQ(array({true, false}).dtype(), bool_);
  EXPECT_EQ(array({std::complex<float>(1, 2)}).dtype(), complex64);
  EXPECT_EQ(array({Half{0x3c00}}).dtype(), float16);
  EXPECT_EQ(array(std::vector<std::uint8_t>{1, 2}).dtype(), uint8);
  const NDArray flags = array(std::vector<bool>{true, false, true});
  EXPECT_EQ(flags.dtype(), bool_);
  EXPECT_FALSE(flags.at<bool>({1}));
  EXPECT_EQ(array({}).shape(), Shape{0});
}
TEST(NDArray, C0_2_array_takes_a_shape) {
  const NDArray a = array<float>({1, 2, 3, 4, 5, 6}, {2, 3});
  EXPECT_EQ(a.shape(), (Shape{2, 3}));
  EXPECT_EQ(a.strides(), (Shape{12, 4}));
  EXPECT_EQ(a.ndim(), 2u);
  EXPECT_EQ(a.size(), 6u);
  EXPECT_EQ(a.at<float>({1, 0}), 4.f);
  EXPECT_EQ(array({1, 2}, {2, 1}).dtype(), int64);
  EXPECT_EQ(array({7}, Shape{}).item<int>(), 7);
  EXPECT_ERROR(ValueError, array<float>({1, 2, 3, 4, 5}, {2, 3}),
               "array: 5 values do not fill shape (2, 3); it takes 6");
}
TEST(NDArray, a_default_array_is_empty_and_usable) {
  NDArray a;
  EXPECT_EQ(a.shape(), Shape{0});
  EXPECT_EQ(a.dtype(), float64);
  EXPECT_TRUE(a.is_c_contiguous());
  EXPECT_FALSE(a.is_mapped());
  EXPECT_FALSE(a.is_sole_owner());
  EXPECT_EQ(a.copy().size(), 0u);
  EXPECT_EQ(a.reshape({0, 5}).shape(), (Shape{0, 5}));
  EXPECT_TRUE(a.span<double>().empty());
  NDArray moved = std::move(a);
  EXPECT_EQ(a.size(), 0u);  // NOLINT: a moved-from array is a default one
  a = array({1});
  EXPECT_EQ(a.size(), 1u);
}
TEST(NDArray, C0_2_copies_of_a_handle_share_memory_and_copy_does_not) {
  NDArray a = array({1., 2., 3.}), b = a, c = a.copy();
  b.at<double>({0}) = 9;
  EXPECT_EQ(a.at<double>({0}), 9);
  EXPECT_EQ(c.at<double>({0}), 1);
  EXPECT_TRUE(may_share_memory(a, b));
  EXPECT_FALSE(may_share_memory(a, c));
  EXPECT_FALSE(a.is_sole_owner());
  EXPECT_TRUE(c.is_sole_owner());
  const NDArray view = c.slice({slice(1)});
  EXPECT_FALSE(c.is_sole_owner());
  EXPECT_EQ(view.buffer(), c.buffer());
  EXPECT_FALSE(may_share_memory(c.slice({slice(0, 1)}), view));
}
TEST(NDArray, zeros_and_full_fill) {
  EXPECT_EQ(NDArray::zeros({2, 2}).to_vector<double>(), std::vector<double>(4, 0.0));
  EXPECT_EQ(NDArray::full({2}, 2.7, int32).to_vector<std::int32_t>(),
            std::vector<std::int32_t>(2, 2));
  EXPECT_EQ(NDArray::full({}, 1.5, float16).item<double>(), 1.5);
  EXPECT_EQ(NDArray::full({1}, 1.5, complex64).at<std::complex<float>>({0}),
            std::complex<float>(1.5f));
}
TEST(NDArray, C0_3_to_vector_gives_all_elements_in_C_order) {
  EXPECT_EQ(array<bool>({true, false, true}).to_vector<bool>(),
            (std::vector<bool>{true, false, true}));
  EXPECT_EQ(NDArray::zeros({0}, bool_).to_vector<bool>(), std::vector<bool>());
  const NDArray table = array({1, 2, 3, 4, 5, 6}, {2, 3});
  EXPECT_EQ(table.transpose().to_vector<std::int64_t>(),
            (std::vector<std::int64_t>{1, 4, 2, 5, 3, 6}));
  EXPECT_EQ(table.slice({1, slice({}, {}, -2)}).to_vector<std::int64_t>(),
            (std::vector<std::int64_t>{6, 4}));
  EXPECT_EQ(array({7}, {}).to_vector<std::int64_t>(), std::vector<std::int64_t>{7});
}

TEST(NDArray, data_at_and_span_check_the_dtype) {
  NDArray a = array({1., 2., 3., 4.}, {2, 2});
  EXPECT_ERROR(
      TypeError, a.data<float>(),
      "data: the array holds float64, float32 was asked for; use astype(float32) or ask for "
      "the C++ type of float64");
  EXPECT_ERROR(TypeError, a.at<int>({0, 0}),
               "at: the array holds float64, int32 was asked for; use astype(int32) or ask for the "
               "C++ type of float64");
  EXPECT_ERROR(
      TypeError, a.data<long double>(),
      "data: the array holds float64, and the type asked for is no dtype's; ask for the C++ "
      "type of float64");
  EXPECT_EQ(a.data<double>()[3], 4);
  a.span<double>()[3] = 5;
  EXPECT_EQ(a.at<double>({1, 1}), 5);
  EXPECT_EQ(array({1, 2}).data<long long>()[1], 2);
}
TEST(NDArray, at_checks_the_bounds) {
  const NDArray a = array({1., 2., 3., 4., 5., 6.}, {2, 3});
  EXPECT_EQ(a.at<double>({-1, -3}), 4);
  EXPECT_ERROR(ValueError, a.at<double>({1, 3}),
               "at: index (1, 3) is out of bounds for shape (2, 3); axis 1 has length 3");
  EXPECT_ERROR(ValueError, a.at<double>({-3, 0}),
               "at: index (-3, 0) is out of bounds for shape (2, 3); axis 0 has length 2");
  EXPECT_ERROR(ValueError, a.at<double>({1}),
               "at: index (1,) does not fit shape (2, 3); give one index per axis");
  EXPECT_EQ(a.at<double>({1, 2}), 6);
}
TEST(NDArray, span_needs_a_contiguous_array) {
  NDArray t = array({1, 2, 3, 4}, {2, 2}).transpose();
  EXPECT_ERROR(ValueError, t.span<std::int64_t>(),
               "span: the array of shape (2, 2) has strides (8, 16) and is not C-contiguous; use "
               "copy() first");
  EXPECT_EQ(t.to_vector<std::int64_t>(), (std::vector<std::int64_t>{1, 3, 2, 4}));
}
TEST(NDArray, item_converts_only_what_keeps_its_value) {
  EXPECT_EQ(array({2.0}).item<int>(), 2);
  EXPECT_EQ(array({2}, {1, 1}).item<double>(), 2.0);
  EXPECT_EQ(array({0.1}).item<double>(), 0.1);
  EXPECT_EQ(array({std::complex<double>(3, 0)}).item<float>(), 3.f);
  EXPECT_TRUE(array({1}).item<bool>());
  EXPECT_TRUE(std::isnan(array<double>({NAN}).item<float>()));
  EXPECT_EQ(to_float(array({1.5}).item<Half>()), 1.5f);
  const std::pair<NDArray, std::string> cases[] = {
      {array({2.5}),
       "item: 2.5 (float64) has no equal in int32; ask for float64, or use astype(int32)"},
      {array({3000000000}),
       "item: 3000000000 (int64) has no equal in int32; ask for int64, or use astype(int32)"},
      {array<double>({NAN}),
       "item: nan (float64) has no equal in int32; ask for float64, or use astype(int32)"},
      {array({std::complex<double>(3, 1)}),
       "item: (3+1j) (complex128) has no equal in int32; ask for complex128, or use astype(int32)"},
      {array({1, 2}), "item: the array of shape (2,) has 2 elements; it takes exactly one"},
  };
  for (const auto& [a, text] : cases) {
    EXPECT_EQ(error_text<Error>([&, b = a] { b.item<int>(); }), text);
  }
  EXPECT_EQ(error_text<TypeError>([] { array({(std::int64_t{1} << 53) + 1}).item<double>(); }),
            "item: 9007199254740993 (int64) has no equal in float64; ask for int64, or use "
            "astype(float64)");
  EXPECT_EQ(error_text<TypeError>([] { array({-1}).item<std::uint64_t>(); }),
            "item: -1 (int64) has no equal in uint64; ask for int64, or use astype(uint64)");
  EXPECT_EQ(error_text<TypeError>([] { array({0.1}).item<float>(); }),
            "item: 0.1 (float64) has no equal in float32; ask for float64, or use astype(float32)");
  EXPECT_EQ(error_text<TypeError>([] { array({std::int64_t{INT64_MAX}}).item<double>(); }),
            "item: 9223372036854775807 (int64) has no equal in float64; ask for int64, or use "
            "astype(float64)");
}
TEST(NDArray, C0_3_wrap_uses_foreign_memory_and_keeps_its_owner) {
  auto owner = std::make_shared<std::vector<float>>(std::vector<float>{1, 2, 3, 4, 5, 6});
  const std::weak_ptr<std::vector<float>> watch = owner;
  {
    NDArray view;
    {
      NDArray a = NDArray::wrap(owner->data(), {2, 3}, {4, 8}, float32, owner);
      EXPECT_EQ(a.raw(), owner->data());
      EXPECT_TRUE(a.is_f_contiguous());
      a.at<float>({1, 2}) = 60;
      EXPECT_EQ(owner->back(), 60);
      view = a.slice({1});
      EXPECT_FALSE(a.is_sole_owner());
    }
    owner.reset();
    EXPECT_FALSE(watch.expired());
    EXPECT_EQ(view.to_vector<float>(), (std::vector<float>{2, 4, 60}));
  }
  EXPECT_TRUE(watch.expired());
}
TEST(NDArray, C0_3_wrap_takes_negative_and_zero_strides) {
  double x[3] = {1, 2, 3};
  EXPECT_EQ(NDArray::wrap(x + 2, {3}, {-8}, float64, nullptr).to_vector<double>(),
            (std::vector<double>{3, 2, 1}));
  EXPECT_EQ(NDArray::wrap(x, {2, 3}, {0, 8}, float64, nullptr).copy().to_vector<double>(),
            (std::vector<double>{1, 2, 3, 1, 2, 3}));
  EXPECT_EQ(NDArray::wrap(nullptr, {0, 3}, {24, 8}, float64, nullptr).size(), 0u);
}
TEST(NDArray, C0_3_wrap_checks_its_arguments) {
  double x = 0;
  EXPECT_ERROR(ValueError, NDArray::wrap(nullptr, {2}, {8}, float64, nullptr),
               "wrap: the pointer is null for shape (2,); only arrays without elements have none");
  EXPECT_ERROR(ValueError, NDArray::wrap(&x, {1, -1}, {8, 8}, float64, nullptr),
               "wrap: shape (1, -1) has a negative length; use lengths >= 0");
  EXPECT_ERROR(ValueError, NDArray::wrap(&x, {1, 1}, {8}, float64, nullptr),
               "wrap: shape (1, 1) and strides (8,) differ in length; give one stride in bytes per "
               "axis");
  EXPECT_EQ(NDArray::wrap(&x, {1, 1}, {8, 8}, float64, nullptr).size(), 1u);
}
TEST(NDArray, misaligned_foreign_memory_is_read_right) {
  alignas(8) unsigned char bytes[17];
  const double values[2] = {1.5, -2.5};
  std::memcpy(bytes + 1, values, 16);
  const NDArray a = NDArray::wrap(bytes + 1, {2}, {8}, float64, nullptr);
  EXPECT_EQ(a.copy().to_vector<double>(), (std::vector<double>{1.5, -2.5}));
  EXPECT_EQ(a.astype(int32).at<std::int32_t>({1}), -2);
  EXPECT_EQ(a.slice({1}).item<double>(), -2.5);
}
TEST(NDArray, C0_3_spans_and_vectors_go_in_and_out) {
  const double values[] = {1, 2, 3};
  NDArray a = array(std::span(values));
  EXPECT_EQ(a.dtype(), float64);
  for (double& x : a.span<double>()) x *= 2;
  EXPECT_EQ(a.to_vector<double>(), (std::vector<double>{2, 4, 6}));
  EXPECT_EQ(array(std::vector<float>{1, 2}, {1, 2}).shape(), (Shape{1, 2}));
}
TEST(NDArray, a_view_keeps_the_memory_alive_and_an_array_costs_one_buffer) {
  const auto before = memory_statistics();
  {
    NDArray row;
    {
      NDArray a = NDArray::zeros({3, 4});
      row = a.slice({1});
    }
    EXPECT_EQ(memory_statistics().allocations, before.allocations + 1);
    EXPECT_EQ(memory_statistics().bytes_live, before.bytes_live + 96);
    row.at<double>({3}) = 1;
  }
  EXPECT_EQ(memory_statistics().bytes_live, before.bytes_live);
}
TEST(NDArray, arrays_of_64_dimensions_work) {
  const NDArray a = NDArray::full(Shape(64, 1), 3);
  EXPECT_EQ(a.transpose().copy().reshape({}).item<int>(), 3);
}
}  // namespace kroton
