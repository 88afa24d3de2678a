// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/cuda/cublas.h"

#include <algorithm>
#include <limits>

#include "kroton/base/config.h"
#include "kroton/gpuarray/cuda/toolkit.h"

namespace kroton::gpuarray::cuda {
std::shared_ptr<const Cublas> Cublas::open(const std::string& path, std::string& why) {
  auto cublas = std::make_shared<Cublas>();
  cublas->library = open_toolkit_library(path, "libcublas.so", {"13", "12", "11"}, why);
  if (!cublas->library) return nullptr;
#define CUBLAS(name, parameters) \
  if (!find_function(cublas->library, #name, cublas->name, why)) return nullptr;
#include "kroton/gpuarray/cuda/cublas.def"
#undef CUBLAS
  cublas->library.leak();
  return cublas;
}

std::shared_ptr<const Cublas> Cublas::get(std::string& why) {
  static const auto* const found =
      new ByFlag<Cublas>("gpuarray.cublas", base::config().gpuarray_cublas());
  why = found->why;
  return found->library;
}

ColumnMatrix column_matrix(std::int64_t rows, std::int64_t columns, std::int64_t row_step,
                           std::int64_t column_step) {
  if ((row_step == 1 || rows == 1) && (column_step >= rows || columns == 1))
    return {true, 0, std::max(column_step, rows)};
  if ((column_step == 1 || columns == 1) && (row_step >= columns || rows == 1))
    return {true, 1, std::max(row_step, columns)};
  return {};
}

namespace {
template <class T>
T* at(Place place) {
  return reinterpret_cast<T*>(place.memory.handle + place.offset);
}
}  // namespace

// Rows are side by side in our arrays, so what is computed is z^T = b^T a^T.
bool Cublas::multiply(void* handle, const GemmCall& call, int& code) const {
  if (call.dtype != float32 && call.dtype != float64) return false;
  const ColumnMatrix left = column_matrix(call.n, call.k, call.b_steps[2], call.b_steps[1]),
                     right = column_matrix(call.k, call.m, call.a_steps[2], call.a_steps[1]),
                     result = column_matrix(call.n, call.m, call.z_steps[2], call.z_steps[1]);
  if (!left.fits || !right.fits || !result.fits || result.op != 0 || call.k == 0) return false;
  constexpr std::int64_t most = std::numeric_limits<int>::max();
  for (const std::int64_t number :
       {call.stack, call.m, call.n, call.k, left.leading, right.leading, result.leading}) {
    if (number > most) return false;
  }
  const auto run = [&](auto* function, auto zero) {
    using T = decltype(zero);
    const T alpha = static_cast<T>(call.alpha), beta = static_cast<T>(call.beta);
    code = function(handle, left.op, right.op, static_cast<int>(call.n), static_cast<int>(call.m),
                    static_cast<int>(call.k), &alpha, at<T>(call.b), static_cast<int>(left.leading),
                    call.b_steps[0], at<T>(call.a), static_cast<int>(right.leading),
                    call.a_steps[0], &beta, at<T>(call.z), static_cast<int>(result.leading),
                    call.z_steps[0], static_cast<int>(call.stack));
  };
  if (call.dtype == float32) {
    run(cublasSgemmStridedBatched, 0.0f);
  } else {
    run(cublasDgemmStridedBatched, 0.0);
  }
  return true;
}
}  // namespace kroton::gpuarray::cuda
