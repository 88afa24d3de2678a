// SPDX-License-Identifier: BSD-3-Clause
// What must be an error, and never a hang or a crash.
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <thread>

#include "scenarios.h"

using namespace kroton;

namespace scenarios {
namespace {
// C2.13: longer and shorter, small and large, other dtype or shape of as many bytes; then one that
// fits.
void mismatch() {
  struct Case {
    Shape sent;
    DType dtype;
    Shape received;
  };
  const std::vector<Case> cases{{{1100}, float32, {1000}},
                                {{2000}, float32, {1000}},
                                {{20'000}, float32, {10'000}},
                                {{100'000}, float32, {50'000}},
                                {{1'000'000}, float32, {500'000}},
                                {{500'000}, float32, {1'000'000}},
                                {{3}, float32, {1'000'000}},
                                {{1'000'000}, float32, {3}},
                                {{0}, float32, {4}},
                                {{500'000}, float64, {1'000'000}},
                                {{1000}, int32, {1000}},
                                {{200, 500}, float32, {500, 200}},
                                {{4}, float32, {2, 2}}};
  for (const Case& one : cases) {
    const std::vector<bool> flags(one.sent.size(), false);
    if (mpi_rank() == 0) {
      const Variable x = tensor::tensor(one.dtype, flags);
      const auto fn = function({x}, send(x, 1, 4));
      fn(NDArray::full(one.sent, 1, one.dtype));
      const Variable y = tensor::tensor(float32, std::vector<bool>(one.received.size(), false));
      function({y}, send(y, 1, 4))(NDArray::full(one.received, 2, float32));
    } else {
      const auto fn = function({}, recv(one.received, float32, 0, 4));
      const auto text = [](DType dtype, const Shape& shape) {
        return name(dtype) + " " + shape_text(shape);
      };
      require_error(error_of([&] { return fn(); }),
                    MPIRecv(0, 4, one.received, float32).text() + ": rank 0 sent " +
                        text(one.dtype, one.sent) + " with tag 4 and rank 1 receives " +
                        text(float32, one.received) +
                        "; both sides must say the same dtype and shape");
      const NDArray fits = fn();
      require(fits.shape() == one.received && fits.to_vector<float>().back() == 2, "the next one");
    }
  }
}

void no_such_rank() {
  const std::string text = error_of([] { return function({}, recv({}, float64, 9, 1))(); });
  require_error(text,
                "MPIRecv{source: 9, tag: 1, shape: (), dtype: float64}: there is no rank 9; " +
                    distributed::world()->name() + " has 2 ranks, 0 to 1");
}

// Run with mpi_timeout=1.
void nobody_sends() {
  if (mpi_rank() == 1) {
    require_error(
        error_of([] { return function({}, recv({2}, float64, 0, 6))(); }),
        "MPIRecv{source: 0, tag: 6, shape: (2,), dtype: float64}: rank 1 has waited for a "
        "message from rank 0 with tag 6 for 1 s (the flag mpi_timeout); what else this "
        "rank has under way: nothing");
    function({}, send(one(), 0, 7))();
  } else {
    // Longer than rank 1 waits, without ending.
    for (int i = 0; i < 4; ++i) {
      if (error_of([] { return function({}, recv({}, float64, 1, 7))(); }) == "nothing was thrown")
        return;
    }
    require(false, "rank 1 never came");
  }
}

// Run by a library without plugins: alone, all is well, and ranks of one process have messages.
void no_mpi() {
  require(!mpi_enabled() && mpi_rank() == 0 && mpi_size() == 1, "a rank of its own");
  require(NDArray(function({}, one() + 1)()).item<double>() == 2, "everything else");
  distributed::loopback(2, &meet);
}

// What a message without an MPI says; the same each time.
void why_no_mpi() {
  const auto call = [] { return function({}, send(one(), 0, 1))(); };
  const std::string text = error_of(call);
  std::cout << text + '\n';
  require(error_of(call) == text, "the second time");
}

// Run with mpi_timeout=1: rank 1 splits nothing off, and has not ended.
void a_split_that_a_rank_does_not_join() {
  if (mpi_rank() == 0) {
    require_error(error_of([] { return distributed::split(0); }),
                  "split: rank 0 has waited for a message from rank 1 with tag 0 for 1 s (the flag "
                  "mpi_timeout); what else this rank has under way: nothing");
    function({}, send(one(), 1, 7))();
  } else {
    for (int i = 0; i < 4; ++i) {
      if (error_of([] { return function({}, recv({}, float64, 0, 7))(); }) == "nothing was thrown")
        return;
    }
    require(false, "rank 0 never came");
  }
}

// Run with mpi_timeout=1: both wait for a receive that comes behind.
void both_wait_for_each_other() {
  const int other = 1 - mpi_rank();
  const auto fn = function({}, recv({1'000'000}, float64, other, 1));
  const std::string text = error_of([&] { return fn(); });
  const std::string peer = "rank " + std::to_string(other);
  // Who gives up first ends; the other may learn of that before its own time is over.
  require(text.find("has waited for a message from " + peer) != text.npos ||
              text.find(peer + " has ended and sent nothing more") != text.npos,
          text);
}

void peer_ends_before_it_sends() {
  if (mpi_rank() == 0) return;
  require_error(
      error_of([] { return function({}, recv({2}, float64, 0, 6))(); }),
      "MPIRecv{source: 0, tag: 6, shape: (2,), dtype: float64}: rank 0 has ended and sent "
      "nothing more to rank 1 with tag 6");
}
void peer_ends_before_it_receives() {
  if (mpi_rank() == 0) return;
  const Variable x = dvector("x");
  require_error(error_of([&] { return function({x}, send(x, 0, 6))(NDArray::zeros({1'000'000})); }),
                "MPISend{dest: 0, tag: 6}: rank 0 has ended and never received what rank 1 sends "
                "float64 (1000000,) to rank 0 with tag 6");
}
// What rank 0 sent before it ended still arrives.
void peer_ends_after_it_sent() {
  if (mpi_rank() == 0) {
    function({}, send(constant(NDArray::full({3}, 4.)), 1, 6))();
  } else {
    require(NDArray(function({}, recv({3}, float64, 0, 6))()).at<double>({2}) == 4, "it is there");
  }
}
// Rank 0's call fails with a large message started, and its program ends; the message arrives.
void a_rank_ends_with_a_message_in_flight() {
  constexpr std::int64_t n = 1'000'000;
  if (mpi_rank() == 0) {
    const Variable x = dvector("x"), i = lscalar("i");
    const auto fn = function({x, i}, {send(x * 2, 1, 1), x[{i}]});
    bool failed = false;
    try {
      fn(NDArray::full({n}, 4.), n);
    } catch (const CommunicationError&) {
      throw;
    } catch (const Error&) {
      failed = true;
    }
    require(failed, "the index is out of range");
  } else {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    const NDArray came = function({}, recv({n}, float64, 0, 1))();
    require(came.at<double>({0}) == 8 && came.at<double>({n - 1}) == 8, "the values of the call");
  }
}
// Nobody receives it: the sender's program ends all the same.
void a_small_message_is_never_received() {
  if (mpi_rank() == 0) function({}, send(one(), 1, 6))();
}
void peer_throws() {
  meet();
  if (mpi_rank() == 0) throw ValueError("this rank fails");
  function({}, recv({2}, float64, 0, 6))();
}
void peer_is_killed() {
  meet();
  if (mpi_rank() == 0) std::abort();
  function({}, recv({2}, float64, 0, 6))();
}
void peer_leaves_by_exit() {
  meet();
  if (mpi_rank() == 0) std::exit(3);
  function({}, recv({2}, float64, 0, 6))();
}

// C2.12: the failed call's messages arrive whole.
void error_between_start_and_wait() {
  constexpr std::int64_t n = 300'000;
  if (mpi_rank() == 0) {
    const Variable x = dvector("x"), i = lscalar("i");
    const auto fn = function({x, i}, {send(x * 2, 1, 1), x[{i}]});
    try {
      fn(NDArray::full({n}, 4.), n);
      require(false, "the index is out of range");
    } catch (const CommunicationError&) {
      throw;
    } catch (const Error&) {
    }
    std::vector<NDArray> others;
    for (int k = 0; k < 10; ++k) others.push_back(NDArray::full({n}, -1.));
    meet();
    fn(NDArray::full({n}, 5.), 0);
  } else {
    meet();
    const auto fn = function({}, recv({n}, float64, 0, 1));
    const NDArray first = fn(), second = fn();
    for (std::int64_t k = 0; k < n; ++k)
      require(first.at<double>({k}) == 8 && second.at<double>({k}) == 10, "the values of the call");
  }
}
}  // namespace

const std::map<std::string, Scenario> failures{
    {"mismatch", &mismatch},
    {"no_such_rank", &no_such_rank},
    {"no_mpi", &no_mpi},
    {"why_no_mpi", &why_no_mpi},
    {"nobody_sends", &nobody_sends},
    {"a_split_that_a_rank_does_not_join", &a_split_that_a_rank_does_not_join},
    {"both_wait_for_each_other", &both_wait_for_each_other},
    {"peer_ends_before_it_sends", &peer_ends_before_it_sends},
    {"peer_ends_before_it_receives", &peer_ends_before_it_receives},
    {"peer_ends_after_it_sent", &peer_ends_after_it_sent},
    {"a_rank_ends_with_a_message_in_flight", &a_rank_ends_with_a_message_in_flight},
    {"a_small_message_is_never_received", &a_small_message_is_never_received},
    {"peer_throws", &peer_throws},
    {"peer_is_killed", &peer_is_killed},
    {"peer_leaves_by_exit", &peer_leaves_by_exit},
    {"error_between_start_and_wait", &error_between_start_and_wait}};
}  // namespace scenarios
