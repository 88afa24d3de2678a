// SPDX-License-Identifier: BSD-3-Clause
// A comparison of variables is a variable, not an answer: every use of it as a condition is
// refused.
#include <kroton/kroton.h>

using namespace kroton;
namespace T = kroton::tensor;

int main() {
  Variable x = matrix("x"), y = matrix("y");
  Variable less = x < y;                     // a graph
  Variable between = T::and_(0 < x, x < 1);  // what 0 < x < 1 means
  if (x == y) return 1;                      // identity is an answer
  if (!less || !between) return 1;           // a handle is true when it holds something
#ifdef KROTON_MUST_NOT_COMPILE
  if (x < y) return 1;              // error: use of deleted function
  if (!(x <= y)) return 1;          // error: use of deleted function
  while (x > 0) return 1;           // error: use of deleted function
  Variable chain = 0 < x < 1;       // error: use of deleted function
  Variable chained = x >= y >= x;   // error: use of deleted function
  bool both = x && y;               // error: use of deleted function
  bool either = x || y;             // error: use of deleted function
  bool mixed = (x < y) && (y < x);  // error: use of deleted function
  bool answer = x < y;              // error: cannot convert
#endif
  return 0;
}
