// SPDX-License-Identifier: BSD-3-Clause
// Partially ordered sorting and schedules of nodes.
#include "outsider.h"

#include <algorithm>
#include <limits>

using namespace kroton;
using outsider::Doubles;
using outsider::error_of;
using outsider::list;
namespace T = kroton::tensor;

namespace {
using Ints = std::vector<int>;
int compare(int a, int b) { return (a > b) - (a < b); }
std::size_t place(const std::vector<Apply>& order, const Variable& x) {
  return static_cast<std::size_t>(std::find(order.begin(), order.end(), x.owner()) - order.begin());
}
}  // namespace

TEST(Schedule, C2_8_key_to_cmp_compares_keys_without_subtracting) {
  auto cmp = key_to_cmp([](int x) { return x; });
  EXPECT_EQ(cmp(1, 2), -1);
  EXPECT_EQ(cmp(2, 1), 1);
  EXPECT_EQ(cmp(2, 2), 0);
  EXPECT_EQ(cmp(std::numeric_limits<int>::min(), std::numeric_limits<int>::max()), -1);
  auto by_length = key_to_cmp([](const std::string& s) { return s.size(); });
  EXPECT_EQ(by_length(std::string("a"), std::string("bbb")), -1);
  NodeComparator of_nodes = key_to_cmp(NodeKey([](const Apply&) { return 1; }));
  EXPECT_EQ(of_nodes(Apply(), Apply()), 0);
}

TEST(Schedule, C2_8_posort_lets_earlier_comparators_win) {
  auto odd_last = [](int a, int b) { return compare(a % 2, b % 2); };
  auto value = [](int a, int b) { return compare(a, b); };
  EXPECT_EQ(posort(Ints{1, 2, 3, 4, 5, 6}, odd_last, value), (Ints{2, 4, 6, 1, 3, 5}));
  EXPECT_EQ(posort(Ints{5, 1, 4}, value), (Ints{1, 4, 5}));
  auto first_three = [](int a, int b) { return a == 3 && b != 3 ? -1 : b == 3 && a != 3 ? 1 : 0; };
  EXPECT_EQ(posort(Ints{5, 1, 3, 4}, first_three, value), (Ints{3, 1, 4, 5}));
  EXPECT_EQ(posort(Ints{5, 1, 3, 4}, value, first_three), (Ints{1, 3, 4, 5}));
  EXPECT_EQ(posort(Ints{}, value), Ints{});
  EXPECT_EQ(posort(Ints{7}, value), Ints{7});
  EXPECT_EQ(posort(std::vector<std::string>{"ccc", "a", "bb"},
                   key_to_cmp([](const std::string& s) { return s.size(); })),
            (std::vector<std::string>{"a", "bb", "ccc"}));
}

TEST(Schedule, C2_8_posort_keeps_the_order_of_the_list_at_ties) {
  EXPECT_EQ(posort(Ints{9, 2, 7, 4}, [](int, int) { return 0; }), (Ints{9, 2, 7, 4}));
  EXPECT_EQ(posort(Ints{9, 2, 7, 4}), (Ints{9, 2, 7, 4}));
  EXPECT_EQ(posort(Ints{3, 5, 2, 4}, [](int a, int b) { return compare(a % 2, b % 2); }),
            (Ints{2, 4, 3, 5}));
}

TEST(Schedule, C2_8_posort_of_contradictory_comparators_ends_and_keeps_every_element) {
  auto up = [](int a, int b) { return compare(a, b); };
  auto down = [](int a, int b) { return compare(b, a); };
  EXPECT_EQ(posort(Ints{3, 1, 2}, up, down), (Ints{1, 2, 3}));
  auto circle = [](int a, int b) { return (a + 1) % 3 == b ? -1 : (b + 1) % 3 == a ? 1 : 0; };
  Ints sorted = posort(Ints{0, 1, 2}, circle);
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(sorted, (Ints{0, 1, 2}));
}

TEST(Schedule, C2_8_the_dependence_comparator_follows_data) {
  auto x = dscalar("x");
  auto y = x + 1, z = y * 2, other = x - 5;
  NodeComparator cmp = make_dependence_cmp();
  EXPECT_LT(cmp(y.owner(), z.owner()), 0);
  EXPECT_GT(cmp(z.owner(), y.owner()), 0);
  EXPECT_EQ(cmp(y.owner(), other.owner()), 0);
  EXPECT_EQ(cmp(y.owner(), y.owner()), 0);
  auto far = z;
  for (int i = 0; i < 50; ++i) far = far + 1;
  EXPECT_GT(cmp(far.owner(), y.owner()), 0);
}

TEST(Schedule, C2_8_nodes_are_sorted_by_dependence_and_comparators) {
  auto x = dscalar("x"), y = dscalar("y");
  auto a = x + 1, b = y * 2, c = a + b, d = T::exp(y);
  auto exp_first =
      key_to_cmp([](const Apply& node) { return outsider::has(node.text(), "exp") ? 0 : 1; });
  std::vector<Apply> order = sort_apply_nodes({x, y}, {c, d}, {make_dependence_cmp(), exp_first});
  ASSERT_EQ(order.size(), 4u);
  EXPECT_TRUE(order[0] == d.owner());
  EXPECT_LT(place(order, a), place(order, c));
  EXPECT_LT(place(order, b), place(order, c));
  EXPECT_EQ(sort_apply_nodes({x, y}, {c, d}, {make_dependence_cmp(), exp_first}), order);
  EXPECT_EQ(sort_apply_nodes({c}, {c}, {}).size(), 0u);
}

TEST(Schedule, C2_8_a_mode_takes_a_schedule) {
  auto x = dvector("x");
  auto a = T::exp(x).sum(), b = T::sin(x).max();
  for (int sign : {-1, 1}) {
    NodeComparator cmp = key_to_cmp(
        [sign](const Apply& node) { return sign * (outsider::has(node.text(), "sin") ? 1 : 0); });
    Schedule schedule = sort_schedule_fn(cmp),
             listed = sort_schedule_fn(std::vector<NodeComparator>{cmp}),
             plain = sort_schedule_fn();
    for (const Schedule& each : {schedule, listed}) {
      auto f = function({x}, {a, b}, {.mode = Mode("py", "None").with_schedule(each)});
      const std::vector<Apply> nodes = f.nodes();
      std::vector<std::size_t> sines, exponentials;
      for (std::size_t i = 0; i < nodes.size(); ++i) {
        if (outsider::has(nodes[i].op().text(), "sin")) sines.push_back(i);
        if (outsider::has(nodes[i].op().text(), "exp")) exponentials.push_back(i);
      }
      ASSERT_EQ(sines.size(), 1u);
      ASSERT_EQ(exponentials.size(), 1u);
      EXPECT_EQ(sines[0] < exponentials[0], sign < 0);
      EXPECT_EQ(f(array({0.})).item<double>(0), 1.0);
    }
    EXPECT_EQ(function({x}, {a, b}, {.mode = Mode().with_schedule(plain)})(array({0., 0.}))
                  .item<double>(0),
              2.0);
  }
}

TEST(Schedule, C2_8_a_schedule_that_is_none_is_an_error) {
  auto x = dvector("x");
  auto y = T::exp(x).sum();
  error_of([&] {
    return function({x}, y, {.mode = Mode("py", "None").with_schedule([](const FunctionGraph&) {
                      return std::vector<Apply>();
                    })});
  });
  error_of([&] {
    return function({x}, y,
                    {.mode = Mode("py", "None").with_schedule([](const FunctionGraph& graph) {
                      std::vector<Apply> order = graph.toposort();
                      std::reverse(order.begin(), order.end());
                      return order;
                    })});
  });
  EXPECT_EQ(function({x}, y)(array({0.})).item<double>(), 1.0);
}
