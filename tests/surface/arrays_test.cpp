// SPDX-License-Identifier: BSD-3-Clause
// Host arrays as a program uses them: dtypes, makers, elements, views, printing.
#include "outsider.h"

#include <complex>
#include <set>
#include <sstream>

using namespace kroton;
using outsider::Doubles;
using outsider::error_of;
using outsider::list;
using outsider::Longs;

TEST(DTypes, C0_1_fifteen_names_go_there_and_back) {
  const std::pair<const char*, std::size_t> all[] = {
      {"bool", 1},     {"int8", 1},    {"int16", 2},   {"int32", 4},     {"int64", 8},
      {"uint8", 1},    {"uint16", 2},  {"uint32", 4},  {"uint64", 8},    {"float16", 2},
      {"bfloat16", 2}, {"float32", 4}, {"float64", 8}, {"complex64", 8}, {"complex128", 16}};
  std::set<DType> seen;
  for (const auto& [text, size] : all) {
    const DType d = dtype(text);
    EXPECT_EQ(name(d), text);
    EXPECT_EQ(itemsize(d), size) << text;
    seen.insert(d);
  }
  EXPECT_EQ(seen.size(), 15u);
  EXPECT_EQ(dtype("float32"), float32);
  EXPECT_EQ(dtype(std::string("complex128")), complex128);
}

TEST(DTypes, C0_1_an_unknown_name_is_a_ValueError_that_repeats_it) {
  EXPECT_HAS(error_of<ValueError>([] { return dtype("float31"); }), "float31");
  error_of<ValueError>([] { return dtype(""); });
  EXPECT_EQ(dtype("bool"), bool_);
}

TEST(Arrays, C0_2_lists_make_arrays_of_their_element_type) {
  EXPECT_EQ(array({1, 2, 3}).dtype(), int64);
  EXPECT_EQ(array({1., 2., 3.}).dtype(), float64);
  EXPECT_EQ(array({1.f}).dtype(), float32);
  EXPECT_EQ(array({true, false}).dtype(), bool_);
  EXPECT_EQ(array<int>({1, 2}).dtype(), int32);
  EXPECT_EQ(array<float>({1, 2, 3, 4, 5, 6}, {2, 3}).shape(), (Shape{2, 3}));
  EXPECT_EQ(array({1, 2, 3, 4}, {2, 2}).at<std::int64_t>({1, 0}), 3);
  EXPECT_EQ(array({1., 2., 3., 4.}, {4, 1}).shape(), (Shape{4, 1}));
  EXPECT_EQ(array<std::int8_t>({-1}).dtype(), int8);
  EXPECT_EQ(array<std::int16_t>({-1}).dtype(), int16);
  EXPECT_EQ(array<std::int64_t>({-1}).dtype(), int64);
  EXPECT_EQ(array<long long>({-1}).dtype(), int64);
  EXPECT_EQ(array<std::uint8_t>({1}).dtype(), uint8);
  EXPECT_EQ(array<std::uint16_t>({1}).dtype(), uint16);
  EXPECT_EQ(array<std::uint32_t>({1}).dtype(), uint32);
  EXPECT_EQ(array<std::uint64_t>({1}).dtype(), uint64);
  EXPECT_EQ(array<Half>({Half{0x3c00}}).dtype(), float16);
  EXPECT_EQ(array<BFloat16>({BFloat16{0x3f80}}).dtype(), bfloat16);
  EXPECT_EQ(array<std::complex<float>>({{1, 2}}).dtype(), complex64);
  EXPECT_EQ(array<std::complex<double>>({{1, 2}, {3, 4}}).at<std::complex<double>>({1}),
            std::complex<double>(3, 4));
  EXPECT_EQ(array(std::vector<double>{1, 2}).size(), 2u);
  EXPECT_EQ(array(std::vector<std::int32_t>{1, 2, 3, 4}, {2, 2}).shape(), (Shape{2, 2}));
  EXPECT_EQ(list<bool>(array(std::vector<bool>{true, false, true})),
            (std::vector<bool>{true, false, true}));
  EXPECT_EQ(array<double>({}).shape(), (Shape{0}));
  EXPECT_EQ(array(std::vector<float>{}).shape(), (Shape{0}));
}

TEST(Arrays, C0_2_makers_fill_shapes) {
  EXPECT_EQ(NDArray::zeros({2, 3}).dtype(), float64);
  EXPECT_EQ(NDArray::zeros({2, 3}).strides(), (Shape{24, 8}));
  EXPECT_EQ(NDArray::zeros({}).ndim(), 0u);
  EXPECT_EQ(NDArray::zeros({}).size(), 1u);
  EXPECT_EQ(NDArray::zeros(Shape{}, int8).item<int>(), 0);
  EXPECT_EQ(NDArray::zeros({0, 3}).size(), 0u);
  EXPECT_EQ(list<float>(NDArray::full({2}, 2.5, float32)), (std::vector<float>{2.5f, 2.5f}));
  EXPECT_EQ(NDArray::full({2}, 2.5).dtype(), float64);
  EXPECT_EQ(NDArray::full({2}, 1, complex64).at<std::complex<float>>({1}), std::complex<float>(1));
  EXPECT_EQ(list<std::int64_t>(NDArray::arange(4)), (Longs{0, 1, 2, 3}));
  EXPECT_EQ(NDArray::arange(4, float32).dtype(), float32);
  EXPECT_EQ(list<double>(NDArray::arange(0., 1., .25)), (Doubles{0, .25, .5, .75}));
  EXPECT_EQ(list<double>(NDArray::arange(3., 0., -1.)), (Doubles{3, 2, 1}));
  EXPECT_EQ(NDArray::arange(0).size(), 0u);
  EXPECT_EQ(NDArray::arange(-3).size(), 0u);
  error_of([] { return NDArray::zeros({-1}); });
  error_of([] { return NDArray::zeros({std::int64_t{1} << 40, std::int64_t{1} << 40}); });
  error_of([] { return NDArray::arange(0., 1., 0.); });
  error_of([] { return array({1, 2, 3}, {2, 2}); });
  EXPECT_EQ(NDArray::zeros({1}).size(), 1u);
}

TEST(Arrays, C0_2_views_share_memory_and_copies_do_not) {
  NDArray a = NDArray::arange(12, float64).reshape({3, 4});
  NDArray row = a.slice({1}), column = a.slice({slice(), 2}),
          back = a.slice({slice(std::nullopt, std::nullopt, -1), slice(0, 4, 2)});
  EXPECT_EQ(list<double>(row), (Doubles{4, 5, 6, 7}));
  EXPECT_EQ(list<double>(column), (Doubles{2, 6, 10}));
  EXPECT_EQ(list<double>(back), (Doubles{8, 10, 4, 6, 0, 2}));
  EXPECT_EQ(a.slice({ellipsis, newaxis, -1}).shape(), (Shape{3, 1}));
  EXPECT_EQ(a.slice({newaxis}).shape(), (Shape{1, 3, 4}));
  EXPECT_EQ(a.slice({}).shape(), a.shape());
  EXPECT_EQ(a.slice({2, 3}).item<double>(), 11.0);
  EXPECT_EQ(a.slice({slice(5, 9)}).shape(), (Shape{0, 4}));
  row.at<double>({0}) = 100;
  EXPECT_EQ(a.at<double>({1, 0}), 100.0);
  NDArray handle = a, copy = a.copy();
  handle.at<double>({0, 0}) = -1;
  EXPECT_EQ(a.at<double>({0, 0}), -1.0);
  EXPECT_EQ(copy.at<double>({0, 0}), 0.0);
  EXPECT_EQ(a.transpose().shape(), (Shape{4, 3}));
  EXPECT_EQ(a.transpose().at<double>({3, 2}), 11.0);
  EXPECT_FALSE(a.transpose().is_c_contiguous());
  EXPECT_TRUE(a.transpose().copy().is_c_contiguous());
  EXPECT_EQ(a.transpose().strides(), (Shape{8, 32}));
  EXPECT_EQ(a.reshape({-1}).shape(), (Shape{12}));
  EXPECT_EQ(a.reshape({2, -1, 3}).shape(), (Shape{2, 2, 3}));
  EXPECT_EQ(list<double>(column.reshape({3, 1})), (Doubles{2, 6, 10}));
  EXPECT_FALSE(a.is_mapped());
  const NDArray constant = a;
  EXPECT_EQ(*constant.data<double>(), -1.0);
  EXPECT_EQ(constant.at<double>({-1, -1}), 11.0);
  EXPECT_EQ(a.span<double>().size(), 12u);
  for (double& v : a.span<double>()) v = 7;
  EXPECT_EQ(constant.at<double>({2, 2}), 7.0);
}

TEST(Arrays, C0_2_wrong_uses_are_errors_and_the_array_stays_usable) {
  NDArray a = NDArray::arange(6, float64).reshape({2, 3});
  error_of<TypeError>([&] { return a.data<float>(); });
  error_of<TypeError>([&] { return a.at<int>({0, 0}); });
  error_of<TypeError>([&] { return a.span<std::int64_t>(); });
  error_of([&] { return a.at<double>({2, 0}); });
  error_of([&] { return a.at<double>({0, -4}); });
  error_of([&] { return a.at<double>({0}); });
  error_of([&] { return a.at<double>({0, 0, 0}); });
  error_of([&] { return a.transpose().span<double>(); });
  error_of([&] { return a.slice({2}); });
  error_of([&] { return a.slice({0, 0, 0}); });
  error_of([&] { return a.slice({ellipsis, ellipsis}); });
  error_of([&] { return a.slice({slice(0, 2, 0)}); });
  error_of([&] { return a.reshape({4}); });
  error_of([&] { return a.reshape({-1, -1}); });
  error_of([&] { return a.reshape({-1, 4}); });
  error_of([&] { return a.item<double>(); });
  EXPECT_EQ(list<double>(a), (Doubles{0, 1, 2, 3, 4, 5}));
  NDArray nothing;
  EXPECT_EQ(nothing.size(), 0u);
  error_of([&] { return nothing.item<double>(); });
  error_of([&] { return nothing.at<double>({0}); });
}

TEST(Arrays, C0_2_item_and_astype_convert) {
  EXPECT_EQ(array({2.}).item<int>(), 2);
  EXPECT_EQ(array({3}).item<double>(), 3.0);
  EXPECT_EQ(array({3}, {1, 1, 1}).item<std::uint8_t>(), 3);
  EXPECT_EQ(array({2.5}).item<float>(), 2.5f);
  EXPECT_EQ(array<Half>({Half{0x3e00}}).item<double>(), 1.5);
  EXPECT_EQ(array({true}).item<bool>(), true);
  EXPECT_EQ(array<std::complex<double>>({{2, 0}}).item<double>(), 2.0);
  error_of<TypeError>([] { return array({2.5}).item<int>(); });
  error_of<TypeError>([] { return array({300}).item<std::int8_t>(); });
  error_of<TypeError>([] { return array({-1}).item<unsigned>(); });
  error_of<TypeError>([] { return array<std::complex<double>>({{2, 1}}).item<double>(); });
  error_of<TypeError>([] { return array({(std::int64_t{1} << 53) + 1}).item<double>(); });
  EXPECT_EQ(list<std::int32_t>(array({1.7, -1.7}).astype(int32)),
            (std::vector<std::int32_t>{1, -1}));
  EXPECT_EQ(list<bool>(array({0., 2.}).astype(bool_)), (std::vector<bool>{false, true}));
  EXPECT_EQ(list<std::uint8_t>(array({257, -1}).astype(uint8)),
            (std::vector<std::uint8_t>{1, 255}));
  EXPECT_EQ(array({1., 2.}).astype(float16).at<Half>({0}).bits, 0x3c00);
  EXPECT_EQ(array({1., 2.}).astype(bfloat16).at<BFloat16>({1}).bits, 0x4000);
  EXPECT_EQ(array({1., 2.}).astype(complex64).at<std::complex<float>>({1}),
            std::complex<float>(2, 0));
}

TEST(Arrays, C0_2_printing_is_as_NumPy_prints) {
  const auto text = [](const NDArray& a) {
    std::ostringstream out;
    out << a;
    return out.str();
  };
  EXPECT_EQ(text(array({1, 2, 3})), "[1 2 3]");
  EXPECT_EQ(text(array({1., 2.5})), "[1.  2.5]");
  EXPECT_EQ(text(array({1, 2, 3, 4}, {2, 2})), "[[1 2]\n [3 4]]");
  EXPECT_EQ(text(array({true, false})), "[ True False]");
  EXPECT_EQ(text(NDArray::full({}, 3)), "3.0");
  EXPECT_EQ(text(NDArray::zeros({0})), "[]");
}

TEST(Arrays, C0_2_npy_files_go_out_and_in) {
  const outsider::Folder folder;
  for (DType d : {bool_, int8, int16, int32, int64, uint8, uint16, uint32, uint64, float16,
                  bfloat16, float32, float64, complex64, complex128}) {
    const NDArray a = NDArray::arange(6).astype(d).reshape({2, 3});
    save_npy(folder / "a.npy", a);
    const NDArray b = load_npy(folder / "a.npy"), c = load_npy(folder / "a.npy", "c");
    EXPECT_EQ(b.shape(), a.shape());
    EXPECT_EQ(b.dtype() == d || d == bfloat16, true) << name(d);
    EXPECT_FALSE(b.is_mapped());
    EXPECT_TRUE(c.is_mapped());
    EXPECT_TRUE(TensorType(b.dtype(), {false, false}).values_eq(b, c)) << name(d);
  }
  save_npy(folder / "t.npy", NDArray::arange(6).reshape({2, 3}).transpose());
  EXPECT_EQ(list<std::int64_t>(load_npy(folder / "t.npy")), (Longs{0, 3, 1, 4, 2, 5}));
  save_npy(folder / "s.npy", array({1, 2, 3, 4}).slice({slice(std::nullopt, std::nullopt, -2)}));
  EXPECT_EQ(list<std::int64_t>(load_npy(folder / "s.npy")), (Longs{4, 2}));
  NDArray mapped = load_npy(folder / "s.npy", "c");
  mapped.at<std::int64_t>({0}) = 9;
  EXPECT_EQ(list<std::int64_t>(load_npy(folder / "s.npy")), (Longs{4, 2}));
  error_of<ValueError>([&] { return load_npy(folder / "s.npy", "r+"); });
  EXPECT_HAS(error_of([&] { return load_npy(folder / "missing.npy"); }), "missing.npy");
  EXPECT_HAS(error_of([&] {
               save_npy(folder / "no/folder.npy", array({1}));
               return 0;
             }),
             "no/folder.npy");
}
