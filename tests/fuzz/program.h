// SPDX-License-Identifier: BSD-3-Clause
// A random program: steps, each of which applies an operation to values that are there. Any list of
// steps is a legal program (operands are taken modulo what is there), so a failing one is shrunk by
// leaving steps out.
#pragma once
#include <array>
#include <random>
#include <string>
#include <vector>

#include "kroton/kroton.h"

namespace fuzz {
struct Step {
  unsigned op, a, b, c;
};
using Program = std::vector<Step>;
Program random_program(std::mt19937& random, int steps);

// Two sets of lengths: a function is called with both.
constexpr int size_sets = 2;
constexpr std::array<std::array<std::int64_t, 2>, size_sets> sizes{{{5, 4}, {7, 3}}};  // n, m
constexpr int inputs = 4;  // matrix (n, m), mutable matrix (n, m), vector (m), scalar

struct Graph {
  std::vector<kroton::Variable> inputs;
  kroton::SharedVariable shared;  // matrix (n, m)
  std::vector<kroton::Variable> outputs;
  kroton::Variable update;  // of shared
  std::string text;         // the program, one line per value
};
// The graph of a program, over variables and a shared variable of its own.
Graph build(const Program& program);
// The arguments of a call, always the same for one SET.
std::vector<kroton::NDArray> arguments(int set);
kroton::NDArray shared_value(int set);
}  // namespace fuzz
