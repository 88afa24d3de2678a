// SPDX-License-Identifier: BSD-3-Clause
// What GpuArrayType says in C: a variable V is a `kroton_gpuarray* V`, NULL for none.
#include "kroton/gpuarray/type.h"
#include "kroton/graph/c_text.h"

namespace kroton::gpuarray {
namespace {
using Text = std::string_view;
}  // namespace

std::string GpuArrayType::c_element_type() const { return dtype_info(dtype_).device_name; }
std::string GpuArrayType::c_declare(Text name, const Sub&, bool) const {
  return c_text("kroton_gpuarray* $V;", name);
}
std::string GpuArrayType::c_init(Text name, const Sub&) const { return c_text("$V = NULL;", name); }
std::string GpuArrayType::c_extract(Text name, const Sub& sub, bool check_input) const {
  std::string text;
  if (check_input) {
    text = c_text("if (kroton_gpuarray_check(", name) + c_string(this->text()) +
           c_text(", value_$V, ", name) + std::to_string(typecode()) + ", " +
           std::to_string(ndim()) + ", " + (context_name_ ? c_string(*context_name_) : "NULL") +
           ")) " + sub["fail"] + "\n";
    text += c_axis_checks(name, this->text(),
                          c_text("kroton_gpuarray_shape(kroton_value_gpuarray(value_$V))", name),
                          broadcastable_, sub["fail"]);
  }
  return text + c_text("$V = kroton_value_gpuarray(value_$V);\nkroton_gpuarray_retain($V);", name);
}
// The box moves to V, so that its memory has one holder and may be used again.
std::string GpuArrayType::c_extract_out(Text name, const Sub&, bool) const {
  return c_text(
      "$V = kroton_value_gpuarray(value_$V);\nif (!$V) kroton_release(value_$V);\n"
      "value_$V = NULL;",
      name);
}
std::string GpuArrayType::c_sync(Text name, const Sub&) const {
  return c_text(
      "if (value_$V != kroton_gpuarray_value($V)) {\n"
      "  kroton_release(value_$V);\n"
      "  value_$V = kroton_gpuarray_value($V);\n"
      "  kroton_retain(value_$V);\n"
      "}",
      name);
}
std::string GpuArrayType::c_cleanup(Text name, const Sub&) const {
  return c_text("kroton_gpuarray_release($V);\n$V = NULL;", name);
}
CacheVersion GpuArrayType::c_code_cache_version() const { return {1}; }
}  // namespace kroton::gpuarray
