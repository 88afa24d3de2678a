// SPDX-License-Identifier: BSD-3-Clause
// Prints a hash of the bits of every row of ops.def, of reductions, scans, sorts and products, on
// arguments that mix ordinary and special numbers; same_bits_test runs it with other flags and
// compares. It fails itself where a slice of a longer array, another alignment, a stride or a
// second run gives other bits.
#include <cmath>
#include <cstring>
#include <iostream>
#include <limits>
#include <string>
#include <vector>

#include "kroton/base/hash.h"
#include "kroton/kroton.h"
#include "kroton/scalars/op.h"
#include "kroton/tensor/elemwise.h"

using namespace kroton;
namespace T = kroton::tensor;

namespace {
constexpr std::int64_t length = 8009;
bool failed = false;

// Ordinary numbers of all sizes, with a special one in every eleventh place.
NDArray numbers(DType dtype, std::int64_t n, int seed) {
  NDArray out = NDArray::zeros({n});
  const double inf = std::numeric_limits<double>::infinity();
  const double special[] = {0.0,    -0.0,  1.0,  -1.0,  inf,  -inf,  std::nan(""),
                            1e-310, 1e-40, 5e-8, 1e300, 1e22, -745.0};
  std::uint64_t state = static_cast<std::uint64_t>(seed) * 0x9e3779b97f4a7c15u + 1;
  for (std::int64_t i = 0; i < n; ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    const double unit = static_cast<double>(state >> 11) * 0x1p-52 - 1;
    double value = i % 3 == 0 ? unit * 3 : std::copysign(std::exp(std::abs(unit) * 8 - 3), unit);
    if (i % 11 == 0) value = special[static_cast<std::size_t>(i / 11) % std::size(special)];
    if (is_discrete(dtype)) value = std::trunc(std::fmod(std::isfinite(value) ? value : 0, 120));
    if (is_bool(dtype) || (is_discrete(dtype) && is_unsigned(dtype))) value = std::abs(value);
    out.data<double>()[i] = value;
  }
  return out.astype(dtype);
}

template <class U>
void one_nan(void* bytes, std::size_t count, U magnitude, U infinity) {
  for (U* p = static_cast<U*>(bytes); count > 0; --count, ++p)
    if ((*p & magnitude) > infinity) *p = magnitude;
}
// Which of its bit patterns a NaN has is no promise.
std::uint64_t bits_of(const NDArray& a) {
  const NDArray packed = a.copy();
  const std::size_t count = packed.size() * (is_complex(packed.dtype()) ? 2 : 1);
  const DType real = scalars::real_dtype(packed.dtype());
  if (real == float64) one_nan<std::uint64_t>(packed.raw(), count, ~0ull >> 1, 0x7ffull << 52);
  if (real == float32) one_nan<std::uint32_t>(packed.raw(), count, ~0u >> 1, 0xffu << 23);
  if (real == float16) one_nan<std::uint16_t>(packed.raw(), count, 0x7fff, 0x7c00);
  if (real == bfloat16) one_nan<std::uint16_t>(packed.raw(), count, 0x7fff, 0x7f80);
  return base::hash64(packed.raw(), packed.size() * itemsize(packed.dtype()));
}
bool same(const NDArray& a, const NDArray& b) {
  return a.shape() == b.shape() && bits_of(a) == bits_of(b);
}

void expect(bool holds, const std::string& what, const char* how) {
  if (holds) return;
  std::cout << what << " differs " << how << "\n";
  failed = true;
}

// F of arrays of one length, element by element.
void check_elementwise(const std::string& name, const Function& f, const std::vector<NDArray>& x) {
  const auto of = [&](auto&& part) {
    std::vector<CallArgument> in;
    for (const NDArray& a : x) in.emplace_back(part(a));
    return f.call(in).array(0);
  };
  const NDArray whole = of([](const NDArray& a) { return a; });
  std::cout << name << " " << bits_of(whole) << "\n";
  expect(same(whole, of([](const NDArray& a) { return a; })), name, "on a second run");
  for (const auto& [from, to] : {std::pair<std::int64_t, std::int64_t>{1, length},
                                 {3, 3 + 257},
                                 {4099, 4099 + 17},
                                 {length - 1, length}}) {
    const auto part = [from = from, to = to](const NDArray& a) {
      return a.slice({slice(from, to)});
    };
    expect(same(of(part), part(whole)), name, "on a slice");
  }
  const auto thinned = [](const NDArray& a) { return a.slice({slice({}, {}, 3)}); };
  expect(same(of(thinned), thinned(whole)), name, "on a stride");
  const auto reversed = [](const NDArray& a) { return a.slice({slice({}, {}, -1)}); };
  expect(same(of(reversed), reversed(whole)), name, "on a negative stride");
}

void check_rows(DType dtype) {
  for (const scalars::Row* row : scalars::rows()) {
    if (row->target) continue;
    Variables in;
    std::vector<NDArray> at;
    for (int i = 0; i < row->nin; ++i) {
      in.push_back(TensorType(dtype, {false})("x" + std::to_string(i)));
      at.push_back(numbers(dtype, length, i + 1));
    }
    try {
      scalars::typing(*row, std::vector<DType>(in.size(), dtype));
    } catch (const TypeError&) {
      continue;
    }
    std::vector<In> inputs(in.begin(), in.end());
    check_elementwise(row->name + " " + name(dtype), function(inputs, T::elementwise(*row, in)),
                      at);
  }
}

// The same bits wherever the data lie, and every time.
void check_array(const std::string& name, const Variable& x, const Variable& z,
                 const NDArray& value) {
  const Function f = function({x}, z);
  const NDArray wanted = f(value);
  std::cout << name << " " << bits_of(wanted) << "\n";
  for (std::int64_t offset : {1, 3}) {
    Shape shape = value.shape();
    shape[0] += offset;
    const NDArray moved = NDArray::zeros(shape, value.dtype()).slice({slice(offset)});
    std::memcpy(moved.raw(), value.raw(), value.size() * itemsize(value.dtype()));
    expect(same(f(moved), wanted), name, "at another alignment");
  }
  for (int i = 0; i < 3; ++i) expect(same(f(value), wanted), name, "on another run");
}

void check_arrays(DType dtype) {
  const Variable v = TensorType(dtype, {false})("v"), m = TensorType(dtype, {false, false})("m");
  NDArray wave = NDArray::zeros({300007});
  for (std::int64_t i = 0; i < 300007; ++i)
    wave.data<double>()[i] =
        std::sin(static_cast<double>(i) * 0.7) * (1 + static_cast<double>(i % 1000));
  const NDArray vector = wave.astype(dtype),
                matrix = wave.slice({slice(0, 200 * 300)}).reshape({200, 300}).astype(dtype);
  const std::string kind = " " + name(dtype);
  check_array("sum" + kind, v, T::sum(v), vector);
  check_array("mean" + kind, v, T::mean(v), vector);
  check_array("var" + kind, v, T::var(v), vector);
  check_array("prod" + kind, v, T::prod(1 + v * 1e-7), vector);
  check_array("max" + kind, v, T::max(v), vector);
  check_array("argmax" + kind, v, T::argmax(v), vector);
  check_array("logsumexp" + kind, v, T::logsumexp(v), vector);
  check_array("cumsum" + kind, v, T::cumsum(v), vector);
  check_array("sort" + kind, v, T::sort(v), vector);
  for (int axis : {0, 1}) {
    const std::string where = kind + " axis " + std::to_string(axis);
    check_array("sum" + where, m, T::sum(m, axis), matrix);
    check_array("var" + where, m, T::var(m, axis), matrix);
    check_array("max" + where, m, T::max(m, axis), matrix);
  }
  check_array("softmax" + kind, m, T::nnet::softmax(m), matrix);
  check_array("dot" + kind, m, T::dot(m, m.T()), matrix);
  check_array("gradient" + kind, m, grad(T::sum(T::tanh(T::dot(m, m.T()) * 1e-6)), m), matrix);
}
}  // namespace

int main() {
  for (DType dtype : {int32, float16, float32, float64, complex128}) check_rows(dtype);
  for (DType dtype : {float32, float64}) check_arrays(dtype);
  return failed ? 1 : 0;
}
