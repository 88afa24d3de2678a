// SPDX-License-Identifier: BSD-3-Clause
// Variables and constants of GpuArrayType. They take part in expressions as every variable does:
// the expression is transferred to the host in the graph, and function() moves its nodes to the
// device.
//   GpuArrayVariable x = GpuArrayType(float32, {false}, "dev0")("x");
//   function({x}, (x * 2).transfer("dev0"))      // its value is a GpuArray
// Source: Theano's gpuarray/type.py.
#pragma once
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "kroton/base/api.h"
#include "kroton/gpuarray/type.h"
#include "kroton/graph/variable.h"
#include "kroton/ndarray/value.h"

namespace kroton::gpuarray {
class KROTON_API GpuArrayVariable : public graph::Variable {
 public:
  // As Variable(type, owner, index, name).
  explicit GpuArrayVariable(const GpuArrayType& type, std::optional<Apply> owner = {},
                            std::optional<int> index = {}, std::string name = "");
  static std::optional<GpuArrayVariable> recover(const graph::Variable& variable);

 private:
  explicit GpuArrayVariable(const graph::Variable& variable) : Variable(variable) {}
};

// What makes two constants one: the type, and the elements bit for bit, so that 0.0 and -0.0 differ
// and a NaN equals itself.
class KROTON_API GpuArraySignature {
 public:
  GpuArraySignature(const GpuArrayType& type, const Value& data);
  std::size_t hash() const { return hash_; }
  friend KROTON_API bool operator==(const GpuArraySignature& a, const GpuArraySignature& b);

 private:
  std::shared_ptr<const Type> type_;
  NDArray data_;  // C-contiguous
  std::size_t hash_;
};
KROTON_API bool operator==(const GpuArraySignature& a, const GpuArraySignature& b);

class KROTON_API GpuArrayConstant : public graph::Constant {
 public:
  // DATA as the type's filter takes it; a device array is copied.
  GpuArrayConstant(const GpuArrayType& type, const Value& data, std::string name = "");
  static std::optional<GpuArrayConstant> recover(const graph::Variable& variable);
  GpuArraySignature signature() const;

 private:
  explicit GpuArrayConstant(const graph::Constant& constant) : Constant(constant) {}
};
}  // namespace kroton::gpuarray
