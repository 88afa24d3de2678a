// SPDX-License-Identifier: BSD-3-Clause
// How floating-point numbers are written: one alone as Python writes it, and columns of them as
// NumPy aligns them. A number takes the fewest digits that its own type reads back.
#pragma once
#include <string>
#include <vector>

#include "kroton/ndarray/dtype.h"

namespace kroton::inline ndarray::detail {
// "0.1", "1e-05", "3.0" (bare: "3"); the dtype of a complex number stands for that of its parts.
std::string number_text(double x, DType, bool bare);

class FloatFormat {
 public:
  FloatFormat() = default;
  // For the numbers of a column; with a plus, positive ones carry a sign.
  FloatFormat(const std::vector<double>& numbers, DType, bool plus);
  std::string text(double x) const;

 private:
  DType dtype_ = float64;
  bool plus_ = false, scientific_ = false;
  int left_ = 0, right_ = 0;  // characters before and behind the point
  int digits_ = 8;            // most behind the point
  int exponent_digits_ = 2;
};
}  // namespace kroton::inline ndarray::detail
