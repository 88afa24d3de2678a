// SPDX-License-Identifier: BSD-3-Clause
// Types that a program writes itself: values of its own travel through graphs.
#include "outsider.h"

using namespace kroton;
using outsider::error_of;

namespace {
struct Interval {
  double low, high;
};
class IntervalType final : public TypeOf<IntervalType> {
 public:
  explicit IntervalType(int precision = 2) : precision_(precision) {}
  Value filter(const Value& value, bool strict, std::optional<bool>) const override {
    if (value.is<Interval>()) return value;
    if (strict || value.empty() || value.is<std::string>() || value.is<NDArray>())
      throw TypeError("Interval: this is no interval; pass Value::object(Interval{low, high})");
    const double x = value.item<double>();
    return Value::object(Interval{x, x});
  }
  bool values_eq(const Value& a, const Value& b) const override {
    return a.as<Interval>().low == b.as<Interval>().low &&
           a.as<Interval>().high == b.as<Interval>().high;
  }

 private:
  int precision_;

 public:
  static constexpr std::string_view type_name = "Interval";
  static constexpr auto fields = std::tuple{Field{"precision", &IntervalType::precision_}};
};

struct BareType : TypeOf<BareType> {
  static constexpr const char* type_name = "BareType";
};

struct Add : OpOf<Add> {
  static constexpr std::string_view op_name = "AddIntervals";
  Apply make_node(Inputs in) const override {
    for (const Variable& each : in) {
      if (!(each.type() == in[0].type()))
        throw TypeError("AddIntervals: " + each.text() + " is " + each.type().text());
    }
    return Apply(*this, in, {in[0].type()()});
  }
  void perform(const Apply&, std::span<const Value> in, std::span<Value> out) const override {
    Interval sum{0, 0};
    for (const Value& each : in)
      sum = {sum.low + each.as<Interval>().low, sum.high + each.as<Interval>().high};
    out[0] = Value::object(sum);
  }
};
struct Width : OpOf<Width> {
  static constexpr std::string_view op_name = "Width";
  Apply make_node(Inputs in) const override { return Apply(*this, in, {dscalar()}); }
  void perform(const Apply&, std::span<const Value> in, std::span<Value> out) const override {
    out[0] = NDArray::full({}, in[0].as<Interval>().high - in[0].as<Interval>().low);
  }
};
Value interval(double low, double high) { return Value::object(Interval{low, high}); }
}  // namespace

TEST(UserTypes, C5_2_values_of_a_users_type_travel_through_functions) {
  Variable a = IntervalType()("a"), b = IntervalType()("b");
  for (const char* mode : {"FAST_RUN", "FAST_COMPILE", "py", "DebugMode"}) {
    auto f = function({a, b}, {Add()(a, b, b), Width()(a) * 2}, {.mode = mode});
    Outputs out = f(interval(0, 1), interval(2, 4));
    EXPECT_EQ(out[0].as<Interval>().high, 9.0) << mode;
    EXPECT_EQ(out.item<double>(1), 2.0);
    EXPECT_EQ(f(5, interval(0, 1))[0].as<Interval>().low, 5.0);
    error_of<TypeError>([&] { return f("text", interval(0, 1)); });
    error_of<TypeError>([&] { return f(interval(0, 1), array({1.})); });
    EXPECT_EQ(f(interval(0, 1), interval(0, 1))[0].as<Interval>().high, 3.0);
  }
  EXPECT_EQ(Width()(a).eval({{a, interval(1, 5)}}).item<double>(), 4.0);
}

TEST(UserTypes, C5_2_identity_comes_from_name_and_fields) {
  EXPECT_TRUE(IntervalType() == IntervalType(2));
  EXPECT_FALSE(IntervalType() == IntervalType(3));
  EXPECT_FALSE(IntervalType() == BareType());
  EXPECT_EQ(IntervalType().hash(), IntervalType(2).hash());
  EXPECT_EQ(IntervalType(5).text(), "Interval{precision: 5}");
  EXPECT_EQ(BareType().text(), "BareType");
  Variable a = IntervalType()("a"), other = IntervalType(7)("b");
  error_of<TypeError>([&] { return Add()(a, other); });
  EXPECT_EQ(a.name(), "a");
  EXPECT_TRUE(a.type() == IntervalType());
}

TEST(UserTypes, C5_2_constants_and_given_values_of_a_users_type) {
  Variable a = IntervalType()("a");
  Constant c = IntervalType().make_constant(interval(1, 2), "c");
  EXPECT_EQ(c.data().as<Interval>().high, 2.0);
  EXPECT_EQ(function({a}, Add()(a, c))(interval(1, 1))[0].as<Interval>().high, 3.0);
  EXPECT_EQ(function({}, Add()(c, c))()[0].as<Interval>().low, 2.0);
  EXPECT_EQ(function({In(a, {.value = interval(3, 3)})}, Add()(a, a))()[0].as<Interval>().low, 6.0);
  EXPECT_EQ(function({}, Add()(a, a), {.givens = {{a, c}}})()[0].as<Interval>().high, 4.0);
  error_of<TypeError>([&] { return IntervalType().make_constant("text"); });
}

TEST(UserTypes, C0_12_methods_that_are_missing_name_class_and_method) {
  const BareType bare;
  const Sub sub{{"fail", "return 1;"}};
  const auto says = [](const std::string& text, const char* method) {
    EXPECT_HAS(text, "BareType");
    EXPECT_HAS(text, method);
  };
  says(error_of<MethodNotDefined>([&] { return bare.filter(1); }), "filter");
  says(error_of<MethodNotDefined>([&] { return bare.c_declare("V1", sub); }), "c_declare");
  says(error_of<MethodNotDefined>([&] { return bare.c_init("V1", sub); }), "c_init");
  says(error_of<MethodNotDefined>([&] { return bare.c_extract("V1", sub); }), "c_extract");
  says(error_of<MethodNotDefined>([&] { return bare.c_sync("V1", sub); }), "c_sync");
  says(error_of<MethodNotDefined>([&] { return bare.c_cleanup("V1", sub); }), "c_cleanup");
  says(error_of<MethodNotDefined>([&] { return bare.make_constant(1); }), "filter");
  auto x = bare("x");
  EXPECT_HAS(error_of([&] { return function({x}, x)(1); }), "BareType");
  error_of<TypeError>([&] { return x.dtype(); });
  error_of<TypeError>([&] { return x.ndim(); });
  error_of<TypeError>([&] { return x + 1; });
  error_of([&] { return grad(x, x); });
  EXPECT_EQ(bare.c_headers(), Names{});
  EXPECT_EQ(bare.c_code_cache_version(), CacheVersion{});
}
