// SPDX-License-Identifier: BSD-3-Clause
// What the tests of bad .npy files share: their making, and the comparison of the whole error.
#pragma once
#include <string>

#include "reference.h"

namespace kroton {
inline std::string with_header(const std::string& header, std::size_t data = 64, char version = 1) {
  std::string bytes =
      std::string("\x93NUMPY", 6) + version + '\0' + static_cast<char>(header.size()) + '\0';
  if (version > 1) bytes += std::string(2, '\0');
  return bytes + header + std::string(data, '\0');
}
inline std::string dict(const std::string& descr, const std::string& shape) {
  return "{'descr': " + descr + ", 'fortran_order': False, 'shape': " + shape + ", }\n";
}
// `text` with FILE for the quoted path.
inline void expect_bad(const std::string& path, std::string text,
                       const std::string& caller = "load_npy") {
  const std::string expected = caller + ": '" + path + "' " + text;
  for (const auto& mode : {std::optional<std::string>(), std::optional<std::string>("c")}) {
    EXPECT_EQ(error_text<Error>([&] { load_npy(path, mode); }), expected);
  }
  EXPECT_EQ(load_npy(reference("npy/scalar.npy")).item<double>(), 2.5);
}
}  // namespace kroton
