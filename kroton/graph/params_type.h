// SPDX-License-Identifier: BSD-3-Clause
// ParamsType: the numbers, arrays and choices of an op as a C struct that its code gets when it
// runs, so that ops which differ in them alone share one compiled module.
//   const ParamsType type({{"scale", Scalar(float64)}, {"kind", EnumType({{"SUM", 0}})}});
//   std::optional<Constant> params(const Apply&) const override {
//     return type.make({{"scale", scale_}, {"kind", "SUM"}});
//   }
// and in c_code, with P standing for sub["params"]: P->scale, and P->kind == SUM. A field f of
// another type has what that type declares for a variable f.
// Source: Theano's gof/params_type.py.
#pragma once
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/type.h"
#include "kroton/graph/variable.h"

namespace kroton::inline graph {
// The value of a ParamsType: one value per field, in its order.
class KROTON_API Params {
 public:
  explicit Params(std::vector<std::pair<std::string, Value>> fields) : fields_(std::move(fields)) {}
  const Value& operator[](std::string_view field) const;  // ValueError that lists the fields
  const std::vector<std::pair<std::string, Value>>& fields() const { return fields_; }
  friend KROTON_API const ValueKind& value_kind(const Params&);

 private:
  std::vector<std::pair<std::string, Value>> fields_;
};

struct ParamsField {
  ParamsField(std::string field, const Type& of) : name(std::move(field)), type(of.share()) {}
  std::string name;  // a C identifier
  std::shared_ptr<const Type> type;
};

class KROTON_API ParamsType : public TypeOf<ParamsType> {
 public:
  static constexpr std::string_view type_name = "ParamsType";
  explicit ParamsType(std::vector<ParamsField> fields);
  // Every field once, each filtered by its type; ValueError for a missing or unknown one.
  Constant make(std::vector<std::pair<std::string, Value>> values) const;

  Value filter(const Value& value, bool strict = false,
               std::optional<bool> allow_downcast = std::nullopt) const override;
  bool values_eq(const Value& a, const Value& b) const override;
  // "struct kroton_params_HASH"
  std::string c_element_type() const override;
  std::string c_declare(std::string_view name, const Sub& sub,
                        bool check_input = true) const override;
  std::string c_init(std::string_view name, const Sub& sub) const override;
  std::string c_extract(std::string_view name, const Sub& sub,
                        bool check_input = true) const override;
  std::string c_sync(std::string_view name, const Sub& sub) const override;
  std::string c_cleanup(std::string_view name, const Sub& sub) const override;
  std::string c_support_code() const override;
  Names c_headers() const override;
  Names c_header_dirs() const override;
  Names c_libraries() const override;
  Names c_lib_dirs() const override;
  Names c_compile_args() const override;
  Names c_init_code() const override;
  CLanguage c_language() const override;
  CacheVersion c_code_cache_version() const override;

 private:
  Names gathered(Names (Type::*method)() const) const;
  std::vector<ParamsField> fields_;
  std::string listed_;

 public:
  static constexpr auto fields = std::tuple{Field{"fields", &ParamsType::listed_}};
};
}  // namespace kroton::inline graph
