// SPDX-License-Identifier: BSD-3-Clause
// The shapes of one node's outputs, and the numbers that its kernel is given, as a short program
// over integers: what infer_shape and kernel_lengths say, compiled once, so that a plan for new
// shapes asks no op and allocates nothing.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/base/at.h"
#include "kroton/graph/op.h"

namespace kroton::link {
class KROTON_API ShapeProgram {
 public:
  // The length of VARIABLE along AXIS, or, when AXIS is -1, its value.
  struct Leaf {
    Variable variable;
    int axis;
  };
  // Nothing when the op does not know the shape of some output before it ran.
  static std::optional<ShapeProgram> of(const Apply& node);

  const std::vector<Leaf>& leaves() const { return leaves_; }
  // VALUES: one per leaf. REGISTERS: room to work in. Afterwards shape(o) reads there.
  void run(std::span<const std::int64_t> values, std::vector<std::int64_t>& registers) const;
  // Copies the shape of output O out of REGISTERS.
  void shape(std::size_t o, const std::vector<std::int64_t>& registers, std::int64_t* shape) const;
  std::size_t ndim(std::size_t o) const { return outputs_[o].size(); }
  // The numbers that the kernel is given, and what they are, for people.
  std::vector<std::int64_t> given(const std::vector<std::int64_t>& registers) const;
  std::string given_text(std::size_t number) const { return kept_[at(given_[number])].text(); }

 private:
  struct Step {
    ShapeExpr::Kind kind;
    int left = 0, right = 0;  // registers; for a leaf its number
    std::int64_t value = 0;   // of a constant
  };
  int compile(const ShapeExpr& expr);
  std::vector<Leaf> leaves_;
  std::vector<Step> steps_;
  std::vector<const void*> keys_;
  std::vector<ShapeExpr> kept_;  // so that keys stay unique
  std::vector<std::vector<int>> outputs_;
  std::vector<int> given_;
};
}  // namespace kroton::link
