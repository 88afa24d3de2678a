// SPDX-License-Identifier: BSD-3-Clause
// Arrays as text, exactly as NumPy's print(a) with its default options writes them: 8 digits, lines
// of 75 characters, over 1000 elements only the first and last three of each axis.
#pragma once
#include <string>

#include "kroton/base/api.h"
#include "kroton/ndarray/ndarray.h"

namespace kroton::inline ndarray {
KROTON_API std::string array_text(const NDArray&);
// One element as Python writes the number: "3", "0.1", "True", "(1+2j)".
KROTON_API std::string element_text(DType, const void* element);
}  // namespace kroton::inline ndarray
