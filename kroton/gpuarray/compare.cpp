// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/compare.h"

#include <map>
#include <memory>
#include <mutex>
#include <tuple>

#include "kroton/gpuarray/launch.h"
#include "kroton/gpuarray/type.h"
#include "kroton/kernel/accumulators.h"
#include "kroton/kernel/builder.h"
#include "kroton/kernel/builtin.h"
#include "kroton/scalars/op.h"
#include "kroton/tensor/tolerance.h"

namespace kroton::gpuarray {
namespace {
using kernel::Affine, kernel::Builder, kernel::ExprId;
namespace fn = kernel::builtin;

// What a kernel is built for.
struct Test {
  DType a, b, compute;
  bool close, any_where_inf, any_where_nan;
  auto operator<=>(const Test&) const = default;
};

kernel::FunctionRef row(const scalars::Row& r) { return scalars::ref(r); }

DType exact_compute(DType a, DType b) {
  if (can_cast_safely(a, b)) return kernel::compute_dtype(b);
  return can_cast_safely(b, a) ? kernel::compute_dtype(a) : float64;
}

// Whether X and Y match: parts that the test does not ask for are not computed.
ExprId matches(Builder& b, const Test& test, int tolerance, ExprId x, ExprId y) {
  ExprId ok = b.apply(fn::eq, {x, y});
  if (is_discrete(test.compute)) return ok;
  const auto either = [&](ExprId more) { ok = b.apply(fn::logical_or, bool_, {ok, more}); };
  const ExprId x_nan = b.apply(fn::isnan, {x});
  either(b.apply(fn::logical_and, bool_, {x_nan, b.apply(fn::isnan, {y})}));
  if (!test.close) return ok;
  const auto number = [&](std::int64_t i) { return b.load(tolerance, {Affine(i)}); };
  const auto magnitude = [&](ExprId e) { return b.apply(row(scalars::op::abs), {e}); };
  const ExprId far = b.apply(fn::add, {number(0), b.apply(fn::mul, {number(1), magnitude(y)})});
  const ExprId near = b.apply(fn::le, {magnitude(b.apply(fn::sub, {x, y})), far});
  const ExprId y_finite = b.apply(fn::logical_not, bool_, {b.apply(row(scalars::op::isinf), {y})});
  either(b.apply(fn::logical_and, bool_, {near, y_finite}));
  if (test.any_where_inf) either(b.apply(row(scalars::op::isinf), {x}));
  if (test.any_where_nan) either(x_nan);
  return ok;
}

kernel::Kernel make_kernel(const Test& test) {
  Builder b("arrays_match");
  const int x = b.in("x", test.a, 1), y = b.in("y", test.b, 1);
  const int tolerance = test.close ? b.in("tolerance", test.compute, 1) : -1;
  const int z = b.out("z", bool_, 0);
  const int n = b.extent("n", {{x, 0}, {y, 0}});
  b.stage();
  const Affine i = Affine::axis(b.reduce(Affine::extent(n)));
  const int all = kernel::all_accumulator(b);
  b.accumulate(all, {matches(b, test, tolerance, b.cast(test.compute, b.load(x, {i})),
                             b.cast(test.compute, b.load(y, {i})))});
  b.stage();
  b.store(z, {}, b.result(all));
  return b.finish();
}

const DeviceKernel& kernel_for(const Test& test) {
  static std::mutex mutex;
  static std::map<Test, std::unique_ptr<const DeviceKernel>> kernels;
  const std::lock_guard guard(mutex);
  auto& known = kernels[test];
  if (!known) known = std::make_unique<const DeviceKernel>(make_kernel(test));
  return *known;
}

GpuArray flat(const GpuArray& array) { return array.contiguous().reshape({-1}); }

bool run(const Test& test, const GpuArray& a, const GpuArray& b, const Closeness& closeness) {
  if (a.size() == 0) return true;
  const GpuContext context = a.context();
  std::vector<GpuArray> arrays{flat(a), flat(b.context() == context ? b : b.copy_to(context))};
  if (test.close) {
    const NDArray numbers = array({closeness.atol, closeness.rtol}).astype(test.compute);
    arrays.push_back(GpuArray::from_host(numbers, context));
  }
  arrays.push_back(GpuArray::empty({}, bool_, context));
  kernel_for(test).run("values_eq", arrays);
  return arrays.back().to_host().item<bool>();
}
}  // namespace

bool all_equal(const GpuArray& a, const GpuArray& b) {
  return run({a.dtype(), b.dtype(), exact_compute(a.dtype(), b.dtype()), false, false, false}, a, b,
             {});
}
bool all_close(const GpuArray& a, const GpuArray& b, const Closeness& closeness) {
  const DType compute = a.dtype() == float64 || b.dtype() == float64 ? float64 : float32;
  return run(
      {a.dtype(), b.dtype(), compute, true, closeness.any_where_inf, closeness.any_where_nan}, a, b,
      closeness);
}

bool GpuArrayType::values_eq(const GpuArray& a, const GpuArray& b, bool force_same_dtype) {
  if (a.shape() != b.shape() || (force_same_dtype && a.typecode() != b.typecode())) return false;
  return all_equal(a, b);
}

bool GpuArrayType::values_eq_approx(const GpuArray& a, const GpuArray& b, bool allow_remove_inf,
                                    bool allow_remove_nan, std::optional<double> rtol,
                                    std::optional<double> atol) {
  if (a.shape() != b.shape() || a.typecode() != b.typecode()) return false;
  if (is_discrete(a.dtype())) return all_equal(a, b);
  const tensor::Tolerance usual = tensor::tolerance(a.dtype());
  return all_close(
      a, b,
      {rtol.value_or(usual.rtol), atol.value_or(usual.atol), allow_remove_inf, allow_remove_nan});
}
}  // namespace kroton::gpuarray
