// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/schedule.h"

#include <gtest/gtest.h>

#include <climits>
#include <string>

#include "kroton/graph/features/destroy_handler.h"
#include "tests/graph/toy.h"

using namespace kroton;
using toy::apply;
using toy::apply_as;
using toy::number;

TEST(Schedule, C2_8_posort_of_letters_keeps_what_the_comparators_leave_open) {
  // The original's test: each named pair in order, everything else by position.
  const std::vector<char> letters{'a', 's', 'd', 'f', 'g', 'h', 'j', 'k', 'l'};
  const std::vector<char> sorted =
      posort(letters, [](char a, char b) { return a < b ? -1 : (b < a ? 1 : 0); });
  EXPECT_EQ(std::string(sorted.begin(), sorted.end()), "adfghjkls");
}

TEST(Schedule, C2_8_earlier_comparators_win) {
  std::vector<int> numbers;
  for (int i = 1; i < 20; ++i) numbers.push_back(i);
  const auto sorted =
      posort(numbers, key_to_cmp([](int n) { return n % 10; }),
             key_to_cmp([](int n) { return (n / 10) % 2; }), key_to_cmp([](int n) { return n; }));
  EXPECT_EQ(sorted,
            (std::vector<int>{10, 1, 11, 2, 12, 3, 13, 4, 14, 5, 15, 6, 16, 7, 17, 8, 18, 9, 19}));
}

TEST(Schedule, C2_8_a_later_comparator_never_contradicts_an_earlier_one) {
  const std::vector<int> numbers{3, 1, 2};
  const auto up = key_to_cmp([](int n) { return n; });
  const auto down = key_to_cmp([](int n) { return -n; });
  EXPECT_EQ(posort(numbers, up, down), (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(posort(numbers, down, up), (std::vector<int>{3, 2, 1}));
  EXPECT_EQ(posort(numbers), numbers);
}

TEST(Schedule, C2_8_key_to_cmp_does_not_subtract) {
  const auto cmp = key_to_cmp([](int n) { return n; });
  EXPECT_EQ(cmp(INT_MIN, INT_MAX), -1);
  EXPECT_EQ(cmp(INT_MAX, INT_MIN), 1);
  EXPECT_EQ(cmp(4, 4), 0);
}

TEST(Schedule, C2_8_the_dependence_comparator_sees_through_any_number_of_nodes) {
  const Variable x = number("x"), a = apply("a", x), b = apply("b", a), c = apply("c", b),
                 other = apply("o", x);
  const NodeComparator cmp = make_dependence_cmp();
  EXPECT_EQ(cmp(a.owner(), c.owner()), -1);
  EXPECT_EQ(cmp(c.owner(), a.owner()), 1);
  EXPECT_EQ(cmp(a.owner(), other.owner()), 0);
  EXPECT_EQ(cmp(a.owner(), a.owner()), 0);
}

TEST(Schedule, C2_8_sort_apply_nodes_keeps_dependence_whatever_the_comparators_say) {
  const Variable x = number("x"), a = apply("a", x), b = apply("b", x), c = apply("c", a);
  const auto by_label = [](const Apply& p, const Apply& q) {
    const auto& l = as<toy::Node>(p)->label();
    const auto& r = as<toy::Node>(q)->label();
    return l > r ? -1 : (l < r ? 1 : 0);  // falling
  };
  EXPECT_EQ(toy::labels(sort_apply_nodes({x}, {b, c}, {by_label})), "b a c");
  EXPECT_EQ(toy::labels(sort_apply_nodes({x}, {b, c}, {})), "a b c");
}

TEST(Schedule, C2_8_destroy_orderings_come_first) {
  const Variable x = number("x"), a = apply("make", x), w = apply_as("destroy", "write", a),
                 r = apply("read", a);
  FunctionGraph fgraph({x}, {w, r}, false);
  fgraph.attach(std::make_shared<DestroyHandler>());
  const auto write_early = [](const Apply& p, const Apply& q) {
    const int l = as<toy::Node>(p)->label() == "write", m = as<toy::Node>(q)->label() == "write";
    return m - l;
  };
  EXPECT_EQ(toy::labels(sort_schedule_fn(NodeComparator(write_early))(fgraph)), "make read write");
}

TEST(Schedule, C2_8_clones_schedule_alike) {
  const Variable x = number("x");
  Variables outputs;
  for (const char* name : {"c", "a", "b"}) outputs.push_back(apply(name, x));
  const FunctionGraph first({x}, outputs), second = first.clone();
  EXPECT_EQ(toy::labels(first.toposort()), "c a b");
  EXPECT_EQ(toy::labels(second.toposort()), "c a b");
  EXPECT_EQ(toy::labels(sort_schedule_fn()(second)), "c a b");
}
