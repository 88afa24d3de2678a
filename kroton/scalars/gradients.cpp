// SPDX-License-Identifier: BSD-3-Clause
// The gradients of ops.def as functions that build graph.
#include "kroton/base/errors.h"
#include "kroton/graph/disconnected_type.h"
#include "kroton/graph/null_type.h"
#include "kroton/ndarray/ndarray.h"
#include "kroton/scalars/detail/table.h"
#include "kroton/scalars/terms.h"

#include <cmath>
#include <complex>

namespace kroton::scalars {
namespace terms {
namespace {
Term constant_like(const NDArray& value, const Variable& like) {
  return like.type().host_form()->with(value.dtype(), {})->make_constant(Value(value));
}
}  // namespace

Term number(double value, const Term& like) {
  const DType d = like.variable().dtype();
  const DType own = !is_discrete(d) ? real_dtype(d) : std::trunc(value) == value ? int8 : float_x();
  return constant_like(NDArray::full({}, value, own), like);
}

Term zero(const Term& x) { return x.variable().type().zeros_like(x); }
Term disconnected() { return Variable(DisconnectedType()); }
Term no_gradient(const char* row) {
  throw GradientError(std::string(row) +
                      ": its derivative is not implemented; keep it out of the cost or wrap it in "
                      "disconnected_grad");
}
Term no_gradient_for(const Term& x, const char* row) {
  return NullType("the derivative of " + std::string(row) + " by its parameter " +
                  x.variable().text() +
                  " is not implemented; hold that fixed, or take a difference quotient")();
}
Term won(const Term& won, const Term& tied, const Term& gz) {
  return select(won, gz, select(tied, gz * 0.5, zero(gz)));
}
Term direction(const Term& x) {
  if (!is_complex(x.variable().dtype())) return sgn(x);
  return select(eq(x, 0), zero(x), x / abs(x));
}
Term turning(const Term& gz, const Term& x) {
  if (!is_complex(x.variable().dtype())) return zero(x);
  return imaginary_part_of(gz, x) * (x / sqr(abs(x)));
}
Term gamma_density(const Term& x, const Term& y) { return exp((x - 1) * log(y) - y - gammaln(x)); }
// Near 0, where cos(pi x) and z cancel, the first terms of its series.
Term slope_of_sinc(const Term& x, const Term& z) {
  const Term near = lt(abs(x), number(0.01, x)), square = sqr(x);
  const Term series =
      x * (-3.28986813369645287 + square * (3.24696970113341458 - 1.14451094473250524 * square));
  return select(near, series, (cos(x * 3.14159265358979324) - z) / select(near, 1, x));
}
Term real_part_of(const Term& gz, const Term& x) {
  const DType d = x.variable().dtype();
  return is_complex(d) ? Term(apply(op::cast(d), {gz})) : gz;
}
Term imaginary_part_of(const Term& gz, const Term& x) {
  const DType d = x.variable().dtype();
  if (!is_complex(d)) return zero(x);
  const NDArray i = Value(std::complex<double>(0, 1));
  return apply(op::cast(d), {gz}) * constant_like(i.astype(d), gz);
}
}  // namespace terms

namespace detail {
using namespace terms;
#define LIST(...) __VA_ARGS__
#define INPUT(NAME, I) [[maybe_unused]] const Term NAME = inputs[I];
#define GRADIENT(NAME, INPUTS, TERMS)                                 \
  Variables gradient_##NAME([[maybe_unused]] const Variables& inputs, \
                            [[maybe_unused]] const Variable& output,  \
                            [[maybe_unused]] const Variable& given) { \
    [[maybe_unused]] const Term gz = given;                           \
    INPUTS                                                            \
    return {TERMS};                                                   \
  }
#define UNARY(NAME, RULE, ON, VALUE, TERM, ...) \
  GRADIENT(NAME, INPUT(x, 0) [[maybe_unused]] const Term z = output;, TERM)
#define BINARY(NAME, RULE, ON, VALUE, TERMS, ...) \
  GRADIENT(NAME, INPUT(x, 0) INPUT(y, 1) [[maybe_unused]] const Term z = output;, LIST TERMS)
#define TERNARY(NAME, RULE, ON, VALUE, TERMS, ...) \
  GRADIENT(NAME, INPUT(x, 0) INPUT(y, 1) INPUT(z, 2), LIST TERMS)
#define SELECT TERNARY
#include "kroton/scalars/ops.def"
#undef UNARY
#undef BINARY
#undef TERNARY
#undef SELECT
}  // namespace detail

namespace {
Variable conjugate(const Variable& v) { return is_complex(v.dtype()) ? apply(op::conj, {v}) : v; }

// What the row's gradient is written over. Functions of one input alone stand in it, so those
// inputs come in the dtype of the output: the log(x) of x to the power y must not be one of
// float32, or of an integer, where the output is float64.
Variables seen_by_gradient(const Row& row, const Variables& inputs, const Variable& output) {
  Variables seen = inputs;
  const bool is_function = row.rule == DTypeRule::to_float ||
                           row.rule == DTypeRule::to_float_no_complex ||
                           row.rule == DTypeRule::upcast_min8;
  if (!is_function || is_discrete(output.dtype()) || is_complex(output.dtype())) return seen;
  for (Variable& x : seen) {
    if (!is_complex(x.dtype()) && x.dtype() != output.dtype())
      x = apply(op::cast(output.dtype()), {x});
  }
  return seen;
}

const Gradient& gradient_of(const Row& row) {
  if (row.gradient == nullptr) {
    throw GradientError(
        row.name +
        ": the op has no gradient; keep it out of the cost or wrap it in disconnected_grad");
  }
  return row.gradient;
}
}  // namespace

Variables gradients(const Row& row, const Variables& inputs, const Variable& output,
                    const Variable& gz) {
  const Gradient& gradient = gradient_of(row);
  Variables seen = seen_by_gradient(row, inputs, output);
  Variable z = output;
  const bool holomorphic = row.traits.holomorphic;
  if (is_discrete(output.dtype())) {
    Variables zeros;
    for (const Variable& x : inputs) zeros.push_back(terms::zero(x));
    if (row.rule == DTypeRule::second) zeros[0] = terms::disconnected();
    return zeros;
  }
  if (holomorphic && is_complex(output.dtype())) {
    for (Variable& x : seen) x = conjugate(x);
    z = conjugate(z);
  }
  Variables out = gradient(seen, z, gz);
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (!out[i].type().is_array()) continue;  // disconnected
    if (is_complex(out[i].dtype()) && !is_complex(inputs[i].dtype()))
      out[i] = apply(op::real, {out[i]});
  }
  return out;
}

namespace {
// The change of the output when input I changes by V, the gradient being linear in gz. Of a real
// output of a complex input it is the part of v that points along the gradient.
Variable change(const Gradient& gradient, const Variables& seen, const Variable& output,
                std::size_t i, const Variable& v) {
  if (is_discrete(output.dtype())) return terms::zero(output);
  if (!is_complex(seen[i].dtype()) || is_complex(output.dtype())) {
    const Variable part = gradient(seen, output, v)[i];
    const bool widens =
        part.type().is_array() && is_complex(output.dtype()) && !is_complex(part.dtype());
    return widens ? apply(op::cast(output.dtype()), {part}) : part;
  }
  const Variable steepest = gradient(seen, output, output.type().ones_like(output))[i];
  if (!steepest.type().is_array()) return steepest;
  return apply(op::real, {apply(op::mul, {conjugate(steepest), v})});
}
}  // namespace

Variable pushforward(const Row& row, const Variables& inputs, const Variable& output,
                     const Variables& eval_points) {
  const Gradient& gradient = gradient_of(row);
  const Variables seen = seen_by_gradient(row, inputs, output);
  Variable sum;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!eval_points[i]) continue;
    const Variable part = change(gradient, seen, output, i, eval_points[i]);
    if (const auto* null = dynamic_cast<const NullType*>(&part.type()))
      throw GradientError("Rop: " + null->why());
    if (part.type().is_array()) sum = sum ? apply(op::add, {sum, part}) : part;
  }
  return sum;
}
}  // namespace kroton::scalars
