// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/kernel/dialect.h"

namespace kroton::kernel {
namespace {
// "k_" and the suffix, in the order of DType.
constexpr const char* types[dtype_count] = {"k_b1",   "k_i8",  "k_i16", "k_i32", "k_i64",
                                            "k_u8",   "k_u16", "k_u32", "k_u64", "k_f16",
                                            "k_bf16", "k_f32", "k_f64", "k_c64", "k_c128"};
}  // namespace

const char* dialect_name(Dialect dialect) {
  return dialect == Dialect::c ? "C" : dialect == Dialect::opencl ? "OpenCL" : "CUDA";
}

const char* suffix(DType d) { return types[static_cast<int>(d)] + 2; }

const char* value_type(DType d) { return types[static_cast<int>(compute_dtype(d))]; }

const char* element_type(DType d) {
  return types[static_cast<int>(d == float16 || d == bfloat16 ? uint16 : d)];
}
}  // namespace kroton::kernel
