// SPDX-License-Identifier: BSD-3-Clause
// Device arrays, their types, variables and transfers, as a stranger uses them. Two contexts on one
// OpenCL device serve as two devices.
#include "outsider.h"

using namespace kroton;
using namespace outsider;
namespace T = kroton::tensor;

namespace {
// Why there is no device; empty when "one" and "two" are contexts.
const std::string& missing() {
  static const std::string why = [] {
    try {
      init_dev("opencl0:0", "one");
      init_dev("opencl0:0", "two");
      return std::string();
    } catch (const Error& error) {
      return std::string(error.what());
    }
  }();
  return why;
}
#define NEEDS_DEVICE() \
  if (!missing().empty()) GTEST_SKIP() << missing()

GpuArray on(const char* context, const NDArray& values) {
  return GpuArray::from_host(values, get_context(context));
}
}  // namespace

TEST(Device, C4_2_C4_3_C4_5_a_type_says_what_it_is) {
  NEEDS_DEVICE();
  GpuArrayType t(float32, {false, false}, "one");
  EXPECT_EQ(t.text(), "GpuArrayType<one>(float32, matrix)");
  EXPECT_EQ(t.dtype(), float32);
  EXPECT_EQ(t.broadcastable(), (std::vector<bool>{false, false}));
  EXPECT_EQ(t.ndim(), 2u);
  EXPECT_EQ(t.context_name(), ContextName("one"));
  EXPECT_EQ(t.typecode(), 11);
  EXPECT_TRUE(t.context() == get_context("one"));
  EXPECT_EQ(GpuArrayType(float32, {}, "one", "mine").name(), "mine");
  GpuArrayType ints = t.clone(int32, std::vector<bool>{false});
  EXPECT_TRUE(ints == GpuArrayType(int32, {false}, "one"));
  EXPECT_FALSE(ints == t);
  EXPECT_EQ(t.hash(), GpuArrayType(float32, {false, false}, "one").hash());
  EXPECT_HAS(error_of<ContextNotDefined>([] { return GpuArrayType(float32, {}, "none such"); }),
             "context name none such not defined");
  EXPECT_HAS(error_of<TypeError>([] { return GpuArrayType(complex64, {}, "one"); }), "complex64");
  DTypeSpecs specs = GpuArrayType(int32, {}, "one").dtype_specs();
  EXPECT_EQ(specs.host_type + " " + specs.c_type, "int npy_int32");
  EXPECT_EQ(specs.number, 5);
}

TEST(Device, C4_4_C4_15_variables_are_tensors) {
  NEEDS_DEVICE();
  GpuArrayType t(float64, {false, false}, "one");
  GpuArrayType::Variable x = t("x");
  GpuArrayVariable y(t, std::nullopt, std::nullopt, "y");
  Variable z = dot(x, y) + x[0] * 2 - y.T().sum(0);
  Function f = function({x, y}, {z, z.transfer("one"), x.shape(), grad(z.sum(), x)});
  NDArray a = array({1., 2., 3., 4.}, {2, 2}), b = array({1., 0., 0., 1.}, {2, 2});
  for (const Value& given : {Value(a), Value(on("one", a)), Value(on("two", a))}) {
    Outputs out = f(given, b);
    EXPECT_EQ(list<double>(out.array(0)), (Doubles{2, 5, 4, 7}));
    ASSERT_TRUE(out[1].is<GpuArray>());
    EXPECT_TRUE(out[1].as<GpuArray>().context() == get_context("one"));
    EXPECT_EQ(list<double>(out.array(1)), (Doubles{2, 5, 4, 7}));
    EXPECT_EQ(list<std::int64_t>(out.array(2)), (Longs{2, 2}));
    ASSERT_TRUE(out[3].is<GpuArray>());
    EXPECT_EQ(list<double>(out.array(3)), (Doubles{5, 5, 1, 1}));
  }
}

TEST(Device, C4_11_C4_12_C4_13_values_are_compared_there) {
  NEEDS_DEVICE();
  GpuArray a = on("one", array<float>({1, 2})), b = on("one", array<float>({1, 2.00001f}));
  EXPECT_FALSE(GpuArrayType::values_eq(a, b));
  EXPECT_TRUE(GpuArrayType::values_eq_approx(a, b));
  EXPECT_FALSE(GpuArrayType::values_eq_approx(a, b, false, false, 1e-9, 0.));
  EXPECT_TRUE(GpuArrayType::values_eq(a, on("one", array({1., 2.})), false));
  EXPECT_TRUE(GpuArrayType::may_share_memory(a, a.slice({slice(1)})));
  GpuArrayType t(float32, {false}, "one");
  EXPECT_TRUE(t.values_eq(Value(a), Value(a)));
  EXPECT_EQ(t.value_zeros({3}).as<GpuArray>().size(), 3u);
  EXPECT_EQ(t.get_size({3}), 12u);
  EXPECT_EQ(t.get_shape_info(a), (Shape{2}));
}

TEST(Device, C4_16_constants_and_signatures) {
  NEEDS_DEVICE();
  GpuArrayType t(float32, {false}, "one");
  GpuArrayConstant c(t, array<float>({1, 2}));
  EXPECT_EQ(c.text(), "GpuArrayConstant{[1. 2.]}");
  EXPECT_TRUE(c.signature() == GpuArraySignature(t, array<float>({1, 2})));
  EXPECT_FALSE(c.signature() == GpuArraySignature(t, array<float>({2, 1})));
  EXPECT_TRUE(as<GpuArrayConstant>(as_gpuarray_variable(array<float>({1, 2}), "one")));
}

TEST(Device, C4_17_C4_18_C4_19_shared_variables) {
  NEEDS_DEVICE();
  SharedVariable w = shared(array<float>({1, 2}), "w", {.target = "one"});
  GpuArraySharedVariable v =
      gpuarray_shared_constructor(array<float>({3, 4}), "v", false, {}, false, {}, "two");
  const auto place = [](const SharedVariable& s) {
    return s.get_value(true, true).as<GpuArray>().device_pointer();
  };
  Function f = function({}, w + v), g = function({}, {}, {.updates = {{w, w * v}}});
  const auto before = place(w);
  w.set_value(array<float>({5, 6}));
  EXPECT_EQ(list<float>(f().array()), (Floats{8, 10}));
  g();
  EXPECT_EQ(place(w), before);
  EXPECT_EQ(list<float>(w.get_value()), (Floats{15, 24}));
  EXPECT_HAS(error_of<TypeError>([] {
               return gpuarray_shared_constructor(array({1.}), "", false, {}, false, {}, "cpu");
             }),
             "not for me");
  EXPECT_HAS(
      error_of<TypeError>([] { return gpuarray_shared_constructor(NDArray::zeros({}), ""); }),
      "We do not move that data by default to the GPU");
}

TEST(Device, C4_20_C6_8_transfers) {
  NEEDS_DEVICE();
  Variable h = dvector("h");
  Variable there = as_gpuarray_variable(h, "one"), beyond = GpuToGpu("two")(there);
  EXPECT_TRUE(transfer(there, "one") == there);
  EXPECT_TRUE(as<GpuFromHost>(there.owner()));
  EXPECT_TRUE(as<HostFromGpu>(host_from_gpu(beyond).owner()));
  Function f = function({h}, {beyond, host_from_gpu(beyond), grad(sum(sqr(beyond)), h)});
  Outputs out = f(array({1., 2.}));
  EXPECT_TRUE(out[0].as<GpuArray>().context() == get_context("two"));
  EXPECT_EQ(list<double>(out.array(1)), (Doubles{1, 2}));
  EXPECT_EQ(list<double>(out.array(2)), (Doubles{2, 4}));
  EXPECT_HAS(error_of<ValueError>([&] { return h.transfer("nowhere"); }), "nowhere");
}

TEST(Device, C3_8_contexts_as_values) {
  NEEDS_DEVICE();
  EXPECT_TRUE(GpuContextType::values_eq(get_context("one"), get_context("one")));
  EXPECT_FALSE(GpuContextType::values_eq(get_context("one"), get_context("two")));
  EXPECT_TRUE(gpu_context_type.filter(get_context("one")).is<GpuContext>());
  EXPECT_TRUE(gpu_supported(array({1.})));
  EXPECT_FALSE(move_to_gpu(NDArray::zeros({})));
  Variable ctx = gpu_context_type("ctx"), x = dvector("x");
  EXPECT_HAS(error_of<TypeError>([&] { return function({x, ctx}, x); }), "GpuContextType");
}

TEST(Device, C4_21_views_and_shapes_stay_there) {
  NEEDS_DEVICE();
  GpuArrayVariable x = GpuArrayType(float32, {false}, "one")("x");
  GpuArray a = on("one", array<float>({7}));
  for (const Variable& z :
       {DeepCopyOp()(x), ViewOp()(x), Rebroadcast({{0, true}})(x), specify_shape(x, {1})}) {
    Outputs out = function({x}, z)(a);
    ASSERT_TRUE(out[0].is<GpuArray>()) << z.text();
    EXPECT_EQ(list<float>(out.array()), (Floats{7}));
  }
  EXPECT_EQ(function({x}, Shape_i(0)(x))(a).item<std::int64_t>(), 1);
  EXPECT_EQ(list<std::int64_t>(function({x}, ShapeOf()(x))(a)), (Longs{1}));
}

TEST(Device, C4_22_C6_10_files) {
  NEEDS_DEVICE();
  Folder folder;
  save(folder / "a", on("two", array({1., 2.})));
  Value a = restore(folder / "a");
  EXPECT_TRUE(a.as<GpuArray>().context() == get_context("two"));
  save(folder / "w", shared(array({3., 4.}), "w", {.target = "one"}));
  SharedVariable w = restore_shared(folder / "w");
  EXPECT_EQ(w.name(), "w");
  EXPECT_TRUE(as<GpuArraySharedVariable>(w));
  EXPECT_EQ(list<double>(w.get_value()), (Doubles{3, 4}));
  write_file(folder / "x", "no archive");
  EXPECT_HAS(error_of<Error>([&] { return restore(folder / "x"); }), folder / "x");
  EXPECT_HAS(error_of<Error>([&] { return restore(folder / "missing"); }), folder / "missing");
}
