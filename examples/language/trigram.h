// SPDX-License-Identifier: BSD-3-Clause
// How well the two characters before it predict a character: counts of one, two and three
// characters, each smoothed by the shorter one (Witten and Bell, IEEE Trans. Inf. Theory 37, 1991).
#pragma once
#include <cmath>
#include <cstdint>
#include <vector>

#include "corpus.h"

namespace language {
// Bits for each held-out character.
inline double trigram_bits(const Corpus& corpus) {
  const std::size_t n = corpus.letters();
  std::vector<double> one(n), two(n * n), three(n * n * n);
  const auto& x = corpus.codes;
  for (const std::int64_t at : corpus.train) {
    const auto i = static_cast<std::size_t>(at);
    one[x[i]] += 1;
    two[x[i - 1] * n + x[i]] += 1;
    three[(x[i - 2] * n + x[i - 1]) * n + x[i]] += 1;
  }
  // The probability of each character from its counts, as far as they say something.
  const auto smooth = [n](const double* counts, const std::vector<double>& shorter) {
    double total = 0, kinds = 0;
    for (std::size_t c = 0; c < n; ++c) {
      total += counts[c];
      kinds += counts[c] > 0;
    }
    if (total == 0) return shorter;
    std::vector<double> p(n);
    for (std::size_t c = 0; c < n; ++c) p[c] = (counts[c] + kinds * shorter[c]) / (total + kinds);
    return p;
  };
  const std::vector<double> p1 =
      smooth(one.data(), std::vector<double>(n, 1.0 / static_cast<double>(n)));
  double bits = 0;
  for (const std::int64_t at : corpus.held_out) {
    const auto i = static_cast<std::size_t>(at);
    const auto p2 = smooth(&two[x[i - 1] * n], p1);
    const auto p3 = smooth(&three[(x[i - 2] * n + x[i - 1]) * n], p2);
    bits -= std::log2(p3[x[i]]);
  }
  return bits / static_cast<double>(corpus.held_out.size());
}
}  // namespace language
