// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/type.h"

#include <gtest/gtest.h>

#include "kroton/base/config.h"
#include "kroton/base/errors.h"
#include "kroton/compile/function.h"
#include "kroton/gpuarray/transfer.h"
#include "kroton/gpuarray/variable.h"
#include "kroton/graph/generic_type.h"
#include "kroton/tensor/literals.h"
#include "kroton/tensor/shape.h"
#include "kroton/tensor/type.h"
#include "tests/support/check_error.h"
#include "values.h"

using namespace kroton;
using namespace kroton::gpuarray;
using namespace gpuarray_test;
namespace T = kroton::tensor;

namespace {
constexpr DType supported[] = {bool_,  int8,   int16,   int32,    int64,   uint8,  uint16,
                               uint32, uint64, float16, bfloat16, float32, float64};
GpuArrayType type_of(DType dtype, std::vector<bool> flags) {
  dev0();
  return GpuArrayType(dtype, std::move(flags), "dev0");
}
}  // namespace

TEST(GpuArrayType, C4_2_checks_context_and_dtype_at_once) {
  NEEDS_DEVICE();
  CHECK_ERROR(ContextNotDefined, GpuArrayType(float32, {false}, "nowhere"),
              "context name nowhere not defined");
  for (const DType d : {complex64, complex128}) {
    CHECK_ERROR(TypeError, type_of(d, {false}),
                "GpuArrayType: dtype " + name(d) +
                    " is complex, which devices do not support; keep the array on the host, or "
                    "split it into real and imaginary parts");
  }
  for (const DType d : supported) EXPECT_EQ(type_of(d, {}).dtype(), d);
}

TEST(GpuArrayType, C4_3_says_what_it_is) {
  NEEDS_DEVICE();
  const GpuArrayType t = type_of(float32, {false, true});
  EXPECT_EQ(t.dtype(), float32);
  EXPECT_EQ(t.broadcastable(), (std::vector<bool>{false, true}));
  EXPECT_EQ(t.ndim(), 2u);
  EXPECT_EQ(t.context_name(), "dev0");
  EXPECT_EQ(t.name(), "");
  EXPECT_EQ(t.context(), dev0());
  const int numbers[] = {0, 1, 3, 5, 7, 2, 4, 6, 8, 23, 256, 11, 12};  // NumPy's
  for (std::size_t i = 0; i < std::size(supported); ++i)
    EXPECT_EQ(type_of(supported[i], {}).typecode(), numbers[i]) << name(supported[i]);
}

TEST(GpuArrayType, C4_5_texts) {
  NEEDS_DEVICE();
  EXPECT_EQ(type_of(float32, {}).text(), "GpuArrayType<dev0>(float32, scalar)");
  EXPECT_EQ(type_of(float32, {false}).text(), "GpuArrayType<dev0>(float32, vector)");
  EXPECT_EQ(type_of(int8, {false, true}).text(), "GpuArrayType<dev0>(int8, col)");
  EXPECT_EQ(type_of(int8, {true, false}).text(), "GpuArrayType<dev0>(int8, row)");
  EXPECT_EQ(type_of(float32, {false, false}).text(), "GpuArrayType<dev0>(float32, matrix)");
  EXPECT_EQ(type_of(bool_, {false, false, false}).text(), "GpuArrayType<dev0>(bool, 3D)");
  EXPECT_EQ(type_of(bool_, {false, true, false}).text(),
            "GpuArrayType<dev0>(bool, (false, true, false))");
  EXPECT_EQ(GpuArrayType(float32, {false}, "dev0", "weights").text(), "weights");
}

TEST(GpuArrayType, C4_5_clone_equality_hash) {
  NEEDS_DEVICE();
  dev1();
  const GpuArrayType t = type_of(float32, {false, true});
  EXPECT_EQ(t, type_of(float32, {false, true}));
  EXPECT_EQ(t.hash(), type_of(float32, {false, true}).hash());
  EXPECT_EQ(t, GpuArrayType(float32, {false, true}, "dev0", "other name"));
  EXPECT_FALSE(t == type_of(float64, {false, true}));
  EXPECT_FALSE(t == type_of(float32, {false, false}));
  EXPECT_FALSE(t == GpuArrayType(float32, {false, true}, "dev1"));
  EXPECT_FALSE(t == T::TensorType(float32, {false, true}));
  EXPECT_EQ(t.clone(), t);
  EXPECT_EQ(t.clone(int8), type_of(int8, {false, true}));
  EXPECT_EQ(t.clone(std::nullopt, std::vector<bool>{}), type_of(float32, {}));
  EXPECT_EQ(GpuArrayType(float32, {}, "dev0", "n").clone(float64).text(), "n");
}

TEST(GpuArrayType, C4_6_strict_takes_its_own_arrays_as_they_are) {
  NEEDS_DEVICE();
  const GpuArrayType t = type_of(float32, {false});
  const GpuArray a = on_dev0(array<float>({1, 2}));
  EXPECT_EQ(t.filter(a, true).as<GpuArray>().device_pointer(), a.device_pointer());
  CHECK_ERROR(TypeError, t.filter(array<float>({1, 2}), true),
              "GpuArrayType<dev0>(float32, vector): the value is float32 (2,), no device array; "
              "strict takes device arrays only, make one by GpuArray::from_host");
  CHECK_ERROR(TypeError, t.filter(on_dev0(array({1., 2.})), true),
              "GpuArrayType<dev0>(float32, vector): the value has typecode 12 (float64); strict "
              "takes typecode 11 (float32) only");
  CHECK_ERROR(TypeError, t.filter(on_dev1(array<float>({1, 2})), true),
              "GpuArrayType<dev0>(float32, vector): the value lies in context dev1; strict takes "
              "arrays of context dev0 only");
  CHECK_ERROR(TypeError, t.filter("text", true),
              "GpuArrayType<dev0>(float32, vector): the value is 'text', no device array; strict "
              "takes device arrays only, make one by GpuArray::from_host");
  EXPECT_EQ(list(t.filter(a, true)), (Doubles{1, 2}));
}

TEST(GpuArrayType, C4_6_casts_by_allow_downcast) {
  NEEDS_DEVICE();
  const GpuArrayType t = type_of(float32, {false}), zero_d = type_of(float32, {});
  const auto lossy = [](const std::string& value) {
    return "GpuArrayType<dev0>(float32, vector): the value is " + value +
           ", which may lose precision as float32; convert it with astype, or pass allow_downcast "
           "= true";
  };
  for (const std::optional<bool> allow : {std::optional<bool>(), std::optional(false)}) {
    EXPECT_EQ(list(t.filter(array<std::int16_t>({1, 2}), false, allow)), (Doubles{1, 2}));
    EXPECT_EQ(list(t.filter(on_dev0(array<std::int16_t>({1, 2})), false, allow)), (Doubles{1, 2}));
    CHECK_ERROR(TypeError, t.filter(array({1., 2.}), false, allow), lossy("float64 (2,)"));
    const GpuArray wide = on_dev0(array({1., 2.}));
    CHECK_ERROR(TypeError, t.filter(wide, false, allow), lossy(Value(wide).text()));
  }
  EXPECT_EQ(list(t.filter(array({1.5, 2.}), false, true)), (Doubles{1.5, 2}));
  const Value cast = t.filter(on_dev0(array({1.5, 2.})), false, true);
  EXPECT_EQ(cast.as<GpuArray>().dtype(), float32);
  EXPECT_EQ(list(cast), (Doubles{1.5, 2}));
  EXPECT_EQ(zero_d.filter(2).as<GpuArray>().to_host().item<float>(), 2);
  EXPECT_THROW(zero_d.filter(0.1), TypeError);  // floatX is float64
  EXPECT_THROW(zero_d.filter(0.1, false, false), TypeError);
  EXPECT_EQ(type_of(float64, {}).filter(0.1).item<double>(), 0.1);
  const std::string before = base::config().floatX();
  base::set_flag("floatX", "float32");
  EXPECT_EQ(zero_d.filter(0.1).item<float>(), 0.1f);
  EXPECT_THROW(zero_d.filter(0.1, false, false), TypeError);
  base::set_flag("floatX", before);
}

TEST(GpuArrayType, C4_6_wrong_shapes_are_told_with_both) {
  NEEDS_DEVICE();
  const GpuArrayType row = type_of(float32, {true, false});
  const auto text = [](const std::string& rest) {
    return "GpuArrayType<dev0>(float32, row): the value has shape " + rest;
  };
  for (const bool device : {false, true}) {
    const auto value = [&](const NDArray& a) { return device ? Value(on_dev0(a)) : Value(a); };
    CHECK_ERROR(TypeError, row.filter(value(array<float>({1, 2}))),
                text("(2,) and the type has broadcastable (true, false); 2 dimensions are needed, "
                     "not 1"));
    CHECK_ERROR(TypeError, row.filter(value(array<float>({1, 2, 3, 4}, {2, 2}))),
                text("(2, 2) and the type has broadcastable (true, false); axis 0 must have length "
                     "1"));
    EXPECT_EQ(list(row.filter(value(array<float>({1, 2}, {1, 2})))), (Doubles{1, 2}));
  }
  CHECK_ERROR(TypeError, row.filter("text"),
              "GpuArrayType<dev0>(float32, row): the value is 'text'; an array or a number is "
              "needed");
  CHECK_ERROR(TypeError, row.filter(Value()),
              "GpuArrayType<dev0>(float32, row): the value is nothing; an array or a number is "
              "needed");
}

TEST(GpuArrayType, C4_6_transfers_from_the_host_and_from_other_contexts) {
  NEEDS_DEVICE();
  const GpuArrayType t = type_of(float32, {false});
  EXPECT_EQ(t.filter(array<float>({1, 2})).as<GpuArray>().context(), dev0());
  const Value moved = t.filter(on_dev1(array<float>({1, 2})));
  EXPECT_EQ(moved.as<GpuArray>().context(), dev0());
  EXPECT_EQ(list(moved), (Doubles{1, 2}));
}

TEST(GpuArrayType, C4_7_writes_into_the_old_memory_where_that_fits) {
  NEEDS_DEVICE();
  const GpuArrayType t = type_of(float32, {false, false});
  const GpuArray old = on_dev0(NDArray::zeros({2, 2}, float32));
  const auto place = [](const Value& v) { return v.as<GpuArray>().device_pointer(); };
  const Value same = t.filter_inplace(array<float>({1, 2, 3, 4}, {2, 2}), old);
  EXPECT_EQ(place(same), old.device_pointer());
  EXPECT_EQ(list(Value(old)), (Doubles{1, 2, 3, 4}));
  // Not C-contiguous on the host.
  t.filter_inplace(array<float>({1, 2, 3, 4}, {2, 2}).transpose(), old);
  EXPECT_EQ(list(Value(old)), (Doubles{1, 3, 2, 4}));
  EXPECT_NE(place(t.filter_inplace(NDArray::zeros({1, 2}, float32), old)), old.device_pointer());
  const GpuArray strided =
      on_dev0(NDArray::zeros({4, 4}, float32)).slice({slice({}, {}, 2), slice({}, {}, 2)});
  EXPECT_NE(place(t.filter_inplace(array<float>({1, 2, 3, 4}, {2, 2}), strided)),
            strided.device_pointer());
  EXPECT_EQ(list(t.filter_inplace(array<float>({1, 2, 3, 4}, {2, 2}), Value())),
            (Doubles{1, 2, 3, 4}));
}

TEST(GpuArrayType, C4_8_filter_variable_wraps_converts_and_transfers) {
  NEEDS_DEVICE();
  const GpuArrayType matrix = type_of(float32, {false, false}),
                     row = type_of(float32, {true, false});
  const Variable own = matrix("own");
  EXPECT_EQ(matrix.filter_variable(own), own);
  const Variable wrapped = matrix.filter_variable(array<float>({1, 2}, {1, 2}));
  ASSERT_TRUE(as<GpuArrayConstant>(wrapped));
  EXPECT_EQ(wrapped.type(), matrix);
  const NDArray one_row = array<float>({5, 6}, {1, 2});
  for (const Variable& x : {Variable(row("x")), T::frow("x"),
                            Variable(GpuArrayType(float32, {true, false}, "dev1")("x"))}) {
    const Variable y = matrix.filter_variable(x);
    EXPECT_EQ(y.type(), matrix);
    const Value z = function({x}, y)(one_row)[0];
    ASSERT_TRUE(z.is<GpuArray>());
    EXPECT_EQ(z.as<GpuArray>().context(), dev0());
    EXPECT_EQ(list(z), (Doubles{5, 6}));
    CHECK_ERROR(TypeError, matrix.filter_variable(x, false),
                "GpuArrayType<dev0>(float32, matrix): variable x has broadcastable (true, false) "
                "and the type (false, false); pass allow_convert = true to drop flags");
  }
  const Variable host = T::fmatrix("x");
  EXPECT_EQ(matrix.filter_variable(host, false).type(), matrix);
  CHECK_ERROR(TypeError, row.filter_variable(host),
              "GpuArrayType<dev0>(float32, row): variable x has broadcastable (false, false) and "
              "the type (true, false); only flags that the type lacks can be dropped");
  CHECK_ERROR(TypeError, matrix.filter_variable(T::dmatrix("x")),
              "GpuArrayType<dev0>(float32, matrix): variable x has dtype float64 and the type "
              "float32; convert it with astype(float32)");
  CHECK_ERROR(TypeError, matrix.filter_variable(T::fvector("x")),
              "GpuArrayType<dev0>(float32, matrix): variable x has 1 dimensions and the type 2; "
              "reshape it, or use dimshuffle");
  CHECK_ERROR(TypeError, matrix.filter_variable(generic("g")),
              "GpuArrayType<dev0>(float32, matrix): variable g has type Generic; only arrays of "
              "the host and of devices can stand for it");
}

TEST(GpuArrayType, C4_9_convert_variable_within_its_kind) {
  NEEDS_DEVICE();
  dev1();
  const GpuArrayType matrix = type_of(float32, {false, false}),
                     row = type_of(float32, {true, false});
  const Variable x = row("x"), m = matrix("m");
  EXPECT_EQ(row.convert_variable(x), x);
  EXPECT_EQ(matrix.convert_variable(x).type(), matrix);
  const Variable gained = row.convert_variable(m);
  ASSERT_TRUE(as<T::Rebroadcast>(gained.owner()));
  const Function f = function({m}, gained);
  EXPECT_EQ(list(f(array<float>({1, 2}, {1, 2}))[0]), (Doubles{1, 2}));
  EXPECT_THROW(f(NDArray::zeros({2, 2}, float32)), ShapeError);
  EXPECT_EQ(list(f(array<float>({1, 2}, {1, 2}))[0]), (Doubles{1, 2}));
  for (const Variable& other : {T::fmatrix("x"), Variable(type_of(float64, {false, false})("x")),
                                Variable(type_of(float32, {false})("x")), generic("g"),
                                Variable(GpuArrayType(float32, {false, false}, "dev1")("x"))})
    EXPECT_FALSE(static_cast<bool>(matrix.convert_variable(other))) << other.type().text();
}

TEST(GpuArrayType, C4_10_dtype_specs) {
  NEEDS_DEVICE();
  const DTypeSpecs specs = type_of(int32, {}).dtype_specs();
  EXPECT_EQ(specs.host_type, "int");
  EXPECT_EQ(specs.c_type, "npy_int32");
  EXPECT_EQ(specs.number, 5);
  EXPECT_EQ(type_of(float16, {}).dtype_specs().host_type, "float");
  EXPECT_EQ(type_of(float16, {}).dtype_specs().c_type, "npy_float16");
  EXPECT_EQ(type_of(bfloat16, {}).dtype_specs().number, 256);
  EXPECT_EQ(type_of(bool_, {}).dtype_specs().c_type, "npy_bool");
}

TEST(GpuArrayType, C4_13_memory_zeros_and_sizes) {
  NEEDS_DEVICE();
  const GpuArrayType t = type_of(float32, {false, false});
  const GpuArray a = on_dev0(NDArray::zeros({4, 4}, float32));
  EXPECT_TRUE(GpuArrayType::may_share_memory(a, a.transpose()));
  EXPECT_TRUE(t.may_share_memory(Value(a), Value(a.slice({slice(1, 2)}))));
  EXPECT_FALSE(t.may_share_memory(Value(a), Value(a.copy())));
  EXPECT_FALSE(t.may_share_memory(Value(a), Value(array({1.}))));
  const Value zeros = t.value_zeros({2, 3});
  EXPECT_EQ(zeros.as<GpuArray>().dtype(), float32);
  EXPECT_EQ(zeros.as<GpuArray>().context(), dev0());
  EXPECT_EQ(list(zeros), Doubles(6, 0));
  EXPECT_EQ(t.get_shape_info(zeros), (Shape{2, 3}));
  EXPECT_EQ(t.get_size({2, 3}), 24u);
}

TEST(GpuSupported, C3_6_all_but_complex_and_C3_7_nothing_without_axes) {
  NEEDS_DEVICE();
  EXPECT_TRUE(gpu_supported(array({1.})));
  EXPECT_TRUE(gpu_supported(NDArray::zeros({}, int8)));
  EXPECT_FALSE(gpu_supported(NDArray::zeros({2}, complex64)));
  EXPECT_FALSE(gpu_supported(T::zmatrix("z")));
  EXPECT_TRUE(gpu_supported(T::TensorType(float16, {})));
  EXPECT_TRUE(gpu_supported(on_dev0(array({1.}))));
  EXPECT_TRUE(move_to_gpu(array({1.})));
  EXPECT_FALSE(move_to_gpu(NDArray::zeros({}, float32)));
  EXPECT_FALSE(move_to_gpu(NDArray::zeros({2}, complex128)));
  EXPECT_TRUE(move_to_gpu(T::fvector("x")));
  EXPECT_FALSE(move_to_gpu(T::TensorType(float32, {})));
}
