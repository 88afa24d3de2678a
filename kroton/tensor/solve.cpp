// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/solve.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "kroton/base/errors.h"
#include "kroton/gradient/stop.h"
#include "kroton/ndarray/view.h"
#include "kroton/tensor/detail/lapack.h"
#include "kroton/tensor/detail/output.h"
#include "kroton/tensor/detail/product.h"
#include "kroton/tensor/detail/square.h"
#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/dot.h"
#include "kroton/tensor/shape.h"
#include "kroton/tensor/transfer.h"

namespace kroton::tensor {
namespace {
// 1-based position of the first 0 on the diagonal, or 0.
std::int64_t zero_on_diagonal(const NDArray& a) {
  static constexpr char zeros[16] = {};
  const std::int64_t step = a.strides_data()[0] + a.strides_data()[1];
  const char* at = static_cast<const char*>(a.raw());
  const std::size_t part = is_complex(a.dtype()) ? a.itemsize() / 2 : a.itemsize();
  // -0.0 has a bit set, too: compared as numbers.
  const auto is_zero = [&](const char* p) {
    if (std::memcmp(p, zeros, part) == 0) return true;
    if (part == 8) return *reinterpret_cast<const double*>(p) == 0;
    return *reinterpret_cast<const float*>(p) == 0;
  };
  for (std::int64_t i = 0; i < a.shape_data()[0]; ++i, at += step) {
    if (is_zero(at) && (part == a.itemsize() || is_zero(at + part))) return i + 1;
  }
  return 0;
}

// A as BLAS reads a triangle, with rows or columns of neighbours.
NDArray direct(const NDArray& a) {
  const auto size = static_cast<std::int64_t>(a.itemsize());
  const std::int64_t n = a.shape_data()[0];
  const auto fits = [&](int inner, int outer) {
    return a.strides_data()[inner] == size && a.strides_data()[outer] % size == 0 &&
           a.strides_data()[outer] >= n * size;
  };
  return n <= 1 || fits(1, 0) || fits(0, 1) ? a : a.copy();
}
}  // namespace

std::string field_text(Assume assume) {
  static constexpr const char* names[] = {"general", "positive_definite", "lower_triangular",
                                          "upper_triangular"};
  return names[static_cast<int>(assume)];
}

bool Solve::is_triangular() const {
  return assume_ == Assume::lower_triangular || assume_ == Assume::upper_triangular;
}

Apply Solve::make_node(Inputs arguments) const {
  const Variables inputs = on_host(arguments);
  KROTON_CHECK(inputs.size() == 2);
  check_matrix(inputs[0], "solve");
  if (!inputs[1].type().is_array() || inputs[1].ndim() < 1 || inputs[1].ndim() > 2) {
    throw TypeError(fmt::format("solve: {} is {}; a vector or a matrix is needed", inputs[1].text(),
                                inputs[1].type().text()));
  }
  const auto [a, b] = promoted_pair(inputs[0], inputs[1]);
  check_known_lengths("solve", a, 0, b, 0);
  std::vector<bool> flags{a.broadcastable()[1]};
  if (b.ndim() == 2) flags.push_back(b.broadcastable()[1]);
  return Apply(*this, {a, b}, {Variable(*b.type().with(b.dtype(), flags))});
}

Shapes Solve::infer_shape(const Apply& node, Shapes in) const {
  if (!in[0]) return {std::nullopt};
  std::vector<ShapeExpr> shape{(*in[0])[1]};
  if (node.inputs()[1].ndim() == 2) {
    if (!in[1]) return {std::nullopt};
    shape.push_back((*in[1])[1]);
  }
  return {shape};
}

Variables Solve::grad(const Apply& node, Variables gz) const {
  const Variable &a = node.inputs()[0], &b = node.inputs()[1], &x = node.outputs()[0];
  Assume turned = assume_;
  if (assume_ == Assume::lower_triangular) turned = Assume::upper_triangular;
  if (assume_ == Assume::upper_triangular) turned = Assume::lower_triangular;
  const bool symmetric = assume_ == Assume::positive_definite;
  const Variable adjoint = symmetric ? a : transpose(conjugate(a));
  const Variable gb = Solve(turned, unit_diagonal_).make_node({adjoint, gz[0]}).outputs()[0];
  if (symmetric && is_complex(a.dtype())) {
    return {grad_not_implemented(*this, 0, a, "a complex positive definite matrix"),
            with_flags(gb, b.broadcastable())};
  }
  const Variable conjugated = conjugate(x);
  Variable ga = -(x.ndim() == 1 ? outer(gb, conjugated) : dot(gb, transpose(conjugated)));
  if (symmetric) ga = symmetric_gradient(ga, true);
  if (is_triangular())
    ga = triangle_of(ga, assume_ == Assume::lower_triangular, unit_diagonal_ ? 0 : 1);
  return {with_flags(ga, a.broadcastable()), with_flags(gb, b.broadcastable())};
}

// A dx = db - dA x
Variables Solve::r_op(const Apply& node, Variables eval_points) const {
  const Variable &a = node.inputs()[0], &x = node.outputs()[0];
  Variable side = eval_points[1];
  if (eval_points[0]) {
    Variable change = eval_points[0];
    if (assume_ == Assume::positive_definite) {
      if (is_complex(a.dtype())) not_defined("r_op");
      change = symmetric_from(change, true);
    }
    if (is_triangular())
      change = triangle_of(change, assume_ == Assume::lower_triangular, unit_diagonal_ ? 0 : 1);
    side = side ? side - dot(change, x) : -dot(change, x);
  }
  if (!side) return {Variable()};
  return {with_flags(make_node({a, side}).outputs()[0], x.broadcastable())};
}

void Solve::perform(const Apply& node, std::span<const Value> inputs,
                    std::span<Value> output_storage) const {
  check_square(node, "solve", inputs);
  check_equal(node, "solve", inputs, {0, 0}, {1, 0});
  const NDArray &a = inputs[0].as<NDArray>(), &b = inputs[1].as<NDArray>();
  const NDArray x = output_from(output_storage[0], b);
  if (x.size() == 0) return;
  if (is_triangular()) {
    const std::int64_t zero = unit_diagonal_ ? 0 : zero_on_diagonal(a);
    if (zero != 0) {
      wrong_matrix(node, "solve", inputs, 0,
                   fmt::format("is singular: element {} of its diagonal is 0; there is no unique "
                               "solution",
                               zero - 1));
    }
    return lapack::solve_triangular("solve", direct(a), assume_ == Assume::lower_triangular,
                                    unit_diagonal_, x);
  }
  const NDArray factors = a.copy();
  if (assume_ == Assume::positive_definite) {
    if (const int minor = lapack::cholesky("solve", factors, true)) {
      wrong_matrix(node, "solve", inputs, 0,
                   fmt::format("is not positive definite: its leading minor of order {} is not "
                               "positive; use Assume::general",
                               minor));
    }
    return lapack::solve_cholesky("solve", factors, true, x);
  }
  lapack::Pivots pivots;
  if (const int zero = lapack::lu("solve", factors, pivots)) {
    wrong_matrix(node, "solve", inputs, 0,
                 fmt::format("is singular: pivot {} of its factorization is 0; there is no unique "
                             "solution",
                             zero - 1));
  }
  lapack::solve_lu("solve", factors, pivots, x);
}

namespace {
Variable solved(const Operand& a, const Operand& b, const Solve& op) {
  const CreationLine line(a.line());
  return op.make_node({lapack_operand(a, "solve"), lapack_operand(b, "solve")}).outputs()[0];
}
}  // namespace

Variable solve(const Operand& a, const Operand& b, Assume assume) {
  return solved(a, b, Solve(assume));
}
Variable solve_triangular(const Operand& a, const Operand& b, TriangularOptions options) {
  const Assume assume = options.lower ? Assume::lower_triangular : Assume::upper_triangular;
  return solved(a, b, Solve(assume, options.unit_diagonal));
}
Variable solve_lower_triangular(const Operand& a, const Operand& b) {
  return solve_triangular(a, b, {.lower = true});
}
Variable solve_upper_triangular(const Operand& a, const Operand& b) {
  return solve_triangular(a, b, {.lower = false});
}
}  // namespace kroton::tensor
