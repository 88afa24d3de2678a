// SPDX-License-Identifier: BSD-3-Clause
// Which dtype comes out of which: NumPy's promotion, the dtypes of plain numbers, and the rules of
// ops.def.
//   promote(int8, uint8) == int16     promote(int64, float32) == float64     literal_dtype(1) ==
//   int8
// Source: Theano's scalar/basic.py. bfloat16, which NumPy has not: with float16 and float32 it
// gives float32, with integers what float16 gives.
#pragma once
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/ndarray/dtype.h"
#include "kroton/ndarray/value.h"

namespace kroton::scalars {
// The smallest dtype that both fit into, by NumPy's rules for arrays.
KROTON_API DType promote(DType a, DType b);
KROTON_API DType promote(std::span<const DType> dtypes);
// bool and integers to float: up to 16 bits float32, wider float64; others unchanged.
KROTON_API DType upgrade_to_float(DType);
// The real dtype of a complex one; others unchanged. And back.
KROTON_API DType real_dtype(DType);
KROTON_API DType complex_dtype(DType);

// The flag floatX.
KROTON_API DType float_x();
// The dtype of a plain C++ number in an expression. Integers: the smallest of int8 to int64 that
// holds it, else uint64. Floats: floatX, or with floatX float64 the smaller of float32 and float64
// that holds it exactly. Complex: complex128, or complex64 when floatX is not float64.
KROTON_API DType literal_dtype(const Value& number);

// What an op does with the dtypes of its inputs.
enum class DTypeRule {
  upcast,          // promotion
  upcast_no_bool,  // all bool is an error
  upcast_min8,     // all bool gives int8
  upcast_no_complex,
  upcast_min8_no_complex,
  true_div,  // all discrete gives floatX, else promotion
  to_float,  // discrete inputs to float first
  to_float_no_complex,
  same,
  same_no_bool,
  same_min8,  // bool gives int8
  same_no_bool_no_complex,
  same_float,  // floats only
  compare,     // computed on the promotion, bool comes out
  compare_no_complex,
  test,      // bool of one input
  bits,      // all bool, or all integers
  branches,  // a condition, then promotion
  second,    // the dtype of the second input
  cast       // fixed by the row
};

struct Typing {
  DType output;                  // of the op
  DType compute;                 // what all arguments are cast to and the value is computed in
  std::vector<DType> arguments;  // COMPUTE, or bool for a condition
  DType computed;                // what the function yields; cast to OUTPUT when it differs
};
}  // namespace kroton::scalars
