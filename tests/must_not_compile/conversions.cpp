// SPDX-License-Identifier: BSD-3-Clause
// A variable is no number and no truth value, an axis is no truth value, a dtype is no type of a
// scalar.
#include <kroton/kroton.h>

using namespace kroton;

int main() {
  Variable x = matrix("x");
  Variable total = x.sum(), rows = x.sum(0), both = x.sum({0, 1});
  Scalar type(float32);
#ifdef KROTON_MUST_NOT_COMPILE
  bool truth = x;                    // error: cannot convert
  int number = x;                    // error: cannot convert
  Variable over_true = x.sum(true);  // error: convert
  Scalar implicit = float32;         // error: conversion from
#endif
  return total == rows || both == x;
}
