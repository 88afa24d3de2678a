// SPDX-License-Identifier: BSD-3-Clause
// scalar_op: an elementwise op of a program's own, from one C expression.
//   const auto softsign = scalar_op({.name = "softsign", .value = "x / (1 + abs(x))",
//       .gradient = [](const Variables& in, const Variable&, const Variable& gz) {
//         return Variables{gz / sqr(1 + abs(in[0]))}; }});
//   auto y = softsign(x);
// It is an Elemwise like those of the library: it broadcasts, fuses with its neighbours, and runs
// on the processor and on devices, since every dialect prints the same expression. Source: Theano's
// scalar/basic.py:ScalarOp.
#pragma once
#include <string>

#include "kroton/base/api.h"
#include "kroton/scalars/op.h"
#include "kroton/tensor/elemwise.h"

namespace kroton::tensor {
struct ScalarOpOptions {
  std::string name;   // a C identifier; what texts and errors call it
  std::string value;  // over x, y, z, with the functions of kernel/prelude: "x / (1 + abs(x))"
  int nin = 1;        // up to 3
  // Which dtype comes out; by default integers become floats first.
  scalars::DTypeRule rule = scalars::DTypeRule::to_float_no_complex;
  // For each input; null: grad through it is an error.
  scalars::Gradient gradient = nullptr;
  int cost = 4;          // about how many additions it takes
  std::string doc = {};  // one sentence
};
// ValueError for a name that is no identifier, an empty value, and more than three inputs. Where
// there is no compiler such an op cannot run: its value is known as C text alone.
KROTON_API Elemwise scalar_op(ScalarOpOptions options);
}  // namespace kroton::tensor
