// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/tridiagonal.h"

#include <fmt/format.h>

#include <algorithm>

#include "kroton/base/config.h"
#include "kroton/base/errors.h"
#include "kroton/kernel/builtin.h"
#include "kroton/scalars/dtype_rules.h"
#include "kroton/tensor/constant.h"
#include "kroton/tensor/create.h"
#include "kroton/tensor/detail/gradients.h"
#include "kroton/tensor/detail/nest.h"
#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/elemwise_functions.h"
#include "kroton/tensor/inc_subtensor.h"
#include "kroton/tensor/reduce.h"
#include "kroton/tensor/transfer.h"
#include "kroton/tensor/type.h"

namespace kroton::tensor {
using kernel::Affine;
using kernel::Builder;
using kernel::ExprId;
namespace builtin = kernel::builtin;

namespace {
// x[1:] or x[:-1] along AXIS.
Variable part(const Variable& x, int axis, bool first) {
  IndexItems items(static_cast<std::size_t>(axis) + 1);
  IndexBound& bound = first ? items.back().stop : items.back().start;
  bound = {IndexBound::Kind::number, first ? -1 : 1};
  return subtensor(x, items, {});
}
// x moved by one along AXIS: z[k] = x[k - 1], or x[k + 1] when BACK; 0 where there is none.
Variable shifted(const Variable& x, int axis, bool back) {
  return set_subtensor(part(zeros_like(x), axis, back), part(x, axis, !back));
}
// X in all points of LIKE.
Variable stretched(const Variable& x, const Variable& like) {
  return x.broadcastable() == like.broadcastable() ? x : fill(like, x);
}
Variable solved(const Variables& system, int axis) {
  return SolveTridiagonal(axis).make_node(system).outputs()[0];
}
}  // namespace

Apply SolveTridiagonal::make_node(Inputs arguments) const {
  const Variables inputs = on_host(arguments);
  static constexpr const char* names[] = {"lower", "diagonal", "upper", "rhs"};
  KROTON_CHECK(inputs.size() == 4);
  const auto axis = static_cast<std::size_t>(axis_);
  std::vector<bool> flags(inputs[3].ndim(), true);
  for (std::size_t i = 0; i < 4; ++i) {
    const Variable& x = inputs[i];
    if (!x.type().is_array() || x.ndim() != flags.size() || is_discrete(x.dtype()) ||
        x.dtype() != inputs[3].dtype()) {
      throw TypeError(fmt::format(
          "solve_tridiagonal: {} is {} and rhs is {}; both must be arrays of one dtype, "
          "real or complex, and of as many axes",
          names[i], x.type().text(), inputs[3].type().text()));
    }
    for (std::size_t d = 0; d < flags.size(); ++d)
      flags[d] = flags[d] && x.type().broadcastable()[d];
  }
  if (inputs[3].type().broadcastable()[axis]) {
    throw TypeError(fmt::format(
        "solve_tridiagonal: rhs is {}, broadcastable along axis {}; the system needs its "
        "length there",
        inputs[3].type().text(), axis_));
  }
  const auto type = inputs[3].type().with(inputs[3].dtype(), flags);
  return Apply(*this, inputs, {Variable(*type), Variable(*type)});
}

Shapes SolveTridiagonal::infer_shape(const Apply& node, Shapes in) const {
  std::vector<ShapeExpr> shape;
  const std::vector<bool>& flags = node.outputs()[0].type().broadcastable();
  for (std::size_t d = 0; d < flags.size(); ++d) {
    std::optional<ShapeExpr> length;
    if (flags[d]) length = ShapeExpr(1);
    for (std::size_t i = 4; i-- > 0 && !length;) {
      if (!node.inputs()[i].type().broadcastable()[d] && in[i]) length = (*in[i])[d];
    }
    if (!length) return {std::nullopt, std::nullopt};
    shape.push_back(*length);
  }
  return {shape, shape};
}

Connections SolveTridiagonal::connection_pattern(const Apply&) const {
  return {{true, false}, {true, false}, {true, false}, {true, false}};
}

// With A x = d: A^T gd = gx, and A changes gx by -gd x^T.
Variables SolveTridiagonal::grad(const Apply& node, Variables gz) const {
  const Variables& in = node.inputs();
  const Variable& x = node.outputs()[0];
  Variables system;
  for (std::size_t i = 0; i < 3; ++i) system.push_back(stretched(in[i], x));
  const Variable gd = solved(
      {shifted(system[2], axis_, false), system[1], shifted(system[0], axis_, true), gz[0]}, axis_);
  const Variables by = {shifted(x, axis_, false), x, shifted(x, axis_, true)};
  Variables out;
  for (std::size_t i = 0; i < 3; ++i) out.push_back(sum_to(-gd * by[i], in[i]));
  out.push_back(sum_to(gd, in[3]));
  return out;
}

// A dx = dd - dA x.
Variables SolveTridiagonal::r_op(const Apply& node, Variables eval_points) const {
  const Variable& x = node.outputs()[0];
  const Variables by = {shifted(x, axis_, false), x, shifted(x, axis_, true)};
  Variable change = eval_points[3] ? stretched(eval_points[3], x) : zeros_like(x);
  for (std::size_t i = 0; i < 3; ++i) {
    if (eval_points[i]) change = change - eval_points[i] * by[i];
  }
  Variables system(node.inputs().begin(), node.inputs().begin() + 3);
  system.push_back(change);
  return {solved(system, axis_), Variable()};
}

// Two sweeps over the axis at each point of the others: down, which leaves the eliminated upper
// diagonal and the right-hand side in the outputs, and back up.
std::optional<kernel::Kernel> SolveTridiagonal::kernel(const Apply& node) const {
  const Variables& in = node.inputs();
  const auto axis = static_cast<std::size_t>(axis_);
  Builder b("solve_tridiagonal");
  static constexpr const char* names[] = {"lower", "diagonal", "upper", "rhs"};
  for (std::size_t i = 0; i < 4; ++i) add_input(b, names[i], in[i]);
  const int x = add_output(b, "x", node.outputs()[0]),
            ratio = add_output(b, "ratio", node.outputs()[1]);
  std::vector<Affine> point;
  Affine n;
  for (std::size_t d = 0; d < in[3].ndim(); ++d) {
    const int dim = static_cast<int>(d);
    std::vector<kernel::Dimension> sources;
    for (int i = 0; i < 4; ++i) {
      if (!in[static_cast<std::size_t>(i)].type().broadcastable()[d]) sources.push_back({i, dim});
    }
    if (sources.empty()) {
      point.emplace_back(0);
      continue;
    }
    sources.push_back({x, dim});
    sources.push_back({ratio, dim});
    const Affine length = Affine::extent(b.extent("n" + std::to_string(d), sources));
    point.push_back(d == axis ? Affine(0) : Affine::axis(b.outer(length)));
    if (d == axis) n = length;
  }
  const DType dtype = kernel::compute_dtype(in[3].dtype());
  const ExprId zero = b.constant(dtype, 0.0);
  const auto at = [&](const Affine& k) {
    std::vector<Affine> index = point;
    index[axis] = k;
    return index;
  };
  const auto load = [&](std::size_t i, const Affine& k) {
    std::vector<Affine> index = at(k);
    for (std::size_t d = 0; d < index.size(); ++d) {
      if (in[i].type().broadcastable()[d]) index[d] = 0;
    }
    return b.load(static_cast<int>(i), index);
  };
  const auto is_at = [&](const Affine& k, const Affine& end) {
    return b.apply(builtin::eq, {b.index(k), b.index(end)});
  };

  const int ratio_before = b.carried("ratio", dtype, zero), x_before = b.carried("x", dtype, zero),
            x_behind = b.carried("x", dtype, zero);
  b.stage();
  const Affine k = Affine::axis(b.ordered(n));
  const ExprId lower = b.select(is_at(k, 0), zero, load(0, k));
  const ExprId pivot =
      b.apply(builtin::sub, {load(1, k), b.apply(builtin::mul, {lower, b.carry(ratio_before)})});
  const ExprId left = b.apply(builtin::mul, {lower, b.carry(x_before)});
  const ExprId eliminated =
      b.apply(builtin::divide, {b.apply(builtin::sub, {load(3, k), left}), pivot});
  const ExprId upper =
      b.apply(builtin::divide, {b.select(is_at(k, n - 1), zero, load(2, k)), pivot});
  b.store(x, at(k), eliminated);
  b.store(ratio, at(k), upper);
  b.advance(ratio_before, upper);
  b.advance(x_before, eliminated);

  b.stage();
  const Affine back = Affine::axis(b.ordered(n, true));
  const ExprId known = b.apply(builtin::mul, {b.load(ratio, at(back)), b.carry(x_behind)});
  const ExprId value = b.apply(builtin::sub, {b.load(x, at(back)), known});
  b.store(x, at(back), value);
  b.advance(x_behind, value);
  return b.finish();
}

Variable solve_tridiagonal(const Operand& lower, const Operand& diagonal, const Operand& upper,
                           const Operand& rhs, int axis) {
  const CreationLine line(rhs.line());
  const char* who = "solve_tridiagonal";
  Variables system;
  for (const Operand* operand : {&lower, &diagonal, &upper, &rhs})
    system.push_back(array_operand(*operand, who));
  std::size_t ndim = 0;
  std::vector<DType> dtypes;
  for (const Variable& x : system) {
    ndim = std::max(ndim, x.ndim());
    dtypes.push_back(x.dtype());
  }
  DType dtype = scalars::promote(dtypes);
  if (is_discrete(dtype)) dtype = floatX();
  for (Variable& x : system) x = pad_left(cast(x, dtype), ndim);
  return solved(system, normalized_axis(axis, ndim, who));
}
}  // namespace kroton::tensor
