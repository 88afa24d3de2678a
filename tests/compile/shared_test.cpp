// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/compile/shared.h"

#include <gtest/gtest.h>

#include "kroton/compile/function.h"
#include "tests/link/toys.h"
#include "tests/support/check_error.h"

namespace {
using namespace toys;

SharedVariable make(const NDArray& value) {
  return SharedVariable("w", Array(std::vector<bool>(value.ndim(), false)), value);
}

TEST(SharedVariable, C0_7_copies_unless_borrow) {
  SharedVariable w = make(array({1., 2.}));
  NDArray copy = w.get_value();
  copy.at<double>({0}) = 9;
  EXPECT_EQ(list(w.get_value()), (List{1, 2}));
  NDArray lent = w.get_value(true);
  lent.at<double>({0}) = 9;
  EXPECT_EQ(list(w.get_value()), (List{9, 2}));
  NDArray given = array({5., 6.});
  w.set_value(given);
  given.at<double>({0}) = 0;
  EXPECT_EQ(list(w.get_value()), (List{5, 6}));
}

TEST(SharedVariable, C6_6_set_value_with_borrow_keeps_the_pointer) {
  SharedVariable w = make(array({1.}));
  NDArray given = array({5., 6.});
  w.set_value(given, true);
  EXPECT_EQ(NDArray(w.get_value(true)).raw(), given.raw());
}

TEST(SharedVariable, set_value_refuses_what_the_type_refuses_and_keeps_the_old_value) {
  SharedVariable w = make(array({1.}));
  EXPECT_THROW(w.set_value("text"), TypeError);
  EXPECT_EQ(list(w.get_value()), (List{1}));
  w.set_value(array({2.}));
  EXPECT_EQ(list(w.get_value()), (List{2}));
}

TEST(SharedVariable, is_recovered_from_a_variable_and_shares_its_container) {
  SharedVariable w = make(array({1.}));
  const Variable plain = w;
  auto again = as<SharedVariable>(plain);
  ASSERT_TRUE(again);
  again->set_value(array({7.}));
  EXPECT_EQ(list(w.get_value()), (List{7}));
  EXPECT_FALSE(as<SharedVariable>(vec("x")));
  EXPECT_FALSE(as<SharedVariable>(constant(array({1.}))));
}

TEST(SharedVariable, changes_are_seen_by_every_function) {
  SharedVariable w = make(array({1.}));
  const Variable x = vec("x");
  const auto f = function({x}, add(x, w)), g = function({x}, mul(x, w));
  w.set_value(array({3.}));
  EXPECT_EQ(list(f(array({1.})).only()), (List{4}));
  EXPECT_EQ(list(g(array({2.})).only()), (List{6}));
}

TEST(SharedVariable, a_default_update_must_have_its_type) {
  SharedVariable w = make(array({1.}));
  try {
    w.set_default_update(mat("m"));
    FAIL() << "nothing was thrown";
  } catch (const TypeError& error) {
    EXPECT_STREQ(
        error.what(),
        "set_default_update: w has type Array{dtype: float64, broadcastable: (false,)} and its update "
        "has type Array{dtype: float64, broadcastable: (false, false)}; they must be the same");
  }
}

TEST(Shared, holds_strings_and_objects_as_generic_values) {
  SharedVariable path = shared("a.npy", "path");
  EXPECT_EQ(path.get_value().as<std::string>(), "a.npy");
  EXPECT_EQ(path.name(), "path");
  path.set_value("b.npy");
  EXPECT_EQ(path.get_value().as<std::string>(), "b.npy");
  SharedVariable number = shared(Value::object(7), "number");
  EXPECT_EQ(number.type().text(), "Generic");
  EXPECT_EQ(number.get_value().as<int>(), 7);
  number.set_value(Value::object(8));
  EXPECT_EQ(number.get_value().as<int>(), 8);
  EXPECT_EQ(shared(7).dtype(), int64);
}

TEST(Shared, only_arrays_live_on_devices) {
  CHECK_ERROR(TypeError, shared("x", "", {.target = "dev0"}),
              "shared: 'x' is no value that a shared variable on a device can hold; pass an array");
  CHECK_ERROR(TypeError, shared(2.5, "", {.target = std::nullopt}),
              "shared: 2.5 is no value that a shared variable on a device can hold; pass an array");
  EXPECT_EQ(shared("x", "", {.target = "cpu"}).get_value().as<std::string>(), "x");
}

TEST(Shared, nothing_is_no_value_and_an_empty_handle_no_variable) {
  CHECK_ERROR(TypeError, shared(Value()),
              "shared: nothing is no value that a shared variable can hold; pass an array, a "
              "number, a string or an object");
  CHECK_ERROR(ValueError, SharedVariable().get_value(),
              "shared variable: it is empty; make one with shared(value)");
  EXPECT_EQ(shared(2.5).get_value().item<double>(), 2.5);
}
}  // namespace
