// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/rewrites/transfers.h"

#include "kroton/gpuarray/transfer.h"
#include "kroton/tensor/shape.h"

namespace kroton::gpuarray {
namespace {
bool is_transfer(const Apply& node) {
  return as<GpuFromHost>(node) || as<HostFromGpu>(node) || as<GpuToGpu>(node);
}
// Where the transfers that X is the end of began.
Variable beginning(Variable x) {
  while (is_transfer(x.owner())) x = x.owner().inputs()[0];
  return x;
}
// The context that NODE transfers to; nothing for the host.
std::optional<ContextName> goal(const Apply& node) { return context_of(node.outputs()[0]); }
}  // namespace

std::optional<Variables> local_cut_transfers(const FunctionGraph&, const Apply& node) {
  if (!is_transfer(node)) return std::nullopt;
  const Variable from = beginning(node.inputs()[0]);
  const auto there = goal(node);
  if (context_of(from) == there) return Variables{from};
  if (from == node.inputs()[0]) return std::nullopt;
  if (!there) return Variables{HostFromGpu()(from)};
  if (context_of(from)) return Variables{GpuToGpu(*there)(from)};
  return Variables{GpuFromHost(*there)(from)};
}

std::optional<Variables> local_shape_of_transfer(const FunctionGraph&, const Apply& node) {
  if (!as<tensor::ShapeOf>(node) && !as<tensor::Shape_i>(node)) return std::nullopt;
  const Variable from = beginning(node.inputs()[0]);
  if (from == node.inputs()[0]) return std::nullopt;
  return node.op().make_node({from}).outputs();
}

void install_transfers(rewrite::Database& db) {
  const rewrite::Database::Tags tags{"fast_run", "fast_compile", "canonicalize", "specialize"};
  db.add("local_cut_transfers", local_cut_transfers, tags,
         rewrite::tracks<GpuFromHost, HostFromGpu, GpuToGpu>(),
         "A transfer back to where an array came from is that array.");
  db.add("local_shape_of_transfer", local_shape_of_transfer, tags,
         rewrite::tracks<tensor::ShapeOf, tensor::Shape_i>(),
         "The shape of a transferred array is read where the array was.");
}
}  // namespace kroton::gpuarray
