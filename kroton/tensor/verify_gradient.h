// SPDX-License-Identifier: BSD-3-Clause
// verify_gradient: the derivatives of an expression against difference quotients. For tests of ops
// of one's own:
//   verify_gradient([](const Variables& in) { return my_op(in[0], in[1]); }, {a, b});
// Source: Theano's gradient.py:verify_grad.
#pragma once
#include <functional>
#include <optional>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/compile/mode.h"
#include "kroton/graph/variable.h"
#include "kroton/ndarray/ndarray.h"

namespace kroton::tensor {
struct VerifyGradientOptions {
  // How far each element is moved to both sides, and how far derivative and quotient may be apart,
  // relative to the larger of 1 and the quotient. Nothing: by the coarsest dtype among the arrays.
  std::optional<double> step = {}, tolerance = {};
  bool forward = true;  // Rop too, along a direction of each input, agrees with the gradient
  Mode mode = {};
};
// Checks grad, and Rop, of the expression F at the arrays AT, of any float dtype. Where F gives an
// array, a projection with weights between 0.5 and 1.5 is differentiated, the same ones each time.
// Axes of length 1 are broadcastable. F must be smooth around the point; an input that it is no
// function of has gradient zero.
// Errors: GradientError with the element, its derivative and its quotient; TypeError for arrays
// that are not of floats and for results that are not real.
KROTON_API void verify_gradient(const std::function<Variable(const Variables&)>& f,
                                const std::vector<NDArray>& at, VerifyGradientOptions options = {});
}  // namespace kroton::tensor
