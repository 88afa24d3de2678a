// SPDX-License-Identifier: BSD-3-Clause
// Positions are int in graphs and nests (a negative one means none), containers want std::size_t:
// `shape[at(axis)]`, `at(loops, i)`.
#pragma once
#include <cstddef>

namespace kroton {
constexpr std::size_t at(int i) { return static_cast<std::size_t>(i); }

template <class Container>
constexpr auto& at(Container& container, int i) {
  return container[at(i)];
}
}  // namespace kroton
