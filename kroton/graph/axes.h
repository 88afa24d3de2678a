// SPDX-License-Identifier: BSD-3-Clause
// How users name axes: sum(x, 0), sum(x, {0, -1}), sum(x); x.dimshuffle({1, "x", 0}).
#pragma once
#include <concepts>
#include <initializer_list>
#include <optional>
#include <utility>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/ndarray/dtype.h"

namespace kroton::inline graph {
// An axis of the input, or "x" for a new axis of length 1.
struct KROTON_API ShuffleAxis {
  ShuffleAxis(int axis) : axis(axis) {}
  ShuffleAxis(const char* x);  // ValueError for anything but "x"
  ShuffleAxis(char x);
  std::optional<int> axis;  // nothing: a new axis
};

struct Axis {
  template <std::integral I>
    requires(!std::same_as<I, bool>)
  Axis(I axis) : value(static_cast<int>(axis)) {}
  int value;
};

// One axis, several, or, as Axes(), all of them. Negative axes count from the last.
class Axes {
 public:
  Axes() = default;
  template <std::integral I>
    requires(!std::same_as<I, bool>)
  Axes(I axis) : axes_(std::vector<int>{static_cast<int>(axis)}) {}
  Axes(std::initializer_list<Axis> axes) : axes_(std::vector<int>()) {
    for (const Axis& axis : axes) axes_->push_back(axis.value);
  }
  Axes(std::vector<int> axes) : axes_(std::move(axes)) {}
  // Nothing: all axes. An empty list is no axis at all.
  const std::optional<std::vector<int>>& list() const { return axes_; }

 private:
  std::optional<std::vector<int>> axes_;
};

struct ReduceOptions {
  bool keepdims = false;
  std::optional<DType> dtype = {};
  std::optional<DType> acc_dtype = {};
  int ddof = 0;
};
}  // namespace kroton::inline graph
