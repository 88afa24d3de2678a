// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/compile/detail/storage_variants.h"

#include <algorithm>
#include <cstring>
#include <optional>

namespace kroton::inline compile {
namespace detail {
namespace {
// Contents that nobody may rely on, and that no right result holds by chance.
NDArray junk(const Shape& shape, DType dtype) {
  NDArray array = NDArray::empty(shape, dtype);
  std::memset(array.raw(), dtype == bool_ ? 1 : 0x5a, array.nbytes());
  return array;
}

NDArray fortran(const NDArray& result) {
  Shape shape = result.shape();
  std::reverse(shape.begin(), shape.end());
  return junk(shape, result.dtype()).transpose();
}

// Every second element of a larger array, the last axis backwards.
NDArray strided(const NDArray& result) {
  const Shape shape = result.shape();
  Shape around = shape;
  for (auto& length : around) length = 2 * length + 1;
  const NDArray all = junk(around, result.dtype());
  Shape strides = all.strides();
  for (auto& stride : strides) stride *= 2;
  std::int64_t offset = 0;
  if (shape.back() > 0) offset = strides.back() * (shape.back() - 1);
  strides.back() = -strides.back();
  return all.view(shape.size(), shape.data(), strides.data(), offset);
}

std::optional<NDArray> wrong_size(const NDArray& result, const Type& type) {
  Shape shape = result.shape();
  bool changed = false;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (type.broadcastable()[axis]) continue;
    shape[axis] += 1;
    changed = true;
  }
  if (!changed) return std::nullopt;
  return junk(shape, result.dtype());
}

std::optional<NDArray> variant(const std::string& name, const NDArray& result, const Type& type) {
  if (name == "C-contiguous") return junk(result.shape(), result.dtype());
  if (name == "previous") return result.copy();
  if (name == "Fortran order" && result.ndim() > 1) return fortran(result);
  if (name == "strided" && result.ndim() > 0) return strided(result);
  if (name == "wrong size") return wrong_size(result, type);
  return std::nullopt;
}
}  // namespace

std::vector<StorageVariant> storage_variants(const std::vector<const Type*>& types,
                                             std::span<const Value> results) {
  std::vector<StorageVariant> all;
  for (const char* name : {"C-contiguous", "Fortran order", "strided", "previous", "wrong size"}) {
    StorageVariant made{name, Values(results.size())};
    bool any = false;
    for (std::size_t o = 0; o < results.size(); ++o) {
      if (!results[o].is_array() || !types[o]->is_array()) continue;
      const auto array = variant(name, results[o].as<NDArray>(), *types[o]);
      if (!array) continue;
      made.storage[o] = *array;
      any = true;
    }
    if (any) all.push_back(std::move(made));
  }
  return all;
}
}  // namespace detail
}  // namespace kroton::inline compile
