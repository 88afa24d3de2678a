// SPDX-License-Identifier: BSD-3-Clause
// TensorType: host arrays of one dtype and number of axes, each axis fixed to length 1
// ("broadcastable") or free. Only broadcastable axes stretch in elementwise ops.
//   TensorType(float64, {false, true}).text() == "TensorType(float64, col)"
// Source: Theano's tensor/type.py.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/type.h"
#include "kroton/graph/variable.h"
#include "kroton/ndarray/ndarray.h"
#include "kroton/tensor/scalar_type.h"

namespace kroton::tensor {
class KROTON_API TensorType : public TypeOf<TensorType> {
 public:
  static constexpr std::string_view type_name = "TensorType";
  TensorType(DType dtype, std::vector<bool> broadcastable, std::string name = "")
      : dtype_(dtype), broadcastable_(std::move(broadcastable)), name_(std::move(name)) {}

  const std::string& name() const { return name_; }
  bool is_array() const override { return true; }
  DType dtype() const override { return dtype_; }
  const std::vector<bool>& broadcastable() const override { return broadcastable_; }
  std::shared_ptr<const Type> with(DType dtype, std::vector<bool> broadcastable) const override;
  std::shared_ptr<const Type> host_form() const override { return share(); }

  // Arrays and numbers. An array is taken as it is when its dtype fits, else cast; a number counts
  // as exactly the value that it is, so 2 fits float32 and 0.1 does not.
  Value filter(const Value& value, bool strict = false,
               std::optional<bool> allow_downcast = std::nullopt) const override;
  // dtypes, shapes and elements are equal; NaN equals NaN.
  bool values_eq(const Value& a, const Value& b) const override;
  // Discrete dtypes exactly, others within the tolerance of the dtype; NaN and equal infinities
  // match.
  bool values_eq_approx(const Value& a, const Value& b) const override;
  bool may_share_memory(const Value& a, const Value& b) const override;
  Value value_zeros(const Shape& shape) const override;

  // Drops broadcast flags (row to matrix); gaining one is a TypeError.
  graph::Variable filter_variable(const graph::Variable& other,
                                  bool allow_convert = true) const override;
  // Also gains flags, checked when it runs; empty for another dtype or number of axes.
  graph::Variable convert_variable(const graph::Variable& other) const override;

  // Of floatX where the dtype is discrete, as gradients are.
  graph::Variable zeros_like(const graph::Variable& x) const override;
  graph::Variable ones_like(const graph::Variable& x) const override;
  graph::Variable add(const graph::Variable& a, const graph::Variable& b) const override;
  graph::Variable gradient_like(const graph::Variable& g, const graph::Variable& x) const override;

  // "TensorType(float64, matrix)": scalar, vector, matrix, row, col, else 3D, or the flags if any
  // is set.
  std::string text() const override;
  std::string c_element_type() const override;  // "npy_float64"
  // `kroton_array* NAME`
  std::string c_declare(std::string_view name, const Sub& sub,
                        bool check_input = true) const override;
  std::string c_init(std::string_view name, const Sub& sub) const override;
  std::string c_extract(std::string_view name, const Sub& sub,
                        bool check_input = true) const override;
  std::string c_extract_out(std::string_view name, const Sub& sub,
                            bool check_input = true) const override;
  std::string c_sync(std::string_view name, const Sub& sub) const override;
  std::string c_cleanup(std::string_view name, const Sub& sub) const override;
  CacheVersion c_code_cache_version() const override;

 private:
  DType dtype_;
  std::vector<bool> broadcastable_;
  std::string name_;

 public:
  static constexpr auto fields = std::tuple{Field{"dtype", &TensorType::dtype_},
                                            Field{"broadcastable", &TensorType::broadcastable_}};
};

// "matrix", "row", "3D", "(false, true, false)".
KROTON_API std::string axes_text(const std::vector<bool>& broadcastable);
// The DType that the flag floatX names.
KROTON_API DType floatX();
// The position of AXIS in an array of NDIM axes, negative ones from the last; ValueError, beginning
// with WHO.
KROTON_API int normalized_axis(int axis, std::size_t ndim, std::string_view who);
}  // namespace kroton::tensor
