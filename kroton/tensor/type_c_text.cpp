// SPDX-License-Identifier: BSD-3-Clause
// What TensorType and Scalar say in C. An array variable V is a `kroton_array* V`, NULL for none;
// a Scalar V is a plain number of its C type.
#include <cmath>
#include <cstdio>

#include "kroton/base/errors.h"
#include "kroton/base/text.h"
#include "kroton/graph/c_text.h"
#include "kroton/ndarray/cast.h"
#include "kroton/tensor/scalar_type.h"
#include "kroton/tensor/type.h"

namespace kroton::tensor {
namespace {
using Text = std::string_view;

// "KROTON_FLOAT64"
std::string c_number(DType d) {
  std::string text = kroton::name(d);
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return "KROTON_" + text;
}
}  // namespace

std::string TensorType::c_element_type() const { return dtype_info(dtype_).c_name; }
std::string TensorType::c_declare(Text name, const Sub&, bool) const {
  return c_text("kroton_array* $V;", name);
}
std::string TensorType::c_init(Text name, const Sub&) const { return c_text("$V = NULL;", name); }
std::string TensorType::c_extract(Text name, const Sub& sub, bool check_input) const {
  std::string text;
  if (check_input) {
    text = c_text("if (kroton_array_check(", name) + c_string(this->text()) +
           c_text(", value_$V, ", name) + c_number(dtype_) + ", " + std::to_string(ndim()) + ")) " +
           sub["fail"] + "\n";
    text += c_axis_checks(name, this->text(),
                          c_text("kroton_array_shape(kroton_value_array(value_$V))", name),
                          broadcastable_, sub["fail"]);
  }
  return text + c_text("$V = kroton_value_array(value_$V);\nkroton_array_retain($V);", name);
}
// The box moves to V, so that its memory has one holder and may be used again.
std::string TensorType::c_extract_out(Text name, const Sub&, bool) const {
  return c_text(
      "$V = kroton_value_array(value_$V);\nif (!$V) kroton_release(value_$V);\nvalue_$V = NULL;",
      name);
}
std::string TensorType::c_sync(Text name, const Sub&) const {
  return c_text(
      "if (value_$V != kroton_array_value($V)) {\n"
      "  kroton_release(value_$V);\n"
      "  value_$V = kroton_array_value($V);\n"
      "  kroton_retain(value_$V);\n"
      "}",
      name);
}
std::string TensorType::c_cleanup(Text name, const Sub&) const {
  return c_text("kroton_array_release($V);\n$V = NULL;", name);
}
CacheVersion TensorType::c_code_cache_version() const { return {1}; }

std::string Scalar::c_element_type() const { return dtype_info(dtype_).c_name; }
std::string Scalar::c_declare(Text name, const Sub&, bool) const {
  return c_element_type() + c_text(" $V;", name);
}
std::string Scalar::c_init(Text name, const Sub&) const {
  return is_complex(dtype_) ? c_text("$V.real = 0;\n$V.imag = 0;", name) : c_text("$V = 0;", name);
}
std::string Scalar::c_extract(Text name, const Sub& sub, bool check_input) const {
  std::string text;
  if (check_input) {
    text = c_text("if (kroton_array_check(", name) + c_string(this->text()) +
           c_text(", value_$V, ", name) + c_number(dtype_) + ", 0)) " + sub["fail"] + "\n";
  }
  return text + c_text("if (kroton_to_element(value_$V, ", name) + c_number(dtype_) +
         c_text(", &$V)) ", name) + sub["fail"];
}
std::string Scalar::c_sync(Text name, const Sub& sub) const {
  return c_text("kroton_release(value_$V);\nvalue_$V = kroton_from_element(", name) +
         c_number(dtype_) + c_text(", &$V);\nif (!value_$V) ", name) + sub["fail"];
}
std::string Scalar::c_cleanup(Text, const Sub&) const { return ""; }
std::string Scalar::c_literal(const Value& value) const {
  const NDArray array = NDArray(value).astype(dtype_);
  if (is_discrete(dtype_)) {
    // Unsigned, so that the least number can be written; the cast gives it its sign.
    const auto bits = static_cast<std::uint64_t>(
        is_unsigned(dtype_) ? static_cast<std::int64_t>(array.item<std::uint64_t>())
                            : array.item<std::int64_t>());
    return "((" + c_element_type() + ")" + base::format_number(bits) + "u)";
  }
  if (dtype_ != float64 && dtype_ != float32) not_defined("c_literal");
  const double x = array.item<double>();
  // No C text says NaN or infinity plainly, nor the powers of two that subnormal numbers need.
  if (!std::isnormal(x) && x != 0) not_defined("c_literal");
  char text[64];
  int exponent = 0;
  const double mantissa = std::frexp(x, &exponent);
  const auto digits = static_cast<std::int64_t>(std::ldexp(mantissa, 53));
  // As an integer times a power of two: exact, whatever the locale.
  std::snprintf(text, sizeof text, "((%s)(%s%lld.0 * 0x1p%d))", c_element_type().c_str(),
                std::signbit(x) && digits == 0 ? "-" : "", static_cast<long long>(digits),
                digits == 0 ? 0 : exponent - 53);
  return text;
}
CacheVersion Scalar::c_code_cache_version() const { return {1}; }
}  // namespace kroton::tensor
