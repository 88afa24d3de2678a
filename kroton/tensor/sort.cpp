// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/sort.h"

#include <fmt/format.h>

#include <algorithm>
#include <complex>
#include <numeric>

#include "kroton/base/at.h"
#include "kroton/base/errors.h"
#include "kroton/ndarray/cast.h"
#include "kroton/ndarray/view.h"
#include "kroton/scalars/dtype_rules.h"
#include "kroton/tensor/advanced_inc_subtensor.h"
#include "kroton/tensor/constant.h"
#include "kroton/tensor/create.h"
#include "kroton/tensor/detail/gradients.h"
#include "kroton/tensor/detail/output.h"
#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/elemwise_functions.h"
#include "kroton/tensor/length.h"
#include "kroton/tensor/reshape.h"
#include "kroton/tensor/transfer.h"
#include "kroton/tensor/type.h"

namespace kroton::tensor {
namespace {
// Ascending with NaN behind everything: a strict weak order on all values.
template <class T>
bool comes_before(const T& a, const T& b) {
  if constexpr (detail::is_complex_element<T>) {
    if (comes_before(a.real(), b.real())) return true;
    if (comes_before(b.real(), a.real())) return false;
    return comes_before(a.imag(), b.imag());
  } else if constexpr (detail::is_short_float<T>) {
    return comes_before(to_float(a), to_float(b));
  } else if constexpr (std::is_floating_point_v<T>) {
    return a < b || (b != b && a == a);
  } else {
    return a < b;
  }
}

// Calls f with an element pointer, its byte step and the length, once per row of x along AXIS;
// POSITION counts the rows in C order of the other axes.
template <class F>
void for_each_row(const NDArray& x, int axis, F&& f) {
  const std::size_t rank = x.ndim();
  if (x.size() == 0) return;
  std::vector<std::int64_t> index(rank, 0);
  const std::byte* const base = static_cast<const std::byte*>(x.raw());
  while (true) {
    std::int64_t offset = 0;
    for (std::size_t d = 0; d < rank; ++d) offset += index[d] * x.strides_data()[d];
    f(base + offset, x.strides_data()[axis], x.shape_data()[axis], index);
    std::size_t d = rank;
    while (true) {
      if (d-- == 0) return;
      if (d == at(axis)) continue;
      if (++index[d] < x.shape_data()[d]) break;
      index[d] = 0;
    }
  }
}

// Puts what MAKE(row) gives into the rows of Z along AXIS; row holds the elements of x, in order.
template <class T, class Out, class Make>
void map_rows(const NDArray& x, NDArray& z, int axis, Make&& make) {
  std::vector<T> row(static_cast<std::size_t>(x.size() == 0 ? 0 : x.shape_data()[axis]));
  for_each_row(x, axis,
               [&](const std::byte* from, std::int64_t step, std::int64_t n,
                   const std::vector<std::int64_t>& index) {
                 row.resize(static_cast<std::size_t>(n));
                 for (std::int64_t i = 0; i < n; ++i)
                   row[static_cast<std::size_t>(i)] = *reinterpret_cast<const T*>(from + i * step);
                 std::int64_t offset = 0;
                 for (std::size_t d = 0; d < index.size(); ++d)
                   offset += index[d] * z.strides_data()[d];
                 std::byte* const to = static_cast<std::byte*>(z.raw()) + offset;
                 const std::vector<Out>& made = make(row);
                 for (std::int64_t i = 0; i < n; ++i)
                   *reinterpret_cast<Out*>(to + i * z.strides_data()[axis]) =
                       made[static_cast<std::size_t>(i)];
               });
}

// Bools in one byte each, as arrays hold them.
template <class T>
using Stored = std::conditional_t<std::is_same_v<T, bool>, std::uint8_t, T>;

Variable sorted_operand(const Operand& operand, std::optional<int>& axis, const char* who) {
  Variable x = array_operand(operand, who);
  if (!axis || x.ndim() == 0) {
    x = flatten(x);
    axis = 0;
  }
  axis = normalized_axis(*axis, x.ndim(), who);
  return x;
}

// Index arrays that reach the elements of an array like P where P, positions along AXIS, says.
Variables everywhere(const Variable& p, int axis) {
  const int rank = static_cast<int>(p.ndim());
  Variables index;
  for (int d = 0; d < rank; ++d) {
    if (d != axis && p.type().broadcastable()[at(d)]) {
      index.push_back(constant(0, int64));
      continue;
    }
    std::vector<int> order(at(rank), DimShuffle::new_axis);
    order[at(d)] = 0;
    index.push_back(d == axis ? p : shuffled(arange(length_of(p, d)), order));
  }
  return index;
}
Variable permuted(const Variable& x, const Variable& positions, int axis) {
  std::vector<int> axes(x.ndim());
  std::iota(axes.begin(), axes.end(), 0);
  Variables inputs = everywhere(positions, axis);
  inputs.insert(inputs.begin(), x);
  return AdvancedSubtensor(axes, 0, {"sort"}).make_node(inputs).outputs()[0];
}
}  // namespace

// ---------------------------------------------------------------- Sort
Apply Sort::make_node(Inputs arguments) const {
  const Variables inputs = on_host(arguments);
  KROTON_CHECK(inputs.size() == 1 && axis_ >= 0 && axis_ < static_cast<int>(inputs[0].ndim()));
  return Apply(*this, inputs, {Variable(inputs[0].type())});
}
Shapes Sort::infer_shape(const Apply&, Shapes in) const { return {in[0]}; }
Variables Sort::grad(const Apply& node, Variables gz) const {
  const Variable& x = node.inputs()[0];
  if (is_discrete(x.dtype())) return {zero_gradient(x)};
  Variables inputs = everywhere(ArgSort(axis_)(x), axis_);
  inputs.insert(inputs.begin(), {zero_gradient(x), gz[0]});
  std::vector<int> axes(x.ndim());
  std::iota(axes.begin(), axes.end(), 0);
  return {AdvancedIncSubtensor(axes, 0, true, false, {"sort"}).make_node(inputs).outputs()[0]};
}
Variables Sort::r_op(const Apply& node, Variables eval_points) const {
  if (!eval_points[0]) return no_change(node);
  return {permuted(eval_points[0], ArgSort(axis_)(node.inputs()[0]), axis_)};
}
void Sort::perform(const Apply&, std::span<const Value> inputs,
                   std::span<Value> output_storage) const {
  const NDArray& x = inputs[0].as<NDArray>();
  NDArray z = output_array(output_storage[0], x.shape(), x.dtype());
  with_element_type(x.dtype(), [&](auto tag) {
    using T = Stored<typename decltype(tag)::type>;
    map_rows<T, T>(x, z, axis_, [](std::vector<T>& row) -> const std::vector<T>& {
      std::stable_sort(row.begin(), row.end(),
                       [](const T& a, const T& b) { return comes_before(a, b); });
      return row;
    });
  });
}

// ---------------------------------------------------------------- ArgSort
Apply ArgSort::make_node(Inputs arguments) const {
  const Variables inputs = on_host(arguments);
  KROTON_CHECK(inputs.size() == 1 && axis_ >= 0 && axis_ < static_cast<int>(inputs[0].ndim()));
  const Type& type = inputs[0].type();
  return Apply(*this, inputs, {Variable(*type.with(int64, type.broadcastable()))});
}
Shapes ArgSort::infer_shape(const Apply&, Shapes in) const { return {in[0]}; }
Variables ArgSort::grad(const Apply& node, Variables) const {
  return {zero_gradient(node.inputs()[0])};
}
Variables ArgSort::r_op(const Apply& node, Variables) const { return no_change(node); }
void ArgSort::perform(const Apply&, std::span<const Value> inputs,
                      std::span<Value> output_storage) const {
  const NDArray& x = inputs[0].as<NDArray>();
  NDArray z = output_array(output_storage[0], x.shape(), int64);
  std::vector<std::int64_t> order;
  with_element_type(x.dtype(), [&](auto tag) {
    using T = Stored<typename decltype(tag)::type>;
    map_rows<T, std::int64_t>(
        x, z, axis_, [&](std::vector<T>& row) -> const std::vector<std::int64_t>& {
          order.resize(row.size());
          std::iota(order.begin(), order.end(), std::int64_t{0});
          std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
            return comes_before(row[static_cast<std::size_t>(a)], row[static_cast<std::size_t>(b)]);
          });
          return order;
        });
  });
}

// ---------------------------------------------------------------- SearchSorted
Apply SearchSorted::make_node(Inputs arguments) const {
  const Variables inputs = on_host(arguments);
  KROTON_CHECK(inputs.size() == 2 && inputs[0].ndim() == 1 &&
               inputs[0].dtype() == inputs[1].dtype());
  const Type& type = inputs[1].type();
  return Apply(*this, inputs, {Variable(*type.with(int64, type.broadcastable()))});
}
Shapes SearchSorted::infer_shape(const Apply&, Shapes in) const { return {in[1]}; }
Variables SearchSorted::grad(const Apply& node, Variables) const {
  return {zero_gradient(node.inputs()[0]), zero_gradient(node.inputs()[1])};
}
Variables SearchSorted::r_op(const Apply& node, Variables) const { return no_change(node); }
void SearchSorted::perform(const Apply&, std::span<const Value> inputs,
                           std::span<Value> output_storage) const {
  const NDArray sorted = inputs[0].as<NDArray>().copy(), v = inputs[1].as<NDArray>().copy();
  NDArray z = output_array(output_storage[0], v.shape(), int64);
  with_element_type(v.dtype(), [&](auto tag) {
    using T = Stored<typename decltype(tag)::type>;
    const T *first = static_cast<const T*>(sorted.raw()), *last = first + sorted.size();
    const T* const values = static_cast<const T*>(v.raw());
    const auto before = [](const T& a, const T& b) { return comes_before(a, b); };
    for (std::size_t i = 0; i < v.size(); ++i) {
      const T* place = right_ ? std::upper_bound(first, last, values[i], before)
                              : std::lower_bound(first, last, values[i], before);
      z.data<std::int64_t>()[i] = place - first;
    }
  });
}

// ---------------------------------------------------------------- user functions
Variable sort(const Operand& operand, std::optional<int> axis) {
  const CreationLine line(operand.line());
  const Variable x = sorted_operand(operand, axis, "sort");
  return Sort(*axis)(x);
}
Variable argsort(const Operand& operand, std::optional<int> axis) {
  const CreationLine line(operand.line());
  const Variable x = sorted_operand(operand, axis, "argsort");
  return ArgSort(*axis)(x);
}
Variable searchsorted(const Operand& sorted, const Operand& operand, Side side) {
  const CreationLine line(operand.line());
  const Variable x = array_operand(sorted, "searchsorted"),
                 v = array_operand(operand, "searchsorted");
  if (x.ndim() != 1) {
    throw TypeError(fmt::format("searchsorted: {} is {}; what is searched must be a vector",
                                x.text(), x.type().text()));
  }
  const DType dtype = scalars::promote(x.dtype(), v.dtype());
  return SearchSorted(side == Side::right)(cast(x, dtype), cast(v, dtype));
}
}  // namespace kroton::tensor
