// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/scalar_type.h"

#include "kroton/base/errors.h"
#include "kroton/tensor/type.h"

namespace kroton::tensor {
namespace {
// A number is checked as a 0-d array whose type has the Scalar's text.
TensorType as_tensor(const Scalar& type) { return TensorType(type.dtype(), {}, type.text()); }
}  // namespace

Value Scalar::filter(const Value& value, bool strict, std::optional<bool> allow_downcast) const {
  return as_tensor(*this).filter(value, strict, allow_downcast);
}
bool Scalar::values_eq(const Value& a, const Value& b) const {
  return as_tensor(*this).values_eq(a, b);
}
bool Scalar::values_eq_approx(const Value& a, const Value& b) const {
  return as_tensor(*this).values_eq_approx(a, b);
}
}  // namespace kroton::tensor
