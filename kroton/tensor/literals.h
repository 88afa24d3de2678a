// SPDX-License-Identifier: BSD-3-Clause
// Input variables: matrix("x") of the dtype that the flag floatX names, fmatrix, lvector, ... with
// a letter for the dtype: b int8, w int16, i int32, l int64, f float32, d float64, c complex64, z
// complex128.
//   auto x = matrix("x"), b = dvector("b"), m = tensor(bool_, {false, true, false}, "m");
#pragma once
#include <string>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/variable.h"

namespace kroton::tensor {
#define LITERAL(n) KROTON_API Variable n(std::string name = "");
#define FAMILY(p)     \
  LITERAL(p##scalar)  \
  LITERAL(p##vector)  \
  LITERAL(p##matrix)  \
  LITERAL(p##row)     \
  LITERAL(p##col)     \
  LITERAL(p##tensor3) \
  LITERAL(p##tensor4)
// clang-format off
LITERAL(scalar) LITERAL(vector) LITERAL(matrix) LITERAL(row) LITERAL(col) LITERAL(tensor3)
LITERAL(tensor4) FAMILY(b) FAMILY(w) FAMILY(i) FAMILY(l) FAMILY(f) FAMILY(d) FAMILY(c) FAMILY(z)
// clang-format on
#undef FAMILY
#undef LITERAL
KROTON_API Variable tensor(DType dtype, std::vector<bool> broadcastable, std::string name = "");
}  // namespace kroton::tensor
