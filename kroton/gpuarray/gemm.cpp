// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/gemm.h"

#include <algorithm>
#include <array>

#include "kroton/base/errors.h"
#include "kroton/base/hash.h"
#include "kroton/gpuarray/detail/gemm_text.h"
#include "kroton/gpuarray/detail/open_context.h"
#include "kroton/gpuarray/type.h"
#include "kroton/tensor/batched_dot.h"
#include "kroton/tensor/dot.h"
#include "kroton/tensor/gemm.h"

namespace kroton::gpuarray {
namespace {
Place place_of(const GpuArray& a) { return a.buffer()->place(a.offset()); }

std::array<std::int64_t, 3> steps(const GpuArray& a) {
  const auto bytes = static_cast<std::int64_t>(itemsize(a.dtype()));
  return {a.strides()[0] / bytes, a.strides()[1] / bytes, a.strides()[2] / bytes};
}

GemmCall describe(const GpuArray& z, const GpuArray& a, const GpuArray& b, double alpha,
                  double beta) {
  return {z.dtype(),   z.shape()[0], z.shape()[1], z.shape()[2], a.shape()[2],
          place_of(a), place_of(b),  place_of(z),  steps(a),     steps(b),
          steps(z),    alpha,        beta};
}

// The length of input I along AXIS, and what errors call it.
struct Length {
  std::size_t input, axis;
};
void check_equal(const Apply& node, const std::string& who, std::span<const Value> inputs, Length a,
                 Length b) {
  const auto shape = [&](Length l) { return inputs[l.input].as<GpuArray>().shape(); };
  const auto title = [&](Length l) {
    const Variable& x = node.inputs()[l.input];
    if (!x.name().empty()) return x.name();
    const std::size_t first = inputs.size() == 2 ? 0 : 2;
    return l.input == 0 && inputs.size() != 2 ? std::string("c")
           : inputs.size() == 2               ? std::string(l.input == first ? "x" : "y")
                                              : std::string(l.input == first ? "a" : "b");
  };
  const auto text = [&](Length l) {
    return title(l) + ".shape[" + std::to_string(l.axis) + "] (" +
           std::to_string(shape(l)[l.axis]) + ")";
  };
  if (shape(a)[a.axis] == shape(b)[b.axis]) return;
  throw ShapeError(who + ": " + title(a) + " has shape " + shape_text(shape(a)) + " and " +
                   title(b) + " has shape " + shape_text(shape(b)) + "; " + text(a) +
                   " must equal " + text(b));
}

GpuArray stacked(const GpuArray& a, bool as_column) {
  if (a.ndim() == 3) return a;
  const Shape &n = a.shape(), &s = a.strides();
  if (a.ndim() == 2) return a.view({1, n[0], n[1]}, {0, s[0], s[1]});
  return as_column ? a.view({1, n[0], 1}, {0, s[0], 0}) : a.view({1, 1, n[0]}, {0, 0, s[0]});
}

// Memory for a result: what lies in the storage where it fits and nothing else looks at it.
GpuArray result(Value& storage, const Shape& shape, const GpuArray& like,
                std::span<const Value> inputs) {
  if (storage.is<GpuArray>() && storage.as<GpuArray>()) {
    const auto& old = storage.as<GpuArray>();
    const bool shared = std::any_of(inputs.begin(), inputs.end(), [&](const Value& x) {
      return x.is<GpuArray>() && x.as<GpuArray>().buffer() == old.buffer();
    });
    if (!shared && old.shape() == shape && old.dtype() == like.dtype() && old.is_c_contiguous() &&
        old.context() == like.context())
      return old;
  }
  return GpuArray::empty(shape, like.dtype(), like.context());
}

void dot(const Apply& node, std::span<const Value> inputs, Value& storage) {
  const auto &x = inputs[0].as<GpuArray>(), &y = inputs[1].as<GpuArray>();
  check_equal(node, "dot", inputs, {0, x.ndim() - 1}, {1, 0});
  Shape shape;
  if (x.ndim() == 2) shape.push_back(x.shape()[0]);
  if (y.ndim() == 2) shape.push_back(y.shape()[1]);
  const GpuArray z = result(storage, shape, x, inputs), a = stacked(x, false), b = stacked(y, true);
  const auto bytes = static_cast<std::int64_t>(itemsize(x.dtype()));
  multiply("dot", z.view({1, a.shape()[1], b.shape()[2]}, {0, b.shape()[2] * bytes, bytes}), a, b);
  storage = z;
}

void batched_dot(const Apply& node, std::span<const Value> inputs, Value& storage) {
  const auto &x = inputs[0].as<GpuArray>(), &y = inputs[1].as<GpuArray>();
  check_equal(node, "batched_dot", inputs, {0, 0}, {1, 0});
  check_equal(node, "batched_dot", inputs, {0, 2}, {1, 1});
  const GpuArray z = result(storage, {x.shape()[0], x.shape()[1], y.shape()[2]}, x, inputs);
  multiply("batched_dot", z, x, y);
  storage = z;
}

double number(const Value& value) {
  return value.is<GpuArray>() ? value.as<GpuArray>().to_host().astype(float64).item<double>()
                              : NDArray(value).astype(float64).item<double>();
}

void gemm(const Apply& node, const tensor::Gemm& op, std::span<const Value> inputs,
          Value& storage) {
  const bool outer = op.product() == tensor::Product::outer;
  const std::string who = outer                                          ? "ger"
                          : op.product() == tensor::Product::with_vector ? "gemv"
                                                                         : "gemm";
  const auto &c = inputs[0].as<GpuArray>(), &a = inputs[2].as<GpuArray>(),
             &b = inputs[3].as<GpuArray>();
  if (!outer) check_equal(node, who, inputs, {2, 1}, {3, 0});
  check_equal(node, who, inputs, {2, 0}, {0, 0});
  if (c.ndim() == 2) check_equal(node, who, inputs, {3, outer ? std::size_t{0} : 1}, {0, 1});
  const double alpha = number(inputs[1]), beta = number(inputs[4]);
  GpuArray z = result(storage, c.shape(), c, inputs);
  if (beta != 0) z.write(c);
  multiply(who, stacked(z, true), stacked(a, outer), stacked(b, !outer), alpha, beta);
  storage = z;
}

bool is_product_dtype(DType dtype) { return is_floating(dtype); }
}  // namespace

void multiply(const std::string& who, const GpuArray& z, const GpuArray& a, const GpuArray& b,
              double alpha, double beta) {
  if (z.size() == 0) return;
  KROTON_CHECK(z.ndim() == 3 && a.ndim() == 3 && b.ndim() == 3);
  OpenContext& context = *z.buffer()->context();
  const OpenContext::Lock lock = context.lock();
  const GemmCall call = describe(z, a, b, alpha, beta);
  if (!context.driver().gemm(call))
    detail::multiply_by_kernel(who, context, context.properties(), call);
}

std::optional<GpuArray> multiply_then(const GpuArray& a, const GpuArray& b, const GpuArray* bias,
                                      bool relu, Value& storage, std::span<const Value> inputs) {
  constexpr std::size_t workspace = std::size_t{32} << 20;
  const auto bytes = static_cast<std::int64_t>(itemsize(a.dtype()));
  OpenContext& context = *a.buffer()->context();
  const bool fits = a.shape()[1] == b.shape()[0] &&
                    (!bias || (bias->shape()[0] == b.shape()[1] && bias->strides()[0] == bytes));
  if (!fits || context.properties().kind != "cuda") return std::nullopt;
  const Shape shape{a.shape()[0], b.shape()[1]};
  const GpuArray z = result(storage, shape, a, inputs);
  if (z.size() == 0) return std::nullopt;
  const OpenContext::Lock lock = context.lock();
  Epilogue then{std::nullopt, relu, {context.scratch(workspace), 0}, workspace};
  if (bias) then.bias = place_of(*bias);
  const GpuArray stack = z.view({1, shape[0], shape[1]}, {0, shape[1] * bytes, bytes});
  if (!context.driver().gemm_then(describe(stack, stacked(a, false), stacked(b, true), 1, 0), then))
    return std::nullopt;
  return z;
}

std::optional<GpuGemm> GpuGemm::of(const Apply& node, ContextName context) {
  if (!as<tensor::Dot>(node) && !as<tensor::BatchedDot>(node) && !as<tensor::Gemm>(node))
    return std::nullopt;
  if (!is_product_dtype(node.outputs()[0].dtype())) return std::nullopt;
  return GpuGemm(node.shared_op(), std::move(context));
}

bool GpuGemm::reads_on_host(std::size_t i) const {
  return dynamic_cast<const tensor::Gemm*>(op_.get()) != nullptr && (i == 1 || i == 4);
}

Apply GpuGemm::make_node(Inputs inputs) const {
  Variables host;
  for (const Variable& x : inputs) host.push_back(x.type().host_form()->make_variable());
  const Variable z = op_->make_node(host).outputs()[0];
  return Apply(*this, inputs, {Variable(GpuArrayType(z.dtype(), z.broadcastable(), context_))});
}

Shapes GpuGemm::infer_shape(const Apply& node, Shapes in) const {
  Variables host;
  for (const Variable& x : node.inputs()) host.push_back(x.type().host_form()->make_variable());
  return op_->infer_shape(op_->make_node(host), std::move(in));
}

void GpuGemm::perform(const Apply& node, std::span<const Value> inputs,
                      std::span<Value> output_storage) const {
  if (const auto* product = dynamic_cast<const tensor::Gemm*>(op_.get())) {
    gemm(node, *product, inputs, output_storage[0]);
  } else if (dynamic_cast<const tensor::Dot*>(op_.get())) {
    dot(node, inputs, output_storage[0]);
  } else {
    batched_dot(node, inputs, output_storage[0]);
  }
}

bool GpuGemm::equals(const Op& other) const {
  const auto* b = dynamic_cast<const GpuGemm*>(&other);
  return b && *op_ == *b->op_ && context_ == b->context_;
}

std::size_t GpuGemm::hash() const {
  return base::hash_combine(op_->hash(), base::hash64(context_.value_or("")));
}
}  // namespace kroton::gpuarray
