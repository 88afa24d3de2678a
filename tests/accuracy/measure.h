// SPDX-License-Identifier: BSD-3-Clause
// The largest error of a row over arguments of every exponent, hard cases and, of float32, as many
// bit patterns as are asked for.
#pragma once
#include <string>
#include <vector>

#include "subjects.h"

namespace accuracy {
struct Worst {
  double error = 0;  // ULP
  double x = 0, y = 0;
  long long count = 0;  // of arguments
};
// One per interval of the subject, in float64 and in float32.
std::vector<Worst> measure_double(const Subject& subject);
// Every STRIDE-th bit pattern (1: all 4294967296) where the subject has one argument and a long
// double function or a float64 to compare with; else pairs against MPFR.
std::vector<Worst> measure_float(const Subject& subject, unsigned stride);
}  // namespace accuracy
