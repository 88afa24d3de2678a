// SPDX-License-Identifier: BSD-3-Clause
// What the tests of nnet share: values by every way of running a graph, compared with references.
#pragma once
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "kroton/compile/function.h"
#include "kroton/ndarray/npy.h"
#include "tests/support/evaluate.h"

namespace nnet_tests {
using namespace kroton;

inline NDArray reference(const std::string& name) {
  return load_npy(std::string(KROTON_TEST_DATA) + "/nnet/" + name + ".npy");
}
inline double not_a_number() { return std::nan(""); }
inline double infinity() { return INFINITY; }

// Within RTOL, or ATOL where that is more; NaN where NaN is, infinities exactly.
inline void expect_close(const NDArray& got, const NDArray& wanted, double rtol, double atol = 0,
                         const std::string& where = "") {
  ASSERT_EQ(got.shape(), wanted.shape()) << where;
  const auto a = got.astype(float64).copy().to_vector<double>();
  const auto b = wanted.astype(float64).copy().to_vector<double>();
  for (std::size_t i = 0; i < a.size(); ++i) {
    const bool same = a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i])) ||
                      std::abs(a[i] - b[i]) <= std::max(atol, rtol * std::abs(b[i]));
    EXPECT_TRUE(same) << where << " element " << i << ": " << a[i] << " is not " << b[i];
  }
}

// Z without rewriting, by the interpreter and compiled, and as function() compiles it.
inline void expect_everywhere(const Variable& z, const support::Givens& givens,
                              const NDArray& wanted, double rtol = 1e-14, double atol = 0) {
  expect_close(support::evaluate(z, givens, "py"), wanted, rtol, atol, "py");
  expect_close(support::evaluate(z, givens, "vm"), wanted, rtol, atol, "vm");
  std::vector<In> inputs;
  std::vector<CallArgument> values;
  for (const auto& [variable, value] : givens) {
    inputs.emplace_back(variable);
    values.emplace_back(value);
  }
  const Function f = function(inputs, z, {.on_unused_input = OnUnusedInput::ignore});
  expect_close(f.call(values).array(0), wanted, rtol, atol, "fast_run");
}
}  // namespace nnet_tests
