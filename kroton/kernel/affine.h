// SPDX-License-Identifier: BSD-3-Clause
// Integer expressions that index maps and axis lengths are made of:
//   constant + sum of (coefficient x axis) + sum of (coefficient x extent) + sum of (coefficient x
//   value)
// where a value is an int64 expression of the kernel (a gathered index).
//   Affine i = Affine::axis(0), n = Affine::extent(0);   n - i - 1      // a flip
#pragma once
#include <compare>
#include <cstdint>
#include <vector>

#include "kroton/base/api.h"

namespace kroton::kernel {
struct Term {
  enum class Kind : std::uint8_t { axis, extent, value };
  Kind kind;
  int id;
  std::int64_t coefficient;
  auto operator<=>(const Term&) const = default;
};

struct KROTON_API Affine {
  std::int64_t constant = 0;
  std::vector<Term> terms;  // sorted by (kind, id), no zero coefficient, no repeats

  Affine() = default;
  Affine(std::int64_t value) : constant(value) {}  // NOLINT: a number is an affine expression
  static Affine axis(int id) { return of(Term::Kind::axis, id); }
  static Affine extent(int id) { return of(Term::Kind::extent, id); }
  static Affine value(int expr) { return of(Term::Kind::value, expr); }

  std::int64_t coefficient(Term::Kind, int id) const;
  bool is_constant() const { return terms.empty(); }
  bool has(Term::Kind) const;
  auto operator<=>(const Affine&) const = default;

 private:
  static Affine of(Term::Kind, int id);
};

KROTON_API Affine operator+(const Affine&, const Affine&);
KROTON_API Affine operator-(const Affine&, const Affine&);
KROTON_API Affine operator*(std::int64_t, const Affine&);
}  // namespace kroton::kernel
