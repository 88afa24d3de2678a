// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/base/dynlib.h"

#include <gtest/gtest.h>

#include <cstdio>

#include "kroton/base/errors.h"

namespace kroton::base {
namespace {
TEST(Dynlib, finds_functions_of_an_opened_library) {
  Dynlib lib("libm.so.6");
  ASSERT_TRUE(lib);
  EXPECT_EQ(lib.function<double(double)>("cos")(0.0), 1.0);
  EXPECT_EQ(lib.find("no_such_function"), nullptr);
  try {
    lib.get("no_such_function");
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "libm.so.6: symbol 'no_such_function' is missing");
  }
  Dynlib moved = std::move(lib);
  EXPECT_FALSE(lib);
  EXPECT_EQ(moved.function<double(double)>("cos")(0.0), 1.0);
}

TEST(Dynlib, whether_a_library_was_opened_before_is_told_without_opening_it) {
  EXPECT_TRUE(Dynlib::is_loaded("libc.so.6"));
  EXPECT_FALSE(Dynlib::is_loaded("/nowhere/libx.so"));
}

TEST(Dynlib, a_missing_library_is_an_error_that_names_it) {
  try {
    Dynlib lib("/nowhere/libx.so");
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(),
                 "/nowhere/libx.so: cannot open shared object file: No such file or directory");
  }
  std::string why;
  EXPECT_FALSE(Dynlib::try_open("/nowhere/libx.so", &why));
  EXPECT_NE(why.find("/nowhere/libx.so"), std::string::npos);
}

TEST(Dynlib, the_file_of_an_address_is_known) {
  EXPECT_NE(file_of_address(reinterpret_cast<const void*>(&std::setvbuf)).find("/"),
            std::string::npos);
  int on_the_stack = 0;
  EXPECT_EQ(file_of_address(&on_the_stack), "");
}
}  // namespace
}  // namespace kroton::base
