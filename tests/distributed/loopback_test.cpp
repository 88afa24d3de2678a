// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/distributed/loopback.h"

#include <latch>

#include "kroton/base/config.h"
#include "kroton/distributed/communicator.h"
#include "kroton/kroton.h"
#include "tests/support/check_error.h"

using namespace kroton;
using distributed::world;

namespace {
NDArray numbers(std::initializer_list<double> values) { return array<double>(values); }
std::string text_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const CommunicationError& error) {
    return error.what();
  }
  return "nothing was thrown";
}
}  // namespace

TEST(Loopback, runs_every_rank_and_gives_the_first_error) {
  CHECK_ERROR(ValueError, distributed::loopback(0, [] {}),
              "loopback: 0 ranks are asked for; it needs 1");
  CHECK_ERROR(TypeError,
              distributed::loopback(3,
                                    [] {
                                      if (mpi_rank() == 1) throw TypeError("rank 1");
                                    }),
              "rank 1");
  int ran = 0;
  distributed::loopback(1, [&] { ran = mpi_size(); });
  EXPECT_EQ(ran, 1);
}

TEST(Loopback, C2_12_equal_messages_are_matched_in_order) {
  distributed::loopback(2, [] {
    auto& all = *world();
    constexpr int many = 100;
    std::vector<std::shared_ptr<distributed::Message>> messages;
    std::vector<NDArray> arrays;
    for (int i = 0; i < many; ++i) {
      arrays.push_back(NDArray::full({2}, mpi_rank() == 0 ? i : -1.));
      const auto block = distributed::block_of(arrays.back());
      messages.push_back(mpi_rank() == 0 ? all.send(block, 1, 4) : all.receive(block, 0, 4));
    }
    for (auto message = messages.rbegin(); message != messages.rend(); ++message)
      distributed::finish(all, **message, "test");
    for (int i = 0; i < many; ++i)
      EXPECT_EQ(arrays[static_cast<std::size_t>(i)].at<double>({1}), i);
    EXPECT_TRUE(all.pending().empty());
  });
}

TEST(Loopback, a_send_waits_for_its_receive) {
  distributed::loopback(2, [] {
    auto& all = *world();
    NDArray told = numbers({1}), data = numbers({2});
    if (mpi_rank() == 0) {
      const auto sent = all.send(distributed::block_of(data), 1, 1);
      EXPECT_TRUE(sent->is_pending());
      EXPECT_EQ(all.pending().size(), 1u);
      distributed::finish(all, *all.send(distributed::block_of(told), 1, 2), "test");
      distributed::finish(all, *sent, "test");
      EXPECT_TRUE(sent->is_done());
    } else {
      distributed::finish(all, *all.receive(distributed::block_of(told), 0, 2), "test");
      distributed::finish(all, *all.receive(distributed::block_of(told), 0, 1), "test");
      EXPECT_EQ(told.item<double>(), 2);
    }
  });
}

TEST(Loopback, ranks_that_wait_for_one_another_are_told_so_and_may_go_on) {
  distributed::loopback(2, [] {
    auto& all = *world();
    const int other = 1 - mpi_rank();
    NDArray data = numbers({mpi_rank() + 5.}), back = numbers({0});
    // Both send first, and wait: a deadlock under rendezvous.
    const auto sent = all.send(distributed::block_of(data), other, 3);
    EXPECT_EQ(text_of([&] { distributed::finish(all, *sent, "exchange"); }),
              "exchange: no rank can go on: rank 0 sends float64 (1,) to rank 1 with tag 3; rank 1 "
              "sends float64 (1,) to rank 0 with tag 3");
    const auto received = all.receive(distributed::block_of(back), other, 4);
    distributed::finish(all, *all.send(distributed::block_of(data), other, 4), "exchange");
    distributed::finish(all, *received, "exchange");
    EXPECT_EQ(back.item<double>(), other + 5.);
  });
}

TEST(Loopback, C2_13_a_wait_ends_when_time_is_over_and_says_what_is_under_way) {
  base::set_flag("mpi_timeout", "1");
  std::latch heard(1);
  distributed::loopback(2, [&] {
    auto& all = *world();
    if (mpi_rank() == 0) {
      // Not waiting in a message, so that rank 1 cannot know that nothing will come.
      return heard.wait();
    }
    NDArray data = numbers({0});
    const auto first = all.receive(distributed::block_of(data), 0, 6);
    const auto second = all.send(distributed::block_of(data), 0, 7);
    EXPECT_EQ(
        text_of([&] { distributed::finish(all, *first, "halo"); }),
        "halo: rank 1 has waited for a message from rank 0 with tag 6 for 1 s (the flag "
        "mpi_timeout); what else this rank has under way: sends float64 (1,) to rank 0 with tag 7");
    EXPECT_EQ(text_of([&] { distributed::finish(all, *second, "halo"); }),
              "halo: rank 1 has offered a message to rank 0 with tag 7 for 1 s (the flag "
              "mpi_timeout); what else this rank has under way: sends float64 (1,) to rank 0 with "
              "tag 7");
    heard.count_down();
  });
  base::set_flag("mpi_timeout", "600");
}

TEST(Loopback, split_makes_communicators_that_do_not_hear_each_other) {
  distributed::loopback(5, [] {
    const int rank = mpi_rank();
    const auto part = world()->split(rank % 2, -rank);
    EXPECT_EQ(part->size(), rank % 2 ? 2 : 3);
    EXPECT_EQ(part->rank(), (rank % 2 ? 3 - rank : 4 - rank) / 2);
    NDArray sent = numbers({rank * 1.}), heard = numbers({-1});
    const int next = (part->rank() + 1) % part->size(),
              last = (part->rank() + part->size() - 1) % part->size();
    const auto message = part->receive(distributed::block_of(heard), last, 1);
    distributed::finish(*part, *part->send(distributed::block_of(sent), next, 1), "ring");
    distributed::finish(*part, *message, "ring");
    EXPECT_EQ(static_cast<int>(heard.item<double>()) % 2, rank % 2);
    EXPECT_NE(static_cast<int>(heard.item<double>()), rank);
    EXPECT_EQ(part->members(), rank % 2 ? (std::vector<int>{3, 1}) : (std::vector<int>{4, 2, 0}));
    // A part of a part still knows its ranks in the world, and every split has a name of its own.
    const auto alone = part->split(part->rank(), 0), again = part->split(0, 0);
    EXPECT_EQ(alone->members(), (std::vector<int>{rank}));
    EXPECT_EQ(again->members(), part->members());
    EXPECT_EQ(world()->origin(), "");
    EXPECT_EQ(part->origin(), rank % 2 ? "/0:1" : "/0:0");
    EXPECT_EQ(again->origin(), part->origin() + "/1:0");
  });
}

TEST(Loopback, C2_13_a_split_that_a_rank_does_not_join_ends) {
  distributed::loopback(2, [] {
    if (mpi_rank() == 1) return;
    EXPECT_EQ(text_of([] { world()->split(0, 0); }),
              "split: rank 1 has ended and sent nothing more to rank 0 with tag 0");
  });
}
