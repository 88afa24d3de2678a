// SPDX-License-Identifier: BSD-3-Clause
// A graph or more for each op that runs on devices, with arguments: what op_list_test.cpp walks.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "kroton/kroton.h"

namespace gpuarray_test {
using Graph = std::function<kroton::Variables(const kroton::Variables&)>;
struct OpCase {
  std::string op;  // the name of its class
  std::string what;
  Graph graph;
  std::vector<kroton::NDArray> at;
  double rtol = 0;     // 0: the same bits
  int host = 0;        // so many of the arguments, the last ones, stay on the host
  bool fused = false;  // only rewrites make this op
};
const std::vector<OpCase>& op_cases();
}  // namespace gpuarray_test
