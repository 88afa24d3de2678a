// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/literals.h"

#include <gtest/gtest.h>

#include <array>

#include "kroton/base/config.h"
#include "kroton/tensor/type.h"

using namespace kroton;
namespace T = kroton::tensor;

namespace {
using Literal = Variable (*)(std::string);
using Flags = std::vector<bool>;
// scalar, vector, matrix, row, col, tensor3, tensor4 of one letter.
using Family = std::array<Literal, 7>;

const std::array<Flags, 7>& axes() {
  static const std::array<Flags, 7> flags{
      Flags{},         Flags{false},   Flags{false, false}, Flags{true, false}, Flags{false, true},
      Flags(3, false), Flags(4, false)};
  return flags;
}

#define FAMILY(p)                                                                                \
  Family {                                                                                       \
    T::p##scalar, T::p##vector, T::p##matrix, T::p##row, T::p##col, T::p##tensor3, T::p##tensor4 \
  }
const Family without_letter{T::scalar, T::vector,  T::matrix, T::row,
                            T::col,    T::tensor3, T::tensor4};

void expect_family(const Family& family, DType dtype) {
  for (std::size_t i = 0; i < family.size(); ++i) {
    const Variable x = family[i]("x");
    EXPECT_EQ(name(x.dtype()), name(dtype)) << i;
    EXPECT_EQ(x.broadcastable(), axes()[i]) << i;
    EXPECT_EQ(x.ndim(), axes()[i].size()) << i;
    EXPECT_EQ(x.name(), "x");
    EXPECT_FALSE(x.owner());
  }
}
}  // namespace

TEST(Literals, C0_6_every_letter_has_its_dtype) {
  expect_family(FAMILY(b), int8);
  expect_family(FAMILY(w), int16);
  expect_family(FAMILY(i), int32);
  expect_family(FAMILY(l), int64);
  expect_family(FAMILY(f), float32);
  expect_family(FAMILY(d), float64);
  expect_family(FAMILY(c), complex64);
  expect_family(FAMILY(z), complex128);
}

TEST(Literals, C0_6_without_a_letter_they_are_what_floatX_says) {
  expect_family(without_letter, float64);
  for (const char* flag : {"float32", "float16", "float64"}) {
    const base::FlagScope scope("floatX", flag);
    expect_family(without_letter, dtype(flag));
    expect_family(FAMILY(d), float64);
  }
  expect_family(without_letter, float64);
}

TEST(Literals, C0_6_tensor_takes_any_dtype_and_flags) {
  const Variable x = T::tensor(uint16, {true, false, true}, "x");
  EXPECT_EQ(x.type().text(), "TensorType(uint16, (true, false, true))");
  EXPECT_EQ(x.name(), "x");
  EXPECT_EQ(T::tensor(bool_, {}).type().text(), "TensorType(bool, scalar)");
  EXPECT_EQ(T::tensor(bfloat16, {false}).name(), "");
  EXPECT_TRUE(T::tensor(float64, {true, false}).type() == T::drow().type());
  EXPECT_EQ(T::tensor(float64, Flags(7, false)).ndim(), 7u);
}

TEST(Literals, every_call_makes_another_variable) {
  EXPECT_FALSE(T::dmatrix("x") == T::dmatrix("x"));
  EXPECT_EQ(T::dmatrix().name(), "");
}
