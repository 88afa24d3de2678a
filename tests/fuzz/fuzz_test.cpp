// SPDX-License-Identifier: BSD-3-Clause
// In-place safety and every rewrite at once: random graphs with views, writes, updates, several
// outputs and mutable inputs, compiled in every mode, against linker py without any rewrite. A
// failure prints the seed and the smallest program that still fails; KROTON_FUZZ_SEED starts there.
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <map>

#include "program.h"

namespace {
using namespace kroton;
using namespace fuzz;

// What a function did: outputs of all calls, and the shared variable after each.
struct Result {
  std::vector<NDArray> values;
  std::string wrong;  // inputs changed, an earlier output changed
};

// Sums in another order differ in their last bits, which later steps enlarge.
bool close(const NDArray& a, const NDArray& b) {
  if (a.shape() != b.shape() || a.dtype() != b.dtype()) return false;
  const auto x = a.to_vector<double>(), y = b.to_vector<double>();
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (std::isnan(x[i]) && std::isnan(y[i])) continue;
    if (x[i] == y[i]) continue;
    if (!(std::abs(x[i] - y[i]) <= 1e-8 * (1 + std::abs(x[i])))) return false;
  }
  return true;
}

Result run(const Program& program, const Mode& mode) {
  const Graph graph = build(program);
  FunctionOptions options{.mode = mode, .on_unused_input = OnUnusedInput::ignore};
  if (graph.update) options.updates = {{graph.shared, graph.update}};
  const Function f = function({In(graph.inputs[0]), In(graph.inputs[1], {.mutable_ = true}),
                               In(graph.inputs[2]), In(graph.inputs[3])},
                              graph.outputs, options);
  Result result;
  std::vector<NDArray> given, copies;
  SharedVariable w = graph.shared;
  bool lends = false;
  for (const int set : {0, 1, 0, 0}) {
    if (result.values.size() < 3 * 4) w.set_value(shared_value(set));
    // In every other call somebody holds what is updated.
    lends = !lends;
    const NDArray lent = w.get_value(lends);
    const NDArray lent_before = lent.copy();
    const auto in = arguments(set), kept = arguments(set);
    const Outputs out = f(in[0], in[1], in[2], in[3]);
    for (const std::size_t i : {0, 2, 3}) {
      if (in[i].to_vector<double>() != kept[i].to_vector<double>())
        result.wrong = "input " + std::to_string(i) + " changed";
    }
    if (lent.to_vector<double>() != lent_before.to_vector<double>())
      result.wrong = "the memory that a shared variable lent changed";
    for (const Value& value : out) {
      given.push_back(NDArray(value));
      copies.push_back(given.back().copy());
    }
    result.values.insert(result.values.end(), copies.end() - 3, copies.end());
    result.values.push_back(w.get_value());
  }
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (!close(given[i], copies[i])) result.wrong = "an output changed in a later call";
  }
  return result;
}

const std::vector<std::pair<std::string, Mode>>& modes() {
  static const std::vector<std::pair<std::string, Mode>> all{
      {"FAST_RUN", Mode("FAST_RUN")},
      {"FAST_COMPILE", Mode("FAST_COMPILE")},
      {"linker vm without rewrites", Mode("vm", "None")},
      {"FAST_RUN without fusion", Mode("FAST_RUN").excluding("fusion")},
      {"linker py with fast_run", Mode("py", "fast_run")},
      {"linker c with fast_run", Mode("c", "fast_run")},
      {"DebugMode", Mode("DebugMode")}};
  return all;
}

// What is wrong with the program in this mode; "" when nothing is.
std::string fault(const Program& program, const Mode& mode) {
  try {
    const Result right = run(program, Mode("py", "None")), got = run(program, mode);
    if (!got.wrong.empty()) return got.wrong;
    for (std::size_t i = 0; i < right.values.size(); ++i) {
      if (close(right.values[i], got.values[i])) continue;
      std::ostringstream text;
      text << "call " << i / 4 << ", " << (i % 4 == 3 ? "w" : "output " + std::to_string(i % 4))
           << ":\n"
           << got.values[i] << "\ninstead of\n"
           << right.values[i];
      return text.str();
    }
  } catch (const std::exception& error) {
    return std::string("error: ") + error.what();
  }
  return "";
}

Program shrunk(Program program, const Mode& mode) {
  for (bool smaller = true; smaller;) {
    smaller = false;
    for (std::size_t i = program.size() - 1; i-- > 0;) {
      Program without = program;
      without.erase(without.begin() + static_cast<std::ptrdiff_t>(i));
      if (fault(without, mode).empty()) continue;
      program = std::move(without);
      smaller = true;
    }
  }
  return program;
}

double number(const char* variable, double otherwise) {
  const char* text = std::getenv(variable);
  return text ? std::atof(text) : otherwise;
}

TEST(Fuzz, every_mode_computes_what_the_interpreter_computes_without_rewrites) {
  const double seconds = number("KROTON_FUZZ_SECONDS", 15);
  auto seed = static_cast<unsigned>(number("KROTON_FUZZ_SEED", 1));
  const auto begin = std::chrono::steady_clock::now();
  int programs = 0, failures = 0;
  for (;; ++seed) {
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
    if (programs > 0 && (spent.count() > seconds || failures >= 3)) break;
    std::mt19937 random(seed);
    const Program program = random_program(random, 3 + static_cast<int>(random() % 14));
    // Each program in one mode by turns, and always in the default one.
    const auto& turn = modes()[1 + seed % (modes().size() - 1)];
    for (const auto& [name, mode] : {modes()[0], turn}) {
      const std::string what = fault(program, mode);
      if (what.empty()) continue;
      ++failures;
      const Program small = shrunk(program, mode);
      ADD_FAILURE() << "KROTON_FUZZ_SEED=" << seed << ", " << name << "\n"
                    << build(small).text << fault(small, mode);
    }
    ++programs;
  }
  std::cout << programs << " programs, the last with seed " << seed - 1 << "\n";
}
}  // namespace
