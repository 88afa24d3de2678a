// SPDX-License-Identifier: BSD-3-Clause
// Text without the locale: join, split, trim, and numbers printed and parsed the same everywhere.
// A printed number is the shortest text that reads back as the same number.
#pragma once
#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kroton/base/api.h"

namespace kroton::base {
// The parts (anything that a string can append), with `separator` between them.
template <class Range>
std::string join(const Range& parts, std::string_view separator) {
  std::string text;
  bool first = true;
  for (const auto& part : parts) {
    if (!first) text += separator;
    first = false;
    text += part;
  }
  return text;
}

// The pieces between separators; n separators give n + 1 pieces, empty ones included.
KROTON_API std::vector<std::string_view> split(std::string_view text, char separator);
// Without the blanks, tabs and line ends on either side.
KROTON_API std::string_view trim(std::string_view text);
// ASCII only.
KROTON_API std::string lower(std::string_view text);
// Every occurrence of `from` (not empty) replaced.
KROTON_API std::string replace_all(std::string_view text, std::string_view from,
                                   std::string_view to);
// 'text' in single quotes, with \n \t \\ \' and \xNN for what cannot be printed.
KROTON_API std::string quote(std::string_view text);
// Each line prefixed with its number, "  12 | x = y;", for the text of a kernel in an error.
KROTON_API std::string number_lines(std::string_view text);

// "3", "0.1", "1e+20", "inf", "nan": as few digits as read back the same value. repr keeps a float
// recognisable as one ("3.0"), as Python does.
KROTON_API std::string format_number(double value);
KROTON_API std::string format_number(float value);
KROTON_API std::string repr_number(double value);
KROTON_API std::string repr_number(float value);
template <std::integral Int>
std::string format_number(Int value) {
  char buffer[24];
  auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  return std::string(buffer, end);
}
// "0x1f" style, without padding when width is 0.
KROTON_API std::string format_hex(std::uint64_t value, int width = 0);
// "512 B", "1.5 kB", "1.6 GB": powers of 1000, two digits.
KROTON_API std::string format_bytes(std::uint64_t bytes);

// The whole text must be the number (blanks around it are allowed); nothing otherwise.
KROTON_API std::optional<double> parse_double(std::string_view text);
KROTON_API std::optional<std::int64_t> parse_int(std::string_view text);
// True/true/1/yes/on and False/false/0/no/off.
KROTON_API std::optional<bool> parse_bool(std::string_view text);

// The candidate closest to a mistyped word, or "" when none is near: for "did you mean".
KROTON_API std::string nearest_word(std::string_view word,
                                    const std::vector<std::string>& candidates);
}  // namespace kroton::base
