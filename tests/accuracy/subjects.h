// SPDX-License-Identifier: BSD-3-Clause
// What is measured: each floating row of scalars/ops.def with its exact value and the bounds that
// docs/accuracy.md states.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "real.h"

namespace accuracy {
// A bound over the arguments that a predicate takes, both in words and as a function.
struct Interval {
  const char* where;
  bool (*holds)(double x, double y);
  double limit;                                   // ULP of the result
  double (*floor)(double x, double y) = nullptr;  // ... or of this where it is larger: near zeros
};

struct Subject {
  const char* row;
  int inputs;
  Real (*exact)(const Real& x, const Real& y);
  // For float32; null: the row's own float64, which is measured against the exact value.
  long double (*wide)(long double x, long double y);
  std::vector<Interval> intervals;
  bool slow = false;  // the exact value takes long: fewer arguments
};
std::span<const Subject> subjects();

// Floating rows that are not measured, with the reason.
struct Unmeasured {
  const char* row;
  const char* why;
};
std::span<const Unmeasured> unmeasured();
}  // namespace accuracy
