// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/rewrites/products.h"

#include "kroton/gpuarray/product_then.h"
#include "kroton/gpuarray/transfer.h"

namespace kroton::gpuarray {
namespace {
void join_products(FunctionGraph& fgraph, bool only_cuda) {
  for (const Apply& node : fgraph.toposort()) {
    const auto joined = ProductThen::of(node);
    if (!joined) continue;
    const Variable& product = joined->product().outputs()[0];
    if (fgraph.is_output(product) || fgraph.clients(product).size() != 1) continue;
    if (only_cuda && get_context(*context_of(product)).kind() != "cuda") continue;
    fgraph.replace_all_validate(
        {{node.outputs()[0], joined->make_node(joined->inputs()).outputs()[0]}}, "gpu_products");
  }
}
}  // namespace

void install_products(rewrite::Database& db) {
  db.add("gpu_products",
         [](FunctionGraph& fgraph, rewrite::Trace&) { join_products(fgraph, true); }, 49.55,
         {"fast_run"});
  db.add("gpu_products_everywhere",
         [](FunctionGraph& fgraph, rewrite::Trace&) { join_products(fgraph, false); }, 49.56,
         {"gpu_products"});
}
}  // namespace kroton::gpuarray
