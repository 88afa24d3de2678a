// SPDX-License-Identifier: BSD-3-Clause
#include "tests/fuzz/targets/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  try_bytes(bytes, count);
  return 0;
}
