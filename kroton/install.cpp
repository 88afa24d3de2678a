// SPDX-License-Identifier: BSD-3-Clause
// The one file that sees every room: what rooms bring along is named here, so that nothing depends
// on the order of linking and no room has to look up.
#include "kroton/tensor/rewrites/install.h"
#include "kroton/archive/formats.h"
#include "kroton/compile/shared.h"
#include "kroton/compile/surroundings.h"
#include "kroton/distributed/around_calls.h"
#include "kroton/gpuarray/context.h"
#include "kroton/gpuarray/formats.h"
#include "kroton/gpuarray/module_arrays.h"
#include "kroton/gpuarray/rewrites/lift.h"
#include "kroton/gpuarray/rewrites/products.h"
#include "kroton/gpuarray/rewrites/sequences.h"
#include "kroton/gpuarray/rewrites/transfers.h"
#include "kroton/gpuarray/shared.h"
#include "kroton/gpuarray/transfer.h"
#include "kroton/link/module_values.h"
#include "kroton/rewrite/database.h"
#include "kroton/tensor/shared.h"
#include "kroton/tensor/transfer.h"

namespace kroton {
void rewrite::install(Database& database) {
  install_rewrites(database);
  tensor::install_rewrites(database);
  gpuarray::install_transfers(database);
  gpuarray::install_lift(database);
  gpuarray::install_products(database);
  gpuarray::install_sequences(database);
}

const std::vector<SharedConstructor>& compile::shared_constructors() {
  static const std::vector<SharedConstructor> constructors{
      {"generic", &generic_shared_constructor},
      {"tensor", &tensor::tensor_shared_constructor},
      {"gpuarray", &gpuarray::device_shared_constructor}};
  return constructors;
}

const std::vector<Surroundings>& compile::surroundings() {
  static const std::vector<Surroundings> rooms{distributed::communicating_functions()};
  return rooms;
}

const archive::Formats& archive::formats() {
  static const Formats all = [] {
    Formats formats = host_formats();
    gpuarray::add_formats(formats);
    return formats;
  }();
  return all;
}

void link::provide_symbols_of_rooms() { gpuarray::provide_module_symbols(); }

const std::vector<tensor::TransferTargets>& tensor::transfer_targets() {
  static const std::vector<TransferTargets> rooms{
      {&gpuarray::transfer_to_context, &gpuarray::list_contexts}};
  return rooms;
}
}  // namespace kroton
