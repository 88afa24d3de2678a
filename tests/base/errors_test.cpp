// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/base/errors.h"

#include <gtest/gtest.h>

namespace kroton {
namespace {
template <class E>
std::string text_of(void (*f)()) {
  try {
    f();
  } catch (const E& e) {
    return e.what();
  }
  return "(nothing thrown)";
}

TEST(Errors, every_kind_is_an_Error_and_an_std_runtime_error) {
  EXPECT_EQ(text_of<Error>([] { throw TypeError("a"); }), "a");
  EXPECT_EQ(text_of<Error>([] { throw CompileError("b"); }), "b");
  EXPECT_EQ(text_of<std::runtime_error>([] { throw DeviceError("c"); }), "c");
  EXPECT_EQ(text_of<ValueError>([] { throw ContextNotDefined("d"); }), "d");
}

TEST(Errors, a_failed_check_says_that_it_is_a_bug_of_kroton_and_where) {
  std::string text = text_of<InternalError>([] { KROTON_CHECK(1 + 1 == 3); });
  EXPECT_NE(text.find("errors_test.cpp:"), std::string::npos);
  EXPECT_TRUE(text.ends_with(": 1 + 1 == 3 does not hold; this is a bug in kroton")) << text;
  EXPECT_NO_THROW(KROTON_CHECK(1 + 1 == 2));
}
}  // namespace
}  // namespace kroton
