// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/gemm.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "kroton/gpuarray/cuda/cublas.h"
#include "kroton/gpuarray/cuda/nvrtc.h"
#include "kroton/gpuarray/detail/gemm_text.h"
#include "kroton/gpuarray/transfer.h"
#include "kroton/kroton.h"
#include "values.h"

using namespace kroton;
using namespace kroton::gpuarray;
namespace T = kroton::tensor;
using gpuarray_test::dev0;
using gpuarray_test::on;

namespace {
std::vector<bool> open_axes(std::size_t ndim) { return std::vector<bool>(ndim, false); }
NDArray wave(Shape shape, DType dtype = float64) {
  std::int64_t n = 1;
  for (const std::int64_t length : shape) n *= length;
  std::vector<double> values;
  for (std::int64_t i = 0; i < n; ++i) values.push_back(std::sin(0.7 * static_cast<double>(i)) * 3);
  return array(values, std::move(shape)).astype(dtype);
}
NDArray call(const Function& f, const std::vector<NDArray>& arrays) {
  return f(arrays[0], arrays[1]);
}
std::string host_nodes(const Function& f) {
  std::string text;
  for (const Apply& node : f.nodes()) {
    if (node.op().text().find("Gpu") == std::string::npos) text += node.op().text() + " ";
  }
  return text;
}
using Graph = std::function<Variable(const Variables&)>;

// Plain sums of alpha a b + beta z over stacks of matrices.
std::vector<double> plain(const NDArray& a, const NDArray& b, const NDArray& z, double alpha,
                          double beta) {
  std::vector<double> result;
  const Shape m = a.shape(), n = b.shape();
  for (std::int64_t s = 0; s < m[0]; ++s) {
    for (std::int64_t i = 0; i < m[1]; ++i) {
      for (std::int64_t j = 0; j < n[2]; ++j) {
        double sum = 0;
        for (std::int64_t p = 0; p < m[2]; ++p)
          sum += a.at<double>({s, i, p}) * b.at<double>({s, p, j});
        result.push_back(alpha * sum + beta * z.at<double>({s, i, j}));
      }
    }
  }
  return result;
}
// A stack whose matrices are stored transposed, for strides of both kinds.
NDArray swapped(const NDArray& a) { return a.transpose({0, 2, 1}).copy().transpose({0, 2, 1}); }

struct Case {
  std::string name;
  NDArray a, b;
};
std::vector<Case> cases() {
  const NDArray a = wave({2, 9, 70}), b = wave({2, 70, 67});
  return {{"as they are", a, b},
          {"a by columns", swapped(a), b},
          {"b by columns", a, swapped(b)},
          {"both", swapped(a), swapped(b)},
          {"deep", wave({1, 130, 300}), wave({1, 300, 9})},
          {"one row", wave({2, 1, 5}), wave({2, 5, 7})},
          {"one column", wave({1, 66, 5}), wave({1, 5, 1})},
          {"steps of two", wave({1, 6, 10}).slice({ellipsis, slice({}, {}, 2)}), wave({1, 5, 3})},
          {"nothing to add", NDArray::zeros({1, 3, 0}), NDArray::zeros({1, 0, 2})}};
}

GemmCall describe(const Case& c, const NDArray& z, double alpha, double beta) {
  const auto place = [](const NDArray& x) {
    const auto address = reinterpret_cast<std::uintptr_t>(x.raw());
    return Place{{address, address}, 0};
  };
  const auto steps = [](const NDArray& x) {
    return std::array<std::int64_t, 3>{x.strides_data()[0] / 8, x.strides_data()[1] / 8,
                                       x.strides_data()[2] / 8};
  };
  return {float64,    z.shape()[0], z.shape()[1], z.shape()[2], c.a.shape()[2],
          place(c.a), place(c.b),   place(z),     steps(c.a),   steps(c.b),
          steps(z),   alpha,        beta};
}

void expect_near(const std::vector<double>& found, const std::vector<double>& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    EXPECT_NEAR(found[i], expected[i], 1e-11) << "element " << i;
}
}  // namespace

TEST(GpuGemm, C6_8_products_run_on_the_device) {
  NEEDS_DEVICE();
  dev0();
  const auto close = [](const char* what, const std::vector<NDArray>& arrays, const Graph& graph) {
    SCOPED_TRACE(what);
    Variables there, here;
    for (const NDArray& a : arrays) {
      there.push_back(on("dev0", "x", a.dtype(), open_axes(a.ndim())));
      here.push_back(T::tensor(a.dtype(), open_axes(a.ndim()), "x"));
    }
    const Function device = function(there, graph(there)), host = function(here, graph(here));
    EXPECT_EQ(host_nodes(device), "") << debugprint(device);
    const NDArray found = call(device, arrays), expected = call(host, arrays);
    ASSERT_EQ(found.shape(), expected.shape());
    const bool wide = expected.dtype() == float64;
    const auto a = found.astype(float64).to_vector<double>(),
               b = expected.astype(float64).to_vector<double>();
    for (std::size_t i = 0; i < a.size(); ++i)
      EXPECT_NEAR(a[i], b[i], (wide ? 1e-12 : 1e-4) * (1 + std::abs(b[i])));
  };
  const Graph product = [](const Variables& v) { return dot(v[0], v[1]); };
  for (const DType d : {float32, float64}) {
    close("matrices", {wave({37, 19}, d), wave({19, 50}, d)}, product);
    close("transposed", {wave({19, 37}, d), wave({50, 19}, d)},
          [](const Variables& v) { return dot(v[0].T(), v[1].T()); });
    close("matrix and vector", {wave({37, 19}, d), wave({19}, d)}, product);
    close("vector and matrix", {wave({19}, d), wave({19, 50}, d)}, product);
    close("vectors", {wave({19}, d), wave({19}, d)}, product);
    close("stacks", {wave({3, 5, 4}, d), wave({3, 4, 6}, d)},
          [](const Variables& v) { return T::batched_dot(v[0], v[1]); });
    close("added", {wave({17, 17}, d), wave({17, 17}, d)},
          [](const Variables& v) { return v[0] + 0.5 * dot(v[0], v[1]); });
  }
}

TEST(GpuGemm, C6_11_lengths_that_differ_are_the_hosts_error) {
  NEEDS_DEVICE();
  dev0();
  const Variable x = on("dev0", "x", float64, {false, false}),
                 y = on("dev0", "y", float64, {false, false});
  const Function f = function({x, y}, dot(x, y));
  try {
    f(wave({3, 4}), wave({5, 2}));
    ADD_FAILURE() << "shapes that do not fit were multiplied";
  } catch (const ShapeError& error) {
    EXPECT_EQ(
        std::string(error.what())
            .find(
                "dot: x has shape (3, 4) and y has shape (5, 2); x.shape[1] (4) must equal y.shape[0] (5)\n"),
        0u)
        << error.what();
  }
  EXPECT_EQ(static_cast<NDArray>(f(wave({3, 4}), wave({4, 2}))).shape(), (Shape{3, 2}));
}

TEST(GpuGemm, kernels_of_every_kind_of_device_multiply) {
  NEEDS_DEVICE();
  OpenContext& context = *dev0().open();
  for (const bool cpu : {true, false}) {
    if (cpu && gpuarray_test::on_cuda()) continue;
    for (const Case& c : cases()) {
      SCOPED_TRACE(c.name + (cpu ? " on a CPU device" : " in groups"));
      const NDArray z = wave({c.a.shape()[0], c.a.shape()[1], c.b.shape()[2]});
      const GpuArray there = GpuArray::from_host(z, dev0());
      // Views of larger arrays, so that strides go over as they are.
      const auto moved = [&](const NDArray& x) {
        const NDArray t = x.transpose({0, 2, 1});
        return t.is_c_contiguous() ? GpuArray::from_host(t, dev0()).transpose({0, 2, 1})
                                   : GpuArray::from_host(x, dev0());
      };
      const GpuArray a = moved(c.a), b = moved(c.b);
      const auto steps = [](const GpuArray& x) {
        return std::array<std::int64_t, 3>{x.strides()[0] / 8, x.strides()[1] / 8,
                                           x.strides()[2] / 8};
      };
      const auto place = [](const GpuArray& x) { return x.buffer()->place(x.offset()); };
      const GemmCall call{
          float64,  z.shape()[0], z.shape()[1], z.shape()[2], c.a.shape()[2], place(a),
          place(b), place(there), steps(a),     steps(b),     steps(there),   0.5,
          2};
      DeviceProperties device = context.properties();
      device.cpu = cpu;
      {
        const OpenContext::Lock lock = context.lock();
        gpuarray::detail::multiply_by_kernel("test", context, device, call);
      }
      expect_near(there.to_host().to_vector<double>(), plain(c.a, c.b, z, 0.5, 2));
    }
  }
}

TEST(GpuGemm, narrow_floats_are_added_up_in_float32) {
  NEEDS_DEVICE();
  for (const DType d : {float16, bfloat16}) {
    const GpuArray a = GpuArray::from_host(NDArray::full({1, 2, 4096}, 1, d), dev0()),
                   b = GpuArray::from_host(NDArray::full({1, 4096, 3}, 1, d), dev0()),
                   z = GpuArray::zeros({1, 2, 3}, d, dev0());
    multiply("test", z, a, b);
    EXPECT_EQ(z.astype(float64).to_host().to_vector<double>(), std::vector<double>(6, 4096.));
  }
}

TEST(GpuGemm, nvrtc_compiles_its_kernels) {
  std::string why, log;
  const auto nvrtc = cuda::Nvrtc::get(why);
  if (!nvrtc) GTEST_SKIP() << why;
  DeviceProperties device;
  device.dialect = kernel::Dialect::cuda;
  for (const int capability : {80, 90, 100}) {
    for (const DType d : {float16, bfloat16, float32, float64})
      EXPECT_TRUE(nvrtc->compile(gpuarray::detail::gemm_text(device, d, 100).text, capability, log))
          << log;
  }
}

TEST(Cublas, is_given_the_transposed_product) {
  std::string why;
  const auto cublas = cuda::Cublas::open(FAKE_CUBLAS, why);
  ASSERT_TRUE(cublas) << why;
  int taken = 0;
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.name);
    const NDArray z = wave({c.a.shape()[0], c.a.shape()[1], c.b.shape()[2]});
    const std::vector<double> expected = plain(c.a, c.b, z, 0.5, 2);
    int code = 0;
    if (!cublas->multiply(nullptr, describe(c, z, 0.5, 2), code)) continue;
    ++taken;
    EXPECT_EQ(code, 0);
    expect_near(z.to_vector<double>(), expected);
  }
  EXPECT_EQ(taken, 7);  // not steps of two, nor nothing
  EXPECT_EQ(cuda::Cublas::open("libm.so.6", why), nullptr);
  EXPECT_EQ(why, "libm.so.6 has no function cublasCreate_v2");
}
