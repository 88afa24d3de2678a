// SPDX-License-Identifier: BSD-3-Clause
// A type and a few ops of float64 arrays, complete enough to link and run functions without
// tensor/.
#pragma once
#include <cmath>
#include <string>
#include <vector>

#include "kroton/base/errors.h"
#include "kroton/graph/op.h"
#include "kroton/kernel/builder.h"
#include "kroton/kernel/builtin.h"
#include "kroton/ndarray/view.h"

namespace toys {
using namespace kroton;

class Array : public TypeOf<Array> {
 public:
  static constexpr std::string_view type_name = "Array";
  explicit Array(std::vector<bool> flags, DType dtype = float64)
      : dtype_(dtype), flags_(std::move(flags)) {}
  bool is_array() const override { return true; }
  DType dtype() const override { return dtype_; }
  const std::vector<bool>& broadcastable() const override { return flags_; }
  std::shared_ptr<const Type> host_form() const override { return share(); }
  Value filter(const Value& value, bool strict, std::optional<bool> downcast) const override {
    if (!value.is_array() && !value.is_number())
      throw TypeError("Array: " + value.text() + " is no array; pass one");
    if (strict && !value.is_array())
      throw TypeError("Array: " + value.text() + " is no array; strict takes nothing else");
    NDArray array = value;
    if (array.ndim() != flags_.size()) {
      throw TypeError("Array: the value has " + std::to_string(array.ndim()) +
                      " dimensions; the type has " + std::to_string(flags_.size()));
    }
    for (std::size_t i = 0; i < flags_.size(); ++i) {
      if (flags_[i] && array.shape()[i] != 1)
        throw TypeError("Array: axis " + std::to_string(i) + " has not length 1; the type says so");
    }
    if (array.dtype() == dtype_) return array;
    if (downcast != true && !(dtype_ == float64))
      throw TypeError("Array: the value has another dtype; pass allow_downcast");
    return array.astype(dtype_);
  }
  bool values_eq(const Value& a, const Value& b) const override {
    const NDArray x = a, y = b;
    if (x.shape() != y.shape() || x.dtype() != y.dtype()) return false;
    const auto p = x.astype(float64).to_vector<double>(), q = y.astype(float64).to_vector<double>();
    for (std::size_t i = 0; i < p.size(); ++i) {
      if (!(p[i] == q[i]) && !(std::isnan(p[i]) && std::isnan(q[i]))) return false;
    }
    return true;
  }
  bool values_eq_approx(const Value& a, const Value& b) const override { return values_eq(a, b); }
  graph::Variable filter_variable(const graph::Variable& other, bool) const override {
    if (!(other.type() == *this))
      throw TypeError("Array: " + other.type().text() + " is another type");
    return other;
  }

 private:
  DType dtype_;
  std::vector<bool> flags_;

 public:
  static constexpr auto fields =
      std::tuple{Field{"dtype", &Array::dtype_}, Field{"broadcastable", &Array::flags_}};
};
inline Variable vec(std::string name = "") { return Variable(Array({false}), std::move(name)); }
inline Variable mat(std::string name = "") {
  return Variable(Array({false, false}), std::move(name));
}
inline Variable number(std::string name = "", DType dtype = float64) {
  return Variable(Array({}, dtype), std::move(name));
}
inline Variable constant(const NDArray& value) {
  return Array(std::vector<bool>(value.ndim(), false), value.dtype()).make_constant(value);
}

enum class Bodies { both, kernel, perform, wrong_kernel };

// Elementwise on arrays of one shape: x + y + ..., x * y * ...
template <class Derived>
class Pointwise : public OpOf<Derived> {
 public:
  explicit Pointwise(Bodies bodies = Bodies::both) : bodies_(bodies) {}
  Apply make_node(Inputs in) const override {
    return Apply(*this, in, {Variable(in[0].shared_type(), nullptr, "")});
  }
  Shapes infer_shape(const Apply&, Shapes in) const override { return {in[0]}; }
  std::optional<kernel::Kernel> kernel(const Apply& node) const override {
    if (bodies_ == Bodies::perform) return std::nullopt;
    using kernel::Affine;
    kernel::Builder b(std::string(Derived::op_name));
    const int rank = static_cast<int>(node.outputs()[0].ndim());
    std::vector<int> params;
    for (std::size_t i = 0; i < node.inputs().size(); ++i)
      params.push_back(b.in(std::string(1, static_cast<char>('x' + i)), float64, rank));
    params.push_back(b.out("z", float64, rank));
    std::vector<Affine> index;
    for (int d = 0; d < rank; ++d) {
      std::vector<kernel::Dimension> sources;
      for (const int p : params) sources.push_back({p, d});
      index.push_back(
          Affine::axis(b.outer(Affine::extent(b.extent("n" + std::to_string(d), sources)))));
    }
    b.stage();
    kernel::ExprId value = b.load(params[0], index);
    for (std::size_t i = 1; i + 1 < params.size(); ++i)
      value = b.apply(Derived::row(), {value, b.load(params[i], index)});
    if (bodies_ == Bodies::wrong_kernel)
      value = b.apply(kernel::builtin::add, {value, b.constant(float64, 1.0)});
    b.store(params.back(), index, value);
    return b.finish();
  }
  void perform(const Apply& node, std::span<const Value> in, std::span<Value> out) const override {
    if (bodies_ == Bodies::kernel) return Op::perform(node, in, out);
    NDArray z = NDArray(in[0]).copy();
    for (std::size_t i = 1; i < in.size(); ++i) {
      const NDArray x = NDArray(in[i]).copy();
      if (x.shape() != z.shape())
        throw ShapeError(std::string(Derived::op_name) + ": shapes differ");
      for (std::size_t k = 0; k < z.size(); ++k)
        z.data<double>()[k] = Derived::host(z.data<double>()[k], x.data<double>()[k]);
    }
    out[0] = z;
  }
  Bodies bodies_;
};
class Add : public Pointwise<Add> {
 public:
  using Pointwise::Pointwise;
  static constexpr std::string_view op_name = "add";
  static const kernel::FunctionRef& row() { return kernel::builtin::add; }
  static double host(double x, double y) { return x + y; }
};
class Mul : public Pointwise<Mul> {
 public:
  using Pointwise::Pointwise;
  static constexpr std::string_view op_name = "mul";
  static const kernel::FunctionRef& row() { return kernel::builtin::mul; }
  static double host(double x, double y) { return x * y; }
};
inline Variable add(const Variable& x, const Variable& y, Bodies bodies = Bodies::both) {
  return Add(bodies).make_node({x, y}).outputs()[0];
}
inline Variable mul(const Variable& x, const Variable& y, Bodies bodies = Bodies::both) {
  return Mul(bodies).make_node({x, y}).outputs()[0];
}

// The elements in reverse: a view.
class Reverse : public OpOf<Reverse> {
 public:
  static constexpr std::string_view op_name = "Reverse";
  Apply make_node(Inputs in) const override {
    return Apply(*this, in, {Variable(in[0].shared_type(), nullptr, "")});
  }
  Shapes infer_shape(const Apply&, Shapes in) const override { return {in[0]}; }
  void perform(const Apply&, std::span<const Value> in, std::span<Value> out) const override {
    out[0] = NDArray(in[0]).slice({slice(std::nullopt, std::nullopt, -1)});
  }
  AliasMap view_map() const override { return {{0, {0}}}; }
};
inline Variable reverse(const Variable& x) { return Reverse().make_node({x}).outputs()[0]; }

// The elements that are positive: nobody knows how many before it ran.
class Positive : public OpOf<Positive> {
 public:
  static constexpr std::string_view op_name = "Positive";
  Apply make_node(Inputs in) const override { return Apply(*this, in, {vec()}); }
  void perform(const Apply&, std::span<const Value> in, std::span<Value> out) const override {
    std::vector<double> kept;
    for (const double x : NDArray(in[0]).to_vector<double>()) {
      if (x > 0) kept.push_back(x);
    }
    out[0] = array(kept);
  }
};
inline Variable positive(const Variable& x) { return Positive().make_node({x}).outputs()[0]; }

// n -> 0, 1, ..., n - 1 as float64: the shape depends on a value.
class Count : public OpOf<Count> {
 public:
  static constexpr std::string_view op_name = "Count";
  Apply make_node(Inputs in) const override { return Apply(*this, in, {vec()}); }
  Shapes infer_shape(const Apply& node, Shapes) const override {
    return {{{ShapeExpr(node.inputs()[0])}}};
  }
  std::optional<kernel::Kernel> kernel(const Apply&) const override {
    using kernel::Affine;
    kernel::Builder b("count");
    b.in("n", int64, 0);
    const int z = b.out("z", float64, 1);
    const int i = b.outer(Affine::extent(b.extent("n0", {{z, 0}})));
    b.stage();
    b.store(z, {Affine::axis(i)}, b.cast(float64, b.index(Affine::axis(i))));
    return b.finish();
  }
};
inline Variable count(const Variable& n) { return Count().make_node({n}).outputs()[0]; }

// x += y, in x's memory.
class AddInplace : public OpOf<AddInplace> {
 public:
  static constexpr std::string_view op_name = "AddInplace";
  Apply make_node(Inputs in) const override {
    return Apply(*this, in, {Variable(in[0].shared_type(), nullptr, "")});
  }
  Shapes infer_shape(const Apply&, Shapes in) const override { return {in[0]}; }
  void perform(const Apply&, std::span<const Value> in, std::span<Value> out) const override {
    NDArray x = in[0];
    const NDArray y = in[1];
    for (std::int64_t i = 0; i < static_cast<std::int64_t>(x.size()); ++i)
      x.at<double>({i}) += y.at<double>({i});
    out[0] = x;
  }
  AliasMap destroy_map() const override { return {{0, {0}}}; }
};
inline Variable add_inplace(const Variable& x, const Variable& y) {
  return AddInplace().make_node({x, y}).outputs()[0];
}

// Throws when it runs.
class Fails : public OpOf<Fails> {
 public:
  static constexpr std::string_view op_name = "Fails";
  Apply make_node(Inputs in) const override {
    return Apply(*this, in, {Variable(in[0].shared_type(), nullptr, "")});
  }
  void perform(const Apply&, std::span<const Value>, std::span<Value>) const override {
    throw ValueError("Fails: it was run; it always fails");
  }
};
inline Variable fails(const Variable& x) { return Fails().make_node({x}).outputs()[0]; }

inline std::vector<double> list(const Value& value) { return NDArray(value).to_vector<double>(); }
using List = std::vector<double>;
}  // namespace toys
