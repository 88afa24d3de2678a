// SPDX-License-Identifier: BSD-3-Clause
// EnumType: named integers that an op's C++ and its C code call by the same names.
//   EnumType({{"SUM", 0, "sum"}, {"MEAN", 1, "mean"}}).value("mean") == 1
// A variable V is `CTYPE V`, and every name is a macro in the module.
// Source: Theano's gof/type.py:EnumType, EnumList, CEnumType.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/type.h"

namespace kroton::inline graph {
struct EnumConstant {
  std::string name;  // a C identifier
  std::int64_t value = 0;
  std::string alias = {};  // another word for it, in C++ only
};

class KROTON_API EnumType : public TypeOf<EnumType> {
 public:
  static constexpr std::string_view type_name = "EnumType";
  // ValueError for a name that is no identifier or that is there twice.
  explicit EnumType(std::vector<EnumConstant> constants, std::string ctype = "int");
  const std::vector<EnumConstant>& constants() const { return constants_; }
  // Of a name or an alias; ValueError that lists them all.
  std::int64_t value(std::string_view word) const;

  // Integers of the list, names and aliases; kept as int64 numbers.
  Value filter(const Value& value, bool strict = false,
               std::optional<bool> allow_downcast = std::nullopt) const override;
  bool values_eq(const Value& a, const Value& b) const override;
  std::string c_element_type() const override { return ctype_; }
  std::string c_declare(std::string_view name, const Sub& sub,
                        bool check_input = true) const override;
  std::string c_init(std::string_view name, const Sub& sub) const override;
  std::string c_extract(std::string_view name, const Sub& sub,
                        bool check_input = true) const override;
  std::string c_sync(std::string_view name, const Sub& sub) const override;
  std::string c_cleanup(std::string_view name, const Sub& sub) const override;
  bool c_is_simple() const override { return true; }
  std::string c_support_code() const override;
  CacheVersion c_code_cache_version() const override { return {1}; }

 private:
  std::vector<EnumConstant> constants_;
  std::string ctype_, listed_;

 public:
  static constexpr auto fields =
      std::tuple{Field{"constants", &EnumType::listed_}, Field{"ctype", &EnumType::ctype_}};
};
}  // namespace kroton::inline graph
