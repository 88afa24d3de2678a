// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/ndarray/print.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <ostream>
#include <vector>

#include "kroton/base/text.h"
#include "kroton/ndarray/cast.h"
#include "kroton/ndarray/detail/float_format.h"

namespace kroton::inline ndarray {
namespace {
constexpr std::int64_t threshold = 1000, edge_items = 3;
constexpr std::size_t line_width = 75;

template <class T>
T element_at(const NDArray& a, const std::byte* p) {
  T x;
  cast_elements(a.dtype(), p, 0, dtype_of<T>, &x, 0, 1);  // memory need not be aligned
  return x;
}

// How each element is written, chosen from those that are seen.
class ElementFormat {
 public:
  ElementFormat(const NDArray& a, const std::vector<const std::byte*>& seen) : a_(a) {
    if (is_integer(a.dtype())) {
      for (const std::byte* p : seen) width_ = std::max(width_, element_text(a.dtype(), p).size());
    } else if (!is_bool(a.dtype())) {
      std::vector<double> real, imaginary;
      for (const std::byte* p : seen) {
        const auto x = element_at<std::complex<double>>(a, p);
        real.push_back(x.real());
        imaginary.push_back(x.imag());
      }
      real_ = detail::FloatFormat(real, a.dtype(), false);
      if (is_complex(a.dtype())) imaginary_ = detail::FloatFormat(imaginary, a.dtype(), true);
    }
  }

  std::string text(const std::byte* p) const {
    if (is_bool(a_.dtype())) return element_at<bool>(a_, p) ? " True" : "False";
    if (is_integer(a_.dtype())) {
      const std::string number = element_text(a_.dtype(), p);
      return std::string(width_ - number.size(), ' ') + number;
    }
    const auto x = element_at<std::complex<double>>(a_, p);
    std::string result = real_.text(x.real());
    if (is_complex(a_.dtype())) {
      std::string imaginary = imaginary_.text(x.imag());
      imaginary.insert(imaginary.find_last_not_of(' ') + 1, "j");
      result += imaginary;
    }
    return result;
  }

 private:
  const NDArray& a_;
  std::size_t width_ = 0;
  detail::FloatFormat real_, imaginary_;
};

class Printer {
 public:
  explicit Printer(const NDArray& a)
      : a_(a),
        summarise_(static_cast<std::int64_t>(a.size()) > threshold),
        format_(a, seen_elements()) {}

  std::string text() const {
    return nested(0, static_cast<const std::byte*>(a_.raw()), " ", line_width);
  }

 private:
  bool cut(std::size_t axis) const { return summarise_ && a_.shape_data()[axis] > 2 * edge_items; }
  // Calls f(i) for each index of the axis that is shown, gap() once between the two ends.
  template <class F, class Gap>
  void for_each_shown(std::size_t axis, F&& f, Gap&& gap) const {
    const std::int64_t length = a_.shape_data()[axis];
    for (std::int64_t i = 0; i < length; ++i) {
      if (cut(axis) && i == edge_items) {
        gap();
        i = length - edge_items;
      }
      f(i);
    }
  }
  std::vector<const std::byte*> seen_elements() const {
    std::vector<const std::byte*> places{static_cast<const std::byte*>(a_.raw())};
    for (std::size_t axis = 0; axis < a_.ndim(); ++axis) {
      std::vector<const std::byte*> next;
      for (const std::byte* p : places) {
        for_each_shown(
            axis, [&](std::int64_t i) { next.push_back(p + i * a_.strides_data()[axis]); }, [] {});
      }
      places = std::move(next);
    }
    return places;
  }

  std::string nested(std::size_t axis, const std::byte* p, const std::string& indent,
                     std::size_t width) const {
    std::string text = axis + 1 == a_.ndim() ? row(p, indent, width) : rows(axis, p, indent, width);
    return "[" + text.substr(indent.size()) + "]";
  }
  std::string rows(std::size_t axis, const std::byte* p, const std::string& indent,
                   std::size_t width) const {
    const std::string separator(a_.ndim() - axis - 1, '\n');
    std::string text;
    const auto begin_line = [&] {
      if (!text.empty()) text += separator;
      text += indent;
    };
    for_each_shown(
        axis,
        [&](std::int64_t i) {
          begin_line();
          text += nested(axis + 1, p + i * a_.strides_data()[axis], indent + " ", width - 1);
        },
        [&] {
          begin_line();
          text += "...";
        });
    return text;
  }
  // The last axis: words on lines that leave room for a bracket.
  std::string row(const std::byte* p, const std::string& indent, std::size_t width) const {
    const std::size_t axis = a_.ndim() - 1;
    std::string text, line = indent;
    bool first = true;
    const auto add = [&](const std::string& word) {
      if (!first) line += ' ';
      first = false;
      if (line.size() + word.size() + 1 > width && line.size() > indent.size()) {
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
        line = indent;
      }
      line += word;
    };
    for_each_shown(
        axis, [&](std::int64_t i) { add(format_.text(p + i * a_.strides_data()[axis])); },
        [&] { add("..."); });
    return text + line;
  }

  const NDArray& a_;
  bool summarise_;
  ElementFormat format_;
};
}  // namespace

std::string element_text(DType d, const void* element) {
  return with_element_type(d, [&]<class T>(std::type_identity<T>) -> std::string {
    T x;
    cast_elements(d, element, 0, d, &x, 0, 1);
    if constexpr (std::is_same_v<T, bool>) {
      return x ? "True" : "False";
    } else if constexpr (std::is_integral_v<T>) {
      return base::format_number(x);
    } else if constexpr (detail::is_complex_element<T>) {
      const std::string imaginary = detail::number_text(x.imag(), d, true) + "j";
      if (x.real() == 0 && !std::signbit(x.real())) return imaginary;
      const bool sign = imaginary.front() == '-';
      return "(" + detail::number_text(x.real(), d, true) + (sign ? "" : "+") + imaginary + ")";
    } else {
      return detail::number_text(convert_element<double>(x), d, false);
    }
  });
}

std::string array_text(const NDArray& a) {
  if (a.ndim() == 0) return element_text(a.dtype(), a.raw());
  if (a.size() == 0) return "[]";
  return Printer(a).text();
}

std::ostream& operator<<(std::ostream& out, const NDArray& a) {
  const std::string text = array_text(a);
  return out.write(text.data(), static_cast<std::streamsize>(text.size()));
}
}  // namespace kroton::inline ndarray
