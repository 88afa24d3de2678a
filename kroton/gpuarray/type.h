// SPDX-License-Identifier: BSD-3-Clause
// GpuArrayType: device arrays of one dtype and number of axes, in one context.
//   GpuArrayType(float32, {false, false}, "dev0").text() == "GpuArrayType<dev0>(float32, matrix)"
//   GpuArrayVariable x = GpuArrayType(float32, {false}, "dev0")("x");
// Source: Theano's gpuarray/type.py:GpuArrayType.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/gpuarray/array.h"
#include "kroton/gpuarray/context.h"
#include "kroton/graph/type.h"
#include "kroton/graph/variable.h"

namespace kroton::gpuarray {
class GpuArrayVariable;
class GpuArrayConstant;
class GpuArraySharedVariable;

struct DTypeSpecs {
  std::string host_type, c_type;
  int number;
};

class KROTON_API GpuArrayType : public TypeOf<GpuArrayType> {
 public:
  static constexpr std::string_view type_name = "GpuArrayType";
  using Variable = GpuArrayVariable;
  using Constant = GpuArrayConstant;
  using SharedVariable = GpuArraySharedVariable;

  // No context name: the default context. ContextNotDefined when it is not registered, TypeError
  // for complex dtypes.
  GpuArrayType(DType dtype, std::vector<bool> broadcastable,
               ContextName context_name = std::nullopt, std::string name = "");
  bool is_array() const override { return true; }
  DType dtype() const override { return dtype_; }
  const std::vector<bool>& broadcastable() const override { return broadcastable_; }
  const ContextName& context_name() const { return context_name_; }
  const std::string& name() const { return name_; }
  int typecode() const;  // NumPy's type number; bfloat16 is 256
  GpuContext context() const;
  // Another dtype, other flags; the name stays.
  GpuArrayType clone(std::optional<DType> dtype = std::nullopt,
                     std::optional<std::vector<bool>> broadcastable = std::nullopt) const;
  GpuArrayVariable operator()(std::string name = "") const;
  // {"int" or "float", "npy_int32", 5}
  DTypeSpecs dtype_specs() const;

  std::shared_ptr<const Type> with(DType dtype, std::vector<bool> broadcastable) const override;
  std::shared_ptr<const Type> host_form() const override;
  graph::Variable on_host(const graph::Variable& x) const override;

  // strict: a device array of this dtype and context, returned as it is; TypeError for anything
  // else. allow_downcast: true casts anything, false only without loss, nullopt also a C++ double
  // to a 0-d floatX. Host arrays, numbers and arrays of other contexts are transferred. TypeError
  // with both shapes for a wrong number of dimensions, or a length other than 1 along a
  // broadcastable axis.
  Value filter(const Value& value, bool strict = false,
               std::optional<bool> allow_downcast = std::nullopt) const override;
  // As filter; host values are written into OLD_STORAGE where its shape matches and it is
  // contiguous.
  Value filter_inplace(const Value& value, const Value& old_storage, bool strict = false,
                       std::optional<bool> allow_downcast = std::nullopt) const override;

  // Shapes, type numbers and elements are equal; NaN equals NaN. FORCE_SAME_DTYPE false: elements
  // of different dtypes are compared as values. Computed on the device of A.
  static bool values_eq(const GpuArray& a, const GpuArray& b, bool force_same_dtype = true);
  // Discrete dtypes exactly; others within |a - b| <= atol + rtol |b|, by default the tolerance of
  // the dtype. NaN matches NaN, an infinity itself. allow_remove_inf: where a is infinite b may be
  // anything; allow_remove_nan: where a is NaN. Computed on the device of A.
  static bool values_eq_approx(const GpuArray& a, const GpuArray& b, bool allow_remove_inf = false,
                               bool allow_remove_nan = false,
                               std::optional<double> rtol = std::nullopt,
                               std::optional<double> atol = std::nullopt);
  static bool may_share_memory(const GpuArray& a, const GpuArray& b);
  bool values_eq(const Value& a, const Value& b) const override;
  bool values_eq_approx(const Value& a, const Value& b) const override;
  bool may_share_memory(const Value& a, const Value& b) const override;
  Value value_zeros(const Shape& shape) const override;
  Shape get_shape_info(const Value& value) const;
  std::size_t get_size(const Shape& shape) const;  // bytes

  // A host or device array of this dtype and number of axes, with flags dropped (row to matrix) and
  // transferred to this context; TypeError otherwise. ALLOW_CONVERT false: flags must be equal.
  graph::Variable filter_variable(const graph::Variable& other,
                                  bool allow_convert = true) const override;
  // A constant.
  graph::Variable filter_variable(const Value& other, bool allow_convert = true) const;
  // Also gains flags, checked when it runs; empty for another dtype, number of axes or context.
  graph::Variable convert_variable(const graph::Variable& other) const override;

  graph::Variable zeros_like(const graph::Variable& x) const override;
  graph::Variable ones_like(const graph::Variable& x) const override;
  graph::Variable add(const graph::Variable& a, const graph::Variable& b) const override;
  graph::Variable gradient_like(const graph::Variable& g, const graph::Variable& x) const override;

  // "GpuArrayType<dev0>(float32, matrix)", <none> for the default context; its name where it has
  // one.
  std::string text() const override;
  std::string c_element_type() const override;  // "ga_float"
  // `kroton_gpuarray* NAME`
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
  GpuArray checked(GpuArray array) const;  // its axes, and brought to the context
  void check_axes(const Shape& shape) const;
  GpuArray cast(const GpuArray& array, std::optional<bool> allow_downcast) const;
  NDArray cast_host(const Value& value, std::optional<bool> allow_downcast) const;
  void check_strict(const Value& value) const;

  DType dtype_;
  std::vector<bool> broadcastable_;
  ContextName context_name_;
  std::string name_;

 public:
  static constexpr auto fields = std::tuple{Field{"dtype", &GpuArrayType::dtype_},
                                            Field{"broadcastable", &GpuArrayType::broadcastable_},
                                            Field{"context_name", &GpuArrayType::context_name_}};
};

// Whether arrays of X's dtype may live on devices: all but complex ones.
template <class X>
bool gpu_supported(const X& with_dtype_and_ndim) {
  return !ndarray::is_complex(with_dtype_and_ndim.dtype());
}
// Whether X goes to the device unasked: what is supported and has axes.
template <class X>
bool move_to_gpu(const X& with_dtype_and_ndim) {
  return gpu_supported(with_dtype_and_ndim) && with_dtype_and_ndim.ndim() > 0;
}
}  // namespace kroton::gpuarray
