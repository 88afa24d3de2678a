// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/array.h"

#include <gtest/gtest.h>

#include "contexts.h"
#include "kroton/base/errors.h"
#include "kroton/ndarray/half.h"
#include "tests/support/check_error.h"

using namespace kroton;
using namespace kroton::gpuarray;
using gpuarray_test::dev0;
using gpuarray_test::dev1;

namespace {
template <class T>
std::vector<T> values(const GpuArray& a) {
  return a.to_host().to_vector<T>();
}
constexpr DType device_dtypes[] = {bool_,  int8,   int16,   int32,    int64,   uint8,  uint16,
                                   uint32, uint64, float16, bfloat16, float32, float64};
}  // namespace

TEST(GpuArray, C4_1_goes_to_the_device_and_back) {
  NEEDS_DEVICE();
  const GpuArray a = GpuArray::from_host(array({1., 2., 3., 4., 5., 6.}, {2, 3}), dev0());
  EXPECT_EQ(a.shape(), (Shape{2, 3}));
  EXPECT_EQ(a.strides(), (Shape{24, 8}));
  EXPECT_EQ(a.ndim(), 2u);
  EXPECT_EQ(a.size(), 6u);
  EXPECT_EQ(a.dtype(), float64);
  EXPECT_EQ(a.typecode(), 12);
  EXPECT_TRUE(a.context() == dev0());
  EXPECT_TRUE(a.is_c_contiguous());
  EXPECT_FALSE(a.is_f_contiguous());
  EXPECT_EQ(values<double>(a), (std::vector<double>{1, 2, 3, 4, 5, 6}));
}

TEST(GpuArray, C4_1_views_share_memory) {
  NEEDS_DEVICE();
  GpuArray a = GpuArray::from_host(NDArray::arange(12, int32).reshape({3, 4}), dev0());
  GpuArray part = a.slice({slice(std::nullopt, std::nullopt, -2), slice(1, 3)});
  EXPECT_EQ(part.shape(), (Shape{2, 2}));
  EXPECT_EQ(part.strides(), (Shape{-32, 4}));
  EXPECT_EQ(values<std::int32_t>(part), (std::vector<std::int32_t>{9, 10, 1, 2}));
  EXPECT_EQ(part.device_pointer(), a.device_pointer() + 36);
  part.write(array<int>({-1, -2, -3, -4}, {2, 2}));
  EXPECT_EQ(values<std::int32_t>(a),
            (std::vector<std::int32_t>{0, -3, -4, 3, 4, 5, 6, 7, 8, -1, -2, 11}));
  EXPECT_TRUE(may_share_memory(a, part));
  EXPECT_FALSE(may_share_memory(a, a.copy()));
  EXPECT_FALSE(may_share_memory(a.slice({0}), a.slice({2})));
  const GpuArray t = a.transpose();
  EXPECT_TRUE(t.is_f_contiguous());
  EXPECT_EQ(t.shape(), (Shape{4, 3}));
  EXPECT_EQ(values<std::int32_t>(t.slice({1})), (std::vector<std::int32_t>{-3, 5, -1}));
  EXPECT_EQ(a.slice({newaxis, ellipsis, 3}).shape(), (Shape{1, 3}));
  CHECK_ERROR(ValueError, a.slice({3}),
              "slice: index 3 is out of bounds for axis 0 of shape (3, 4); the axis has length 3");
}

TEST(GpuArray, reshapes_and_stretches) {
  NEEDS_DEVICE();
  const GpuArray a = GpuArray::from_host(NDArray::arange(6, int64).reshape({2, 3}), dev0());
  EXPECT_TRUE(may_share_memory(a, a.reshape({3, -1})));
  EXPECT_EQ(values<std::int64_t>(a.transpose().reshape({-1})),
            (std::vector<std::int64_t>{0, 3, 1, 4, 2, 5}));
  const GpuArray wide = a.slice({slice(0, 1)}).broadcast_to({2, 2, 3});
  EXPECT_EQ(wide.strides(), (Shape{0, 0, 8}));
  EXPECT_EQ(values<std::int64_t>(wide),
            (std::vector<std::int64_t>{0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2}));
  CHECK_ERROR(ShapeError, a.broadcast_to({4, 3}),
              "GpuArray::broadcast_to: shape (2, 3) does not stretch to (4, 3); lengths must be "
              "equal, or 1 in the array");
}

TEST(GpuArray, every_dtype_is_stored_and_converted_as_on_the_host) {
  NEEDS_DEVICE();
  const NDArray numbers = array({0., 1., 2.5, -3., 100., 0.1});
  for (const DType from : device_dtypes) {
    const NDArray host = numbers.slice({slice(0, is_floating(from) ? 6 : 3)}).astype(from);
    const GpuArray device = GpuArray::from_host(host, dev0());
    EXPECT_EQ(device.typecode(), type_number(from));
    for (const DType to : device_dtypes) {
      // Each pair is a program: those with a wide dtype on one side, and the narrow floats.
      if (from != float64 && to != float32 && !(from == int64 && is_discrete(to))) continue;
      const NDArray expected = host.astype(to), found = device.astype(to).to_host();
      EXPECT_EQ(found.dtype(), to);
      EXPECT_EQ(found.astype(float64).to_vector<double>(),
                expected.astype(float64).to_vector<double>())
          << name(from) << " to " << name(to);
    }
  }
}

TEST(GpuArray, fills_and_zeros) {
  NEEDS_DEVICE();
  EXPECT_EQ(values<float>(GpuArray::zeros({2, 2}, float32, dev0())), std::vector<float>(4, 0.f));
  GpuArray a = GpuArray::full({3, 2}, array({2.5}).reshape({}), float64, dev0());
  a.slice({ellipsis, 1}).fill(array({7}).reshape({}));
  EXPECT_EQ(values<double>(a), (std::vector<double>{2.5, 7, 2.5, 7, 2.5, 7}));
  CHECK_ERROR(ShapeError, a.fill(array({1., 2.})),
              "GpuArray::fill: the value has shape (2,); it must be one number, of shape ()");
}

TEST(GpuArray, empty_and_0d_arrays) {
  NEEDS_DEVICE();
  const GpuArray none = GpuArray::from_host(NDArray::zeros({0, 3}), dev0());
  EXPECT_EQ(none.to_host().shape(), (Shape{0, 3}));
  EXPECT_EQ(none.copy().astype(int32).to_host().shape(), (Shape{0, 3}));
  const GpuArray one = GpuArray::from_host(array({4.}).reshape({}), dev0());
  EXPECT_EQ(one.to_host().item<double>(), 4.);
  EXPECT_EQ(one.astype(int16).copy_to(dev1()).to_host().item<int>(), 4);
}

TEST(GpuArray, goes_from_context_to_context) {
  NEEDS_DEVICE();
  const GpuArray a = GpuArray::from_host(NDArray::arange(6, int64).reshape({2, 3}), dev0());
  const GpuArray b = a.transpose().copy_to(dev1());
  EXPECT_TRUE(b.context() == dev1());
  EXPECT_EQ(values<std::int64_t>(b), (std::vector<std::int64_t>{0, 3, 1, 4, 2, 5}));
  GpuArray c = GpuArray::zeros({2, 3}, int64, dev0());
  c.transpose().write(b);
  EXPECT_EQ(values<std::int64_t>(c), (std::vector<std::int64_t>{0, 1, 2, 3, 4, 5}));
}

TEST(GpuArray, a_write_from_itself_reads_before_it_writes) {
  NEEDS_DEVICE();
  GpuArray a = GpuArray::from_host(NDArray::arange(5, int64), dev0());
  a.slice({slice(1, {})}).write(a.slice({slice(0, 4)}));
  EXPECT_EQ(values<std::int64_t>(a), (std::vector<std::int64_t>{0, 0, 1, 2, 3}));
}

TEST(GpuArray, says_what_does_not_fit) {
  NEEDS_DEVICE();
  GpuArray a = GpuArray::zeros({2, 3}, float64, dev0());
  const std::uintptr_t pointer = a.device_pointer();
  CHECK_ERROR(ShapeError, a.write(NDArray::zeros({3, 2})),
              "GpuArray::write: the value has shape (3, 2) and the array (2, 3); they must be "
              "equal");
  CHECK_ERROR(TypeError, a.write(NDArray::zeros({2, 3}, float32)),
              "GpuArray::write: the value is float32 and the array float64; cast it with astype");
  CHECK_ERROR(TypeError, GpuArray::from_host(NDArray::zeros({2}, complex64), dev0()),
              "GpuArray::from_host: complex64 arrays cannot be on a device; take the real and the "
              "imaginary part");
  CHECK_ERROR(TypeError, GpuArray::from_host(NDArray::zeros({2}), GpuContext()),
              "GpuArray::from_host: the context is null; open one with init_dev");
  CHECK_ERROR(ValueError, GpuArray().shape(),
              "GpuArray: the array is null; make one with GpuArray::from_host");
  a.write(NDArray::full({2, 3}, 2));
  EXPECT_EQ(a.device_pointer(), pointer);
  EXPECT_EQ(values<double>(a), std::vector<double>(6, 2.));
}

TEST(GpuArray, is_a_value) {
  NEEDS_DEVICE();
  const Value v = GpuArray::from_host(array({1., 2.}), dev0());
  ASSERT_TRUE(v.is<GpuArray>());
  EXPECT_EQ(values<double>(v.as<GpuArray>()), (std::vector<double>{1, 2}));
  EXPECT_EQ(v.text(), "GpuArray(float64, (2,), " + dev0().device() + ")");
  EXPECT_FALSE(v.copy().as<GpuArray>().device_pointer() == v.as<GpuArray>().device_pointer());
}
