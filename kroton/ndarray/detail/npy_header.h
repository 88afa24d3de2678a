// SPDX-License-Identifier: BSD-3-Clause
// The text between the length and the data of a .npy file: a Python dict literal.
#pragma once
#include <string>
#include <string_view>

#include "kroton/ndarray/npy.h"

namespace kroton::inline ndarray::detail {
// Fills dtype, swapped, fortran_order and shape. ValueError with the fact and the rule alone: the
// caller knows the file.
void parse_npy_header(std::string_view text, NpyHeader& header);
// Magic, version, length and dict, padded to a multiple of 64, byte for byte as NumPy writes it.
std::string make_npy_header(DType, bool fortran_order, const Shape& shape);
inline constexpr std::string_view npy_magic{"\x93NUMPY", 6};
}  // namespace kroton::inline ndarray::detail
