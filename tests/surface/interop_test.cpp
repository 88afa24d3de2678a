// SPDX-License-Identifier: BSD-3-Clause
// A program's own memory goes in and out without copies: pointers, spans, vectors, DLPack, outputs.
#include "outsider.h"

#include <cstring>
#include <numeric>

using namespace kroton;
using outsider::Doubles;
using outsider::error_of;
using outsider::list;

TEST(Interop, C0_3_wrap_shares_the_memory_and_keeps_the_owner) {
  auto memory = std::make_shared<std::vector<double>>(Doubles{0, 1, 2, 3, 4, 5});
  std::weak_ptr<std::vector<double>> watch = memory;
  NDArray a = NDArray::wrap(memory->data(), {2, 3}, {24, 8}, float64, memory);
  EXPECT_EQ(a.data<double>(), memory->data());
  a.at<double>({1, 1}) = 40;
  EXPECT_EQ((*memory)[4], 40.0);
  NDArray row = a.slice({1});
  memory.reset();
  a = NDArray();
  EXPECT_FALSE(watch.expired());
  EXPECT_EQ(list<double>(row), (Doubles{3, 40, 5}));
  row = NDArray();
  EXPECT_TRUE(watch.expired());
}

TEST(Interop, C0_3_wrap_takes_any_strides) {
  std::vector<float> memory{0, 1, 2, 3, 4, 5};
  NDArray transposed = NDArray::wrap(memory.data(), {3, 2}, {4, 12}, float32, nullptr);
  EXPECT_EQ(list<float>(transposed), (outsider::Floats{0, 3, 1, 4, 2, 5}));
  NDArray reversed = NDArray::wrap(memory.data() + 5, {6}, {-4}, float32, nullptr);
  EXPECT_EQ(list<float>(reversed), (outsider::Floats{5, 4, 3, 2, 1, 0}));
  NDArray repeated = NDArray::wrap(memory.data(), {3, 2}, {0, 4}, float32, nullptr);
  EXPECT_EQ(list<float>(repeated), (outsider::Floats{0, 1, 0, 1, 0, 1}));
  auto x = fmatrix("x");
  auto f = function({x}, {x + 1, x.sum({0})});
  EXPECT_EQ(list<float>(f(transposed).array()), (outsider::Floats{1, 4, 2, 5, 3, 6}));
  EXPECT_EQ(list<float>(f(repeated).array(1)), (outsider::Floats{0, 3}));
  error_of([&] { return NDArray::wrap(memory.data(), {2, 2}, {4}, float32, nullptr); });
  error_of([&] { return NDArray::wrap(memory.data(), {-2}, {4}, float32, nullptr); });
  error_of([&] { return NDArray::wrap(nullptr, {2}, {4}, float32, nullptr); });
}

TEST(Interop, C0_3_inputs_are_not_copied_and_not_written) {
  auto x = dvector("x");
  std::vector<double> memory{1, 2, 3};
  NDArray a = NDArray::wrap(memory.data(), {3}, {8}, float64, nullptr);
  auto f = function({In(x, {.borrow = true})}, Out(x, {.borrow = true}));
  EXPECT_EQ(f(a).array().data<double>(), memory.data());
  auto g = function({x}, {x * 2, inc_subtensor(x[0], 5.)});
  EXPECT_EQ(list<double>(g(a).array(1)), (Doubles{6, 2, 3}));
  EXPECT_EQ(memory, (Doubles{1, 2, 3}));
}

TEST(Interop, C0_3_unaligned_and_overlapping_inputs_give_right_values) {
  std::vector<char> bytes(33);
  const double values[] = {1, 2, 3};
  std::memcpy(bytes.data() + 1, values, sizeof(values));
  NDArray odd = NDArray::wrap(bytes.data() + 1, {3}, {8}, float64, nullptr);
  auto x = dvector("x"), y = dvector("y");
  auto f = function({x, y}, x * 2 + y);
  EXPECT_EQ(list<double>(f(array({1., 1., 1.}), array({0., 0., 1.})).array()), (Doubles{2, 2, 3}));
  EXPECT_EQ(f(odd.copy(), odd.copy()).array().size(), 3u);
  std::vector<double> memory{1, 2, 3, 4};
  NDArray low = NDArray::wrap(memory.data(), {3}, {8}, float64, nullptr),
          high = NDArray::wrap(memory.data() + 1, {3}, {8}, float64, nullptr);
  EXPECT_EQ(list<double>(f(low, high).array()), (Doubles{4, 7, 10}));
  EXPECT_EQ(list<double>(f(low, low).array()), (Doubles{3, 6, 9}));
}

TEST(Interop, C0_3_vectors_and_spans_come_in_and_go_out) {
  std::vector<double> numbers(10);
  std::iota(numbers.begin(), numbers.end(), 0.);
  NDArray a = array(numbers, {2, 5});
  numbers[0] = 99;
  EXPECT_EQ(a.at<double>({0, 0}), 0.0);
  std::span<double> s = a.span<double>();
  EXPECT_EQ(std::accumulate(s.begin(), s.end(), 0.), 45.0);
  s[3] = -3;
  EXPECT_EQ(a.at<double>({0, 3}), -3.0);
  const std::vector<double> out(s.begin(), s.end());
  EXPECT_EQ(out.size(), 10u);
}

TEST(Interop, C0_3_dlpack_goes_both_ways_without_a_copy) {
  for (DType d : {int8, int32, int64, uint8, float16, bfloat16, float32, float64, complex64,
                  complex128, bool_}) {
    NDArray a = NDArray::arange(6).astype(d).reshape({2, 3});
    NDArray b = NDArray::from_dlpack(a.to_dlpack());
    EXPECT_EQ(b.dtype(), d);
    EXPECT_EQ(b.shape(), a.shape());
    EXPECT_TRUE(TensorType(d, {false, false}).may_share_memory(a, b)) << name(d);
  }
  NDArray a = NDArray::arange(6, float64).reshape({2, 3});
  NDArray t = NDArray::from_dlpack(a.transpose().to_dlpack());
  EXPECT_EQ(list<double>(t), (Doubles{0, 3, 1, 4, 2, 5}));
  a.at<double>({1, 0}) = 30;
  EXPECT_EQ(t.at<double>({0, 1}), 30.0);
  a = NDArray();
  EXPECT_EQ(t.at<double>({2, 1}), 5.0);
  error_of([] { return NDArray::from_dlpack(nullptr); });
}

TEST(Interop, C0_3_an_output_goes_into_the_users_array) {
  auto x = dvector("x");
  std::vector<double> memory(3);
  NDArray a = NDArray::wrap(memory.data(), {3}, {8}, float64, nullptr);
  auto f = function({x}, {Out(x * 2).into(a), x.sum()});
  Outputs out = f(array({1., 2., 3.}));
  EXPECT_EQ(memory, (Doubles{2, 4, 6}));
  EXPECT_EQ(out.array(0).data<double>(), memory.data());
  EXPECT_EQ(out.item<double>(1), 6.0);
  f(array({10., 20., 30.}));
  EXPECT_EQ(memory, (Doubles{20, 40, 60}));
  error_of([&] { return f(array({1., 2.})); });
  f(array({1., 1., 1.}));
  EXPECT_EQ(memory, (Doubles{2, 2, 2}));
  NDArray strided = NDArray::zeros({6}).slice({slice(0, 6, 2)});
  function({x}, Out(x + 1, {.borrow = true}).into(strided))(array({1., 2., 3.}));
  EXPECT_EQ(list<double>(strided), (Doubles{2, 3, 4}));
  function({x}, Out(x).into(a))(array({7., 8., 9.}));
  EXPECT_EQ(memory, (Doubles{7, 8, 9}));
}

TEST(Interop, C0_3_an_output_may_go_into_an_array_that_is_given) {
  auto m = dmatrix("m");
  NDArray a = array({1., 2., 3., 4.}, {2, 2});
  NDArray out = function({m}, Out(m.T(), {.borrow = true}).into(a))(a);
  EXPECT_EQ(list<double>(a), (Doubles{1, 3, 2, 4}));
  EXPECT_EQ(out.at<double>({0, 1}), 3);
  function({m}, Out(m.T() + m).into(a))(a);
  EXPECT_EQ(list<double>(a), (Doubles{2, 5, 5, 8}));
  function({m}, Out(m[slice({}, {}, -1)], {.borrow = true}).into(a))(a);
  EXPECT_EQ(list<double>(a), (Doubles{5, 8, 2, 5}));
}

TEST(Interop, C0_3_an_output_of_another_type_than_the_array_is_an_error) {
  auto x = dvector("x");
  error_of([&] {
    return function({x}, Out(x * 2).into(NDArray::zeros({3}, float32)))(array({1., 2., 3.}));
  });
  error_of(
      [&] { return function({x}, Out(x * 2).into(NDArray::zeros({3, 1})))(array({1., 2., 3.})); });
  EXPECT_EQ(function({x}, Out(x * 2).into(NDArray::zeros({3})))(array({1., 2., 3.}))
                .array()
                .at<double>({2}),
            6.0);
}
