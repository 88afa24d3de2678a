// SPDX-License-Identifier: BSD-3-Clause
// How far arrays are apart: isclose, allclose, norm, ptp.
//   allclose(x, y, 1e-6)   norm(x, 2, 0)   ptp(x)
// Source: Theano's tensor/basic.py, tensor/var.py.
#pragma once
#include "kroton/base/api.h"
#include "kroton/graph/axes.h"
#include "kroton/graph/operand.h"

namespace kroton::tensor {
// bool, elementwise: |a - b| <= atol + rtol |b|, or equal (infinities); NaN is close to NaN only if
// EQUAL_NAN.
KROTON_API Variable isclose(const Operand& a, const Operand& b, double rtol = 1e-5,
                            double atol = 1e-8, bool equal_nan = false);
// One bool: whether all are.
KROTON_API Variable allclose(const Operand& a, const Operand& b, double rtol = 1e-5,
                             double atol = 1e-8, bool equal_nan = false);
// (sum |x|^L)^(1/L); L = 0 counts what is not 0, infinity is the largest |x|, -infinity the
// smallest.
KROTON_API Variable norm(const Operand& x, double L, Axes axis = {}, ReduceOptions options = {});
// The largest element less the smallest.
KROTON_API Variable ptp(const Operand& x, Axes axis = {}, ReduceOptions options = {});
}  // namespace kroton::tensor
