// SPDX-License-Identifier: BSD-3-Clause
// The languages that kernels are printed in, and how each spells the types of the form.
#pragma once
#include <string>

#include "kroton/base/api.h"
#include "kroton/ndarray/dtype.h"

namespace kroton::kernel {
enum class Dialect { c, opencl, cuda };

KROTON_API const char* dialect_name(Dialect);

// The ending of a prelude function's name for a compute dtype: b1 i8 i16 i32 i64 u8 u16 u32 u64 f32
// f64 c64 c128, and f16 bf16 for conversions only.
KROTON_API const char* suffix(DType);
// The type that a value of a compute dtype has in kernel text, in every dialect: "k_f32", "k_i64";
// the prelude defines them. float16 and bfloat16 are computed in float, so they name k_f32.
KROTON_API const char* value_type(DType);
// The type of an element in memory: as value_type, but k_u16 for float16 and bfloat16.
KROTON_API const char* element_type(DType);
// The dtype that arithmetic on an element happens in: float32 for float16 and bfloat16.
inline DType compute_dtype(DType d) { return d == float16 || d == bfloat16 ? float32 : d; }
}  // namespace kroton::kernel
