// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/distributed/check.h"

#include <algorithm>
#include <regex>

#include "kroton/distributed/collectives.h"
#include "kroton/distributed/loopback.h"
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
// What each of COUNT ranks builds for itself.
template <class Build>
std::vector<Function> built(int count, Build build) {
  std::vector<Function> ranks(static_cast<std::size_t>(count));
  distributed::loopback(count, [&] { ranks[static_cast<std::size_t>(mpi_rank())] = build(); });
  return ranks;
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
  EXPECT_EQ(text_of({sends(1, 3), function({}, recv({2, 2}, float64, 0, 3))}),
            "check_communication: rank 0 sends float64 (?,) by MPISend{dest: 1, tag: 3} and rank "
            "1 receives float64 (2, 2) by MPIRecv{source: 0, tag: 3, shape: (2, 2), dtype: "
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
      "check_communication: rank 0 is at AllReduce{how: sum, ranks: all} and rank 1 at "
      "AllReduce{how: max, ranks: all}; all ranks must run the same collectives in the same order");
  EXPECT_EQ(
      text_of({sum, function({}, constant(1.))}),
      "check_communication: ranks cannot go on: rank 0 is at AllReduce{how: sum, ranks: all} and "
      "waits for all ranks, which rank 1 has ended without");
  // A barrier does not care what its ranks hold.
  const auto waits = [](const Variable& held) {
    return function({held}, distributed::barrier(held));
  };
  EXPECT_EQ(text_of({waits(x), waits(fmatrix("m"))}), "");
}

TEST(Check, transport_is_followed_too) {
  const Variable x = dvector("x");
  const auto first = function({x}, distributed::send_to(x, 1, 4));
  const auto second = function({x}, distributed::receive_from(x, {2}, float64, 0, 4),
                               {.on_unused_input = OnUnusedInput::ignore});
  EXPECT_EQ(text_of({first, second}), "");
  EXPECT_NE(text_of({second, second}), "");
}

namespace {
std::string disagreement(const std::string& sends, const std::string& receives) {
  return "check_communication: " + sends + " and " + receives +
         "; both sides must say the same dtype and shape";
}
}  // namespace

TEST(Check, lengths_that_the_graph_knows_must_agree) {
  const auto sends_like = [](std::initializer_list<Operand> shape) {
    const Variable x = dvector("x");
    return function({x}, send(x.reshape(shape), 1, 3));
  };
  const auto receives = function({}, recv({2, 3}, float64, 0, 3));
  const std::string received =
      "rank 1 receives float64 (2, 3) by MPIRecv{source: 0, tag: 3, shape: (2, 3), dtype: float64}";
  EXPECT_EQ(text_of({sends_like({2, 3}), receives}), "");
  EXPECT_EQ(text_of({sends_like({3, 2}), receives}),
            disagreement("rank 0 sends float64 (3, 2) by MPISend{dest: 1, tag: 3}", received));
  // One length is known, and fits or not; the other one is the call's.
  const Variable m = dmatrix("m");
  const auto joins = [&](std::int64_t n) {
    return function({m}, send(alloc(m.sum(0), {n, m.shape(1)}), 1, 3));
  };
  EXPECT_EQ(text_of({joins(2), receives}), "");
  EXPECT_EQ(text_of({joins(4), receives}),
            disagreement("rank 0 sends float64 (4, ?) by MPISend{dest: 1, tag: 3}", received));
}

TEST(Check, lengths_are_followed_from_message_to_message) {
  // What rank 0 sends comes back doubled: rank 1 knows its lengths because it received them.
  const Variable x = dmatrix("x");
  const auto first = [&](Shape shape) {
    return function({x}, {send(x, 1, 1), recv(shape, float64, 1, 2)});
  };
  const auto second = function({}, send(recv({2, 3}, float64, 0, 1) * 2, 0, 2));
  EXPECT_EQ(text_of({first({2, 3}), second}), "");
  EXPECT_EQ(
      text_of({first({3, 3}), second}),
      disagreement(
          "rank 1 sends float64 (2, 3) by MPISend{dest: 0, tag: 2}",
          "rank 0 receives float64 (3, 3) by MPIRecv{source: 1, tag: 2, shape: (3, 3), dtype: "
          "float64}"));
  const Variable w = dvector("w");
  const auto passes_on = [&](std::int64_t n) {
    const Variable h = distributed::receive_from(w, {n}, float64, 0, 4);
    return function({w}, distributed::send_receive(h, 0, 0, 5),
                    {.on_unused_input = OnUnusedInput::ignore});
  };
  const auto starts = function({w}, {distributed::send_to(w, 1, 4),
                                     distributed::send_receive(zeros({3}, float64), 1, 1, 5)});
  EXPECT_EQ(text_of({starts, passes_on(3)}), "");
  EXPECT_EQ(
      text_of({starts, passes_on(4)}),
      disagreement("rank 1 sends float64 (4,) by SendReceive{dest: 0, source: 0, tag: 5, lane: "
                   "values, ranks: all}",
                   "rank 0 receives float64 (3,) by SendReceive{dest: 1, source: 1, tag: 5, lane: "
                   "values, ranks: all}"));
}

TEST(Check, arrays_of_collectives_must_agree_as_far_as_they_are_known) {
  const Variable x = dvector("x");
  const auto of_length = [&](std::int64_t n) {
    return function({x}, distributed::all_reduce(x.reshape({n})));
  };
  const auto of_any = function({x}, distributed::all_reduce(x));
  EXPECT_EQ(text_of({of_any, of_length(2), of_any, of_length(2)}), "");
  EXPECT_EQ(
      text_of({of_any, of_length(2), of_length(3)}),
      "check_communication: rank 1 gives float64 (2,) to AllReduce{how: sum, ranks: all} and rank "
      "2 float64 (3,) to AllReduce{how: sum, ranks: all}; all ranks must give the same dtype and "
      "shape");
  const Variable f = fvector("f");
  EXPECT_EQ(
      text_of({of_any, function({f}, distributed::all_reduce(f))}),
      "check_communication: rank 0 gives float64 (?,) to AllReduce{how: sum, ranks: all} and rank "
      "1 float32 (?,) to AllReduce{how: sum, ranks: all}; all ranks must give the same dtype and "
      "shape");
  const auto parts = function({x}, distributed::all_to_all(x.reshape({3, 2})));
  EXPECT_EQ(text_of({parts, parts, parts}), "");
  EXPECT_EQ(
      text_of({parts, parts}),
      "check_communication: rank 0: AllToAll{ranks: all}: x is float64 (3, 2) and there are 2 "
      "ranks; its first axis must be as long as there are ranks");
}

TEST(Check, collectives_of_groups_are_followed) {
  const auto in_two_groups = [](bool max_on_3) {
    return built(4, [=] {
      const distributed::Group group = distributed::split(mpi_rank() % 2);
      const Variable x = dvector("x");
      const auto how =
          max_on_3 && mpi_rank() == 3 ? distributed::Reduction::max : distributed::Reduction::sum;
      return function(
          {x}, distributed::all_reduce(distributed::all_reduce(x, how, group) * (mpi_rank() + 1)));
    });
  };
  EXPECT_EQ(text_of(in_two_groups(false)), "");
  EXPECT_EQ(
      text_of(in_two_groups(true)),
      "check_communication: rank 1 is at AllReduce{how: sum, ranks: (1, 3)} and rank 3 at "
      "AllReduce{how: max, ranks: (1, 3)}; all ranks must run the same collectives in the same "
      "order");
  // Rows and columns of a square of ranks, in either order.
  const auto square = [](std::vector<int> rows_first) {
    return built(4, [=] {
      const int me = mpi_rank();
      const distributed::Group row = distributed::split(me / 2),
                               column = distributed::split(me % 2);
      const bool swapped = std::ranges::find(rows_first, me) == rows_first.end();
      const Variable x = dscalar("x");
      const auto sum = [&](bool of_row) {
        return distributed::all_reduce(x, distributed::Reduction::sum, of_row ? row : column);
      };
      const Variable first = sum(!swapped), second = sum(swapped);
      return function({x}, {first, second});
    });
  };
  EXPECT_EQ(text_of(square({0, 1, 2, 3})), "");
  EXPECT_EQ(text_of(square({0, 1, 2})), "");
  EXPECT_EQ(
      text_of(square({0, 3})),
      "check_communication: ranks cannot go on: rank 0 is at AllReduce{how: sum, ranks: (0, 1)} and "
      "waits for the ranks (0, 1); rank 1 is at AllReduce{how: sum, ranks: (1, 3)} and waits for "
      "the ranks (1, 3); rank 2 is at AllReduce{how: sum, ranks: (0, 2)} and waits for the ranks "
      "(0, 2); rank 3 is at AllReduce{how: sum, ranks: (2, 3)} and waits for the ranks (2, 3)");
}

TEST(Check, messages_of_groups_are_followed) {
  // In each group of two the first sends to the second; equal tags of two groups never meet.
  const auto pairs = [](int source_on_3) {
    return built(4, [=] {
      const distributed::Group group = distributed::split(mpi_rank() % 2);
      const Variable x = dvector("x");
      if (group->rank() == 0) return function({x}, distributed::send_to(x, 1, 5, group));
      const int source = mpi_rank() == 3 ? source_on_3 : 0;
      return function({x}, distributed::receive_from(x, {2}, float64, source, 5, group),
                      {.on_unused_input = OnUnusedInput::ignore});
    });
  };
  EXPECT_EQ(text_of(pairs(0)), "");
  EXPECT_EQ(
      text_of(pairs(1)),
      "check_communication: ranks cannot go on: rank 1 is at its end and waits for its send to rank "
      "3 with tag 5, started by SendTo{dest: 1, tag: 5, lane: values, ranks: (1, 3)}; rank 3 is at "
      "ReceiveFrom{source: 1, tag: 5, type: TensorType(float64, vector), lane: values, ranks: (1, 3)} and "
      "waits for its receive from rank 3 with tag 5, started by ReceiveFrom{source: 1, tag: 5, "
      "type: TensorType(float64, vector), lane: values, ranks: (1, 3)}");
  EXPECT_EQ(
      text_of(pairs(2)),
      "check_communication: rank 3: ReceiveFrom{source: 2, tag: 5, type: TensorType(float64, vector), "
      "lane: values, ranks: (1, 3)}: there is no rank 2; its group has 2 ranks");
}

TEST(Check, groups_belong_to_the_ranks_that_split_them_off) {
  auto ranks = built(3, [] {
    const distributed::Group group = distributed::split(mpi_rank() == 0);
    const Variable x = dscalar("x");
    return function({x}, distributed::all_reduce(x, distributed::Reduction::sum, group));
  });
  EXPECT_EQ(text_of(ranks), "");
  EXPECT_EQ(text_of({ranks[0], ranks[2], ranks[1]}),
            "check_communication: rank 1: AllReduce{how: sum, ranks: (1, 2)}: its group was split "
            "off on rank 2; give the functions in the order of their ranks");
  EXPECT_EQ(
      text_of({ranks[0], ranks[1]}),
      "check_communication: rank 1: AllReduce{how: sum, ranks: (1, 2)}: there is no rank 2; 2 "
      "functions are given");
}

TEST(Check, both_sides_of_a_choice_are_followed_when_it_is_made) {
  const Variable c = lscalar("c"), x = dvector("x");
  const auto exchange = [&](int peer, bool in_a_branch) {
    const Variable came = recv({2}, float64, peer, 4);
    return function({c, x},
                    {in_a_branch ? ifelse(gt(c, 0), came, x * 2) : came + c, send(x * 3, peer, 4)});
  };
  EXPECT_EQ(text_of({exchange(1, true), exchange(0, true)}), "");
  EXPECT_EQ(text_of({exchange(1, true), exchange(0, false)}), "");
  // A choice that needs what comes behind a message of the other rank's choice.
  const auto first = function({c, x}, ifelse(gt(c, 0), recv({2}, float64, 1, 1), x));
  const auto second = function({c, x}, send(ifelse(gt(c, 0), recv({2}, float64, 0, 2), x), 0, 1));
  const std::string text = text_of({first, second});
  EXPECT_EQ(text.substr(0, text.find(" and waits")),
            "check_communication: ranks cannot go on: rank 0 is at MPIRecvWait{tag: 1}");
}
