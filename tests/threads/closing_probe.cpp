// SPDX-License-Identifier: BSD-3-Clause
// A user's plugin: a library that uses Kroton, opened and closed by closing_test.
#include "kroton/kroton.h"

extern "C" __attribute__((visibility("default"))) double sum_of_squares(int n) {
  using namespace kroton;
  const Variable x = dvector("x");
  const Function f = function({x}, tensor::sum(tensor::sqr(x)));
  return f(NDArray::full({n}, 2.)).item<double>();
}
