// SPDX-License-Identifier: BSD-3-Clause
// Gives a target every file of the folders named, and each of them cut short and with one bit
// changed at every place.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <vector>

#include "tests/fuzz/targets/target.h"

int main(int argc, char** argv) {
  std::size_t tried = 0;
  const auto one = [&](const std::vector<std::uint8_t>& bytes) {
    try_bytes(bytes.data(), bytes.size());
    ++tried;
  };
  for (int i = 1; i < argc; ++i) {
    for (const auto& file : std::filesystem::directory_iterator(argv[i])) {
      std::ifstream in(file.path(), std::ios::binary);
      std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(in), {}};
      one(bytes);
      const std::size_t most = bytes.size() < 200 ? bytes.size() : 200;
      for (std::size_t n = 0; n < most; ++n) {
        one({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(n)});
        bytes[n] ^= static_cast<std::uint8_t>(1u << n % 8);
        one(bytes);
        bytes[n] ^= static_cast<std::uint8_t>(1u << n % 8);
      }
    }
  }
  std::cerr << tried << " inputs\n";
  return tried == 0 ? 1 : 0;
}
