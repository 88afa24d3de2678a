// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/base/text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <system_error>

namespace kroton::base {
namespace {
template <class Float>
std::string shortest(Float value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  char buffer[48];
  auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  return std::string(buffer, end);
}

template <class Float>
std::string shortest_as_float(Float value) {
  std::string text = shortest(value);
  if (text.find_first_not_of("-0123456789") == std::string::npos) text += ".0";
  return text;
}

// from_chars takes no leading '+', which people write.
std::string_view number_body(std::string_view text) {
  text = trim(text);
  if (text.size() > 1 && text[0] == '+' && text[1] != '-' && text[1] != '+') text.remove_prefix(1);
  return text;
}

// The power of ten of the leading digit of a legal number, roughly: only its sign is used.
std::int64_t decimal_exponent(std::string_view text) {
  std::size_t e = text.find_first_of("eE");
  std::string_view digits = text.substr(0, e);
  std::int64_t exponent = 0;
  if (e != std::string_view::npos) {
    std::string_view power = text.substr(e + 1);
    if (power.starts_with('+')) power.remove_prefix(1);
    bool below = power.starts_with('-');
    // A power beyond int64 decides alone, whatever the digits before it.
    exponent = parse_int(power).value_or(below ? INT64_MIN / 2 : INT64_MAX / 2);
  }
  std::size_t point = std::min(digits.find('.'), digits.size());
  std::size_t first = std::min(digits.find_first_of("123456789"), digits.size());
  return exponent + static_cast<std::int64_t>(point) - static_cast<std::int64_t>(first);
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}
}  // namespace

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  for (;;) {
    std::size_t at = text.find(separator);
    pieces.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return pieces;
    text.remove_prefix(at + 1);
  }
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n\v\f";
  std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

std::string replace_all(std::string_view text, std::string_view from, std::string_view to) {
  std::string result;
  for (;;) {
    std::size_t at = from.empty() ? std::string_view::npos : text.find(from);
    result += text.substr(0, at);
    if (at == std::string_view::npos) return result;
    result += to;
    text.remove_prefix(at + from.size());
  }
}

std::string quote(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string result = "'";
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      result += "\\n";
    } else if (c == '\t') {
      result += "\\t";
    } else if (c == '\\' || c == '\'') {
      result += '\\';
      result += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      result += "\\x";
      result += digits[byte >> 4];
      result += digits[byte & 15];
    } else {
      result += c;
    }
  }
  return result + "'";
}

std::string number_lines(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  std::vector<std::string_view> lines = split(text, '\n');
  std::size_t width = std::max<std::size_t>(format_number(lines.size()).size(), 3);
  std::string result;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::string number = format_number(i + 1);
    result += std::string(width - number.size(), ' ') + number + " | ";
    result += lines[i];
    result += '\n';
  }
  return result;
}

std::string format_number(double value) { return shortest(value); }
std::string format_number(float value) { return shortest(value); }
std::string repr_number(double value) { return shortest_as_float(value); }
std::string repr_number(float value) { return shortest_as_float(value); }

std::string format_hex(std::uint64_t value, int width) {
  char buffer[16];
  auto end = std::to_chars(buffer, buffer + sizeof buffer, value, 16).ptr;
  std::string digits(buffer, end);
  std::size_t padding =
      std::max<std::size_t>(static_cast<std::size_t>(std::max(width, 0)), digits.size());
  return "0x" + std::string(padding - digits.size(), '0') + digits;
}

std::string format_bytes(std::uint64_t bytes) {
  constexpr std::array units = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
  if (bytes < 1000) return format_number(bytes) + " B";
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  // 999.95 and up would be printed as 1000.0.
  while (value >= 999.95 && unit + 1 < units.size()) {
    value /= 1000;
    ++unit;
  }
  char buffer[16];
  auto end = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed,
                           value < 99.95 ? 1 : 0)
                 .ptr;
  return std::string(buffer, end) + " " + units[unit];
}

std::optional<double> parse_double(std::string_view text) {
  text = number_body(text);
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size() || text.empty()) return {};
  if (error == std::errc::result_out_of_range) {
    // What is too large or too small for a double still reads as the nearest one.
    double magnitude = decimal_exponent(text) > 0 ? HUGE_VAL : 0.0;
    return text[0] == '-' ? -magnitude : magnitude;
  }
  if (error != std::errc()) return {};
  return value;
}

std::optional<std::int64_t> parse_int(std::string_view text) {
  text = number_body(text);
  std::int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

std::optional<bool> parse_bool(std::string_view text) {
  std::string word = lower(trim(text));
  for (std::string_view yes : {"true", "1", "yes", "on"})
    if (word == yes) return true;
  for (std::string_view no : {"false", "0", "no", "off"})
    if (word == no) return false;
  return {};
}

std::string nearest_word(std::string_view word, const std::vector<std::string>& candidates) {
  std::string best;
  std::size_t least = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    std::size_t distance = edit_distance(lower(word), lower(candidate));
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}
}  // namespace kroton::base
