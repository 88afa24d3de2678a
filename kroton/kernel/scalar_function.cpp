// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/kernel/scalar_function.h"

#include <algorithm>

#include "kroton/base/errors.h"

namespace kroton::kernel {
namespace {
bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// Calls f(begin, end) for every name in the text that is followed by a parenthesis.
template <class F>
void for_each_call(const std::string& text, F&& f) {
  for (std::size_t i = 0; i < text.size();) {
    if (!is_word(text[i])) {
      ++i;
      continue;
    }
    std::size_t end = i;
    while (end < text.size() && is_word(text[end])) ++end;
    std::size_t next = text.find_first_not_of(' ', end);
    bool is_name = !(text[i] >= '0' && text[i] <= '9');
    if (is_name && next != std::string::npos && text[next] == '(') f(i, end);
    i = end;
  }
}
}  // namespace

DType result_dtype(const ScalarFunction& f, DType compute) {
  switch (f.result) {
    case ResultRule::same:
      return compute;
    case ResultRule::boolean:
      return bool_;
    case ResultRule::real:
      return compute == complex64 ? float32 : compute == complex128 ? float64 : compute;
    case ResultRule::complex:
      return compute == float32 ? complex64 : compute == float64 ? complex128 : compute;
  }
  return compute;
}

DType argument_dtype(const ScalarFunction& f, int i, DType compute) {
  return i == 0 && f.first_is_condition ? bool_ : compute;
}

std::string suffixed_text(const ScalarFunction& f, DType compute) {
  std::string out;
  std::size_t done = 0;
  for_each_call(f.text, [&](std::size_t, std::size_t end) {
    out.append(f.text, done, end - done).append("_").append(suffix(compute));
    done = end;
  });
  return out.append(f.text, done);
}

std::vector<std::string> called_names(const ScalarFunction& f, DType compute) {
  std::vector<std::string> names;
  for_each_call(f.text, [&](std::size_t begin, std::size_t end) {
    std::string name = f.text.substr(begin, end - begin) + "_" + suffix(compute);
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  });
  return names;
}

bool same_function(const ScalarFunction& a, const ScalarFunction& b) {
  return a.name == b.name && a.nin == b.nin && a.text == b.text && a.result == b.result &&
         a.first_is_condition == b.first_is_condition;
}
}  // namespace kroton::kernel
