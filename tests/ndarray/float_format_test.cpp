// SPDX-License-Identifier: BSD-3-Clause
// Columns of numbers are compared with NumPy's in print_test.cpp; here single ones, with the values
// that Python and NumPy print.
#include "kroton/ndarray/detail/float_format.h"

#include <cmath>

#include "reference.h"

namespace kroton {
TEST(FloatFormat, a_number_takes_the_digits_that_its_type_reads_back) {
  EXPECT_EQ(detail::number_text(0.1, float64, false), "0.1");
  EXPECT_EQ(detail::number_text(static_cast<double>(0.1f), float32, false), "0.1");
  EXPECT_EQ(detail::number_text(static_cast<double>(0.1f), float64, false), "0.10000000149011612");
  EXPECT_EQ(detail::number_text(0.0999755859375, float16, false), "0.1");
  EXPECT_EQ(detail::number_text(0.015625, float16, false), "0.01563");
  EXPECT_EQ(detail::number_text(0.10009765625, bfloat16, false), "0.1");
}
TEST(FloatFormat, bare_numbers_have_no_point) {
  EXPECT_EQ(detail::number_text(3, float64, false), "3.0");
  EXPECT_EQ(detail::number_text(3, float64, true), "3");
  EXPECT_EQ(detail::number_text(-0.0, float64, true), "-0");
}
TEST(FloatFormat, the_exponent_comes_where_NumPy_has_it) {
  EXPECT_EQ(detail::number_text(1e16, float64, false), "1e+16");
  EXPECT_EQ(detail::number_text(9.99e15, float64, false), "9990000000000000.0");
  EXPECT_EQ(detail::number_text(1e6, float32, false), "1e+06");
  EXPECT_EQ(detail::number_text(2048, float16, false), "2.048e+03");
  EXPECT_EQ(detail::number_text(1.5e-5, float64, false), "1.5e-05");
  EXPECT_EQ(detail::number_text(5e-324, float64, false), "5e-324");
  EXPECT_EQ(detail::number_text(-INFINITY, float64, false), "-inf");
  EXPECT_EQ(detail::number_text(NAN, float64, false), "nan");
}
TEST(FloatFormat, a_column_is_as_wide_as_its_widest_number) {
  const detail::FloatFormat plain({1.5, -22.25}, float64, false);
  EXPECT_EQ(plain.text(1.5), "  1.5 ");
  EXPECT_EQ(plain.text(-22.25), "-22.25");
  const detail::FloatFormat scientific({1e10, 1.0}, float64, false);
  EXPECT_EQ(scientific.text(1.0), "1.e+00");
  const detail::FloatFormat signs({1.0, NAN}, float64, true);
  EXPECT_EQ(signs.text(1.0), " +1.");
  EXPECT_EQ(signs.text(NAN), "+nan");
}
}  // namespace kroton
