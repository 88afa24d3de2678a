// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/cuda/cublaslt.h"

#include <gtest/gtest.h>

#include <cmath>

#include "kroton/kroton.h"

using namespace kroton;
using namespace kroton::gpuarray;

namespace {
NDArray wave(Shape shape, DType dtype = float32) {
  std::int64_t n = 1;
  for (const std::int64_t length : shape) n *= length;
  std::vector<double> values;
  for (std::int64_t i = 0; i < n; ++i) values.push_back(std::sin(0.7 * static_cast<double>(i)) * 3);
  return array(values, std::move(shape)).astype(dtype);
}
Place place(const NDArray& x) {
  const auto address = reinterpret_cast<std::uintptr_t>(x.raw());
  return {{address, address}, 0};
}
std::array<std::int64_t, 3> steps(const NDArray& x) {
  const auto bytes = static_cast<std::int64_t>(itemsize(x.dtype()));
  return {0, x.strides_data()[0] / bytes, x.strides_data()[1] / bytes};
}
GemmCall describe(const NDArray& a, const NDArray& b, const NDArray& z) {
  return {z.dtype(), 1,        a.shape()[0], b.shape()[1], a.shape()[1], place(a),
          place(b),  place(z), steps(a),     steps(b),     steps(z),     1,
          0};
}
NDArray swapped(const NDArray& a) { return a.transpose().copy().transpose(); }
}  // namespace

TEST(CublasLt, adds_a_bias_and_clamps_while_it_writes_the_product) {
  std::string why;
  const auto lt = cuda::CublasLt::open(FAKE_CUBLASLT, why);
  ASSERT_TRUE(lt) << why;
  const base::Dynlib fake(FAKE_CUBLASLT);
  const auto left_over = fake.function<int()>("fake_descriptions");
  void* handle = nullptr;
  ASSERT_EQ(lt->cublasLtCreate(&handle), 0);
  const NDArray a = wave({9, 70}), b = wave({70, 67}), bias = wave({67}), scratch = wave({100});
  for (const auto& [x, y] : {std::pair(a, b), std::pair(swapped(a), b), std::pair(a, swapped(b)),
                             std::pair(swapped(a), swapped(b))}) {
    for (const bool with_bias : {false, true}) {
      for (const bool relu : {false, true}) {
        const NDArray z = NDArray::full({9, 67}, 1e30, float32);
        Epilogue then{std::nullopt, relu, place(scratch), 400};
        if (with_bias) then.bias = place(bias);
        int code = -1;
        ASSERT_TRUE(lt->multiply(handle, nullptr, describe(x, y, z), then, code));
        EXPECT_EQ(code, 0);
        EXPECT_EQ(left_over(), 0);
        for (std::int64_t i = 0; i < 9; ++i) {
          for (std::int64_t j = 0; j < 67; ++j) {
            double sum = with_bias ? bias.data<float>()[j] : 0;
            for (std::int64_t p = 0; p < 70; ++p)
              sum += double{a.at<float>({i, p})} * double{b.at<float>({p, j})};
            EXPECT_NEAR(z.at<float>({i, j}), relu ? std::max(sum, 0.) : sum, 1e-3) << i << " " << j;
          }
        }
      }
    }
  }
  lt->cublasLtDestroy(handle);
}

TEST(CublasLt, leaves_what_it_does_not_take_to_others) {
  std::string why;
  const auto lt = cuda::CublasLt::open(FAKE_CUBLASLT, why);
  ASSERT_TRUE(lt) << why;
  const NDArray a = wave({4, 6}), b = wave({6, 3}), z = NDArray::zeros({4, 3}, float32);
  const Epilogue plain{std::nullopt, true, place(a), 0};
  int code = 0;
  // No algorithm without workspace, none for float16; float64 has no such products.
  EXPECT_FALSE(lt->multiply(nullptr, nullptr, describe(a, b, z), plain, code));
  EXPECT_FALSE(
      lt->multiply(nullptr, nullptr,
                   describe(a.astype(float16), b.astype(float16), NDArray::zeros({4, 3}, float16)),
                   plain, code));
  EXPECT_FALSE(
      lt->multiply(nullptr, nullptr,
                   describe(a.astype(float64), b.astype(float64), NDArray::zeros({4, 3}, float64)),
                   plain, code));
  EXPECT_FALSE(lt->multiply(nullptr, nullptr,
                            describe(wave({4, 12}).slice({ellipsis, slice({}, {}, 2)}), b, z),
                            plain, code));
  EXPECT_EQ(code, 0);
  EXPECT_EQ(cuda::CublasLt::open("libm.so.6", why), nullptr);
  EXPECT_EQ(why, "libm.so.6 has no function cublasLtCreate");
}
