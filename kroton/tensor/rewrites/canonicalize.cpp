// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/rewrites/canonicalize.h"

#include <limits>

#include "kroton/tensor/rewrites/patterns.h"

namespace kroton::tensor {
namespace {
using namespace patterns;
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
using Tags = rewrite::Database::Tags;
using List = std::vector<rewrite::Equation>;

List identities() {
  const Pattern x = Pattern::any(0), y = Pattern::any(1), z = Pattern::any(2);
  const Pattern real = x.when(is_real_array), whole = x.when(is_discrete_array),
                flag = x.when(is_bool_array);
  return {
      {identity(x), x},
      {x + 0, x},
      {x - 0, x},
      {x * 1, x},
      {x / 1, x},
      {floor_div(whole, 1), x},
      {pow(x, 1), x},
      {maximum(x, x), x},
      {minimum(x, x), x},
      {maximum(maximum(x, y), y), maximum(x, y)},
      {minimum(minimum(x, y), y), minimum(x, y)},
      {maximum(x, -infinity), x},
      {minimum(x, infinity), x},
      {clip(clip(x, y, z), y, z), clip(x, y, z)},
      {and_(x, x), x},
      {or_(x, x), x},
      {and_(flag, 1), x},
      {and_(x, -1), x},
      {or_(x, 0), x},
      {xor_(x, 0), x},
      {patterns::real(real), x},
      {conj(real), x},
  };
}

// Where the answer is known. A NaN differs from itself, so floats are asked for some.
List known_answers() {
  const Pattern x = Pattern::any(0), whole = x.when(is_discrete_array),
                real = x.when(is_real_array), flag = x.when(is_bool_array);
  return {
      {lt(x, x), 0},     {gt(x, x), 0},      {eq(whole, x), 1}, {neq(whole, x), 0},
      {le(whole, x), 1}, {ge(whole, x), 1},  {isnan(whole), 0}, {isinf(whole), 0},
      {xor_(x, x), 0},   {and_(x, 0), 0},    {or_(flag, 1), 1}, {imag(real), 0},
      {pow(1, x), 1},    {mod(whole, 1), 0},
  };
}

List zeros() {
  const Pattern x = Pattern::any(0);
  return {{x * 0, 0}, {x - x, 0}};
}

List choices() {
  const Pattern c = Pattern::any(0), x = Pattern::any(1), y = Pattern::any(2), z = Pattern::any(3);
  const Pattern choice = c.of_any_dtype();
  return {
      {switch_(c, x, x), x},
      {switch_(0, x, y), y},
      {switch_(1, x, y), x},
      {switch_(invert(c.when(is_bool_array)).of_any_dtype(), x, y), switch_(choice, y, x)},
      {switch_(c, switch_(c, x, y), z), switch_(choice, x, z)},
      {switch_(c, x, switch_(c, y, z)), switch_(choice, x, z)},
  };
}

// g(f(x)) where f takes every real number to where g takes it back.
List inverses() {
  const Pattern x = Pattern::any(0), real = x.when(is_real_array);
  return {
      {-(-x), x},
      {inv(inv(x)), x},
      {invert(invert(x)), x},
      {conj(conj(x)), x},
      {log(exp(real)), x},
      {log2(exp2(real)), x},
      {log1p(expm1(real)), x},
      {arcsinh(sinh(real)), x},
      {sinh(arcsinh(real)), x},
      {arctanh(tanh(real)), x},
      {deg2rad(rad2deg(x)), x},
      {rad2deg(deg2rad(x)), x},
  };
}

List guarded_inverses() {
  const Pattern x = Pattern::any(0), real = x.when(is_real_array);
  return {
      {exp(log(real)), switch_(ge(x, 0), x, nan)},
      {exp2(log2(real)), switch_(ge(x, 0), x, nan)},
      {exp(log1p(real)), switch_(ge(x, -1), 1 + x, nan)},
      {expm1(log1p(real)), switch_(ge(x, -1), x, nan)},
      {expm1(log(real)), switch_(ge(x, 0), x - 1, nan)},
      {sqr(sqrt(real)), switch_(ge(x, 0), x, nan)},
  };
}

List signs() {
  const Pattern x = Pattern::any(0), y = Pattern::any(1);
  return {
      {x + -y, x - y}, {x - -y, x + y},  {-(x - y), y - x},
      {0 - x, -x},     {-x * -y, x * y}, {-x / -y, x / y},
  };
}

List even_functions() {
  const Pattern x = Pattern::any(0), real = x.when(is_real_array);
  return {
      {abs(abs(x)), abs(x)},      {abs(-x), abs(x)},          {abs(sqr(real)), sqr(x)},
      {abs(exp(real)), exp(x)},   {abs(sqrt(real)), sqrt(x)}, {abs(sigmoid(real)), sigmoid(x)},
      {sqr(-x), sqr(x)},          {sqr(abs(real)), sqr(x)},   {sqrt(sqr(real)), abs(x)},
      {cos(-x), cos(x)},          {cos(abs(real)), cos(x)},   {cosh(-x), cosh(x)},
      {cosh(abs(real)), cosh(x)},
  };
}
}  // namespace

void install_canonicalize(rewrite::Database& db) {
  const Tags useless{"canonicalize", "specialize", "fast_run", "fast_compile"};
  const Tags tags{"canonicalize", "specialize", "fast_run"};
  add_equations(
      db, "local_useless_elemwise", identities(), useless,
      "x + 0, x * 1, x / 1, `maximum(x, x)`, `x & x` and the like are x; -0.0 + 0 stays -0.0.");
  add_equations(
      db, "local_useless_elemwise_comparison", known_answers(), useless,
      "Comparisons and logic whose answer is known: x < x is false, for integers x == x is true; a float may be NaN and is asked.");
  add_equations(
      db, "local_useless_switch", choices(), useless,
      "A choice with a constant condition or equal branches is the branch; a negated or repeated condition is resolved.");
  add_equations(db, "local_mul_zero", zeros(), tags,
                "x * 0 and x - x are 0, also where x is infinite or NaN.");
  add_equations(
      db, "local_func_inv", inverses(), tags,
      "-(-x), 1/(1/x), log(exp(x)), arctanh(tanh(x)) and further pairs of inverses are x.");
  add_equations(
      db, "local_exp_log", guarded_inverses(), tags,
      "exp(log(x)), expm1(log1p(x)), sqr(sqrt(x)) and the like are x where the inner function is defined, else NaN.");
  add_equations(
      db, "local_neg_neg", signs(), tags,
      "Signs meet: x + -y is x - y, -x * -y is x * y, -(x - y) is y - x, whose zero may have the other sign.");
  add_equations(
      db, "local_abs_merge", even_functions(), tags,
      "sqrt(sqr(x)) is abs(x), also where the square overflows; even functions ignore signs; abs of what is never negative goes.");
}
}  // namespace kroton::tensor
