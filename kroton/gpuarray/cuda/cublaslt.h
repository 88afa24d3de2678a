// SPDX-License-Identifier: BSD-3-Clause
// Products of matrices with what follows them, by cuBLASLt, a library that is opened at run time.
// It lies beside cuBLAS: where the flag gpuarray.cublas names that, "cublasLt" for "cublas".
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "kroton/base/dynlib.h"
#include "kroton/gpuarray/driver.h"

namespace kroton::gpuarray::cuda {
struct CublasLt {
#define CUBLASLT(name, parameters) int(*name) parameters = nullptr;
#include "kroton/gpuarray/cuda/cublaslt.def"
#undef CUBLASLT
  base::Dynlib library;

  static std::shared_ptr<const CublasLt> open(const std::string& path, std::string& why);
  // Opened once; null where cuBLAS is not wanted.
  static std::shared_ptr<const CublasLt> get(std::string& why);

  // False for what it does not take, else queued in the stream; CODE is not 0 when it failed.
  bool multiply(void* handle, void* stream, const GemmCall& call, const Epilogue& then,
                int& code) const;
};
}  // namespace kroton::gpuarray::cuda
