// SPDX-License-Identifier: BSD-3-Clause
// Nodes on devices: every kind of kernel gives the host's bits, and what does not fit is the host's
// error.
#include "kroton/gpuarray/kernel_op.h"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>

#include "kroton/gpuarray/cuda/nvrtc.h"
#include "kroton/gpuarray/gemm.h"
#include "kroton/gpuarray/sequence.h"
#include "kroton/gpuarray/transfer.h"
#include "kroton/kernel/print.h"
#include "kroton/kernel/specialise.h"
#include "kroton/kroton.h"
#include "tests/support/check_error.h"
#include "values.h"

using namespace kroton;
namespace T = kroton::tensor;
using gpuarray_test::dev0;
using gpuarray_test::dev1;
using gpuarray_test::on;

namespace {
std::vector<bool> open_axes(std::size_t ndim) { return std::vector<bool>(ndim, false); }

// Transfers, and what only looks at a shape.
bool moves_nothing_else(const Apply& node) {
  return as<ShapeOf>(node) || as<Shape_i>(node) || as<GpuFromHost>(node) || as<HostFromGpu>(node) ||
         as<GpuToGpu>(node);
}
bool is_on_device(const Apply& node) {
  return as<gpuarray::KernelOp>(node) || as<gpuarray::GpuView>(node) ||
         as<gpuarray::GpuGemm>(node) || as<gpuarray::GpuSequence>(node);
}
std::size_t nodes_on_devices(const Function& f) {
  std::size_t count = 0;
  for (const Apply& node : f.nodes()) count += is_on_device(node);
  return count;
}
std::string nodes_on_host(const Function& f) {
  std::string text;
  for (const Apply& node : f.nodes()) {
    if (!is_on_device(node) && !moves_nothing_else(node)) text += node.op().text() + " ";
  }
  return text;
}

void expect_same(const NDArray& found, const NDArray& expected) {
  ASSERT_EQ(found.dtype(), expected.dtype());
  ASSERT_EQ(found.shape(), expected.shape());
  const NDArray a = found.copy(), b = expected.copy();
  EXPECT_EQ(std::memcmp(a.raw(), b.raw(), a.nbytes()), 0) << found << "\n" << expected;
}

NDArray call(const Function& f, const std::vector<NDArray>& arrays) {
  return arrays.size() == 1 ? f(arrays[0]) : f(arrays[0], arrays[1]);
}

using Graph = std::function<Variable(const Variables&)>;
// The graph of arrays on dev0 and of the same on the host: one on the device alone, the same bits.
void check_both(const char* what, const std::vector<NDArray>& arrays, const Graph& graph) {
  SCOPED_TRACE(what);
  Variables there, here;
  for (const NDArray& a : arrays) {
    there.push_back(on("dev0", "x", a.dtype(), open_axes(a.ndim())));
    here.push_back(T::tensor(a.dtype(), open_axes(a.ndim()), "x"));
  }
  const Function device = function(there, graph(there)), host = function(here, graph(here));
  EXPECT_GT(nodes_on_devices(device), 0u) << debugprint(device);
  EXPECT_EQ(nodes_on_host(device), "") << debugprint(device);
  expect_same(call(device, arrays), call(host, arrays));
}

NDArray wave(Shape shape, DType dtype = float64) {
  std::int64_t n = 1;
  for (const std::int64_t length : shape) n *= length;
  std::vector<double> values;
  for (std::int64_t i = 0; i < n; ++i) values.push_back(std::sin(0.7 * static_cast<double>(i)) * 3);
  return array(values, std::move(shape)).astype(dtype);
}
}  // namespace

TEST(KernelOp, C6_8_elementwise_nodes_run_on_the_device_of_their_input) {
  NEEDS_DEVICE();
  dev0();
  const NDArray x = wave({5, 7}), y = wave({5, 7});
  check_both("fused", {x, y},
             [](const Variables& v) { return tanh(v[0]) * nnet::sigmoid(v[1]) + exp(v[0]); });
  check_both("one", {x}, [](const Variables& v) { return v[0] + 1.5; });
  check_both("stretched", {x, wave({7})}, [](const Variables& v) { return v[0] - v[1]; });
  check_both("compared", {x, y}, [](const Variables& v) { return where(v[0] > v[1], v[0], 0.25); });
  check_both("cast", {x}, [](const Variables& v) { return cast(v[0], int32) % 3; });
  check_both("float16", {wave({9}, float16)}, [](const Variables& v) { return v[0] * v[0]; });
  check_both("bfloat16", {wave({9}, bfloat16)}, [](const Variables& v) { return v[0] / 3.f; });
}

TEST(KernelOp, C5_2_an_expression_of_the_program_s_own_is_fused_on_the_device) {
  NEEDS_DEVICE();
  const Elemwise softsign = tensor::scalar_op({.name = "softsign", .value = "x / (1 + abs(x))"});
  const Variable x = on("dev0", "x", float32);
  const Function f = function({x}, exp(softsign(x * 2)) + 1);
  EXPECT_EQ(nodes_on_devices(f), 1u) << debugprint(f);
  for (const DType dtype : {float64, float32}) {
    check_both("own", {wave({1000}, dtype)},
               [&](const Variables& v) { return exp(softsign(v[0] * 2)) + 1; });
  }
}

TEST(KernelOp, C5_2_nvrtc_compiles_an_expression_of_the_program_s_own) {
  std::string why, log;
  const auto nvrtc = gpuarray::cuda::Nvrtc::get(why);
  if (!nvrtc) GTEST_SKIP() << why;
  const Variable x = fvector("x");
  const Variable y = tensor::scalar_op({.name = "softsign", .value = "x / (1 + abs(x))"})(x);
  const auto made = std::make_shared<const kernel::Kernel>(*y.owner().op().kernel(y.owner()));
  const auto specialised = kernel::specialise(made, {100}, {{4}, {4}});
  for (const int capability : {75, 90}) {
    EXPECT_TRUE(nvrtc->compile(kernel::print_cuda(specialised, "k", {}).text, capability, log))
        << log;
  }
}

TEST(KernelOp, C6_8_reductions_run_on_the_device) {
  NEEDS_DEVICE();
  dev0();
  const NDArray x = wave({33, 257});
  check_both("all", {x}, [](const Variables& v) { return v[0].sum(); });
  check_both("rows", {x}, [](const Variables& v) { return v[0].sum(1); });
  check_both("columns", {x}, [](const Variables& v) { return v[0].mean(0); });
  check_both("max", {x}, [](const Variables& v) { return v[0].max(1); });
  check_both("argmax", {x}, [](const Variables& v) { return v[0].argmax(0); });
  check_both("softmax", {x}, [](const Variables& v) { return nnet::softmax(v[0]); });
  check_both("cumsum", {x}, [](const Variables& v) { return T::cumsum(v[0], 1); });
}

TEST(KernelOp, C6_8_views_and_parts_stay_on_the_device) {
  NEEDS_DEVICE();
  dev0();
  const NDArray x = wave({6, 8});
  check_both("transpose", {x}, [](const Variables& v) { return v[0].T() * 2; });
  check_both("slice", {x},
             [](const Variables& v) { return exp(v[0][{slice(1, 5, 2), slice({}, {}, -1)}]); });
  check_both("reshape", {x}, [](const Variables& v) { return v[0].T().reshape({4, 12}) + 1; });
  check_both("set", {x}, [](const Variables& v) {
    return set_subtensor(v[0][{slice(1, 3)}], v[0][{slice(3, 5)}] * 2);
  });
  check_both("two boxes in one loop", {x, wave({6, 8})}, [](const Variables& v) {
    const Slice in = slice(1, -1), low = slice({}, -2), high = slice(2);
    const auto stepped = [&](const Variable& a, const Variable& b) {
      return set_subtensor(a[{in, in}], b[{low, in}] - 2 * b[{in, high}] + a[{high, in}]);
    };
    return stepped(v[0], v[1]) - 3 * stepped(v[1], v[0]);
  });
  check_both("join", {x, x},
             [](const Variables& v) { return T::concatenate({v[0], v[1] * 2}, 1); });
  check_both("take", {x}, [](const Variables& v) { return T::take(v[0], array({2, 0, -1}), 0); });
}

TEST(KernelOp, C6_11_lengths_that_differ_are_ShapeErrors_with_both_shapes) {
  NEEDS_DEVICE();
  dev0();
  const Variable x = on("dev0", "first"), y = on("dev0", "second"), moved = dvector("third");
  const Function f = function({x, y}, x + y), g = function({x, moved}, x + moved);
  const auto text = [](const std::string& z) {
    return "add: first has shape (3,) and " + z +
           " has shape (4,); lengths must be equal, or 1 on an axis that the type marks "
           "broadcastable\n";
  };
  for (const auto& [add, z] : {std::pair{f, "second"}, std::pair{g, "third"}}) {
    try {
      add(wave({3}), wave({4}));
      ADD_FAILURE() << "shapes that do not fit were added";
    } catch (const ShapeError& error) {
      EXPECT_EQ(std::string(error.what()).find(text(z)), 0u) << error.what();
      EXPECT_NE(std::string(error.what()).find("kernel_op_test.cpp:"), std::string::npos)
          << error.what();
    }
  }
  EXPECT_EQ(static_cast<NDArray>(f(wave({3}), wave({3}))).shape(), (Shape{3}));
}

TEST(KernelOp, C6_9_an_index_out_of_range_is_an_error_on_the_device) {
  NEEDS_DEVICE();
  dev0();
  const Variable x = on("dev0", "x"), i = lvector("i");
  const Function f = function({x, i}, x[{i}]);
  EXPECT_GT(nodes_on_devices(f), 0u);
  for (int repeat = 0; repeat < 2; ++repeat) {
    try {
      f(wave({5}), array({0, 7}));
      ADD_FAILURE() << "an element was found beyond the end";
    } catch (const ValueError& error) {
      EXPECT_NE(std::string(error.what())
                    .find("index: 7 is out of range for axis 0 of length 5; give -5 to 4\n"),
                std::string::npos)
          << error.what();
    }
    const double last = wave({5}).at<double>({4});
    expect_same(f(wave({5}), array({4, -1})), array({last, last}));
  }
}

TEST(KernelOp, C6_8_two_contexts_in_one_node_meet_in_the_first_ones) {
  NEEDS_DEVICE();
  dev0();
  dev1();
  const Variable x = on("dev0", "x"), y = on("dev1", "y");
  const Function f = function({x, y}, transfer(x * y, "dev0"));
  const Value z = f(wave({4}), wave({4}))[0];
  ASSERT_TRUE(z.is<GpuArray>());
  EXPECT_TRUE(z.as<GpuArray>().context() == dev0());
  std::size_t moved = 0;
  for (const Apply& node : f.nodes()) moved += as<GpuToGpu>(node) != nullptr;
  EXPECT_EQ(moved, 1u);
  const NDArray w = wave({4});
  EXPECT_EQ(z.as<GpuArray>().to_host().at<double>({3}), w.at<double>({3}) * w.at<double>({3}));
}

TEST(KernelOp, C6_8_arrays_of_two_contexts_in_one_call_of_an_op_are_refused) {
  NEEDS_DEVICE();
  const GpuContext first = dev0(), second = dev1();
  const Variable x = on("dev0", "x"), y = on("dev0", "y");
  const Apply node = function({x, y}, transfer(x * y, "dev0")).nodes().at(0);
  const GpuArray a = GpuArray::from_host(wave({4}), first),
                 b = GpuArray::from_host(wave({4}), second);
  Value z;
  const auto number = [](const GpuContext& c) { return std::to_string(c.unique_id()); };
  CHECK_ERROR(ValueError, (node.op().perform(node, std::vector<Value>{a, b}, {&z, 1})),
              node.op().text() + ": its arrays lie on " + first.device() + " (context " +
                  number(first) + ") and on " + second.device() + " (context " + number(second) +
                  "); transfer them to one context first");
  node.op().perform(node, std::vector<Value>{a, a}, {&z, 1});
  EXPECT_EQ(z.as<GpuArray>().to_host().size(), 4u);
}

TEST(KernelOp, C6_8_a_text_that_the_device_does_not_build_is_shown_with_the_node) {
  NEEDS_DEVICE();
  dev0();
  const Variable x = on("dev0", "x");
  // A word that C leaves to programs and OpenCL does not.
  const auto wide = scalar_op({.name = "wide", .value = "({ double global = x; global + x; })"});
  try {
    function({x}, wide(x))(wave({4}));
    ADD_FAILURE() << "nothing was thrown";
  } catch (const CompileError& error) {
    const std::string text = error.what();
    EXPECT_EQ(
        text.substr(0, text.find('\n')),
        "GpuElemwise{wide}: its kernel does not build for opencl0:0: clBuildProgram failed with "
        "CL_BUILD_PROGRAM_FAILURE");
    for (const char* part :
         {"expected identifier", "\n  1 | ", "double global", "\n  at node ",
          "GpuElemwise{wide}(x)", "\n    input 0 x: GpuArrayType<dev0>(float64, vector), ",
          "\n    made at ", "kernel_op_test.cpp:"})
      EXPECT_NE(text.find(part), std::string::npos) << part << " in\n" << text;
  }
  EXPECT_EQ(NDArray(function({x}, x * 2)(wave({4}))).size(), 4u);
}

TEST(KernelOp, gradients_of_device_arrays_are_computed_there) {
  NEEDS_DEVICE();
  dev0();
  check_both("gradient", {wave({5, 7})},
             [](const Variables& v) { return grad(sum(sqr(tanh(v[0]))), v[0]); });
}

TEST(KernelOp, other_linkers_and_modes_run_it_too) {
  NEEDS_DEVICE();
  dev0();
  const Variable x = on("dev0", "x", float64, {false, false}), h = dmatrix("x");
  const NDArray value = wave({4, 3});
  const NDArray expected = function({h}, exp(h.T()).sum(0))(value);
  for (const char* mode : {"FAST_RUN", "FAST_COMPILE", "DebugMode", "NanGuardMode"}) {
    SCOPED_TRACE(mode);
    expect_same(function({x}, exp(x.T()).sum(0), {.mode = mode})(value), expected);
  }
  for (const char* linker : {"py", "vm", "c|py"}) {
    SCOPED_TRACE(linker);
    expect_same(function({x}, exp(x.T()).sum(0), {.mode = Mode(linker, "fast_run")})(value),
                expected);
  }
}
