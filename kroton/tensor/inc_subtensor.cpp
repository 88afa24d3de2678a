// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/inc_subtensor.h"

#include <fmt/format.h>

#include <algorithm>

#include "kroton/base/errors.h"
#include "kroton/kernel/builder.h"
#include "kroton/kernel/builtin.h"
#include "kroton/ndarray/cast.h"
#include "kroton/ndarray/view.h"
#include "kroton/tensor/advanced_inc_subtensor.h"
#include "kroton/tensor/constant.h"
#include "kroton/tensor/create.h"
#include "kroton/tensor/detail/gradients.h"
#include "kroton/tensor/detail/index_map.h"
#include "kroton/tensor/detail/nest.h"
#include "kroton/tensor/detail/output.h"
#include "kroton/tensor/detail/written_part.h"
#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/elemwise.h"
#include "kroton/tensor/length.h"
#include "kroton/tensor/reduce.h"
#include "kroton/tensor/shape.h"
#include "kroton/tensor/transfer.h"

namespace kroton::tensor {
using kernel::Affine;
using kernel::Builder;

namespace {
const char* user_name(bool set) { return set ? "set_subtensor" : "inc_subtensor"; }

Variables bounds_of(const Apply& node) {
  return Variables(node.inputs().begin() + 2, node.inputs().end());
}

// The strides that read an array of Y's shape as one of SHAPE; ShapeError where a length is neither
// equal nor 1 on a broadcastable axis.
Shape broadcast_strides(const NDArray& y, const Shape& shape, const std::vector<bool>& flags,
                        const char* who) {
  Shape strides(shape.size(), 0);
  const std::size_t shift = shape.size() - y.ndim();
  for (std::size_t i = 0; i < y.ndim(); ++i) {
    if (flags[i]) continue;
    if (y.shape_data()[i] != shape[i + shift]) {
      throw ShapeError(fmt::format(
          "{}: y has shape {} and the part of x has shape {}; the lengths must be equal, or "
          "the axis of y broadcastable",
          who, shape_text(y.shape()), shape_text(shape)));
    }
    strides[i + shift] = y.strides_data()[i];
  }
  return strides;
}

void add_into(const NDArray& target, const NDArray& y) {
  const Shape shape = target.shape(), to = target.strides(), from = y.strides();
  with_element_type(target.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    StridedLoop<2>(shape.size(), shape.data(), {to.data(), from.data()})
        .for_each_run({static_cast<std::byte*>(target.raw()), static_cast<std::byte*>(y.raw())},
                      [](const auto& at, const auto& step, std::int64_t n) {
                        for (std::int64_t i = 0; i < n; ++i) {
                          T& sum = *reinterpret_cast<T*>(at[0] + i * step[0]);
                          const T& term = *reinterpret_cast<const T*>(at[1] + i * step[1]);
                          if constexpr (std::is_same_v<T, bool>) {
                            sum = sum || term;
                          } else if constexpr (std::is_integral_v<T>) {
                            sum = static_cast<T>(static_cast<std::uint64_t>(sum) +
                                                 static_cast<std::uint64_t>(term));
                          } else if constexpr (detail::is_short_float<T>) {
                            sum = convert_element<T>(to_float(sum) + to_float(term));
                          } else {
                            sum += term;
                          }
                        }
                      });
  });
}

Variable written(const Variable& x_at_index, Variable y, bool set, const char* who);

// Into x[slices]: the op's inputs with y among them.
Variable written_slices(const Apply& node, const Variable& y, bool set) {
  Variables inputs = node.inputs();
  inputs.insert(inputs.begin() + 1, y);
  return IncSubtensor(as<Subtensor>(node)->items(), set).make_node(inputs).outputs()[0];
}

// Into x[newaxis, slices]: y loses the new axes.
Variable written_under_new_axes(const Variable& x_at_index, const std::vector<int>& order,
                                Variable y, bool set, const char* who) {
  const Variable part = x_at_index.owner().inputs()[0];
  y = pad_left(y, x_at_index.ndim());
  std::vector<int> back(part.ndim(), DimShuffle::new_axis);
  std::vector<bool> flags = y.broadcastable();
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (order[i] == DimShuffle::new_axis) {
      flags[i] = true;
    } else {
      back[static_cast<std::size_t>(order[i])] = static_cast<int>(i);
    }
  }
  return written(part, shuffled(with_flags(y, flags), back), set, who);
}

// At x[arrays], or at x[slices][arrays] where one pair of brackets holds both: then the part goes
// back to where it was taken.
Variable written_at_arrays(const Apply& node, const Variable& y, bool set, const char* who) {
  const auto* op = as<AdvancedSubtensor>(node);
  Variables inputs = node.inputs();
  inputs.insert(inputs.begin() + 1, y);
  const Variable z = AdvancedIncSubtensor(op->axes(), op->place(), set, false, {who})
                         .make_node(inputs)
                         .outputs()[0];
  return op->origin().of_part ? written(node.inputs()[0], z, true, who) : z;
}

Variable written(const Variable& x_at_index, Variable y, bool set, const char* who) {
  const Apply node = x_at_index.owner();
  if (as<Subtensor>(node)) return written_slices(node, y, set);
  if (as<AdvancedSubtensor>(node)) return written_at_arrays(node, y, set, who);
  if (const auto* shuffle = as<DimShuffle>(node);
      shuffle && (as<Subtensor>(node.inputs()[0].owner()))) {
    return written_under_new_axes(x_at_index, shuffle->order(), std::move(y), set, who);
  }
  throw TypeError(
      fmt::format("{}: {} is no indexing expression; give x[index], such as x[{{slice(1, -1)}}]",
                  who, x_at_index.text()));
}

Variable changed(const Variable& x_at_index, const Operand& operand, bool set) {
  const CreationLine line(operand.line());
  const char* who = user_name(set);
  const Variable y = array_operand(operand, who);
  if (y.ndim() > x_at_index.ndim()) {
    throw TypeError(fmt::format("{}: y is {} and x[index] is {}; y may not have more dimensions",
                                who, y.type().text(), x_at_index.type().text()));
  }
  return written(x_at_index, y, set, who);
}
}  // namespace

Variable written_value(const Variable& x, const std::vector<bool>& part, const Variable& given,
                       std::string_view who) {
  Variable y = given;
  if (y.ndim() > part.size()) {
    throw TypeError(
        fmt::format("{}: y is {} and the part of x has {} dimensions; y may not have more", who,
                    y.type().text(), part.size()));
  }
  if (y.dtype() != x.dtype()) {
    if (!can_cast_safely(y.dtype(), x.dtype())) {
      throw TypeError(fmt::format("{}: y is {} and x is {}; convert y with astype({})", who,
                                  name(y.dtype()), name(x.dtype()), name(x.dtype())));
    }
    y = cast(y, x.dtype());
  }
  // An axis of the part that is fixed to length 1 takes only such a y.
  std::vector<bool> flags = y.broadcastable();
  for (std::size_t i = 0; i < flags.size(); ++i) {
    if (part[i + part.size() - flags.size()]) flags[i] = true;
  }
  return with_flags(y, flags);
}

Apply IncSubtensor::make_node(Inputs arguments) const {
  const Variables inputs = on_host(arguments);
  KROTON_CHECK(inputs.size() >= 2);
  const char* who = user_name(set_);
  Variables given = inputs;
  const Variable& x = given[0];
  check_index(x, items_, Variables(given.begin() + 2, given.end()));
  given[1] = written_value(x, indexed_flags(x.type().broadcastable(), items_), given[1], who);
  return Apply(*this, given, {Variable(x.type())});
}

Shapes IncSubtensor::infer_shape(const Apply&, Shapes in) const { return {in[0]}; }
Connections IncSubtensor::connection_pattern(const Apply& node) const {
  return first_connected(node, 2);
}

Variables IncSubtensor::grad(const Apply& node, Variables gz) const {
  const Variable &x = node.inputs()[0], &y = node.inputs()[1];
  const Variables bounds = bounds_of(node);
  Variables out(node.inputs().size(), disconnected());
  if (is_discrete(x.dtype())) {
    out[0] = zero_gradient(x);
    out[1] = zero_gradient(y);
    return out;
  }
  out[0] = gz[0];
  if (set_) {
    Variables inputs{gz[0], constant(0, gz[0].dtype())};
    inputs.insert(inputs.end(), bounds.begin(), bounds.end());
    out[0] = IncSubtensor(items_, true).make_node(inputs).outputs()[0];
  }
  out[1] = sum_to(subtensor(gz[0], items_, bounds), y);
  return out;
}

Variables IncSubtensor::r_op(const Apply& node, Variables eval_points) const {
  if (!eval_points[0] && !eval_points[1]) return {Variable()};
  Variables inputs = node.inputs();
  for (std::size_t i = 0; i < 2; ++i)
    inputs[i] = eval_points[i] ? eval_points[i] : zero_gradient(inputs[i]);
  return IncSubtensor(items_, set_).make_node(inputs).outputs();
}

std::vector<ShapeExpr> IncSubtensor::kernel_lengths(const Apply& node, Shapes in) const {
  if (!in[0]) return {};
  return slice_windows(*in[0], items_, bounds_of(node));
}

namespace {
bool depends_on_values(const ShapeExpr& length) {
  using Kind = ShapeExpr::Kind;
  if (length.kind() == Kind::constant || length.kind() == Kind::extent) return false;
  return length.kind() == Kind::scalar || depends_on_values(length.left()) ||
         depends_on_values(length.right());
}

// The kernel of a change: boxes of x as it was around the part, then the part.
class Change {
 public:
  Change(const Apply& node, const IndexItems& items, bool set)
      : x_(node.inputs()[0]), y_(node.inputs()[1]), items_(items), set_(set), b_(user_name(set)) {
    from_ = add_input(b_, "x", x_);
    with_ = add_input(b_, "y", y_);
    for (std::size_t i = 2; i < node.inputs().size(); ++i)
      add_input(b_, "i" + std::to_string(i - 2), node.inputs()[i]);
    to_ = add_output(b_, "z", x_);
    for (std::size_t d = 0; d < x_.ndim(); ++d) add_axis(d);
  }

  kernel::Kernel kernel() {
    const bool has_gaps =
        std::any_of(axes_.begin(), axes_.end(), [](const Axis& axis) { return axis.has_gaps; });
    if (has_gaps) {
      copy({});
    } else {
      // What lies before and behind the part along axis d, beside it along the axes before d.
      Box beside;
      for (std::size_t d = 0; d < axes_.size(); ++d) {
        const Axis& axis = axes_[d];
        beside.push_back({0, axis.low});
        if (axis.is_part) copy(beside);
        beside.back() = {axis.low + axis.count, axis.length - axis.low - axis.count};
        if (axis.is_part) copy(beside);
        beside.back() = {axis.low, axis.count};
      }
    }
    change();
    return b_.finish();
  }

 private:
  // One axis of x: the part of it begins at FIRST and goes on by STEP; without gaps it is the box
  // of COUNT places from LOW on.
  struct Axis {
    Affine length, first, low, count;
    std::int64_t step = 1;
    bool is_part = false, has_gaps = false, is_slice = true;
  };
  struct Range {
    Affine low, length;
  };
  using Box = std::vector<Range>;

  bool stretches(int y_axis) const {
    return y_axis < 0 || y_.type().broadcastable()[static_cast<std::size_t>(y_axis)];
  }

  void add_axis(std::size_t d) {
    const int axis = static_cast<int>(d);
    const bool is_indexed = d < items_.size() && !items_[d].is_full();
    const bool is_number = is_indexed && !items_[d].is_slice;
    const std::size_t part = indexed_flags(x_.type().broadcastable(), items_).size();
    const int y_axis = static_cast<int>(part_axis_ + y_.ndim()) - static_cast<int>(part);
    std::vector<kernel::Dimension> whole{{from_, axis}, {to_, axis}}, taken;
    if (!is_number && !stretches(y_axis)) (is_indexed ? taken : whole).push_back({with_, y_axis});
    const int n = b_.extent("n" + std::to_string(d), whole);
    Axis made{.length = Affine::extent(n), .first = 0, .low = 0, .count = Affine::extent(n)};
    made.is_part = is_indexed;
    made.is_slice = !is_number;
    if (is_number) {
      const std::int64_t at = items_[d].start.number;
      b_.at_least(n, at < 0 ? -at : at + 1);
      made.first = made.low = at < 0 ? made.length + at : Affine(at);
      made.count = 1;
    } else if (is_indexed) {
      made.step = items_[d].step.is_absent() ? 1 : items_[d].step.number;
      made.first = Affine::extent(b_.extent("first" + std::to_string(d), {}, {given_++}));
      made.count = Affine::extent(b_.extent("m" + std::to_string(d), taken, {given_++}));
      made.low = made.step > 0 ? made.first : made.first + 1 - made.count;
      // Said as the kernel of x[index] says it, so that what is read there is seen to lie there.
      made.first = affine_start(items_[d], made.length).value_or(made.first);
      made.has_gaps = made.step > 1 || made.step < -1;
    }
    if (!is_number) ++part_axis_;
    axes_.push_back(std::move(made));
  }

  // z = x in a box: BOX along the first axes, all of the others.
  void copy(const Box& box) {
    b_.stage();
    std::vector<Affine> index;
    for (std::size_t d = 0; d < axes_.size(); ++d) {
      const Range range = d < box.size() ? box[d] : Range{0, axes_[d].length};
      index.push_back(range.low + Affine::axis(b_.axis(range.length)));
    }
    b_.store(to_, index, b_.load(from_, index));
  }

  void change() {
    b_.stage();
    std::vector<Affine> index, read(y_.ndim(), Affine(0));
    std::size_t k = 0;
    const std::size_t part = indexed_flags(x_.type().broadcastable(), items_).size();
    for (const Axis& axis : axes_) {
      if (!axis.is_slice) {
        index.push_back(axis.first);
        continue;
      }
      const Affine i = Affine::axis(b_.axis(axis.count));
      index.push_back(axis.first + axis.step * i);
      const int y_axis = static_cast<int>(k++ + y_.ndim()) - static_cast<int>(part);
      if (!stretches(y_axis)) read[static_cast<std::size_t>(y_axis)] = i;
    }
    const kernel::ExprId value = b_.load(with_, read);
    b_.store(to_, index,
             set_ ? value : b_.apply(kernel::builtin::add, {b_.load(from_, index), value}));
  }

  const Variable &x_, &y_;
  const IndexItems& items_;
  bool set_;
  Builder b_;
  int from_ = 0, with_ = 0, to_ = 0, given_ = 0;
  std::size_t part_axis_ = 0;
  std::vector<Axis> axes_;
};
}  // namespace

std::optional<kernel::Kernel> IncSubtensor::kernel(const Apply& node) const {
  // Steps that are variables are no coefficients, and integers that are variables are checked by
  // perform. Bounds that are values would make a new plan for each of them.
  for (const IndexItem& item : items_) {
    if (item.step.is_input() || (!item.is_slice && item.start.is_input())) return std::nullopt;
  }
  for (const Variable& bound : bounds_of(node)) {
    if (depends_on_values(as_length(bound))) return std::nullopt;
  }
  return Change(node, items_, set_).kernel();
}

InputCheck IncSubtensor::input_check(const Apply& node) const {
  return [this, node](std::span<const Value> inputs) {
    const NDArray part = view_at(inputs[0].as<NDArray>(), items_, inputs.subspan(2));
    broadcast_strides(inputs[1].as<NDArray>(), part.shape(),
                      node.inputs()[1].type().broadcastable(), user_name(set_));
  };
}

void IncSubtensor::perform(const Apply& node, std::span<const Value> inputs,
                           std::span<Value> output_storage) const {
  const NDArray &x = inputs[0].as<NDArray>(), &y = inputs[1].as<NDArray>();
  const NDArray z = inplace_ ? x : output_from(output_storage[0], x);
  const NDArray part = view_at(z, items_, inputs.subspan(2));
  const Shape shape = part.shape();
  const Shape strides =
      broadcast_strides(y, shape, node.inputs()[1].type().broadcastable(), user_name(set_));
  NDArray term = y.view(shape.size(), shape.data(), strides.data());
  if (set_) {
    assign(part, term);
  } else {
    if (may_share_memory(part, y)) term = term.copy();
    add_into(part, term);
  }
  output_storage[0] = z;
}

Variable set_subtensor(const Variable& x_at_index, const Operand& y) {
  return changed(x_at_index, y, true);
}
Variable inc_subtensor(const Variable& x_at_index, const Operand& y) {
  return changed(x_at_index, y, false);
}
}  // namespace kroton::tensor
