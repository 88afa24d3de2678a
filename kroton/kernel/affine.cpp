// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/kernel/affine.h"

#include <algorithm>

namespace kroton::kernel {
namespace {
// a + factor * b.
Affine combined(const Affine& a, std::int64_t factor, const Affine& b) {
  Affine sum;
  sum.constant = a.constant + factor * b.constant;
  auto i = a.terms.begin(), j = b.terms.begin();
  auto before = [](const Term& s, const Term& t) {
    return s.kind != t.kind ? s.kind < t.kind : s.id < t.id;
  };
  while (i != a.terms.end() || j != b.terms.end()) {
    Term term;
    if (j == b.terms.end() || (i != a.terms.end() && before(*i, *j))) {
      term = *i++;
    } else {
      term = *j++;
      term.coefficient *= factor;
      if (i != a.terms.end() && !before(term, *i)) term.coefficient += (i++)->coefficient;
    }
    if (term.coefficient != 0) sum.terms.push_back(term);
  }
  return sum;
}
}  // namespace

Affine Affine::of(Term::Kind kind, int id) {
  Affine a;
  a.terms.push_back({kind, id, 1});
  return a;
}

std::int64_t Affine::coefficient(Term::Kind kind, int id) const {
  for (const Term& t : terms) {
    if (t.kind == kind && t.id == id) return t.coefficient;
  }
  return 0;
}

bool Affine::has(Term::Kind kind) const {
  return std::any_of(terms.begin(), terms.end(), [&](const Term& t) { return t.kind == kind; });
}

Affine operator+(const Affine& a, const Affine& b) { return combined(a, 1, b); }
Affine operator-(const Affine& a, const Affine& b) { return combined(a, -1, b); }
Affine operator*(std::int64_t factor, const Affine& a) { return combined({}, factor, a); }
}  // namespace kroton::kernel
