// SPDX-License-Identifier: BSD-3-Clause
// Texts of a folder as one array of small numbers, one for each character.
#pragma once
#include <kroton/kroton.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

namespace language {
struct Corpus {
  std::string text;
  std::string alphabet;                       // the characters that occur
  std::vector<std::uint8_t> codes;            // of each character its place in the alphabet
  std::vector<std::int64_t> train, held_out;  // positions to predict

  std::size_t letters() const { return alphabet.size(); }
};

// Links are followed, equal files taken once, in the order of their names. Every 20th block of 1000
// characters is held out: no model is fitted to it, though licences quote one another. HISTORY
// characters stand before each position.
inline Corpus read_corpus(const std::filesystem::path& folder, std::int64_t history) {
  Corpus corpus;
  std::vector<std::filesystem::path> files;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(folder, none))
    files.push_back(entry);
  std::sort(files.begin(), files.end());
  std::set<std::string> seen;
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    if (!text.empty() && seen.insert(text).second) corpus.text += text + "\n";
  }
  std::array<int, 256> code{};
  for (const unsigned char c : corpus.text) code[c] = 1;
  for (int c = 0; c < 256; ++c) {
    if (code[c] == 0) continue;
    code[c] = static_cast<int>(corpus.alphabet.size());
    corpus.alphabet += static_cast<char>(c);
  }
  for (const unsigned char c : corpus.text)
    corpus.codes.push_back(static_cast<std::uint8_t>(code[c]));
  for (std::int64_t i = history; i < static_cast<std::int64_t>(corpus.text.size()); ++i)
    (i / 1000 % 20 == 7 ? corpus.held_out : corpus.train).push_back(i);
  return corpus;
}
}  // namespace language
