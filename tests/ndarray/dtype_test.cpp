// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/ndarray/dtype.h"

#include "reference.h"

namespace kroton {
TEST(DType, C0_1_there_are_15_in_the_order_of_the_table) {
  ASSERT_EQ(dtype_count, 15);
  for (int i = 0; i < dtype_count; ++i) {
    const DType d = static_cast<DType>(i);
    EXPECT_EQ(dtype_table[i].dtype, d);
    EXPECT_EQ(dtype(name(d)), d);
    EXPECT_EQ(dtype_from_number(type_number(d)), d);
    EXPECT_EQ(with_element_type(d, []<class T>(std::type_identity<T>) { return sizeof(T); }),
              itemsize(d));
    EXPECT_EQ(with_element_type(d, []<class T>(std::type_identity<T>) { return dtype_of<T>; }), d);
  }
}
TEST(DType, C0_1_names_and_sizes_are_NumPys) {
  EXPECT_EQ(name(bool_), "bool");
  EXPECT_EQ(name(bfloat16), "bfloat16");
  EXPECT_EQ(dtype("complex128"), complex128);
  EXPECT_EQ(itemsize(complex128), 16u);
  EXPECT_EQ(itemsize(float16), 2u);
  EXPECT_EQ(type_number(int64), 7);
  EXPECT_EQ(type_number(float16), 23);
  EXPECT_EQ(type_number(bfloat16), 256);
}
TEST(DType, an_unknown_name_is_a_ValueError) {
  EXPECT_ERROR(
      ValueError, dtype("float"),
      "dtype: 'float' is no dtype; use one of bool, int8, int16, int32, int64, uint8, "
      "uint16, uint32, uint64, float16, bfloat16, float32, float64, complex64, complex128");
  EXPECT_ERROR(ValueError, dtype_from_number(13),
               "dtype: 13 is no dtype's type number; use NumPy's numbers, and 256 for bfloat16");
}
TEST(DType, integers_of_Cpp_go_by_size_and_sign) {
  EXPECT_EQ(dtype_of<long>, int64);
  EXPECT_EQ(dtype_of<long long>, int64);
  EXPECT_EQ(dtype_of<unsigned char>, uint8);
  EXPECT_EQ(dtype_of<short>, int16);
  static_assert(!Element<long double> && !Element<char*>);
}
TEST(DType, safe_casts_are_NumPys_can_cast) {
  EXPECT_TRUE(can_cast_safely(int64, float64));
  EXPECT_TRUE(can_cast_safely(uint64, float64));
  EXPECT_FALSE(can_cast_safely(int64, float32));
  EXPECT_FALSE(can_cast_safely(int32, float32));
  EXPECT_TRUE(can_cast_safely(int32, float64));
  EXPECT_TRUE(can_cast_safely(uint16, float32));
  EXPECT_FALSE(can_cast_safely(uint16, float16));
  EXPECT_TRUE(can_cast_safely(int8, float16));
  EXPECT_FALSE(can_cast_safely(int8, uint8));
  EXPECT_TRUE(can_cast_safely(uint8, int16));
  EXPECT_FALSE(can_cast_safely(uint64, int64));
  EXPECT_TRUE(can_cast_safely(float32, complex64));
  EXPECT_FALSE(can_cast_safely(float64, complex64));
  EXPECT_FALSE(can_cast_safely(complex64, float64));
  EXPECT_TRUE(can_cast_safely(bool_, int8));
  EXPECT_FALSE(can_cast_safely(int8, bool_));
  EXPECT_TRUE(can_cast_safely(bfloat16, float32));
  EXPECT_FALSE(can_cast_safely(bfloat16, float16));
  EXPECT_FALSE(can_cast_safely(float16, bfloat16));
  EXPECT_FALSE(can_cast_safely(float32, bfloat16));
}
}  // namespace kroton
