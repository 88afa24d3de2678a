// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/product_then.h"

#include <algorithm>

#include "kroton/base/errors.h"
#include "kroton/base/hash.h"
#include "kroton/gpuarray/transfer.h"
#include "kroton/gpuarray/type.h"
#include "kroton/scalars/op.h"
#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/dot.h"
#include "kroton/tensor/elemwise.h"
#include "kroton/tensor/fused.h"

namespace kroton::gpuarray {
namespace {
// X without the axes that were put in front of it.
Variable unpadded(const Variable& x) {
  const auto* shuffle = as<tensor::DimShuffle>(x.owner());
  if (!shuffle) return x;
  const Variable from = x.owner().inputs()[0];
  const auto& order = shuffle->order();
  const std::size_t more = order.size() - from.ndim();
  for (std::size_t d = 0; d < order.size(); ++d) {
    if (d < more ? order[d] >= 0 : order[d] != static_cast<int>(d - more)) return x;
  }
  return from;
}

bool is_zero(const Variable& x) {
  const auto constant = as<Constant>(unpadded(x));
  if (!constant) return false;
  const NDArray value = constant->data();
  return value.size() == 1 && value.astype(float64).to_vector<double>()[0] == 0;
}

// The operand of a node of two that is not OTHER.
template <class Test>
std::optional<Variable> beside(const Apply& node, Test&& test) {
  if (node.inputs().size() != 2) return std::nullopt;
  for (const std::size_t i : {0, 1}) {
    if (test(node.inputs()[i])) return node.inputs()[1 - i];
  }
  return std::nullopt;
}

struct Pattern {
  Variable bias;  // an inner input; null where there is none
  bool relu = false;
};
// What FUSED does with its inner input P, when it is what a product can do itself.
std::optional<Pattern> pattern(const tensor::Fused& fused, const Variable& p) {
  if (fused.inner_outputs().size() != 1) return std::nullopt;
  Pattern found;
  Variable z = fused.inner_outputs()[0];
  if (tensor::is(z.owner(), scalars::op::maximum)) {
    const auto x = beside(z.owner(), is_zero);
    if (!x) return std::nullopt;
    found.relu = true;
    z = *x;
  }
  if (z.owner() && tensor::is(z.owner(), scalars::op::add)) {
    const auto bias = beside(z.owner(), [&](const Variable& x) { return x == p; });
    if (!bias) return std::nullopt;
    found.bias = unpadded(*bias);
    if (found.bias.owner() || found.bias.ndim() != 1 || found.bias.broadcastable()[0] ||
        found.bias.dtype() != p.dtype())
      return std::nullopt;
    z = p;
  }
  if (!(z == p) || (!found.relu && !bool(found.bias))) return std::nullopt;
  return found;
}
}  // namespace

ProductThen::ProductThen(Apply product, Apply rest, int place, bool relu)
    : product_(std::move(product)), rest_(std::move(rest)), place_(place), relu_(relu) {
  inputs_ = product_.inputs();
  for (std::size_t i = 0; i < rest_.inputs().size(); ++i) {
    if (static_cast<int>(i) != place_) inputs_.push_back(rest_.inputs()[i]);
  }
}

std::optional<ProductThen> ProductThen::of(const Apply& node) {
  const auto* const kernel = as<KernelOp>(node);
  const auto* const fused = kernel ? dynamic_cast<const tensor::Fused*>(&kernel->op()) : nullptr;
  if (!fused || !kernel->op().destroy_map().empty() || node.inputs().size() > 2)
    return std::nullopt;
  for (std::size_t i = 0; i < node.inputs().size(); ++i) {
    const Apply product = node.inputs()[i].owner();
    const auto* const gemm = as<GpuGemm>(product);
    if (!gemm || !dynamic_cast<const tensor::Dot*>(&gemm->op()) ||
        product.outputs()[0].ndim() != 2 ||
        product.outputs()[0].dtype() != node.outputs()[0].dtype())
      continue;
    const auto found = pattern(*fused, fused->inner_inputs()[i]);
    if (!found || node.inputs().size() != (bool(found->bias) ? 2 : 1)) continue;
    const bool all_there = std::all_of(node.inputs().begin(), node.inputs().end(),
                                       [](const Variable& x) { return context_of(x).has_value(); });
    if (all_there) return ProductThen(product, node, static_cast<int>(i), found->relu);
  }
  return std::nullopt;
}

Apply ProductThen::make_node(Inputs inputs) const {
  KROTON_CHECK(inputs.size() == inputs_.size());
  return Apply(*this, inputs, {rest_.outputs()[0].type().make_variable()});
}

Shapes ProductThen::infer_shape(const Apply&, Shapes in) const {
  return product_.op().infer_shape(product_, {in[0], in[1]});
}

void ProductThen::perform(const Apply&, std::span<const Value> inputs,
                          std::span<Value> output_storage) const {
  const GpuArray* const bias = inputs.size() > 2 ? &inputs[2].as<GpuArray>() : nullptr;
  if (const auto z = multiply_then(inputs[0].as<GpuArray>(), inputs[1].as<GpuArray>(), bias, relu_,
                                   output_storage[0], inputs)) {
    output_storage[0] = *z;
    return;
  }
  Values product(1), rest;
  product_.op().perform(product_, inputs.first(2), product);
  if (bias) rest.push_back(inputs[2]);
  rest.insert(rest.begin() + std::min<std::ptrdiff_t>(place_, std::ssize(rest)), product[0]);
  rest_.op().perform(rest_, rest, output_storage);
}

std::vector<std::source_location> ProductThen::lines(const Apply&) const {
  std::vector<std::source_location> all = product_.op().lines(product_);
  for (const std::source_location& line : rest_.op().lines(rest_)) all.push_back(line);
  return all;
}

std::string ProductThen::text() const {
  return "GpuProductThen{" + product_.op().text() + ", " + rest_.op().text() + "}";
}

bool ProductThen::equals(const Op& other) const {
  const auto* b = dynamic_cast<const ProductThen*>(&other);
  return b && place_ == b->place_ && product_.op() == b->product_.op() &&
         rest_.op() == b->rest_.op();
}

std::size_t ProductThen::hash() const {
  return base::hash_combine(product_.op().hash(), rest_.op().hash());
}
}  // namespace kroton::gpuarray
