// SPDX-License-Identifier: BSD-3-Clause
// accuracy write PAGE STRIDE    measures every row, writes the page, fails where a bound is
// exceeded accuracy check STRIDE         the same without the page accuracy row NAME [STRIDE] one
// row; STRIDE 1 is every bit pattern of float32
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <set>
#include <sstream>

#include "kroton/scalars/op.h"
#include "measure.h"

namespace {
using accuracy::Subject;
using accuracy::Worst;

std::string text(const char* format, double number) {
  char out[64];
  std::snprintf(out, sizeof out, format, number);
  return out;
}
std::string at(const Subject& subject, const Worst& worst) {
  return text("%.9g", worst.x) + (subject.inputs == 2 ? ", " + text("%.9g", worst.y) : "");
}

// Lines of the page's table; false when a bound does not hold.
bool measure(const Subject& subject, unsigned stride, std::ostream& page) {
  const auto twice = accuracy::measure_double(subject);
  const auto single = accuracy::measure_float(subject, stride);
  bool holds = true;
  for (std::size_t i = 0; i < twice.size(); ++i) {
    const auto& interval = subject.intervals[i];
    const bool relative = interval.limit > 16;
    page << "| " << (i == 0 ? "`" + std::string(subject.row) + "`" : "") << " | " << interval.where
         << " | "
         << (relative ? text("%.0e of the result", interval.limit * 0x1p-53)
                      : text("%g ULP", interval.limit))
         << " | " << text("%.3g", single[i].error) << " at " << at(subject, single[i]) << " | "
         << text("%.3g", twice[i].error) << " at " << at(subject, twice[i]) << " |\n";
    if (single[i].error > std::min(interval.limit, 4.0) || twice[i].error > interval.limit) {
      std::cerr << subject.row << ", " << interval.where << ": " << single[i].error
                << " ULP in float32 at " << at(subject, single[i]) << ", " << twice[i].error
                << " ULP in float64 at " << at(subject, twice[i]) << "; the bound is "
                << interval.limit << "\n";
      holds = false;
    }
  }
  return holds;
}

// Floating rows that no list names.
bool complete() {
  std::set<std::string> known;
  for (const auto& subject : accuracy::subjects()) known.insert(subject.row);
  for (const auto& row : accuracy::unmeasured()) known.insert(row.row);
  bool all = true;
  for (const auto* row : kroton::scalars::rows()) {
    const bool floating = (row->computes & (1u << static_cast<int>(kroton::float64))) != 0;
    const bool result = row->traits.result != kroton::kernel::ResultRule::boolean;
    if (!floating || !result || row->target || known.contains(row->name)) continue;
    std::cerr << row->name << " is measured nowhere; add it to tests/accuracy/subjects.cpp\n";
    all = false;
  }
  return all;
}

const char* const introduction = R"(# Accuracy

How far the elementwise functions are from the exact value, as measured; `./dev accuracy` measures again and writes this
page, and fails where a bound does not hold. An error of 1 ULP is the distance between neighbouring floats at the result; a
correctly rounded result has at most 0.5.

- float64 is measured against MPFR with 300 bits: arguments of every exponent and sign, ordinary sizes, neighbourhoods of 1,
  multiples of pi/2 and the doubles nearest to them, subnormals, the largest numbers, zeros, infinities, NaN.
- float32 of one argument is measured over %s bit patterns against long double (64 bits), or, where the C library has no such
  function, against the row's own float64, which stands measured beside it. `./dev accuracy every ROW` takes all 4294967296,
  3 to 10 minutes of one processor for an elementary function.
- float16 and bfloat16 are computed in float32 and rounded once. Complex functions are within 16 epsilon of the modulus.
- Special values follow IEEE 754 and Annex F of the C standard. Signed zeros and subnormal numbers are kept.
- A kernel's vector body, its scalar tail, the interpreter and constant folding compute the same bits, on every CPU
  ([determinism.md](determinism.md)).

"of the larger of ..." says what an error is measured against near a zero of the function, where no bound relative to the
result holds.

| row | where | bound | float32: largest error, ULP | float64: largest error, ULP |
|---|---|---|---|---|
)";

int run(const std::vector<std::string>& words) {
  const std::string command = words.empty() ? "" : words[0];
  if (command == "row" && words.size() >= 2) {
    for (const auto& subject : accuracy::subjects()) {
      if (subject.row != words[1]) continue;
      const unsigned stride = words.size() > 2 ? static_cast<unsigned>(std::stoul(words[2])) : 256;
      return measure(subject, stride, std::cout) ? 0 : 1;
    }
    std::cerr << "accuracy: row '" << words[1] << "' is not measured\n";
    return 2;
  }
  if (!(command == "write" && words.size() == 3) && !(command == "check" && words.size() == 2)) {
    std::cerr << "usage: accuracy write PAGE STRIDE | check STRIDE | row NAME [STRIDE]\n";
    return 2;
  }
  const auto stride = static_cast<unsigned>(std::stoul(words.back()));
  bool holds = complete();
  std::ostringstream table;
  for (const auto& subject : accuracy::subjects()) {
    holds &= measure(subject, stride, table);
    std::cerr << "." << std::flush;
  }
  std::cerr << "\n";
  if (command == "write") {
    std::string head = introduction;
    const std::string patterns = std::to_string((1LL << 32) / stride);
    head.replace(head.find("%s"), 2, stride == 1 ? "all 4294967296" : patterns);
    std::ofstream page(words[1]);
    page << head << table.str()
         << "\nNot measured, since nothing is rounded or another row's bound applies:\n\n";
    for (const auto& row : accuracy::unmeasured())
      page << "- `" << row.row << "`: " << row.why << "\n";
    page << R"(
## Sums

`sum`, `mean` and `prod` of float32 are accumulated in float64 and rounded once at the end unless `acc_dtype` says otherwise.
4096 numbers make a block; in a block 64 lanes add every 64th number in order, the lanes are halved, and the blocks are
combined pairwise ([kernel.md](kernel.md)). So the error of a sum of n numbers is at most (70 + log2(1 + n / 4096)) epsilon times the sum of
their absolute values, and the order depends on n alone: not on threads, alignment, strides or vector width.
)";
  }
  return holds ? 0 : 1;
}
}  // namespace

int main(int argc, char** argv) { return run({argv + 1, argv + argc}); }
