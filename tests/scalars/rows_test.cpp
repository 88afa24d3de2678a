// SPDX-License-Identifier: BSD-3-Clause
// Every row's host value on every legal dtype against NumPy, SciPy and mpmath
// (tools/make_reference.py), and the table of rows itself.
#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <cstring>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "kroton/base/errors.h"
#include "kroton/kernel/prelude/prelude.h"
#include "kroton/ndarray/cast.h"
#include "kroton/ndarray/npy.h"
#include "kroton/scalars/op.h"

namespace {
using namespace kroton;
using scalars::Row;

const std::string data = KROTON_TEST_DATA "/scalars/";

std::vector<DType> all_dtypes() {
  std::vector<DType> out;
  for (int i = 0; i < dtype_count; ++i) out.push_back(static_cast<DType>(i));
  return out;
}

// The arguments that make_reference.py gave: all values, pairs of 16, triples of 8, each as packed
// elements.
std::vector<std::vector<std::byte>> arguments_of(DType d, int nin) {
  const NDArray values = load_npy(data + "values_" + name(d) + ".npy");
  const std::byte* bytes = static_cast<const std::byte*>(values.raw());
  const std::size_t size = itemsize(d);
  const std::size_t n = nin == 1 ? values.size() : nin == 2 ? 16 : 8;
  std::size_t total = 1;
  for (int i = 0; i < nin; ++i) total *= n;
  std::vector<std::vector<std::byte>> out(static_cast<std::size_t>(nin),
                                          std::vector<std::byte>(total * size));
  for (std::size_t i = 0; i < total; ++i) {
    std::size_t rest = i;
    for (std::size_t k = out.size(); k-- > 0; rest /= n) {
      std::memcpy(&out[k][i * size], bytes + rest % n * size, size);
    }
  }
  return out;
}

// One element of the row: casts to the compute dtype, the host function, the cast to the output.
void evaluate(const Row& row, const scalars::Typing& typing, DType d,
              const std::vector<std::vector<std::byte>>& x, std::size_t i, std::byte* out) {
  alignas(16) std::byte arguments[3][16];
  alignas(16) std::byte result[16];
  const void* pointers[3];
  for (std::size_t k = 0; k < x.size(); ++k) {
    cast_elements(d, &x[k][i * itemsize(d)], 0, typing.arguments[k], arguments[k], 0, 1);
    pointers[k] = arguments[k];
  }
  row.host(typing.compute)(pointers, result);
  cast_elements(typing.computed, result, 0, typing.output, out, 0, 1);
}

std::complex<double> as_number(DType d, const std::byte* p) {
  std::complex<double> z;
  cast_elements(d, p, 0, complex128, &z, 0, 1);
  return z;
}

// The distance between two results in units of the dtype's precision.
double distance(DType d, const std::byte* a, const std::byte* b) {
  if (std::memcmp(a, b, itemsize(d)) == 0) return 0;
  const std::complex<double> x = as_number(d, a), y = as_number(d, b);
  const int digits = d == float16                        ? 11
                     : d == bfloat16                     ? 8
                     : scalars::real_dtype(d) == float32 ? 24
                                                         : 53;
  const int least = d == float16                                         ? -13
                    : d == bfloat16 || scalars::real_dtype(d) == float32 ? -125
                                                                         : -1021;
  if (is_discrete(d)) return 1e9;
  if (is_complex(d)) return std::abs(x - y) / std::ldexp(std::max(std::abs(y), 1e-30), -digits);
  if (std::isnan(x.real()) || std::isnan(y.real()))
    return std::isnan(x.real()) && std::isnan(y.real()) ? 0 : 1e9;
  if (std::isinf(x.real()) || std::isinf(y.real())) return 1e9;
  int exponent = 0;
  std::frexp(y.real(), &exponent);
  if (x.real() == 0 && y.real() == 0) return 1e9;  // zeros of different sign
  return std::abs(x.real() - y.real()) / std::ldexp(1, std::max(exponent, least) - digits);
}

// Rows that are exact operations of the processor, or of bits: no distance is allowed.
bool is_exact(const Row& row, DType output) {
  static const std::set<std::string> exact_functions = {"sqrt",  "inv",      "ceil",     "floor",
                                                        "trunc", "copysign", "nextafter"};
  const bool is_function = row.name == "pow" || row.rule == scalars::DTypeRule::to_float ||
                           row.rule == scalars::DTypeRule::to_float_no_complex;
  const bool exact = !is_function || exact_functions.contains(row.name);
  return is_discrete(output) || (!is_complex(output) && exact && row.name != "abs");
}

// In ULP. exp(y log x) of complex numbers multiplies the rounding of the logarithm by |y log x|;
// what the functions of the gamma and Bessel families are is in docs/accuracy.md.
double limit_of(const Row& row, DType argument, DType output) {
  static const std::set<std::string> families = {
      "gammainc", "gammaincc", "gammal", "gammau", "chi2sf", "j0", "j1", "jv", "iv"};
  if (is_exact(row, output)) return 0;
  if (argument == complex128 && row.name == "pow") return 64;
  if (is_complex(argument)) return 16;
  if (row.name == "logaddexp") return 256;  // of the larger argument 1, which may nearly cancel
  return output == float64 && families.contains(row.name) ? 1000 : 4;
}

class RowValues : public testing::TestWithParam<const Row*> {};

TEST_P(RowValues, are_those_of_numpy_on_every_legal_dtype) {
  const Row& row = *GetParam();
  const NDArray reference = load_npy(data + row.name + ".npy");
  const std::byte* want = static_cast<const std::byte*>(reference.raw());
  const std::byte* end = want + reference.size();
  for (DType d : all_dtypes()) {
    scalars::Typing typing;
    try {
      typing = scalars::typing(row, std::vector<DType>(static_cast<std::size_t>(row.nin), d));
    } catch (const TypeError&) {
      continue;
    }
    const auto x = arguments_of(d, row.nin);
    const std::size_t size = itemsize(typing.output);
    const double limit = limit_of(row, d, typing.output);
    for (std::size_t i = 0; i < x[0].size() / itemsize(d); ++i, want += size) {
      ASSERT_LE(want + size, end) << "more dtypes are legal than the reference has, at " << name(d);
      std::byte got[16];
      evaluate(row, typing, d, x, i, got);
      std::string at;
      for (const auto& argument : x) {
        const std::complex<double> z = as_number(d, &argument[i * itemsize(d)]);
        at += " (" + std::to_string(z.real()) + ", " + std::to_string(z.imag()) + ")";
      }
      EXPECT_LE(distance(typing.output, got, want), limit)
          << row.name << " of " << name(d) << at << ": " << as_number(typing.output, got)
          << " instead of " << as_number(typing.output, want);
    }
  }
  EXPECT_EQ(want, end) << "fewer dtypes are legal than the reference has";
}

std::vector<const Row*> rows_without_casts() {
  std::vector<const Row*> out;
  for (const Row* row : scalars::rows()) {
    if (!row->target) out.push_back(row);
  }
  return out;
}
INSTANTIATE_TEST_SUITE_P(Scalars, RowValues, testing::ValuesIn(rows_without_casts()),
                         [](const auto& info) { return info.param->name + "_row"; });

TEST(Rows, have_names_that_find_them) {
  std::set<std::string> names;
  for (const Row* row : scalars::rows()) {
    EXPECT_TRUE(names.insert(row->name).second) << row->name;
    EXPECT_EQ(scalars::find(row->name), row);
    EXPECT_FALSE(row->doc.empty()) << row->name;
    EXPECT_TRUE(row->traits.inverse.empty() || scalars::find(row->traits.inverse) != nullptr)
        << row->name;
  }
  EXPECT_EQ(scalars::find("exp"), &scalars::op::exp);
  EXPECT_EQ(scalars::find("switch"), &scalars::op::switch_);
  EXPECT_EQ(scalars::find("cast_float32"), &scalars::op::cast(float32));
  EXPECT_EQ(scalars::find("frobnicate"), nullptr);
  EXPECT_GE(scalars::rows().size(), 80u + dtype_count);
}

TEST(Rows, have_kernel_text_and_a_host_function_for_every_compute_dtype) {
  for (const Row* row : scalars::rows()) {
    for (DType d : all_dtypes()) {
      if (kernel::compute_dtype(d) != d) continue;
      const bool computes = (row->computes & (1u << static_cast<int>(d))) != 0;
      EXPECT_EQ(row->host(d) != nullptr, computes) << row->name << " " << name(d);
      if (!computes) continue;
      for (const std::string& called : kernel::called_names(*row, d)) {
        EXPECT_TRUE(kernel::prelude_has(called)) << row->name << " calls " << called;
      }
    }
  }
}

TEST(Rows, identities_are_neutral) {
  for (const Row* row : scalars::rows()) {
    if (!row->traits.identity) continue;
    for (DType d : {bool_, int8, uint16, int64, float32, float64}) {
      const kernel::HostFunction host = row->host(d);
      if (host == nullptr) continue;
      for (double value : {0.0, 1.0, 5.0}) {
        alignas(16) std::byte neutral[16], x[16], out[16];
        cast_elements(float64, &*row->traits.identity, 0, d, neutral, 0, 1);
        cast_elements(float64, &value, 0, d, x, 0, 1);
        const void* both[] = {neutral, x};
        host(both, out);
        EXPECT_EQ(std::memcmp(out, x, itemsize(d)), 0)
            << row->name << " " << name(d) << " " << value;
      }
    }
  }
}
}  // namespace
