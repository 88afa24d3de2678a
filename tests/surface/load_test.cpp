// SPDX-License-Identifier: BSD-3-Clause
// load: files in the graph, copied or mapped, in every format that NumPy writes.
#include "outsider.h"

#include <complex>
#include <cstring>

using namespace kroton;
using outsider::bytes_of;
using outsider::Doubles;
using outsider::error_of;
using outsider::Folder;
using outsider::list;
using outsider::Longs;
using outsider::npy;
using outsider::npy_of;
using outsider::read_file;
using outsider::write_file;
namespace T = kroton::tensor;

TEST(Load, C1_0_the_worked_example_runs_as_written) {
  const Folder folder;
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder / "");
  save_npy("stored-array.npy", array({0, 1, 2, 3, 4}));
  {
    auto path = generic("path");
    auto x = load(path, int64, {false});
    auto y = x * 2;
    auto fn = function({path}, {y});
    NDArray z = fn("stored-array.npy");
    EXPECT_EQ(list<std::int64_t>(z), (Longs{0, 2, 4, 6, 8}));
  }
  {
    auto path = generic("path");
    auto fn = function({path}, {T::load(path, int64, {false}) * 2});
    EXPECT_EQ(list<std::int64_t>(fn(std::string("stored-array.npy"))), (Longs{0, 2, 4, 6, 8}));
  }
  std::filesystem::current_path(before);
}

TEST(Load, C1_1_the_constructor_takes_no_mode_but_c) {
  for (const char* mode : {"r", "r+", "w+", "toto", "", "C", "none"}) {
    const std::string text =
        error_of<ValueError>([&] { return LoadFromDisk(int64, {false}, mode); });
    EXPECT_HAS(text, std::string(mode).empty() ? "mmap_mode" : mode);
    error_of<ValueError>([&] { return load(generic("path"), int64, {false}, mode); });
    error_of<ValueError>([&] { return load("a.npy", int64, {false}, mode); });
  }
  const LoadFromDisk op(float32, {false, true}, "c");
  EXPECT_EQ(op.dtype(), float32);
  EXPECT_EQ(op.broadcastable(), (std::vector<bool>{false, true}));
  EXPECT_EQ(op.mmap_mode(), std::optional<std::string>("c"));
  EXPECT_EQ(LoadFromDisk(float32, {}).mmap_mode(), std::nullopt);
}

TEST(Load, C1_1_equality_hash_and_text_come_from_the_fields) {
  const LoadFromDisk a(int64, {false}), b(int64, {false}), mapped(int64, {false}, "c");
  EXPECT_TRUE(a == b);
  EXPECT_TRUE(a.equals(b));
  EXPECT_EQ(a.hash(), b.hash());
  EXPECT_FALSE(a == mapped);
  EXPECT_FALSE(a == LoadFromDisk(int32, {false}));
  EXPECT_FALSE(a == LoadFromDisk(int64, {true}));
  EXPECT_FALSE(a == LoadFromDisk(int64, {false, false}));
  EXPECT_FALSE(a == Print());
  EXPECT_EQ(a.text(), "Load{dtype: int64, broadcastable: (false,), mmap_mode: none}");
  EXPECT_EQ(mapped.text(), "Load{dtype: int64, broadcastable: (false,), mmap_mode: c}");
}

TEST(Load, C1_2_a_path_is_a_generic_variable_or_a_string) {
  const Folder folder;
  save_npy(folder / "a.npy", array({1, 2}));
  EXPECT_EQ(list<std::int64_t>(load(folder / "a.npy", int64, {false}).eval()), (Longs{1, 2}));
  auto from_constant = load(folder / "a.npy", int64, {false});
  ASSERT_TRUE(from_constant.owner());
  EXPECT_TRUE(as<LoadFromDisk>(from_constant.owner()));
  EXPECT_TRUE(as<Constant>(from_constant.owner().inputs()[0]));
  EXPECT_EQ(as<Constant>(from_constant.owner().inputs()[0])->data().as<std::string>(),
            folder / "a.npy");
  auto path = generic("path");
  auto f = function({path}, load(path, int64, {false}));
  error_of<TypeError>([&] { return f(3); });
  error_of<TypeError>([&] { return f(array({1})); });
  error_of<TypeError>([&] { return f(Value::object(std::vector<int>{1})); });
  error_of<TypeError>([&] { return f(Value()); });
  EXPECT_EQ(list<std::int64_t>(f(folder / "a.npy")), (Longs{1, 2}));
  error_of<TypeError>([&] { return load(dvector("x"), int64, {false}); });
  error_of<TypeError>([&] { return LoadFromDisk(int64, {false}).make_node({}); });
  error_of<TypeError>([&] { return LoadFromDisk(int64, {false}).make_node({path, path}); });
  error_of([&] { return load(Variable(), int64, {false}); });
  auto held = shared(folder / "a.npy");
  EXPECT_EQ(list<std::int64_t>(function({}, load(held, int64, {false}))()), (Longs{1, 2}));
}

TEST(Load, C1_2_a_load_is_not_differentiable) {
  auto path = generic("path");
  auto w = dvector("w");
  auto x = load(path, float64, {false});
  EXPECT_HAS(error_of<GradientError>([&] { return grad(x.sum(), x.owner().inputs()[0]); }), "Load");
  EXPECT_HAS(error_of<GradientError>([&] { return grad(x.sum(), path); }), "Load");
  const Folder folder;
  save_npy(folder / "a.npy", array({3., 4.}));
  EXPECT_EQ(list<double>(function({path, w}, grad((x * w).sum(), w),
                                  {.on_unused_input = OnUnusedInput::ignore})(folder / "a.npy",
                                                                              array({0., 0.}))),
            (Doubles{3, 4}));
}

TEST(Load, C1_2_a_load_is_never_folded) {
  const Folder folder;
  for (const char* mode : {"FAST_RUN", "FAST_COMPILE", "DebugMode", "py"}) {
    save_npy(folder / "a.npy", array({1, 2}));
    auto f = function({}, load(folder / "a.npy", int64, {false}) * 2, {.mode = mode});
    EXPECT_EQ(list<std::int64_t>(f()), (Longs{2, 4})) << mode;
    save_npy(folder / "a.npy", array({5, 6, 7}));
    EXPECT_EQ(list<std::int64_t>(f()), (Longs{10, 12, 14})) << mode;
  }
  auto late = function({}, load(folder / "late.npy", int64, {false}));
  error_of([&] { return late(); });
  save_npy(folder / "late.npy", array({1}));
  EXPECT_EQ(list<std::int64_t>(late()), (Longs{1}));
}

TEST(Load, C1_3_perform_never_trusts_what_the_output_cell_holds) {
  const Folder folder;
  save_npy(folder / "a.npy", array({1., 2., 3., 4.}, {2, 2}));
  for (std::optional<std::string> mode :
       {std::optional<std::string>(), std::optional<std::string>("c")}) {
    const LoadFromDisk op(float64, {false, false}, mode);
    const Apply node = op.make_node({generic("path")});
    EXPECT_EQ(node.outputs().size(), 1u);
    EXPECT_EQ(node.outputs()[0].dtype(), float64);
    NDArray strided = NDArray::full({4, 4}, 9).slice({slice(0, 4, 2), slice(0, 4, 2)}),
            held = NDArray::full({2, 2}, 9);
    for (const Value& earlier :
         {Value(), Value(NDArray::zeros({5, 1})), Value(NDArray::zeros({0, 0})), Value(strided),
          Value(held), Value(NDArray::zeros({2, 2}).transpose())}) {
      const Values in{folder / "a.npy"};
      Values out{earlier};
      op.perform(node, in, out);
      EXPECT_EQ(list<double>(out[0]), (Doubles{1, 2, 3, 4}));
      EXPECT_EQ(out[0].as<NDArray>().is_mapped(), mode.has_value());
    }
    Values in{Value(3)}, out(1);
    error_of<TypeError>([&] {
      op.perform(node, in, out);
      return 0;
    });
  }
}

TEST(Load, C1_4_without_a_mode_the_data_is_copied) {
  const Folder folder;
  save_npy(folder / "a.npy", array({1, 2, 3}));
  auto path = generic("path");
  auto f = function({path}, load(path, int64, {false}));
  NDArray a = f(folder / "a.npy");
  EXPECT_FALSE(a.is_mapped());
  save_npy(folder / "a.npy", array({7, 8, 9}));
  EXPECT_EQ(list<std::int64_t>(a), (Longs{1, 2, 3}));
}

TEST(Load, C1_5_a_mapped_output_is_still_mapped) {
  const Folder folder;
  save_npy(folder / "a.npy", NDArray::arange(1000, float64).reshape({10, 100}));
  const std::string before = read_file(folder / "a.npy");
  auto path = generic("path");
  auto x = load(path, float64, {false, false}, "c");
  for (const char* mode : {"FAST_RUN", "FAST_COMPILE", "py"}) {
    auto f = function({path}, x, {.mode = mode});
    NDArray a = f(folder / "a.npy"), b = f(folder / "a.npy");
    EXPECT_TRUE(a.is_mapped()) << mode;
    EXPECT_EQ(a.at<double>({9, 99}), 999.0);
    a.at<double>({0, 0}) = -1;
    EXPECT_EQ(b.at<double>({0, 0}), 0.0);
    EXPECT_EQ(NDArray(f(folder / "a.npy")).at<double>({0, 0}), 0.0);
  }
  EXPECT_EQ(read_file(folder / "a.npy"), before);
}

TEST(Load, C1_5_later_in_place_work_leaves_the_file_unchanged) {
  const Folder folder;
  save_npy(folder / "a.npy", NDArray::arange(6, float64));
  const std::string before = read_file(folder / "a.npy");
  auto path = generic("path");
  auto x = load(path, float64, {false}, "c");
  auto f = function(
      {path}, {set_subtensor(x[slice(0, 2)], 50.), T::exp(x * 0) + x, inc_subtensor(x[1], 1.) * 2});
  for (int call = 0; call < 2; ++call) {
    Outputs out = f(folder / "a.npy");
    EXPECT_EQ(list<double>(out.array(0)), (Doubles{50, 50, 2, 3, 4, 5}));
    EXPECT_EQ(list<double>(out.array(1)), (Doubles{1, 2, 3, 4, 5, 6}));
    EXPECT_EQ(list<double>(out.array(2)), (Doubles{0, 4, 4, 6, 8, 10}));
  }
  auto only = function({path}, set_subtensor(x[0], 50.));
  for (int call = 0; call < 2; ++call)
    EXPECT_EQ(list<double>(only(folder / "a.npy")), (Doubles{50, 1, 2, 3, 4, 5}));
  EXPECT_EQ(read_file(folder / "a.npy"), before);
}

TEST(Load, C1_5_a_part_of_a_huge_sparse_file_is_read_at_once) {
  const Folder folder;
  const std::int64_t rows = std::int64_t{1} << 24, columns = 64;
  const std::string head =
      npy_of("<f8", "(" + std::to_string(rows) + ", " + std::to_string(columns) + ")", "");
  write_file(folder / "huge.npy", head);
  std::filesystem::resize_file(folder / "huge.npy",
                               head.size() + static_cast<std::uintmax_t>(rows * columns * 8));
  auto f =
      function({}, load(folder / "huge.npy", float64, {false, false}, "c")[{-1, slice(0, 3)}] + 1);
  EXPECT_EQ(list<double>(f()), (Doubles{1, 1, 1}));
}

TEST(Load, C1_7_every_dtype_comes_in_as_NumPy_stores_it) {
  const Folder folder;
  const auto check = [&]<class X>(const char* descr, DType d, X a, X b) {
    for (int major : {1, 2, 3}) {
      write_file(folder / "t.npy", npy_of(descr, "(2,)", bytes_of<X>({a, b}), false, major));
      for (const char* mode : {"", "c"}) {
        const NDArray got = load(folder / "t.npy", d, {false},
                                 *mode ? std::optional<std::string>(mode) : std::nullopt)
                                .eval();
        EXPECT_EQ(got.dtype(), d);
        EXPECT_EQ(std::memcmp(got.copy().data<X>(), bytes_of<X>({a, b}).data(), 2 * sizeof(X)), 0)
            << descr << " " << major << mode;
      }
    }
  };
  check("|b1", bool_, true, false);
  check("|i1", int8, std::int8_t{-3}, std::int8_t{5});
  check("<i2", int16, std::int16_t{-300}, std::int16_t{5});
  check("<i4", int32, std::int32_t{-70000}, std::int32_t{5});
  check("<i8", int64, std::int64_t{1} << 40, std::int64_t{-5});
  check("|u1", uint8, std::uint8_t{200}, std::uint8_t{5});
  check("<u2", uint16, std::uint16_t{60000}, std::uint16_t{5});
  check("<u4", uint32, std::uint32_t{4000000000u}, std::uint32_t{5});
  check("<u8", uint64, std::uint64_t{UINT64_MAX}, std::uint64_t{5});
  check("<f2", float16, Half{0x3c00}, Half{0xbe00});
  check("<V2", bfloat16, BFloat16{0x3f80}, BFloat16{0xc000});
  check("|V2", bfloat16, BFloat16{0x3f80}, BFloat16{0xc000});
  check("<f4", float32, 1.5f, -2.25f);
  check("<f8", float64, 1.5, -2.25);
  check("<c8", complex64, std::complex<float>(1, 2), std::complex<float>(-3, 0));
  check("<c16", complex128, std::complex<double>(1, 2), std::complex<double>(-3, 0));
}

TEST(Load, C1_7_big_endian_and_Fortran_files_give_the_same_arrays) {
  const Folder folder;
  for (const char* mode : {"", "c"}) {
    const auto at = [&](DType d, std::vector<bool> flags) {
      return NDArray(load(folder / "t.npy", d, std::move(flags),
                          *mode ? std::optional<std::string>(mode) : std::nullopt)
                         .eval());
    };
    write_file(folder / "t.npy", npy_of(">f8", "(3,)", bytes_of<double>({1, 2.5, -3}, true)));
    EXPECT_EQ(list<double>(at(float64, {false})), (Doubles{1, 2.5, -3}));
    write_file(folder / "t.npy", npy_of(">i4", "(2, 1)", bytes_of<std::int32_t>({7, -8}, true)));
    EXPECT_EQ(list<std::int32_t>(at(int32, {false, true})), (std::vector<std::int32_t>{7, -8}));
    write_file(folder / "t.npy",
               npy_of("<f8", "(2, 3)", bytes_of<double>({0, 3, 1, 4, 2, 5}), true));
    const NDArray fortran = at(float64, {false, false});
    EXPECT_EQ(list<double>(fortran), (Doubles{0, 1, 2, 3, 4, 5}));
    EXPECT_EQ(fortran.is_mapped(), *mode != 0);
    write_file(folder / "t.npy", npy_of(">c16", "(1,)", bytes_of<double>({1, 2}, true)));
    EXPECT_EQ(list<std::complex<double>>(at(complex128, {false})),
              (std::vector<std::complex<double>>{{1, 2}}));
    write_file(folder / "t.npy",
               npy_of(">f4", "(2, 2)", bytes_of<float>({1, 3, 2, 4}, true), true));
    EXPECT_EQ(list<float>(at(float32, {false, false})), (outsider::Floats{1, 2, 3, 4}));
  }
}

TEST(Load, C1_7_scalars_and_empty_arrays) {
  const Folder folder;
  for (const char* mode : {"", "c"}) {
    const auto at = [&](DType d, std::vector<bool> flags) {
      return NDArray(load(folder / "t.npy", d, std::move(flags),
                          *mode ? std::optional<std::string>(mode) : std::nullopt)
                         .eval());
    };
    write_file(folder / "t.npy", npy_of("<f8", "()", bytes_of<double>({4.5})));
    EXPECT_EQ(at(float64, {}).item<double>(), 4.5);
    write_file(folder / "t.npy", npy_of("<f8", "(0,)", ""));
    EXPECT_EQ(at(float64, {false}).shape(), (Shape{0}));
    write_file(folder / "t.npy", npy_of("<i8", "(3, 0, 2)", ""));
    EXPECT_EQ(at(int64, {false, false, false}).shape(), (Shape{3, 0, 2}));
    write_file(folder / "t.npy", npy_of("<i8", "(0, 2)", "", true));
    EXPECT_EQ(at(int64, {false, false}).shape(), (Shape{0, 2}));
  }
}

TEST(Load, C1_7_headers_may_be_spaced_and_ordered_in_other_ways) {
  const Folder folder;
  const std::string data = bytes_of<std::int64_t>({1, 2});
  const char* headers[] = {"{'descr': '<i8', 'fortran_order': False, 'shape': (2,), }",
                           "{\"descr\": \"<i8\", \"fortran_order\": False, \"shape\": (2,)}",
                           "{'shape': (2,), 'fortran_order': False, 'descr': '<i8'}",
                           "{'shape':(2,),'fortran_order':False,'descr':'<i8'}",
                           "{ 'shape' : ( 2 , ) , 'fortran_order' : False , 'descr' : '<i8' , }",
                           "{'descr': 'int64', 'fortran_order': False, 'shape': (2L,), }"};
  for (std::size_t i = 0; i < 5; ++i) {
    write_file(folder / "t.npy", npy(headers[i], data));
    EXPECT_EQ(list<std::int64_t>(load(folder / "t.npy", int64, {false}).eval()), (Longs{1, 2}))
        << headers[i];
  }
  write_file(folder / "t.npy", npy_of("<i8", "(2,)", data + "trailing bytes"));
  EXPECT_EQ(list<std::int64_t>(load(folder / "t.npy", int64, {false}).eval()), (Longs{1, 2}));
}
