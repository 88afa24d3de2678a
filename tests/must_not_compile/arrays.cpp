// SPDX-License-Identifier: BSD-3-Clause
// Arrays hold values and variables stand for them: arithmetic of arrays alone would build no graph
// that anybody asked for, so it is refused, and needs one variable to be there.
#include <kroton/kroton.h>

using namespace kroton;
namespace T = kroton::tensor;

int main() {
  NDArray a = array({1., 2.}), b = array({3., 4.});
  Variable sum = vector("x") + a;
  Variable wrapped = T::constant(a) + b;
#ifdef KROTON_MUST_NOT_COMPILE
  auto added = a + b;     // error: use of deleted function
  auto divided = a / b;   // error: use of deleted function
  auto shifted = a + 1;   // error: use of deleted function
  auto scaled = 2.0 * a;  // error: use of deleted function
  auto masked = a & b;    // error: use of deleted function
  auto less = a < b;      // error: use of deleted function
#endif
  return sum == wrapped;
}
