// SPDX-License-Identifier: BSD-3-Clause
// A scheduled graph by numbers: every variable has a slot, every node knows the slots it reads and
// writes. And what a slot of a host array may hold, decided once so that calls check it without
// virtual functions.
#pragma once
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/function_graph.h"
#include "kroton/graph/op.h"
#include "kroton/ndarray/value.h"

namespace kroton::link {
// Whether a value is an array of a host type just as that type holds it.
class KROTON_API ArrayCheck {
 public:
  ArrayCheck() = default;
  explicit ArrayCheck(const Type& type);
  bool is_host_array() const { return host_array_; }
  bool accepts(const Value& value) const {
    return host_array_ && value.is_array() && accepts(value.as<NDArray>());
  }
  bool accepts(const NDArray& array) const {
    if (array.dtype() != dtype_ || array.ndim() != ndim_) return false;
    if (reinterpret_cast<std::uintptr_t>(array.raw()) & alignment_) return false;
    const std::int64_t* shape = array.shape_data();
    for (std::uint64_t axes = broadcastable_; axes; axes &= axes - 1) {
      if (shape[__builtin_ctzll(axes)] != 1) return false;
    }
    return array.is_c_contiguous() || aligned_strides(array);
  }
  DType dtype() const { return dtype_; }
  std::size_t ndim() const { return ndim_; }

 private:
  bool aligned_strides(const NDArray& array) const;
  bool host_array_ = false;
  DType dtype_ = float64;
  std::size_t ndim_ = 0;
  std::uintptr_t alignment_ = 0;     // bits of an address that must be 0
  std::uint64_t broadcastable_ = 0;  // one bit per axis
};

struct NodeSlots {
  Apply node;
  std::vector<int> in, out;
};

// Slots: inputs first, then constants and node outputs as they are met.
struct KROTON_API Storage {
  // ORDER: the nodes of FGRAPH as they shall run.
  Storage(const FunctionGraph& fgraph, const std::vector<Apply>& order);

  int slot(const Variable& variable) const;  // InternalError when it has none
  int find(const Variable& variable) const;  // -1 when it has none

  Variables variables;               // by slot
  std::vector<ArrayCheck> checks;    // by slot
  std::vector<NodeSlots> nodes;      // in order
  std::vector<int> inputs, outputs;  // of the graph
  std::vector<std::pair<int, Value>> constants;
  std::vector<int> producer;    // by slot: which node writes it, -1 for inputs and constants
  std::vector<int> last_use;    // by slot: the last node that reads it, -1 when none does
  std::vector<char> is_output;  // by slot

 private:
  int add(const Variable& variable, int node);
  std::unordered_map<const void*, int> number_;
};
}  // namespace kroton::link
