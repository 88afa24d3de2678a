// SPDX-License-Identifier: BSD-3-Clause
// The rules are those of numpy/_core/arrayprint.py, FloatingFormat, with NumPy's default options.
#include "kroton/ndarray/detail/float_format.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "kroton/ndarray/cast.h"

namespace kroton::inline ndarray::detail {
namespace {
// sign 0.d1d2d3... * 10^point, or the words nan and inf.
struct Decimal {
  bool negative = false;
  std::string digits;  // without trailing zeros; "" is zero
  int point = 0;
};

// From "1.234e+05" or "-1e-10".
Decimal read_scientific(std::string_view text) {
  Decimal d;
  if (text.front() == '-') {
    d.negative = true;
    text.remove_prefix(1);
  }
  const std::size_t e = text.find('e');
  for (char c : text.substr(0, e)) {
    if (c != '.') d.digits += c;
  }
  std::string_view exponent = text.substr(e + 1);
  if (exponent.front() == '+') exponent.remove_prefix(1);
  std::from_chars(exponent.data(), exponent.data() + exponent.size(), d.point);
  ++d.point;
  d.digits.erase(d.digits.find_last_not_of('0') + 1);
  if (d.digits.empty()) d.point = 1;
  return d;
}

template <class Float>
Decimal shortest_of(Float x) {
  char text[64];
  const auto end = std::to_chars(text, text + sizeof text, x, std::chars_format::scientific).ptr;
  return read_scientific({text, end});
}
Decimal rounded_scientific(double x, int digits) {
  char text[64];
  const auto end =
      std::to_chars(text, text + sizeof text, x, std::chars_format::scientific, digits).ptr;
  return read_scientific({text, end});
}
double value_of(const Decimal& d) {
  const std::string text = "0." + d.digits + "0e" + std::to_string(d.point);
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return d.negative ? -value : value;
}
// The nearest decimal of as few digits as read back the same 16-bit float. Below a power of two the
// floats lie closer than above it, so the next decimal away from zero may do where the nearest
// fails.
template <class Short>
Decimal shortest_of_short(double x) {
  for (int digits = 0;; ++digits) {
    const Decimal nearest = rounded_scientific(x, digits);
    const double unit = std::copysign(std::pow(10., nearest.point - 1 - digits), x);
    const Decimal next = rounded_scientific(value_of(nearest) + unit, digits);
    for (const Decimal& candidate : {nearest, next}) {
      if (to_float(convert_element<Short>(value_of(candidate))) == x) return candidate;
    }
    if (digits == 8) return nearest;
  }
}
Decimal shortest(double x, DType d) {
  switch (d) {
    case float16:
      return shortest_of_short<Half>(x);
    case bfloat16:
      return shortest_of_short<BFloat16>(x);
    case float32:
    case complex64:
      return shortest_of(static_cast<float>(x));
    default:
      return shortest_of(x);
  }
}
int digits_behind_point(const Decimal& d) {
  return std::max(0, static_cast<int>(d.digits.size()) - d.point);
}
// At most `limit` digits behind the point, rounded from the number itself.
Decimal positional(double x, DType type, int limit) {
  Decimal d = shortest(x, type);
  if (digits_behind_point(d) <= limit) return d;
  char text[400];
  const auto end = std::to_chars(text, text + sizeof text, x, std::chars_format::fixed, limit).ptr;
  Decimal fixed{std::signbit(x), "", 0};
  const std::string_view all(text, static_cast<std::size_t>(end - text));
  const std::string_view number = all.substr(fixed.negative ? 1 : 0);
  const std::size_t dot = number.find('.');
  fixed.digits = std::string(number.substr(0, dot)) + std::string(number.substr(dot + 1));
  fixed.point = static_cast<int>(dot);
  const std::size_t zeros = std::min(fixed.digits.find_first_not_of('0'), fixed.digits.size());
  fixed.digits.erase(0, zeros);
  fixed.point -= static_cast<int>(zeros);
  fixed.digits.erase(fixed.digits.find_last_not_of('0') + 1);
  if (fixed.digits.empty()) fixed.point = 1;
  return fixed;
}
Decimal scientific(double x, DType type, int limit) {
  Decimal d = shortest(x, type);
  return static_cast<int>(d.digits.size()) - 1 <= limit ? d : rounded_scientific(x, limit);
}

std::string sign_of(const Decimal& d, bool plus) { return d.negative ? "-" : plus ? "+" : ""; }
std::string integer_part(const Decimal& d) {
  if (d.digits.empty() || d.point <= 0) return "0";
  std::string text = d.digits.substr(0, static_cast<std::size_t>(d.point));
  text.resize(static_cast<std::size_t>(d.point), '0');
  return text;
}
std::string fraction_part(const Decimal& d) {
  if (d.digits.empty()) return "";
  if (d.point <= 0) return std::string(static_cast<std::size_t>(-d.point), '0') + d.digits;
  const auto point = static_cast<std::size_t>(d.point);
  return point < d.digits.size() ? d.digits.substr(point) : "";
}
int exponent_of(const Decimal& d) { return d.digits.empty() ? 0 : d.point - 1; }
std::string exponent_text(const Decimal& d, int digits) {
  const std::string number = std::to_string(std::abs(exponent_of(d)));
  const std::size_t width = static_cast<std::size_t>(digits);
  return (exponent_of(d) < 0 ? "e-" : "e+") +
         std::string(width > number.size() ? width - number.size() : 0, '0') + number;
}
std::string word(double x, bool plus) {
  return std::isnan(x) ? (plus ? "+nan" : "nan") : x < 0 ? "-inf" : plus ? "+inf" : "inf";
}
// As NumPy compares, in the element type: there 0.0001 is the nearest float16 or float32.
bool is_tiny(double least, DType d) {
  switch (d) {
    case float16:
      return least < to_float(to_half(1e-4));
    case bfloat16:
      return least < to_float(to_bfloat16(1e-4));
    case float32:
    case complex64:
      return static_cast<float>(least) < 1e-4f;
    default:
      return least < 1e-4;
  }
}
// Divided in the element type: float16 and float32 may overflow.
bool spreads(double most, double least, DType d) {
  switch (d) {
    case float16:
      return !(to_float(to_half(most / least)) <= 1000);
    case float32:
    case complex64:
      return static_cast<float>(most) / static_cast<float>(least) > 1000.f;
    default:
      return most / least > 1000.;
  }
}
// From here on numbers are written with an exponent: where the type has no more digits to show.
double scientific_from(DType d, double for_doubles) {
  switch (d) {
    case float16:
    case bfloat16:
      return 1e3;
    case float32:
    case complex64:
      return 1e6;
    default:
      return for_doubles;
  }
}
int length(const std::string& text) { return static_cast<int>(text.size()); }
}  // namespace

std::string number_text(double x, DType type, bool bare) {
  if (!std::isfinite(x)) return word(x, false);
  const Decimal d = shortest(x, type);
  if (x != 0 && (std::abs(x) < 1e-4 || std::abs(x) >= scientific_from(type, 1e16))) {
    const std::string fraction = d.digits.substr(1);
    return sign_of(d, false) + d.digits[0] + (fraction.empty() ? "" : "." + fraction) +
           exponent_text(d, 2);
  }
  const std::string fraction = fraction_part(d);
  return sign_of(d, false) + integer_part(d) +
         (!fraction.empty() ? "." + fraction
          : bare            ? ""
                            : ".0");
}

FloatFormat::FloatFormat(const std::vector<double>& numbers, DType dtype, bool plus)
    : dtype_(dtype), plus_(plus) {
  double most = 0, least = INFINITY;
  bool all_finite = true, negative_infinity = false;
  for (double x : numbers) {
    all_finite &= std::isfinite(x);
    negative_infinity |= x == -INFINITY;
    if (x == 0 || !std::isfinite(x)) continue;
    most = std::max(most, std::abs(x));
    least = std::min(least, std::abs(x));
  }
  scientific_ = most > 0 && (most >= scientific_from(dtype, 1e8) || is_tiny(least, dtype) ||
                             spreads(most, least, dtype));
  int fraction = 0, exponent = 0;
  for (double x : numbers) {
    if (!std::isfinite(x)) continue;
    const Decimal d = scientific_ ? scientific(x, dtype, 8) : positional(x, dtype, 8);
    if (scientific_) {
      left_ = std::max(left_, length(sign_of(d, plus)) + 1);
      fraction = std::max(fraction, std::max(0, length(d.digits) - 1));
      exponent = std::max(exponent, length(exponent_text(d, 2)) - 2);
    } else {
      left_ = std::max(left_, length(sign_of(d, plus) + integer_part(d)));
      fraction = std::max(fraction, length(fraction_part(d)));
    }
  }
  right_ = scientific_ ? exponent + 2 + fraction : fraction;
  exponent_digits_ = exponent;
  if (scientific_) digits_ = fraction;
  if (!all_finite) {
    left_ = std::max({left_, 3 - (right_ + 1), 3 + (plus || negative_infinity) - (right_ + 1)});
  }
}

std::string FloatFormat::text(double x) const {
  const auto padded = [](const std::string& s, int width) {
    return std::string(static_cast<std::size_t>(std::max(0, width - length(s))), ' ') + s;
  };
  if (!std::isfinite(x)) return padded(word(x, plus_), left_ + right_ + 1);
  if (scientific_) {
    Decimal d = scientific(x, dtype_, digits_);
    // Digits beyond the shortest are the number's own, not zeros.
    if (length(d.digits) - 1 < digits_) d = rounded_scientific(x, digits_);
    std::string fraction = d.digits.empty() ? "" : d.digits.substr(1);
    fraction.resize(static_cast<std::size_t>(digits_), '0');
    const std::string lead = d.digits.empty() ? "0" : d.digits.substr(0, 1);
    return padded(sign_of(d, plus_) + lead, left_) + "." + fraction +
           exponent_text(d, exponent_digits_);
  }
  const Decimal d = positional(x, dtype_, digits_);
  std::string fraction = fraction_part(d);
  fraction.resize(static_cast<std::size_t>(right_), ' ');
  return padded(sign_of(d, plus_) + integer_part(d), left_) + "." + fraction;
}
}  // namespace kroton::inline ndarray::detail
