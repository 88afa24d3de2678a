// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/ndarray/print.h"

#include <clocale>
#include <locale>
#include <map>

#include "reference.h"

namespace kroton {
namespace {
std::string printed(const NDArray& a) {
  std::ostringstream out;
  out << a;
  return out.str();
}
}  // namespace

TEST(Print, C0_2_arrays_print_as_NumPy_prints_them) {
  std::istringstream texts(file_bytes(reference("print/texts.txt")));
  std::map<std::string, std::string> expected;
  std::string line, key;
  while (std::getline(texts, line)) {
    if (line.starts_with("== ")) {
      key = line.substr(3);
    } else {
      expected[key] += line + "\n";
    }
  }
  EXPECT_EQ(expected.size(), 91u);
  for (const auto& [case_name, text] : expected) {
    EXPECT_EQ(printed(load_npy(reference("print/" + case_name + ".npy"))) + "\n", text)
        << case_name;
  }
}
TEST(Print, views_print_their_own_elements) {
  EXPECT_EQ(printed(NDArray::arange(6).reshape({2, 3}).transpose()), "[[0 3]\n [1 4]\n [2 5]]");
  EXPECT_EQ(printed(NDArray::arange(9).slice({slice({}, {}, -4)})), "[8 4 0]");
}
TEST(Print, bfloat16_shows_the_digits_that_it_has) {
  EXPECT_EQ(printed(array({0.1, 1.0, -2.5}).astype(bfloat16)), "[ 0.1  1.  -2.5]");
  EXPECT_EQ(printed(NDArray::full({}, 0.1, bfloat16)), "0.1");
}
TEST(Print, the_locale_and_the_state_of_the_stream_have_no_say) {
  struct Comma : std::numpunct<char> {
    char do_decimal_point() const override { return ','; }
    std::string do_grouping() const override { return "\3"; }
    char do_thousands_sep() const override { return '.'; }
  };
  std::ostringstream out;
  out.imbue(std::locale(std::locale::classic(), new Comma));
  out.precision(2);
  out << std::hex << array({1000.5, 2.0}) << array({1000000});
  EXPECT_EQ(out.str(), "[1000.5    2. ][1000000]");
}
}  // namespace kroton
