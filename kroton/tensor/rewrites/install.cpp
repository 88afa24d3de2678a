// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/rewrites/install.h"

#include "kroton/tensor/rewrites/fusion.h"
#include "kroton/tensor/rewrites/lift.h"
#include "kroton/tensor/rewrites/shape.h"

namespace kroton::tensor {
void install_rewrites(rewrite::Database& db) {
  install_shape(db);
  install_lift(db);
  install_fusion(db);
}
}  // namespace kroton::tensor
