// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/literals.h"

#include "kroton/tensor/type.h"

namespace kroton::tensor {
Variable tensor(DType dtype, std::vector<bool> broadcastable, std::string name) {
  return TensorType(dtype, std::move(broadcastable))(std::move(name));
}

#define LITERAL(function, dtype, ...) \
  Variable function(std::string name) { return tensor(dtype, {__VA_ARGS__}, std::move(name)); }
#define FAMILY(p, dtype)                          \
  LITERAL(p##scalar, dtype)                       \
  LITERAL(p##vector, dtype, false)                \
  LITERAL(p##matrix, dtype, false, false)         \
  LITERAL(p##row, dtype, true, false)             \
  LITERAL(p##col, dtype, false, true)             \
  LITERAL(p##tensor3, dtype, false, false, false) \
  LITERAL(p##tensor4, dtype, false, false, false, false)
FAMILY(, floatX())
FAMILY(b, int8)
FAMILY(w, int16)
FAMILY(i, int32)
FAMILY(l, int64)
FAMILY(f, float32)
FAMILY(d, float64)
FAMILY(c, complex64)
FAMILY(z, complex128)
#undef FAMILY
#undef LITERAL
}  // namespace kroton::tensor
