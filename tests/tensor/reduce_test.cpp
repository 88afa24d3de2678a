// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/reduce.h"

#include <map>

#include "kroton/base/errors.h"
#include "kroton/tensor/argmax.h"
#include "kroton/tensor/literals.h"
#include "tests/support/check_error.h"
#include "tests/support/evaluate.h"
#include "tests/support/verify_gradient.h"
#include "tests/tensor/reference.h"

using namespace kroton;
using namespace kroton::support;
namespace T = kroton::tensor;

namespace {
using Reduction = Variable (*)(const Operand&, Axes, ReduceOptions);
const std::map<std::string, Reduction> reductions{
    {"sum", T::sum},   {"prod", T::prod},     {"max", T::max},      {"min", T::min},
    {"mean", T::mean}, {"var", T::var},       {"std", T::std},      {"any", T::any},
    {"all", T::all},   {"argmax", T::argmax}, {"argmin", T::argmin}};
const std::vector<Axes> all_axes{{}, 0, 1, -1, {0, 2}, {1, 2}, {0, 1, 2}};

void check_against_numpy(const std::string& dtype_name, const std::string& linker) {
  const NDArray value = reference("x_" + dtype_name);
  const Variable x = T::tensor(value.dtype(), {false, false, false}, "x");
  for (const auto& [function, reduction] : reductions) {
    SCOPED_TRACE(function);
    const std::string file =
        std::string(KROTON_TEST_DATA) + "/tensor/" + function + "_" + dtype_name + ".npy";
    if (FILE* found = std::fopen(file.c_str(), "rb")) {
      std::fclose(found);
    } else {
      continue;
    }
    const NDArray wanted = load_npy(file);
    Variables outputs;
    for (const Axes& axis : all_axes) outputs.push_back(reduction(x, axis, {}));
    std::int64_t at = 0;
    for (const Value& got : evaluate_all(outputs, {{x, value}}, linker)) {
      const NDArray flat = NDArray(got).reshape({-1});
      const auto n = static_cast<std::int64_t>(flat.size());
      const double rtol = value.dtype() == float16                                 ? 1e-3
                          : value.dtype() == float32 || value.dtype() == complex64 ? 1e-6
                                                                                   : 1e-14;
      expect_like(flat, wanted.slice({slice(at, at + n)}), rtol);
      at += n;
    }
    EXPECT_EQ(at, static_cast<std::int64_t>(wanted.size()));
  }
}
}  // namespace

TEST(Reduce, values_and_dtypes_are_numpys_for_floats) {
  for (const char* d : {"float64", "nan", "float32", "float16", "complex64"}) {
    SCOPED_TRACE(d);
    check_against_numpy(d, "py");
  }
}
TEST(Reduce, values_and_dtypes_are_numpys_for_integers_and_bools) {
  for (const char* d : {"int8", "int32", "uint8", "bool"}) {
    SCOPED_TRACE(d);
    check_against_numpy(d, "py");
  }
}
TEST(Reduce, compiled_kernels_give_the_same) {
  for (const char* d : {"nan", "int8"}) {
    SCOPED_TRACE(d);
    check_against_numpy(d, "vm");
  }
}

TEST(Reduce, keepdims_leaves_broadcastable_axes) {
  const Variable x = T::dtensor3("x");
  EXPECT_EQ(T::sum(x, {0, 2}, {.keepdims = true}).broadcastable(),
            (std::vector<bool>{true, false, true}));
  EXPECT_EQ(T::sum(x, {0, 2}).broadcastable(), std::vector<bool>{false});
  EXPECT_EQ(evaluate(T::mean(x, 1, {.keepdims = true}), {{x, NDArray::zeros({2, 3, 4})}}).shape(),
            (Shape{2, 1, 4}));
}

TEST(Reduce, dtypes_of_sums_are_wide_and_can_be_chosen) {
  const auto of = [](DType d, ReduceOptions options = {}) {
    return T::fold_dtypes(T::Fold::sum, d, options);
  };
  EXPECT_EQ(of(int8).dtype, int64);
  EXPECT_EQ(of(uint8).dtype, uint64);
  EXPECT_EQ(of(bool_).dtype, int64);
  EXPECT_EQ(of(float32).dtype, float32);
  EXPECT_EQ(of(float32).acc_dtype, float64);
  EXPECT_EQ(of(float16).acc_dtype, float32);
  EXPECT_EQ(of(complex64).acc_dtype, complex128);
  EXPECT_EQ(of(float32, {.acc_dtype = float32}).acc_dtype, float32);
  EXPECT_EQ(of(int32, {.dtype = float64}).acc_dtype, float64);
  EXPECT_EQ(of(int32, {.dtype = int32}).dtype, int32);
  EXPECT_EQ(T::mean(T::ivector("x")).dtype(), float64);
  EXPECT_EQ(T::mean(T::fvector("x")).dtype(), float32);
  EXPECT_EQ(T::argmax(T::fvector("x")).dtype(), int64);
}

TEST(Reduce, float32_is_accumulated_in_float64) {
  const Variable x = T::fvector("x");
  std::vector<float> values(4097, 1.0f);
  values[0] = 16777216.0f;  // 2**24, to which a float cannot add 1
  EXPECT_EQ(evaluate(T::sum(x), {{x, array(values)}}).item<float>(), 16777216.0f + 4096.0f);
}

TEST(Reduce, of_nothing) {
  const Variable x = T::dmatrix("x");
  const NDArray none = NDArray::zeros({3, 0});
  EXPECT_EQ(evaluate(T::sum(x, 1), {{x, none}}).to_vector<double>(),
            (std::vector<double>{0, 0, 0}));
  EXPECT_EQ(evaluate(T::prod(x, 1), {{x, none}}).to_vector<double>(),
            (std::vector<double>{1, 1, 1}));
  EXPECT_EQ(evaluate(T::all(x), {{x, none}}).item<bool>(), true);
  EXPECT_EQ(evaluate(T::max(x, 0), {{x, none}}).shape(), Shape{0});
  for (const char* linker : {"py", "vm"}) {
    EXPECT_THROW(evaluate(T::max(x, 1), {{x, none}}, linker), ValueError);
    EXPECT_THROW(evaluate(T::argmin(x, 1), {{x, none}}, linker), ValueError);
    EXPECT_EQ(evaluate(T::max(x), {{x, NDArray::full({2, 2}, 3)}}, linker).item<double>(), 3);
  }
}

TEST(Reduce, over_no_axis_is_the_array_itself) {
  const Variable x = T::ivector("x");
  EXPECT_EQ(
      evaluate(T::sum(x, std::vector<int>{}), {{x, array<int>({1, 2})}}).to_vector<std::int64_t>(),
      (std::vector<std::int64_t>{1, 2}));
  const NDArray any = evaluate(T::any(x, std::vector<int>{}), {{x, array<int>({0, 2})}});
  EXPECT_FALSE(any.at<bool>({0}));
  EXPECT_TRUE(any.at<bool>({1}));
  EXPECT_EQ(evaluate(T::max(T::constant(5))).item<int>(), 5);
}

TEST(Reduce, reads_any_strides) {
  const Variable x = T::dmatrix("x");
  const NDArray base = NDArray::arange(24, float64).reshape({4, 6});
  const NDArray odd = base.slice({slice({}, {}, -2), slice(1, {}, 2)}).transpose();
  EXPECT_EQ(evaluate(T::sum(x, 0), {{x, odd}}).to_vector<double>(),
            evaluate(T::sum(x, 0), {{x, odd.copy()}}).to_vector<double>());
}

TEST(Reduce, moments_follow_ddof) {
  const Variable x = T::dvector("x");
  EXPECT_DOUBLE_EQ(
      evaluate(T::var(x, {}, {.ddof = 1}), {{x, array({1., 2., 3., 4.})}}).item<double>(), 5.0 / 3);
  EXPECT_DOUBLE_EQ(evaluate(T::std(x), {{x, array({1., 3.})}}).item<double>(), 1.0);
}

TEST(Reduce, gradients_agree_with_differences) {
  const NDArray a = weights({2, 3, 2}, 3);
  for (const Axes& axis : std::vector<Axes>{{}, 1, {0, 2}}) {
    for (const char* name : {"sum", "prod", "max", "min", "mean", "var", "std"}) {
      SCOPED_TRACE(name);
      verify_gradient([&](const Variables& x) { return reductions.at(name)(x[0], axis, {}); }, {a});
    }
  }
}

TEST(Reduce, the_gradient_of_a_product_has_no_division_by_zero) {
  verify_gradient([](const Variables& x) { return T::prod(x[0], 1); },
                  {array({1., 2., 0., 3., 0., 0., 2., 5., 4.}, {3, 3})});
}

TEST(Reduce, C6_4_ties_of_a_max_share_its_gradient) {
  const Variable x = T::dvector("x");
  const Variable g = grad(T::max(x) * 6, x);
  EXPECT_EQ(evaluate(g, {{x, array({1., 3., 3., 0., 3.})}}).to_vector<double>(),
            (std::vector<double>{0, 2, 2, 0, 2}));
}

TEST(Reduce, wrong_axes_and_dtypes_are_named) {
  const Variable x = T::dmatrix("x"), z = T::zvector("z");
  CHECK_ERROR(ValueError, T::sum(x, 2),
              "sum: axis 2 is out of range for 2 dimensions; give -2 to 1");
  CHECK_ERROR(ValueError, T::max(x, {0, -2}),
              "max: axis 0 is given twice; each axis may stand once");
  CHECK_ERROR(TypeError, T::max(z),
              "max: z is TensorType(complex128, vector); complex numbers have no order");
  CHECK_ERROR(TypeError, T::argmax(z),
              "argmax: z is TensorType(complex128, vector); complex numbers have no order");
  CHECK_ERROR(TypeError, T::sum(z, 0, {.dtype = float64}),
              "sum: x is complex128 and float64 is asked for; a complex value has no place in it");
  CHECK_ERROR(
      TypeError, T::sum(x, 0, {.acc_dtype = int64}),
      "sum: x is float64 and acc_dtype is int64; the running value would lose its fraction");
  CHECK_ERROR(
      TypeError, T::mean(x, 0, {.dtype = int32}),
      "mean: dtype is int32; a mean has a fraction, give a float dtype and cast afterwards");
  EXPECT_EQ(evaluate(T::sum(x), {{x, NDArray::full({2, 2}, 1)}}).item<double>(), 4);
}

TEST(Reduce, says_what_it_is) {
  EXPECT_EQ(T::sum(T::fmatrix("x"), 0).owner().op().text(),
            "Sum{axes: (0,), dtype: float32, acc_dtype: float64}");
  EXPECT_EQ(T::argmin(T::fmatrix("x"), 1).owner().op().text(), "Argmin{axes: (1,)}");
  EXPECT_EQ(T::CAReduce(T::Fold::sum, {0}, int64, int64),
            T::CAReduce(T::Fold::sum, {0}, int64, int64));
  EXPECT_FALSE(T::CAReduce(T::Fold::sum, {0}, int64, int64) ==
               T::CAReduce(T::Fold::prod, {0}, int64, int64));
}
