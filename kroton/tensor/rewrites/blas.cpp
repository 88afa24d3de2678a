// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/rewrites/blas.h"

#include <algorithm>

#include "kroton/graph/features/destroy_handler.h"
#include "kroton/tensor/constant.h"
#include "kroton/tensor/detail/matrix_product.h"
#include "kroton/tensor/determinant.h"
#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/dot.h"
#include "kroton/tensor/elemwise.h"
#include "kroton/tensor/gemm.h"
#include "kroton/tensor/rewrites/patterns.h"
#include "kroton/tensor/solve.h"
#include "kroton/tensor/subtensor.h"

namespace kroton::tensor {
namespace {
using patterns::is_used_once;

// The Dot that computes X for one reader alone, or nothing.
Apply lone_dot(const FunctionGraph& fgraph, const Variable& x) {
  const Apply producer = x.owner();
  return producer && as<Dot>(producer) && is_used_once(fgraph, x) ? producer : Apply();
}

bool is_outer(const Apply& dot) {
  const Variable &x = dot.inputs()[0], &y = dot.inputs()[1];
  return x.ndim() == 2 && y.ndim() == 2 && x.broadcastable()[1] && y.broadcastable()[0];
}

bool is_single(const Variable& x) {
  const std::vector<bool> flags = x.broadcastable();
  return std::all_of(flags.begin(), flags.end(), [](bool flag) { return flag; });
}

// A product of scalars: a number, and 0-d variables.
struct Scale {
  double number = 1;
  Variables factors;

  bool is_number() const { return factors.empty(); }
  bool is_one() const { return is_number() && number == 1; }
  Scale times(double factor) const {
    Scale product = *this;
    product.number *= factor;
    return product;
  }
  // By X, or by its inverse; x has no axis but broadcastable ones.
  Scale times(const Variable& x, bool inverse) const {
    Scale product = *this;
    const Variable scalar = shuffled(x, {});
    const auto known = constant_value(scalar);
    if (known && !is_complex(x.dtype())) {
      const double value = known->astype(float64).item<double>();
      product.number *= inverse ? 1 / value : value;
    } else {
      product.factors.push_back(inverse ? inv(scalar) : scalar);
    }
    return product;
  }
  Variable variable(DType dtype) const {
    Variable product;
    for (const Variable& factor : factors) {
      const Variable same = cast(factor, dtype);
      product = product ? product * same : same;
    }
    if (!product) return constant(number, dtype);
    return number == 1 ? product : product * constant(number, dtype);
  }
};

struct Summand {
  Scale scale;
  Variable x;
};

// The terms of a sum, seen through sums, differences, signs and scalar factors that nothing else
// reads.
class Sum {
 public:
  Sum(const FunctionGraph& fgraph, const Variable& root) : fgraph_(fgraph), root_(root) {
    add(root, {}, true);
  }
  std::vector<Summand> dots, others;

 private:
  void add(const Variable& x, const Scale& scale, bool is_root = false) {
    const Apply node = x.owner();
    const bool is_open = is_root || (node && is_used_once(fgraph_, x) && x.type() == root_.type());
    if (!is_open || !as<Elemwise>(node) || !node.op().destroy_map().empty() || !open(node, scale))
      add_leaf(x, scale);
  }
  bool open(const Apply& node, const Scale& scale) {
    const Variables& in = node.inputs();
    if (is(node, scalars::op::add)) {
      for (const Variable& x : in) add(x, scale);
      return true;
    }
    if (is(node, scalars::op::sub)) {
      add(in[0], scale);
      add(in[1], scale.times(-1));
      return true;
    }
    if (is(node, scalars::op::neg)) {
      add(in[0], scale.times(-1));
      return true;
    }
    if (is(node, scalars::op::true_div) && is_single(in[1]) && in[0].type() == root_.type()) {
      add(in[0], scale.times(in[1], true));
      return true;
    }
    return is(node, scalars::op::mul) && open_product(in, scale);
  }
  // Scalars times one array.
  bool open_product(const Variables& in, Scale scale) {
    Variable array;
    for (const Variable& x : in) {
      if (is_single(x)) {
        scale = scale.times(x, false);
      } else if (static_cast<bool>(array) || !(x.type() == root_.type())) {
        return false;
      } else {
        array = x;
      }
    }
    if (array) add(array, scale);
    return static_cast<bool>(array);
  }
  void add_leaf(const Variable& x, const Scale& scale) {
    const Apply dot = lone_dot(fgraph_, x);
    if (dot && x.type() == root_.type() && !is_outer(dot)) {
      dots.push_back({scale, x});
      return;
    }
    for (Summand& term : others) {
      if (!(term.x == x)) continue;
      if (scale.is_number() && term.scale.is_number()) {
        term.scale.number += scale.number;
      } else {
        const DType d = root_.dtype();
        term.scale = Scale{1, {term.scale.variable(d) + scale.variable(d)}};
      }
      return;
    }
    others.push_back({scale, x});
  }
  const FunctionGraph& fgraph_;
  Variable root_;
};

// beta * c + scale * dot
Variable gemm_node(const Variable& c, const Scale& beta, const Summand& dot) {
  const DType dtype = c.dtype();
  Variable a = dot.x.owner().inputs()[0], b = dot.x.owner().inputs()[1];
  if (a.ndim() == 1) {
    std::swap(a, b);
    a = transpose(a);
  }
  const Product product = c.ndim() == 2 ? Product::matrices : Product::with_vector;
  return Gemm(product)
      .make_node({c, dot.scale.variable(dtype), a, b, beta.variable(dtype)})
      .outputs()[0];
}

Variable plus(const Variable& sum, const Summand& term, DType dtype) {
  if (term.scale.is_one()) return sum + term.x;
  if (term.scale.is_number() && term.scale.number == -1) return sum - term.x;
  return sum + term.scale.variable(dtype) * term.x;
}

// Whether an elementwise node reads X, in whose kernel a sum costs nothing.
bool feeds_elementwise(const FunctionGraph& fgraph, const Variable& x) {
  const std::vector<Client>& clients = fgraph.clients(x);
  return std::any_of(clients.begin(), clients.end(),
                     [](const Client& client) { return client.node && as<Elemwise>(client.node); });
}

// ITEM of x's axis AXIS alone.
Variable indexed(const Variable& x, int axis, const IndexItem& item, const Variables& bounds) {
  IndexItems items(static_cast<std::size_t>(axis), IndexItem());
  items.push_back(item);
  Variables inputs{x};
  inputs.insert(inputs.end(), bounds.begin(), bounds.end());
  return Subtensor(items).make_node(inputs).outputs()[0];
}
}  // namespace

namespace {
bool is_same_view(const Variable& x, const Variable& y) {
  const Apply a = x.owner(), b = y.owner();
  return x == y || (a && b && as<DimShuffle>(a) && a.op() == b.op() && a.inputs() == b.inputs());
}
// Which input of both products is the same while the others are of one type, or -1.
int common_factor(const Apply& x, const Apply& y) {
  for (const int i : {0, 1}) {
    const auto same = static_cast<std::size_t>(i), other = 1 - same;
    if (is_same_view(x.inputs()[same], y.inputs()[same]) &&
        x.inputs()[other].type() == y.inputs()[other].type()) {
      return i;
    }
  }
  return -1;
}
Variable scaled(const Summand& term, const Variable& x) {
  return term.scale.is_one() ? x : term.scale.variable(x.dtype()) * x;
}
// Puts Y into X where both are products with one factor.
bool take_in(Summand& x, const Summand& y) {
  const Apply a = x.x.owner(), b = y.x.owner();
  const int factor = common_factor(a, b);
  if (factor < 0) return false;
  const auto same = static_cast<std::size_t>(factor), other = 1 - same;
  Variables inputs = a.inputs();
  const Variable& z = b.inputs()[other];
  const bool is_difference = y.scale.is_number() && y.scale.number == -1;
  inputs[other] =
      is_difference ? scaled(x, inputs[other]) - z : scaled(x, inputs[other]) + scaled(y, z);
  x = {{}, a.op().make_node(inputs).outputs()[0]};
  return true;
}
}  // namespace

std::optional<Variables> local_dots_of_one_factor(const FunctionGraph& fgraph, const Apply& node) {
  if (!is(node, scalars::op::add) && !is(node, scalars::op::sub)) return std::nullopt;
  const Variable& root = node.outputs()[0];
  if (!multiplies(root.dtype())) return std::nullopt;
  const Sum sum(fgraph, root);
  std::vector<Summand> terms;
  for (const Summand& dot : sum.dots) {
    const bool taken =
        std::any_of(terms.begin(), terms.end(), [&](Summand& term) { return take_in(term, dot); });
    if (!taken) terms.push_back(dot);
  }
  if (terms.size() == sum.dots.size()) return std::nullopt;
  terms.insert(terms.end(), sum.others.begin(), sum.others.end());
  Variable total = scaled(terms[0], terms[0].x);
  for (std::size_t i = 1; i < terms.size(); ++i) total = plus(total, terms[i], root.dtype());
  return Variables{total};
}

std::optional<Variables> local_sum_to_gemm(const FunctionGraph& fgraph, const Apply& node) {
  if (!as<Elemwise>(node)) return std::nullopt;
  const Variable& root = node.outputs()[0];
  const DType dtype = root.dtype();
  if ((root.ndim() != 1 && root.ndim() != 2) || !multiplies(dtype)) return std::nullopt;
  Sum sum(fgraph, root);
  std::vector<Summand>& dots = sum.dots;
  if (dots.empty() || (dots.size() == 1 && feeds_elementwise(fgraph, root))) return std::nullopt;
  // One array of the result's shape can be what is added to.
  const auto is_whole = [&](const Summand& term) { return term.x.type() == root.type(); };
  const auto whole = std::count_if(sum.others.begin(), sum.others.end(), is_whole);
  Variable total;
  Scale beta;
  if (whole == 1) {
    const auto found = std::find_if(sum.others.begin(), sum.others.end(), is_whole);
    total = found->x;
    beta = found->scale;
    sum.others.erase(found);
  } else if (dots.size() > 1) {
    total = dots[0].x;
    beta = dots[0].scale;
    dots.erase(dots.begin());
  } else {
    return std::nullopt;
  }
  for (const Summand& dot : dots) {
    total = gemm_node(total, beta, dot);
    beta = {};
  }
  for (const Summand& term : sum.others) total = plus(total, term, dtype);
  return Variables{total};
}

std::optional<Variables> local_transpose_of_dot(const FunctionGraph& fgraph, const Apply& node) {
  const auto* shuffle = as<DimShuffle>(node);
  if (!shuffle || shuffle->order() != std::vector<int>{1, 0}) return std::nullopt;
  const Apply dot = lone_dot(fgraph, node.inputs()[0]);
  if (!dot) return std::nullopt;
  return Dot().make_node({transpose(dot.inputs()[1]), transpose(dot.inputs()[0])}).outputs();
}

std::optional<Variables> local_outer_to_mul(const FunctionGraph&, const Apply& node) {
  if (!as<Dot>(node) || !is_outer(node)) return std::nullopt;
  return Variables{node.inputs()[0] * node.inputs()[1]};
}

std::optional<Variables> local_subtensor_of_dot(const FunctionGraph& fgraph, const Apply& node) {
  const auto* index = as<Subtensor>(node);
  const Apply dot = index ? lone_dot(fgraph, node.inputs()[0]) : Apply();
  if (!dot) return std::nullopt;
  Variable x = dot.inputs()[0], y = dot.inputs()[1];
  std::vector<std::pair<Variable*, int>> axes;  // of the factors, one per axis of the product
  if (x.ndim() == 2) axes.emplace_back(&x, 0);
  if (y.ndim() == 2) axes.emplace_back(&y, 1);
  std::size_t next = 1;
  for (std::size_t axis = 0; axis < index->items().size(); ++axis) {
    const IndexItem& item = index->items()[axis];
    Variables bounds;
    for (const IndexBound* bound : {&item.start, &item.stop, &item.step}) {
      if (bound->is_input()) bounds.push_back(node.inputs()[next++]);
    }
    *axes[axis].first = indexed(*axes[axis].first, axes[axis].second, item, bounds);
  }
  return Dot().make_node({x, y}).outputs();
}

std::optional<Variables> local_inverse_to_solve(const FunctionGraph& fgraph, const Apply& node) {
  if (!as<Dot>(node)) return std::nullopt;
  const Variable &x = node.inputs()[0], &y = node.inputs()[1];
  const auto lone_inverse = [&](const Variable& z) {
    return z.owner() && as<MatrixInverse>(z.owner()) && is_used_once(fgraph, z);
  };
  const Solve solve(Assume::general);
  if (lone_inverse(x)) return solve.make_node({x.owner().inputs()[0], y}).outputs();
  if (!lone_inverse(y)) return std::nullopt;
  const Variable a = transpose(y.owner().inputs()[0]);
  return Variables{transpose(solve.make_node({a, transpose(x)}).outputs()[0])};
}

std::optional<Variables> local_gemm_inplace(const FunctionGraph& fgraph, const Apply& node) {
  const auto* gemm = as<Gemm>(node);
  if (!gemm || gemm->inplace()) return std::nullopt;
  const Variable root = DestroyHandler::view_root(node.inputs()[0]);
  const auto* handler = fgraph.feature<DestroyHandler>();
  if (!handler || handler->is_protected(root)) return std::nullopt;
  for (std::size_t i = 1; i < node.inputs().size(); ++i) {
    if (DestroyHandler::view_root(node.inputs()[i]) == root) return std::nullopt;
  }
  for (const Variable& output : fgraph.outputs()) {
    if (DestroyHandler::view_root(output) == root) return std::nullopt;
  }
  return Gemm(gemm->product(), true).make_node(node.inputs()).outputs();
}

void install_blas(rewrite::Database& db) {
  using rewrite::tracks;
  const rewrite::Database::Tags early{"canonicalize", "fast_run"};
  db.add("local_transpose_of_dot", local_transpose_of_dot, early, tracks<DimShuffle>(),
         "The transpose of a product that nothing else reads is the product of the transposes.");
  db.add("local_outer_to_mul", local_outer_to_mul, early, tracks<Dot>(),
         "A column times a row is an elementwise product, which joins the kernel that reads it.");
  db.add("local_subtensor_of_dot", local_subtensor_of_dot, early, tracks<Subtensor>(),
         "A part of a product that nothing else reads is the product of parts.");
  db.add("local_inverse_to_solve", local_inverse_to_solve, {"stabilize", "fast_run"}, tracks<Dot>(),
         "A product with an inverse that nothing else reads solves the equations instead.");
  // From the results on, so that a sum is seen whole.
  db.add(rewrite::make_walk(
             "dots_of_one_factor",
             {{"local_dots_of_one_factor", local_dots_of_one_factor, tracks<Elemwise>()}},
             rewrite::Direction::out_to_in),
         1.65, {"fast_run", "blas"});
  db.add(rewrite::make_walk("blas", {{"local_sum_to_gemm", local_sum_to_gemm, tracks<Elemwise>()}},
                            rewrite::Direction::out_to_in),
         1.7, {"fast_run", "blas"});
  db.add(rewrite::make_walk("blas_inplace",
                            {{"local_gemm_inplace", local_gemm_inplace, tracks<Gemm>()}}),
         75, {"fast_run", "inplace"});
}
}  // namespace kroton::tensor
