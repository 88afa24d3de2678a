// SPDX-License-Identifier: BSD-3-Clause
// What has to work.
#include <cstring>
#include <numeric>

#include "scenarios.h"

using namespace kroton;
namespace T = kroton::tensor;

namespace scenarios {
namespace {
// C2.2, C2.4, C2.5
void round_trip() {
  if (mpi_rank() == 0) {
    const Variable x = dmatrix("x");
    const auto fn = function({x}, {send(x + 1, 1, 11), recv({2, 2}, float64, 1, 12)});
    for (int i = 0; i < 10; ++i) {
      const auto out = fn(NDArray::full({2, 2}, i));
      require(out[0].as<bool>(), "the send's value is true");
      require(out.array(1).at<double>({1, 1}) == (i + 1) * 2., "(x + 1) * 2");
    }
  } else if (mpi_rank() == 1) {
    const Variable y = recv({2, 2}, float64, 0, 11);
    const auto fn = function({}, send(y * 2, 0, 12));
    for (int i = 0; i < 10; ++i) fn();
  }
}

// C2.5: small ones and such as go apart from their frame.
void every_dtype() {
  for (const DType dtype : {bool_, int8, int16, int32, int64, uint8, uint16, uint32, uint64,
                            float16, bfloat16, float32, float64, complex64, complex128}) {
    for (const Shape& shape : {Shape{}, Shape{3, 5}, Shape{0, 4}, Shape{70, 90}}) {
      const NDArray sent = NDArray::full(shape, 1, dtype);
      if (mpi_rank() == 0) {
        const Variable x = T::tensor(dtype, std::vector<bool>(shape.size(), false));
        function({x}, send(x, 1, 3))(sent);
      } else {
        const NDArray came = function({}, recv(shape, dtype, 0, 3))();
        require(came.shape() == shape && came.dtype() == dtype, "dtype and shape");
        require(came.astype(complex128).to_vector<std::complex<double>>() ==
                    sent.astype(complex128).to_vector<std::complex<double>>(),
                "values");
      }
    }
  }
}

// C2.12: of one tag, in order, small and large ones mixed.
void one_tag_many_messages() {
  constexpr int many = 60;
  const auto length = [](int i) { return std::int64_t{1} << (i % 15); };
  std::vector<Out> outputs;
  for (int i = 0; i < many; ++i) {
    if (mpi_rank() == 0) {
      outputs.emplace_back(send(constant(NDArray::full({length(i)}, i)), 1, 5));
    } else {
      outputs.emplace_back(recv({length(i)}, float64, 0, 5));
    }
  }
  const auto out = function({}, outputs)();
  for (int i = 0; mpi_rank() == 1 && i < many; ++i)
    require(out.array(static_cast<std::size_t>(i)).at<double>({length(i) - 1}) == i, "in order");
}

void many_tags_in_flight() {
  constexpr int many = 150;
  const int other = 1 - mpi_rank();
  std::vector<Out> outputs;
  for (int i = 0; i < many; ++i) outputs.emplace_back(recv({600}, float64, other, (i * 37) % many));
  for (int i = 0; i < many; ++i)
    outputs.emplace_back(send(constant(NDArray::full({600}, i)), other, i));
  const auto out = function({}, outputs)();
  for (int i = 0; i < many; ++i) {
    require(out.array(static_cast<std::size_t>(i)).at<double>({599}) == (i * 37) % many,
            "each tag has its message");
  }
}

void both_send_large_ones() {
  const int other = 1 - mpi_rank();
  const Variable x = dvector("x");
  const auto fn =
      function({x}, {send(x * 2, other, 1), recv({1 << 21}, float64, other, 1), exp(-x).sum()});
  for (int i = 0; i < 5; ++i) {
    const auto out = fn(NDArray::full({1 << 21}, mpi_rank() + i + 1.));
    require(out.array(1).at<double>({(1 << 21) - 1}) == 2. * (other + i + 1.), "the other's array");
  }
}

// To oneself, as a program without a launcher does.
void to_itself() {
  require(mpi_enabled(), "there is an MPI");
  const int me = mpi_rank();
  const Variable x = dvector("x");
  for (const std::int64_t n : {1, 100'000}) {
    const auto fn = function({x}, {recv({n}, float64, me, 2), send(x, me, 2)});
    require(fn(NDArray::full({n}, 3.)).array(0).at<double>({n - 1}) == 3, "it came back");
  }
  if (mpi_size() == 1) require(me == 0, "rank 0 of 1");
}

// C2.13 would not be kept with counts of MPI: more than an int can say.
void more_than_two_gigabytes() {
  const std::int64_t n = (std::int64_t{1} << 31) + 12345;
  if (mpi_rank() == 0) {
    const Variable x = T::tensor(int8, {false});
    NDArray big = NDArray::zeros({n}, int8);
    big.at<std::int8_t>({n - 1}) = 7;
    big.at<std::int8_t>({1 << 30}) = 5;
    function({x}, send(x, 1, 1))(big);
  } else {
    const NDArray big = function({}, recv({n}, int8, 0, 1))();
    require(big.at<std::int8_t>({n - 1}) == 7 && big.at<std::int8_t>({1 << 30}) == 5 &&
                big.at<std::int8_t>({n - 2}) == 0,
            "all of it came");
  }
}

void nothing_at_all() {}
}  // namespace

const std::map<std::string, Scenario> messages{
    {"round_trip", &round_trip},
    {"every_dtype", &every_dtype},
    {"one_tag_many_messages", &one_tag_many_messages},
    {"many_tags_in_flight", &many_tags_in_flight},
    {"both_send_large_ones", &both_send_large_ones},
    {"to_itself", &to_itself},
    {"more_than_two_gigabytes", &more_than_two_gigabytes},
    {"nothing_at_all", &nothing_at_all}};
}  // namespace scenarios
