// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/distributed/check.h"

#include <regex>

#include "kroton/distributed/collectives.h"
#include "kroton/distributed/transport.h"
#include "kroton/kroton.h"
#include "tests/support/check_error.h"

using namespace kroton;
using distributed::check_communication;

namespace {
std::string without_lines(const std::string& text) {
  return std::regex_replace(text, std::regex(R"( \([^()]*\.cpp:[0-9]+\))"), "");
}
std::string text_of(const std::vector<Function>& ranks) {
  try {
    check_communication(ranks);
  } catch (const CommunicationError& error) {
    return without_lines(error.what());
  }
  return "";
}
Function sends(int dest, int tag) {
  const Variable x = dvector("x");
  return function({x}, send(x, dest, tag));
}
}  // namespace

TEST(Check, what_ends_passes) {
  const Variable x = dvector("x");
  const auto one = function({x}, {send(x + 1, 1, 11), recv({2}, float64, 1, 12)});
  const Variable y = recv({2}, float64, 0, 11);
  const auto other = function({}, send(y * 2, 0, 12));
  EXPECT_EQ(text_of({one, other}), "");
  const auto exchange = [&](int peer) {
    return function({x},
                    {send(x, peer, 1), recv({2}, float64, peer, 1), distributed::all_reduce(x)});
  };
  EXPECT_EQ(text_of({exchange(1), exchange(0)}), "");
}

TEST(Check, a_cycle_of_waits_is_named_with_lines) {
  // Each rank sends what it has received first.
  const auto stuck = [](int peer) {
    return function({}, send(recv({2}, float64, peer, 1), peer, 1));
  };
  const std::vector<Function> ranks{stuck(1), stuck(0)};
  EXPECT_EQ(
      text_of(ranks),
      "check_communication: ranks cannot go on: rank 0 is at MPIRecvWait{tag: 1} and waits for its "
      "receive from rank 1 with tag 1, started by MPIRecv{source: 1, tag: 1, shape: (2,), dtype: "
      "float64}; rank 1 is at MPIRecvWait{tag: 1} and waits for its receive from rank 0 with tag "
      "1, started by MPIRecv{source: 0, tag: 1, shape: (2,), dtype: float64}");
  try {
    check_communication(ranks);
    ADD_FAILURE();
  } catch (const CommunicationError& error) {
    EXPECT_NE(std::string(error.what()).find("check_test.cpp:"), std::string::npos);
  }
}

TEST(Check, a_missing_partner_and_a_wrong_type_are_found) {
  const auto nothing = function({}, constant(1.));
  EXPECT_EQ(
      text_of({sends(1, 3), nothing}),
      "check_communication: ranks cannot go on: rank 0 is at MPISendWait{tag: 3} and waits for its "
      "send to rank 1 with tag 3, started by MPISend{dest: 1, tag: 3}, which rank 1 has ended "
      "without");
  EXPECT_EQ(
      text_of({sends(1, 3), function({}, recv({2, 2}, float64, 0, 3))}),
      "check_communication: rank 0 sends float64 with 1 axis by MPISend{dest: 1, tag: 3} and rank "
      "1 receives float64 with 2 axes by MPIRecv{source: 0, tag: 3, shape: (2, 2), dtype: "
      "float64}; both sides must say the same dtype and shape");
  EXPECT_EQ(
      text_of({sends(5, 3), nothing}),
      "check_communication: rank 0: MPISend{dest: 5, tag: 3}: there is no rank 5; 2 functions are "
      "given");
}

TEST(Check, collectives_must_be_the_same_on_all_ranks) {
  const Variable x = dvector("x");
  const auto sum = function({x}, distributed::all_reduce(x));
  const auto max = function({x}, distributed::all_reduce(x, distributed::Reduction::max));
  EXPECT_EQ(text_of({sum, sum, sum}), "");
  EXPECT_EQ(
      text_of({sum, max}),
      "check_communication: rank 0 is at AllReduce{how: sum, ranks: all}, of AllReduce{how: sum, "
      "ranks: all} of TensorType(float64, vector), and rank 1 at AllReduce{how: max, ranks: all}, "
      "of AllReduce{how: max, ranks: all} of TensorType(float64, vector); all ranks must run the "
      "same collectives in the same order");
  EXPECT_EQ(
      text_of({sum, function({}, constant(1.))}),
      "check_communication: ranks cannot go on: rank 0 is at AllReduce{how: sum, ranks: all} and "
      "waits for all ranks");
}

TEST(Check, transport_is_followed_too) {
  const Variable x = dvector("x");
  const auto first = function({x}, distributed::send_to(x, 1, 4));
  const auto second = function({x}, distributed::receive_from(x, {2}, float64, 0, 4),
                               {.on_unused_input = OnUnusedInput::ignore});
  EXPECT_EQ(text_of({first, second}), "");
  EXPECT_NE(text_of({second, second}), "");
}
