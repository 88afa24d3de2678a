// SPDX-License-Identifier: BSD-3-Clause
// CHECK_ERROR(TypeError, expression, "the whole text"): the expression throws exactly that.
#pragma once
#include <gtest/gtest.h>

#include <string>
#include <typeinfo>

#define CHECK_ERROR(Kind, expression, expected)                                    \
  do {                                                                             \
    try {                                                                          \
      static_cast<void>(expression);                                               \
      ADD_FAILURE() << #expression " threw nothing";                               \
    } catch (const ::kroton::Error& error) {                                       \
      EXPECT_EQ(std::string(typeid(error).name()), typeid(::kroton::Kind).name()); \
      EXPECT_EQ(std::string(error.what()), std::string(expected));                 \
    }                                                                              \
  } while (false)
