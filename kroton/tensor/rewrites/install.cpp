// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/rewrites/install.h"

#include "kroton/tensor/rewrites/blas.h"
#include "kroton/tensor/rewrites/canonicalize.h"
#include "kroton/tensor/rewrites/canonizer.h"
#include "kroton/tensor/rewrites/fusion.h"
#include "kroton/tensor/rewrites/lift.h"
#include "kroton/tensor/rewrites/nnet.h"
#include "kroton/tensor/rewrites/reductions.h"
#include "kroton/tensor/rewrites/shape.h"
#include "kroton/tensor/rewrites/specialize.h"
#include "kroton/tensor/rewrites/stabilize.h"
#include "kroton/tensor/rewrites/subtensor.h"

namespace kroton::tensor {
void install_rewrites(rewrite::Database& db) {
  install_shape(db);
  install_lift(db);
  install_canonicalize(db);
  install_canonizer(db);
  install_stabilize(db);
  install_nnet(db);
  install_blas(db);
  install_reductions(db);
  install_subtensor(db);
  install_specialize(db);
  install_fusion(db);
}
}  // namespace kroton::tensor
