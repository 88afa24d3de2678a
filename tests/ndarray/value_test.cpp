// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/ndarray/value.h"

#include "reference.h"

namespace kroton {
namespace device {
// What a higher room brings along.
struct Token {
  std::shared_ptr<int> state;
  friend const ValueKind& value_kind(const Token&);
};
const ValueKind& value_kind(const Token&) {
  static const ValueKind kind{
      "Token",
      &typeid(Token),
      [](const void* p) -> std::shared_ptr<void> {
        return std::make_shared<Token>(
            Token{std::make_shared<int>(*static_cast<const Token*>(p)->state)});
      },
      [](const void* a, const void* b) {
        return static_cast<const Token*>(a)->state == static_cast<const Token*>(b)->state;
      },
      [](const void* p) { return "Token " + std::to_string(*static_cast<const Token*>(p)->state); },
      [](const void* p) -> void* { return static_cast<const Token*>(p)->state.get(); }};
  return kind;
}
}  // namespace device
namespace {
struct Mine {
  int x = 0;
};
struct OnlyMoves {
  std::unique_ptr<int> p;
};
}  // namespace

TEST(Value, C0_4_holds_nothing_at_first) {
  const Value v;
  EXPECT_TRUE(v.empty());
  EXPECT_FALSE(v.is<NDArray>());
  EXPECT_EQ(v.text(), "nothing");
  EXPECT_ERROR(TypeError, (void)NDArray(v),
               "NDArray: the value is nothing; only arrays and numbers can be read as one");
}
TEST(Value, C0_4_holds_arrays_without_copying_them) {
  NDArray a = array({1., 2.});
  const auto before = memory_statistics();
  Value v = a, w = v;
  EXPECT_EQ(memory_statistics().allocations, before.allocations);
  EXPECT_EQ(w.as<NDArray>().raw(), a.raw());
  EXPECT_EQ(w.text(), "float64 (2,)");
  EXPECT_TRUE(may_share_memory(v, w));
  EXPECT_FALSE(may_share_memory(v, v.copy()));
  EXPECT_LE(sizeof(Value), 64u);
}
TEST(Value, C0_4_a_number_stays_the_Cpp_number_that_it_was) {
  EXPECT_TRUE(Value(2).is<int>());
  EXPECT_FALSE(Value(2).is<long>());
  EXPECT_FALSE(Value(2).is<double>());
  EXPECT_EQ(Value(2.5).as<double>(), 2.5);
  EXPECT_EQ(Value(2.5f).number_dtype(), float32);
  EXPECT_EQ(Value(true).number_dtype(), bool_);
  EXPECT_EQ(Value(1L).number_dtype(), int64);
  EXPECT_EQ(Value('a').number_dtype(), int8);
  EXPECT_EQ(Value(std::complex<double>(1, 2)).number_dtype(), complex128);
  EXPECT_EQ(Value("x").number_dtype(), std::nullopt);
  EXPECT_EQ(Value(2.5L).as<long double>(), 2.5L);
  EXPECT_EQ(Value(2.5L).item<double>(), 2.5);
  EXPECT_ERROR(
      TypeError, Value(2).as<double>(),
      "as: the value is 2 (int), double was asked for; see is<T>(), or item<T>() for numbers");
}
TEST(Value, C0_9_item_converts_when_no_value_is_lost) {
  EXPECT_EQ(Value(2).item<double>(), 2.0);
  EXPECT_EQ(Value(2.0).item<int>(), 2);
  EXPECT_EQ(Value(array({7})).item<float>(), 7.f);
  EXPECT_TRUE(Value(true).item<bool>());
  EXPECT_ERROR(TypeError, Value(2.5).item<int>(),
               "item: 2.5 (float64) has no equal in int32; ask for float64, or use astype(int32)");
  EXPECT_ERROR(TypeError, Value("2").item<int>(),
               "item: the value is '2'; only arrays and numbers can be read as one");
}
TEST(Value, a_number_becomes_a_0d_array) {
  const NDArray a = Value(3);
  EXPECT_EQ(a.shape(), Shape{});
  EXPECT_EQ(a.dtype(), int32);
  EXPECT_EQ(a.item<int>(), 3);
  const NDArray z = Value(std::complex<float>(1, 2));
  EXPECT_EQ(z.dtype(), complex64);
}
TEST(Value, strings_are_strings) {
  const Value v = "path.npy";
  EXPECT_TRUE(v.is<std::string>());
  EXPECT_EQ(v.as<std::string>(), "path.npy");
  EXPECT_EQ(v.text(), "'path.npy'");
  EXPECT_ERROR(TypeError, v.as<NDArray>(),
               "as: the value is 'path.npy', NDArray was asked for; see is<T>(), or item<T>() for "
               "numbers");
}
TEST(Value, C0_4_a_kind_of_a_higher_room_is_found_beside_its_class) {
  const device::Token token{std::make_shared<int>(7)};
  const Value v = token, copied = v.copy();
  EXPECT_TRUE(v.is<device::Token>());
  EXPECT_EQ(v.as<device::Token>().state, token.state);
  EXPECT_EQ(v.text(), "Token 7");
  EXPECT_EQ(v.kind()->name, std::string("Token"));
  EXPECT_EQ(v.c_handle(), token.state.get());
  EXPECT_TRUE(may_share_memory(v, Value(token)));
  EXPECT_FALSE(may_share_memory(v, copied));
  EXPECT_EQ(*copied.as<device::Token>().state, 7);
  EXPECT_FALSE(may_share_memory(v, Value(array({1}))));
}
TEST(Value, C0_4_any_object_can_be_held) {
  const Value v = Value::object(Mine{3});
  EXPECT_TRUE(v.is<Mine>());
  EXPECT_EQ(v.as<Mine>().x, 3);
  EXPECT_EQ(v.copy().as<Mine>().x, 3);
  EXPECT_FALSE(may_share_memory(v, v.copy()));
  EXPECT_EQ(v.text(), "kroton::(anonymous namespace)::Mine");
  EXPECT_TRUE(Value::object(2.5).is<double>());
  EXPECT_ERROR(TypeError, v.as<int>(),
               "as: the value is kroton::(anonymous namespace)::Mine, int was asked for; see "
               "is<T>(), or item<T>() for numbers");
  // A number as an object is no number.
  EXPECT_TRUE(Value::object(7).is_object());
  EXPECT_EQ(Value::object(7).as<int>(), 7);
  EXPECT_EQ(Value::object(7).copy().as<int>(), 7);
  EXPECT_FALSE(Value::object(7).number_dtype().has_value());
  EXPECT_ERROR(TypeError, Value::object(7).item<int>(),
               "item: the value is int; only arrays and numbers can be read as one");
  EXPECT_EQ(Value(7).item<int>(), 7);
  const Value moved = Value::object(OnlyMoves{std::make_unique<int>(4)});
  EXPECT_EQ(*moved.as<OnlyMoves>().p, 4);
  EXPECT_ERROR(
      TypeError, moved.copy(),
      "copy: the value is kroton::(anonymous namespace)::OnlyMoves, which cannot be copied; "
      "use borrow = true");
}
}  // namespace kroton
