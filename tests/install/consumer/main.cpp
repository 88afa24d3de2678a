// SPDX-License-Identifier: BSD-3-Clause
#include <kroton/kroton.h>

#include <iostream>

int main() {
  using namespace kroton;
  auto x = dvector("x");
  auto fn = function({x}, {x * x + 1});
  NDArray y = fn(array({1., 2., 3.}));
  std::cout << y << '\n';
  return y.at<double>({2}) == 10. ? 0 : 1;
}
