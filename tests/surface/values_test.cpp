// SPDX-License-Identifier: BSD-3-Clause
// Values: what cells, arguments and outputs hold.
#include "outsider.h"

#include <complex>

using namespace kroton;
using outsider::error_of;

namespace {
struct Point {
  int x = 0, y = 0;
};
struct Weight {
  std::shared_ptr<int> held;
};
}  // namespace

TEST(Values, C0_4_nothing_is_empty_and_reads_as_nothing) {
  Value nothing;
  EXPECT_TRUE(nothing.empty());
  EXPECT_FALSE(nothing.is<NDArray>());
  EXPECT_FALSE(nothing.is<std::string>());
  error_of<TypeError>([&] { return nothing.as<NDArray>(); });
  error_of([&] { return nothing.item<double>(); });
  error_of([&] { return NDArray(nothing.operator NDArray()); });
}

TEST(Values, C0_4_numbers_convert_when_nothing_is_lost) {
  Value two = 2, half = 0.5, flag = true, complex_number = std::complex<double>(1, 2),
        real = std::complex<float>(3, 0), big = UINT64_MAX, small = 'a';
  EXPECT_FALSE(two.empty());
  EXPECT_FALSE(two.is<NDArray>());
  EXPECT_EQ(two.item<int>(), 2);
  EXPECT_EQ(two.item<double>(), 2.0);
  EXPECT_EQ(two.item<std::uint8_t>(), 2);
  EXPECT_EQ(half.item<float>(), 0.5f);
  EXPECT_EQ(flag.item<bool>(), true);
  EXPECT_EQ(flag.item<int>(), 1);
  EXPECT_EQ(complex_number.item<std::complex<double>>(), std::complex<double>(1, 2));
  EXPECT_EQ(real.item<double>(), 3.0);
  EXPECT_EQ(big.item<std::uint64_t>(), UINT64_MAX);
  EXPECT_EQ(small.item<int>(), 'a');
  error_of<TypeError>([&] { return half.item<int>(); });
  error_of<TypeError>([&] { return complex_number.item<double>(); });
  error_of<TypeError>([&] { return big.item<std::int64_t>(); });
  error_of<TypeError>([&] { return Value(300).item<std::uint8_t>(); });
  error_of<TypeError>([&] { return Value(-1).item<std::uint64_t>(); });
  error_of<TypeError>([&] { return Value("2").item<int>(); });
  error_of<TypeError>([&] { return two.as<std::string>(); });
}

TEST(Values, C0_4_strings_and_arrays_are_read_as_what_they_are) {
  Value text = "path", other = std::string("path"), a = array({1., 2.});
  EXPECT_TRUE(text.is<std::string>());
  EXPECT_EQ(text.as<std::string>(), other.as<std::string>());
  EXPECT_TRUE(a.is<NDArray>());
  EXPECT_EQ(a.as<NDArray>().size(), 2u);
  NDArray b = a;
  EXPECT_EQ(b.data<double>(), a.as<NDArray>().data<double>());
  EXPECT_EQ(Value(array({2.5})).item<double>(), 2.5);
  error_of<TypeError>([&] { return text.as<NDArray>(); });
  error_of<TypeError>([&] { return text.operator NDArray(); });
  error_of<TypeError>([&] { return a.as<std::string>(); });
  error_of([&] { return a.item<double>(); });
  const Values many{1, 2.0, "three", array({4}), Value()};
  EXPECT_EQ(many.size(), 5u);
}

TEST(Values, C0_4_user_objects_are_held_and_shared) {
  Value p = Value::object(Point{1, 2});
  ASSERT_TRUE(p.is<Point>());
  EXPECT_EQ(p.as<Point>().y, 2);
  EXPECT_FALSE(p.is<std::string>());
  error_of<TypeError>([&] { return p.as<Weight>(); });
  error_of<TypeError>([&] { return p.item<int>(); });
  auto held = std::make_shared<int>(5);
  {
    Value v = Value::object(Weight{held}), w = v;
    EXPECT_GT(held.use_count(), 1);
    v = 3;
    EXPECT_EQ(*w.as<Weight>().held, 5);
    Value moved = std::move(w);
    EXPECT_EQ(*moved.as<Weight>().held, 5);
  }
  EXPECT_EQ(held.use_count(), 1);
}

TEST(Values, C0_4_user_objects_and_strings_travel_through_a_function) {
  auto g = generic("g");
  auto f = function({g}, g);
  EXPECT_EQ(f(Value::object(Point{3, 4}))[0].as<Point>().x, 3);
  EXPECT_EQ(f("text")[0].as<std::string>(), "text");
  EXPECT_EQ(f(array({1.})).array().item<double>(), 1.0);
  EXPECT_EQ(f(5)[0].item<int>(), 5);
}
