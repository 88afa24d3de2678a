// SPDX-License-Identifier: BSD-3-Clause
// Products of matrices by cuBLAS, a library that is opened at run time.
#pragma once
#include <memory>
#include <string>

#include "kroton/base/dynlib.h"
#include "kroton/gpuarray/driver.h"

namespace kroton::gpuarray::cuda {
// A matrix of ROWS x COLUMNS as cuBLAS has it: columns side by side, or the transpose of that.
struct ColumnMatrix {
  bool fits = false;
  int op = 0;  // 0 as it is, 1 transposed
  std::int64_t leading = 1;
};
ColumnMatrix column_matrix(std::int64_t rows, std::int64_t columns, std::int64_t row_step,
                           std::int64_t column_step);

struct Cublas {
#define CUBLAS(name, parameters) int(*name) parameters = nullptr;
#include "kroton/gpuarray/cuda/cublas.def"
#undef CUBLAS
  base::Dynlib library;

  static std::shared_ptr<const Cublas> open(const std::string& path, std::string& why);
  // That of the flag gpuarray.cublas, opened once.
  static std::shared_ptr<const Cublas> get(std::string& why);

  // False for strides or a dtype that it does not take, else computed; CODE is not 0 when it
  // failed.
  bool multiply(void* handle, const GemmCall& call, int& code) const;
};
}  // namespace kroton::gpuarray::cuda
