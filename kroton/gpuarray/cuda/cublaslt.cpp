// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/cuda/cublaslt.h"

#include <algorithm>

#include "kroton/base/config.h"
#include "kroton/gpuarray/cuda/cublas.h"
#include "kroton/gpuarray/cuda/toolkit.h"

namespace kroton::gpuarray::cuda {
namespace {
// Numbers of its header.
constexpr int compute_float32 = 68, real_float32 = 0, real_float16 = 2, real_bfloat16 = 14,
              attribute_op_a = 3, attribute_op_b = 4, attribute_epilogue = 7, attribute_bias = 8,
              attribute_workspace = 1, not_supported = 15;
constexpr std::uint32_t epilogue_relu = 2, epilogue_bias = 4;

struct Choice {
  std::uint64_t algorithm[8];
  std::size_t workspace;
  int state;
  float waves;
  int reserved[4];
};

// What a call makes and takes apart again.
class Handles {
 public:
  explicit Handles(const CublasLt& lt) : lt_(lt) {}
  ~Handles() {
    for (void* layout : {left, right, result}) {
      if (layout) lt_.cublasLtMatrixLayoutDestroy(layout);
    }
    if (preference) lt_.cublasLtMatmulPreferenceDestroy(preference);
    if (description) lt_.cublasLtMatmulDescDestroy(description);
  }
  Handles(const Handles&) = delete;
  Handles& operator=(const Handles&) = delete;
  void *left = nullptr, *right = nullptr, *result = nullptr, *preference = nullptr,
       *description = nullptr;

 private:
  const CublasLt& lt_;
};

std::string beside_cublas(std::string path) {
  if (const std::size_t name = path.rfind("cublas"); name != std::string::npos)
    path.insert(name + 6, "Lt");
  return path;
}

const void* memory_at(Place place) {
  return reinterpret_cast<const void*>(place.memory.handle + place.offset);
}
}  // namespace

std::shared_ptr<const CublasLt> CublasLt::open(const std::string& path, std::string& why) {
  auto lt = std::make_shared<CublasLt>();
  lt->library = open_toolkit_library(path, "libcublasLt.so", {"13", "12", "11"}, why);
  if (!lt->library) return nullptr;
#define CUBLASLT(name, parameters) \
  if (!find_function(lt->library, #name, lt->name, why)) return nullptr;
#include "kroton/gpuarray/cuda/cublaslt.def"
#undef CUBLASLT
  lt->library.leak();
  return lt;
}

std::shared_ptr<const CublasLt> CublasLt::get(std::string& why) {
  static const auto* const found =
      new ByFlag<CublasLt>("gpuarray.cublas", beside_cublas(base::config().gpuarray_cublas()));
  why = found->why;
  return found->library;
}

// z^T = b^T a^T, as for cuBLAS; the bias runs along the rows of that.
bool CublasLt::multiply(void* handle, void* stream, const GemmCall& call, const Epilogue& then,
                        int& code) const {
  const int dtype = call.dtype == float32    ? real_float32
                    : call.dtype == float16  ? real_float16
                    : call.dtype == bfloat16 ? real_bfloat16
                                             : -1;
  const ColumnMatrix left = column_matrix(call.n, call.k, call.b_steps[2], call.b_steps[1]),
                     right = column_matrix(call.k, call.m, call.a_steps[2], call.a_steps[1]),
                     result = column_matrix(call.n, call.m, call.z_steps[2], call.z_steps[1]);
  if (dtype < 0 || call.stack != 1 || call.k == 0 || !left.fits || !right.fits || !result.fits ||
      result.op != 0)
    return false;
  Handles made(*this);
  const auto done = [&](int status) { return (code = status) == 0; };
  const auto layout = [&](void** to, const ColumnMatrix& matrix, std::int64_t rows,
                          std::int64_t columns) {
    if (matrix.op) std::swap(rows, columns);
    return done(cublasLtMatrixLayoutCreate(to, dtype, static_cast<std::uint64_t>(rows),
                                           static_cast<std::uint64_t>(columns), matrix.leading));
  };
  const auto set = [&](int what, const auto& value) {
    return done(cublasLtMatmulDescSetAttribute(made.description, what, &value, sizeof value));
  };
  const std::uint32_t epilogue = (then.bias ? epilogue_bias : 0) | (then.relu ? epilogue_relu : 0) |
                                 (!then.bias && !then.relu);
  const void* const bias = then.bias ? memory_at(*then.bias) : nullptr;
  const std::size_t workspace = then.workspace_bytes;
  if (!done(cublasLtMatmulDescCreate(&made.description, compute_float32, real_float32)) ||
      !set(attribute_op_a, left.op) || !set(attribute_op_b, right.op) ||
      !set(attribute_epilogue, epilogue) || (bias && !set(attribute_bias, bias)) ||
      !layout(&made.left, left, call.n, call.k) || !layout(&made.right, right, call.k, call.m) ||
      !layout(&made.result, result, call.n, call.m) ||
      !done(cublasLtMatmulPreferenceCreate(&made.preference)) ||
      !done(cublasLtMatmulPreferenceSetAttribute(made.preference, attribute_workspace, &workspace,
                                                 sizeof workspace)))
    return true;
  Choice choice{};
  int found = 0;
  const int status =
      cublasLtMatmulAlgoGetHeuristic(handle, made.description, made.left, made.right, made.result,
                                     made.result, made.preference, 1, &choice, &found);
  if (status == not_supported || (status == 0 && (found == 0 || choice.state != 0))) return false;
  if (!done(status)) return true;
  const float alpha = static_cast<float>(call.alpha), beta = static_cast<float>(call.beta);
  void* const z = const_cast<void*>(memory_at(call.z));
  done(cublasLtMatmul(handle, made.description, &alpha, memory_at(call.b), made.left,
                      memory_at(call.a), made.right, &beta, z, made.result, z, made.result,
                      choice.algorithm, const_cast<void*>(memory_at(then.workspace)), workspace,
                      stream));
  return true;
}
}  // namespace kroton::gpuarray::cuda
