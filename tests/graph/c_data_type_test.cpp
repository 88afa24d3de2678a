// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/c_data_type.h"

#include <gtest/gtest.h>

#include "kroton/base/errors.h"

using namespace kroton;

namespace {
int released = 0;
void release(void*) { ++released; }
}  // namespace

TEST(CDataType, C5_1_holds_pointers_of_its_C_type) {
  int thing = 0;
  const CDataType type("int*", "free");
  const Value pointer = CPointer(&thing, nullptr, "int*"),
              other = CPointer(&thing, nullptr, "FILE*");
  EXPECT_TRUE(type.is_valid_value(pointer));
  EXPECT_TRUE(type.values_eq(pointer, pointer));
  EXPECT_EQ(pointer.c_handle(), &thing);
  try {
    type.filter(other);
    FAIL();
  } catch (const TypeError& error) {
    EXPECT_STREQ(error.what(),
                 "CDataType: the value is a pointer of type FILE*; a pointer of type int* is "
                 "needed, which comes from C code or a CPointer");
  }
  try {
    CDataType("int");
    FAIL();
  } catch (const ValueError& error) {
    EXPECT_STREQ(error.what(),
                 "CDataType: the C type is 'int'; it must be a pointer type such as 'FILE*'");
  }
  EXPECT_FALSE(type == CDataType("int*", "other"));
}

TEST(CDataType, C5_1_a_pointer_is_released_with_its_last_handle) {
  released = 0;
  int thing = 0;
  {
    const CPointer first(&thing, release, "int*");
    const Value second = first;
    EXPECT_EQ(released, 0);
  }
  EXPECT_EQ(released, 1);
  {
    const CPointer null(nullptr, release, "int*");
  }
  EXPECT_EQ(released, 1);
}

TEST(CDataType, C5_5_is_unversioned_until_told) {
  EXPECT_EQ(CDataType("int*").c_code_cache_version(), CacheVersion{});
  EXPECT_EQ(CDataType("int*", "", {.version = {4}}).c_code_cache_version(), (CacheVersion{1, 4}));
}
