// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/detail/float_operand.h"

#include <fmt/format.h>

#include "kroton/base/errors.h"
#include "kroton/scalars/dtype_rules.h"
#include "kroton/tensor/constant.h"
#include "kroton/tensor/elemwise_functions.h"

namespace kroton::tensor {
Variable float_operand(const Operand& operand, std::string_view who) {
  const Variable x = array_operand(operand, who);
  if (is_complex(x.dtype())) {
    throw TypeError(fmt::format("{}: {} is {}; it must be real, take its real part or abs", who,
                                x.text(), x.type().text()));
  }
  return cast(x, scalars::upgrade_to_float(x.dtype()));
}
}  // namespace kroton::tensor
