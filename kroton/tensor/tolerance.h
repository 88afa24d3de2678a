// SPDX-License-Identifier: BSD-3-Clause
// How far apart two values of a dtype may be and still count as the same result.
// Source: Theano's tensor/basic.py:_get_atol_rtol.
#pragma once
#include "kroton/base/api.h"
#include "kroton/ndarray/dtype.h"

namespace kroton::tensor {
// |a - b| <= atol + rtol |b|
struct Tolerance {
  double rtol, atol;
};
KROTON_API Tolerance tolerance(DType d);
}  // namespace kroton::tensor
