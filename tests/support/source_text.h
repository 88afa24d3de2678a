// SPDX-License-Identifier: BSD-3-Clause
// For tests that read the sources: what a file holds, and what a pattern finds in it.
#pragma once
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>

namespace source_text {
// PATH: from the root of the tree.
inline std::string text_of(const std::string& path) {
  std::ifstream file(std::string(KROTON_SOURCE) + "/" + path);
  EXPECT_TRUE(file.good()) << path;
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// What the first group of the pattern stands for, wherever it fits.
inline std::set<std::string> matches(const std::string& text, const char* pattern) {
  const std::regex expression(pattern);
  std::set<std::string> all;
  for (std::sregex_iterator at(text.begin(), text.end(), expression), end; at != end; ++at)
    all.insert((*at)[1]);
  return all;
}
}  // namespace source_text
