// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/rewrites/canonizer.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "kroton/tensor/elemwise.h"
#include "kroton/tensor/rewrites/patterns.h"

namespace kroton::tensor {
namespace {
namespace op = scalars::op;
using scalars::Row;

// The rows of products, or those of sums.
struct Family {
  const Row *main, *inverse, *reciprocal;
};
const Family product{&op::mul, &op::true_div, &op::inv};
const Family addition{&op::add, &op::sub, &op::neg};

bool is_product_row(const Row* row) {
  return row == &op::mul || row == &op::true_div || row == &op::inv;
}
bool is_sum_row(const Row* row) { return row == &op::add || row == &op::sub; }

const Row* plain_row(const Apply& node) {
  const auto* elemwise = as<Elemwise>(node);
  return elemwise && elemwise->inplace().empty() ? &elemwise->row() : nullptr;
}

// The only reader of NODE's output when that is an elementwise node of the same dtype.
Apply lone_reader(const FunctionGraph& fgraph, const Apply& node) {
  const Variable& z = node.outputs()[0];
  const std::vector<Client>& clients = fgraph.clients(z);
  if (clients.size() != 1 || !clients[0].node || !plain_row(clients[0].node)) return {};
  const Apply& reader = clients[0].node;
  return reader.outputs()[0].dtype() == z.dtype() ? reader : Apply();
}

Variable number(double value, const Variable& like) {
  const auto type = like.type().with(like.dtype(), {});
  return type->make_constant(NDArray::full({}, value).astype(like.dtype()));
}

// Whether DTYPE holds VALUE as well as it holds other numbers.
bool is_usual(double value, DType dtype) {
  if (is_discrete(dtype))
    return std::abs(value) < std::ldexp(1, 8 * static_cast<int>(itemsize(dtype)) - 1) &&
           std::abs(value) < 0x1p53;
  const NDArray rounded = NDArray::full({}, value).astype(dtype).astype(float64);
  const double back = rounded.item<double>();
  return std::isfinite(back) && (back != 0 || value == 0);
}

// A variable over (or less) another: how often, with a sign, and the leaves that it came from.
struct Term {
  Variable base;
  int count = 0;  // of the base, in all
  int above = 0, below = 0;
  Variables leaves = {};  // as they were, while nothing cancelled
  std::vector<bool> inverted = {};
};

// A tree taken apart.
class Terms {
 public:
  Terms(const FunctionGraph& fgraph, const Apply& root, const Family& family)
      : fgraph_(fgraph), root_(root), family_(family), dtype_(root.outputs()[0].dtype()) {
    std::vector<std::pair<Variable, bool>> pending{{root.outputs()[0], false}};
    while (!pending.empty()) {
      const auto [x, inverted] = pending.back();
      pending.pop_back();
      const Row* row = inner_row(x);
      if (!row) {
        add_leaf(x, inverted);
        continue;
      }
      const Variables& inputs = x.owner().inputs();
      if (row == family_.main || row == family_.inverse) {
        // The last one in is the first one out.
        pending.emplace_back(inputs[1], inverted != (row == family_.inverse));
        pending.emplace_back(inputs[0], inverted);
      } else if (row == &op::neg && is_product()) {
        ++negations_;
        pending.emplace_back(inputs[0], inverted);
      } else {
        pending.emplace_back(inputs[0], !inverted);
      }
    }
  }

  bool is_product() const { return family_.main == &op::mul; }
  std::vector<Term>& terms() { return terms_; }
  const std::vector<double>& constants(bool inverted) const { return constants_[inverted]; }
  int negations() const { return negations_; }
  DType dtype() const { return dtype_; }

  // Whether a base is both above and below, or (in sums) there more often than twice: x + x is as
  // cheap as 2 * x.
  bool cancel() {
    bool changed = false;
    for (Term& term : terms_) {
      const bool cancels = term.above > 0 && term.below > 0;
      const bool repeats = !is_product() && term.above + term.below > 2;
      if (!cancels && !repeats) continue;
      term.leaves.clear();
      changed = true;
    }
    return changed;
  }

 private:
  // The row of X's node when the tree goes on there.
  const Row* inner_row(const Variable& x) const {
    const Apply node = x.owner();
    const Row* row = plain_row(node);
    if (!row || x.dtype() != dtype_) return nullptr;
    const bool belongs = row == family_.main || row == family_.inverse ||
                         row == family_.reciprocal || (is_product() && row == &op::neg);
    if (!belongs) return nullptr;
    return node == root_ || fgraph_.clients(x).size() == 1 ? row : nullptr;
  }

  void add_leaf(const Variable& x, bool inverted) {
    const auto value = rewrite::number_of(x);
    // Division by zero stays where the user wrote it.
    if (value && std::isfinite(*value) && !(is_product() && inverted && *value == 0)) {
      constants_[inverted].push_back(*value);
      return;
    }
    const auto [base, power] = is_product() ? base_of(x) : std::pair(x, 1);
    const auto [found, fresh] = index_.try_emplace(base, terms_.size());
    if (fresh) terms_.push_back({.base = base});
    Term& term = terms_[found->second];
    const int signed_power = inverted ? -power : power;
    term.count += signed_power;
    (signed_power > 0 ? term.above : term.below) += 1;
    term.leaves.push_back(x);
    term.inverted.push_back(inverted);
  }

  // sqr(x) is x twice.
  std::pair<Variable, int> base_of(const Variable& x) const {
    const Apply node = x.owner();
    if (plain_row(node) != &op::sqr || x.dtype() != dtype_ || !is_floating(dtype_)) return {x, 1};
    return {node.inputs()[0], 2};
  }

  const FunctionGraph& fgraph_;
  Apply root_;
  Family family_;
  DType dtype_;
  std::vector<Term> terms_;
  std::unordered_map<Variable, std::size_t> index_;
  std::vector<double> constants_[2];
  int negations_ = 0;
};

using patterns::in_dtype;

std::size_t long_axes(const Variable& x) {
  const std::vector<bool>& flags = x.type().broadcastable();
  return static_cast<std::size_t>(std::count(flags.begin(), flags.end(), false));
}

// All of them by ROW, small arrays first; empty for none.
Variable chain(const Row& row, Variables parts, DType dtype) {
  std::stable_sort(parts.begin(), parts.end(), [](const Variable& a, const Variable& b) {
    return long_axes(a) < long_axes(b);
  });
  Variable all;
  for (const Variable& part : parts) {
    const Variable x = in_dtype(part, dtype);
    all = all ? elementwise(row, {all, x}) : x;
  }
  return all;
}

// BASE to the power N > 0.
void push_power(Variables& list, const Variable& base, int n, const Variable& like) {
  const Variable x = in_dtype(base, like.dtype());
  if (n > 4) {
    list.push_back(elementwise(op::pow, {x, number(n, like)}));
    return;
  }
  for (; n >= 2; n -= 2) list.push_back(elementwise(op::sqr, {x}));
  if (n == 1) list.push_back(x);
}

struct Fraction {
  Variables above = {}, below = {};
};
Fraction fraction(const Terms& terms, const std::vector<Term>& list, const Variable& like) {
  Fraction made;
  for (const Term& term : list) {
    for (std::size_t i = 0; i < term.leaves.size(); ++i)
      (term.inverted[i] ? made.below : made.above).push_back(term.leaves[i]);
    if (!term.leaves.empty() || term.count == 0) continue;
    Variables& side = term.count > 0 ? made.above : made.below;
    const int n = std::abs(term.count);
    if (terms.is_product()) {
      push_power(side, term.base, n, like);
    } else {
      const Variable x = in_dtype(term.base, like.dtype());
      side.push_back(n == 1 ? x : elementwise(op::mul, {number(n, like), x}));
    }
  }
  return made;
}

double product_of(const std::vector<double>& values) {
  double all = 1;
  for (double value : values) all *= value;
  return all;
}

// What the constants of a product come to, over and under the line.
struct Coefficient {
  double above = 1, below = 1;
};
std::optional<Coefficient> coefficient(const Terms& terms) {
  const std::vector<double>&above = terms.constants(false), &below = terms.constants(true);
  Coefficient c{product_of(above), product_of(below)};
  // One constant is left, and no sign beside it.
  if (terms.negations() % 2 == 1) (above.empty() && !below.empty() ? c.below : c.above) *= -1;
  if (!above.empty()) {
    c.above /= c.below;
    c.below = 1;
  }
  const bool has_zero = std::find(above.begin(), above.end(), 0.0) != above.end();
  const bool vanished = c.above == 0 && !has_zero;
  if (vanished || !is_usual(c.above, terms.dtype()) || !is_usual(c.below, terms.dtype()))
    return std::nullopt;
  return c;
}

Variable product_from(Coefficient c, Fraction parts, const Variable& like) {
  const DType dtype = like.dtype();
  if (c.above == 0) return number(0, like);
  const bool negated = c.above == -1 && !parts.above.empty();
  if (parts.above.empty() || (c.above != 1 && !negated))
    parts.above.push_back(number(c.above, like));
  if (c.below != 1) parts.below.push_back(number(c.below, like));
  Variable all = chain(op::mul, parts.above, dtype);
  if (negated) all = elementwise(op::neg, {all});
  const Variable below = chain(op::mul, parts.below, dtype);
  return below ? elementwise(op::true_div, {all, below}) : all;
}

Variable sum_from(double constant, const Fraction& parts, const Variable& like) {
  const DType dtype = like.dtype();
  Variable all = chain(op::add, parts.above, dtype);
  const Variable below = chain(op::add, parts.below, dtype);
  if (!below) {
    if (!all) return number(constant, like);
  } else if (all) {
    all = elementwise(op::sub, {all, below});
  } else if (constant == 0) {
    return elementwise(op::neg, {below});
  } else {
    return elementwise(op::sub, {number(constant, like), below});
  }
  if (constant == 0) return all;
  return constant > 0 ? elementwise(op::add, {all, number(constant, like)})
                      : elementwise(op::sub, {all, number(-constant, like)});
}

// Whether a tree above takes NODE, a product, in; that tree is looked at then.
bool is_part_of_product(const FunctionGraph& fgraph, const Apply& node) {
  const Apply reader = lone_reader(fgraph, node);
  if (!reader) return false;
  const Row* row = plain_row(reader);
  if (row != &op::neg) return is_product_row(row);
  const Apply next = lone_reader(fgraph, reader);
  return !(next && is_sum_row(plain_row(next)));
}

bool has_arithmetic(DType dtype) { return is_floating(dtype) || is_integer(dtype); }
std::optional<Variables> conformed(const Variable& x, const Apply& node) {
  const Variable with = conform(x, node);
  return with ? std::optional(Variables{with}) : std::nullopt;
}
}  // namespace

std::optional<Variables> local_mul_canonizer(const FunctionGraph& fgraph, const Apply& node) {
  const Row* row = plain_row(node);
  const Variable& z = node.outputs()[0];
  if (!(is_product_row(row) || row == &op::neg) || !has_arithmetic(z.dtype())) return std::nullopt;
  if (is_part_of_product(fgraph, node)) return std::nullopt;
  if (row == &op::neg) {
    const Apply reader = lone_reader(fgraph, node);
    if (reader && is_sum_row(plain_row(reader))) return std::nullopt;
  }
  Terms terms(fgraph, node, product);
  const bool cancelled = terms.cancel();
  const std::vector<double>&above = terms.constants(false), &below = terms.constants(true);
  const auto constants = above.size() + below.size() + static_cast<std::size_t>(terms.negations());
  const bool is_zero = std::find(above.begin(), above.end(), 0.0) != above.end();
  if (!cancelled && constants < 2 && !is_zero) return std::nullopt;
  const auto c = coefficient(terms);
  if (!c) return std::nullopt;
  return conformed(product_from(*c, fraction(terms, terms.terms(), z), z), node);
}

std::optional<Variables> local_add_canonizer(const FunctionGraph& fgraph, const Apply& node) {
  const Variable& z = node.outputs()[0];
  if (!is_sum_row(plain_row(node)) || !has_arithmetic(z.dtype())) return std::nullopt;
  const Apply reader = lone_reader(fgraph, node);
  if (reader && is_sum_row(plain_row(reader))) return std::nullopt;
  Terms terms(fgraph, node, addition);
  const bool cancelled = terms.cancel();
  if (!cancelled && terms.constants(false).size() + terms.constants(true).size() < 2)
    return std::nullopt;
  double constant = 0;
  for (double value : terms.constants(false)) constant += value;
  for (double value : terms.constants(true)) constant -= value;
  if (!is_usual(constant, z.dtype())) return std::nullopt;
  return conformed(sum_from(constant, fraction(terms, terms.terms(), z), z), node);
}

void install_canonizer(rewrite::Database& db) {
  const rewrite::Database::Tags tags{"canonicalize", "stabilize", "specialize", "fast_run"};
  db.add(
      "local_mul_canonizer", local_mul_canonizer, tags,
      tracks_rows({&op::mul, &op::true_div, &op::inv, &op::neg}),
      "A tree of products and quotients without what cancels (x / x is 1, also for 0, infinities and NaN) and with one constant, which rounds differently.");
  db.add(
      "local_add_canonizer", local_add_canonizer, tags, tracks_rows({&op::add, &op::sub}),
      "A tree of sums and differences without what cancels, with one constant, which rounds differently, and with 3 * x for x + x + x.");
}
}  // namespace kroton::tensor
