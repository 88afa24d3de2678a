// SPDX-License-Identifier: BSD-3-Clause
// CDataType: pointers to something that only C code knows, passed between nodes and freed with
// their last value. CPointer is such a pointer as a value.
//   CDataType("FILE*", "fclose_quietly", {.headers = {"<stdio.h>"}, .version = {1}})
// Source: Theano's gof/type.py:CDataType.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/type.h"

namespace kroton::inline graph {
// Null, or owned together with all copies of this handle.
class KROTON_API CPointer {
 public:
  CPointer() = default;
  // RELEASE (may be null) is called with POINTER when the last handle goes. CTYPE: "FILE*".
  CPointer(void* pointer, void (*release)(void*), std::string ctype);
  void* get() const { return pointer_.get(); }
  const std::string& ctype() const { return ctype_; }
  friend KROTON_API const ValueKind& value_kind(const CPointer&);

 private:
  std::shared_ptr<void> pointer_;
  std::string ctype_;
};

struct CDataOptions {
  Names headers = {}, header_dirs = {}, libraries = {}, lib_dirs = {}, compile_args = {};
  std::string support_code = {};  // declares the type or the free function, where no header does
  CacheVersion version = {};
};

// A variable V is declared as `CTYPE V`, NULL for none. FREE_FUNCTION is the name of a C function
// that takes a void* (empty: nobody frees). An op's C code sets V to a pointer that the variable
// then owns: each pointer belongs to one variable.
class KROTON_API CDataType : public TypeOf<CDataType> {
 public:
  static constexpr std::string_view type_name = "CDataType";
  explicit CDataType(std::string ctype, std::string free_function = "", CDataOptions options = {});
  const std::string& ctype() const { return ctype_; }

  // CPointer values of this ctype.
  Value filter(const Value& value, bool strict = false,
               std::optional<bool> allow_downcast = std::nullopt) const override;
  bool values_eq(const Value& a, const Value& b) const override;  // the same pointer
  bool may_share_memory(const Value& a, const Value& b) const override;

  std::string c_element_type() const override { return ctype_; }
  std::string c_declare(std::string_view name, const Sub& sub,
                        bool check_input = true) const override;
  std::string c_init(std::string_view name, const Sub& sub) const override;
  std::string c_extract(std::string_view name, const Sub& sub,
                        bool check_input = true) const override;
  std::string c_extract_out(std::string_view name, const Sub& sub,
                            bool check_input = true) const override;
  std::string c_sync(std::string_view name, const Sub& sub) const override;
  std::string c_cleanup(std::string_view name, const Sub& sub) const override;
  bool c_is_simple() const override { return true; }
  Names c_headers() const override { return options_.headers; }
  Names c_header_dirs() const override { return options_.header_dirs; }
  Names c_libraries() const override { return options_.libraries; }
  Names c_lib_dirs() const override { return options_.lib_dirs; }
  Names c_compile_args() const override { return options_.compile_args; }
  std::string c_support_code() const override { return options_.support_code; }
  CacheVersion c_code_cache_version() const override;

 private:
  std::string ctype_, free_function_;
  CDataOptions options_;

 public:
  static constexpr auto fields = std::tuple{Field{"ctype", &CDataType::ctype_},
                                            Field{"free_function", &CDataType::free_function_}};
};
}  // namespace kroton::inline graph
