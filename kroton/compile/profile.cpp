// SPDX-License-Identifier: BSD-3-Clause
// profile = true: when the function goes, a table of its nodes' times is written to stderr.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "kroton/compile/detail/function_impl.h"

namespace kroton::inline compile {
namespace {
std::string table(const Function::Impl& f) {
  std::vector<link::NodeTime> times = f.program->times();
  std::uint64_t in_nodes = 0;
  for (const auto& time : times) in_nodes += time.nanoseconds;
  const double total = static_cast<double>(f.nanoseconds.load());
  std::string text =
      fmt::format("{}: {} calls, {:.3f} ms, {:.1f} % of it in nodes\n", f.who, f.calls.load(),
                  total * 1e-6, total > 0 ? 100 * static_cast<double>(in_nodes) / total : 0.0);
  text += "     share        ms     calls  us a call  by           node\n";
  std::stable_sort(times.begin(), times.end(),
                   [](const auto& a, const auto& b) { return a.nanoseconds > b.nanoseconds; });
  for (const auto& time : times) {
    const double spent = static_cast<double>(time.nanoseconds);
    text +=
        fmt::format("  {:6.1f} % {:9.3f} {:9} {:10.3f}  {:11}  {}\n",
                    in_nodes ? 100 * spent / static_cast<double>(in_nodes) : 0.0, spent * 1e-6,
                    time.calls, time.calls ? spent * 1e-3 / static_cast<double>(time.calls) : 0.0,
                    time.body, time.node.text());
  }
  return text;
}
}  // namespace

Function::Impl::~Impl() {
  if (!profile || calls.load() == 0) return;
  try {
    std::fputs(table(*this).c_str(), stderr);
  } catch (const std::exception&) {
    // A table that could not be made is not worth ending the program for.
  }
}
}  // namespace kroton::inline compile
