// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/ndarray/view.h"

#include "reference.h"

namespace kroton {
namespace {
// Element by element, by index: the reference for the fast paths.
bool same_values(const NDArray& a, const NDArray& b) {
  if (a.shape() != b.shape() || a.dtype() != b.dtype()) return false;
  Shape index(a.ndim(), 0);
  for (std::size_t n = a.size(); n > 0; --n) {
    const std::byte *x = static_cast<std::byte*>(a.raw()), *y = static_cast<std::byte*>(b.raw());
    for (std::size_t k = 0; k < a.ndim(); ++k) {
      x += index[k] * a.strides_data()[k];
      y += index[k] * b.strides_data()[k];
    }
    if (std::memcmp(x, y, a.itemsize()) != 0) return false;
    for (std::size_t k = a.ndim(); k-- > 0 && ++index[k] == a.shape_data()[k];) index[k] = 0;
  }
  return true;
}
}  // namespace

TEST(View, C0_3_reads_and_writes_by_index) {
  NDArray a = NDArray::arange(6).reshape({2, 3}).transpose();
  auto v = view<std::int64_t, 2>(a);
  EXPECT_EQ(v.extent(0), 3);
  EXPECT_EQ(v.size(), 6u);
  EXPECT_EQ(v(2, 1), 5);
  v(2, 1) = 50;
  const NDArray& constant = a;
  EXPECT_EQ((view<std::int64_t, 2>(constant)(2, 1)), 50);
  static_assert(
      std::is_same_v<decltype(view<std::int64_t, 2>(constant)(0, 0)), const std::int64_t&>);
  EXPECT_ERROR(ValueError, (view<std::int64_t, 1>(a)),
               "view: the array has 2 dimensions, the view 1; they must agree");
  EXPECT_ERROR(TypeError, (view<double, 2>(a)),
               "data: the array holds int64, float64 was asked for; use astype(float64) or ask for "
               "the C++ type of int64");
}
TEST(View, strided_copies_keep_every_element_in_its_place) {
  for (DType d : {int8, float16, float32, float64, complex128}) {
    const NDArray base = NDArray::arange(4 * 33 * 35).reshape({4, 33, 35}).astype(d);
    const NDArray views[] = {
        base,
        base.transpose(),
        base.transpose({0, 2, 1}),
        base.transpose({2, 0, 1}),
        base.slice({slice({}, {}, -1), slice(1, {}, 2), slice(30, 2, -3)}),
        base.transpose().slice({slice({}, {}, -2), slice(), slice({}, {}, -1)}),
        base.slice({ellipsis, newaxis, 3}),
        base.slice({1, 2, 3}),
        base.slice({slice(2, 2)}),
        base.view(3, Shape{4, 33, 2}.data(), Shape{0, base.strides()[1], 0}.data()),
    };
    for (const NDArray& v : views)
      EXPECT_TRUE(same_values(v, v.copy())) << name(d) << shape_text(v.shape());
  }
}
TEST(View, assign_converts_and_survives_overlap) {
  NDArray a = NDArray::arange(6);
  assign(a, a.slice({slice({}, {}, -1)}));
  EXPECT_EQ(a.to_vector<std::int64_t>(), (std::vector<std::int64_t>{5, 4, 3, 2, 1, 0}));
  assign(a.slice({slice(1)}), a.slice({slice(0, -1)}));
  EXPECT_EQ(a.to_vector<std::int64_t>(), (std::vector<std::int64_t>{5, 5, 4, 3, 2, 1}));
  assign(a, a);
  NDArray b = NDArray::zeros({2, 3}, float32);
  assign(b.transpose(), a.reshape({3, 2}));
  EXPECT_EQ(b.to_vector<float>(), (std::vector<float>{5, 4, 2, 5, 3, 1}));
  EXPECT_ERROR(ShapeError, assign(b, a),
               "assign: the target has shape (2, 3), the source (6,); they must agree");
  EXPECT_ERROR(
      TypeError, assign(b, b.astype(complex64)),
      "assign: complex64 to float32 would drop the imaginary part; take the real part first");
}
TEST(View, a_loop_over_contiguous_operands_is_one_run) {
  const NDArray a = NDArray::zeros({2, 3, 4}), b = NDArray::zeros({2, 3, 4});
  const StridedLoop<2> loop(3, a.shape_data(), {a.strides_data(), b.strides_data()});
  EXPECT_EQ(loop.ndim, 1u);
  EXPECT_EQ(loop.shape[0], 24);
  const NDArray t = b.transpose({1, 0, 2}), u = a.transpose({1, 0, 2});
  EXPECT_EQ((StridedLoop<2>(3, u.shape_data(), {u.strides_data(), t.strides_data()}).ndim), 1u);
}
}  // namespace kroton
