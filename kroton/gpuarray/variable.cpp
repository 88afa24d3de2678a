// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/variable.h"

#include <cstring>

#include "kroton/base/hash.h"

namespace kroton::gpuarray {
namespace {
bool is_on_device(const graph::Variable& x) {
  return x && dynamic_cast<const GpuArrayType*>(&x.type());
}
NDArray host_copy(const Value& data) {
  const NDArray host = data;
  return host.is_c_contiguous() ? host : host.copy();
}
}  // namespace

GpuArrayVariable::GpuArrayVariable(const GpuArrayType& type, std::optional<Apply> owner,
                                   std::optional<int> index, std::string name)
    : graph::Variable(type, std::move(owner), index, std::move(name)) {}
std::optional<GpuArrayVariable> GpuArrayVariable::recover(const graph::Variable& variable) {
  if (!is_on_device(variable)) return std::nullopt;
  return GpuArrayVariable(variable);
}

GpuArraySignature::GpuArraySignature(const GpuArrayType& type, const Value& data)
    : type_(type.share()), data_(host_copy(type.filter(data))) {
  hash_ = base::hash_combine(type_->hash(), base::hash64(data_.raw(), data_.nbytes()));
}
bool operator==(const GpuArraySignature& a, const GpuArraySignature& b) {
  return a.hash_ == b.hash_ && *a.type_ == *b.type_ && a.data_.shape() == b.data_.shape() &&
         std::memcmp(a.data_.raw(), b.data_.raw(), a.data_.nbytes()) == 0;
}

GpuArrayConstant::GpuArrayConstant(const GpuArrayType& type, const Value& data, std::string name)
    : graph::Constant(type, data.is<GpuArray>() ? data.copy() : data, std::move(name)) {}
std::optional<GpuArrayConstant> GpuArrayConstant::recover(const graph::Variable& variable) {
  const auto constant = graph::Constant::recover(variable);
  if (!constant || !is_on_device(variable)) return std::nullopt;
  return GpuArrayConstant(*constant);
}
GpuArraySignature GpuArrayConstant::signature() const {
  return GpuArraySignature(dynamic_cast<const GpuArrayType&>(type()), data());
}
}  // namespace kroton::gpuarray
