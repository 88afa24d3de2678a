// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/ndarray/detail/npy_header.h"

#include <fmt/format.h>

#include <charconv>
#include <cstring>
#include <optional>

#include "kroton/base/errors.h"
#include "kroton/base/text.h"

namespace kroton::inline ndarray::detail {
namespace {
constexpr const char* rule = "the header must be a dict of descr, fortran_order and shape";

// Reads the dict, keys in any order. Old Python wrote long integers as 10L and text as u'...'.
class DictParser {
 public:
  explicit DictParser(std::string_view text) : text_(text) {}

  void parse(NpyHeader& header) {
    expect('{');
    while (peek() != '}') {
      const std::string key = string();
      expect(':');
      if (key == "descr") {
        descr_ = descr();
      } else if (key == "fortran_order") {
        fortran_order_ = boolean();
      } else if (key == "shape") {
        shape_ = shape();
      } else {
        damaged("unknown key " + base::quote(key));
      }
      if (peek() != ',') break;
      ++at_;
    }
    expect('}');
    if (at_ = std::min(text_.find_first_not_of(" \t\r\n\f\v", at_), text_.size());
        at_ != text_.size()) {
      damaged("text behind the dict");
    }
    if (!descr_ || !fortran_order_ || !shape_) {
      damaged(std::string("no key '") +
              (!descr_           ? "descr"
               : !fortran_order_ ? "fortran_order"
                                 : "shape") +
              "'");
    }
    set_dtype(*descr_, header);
    header.fortran_order = *fortran_order_;
    header.shape = *shape_;
  }

 private:
  [[noreturn]] void damaged(const std::string& what) const {
    throw ValueError(fmt::format("has a damaged header ({} at character {}); {}", what, at_, rule));
  }
  char peek() {
    while (at_ < text_.size() && std::strchr(" \t\r\n\f\v", text_[at_]) && text_[at_] != '\0')
      ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  void expect(char c) {
    if (peek() != c) damaged(std::string("expected '") + c + "'");
    ++at_;
  }
  std::string string() {
    if (peek() == 'u' || peek() == 'b') ++at_;
    const char quote = peek();
    if (quote != '\'' && quote != '"') damaged("expected a string");
    const std::size_t end = text_.find(quote, ++at_);
    if (end == std::string_view::npos) damaged("a string without end");
    const std::string_view found = text_.substr(at_, end - at_);
    at_ = end + 1;
    return std::string(found);
  }
  std::string descr() {
    // A list of fields, or a tuple of a type and a shape.
    if (const char c = peek(); c == '[' || c == '(' || c == '{') {
      throw ValueError("holds a structured dtype; only arrays of plain numbers can be read");
    }
    return string();
  }
  bool boolean() {
    peek();
    for (const auto& [word, value] :
         {std::pair{std::string_view("True"), true}, std::pair{std::string_view("False"), false}}) {
      if (text_.substr(at_, word.size()) == word) {
        at_ += word.size();
        return value;
      }
    }
    damaged("expected True or False");
  }
  std::int64_t integer() {
    peek();
    std::int64_t value = 0;
    const char* begin = text_.data() + at_;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), value);
    if (error == std::errc::invalid_argument) damaged("expected a length");
    if (error != std::errc()) damaged("a length beyond int64");
    at_ += static_cast<std::size_t>(end - begin);
    if (at_ < text_.size() && text_[at_] == 'L') ++at_;
    if (value < 0) damaged("a negative length");
    return value;
  }
  Shape shape() {
    Shape result;
    bool comma = false;
    expect('(');
    while (peek() != ')') {
      result.push_back(integer());
      if (peek() != ',') break;
      comma = true;
      ++at_;
    }
    expect(')');
    if (result.size() == 1 && !comma) damaged("a shape that is no tuple");
    if (result.size() > max_ndim) {
      throw ValueError(
          fmt::format("has {} dimensions; an array has at most {}", result.size(), max_ndim));
    }
    return result;
  }

  static void set_dtype(const std::string& descr, NpyHeader& header) {
    const bool has_order = !descr.empty() && std::strchr("<>=|", descr[0]) != nullptr;
    const std::string_view code = std::string_view(descr).substr(has_order ? 1 : 0);
    for (const DTypeInfo& row : dtype_table) {
      if (code != row.npy_code && (has_order || code != row.name)) continue;
      header.dtype = row.dtype;
      // A void has no byte order.
      header.swapped = has_order && descr[0] == '>' && row.size > 1 && row.dtype != bfloat16;
      return;
    }
    if (code == "O") {
      throw ValueError("holds Python objects; only arrays of plain numbers can be read");
    }
    throw ValueError(
        fmt::format("holds dtype {}, which is no DType; only arrays of plain numbers can "
                    "be read",
                    base::quote(descr)));
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::optional<std::string> descr_;
  std::optional<bool> fortran_order_;
  std::optional<Shape> shape_;
};
}  // namespace

void parse_npy_header(std::string_view text, NpyHeader& header) { DictParser(text).parse(header); }

std::string make_npy_header(DType dtype, bool fortran_order, const Shape& shape) {
  const char order = itemsize(dtype) == 1 ? '|' : '<';
  std::string dict =
      fmt::format("{{'descr': '{}{}', 'fortran_order': {}, 'shape': {}, }}", order,
                  dtype_info(dtype).npy_code, fortran_order ? "True" : "False", shape_text(shape));
  // NumPy leaves room for the axis along which a file may grow to be rewritten in place.
  if (!shape.empty()) {
    const std::string growing = std::to_string(fortran_order ? shape.back() : shape.front());
    dict.append(21 - growing.size(), ' ');
  }
  constexpr std::size_t alignment = 64, prefix = 10;
  dict.append(alignment - (prefix + dict.size() + 1) % alignment, ' ');
  dict += '\n';
  // At most 64 axes: the length always fits the 16 bits of version 1.0.
  std::string header(npy_magic);
  header +=
      {'\x01', '\x00', static_cast<char>(dict.size() & 0xff), static_cast<char>(dict.size() >> 8)};
  return header + dict;
}
}  // namespace kroton::inline ndarray::detail
