// SPDX-License-Identifier: BSD-3-Clause
#include <kroton/kroton.h>

#include <iostream>

int main() {
  using namespace kroton;
  if (!mpi_enabled() || mpi_size() != 2) return 2;
  if (mpi_rank() == 0) {
    auto x = matrix("x");
    auto fn = function({x}, {send(x + 1, 1, 11), recv({2, 2}, float64, 1, 12)});
    NDArray z = fn(NDArray::full({2, 2}, 1.)).array(1);
    std::cout << z << '\n';
    return z.at<double>({1, 1}) == 4. ? 0 : 1;
  }
  auto y = recv({2, 2}, float64, 0, 11);
  function({}, send(y * 2, 0, 12))();
}
