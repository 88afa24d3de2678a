// SPDX-License-Identifier: BSD-3-Clause
// Scalar: single numbers of one dtype, held as 0-d host arrays, for ops whose C code takes a plain
// number. Users' graphs are made of TensorType; a 0-d tensor is no Scalar.
// Source: Theano's scalar/basic.py.
#pragma once
#include <optional>
#include <string>

#include "kroton/base/api.h"
#include "kroton/graph/type.h"

namespace kroton::tensor {
class KROTON_API Scalar : public TypeOf<Scalar> {
 public:
  static constexpr std::string_view type_name = "Scalar";
  explicit Scalar(DType dtype) : dtype_(dtype) {}
  DType dtype() const override { return dtype_; }
  Value filter(const Value& value, bool strict = false,
               std::optional<bool> allow_downcast = std::nullopt) const override;
  bool values_eq(const Value& a, const Value& b) const override;
  bool values_eq_approx(const Value& a, const Value& b) const override;
  std::string c_element_type() const override;  // "npy_float64"
  // `npy_float64 NAME`
  std::string c_declare(std::string_view name, const Sub& sub,
                        bool check_input = true) const override;
  std::string c_init(std::string_view name, const Sub& sub) const override;
  std::string c_extract(std::string_view name, const Sub& sub,
                        bool check_input = true) const override;
  std::string c_sync(std::string_view name, const Sub& sub) const override;
  std::string c_cleanup(std::string_view name, const Sub& sub) const override;
  // Finite numbers up to 64 bits.
  std::string c_literal(const Value& value) const override;
  bool c_is_simple() const override { return true; }
  CacheVersion c_code_cache_version() const override;

 private:
  DType dtype_;

 public:
  static constexpr auto fields = std::tuple{Field{"dtype", &Scalar::dtype_}};
};
}  // namespace kroton::tensor
