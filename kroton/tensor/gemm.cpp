// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/gemm.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "kroton/base/errors.h"
#include "kroton/kernel/builtin.h"
#include "kroton/ndarray/view.h"
#include "kroton/tensor/detail/gradients.h"
#include "kroton/tensor/detail/matrix_product.h"
#include "kroton/tensor/detail/nest.h"
#include "kroton/tensor/detail/output.h"
#include "kroton/tensor/detail/product.h"
#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/dot.h"
#include "kroton/tensor/elemwise.h"
#include "kroton/tensor/reduce.h"
#include "kroton/tensor/shape.h"
#include "kroton/tensor/transfer.h"

namespace kroton::tensor {
using kernel::Affine;
using kernel::Builder;

namespace {
struct Ranks {
  std::size_t c, a, b;
};
Ranks ranks(Product product) {
  switch (product) {
    case Product::matrices:
      return {2, 2, 2};
    case Product::with_vector:
      return {1, 2, 1};
    case Product::outer:
      return {2, 1, 1};
  }
  KROTON_CHECK(false);
  return {};
}

// Whether elements of the array share memory with each other.
bool repeats(const NDArray& a) {
  for (std::size_t d = 0; d < a.ndim(); ++d) {
    if (a.shape_data()[d] > 1 && a.strides_data()[d] == 0) return true;
  }
  return false;
}

bool same_layout(const ArrayLayout& a, const ArrayLayout& b) {
  return a.ndim == b.ndim && std::equal(a.shape, a.shape + a.ndim, b.shape) &&
         std::equal(a.strides, a.strides + a.ndim, b.strides);
}
// From the first element to behind the last one; of an array that BLAS reads, whose strides are
// not negative.
std::size_t spanned_bytes(const ArrayLayout& a) {
  std::int64_t bytes = static_cast<std::int64_t>(itemsize(a.dtype));
  for (std::size_t d = 0; d < a.ndim; ++d) {
    if (a.shape[d] == 0) return 0;
    bytes += (a.shape[d] - 1) * a.strides[d];
  }
  return static_cast<std::size_t>(bytes);
}
MemoryRange range(const void* begin, std::size_t bytes) {
  const auto low = reinterpret_cast<std::uintptr_t>(begin);
  return {low, low + bytes};
}
// The bytes of a C-contiguous array, 0 of another one.
std::size_t c_contiguous_bytes(const ArrayLayout& a) {
  std::int64_t stride = static_cast<std::int64_t>(itemsize(a.dtype));
  for (std::size_t d = a.ndim; d-- > 0; stride *= a.shape[d]) {
    if (a.shape[d] > 1 && a.strides[d] != stride) return 0;
  }
  return static_cast<std::size_t>(stride);
}
}  // namespace

std::string field_text(Product product) {
  static constexpr const char* names[] = {"matrices", "with_vector", "outer"};
  return names[static_cast<int>(product)];
}

const char* Gemm::name() const {
  static constexpr const char* names[] = {"gemm", "gemv", "ger"};
  return names[static_cast<int>(product_)];
}

std::string Gemm::text() const {
  static constexpr const char* names[] = {"Gemm", "Gemv", "Ger"};
  return fmt::format("{}{{inplace: {}}}", names[static_cast<int>(product_)], inplace_);
}

AliasMap Gemm::destroy_map() const { return inplace_ ? AliasMap{{0, {0}}} : AliasMap{}; }

Variable Gemm::product_of(const Variable& a, const Variable& b) const {
  return product_ == Product::outer ? outer(a, b) : dot(a, b);
}

Apply Gemm::make_node(Inputs arguments) const {
  const Variables given = on_host(arguments);
  KROTON_CHECK(given.size() == 5);
  const Ranks rank = ranks(product_);
  const std::size_t wanted[] = {rank.c, 0, rank.a, rank.b, 0};
  static constexpr const char* roles[] = {"c", "alpha", "a", "b", "beta"};
  Variables inputs = given;
  for (std::size_t i = 0; i < 5; ++i) {
    Variable& x = inputs[i];
    const DType dtype = inputs[0].dtype();
    const bool is_scalar = wanted[i] == 0 && x.type().is_array() && x.ndim() == 0;
    if (is_scalar && (is_complex(dtype) || !is_complex(x.dtype()))) x = cast(x, dtype);
    if (!x.type().is_array() || x.ndim() != wanted[i] || x.dtype() != dtype || is_discrete(dtype)) {
      throw TypeError(
          fmt::format("{}: {} is {}; {} has {} dimensions, and all arrays have one dtype, "
                      "which is no integer",
                      name(), x.text(), x.type().text(), roles[i], wanted[i]));
    }
  }
  return Apply(*this, inputs, {Variable(*inputs[0].shared_type())});
}

Shapes Gemm::infer_shape(const Apply&, Shapes in) const { return {in[0]}; }

Variables Gemm::grad(const Apply& node, Variables gz) const {
  const Variables& in = node.inputs();
  const Variable &c = in[0], &alpha = in[1], &a = in[2], &b = in[3], &beta = in[4], &g = gz[0];
  const Variable product = product_of(a, b);
  const Apply node_of_product = product.owner();
  const Variables factors = node_of_product.op().grad(node_of_product, {g * conjugate(alpha)});
  Variable ga = factors[0], gb = factors[1];
  if (product_ == Product::outer) {
    ga = shuffled(ga, {0});
    gb = shuffled(gb, {1});
  }
  return {g * conjugate(beta), sum(g * conjugate(product)), with_flags(ga, a.broadcastable()),
          with_flags(gb, b.broadcastable()), sum(g * conjugate(c))};
}

Variables Gemm::r_op(const Apply& node, Variables eval_points) const {
  const Variables& in = node.inputs();
  Variable change;
  const auto add_part = [&](const Variable& part) { change = change ? change + part : part; };
  if (eval_points[0]) add_part(in[4] * eval_points[0]);
  if (eval_points[1]) add_part(eval_points[1] * product_of(in[2], in[3]));
  if (eval_points[2]) add_part(in[1] * product_of(eval_points[2], in[3]));
  if (eval_points[3]) add_part(in[1] * product_of(in[2], eval_points[3]));
  if (eval_points[4]) add_part(eval_points[4] * in[0]);
  return {change ? with_flags(change, node.outputs()[0].broadcastable()) : change};
}

std::optional<kernel::Kernel> Gemm::kernel(const Apply& node) const {
  const Variable &c = node.inputs()[0], &a = node.inputs()[2], &b = node.inputs()[3];
  if (multiplies(c.dtype())) return std::nullopt;
  Builder k(name());
  const int alias = inplace_ ? 0 : -1, rank = static_cast<int>(c.ndim());
  const int from = k.param("c", c.dtype(), rank, kernel::Role::in, alias);
  const int alpha = add_input(k, "alpha", node.inputs()[1]);
  const int left = add_input(k, "a", a), right = add_input(k, "b", b);
  const int beta = add_input(k, "beta", node.inputs()[4]);
  const int to = k.param("z", c.dtype(), rank, kernel::Role::out, alias);
  std::vector<std::vector<kernel::Dimension>> sources(c.ndim());
  if (!c.broadcastable()[0]) sources[0] = {{left, 0}, {from, 0}, {to, 0}};
  if (rank == 2 && !c.broadcastable()[1])
    sources[1] = {{right, product_ == Product::outer ? 0 : 1}, {from, 1}, {to, 1}};
  const Domain domain = outer_domain(k, sources);
  k.stage();
  kernel::ExprId product;
  if (product_ == Product::outer) {
    product =
        k.apply(kernel::builtin::mul, {k.load(left, {domain[0]}), k.load(right, {domain[1]})});
  } else {
    const Affine i = Affine::axis(k.reduce(Affine::extent(k.extent("k", {{left, 1}, {right, 0}}))));
    std::vector<Affine> at_b{i};
    if (rank == 2) at_b.push_back(domain[1]);
    product = sum_of_products(k, k.load(left, {domain[0], i}), k.load(right, at_b));
  }
  const auto scaled = [&](int factor, kernel::ExprId value) {
    return k.apply(kernel::builtin::mul, {k.load(factor, {}), value});
  };
  k.store(
      to, domain,
      k.apply(kernel::builtin::add, {scaled(beta, k.load(from, domain)), scaled(alpha, product)}));
  return k.finish();
}

void Gemm::check_lengths(const Apply& node, std::span<const Value> inputs) const {
  if (product_ != Product::outer) check_equal(node, name(), inputs, {2, 1}, {3, 0});
  check_equal(node, name(), inputs, {2, 0}, {0, 0});
  if (product_ != Product::with_vector)
    check_equal(node, name(), inputs, {3, product_ == Product::outer ? 0 : 1}, {0, 1});
}

// Of the dtypes that need no memory of their own.
InputCheck Gemm::input_check(const Apply& node) const {
  const DType dtype = node.inputs()[0].dtype();
  if (!multiplies(dtype) || itemsize(dtype) < 4) return {};
  return [this, node](std::span<const Value> inputs) { check_lengths(node, inputs); };
}

PreparedBody Gemm::prepare(const Apply&, std::span<const ArrayLayout> inputs,
                           std::span<const ArrayLayout> outputs) const {
  const ArrayLayout &a = inputs[2], &b = inputs[3], &z = outputs[0];
  const std::size_t bytes = c_contiguous_bytes(z);
  if (!multiplies(z.dtype) || product_ == Product::outer || bytes == 0 ||
      !same_layout(inputs[0], z))
    return {};
  Multiply multiply =
      product_ == Product::matrices ? prepared_gemm(a, b, z) : prepared_gemv(a, b, z);
  if (!multiply) return {};
  return [multiply = std::move(multiply), bytes, bytes_of_a = spanned_bytes(a),
          bytes_of_b = spanned_bytes(b)](void* const* arrays) {
    const void *const c = arrays[0], *const left = arrays[2], *const right = arrays[3];
    void* const to = arrays[5];
    const MemoryRange written = range(to, bytes);
    if (!written.overlaps(range(left, bytes_of_a)) && !written.overlaps(range(right, bytes_of_b))) {
      if (to != c) std::memcpy(to, c, bytes);
      return multiply(arrays[1], left, right, arrays[4], to);
    }
    // C is to be overwritten and is a factor, too.
    const auto result = std::make_unique_for_overwrite<std::byte[]>(bytes);
    std::memcpy(result.get(), c, bytes);
    multiply(arrays[1], left, right, arrays[4], result.get());
    std::memcpy(to, result.get(), bytes);
  };
}

void Gemm::perform(const Apply& node, std::span<const Value> inputs,
                   std::span<Value> output_storage) const {
  const NDArray &c = inputs[0].as<NDArray>(), &a = inputs[2].as<NDArray>(),
                &b = inputs[3].as<NDArray>();
  if (!multiplies(c.dtype())) not_defined("perform");
  check_lengths(node, inputs);
  const Factor alpha = inputs[1].item<Factor>(), beta = inputs[4].item<Factor>();
  NDArray z;
  if (inplace_ && !repeats(c) && !may_share_memory(c, a) && !may_share_memory(c, b)) {
    output_storage[0] = z = c;
  } else {
    z = beta != 0.0 ? output_from(output_storage[0], c)
                    : output_array(output_storage[0], c.ndim(), c.shape_data(), c.dtype());
  }
  switch (product_) {
    case Product::matrices:
      return gemm(alpha, a, b, beta, z);
    case Product::with_vector:
      return gemv(alpha, a, b, beta, z);
    case Product::outer:
      return ger(alpha, a, b, beta, z);
  }
}
}  // namespace kroton::tensor
