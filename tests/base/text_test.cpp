// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/base/text.h"

#include <gtest/gtest.h>

#include <clocale>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

namespace kroton::base {
namespace {
using Pieces = std::vector<std::string_view>;

TEST(Text, join_puts_the_separator_between_parts) {
  EXPECT_EQ(join(std::vector<std::string>{}, ", "), "");
  EXPECT_EQ(join(std::vector<std::string>{"a"}, ", "), "a");
  EXPECT_EQ(join(std::vector<std::string_view>{"a", "", "c"}, ", "), "a, , c");
}

TEST(Text, split_gives_one_piece_more_than_there_are_separators) {
  EXPECT_EQ(split("", ','), Pieces{""});
  EXPECT_EQ(split("a,,b,", ','), (Pieces{"a", "", "b", ""}));
}

TEST(Text, trim_takes_blanks_on_both_sides) {
  EXPECT_EQ(trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(trim(" \n "), "");
}

TEST(Text, quote_shows_what_cannot_be_printed) {
  EXPECT_EQ(quote("it's\n\t\x01\\"), "'it\\'s\\n\\t\\x01\\\\'");
  EXPECT_EQ(quote("größe"), "'größe'");
}

TEST(Text, replace_all_and_lower) {
  EXPECT_EQ(replace_all("a|b||c", "|", ", "), "a, b, , c");
  EXPECT_EQ(replace_all("abc", "", "x"), "abc");
  EXPECT_EQ(lower("FloatX9"), "floatx9");
}

TEST(Text, lines_are_numbered_from_one) {
  EXPECT_EQ(number_lines("a\n\nb\n"), "  1 | a\n  2 | \n  3 | b\n");
}

TEST(Text, numbers_print_as_short_as_they_read_back) {
  EXPECT_EQ(format_number(0.1), "0.1");
  EXPECT_EQ(format_number(0.1f), "0.1");
  EXPECT_EQ(format_number(1e20), "1e+20");
  EXPECT_EQ(format_number(-0.0), "-0");
  EXPECT_EQ(format_number(3.0), "3");
  EXPECT_EQ(repr_number(3.0), "3.0");
  EXPECT_EQ(repr_number(-0.0f), "-0.0");
  EXPECT_EQ(repr_number(1e20), "1e+20");
  EXPECT_EQ(format_number(std::nan("")), "nan");
  EXPECT_EQ(format_number(-HUGE_VAL), "-inf");
  EXPECT_EQ(repr_number(-std::nan("")), "nan");
  EXPECT_EQ(format_number(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(format_number(std::uint64_t{18446744073709551615u}), "18446744073709551615");
}

TEST(Text, every_double_reads_back_as_itself) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 20000; ++i) {
    std::uint64_t bits = random();
    double value;
    static_assert(sizeof value == sizeof bits);
    std::memcpy(&value, &bits, 8);
    if (std::isnan(value)) continue;
    EXPECT_EQ(parse_double(format_number(value)), value);
  }
}

TEST(Text, numbers_do_not_follow_the_locale) {
  std::string before = std::setlocale(LC_ALL, nullptr);
  for (const char* name : {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE.utf8", "C.UTF-8"})
    if (std::setlocale(LC_ALL, name)) break;
  EXPECT_EQ(format_number(1234567.5), "1234567.5");
  EXPECT_EQ(parse_double("1.5"), 1.5);
  EXPECT_EQ(parse_double("1,5"), std::nullopt);
  std::setlocale(LC_ALL, before.c_str());
}

TEST(Text, parsing_takes_the_whole_text_or_nothing) {
  EXPECT_EQ(parse_double(" +2.5e-3 "), 2.5e-3);
  EXPECT_EQ(parse_double("inf"), HUGE_VAL);
  EXPECT_EQ(parse_double("2.5x"), std::nullopt);
  EXPECT_EQ(parse_double("+-2"), std::nullopt);
  EXPECT_EQ(parse_double(""), std::nullopt);
  EXPECT_EQ(parse_int("-12"), -12);
  EXPECT_EQ(parse_int("+12"), 12);
  EXPECT_EQ(parse_int("12.0"), std::nullopt);
  EXPECT_EQ(parse_int("9223372036854775808"), std::nullopt);
  EXPECT_EQ(parse_bool("Yes"), true);
  EXPECT_EQ(parse_bool("off"), false);
  EXPECT_EQ(parse_bool("maybe"), std::nullopt);
}

TEST(Text, numbers_out_of_range_become_infinity_or_zero) {
  EXPECT_EQ(parse_double("1e400"), HUGE_VAL);
  EXPECT_EQ(parse_double("-1e400"), -HUGE_VAL);
  EXPECT_EQ(parse_double("0.5e400"), HUGE_VAL);
  EXPECT_EQ(parse_double("1e-400"), 0.0);
  EXPECT_EQ(parse_double("123e-500"), 0.0);
  EXPECT_EQ(parse_double("1e99999999999999999999"), HUGE_VAL);
  EXPECT_EQ(parse_double("1e-99999999999999999999"), 0.0);
  EXPECT_EQ(parse_double("0." + std::string(400, '0') + "1"), 0.0);
  EXPECT_TRUE(std::signbit(*parse_double("-1e-400")));
}

TEST(Text, sizes_and_hex) {
  EXPECT_EQ(format_bytes(512), "512 B");
  EXPECT_EQ(format_bytes(1500), "1.5 kB");
  EXPECT_EQ(format_bytes(999'960), "1.0 MB");
  EXPECT_EQ(format_bytes(1'600'000'000), "1.6 GB");
  EXPECT_EQ(format_bytes(128'000'000), "128 MB");
  EXPECT_EQ(format_hex(31), "0x1f");
  EXPECT_EQ(format_hex(31, 4), "0x001f");
}

TEST(Text, the_nearest_word_is_found_only_when_it_is_near) {
  EXPECT_EQ(nearest_word("flotX", {"device", "floatX"}), "floatX");
  EXPECT_EQ(nearest_word("FLOATX", {"device", "floatX"}), "floatX");
  EXPECT_EQ(nearest_word("banana", {"device", "floatX"}), "");
}
}  // namespace
}  // namespace kroton::base
