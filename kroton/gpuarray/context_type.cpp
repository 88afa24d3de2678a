// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/context_type.h"

#include "kroton/base/errors.h"
#include "kroton/graph/c_text.h"

namespace kroton::gpuarray {
const GpuContextType gpu_context_type;

Value GpuContextType::filter(const Value& value, bool, std::optional<bool>) const {
  if (!value.is<GpuContext>() || !value.as<GpuContext>()) {
    throw TypeError("GpuContextType: the value is " +
                    (value.is<GpuContext>() ? "a null GpuContext" : value.text()) +
                    "; a GpuContext is needed, from get_context or init_dev");
  }
  return value;
}
bool GpuContextType::values_eq(const GpuContext& a, const GpuContext& b) { return a == b; }
bool GpuContextType::values_eq(const Value& a, const Value& b) const {
  return a.is<GpuContext>() && b.is<GpuContext>() && a.as<GpuContext>() == b.as<GpuContext>();
}

std::string GpuContextType::c_declare(std::string_view name, const Sub&, bool) const {
  return c_text("kroton_gpucontext* $V;", name);
}
std::string GpuContextType::c_init(std::string_view name, const Sub&) const {
  return c_text("$V = NULL;", name);
}
std::string GpuContextType::c_extract(std::string_view name, const Sub& sub,
                                      bool check_input) const {
  std::string text = c_text("$V = kroton_value_gpucontext(value_$V);\n", name);
  if (check_input) {
    text += c_text(
        "if (!$V) {\n  kroton_set_error(KROTON_TYPE_ERROR, \"GpuContextType: the value is %s; a "
        "GpuContext is needed\", kroton_describe(value_$V));\n  $fail\n}\n",
        {{"V", name}, {"fail", sub["fail"]}});
  }
  return text + c_text("kroton_retain(value_$V);", name);
}
std::string GpuContextType::c_cleanup(std::string_view name, const Sub&) const {
  return c_text("kroton_release(kroton_gpucontext_value($V));\n$V = NULL;", name);
}
CacheVersion GpuContextType::c_code_cache_version() const { return {1}; }
}  // namespace kroton::gpuarray
