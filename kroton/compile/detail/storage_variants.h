// SPDX-License-Identifier: BSD-3-Clause
// What output_storage may hold when an op runs: earlier arrays of the right type, in every layout
// and with contents that mean nothing. DebugMode runs each op on all of them.
#pragma once
#include <string>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/type.h"
#include "kroton/ndarray/value.h"

namespace kroton::inline compile {
namespace detail {
struct StorageVariant {
  std::string name;  // "C-contiguous", "Fortran order", "strided", "previous", "wrong size"
  Values storage;    // one per output; nothing where the output is no host array
};
// For outputs of these TYPES whose values are RESULTS. Every call makes arrays of its own.
KROTON_API std::vector<StorageVariant> storage_variants(const std::vector<const Type*>& types,
                                                        std::span<const Value> results);
}  // namespace detail
}  // namespace kroton::inline compile
