// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/kernel/builtin.h"

#include <cmath>
#include <complex>
#include <type_traits>

#include "kroton/kernel/prelude/math.h"

namespace kroton::kernel::builtin {
namespace {
template <class T>
constexpr bool is_complex_type =
    std::is_same_v<T, std::complex<float>> || std::is_same_v<T, std::complex<double>>;
template <class T>
constexpr bool is_half_type = std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>;

// Integers compute in their own width: wrap instead of overflow.
template <class T>
using Wide = std::conditional_t<std::is_integral_v<T>, std::uint64_t, T>;

// The prelude's own, so that host and kernel agree in every bit.
float exp_of(float x) { return prelude::exp_f32(x); }
double exp_of(double x) { return prelude::exp_f64(x); }
float log_of(float x) { return prelude::log_f32(x); }
double log_of(double x) { return prelude::log_f64(x); }

template <class T, class F>
void call(const void* const* arguments, void* result) {
  using R = decltype(F::apply(T{}, T{}));
  *static_cast<R*>(result) = F::apply(*static_cast<const T*>(arguments[0]),
                                      *static_cast<const T*>(arguments[F::nin == 2 ? 1 : 0]));
}

template <class F>
HostFunction host_of(DType d) {
  return with_element_type(d, [](auto tag) -> HostFunction {
    using T = typename decltype(tag)::type;
    if constexpr (is_half_type<T>) {
      return nullptr;
    } else if constexpr (is_complex_type<T> && !F::on_complex) {
      return nullptr;
    } else if constexpr (!std::is_floating_point_v<T> && !is_complex_type<T> && !F::on_integers) {
      return nullptr;
    } else {
      return &call<T, F>;
    }
  });
}

#define FUNCTION(NAME, NIN, COMPLEX, INTEGERS, EXPR)                \
  struct NAME##_value {                                             \
    static constexpr int nin = NIN;                                 \
    static constexpr bool on_complex = COMPLEX;                     \
    static constexpr bool on_integers = INTEGERS;                   \
    template <class T>                                              \
    static auto apply([[maybe_unused]] T x, [[maybe_unused]] T y) { \
      return EXPR;                                                  \
    }                                                               \
  };
FUNCTION(add, 2, true, true, static_cast<T>(static_cast<Wide<T>>(x) + static_cast<Wide<T>>(y)))
FUNCTION(sub, 2, true, true, static_cast<T>(static_cast<Wide<T>>(x) - static_cast<Wide<T>>(y)))
FUNCTION(mul, 2, true, true, static_cast<T>(static_cast<Wide<T>>(x) * static_cast<Wide<T>>(y)))
FUNCTION(divide, 2, true, false, x / y)
FUNCTION(maximum, 2, false, true, y != y ? y : (y > x ? y : x))
FUNCTION(minimum, 2, false, true, y != y ? y : (y < x ? y : x))
FUNCTION(lt, 2, false, true, x < y)
FUNCTION(gt, 2, false, true, x > y)
FUNCTION(le, 2, false, true, x <= y)
FUNCTION(ge, 2, false, true, x >= y)
FUNCTION(eq, 2, true, true, x == y)
FUNCTION(neq, 2, true, true, x != y)
FUNCTION(logical_and, 2, true, true, x != T(0) && y != T(0))
FUNCTION(logical_or, 2, true, true, x != T(0) || y != T(0))
FUNCTION(logical_not, 1, true, true, x == T(0))
FUNCTION(exp, 1, false, false, exp_of(x))
FUNCTION(log, 1, false, false, log_of(x))
FUNCTION(isnan, 1, true, true, x != x)
#undef FUNCTION

template <class F>
FunctionRef row(const char* name, const char* text, ResultRule result = ResultRule::same,
                int cost = 1) {
  return std::make_shared<ScalarFunction>(
      ScalarFunction{name, F::nin, text, &host_of<F>, result, cost, false});
}
}  // namespace

const FunctionRef add = row<add_value>("add", "x + y");
const FunctionRef sub = row<sub_value>("sub", "x - y");
const FunctionRef mul = row<mul_value>("mul", "x * y");
const FunctionRef divide = row<divide_value>("true_div", "x / y", ResultRule::same, 8);
const FunctionRef maximum = row<maximum_value>("maximum", "y != y ? y : (y > x ? y : x)");
const FunctionRef minimum = row<minimum_value>("minimum", "y != y ? y : (y < x ? y : x)");
const FunctionRef lt = row<lt_value>("lt", "x < y", ResultRule::boolean);
const FunctionRef gt = row<gt_value>("gt", "x > y", ResultRule::boolean);
const FunctionRef le = row<le_value>("le", "x <= y", ResultRule::boolean);
const FunctionRef ge = row<ge_value>("ge", "x >= y", ResultRule::boolean);
const FunctionRef eq = row<eq_value>("eq", "x == y", ResultRule::boolean);
const FunctionRef neq = row<neq_value>("neq", "x != y", ResultRule::boolean);
const FunctionRef logical_and =
    row<logical_and_value>("and_", "x != 0 & y != 0", ResultRule::boolean);
const FunctionRef logical_or = row<logical_or_value>("or_", "x != 0 | y != 0", ResultRule::boolean);
const FunctionRef logical_not = row<logical_not_value>("invert", "x == 0", ResultRule::boolean);
const FunctionRef exp = row<exp_value>("exp", "exp(x)", ResultRule::same, 20);
const FunctionRef log = row<log_value>("log", "log(x)", ResultRule::same, 20);
const FunctionRef isnan = row<isnan_value>("isnan", "x != x", ResultRule::boolean);
}  // namespace kroton::kernel::builtin
