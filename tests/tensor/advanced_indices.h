// SPDX-License-Identifier: BSD-3-Clause
// Indices with arrays of every kind; tools/make_reference.py has the same list.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "kroton/graph/operand.h"
#include "kroton/tensor/elemwise.h"

namespace kroton::support {
inline const NDArray v = array({2, 0, -1, 0}), w = array({1, -3, 2, 1}),
                     m = array({0, -1, 1, 1}, {2, 2}), column = NDArray::zeros({2, 1, 2}, int64),
                     first = array({0, -1}), second = array({2, 0}), third = array({1, -3});

using Indexed = std::vector<std::pair<std::string, Variable>>;
inline Indexed indexed(const Variable& x) {
  const Variable mask = x[1] > 2;
  return {{"rows", x[m]},
          {"second", x[{slice(), v}]},
          {"last", x[{ellipsis, v}]},
          {"pair", x[{slice(), v, w}]},
          {"outer_pair", x[{m, column}]},
          {"first_and_last", x[{first, slice(), second}]},
          {"integer_beside", x[{slice(), 1, v}]},
          {"integer_apart", x[{0, slice(), v}]},
          {"all", x[{first, second, third}]},
          {"with_slice", x[{slice({}, {}, -1), slice(1), v}]},
          {"newaxis", x[{slice(), newaxis, second}]},
          {"between", x[{slice(), second, newaxis, third}]},
          {"scalar_like", x[{slice(), v, -1}]},
          {"matrix", x[{slice(), slice(), m}]},
          {"mask", x[x > 2]},
          {"mask_first", x[array({true, false})]},
          {"mask_inner", x[{slice(), mask}]},
          {"mask_last", x[{1, slice(), array({true, false, true, true})}]},
          {"mask_and_integers", x[{array({true, true}), slice(), second}]},
          {"mask_none", x[x > 99]},
          {"ellipsis_between", x[{first, ellipsis, second}]}};
}
}  // namespace kroton::support
