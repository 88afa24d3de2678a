// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/distributed/around_calls.h"

#include <atomic>
#include <thread>

#include "kroton/distributed/communicator.h"
#include "kroton/kroton.h"
#include "tests/support/check_error.h"

using namespace kroton;

namespace {
int count(const Function& fn, const std::function<bool(const Apply&)>& is) {
  int n = 0;
  for (const Apply& node : fn.nodes()) n += is(node);
  return n;
}
template <class O>
int count(const Function& fn) {
  return count(fn, [](const Apply& node) { return as<O>(node) != nullptr; });
}
const std::vector<Mode>& modes() {
  static const std::vector<Mode> all{Mode(),
                                     Mode("vm", "None"),
                                     Mode("py", "fast_run"),
                                     Mode("DebugMode"),
                                     Mode("c|py", "merge"),
                                     Mode("FAST_COMPILE"),
                                     Mode("NanGuardMode")};
  return all;
}
}  // namespace

TEST(AroundCalls, C2_12_equal_messages_are_neither_merged_nor_dropped) {
  for (const Mode& mode : modes()) {
    distributed::loopback(2, [&] {
      if (mpi_rank() == 0) {
        const Variable x = dvector("x");
        // Two equal sends, and the result of both is thrown away.
        const auto [first, a] = isend(x, 1, 1);
        const auto [second, b] = isend(x, 1, 1);
        const auto fn = function({x}, {a * 0 + b * 0}, {.mode = mode});
        EXPECT_EQ(count<MPISend>(fn), 2) << mode.text();
        EXPECT_EQ(NDArray(fn(array({1., 2.}))).to_vector<double>(), (std::vector<double>{0, 0}));
        const auto again = function({x}, {send(x, 1, 1), send(x, 1, 1)}, {.mode = mode});
        EXPECT_EQ(count<MPISend>(again), 2) << mode.text();
        EXPECT_EQ(count<MPISendWait>(again), 2) << mode.text();
        again(array({3., 4.}));
      } else {
        const auto came = [] { return recv({2}, float64, 0, 1); };
        const auto fn = function({}, {came() + came()}, {.mode = mode});
        EXPECT_EQ(count<MPIRecv>(fn), 2) << mode.text();
        EXPECT_EQ(count<MPIRecvWait>(fn), 2) << mode.text();
        EXPECT_EQ(NDArray(fn()).to_vector<double>(), (std::vector<double>{2, 4}));
        const auto twice = function({}, {came(), came().sum() * 0}, {.mode = mode});
        EXPECT_EQ(count<MPIRecv>(twice), 2) << mode.text();
        EXPECT_EQ(twice().array(0).to_vector<double>(), (std::vector<double>{3, 4}));
      }
    });
  }
}

TEST(AroundCalls, C2_12_a_message_of_constants_is_not_folded) {
  distributed::loopback(2, [] {
    if (mpi_rank() == 0) {
      const auto fn = function({}, send(constant(array({1., 2.})) * 2, 1, 1));
      EXPECT_EQ(count<MPISend>(fn), 1);
      for (int i = 0; i < 3; ++i) fn();
    } else {
      const auto fn = function({}, recv({2}, float64, 0, 1));
      for (int i = 0; i < 3; ++i)
        EXPECT_EQ(NDArray(fn()).to_vector<double>(), (std::vector<double>{2, 4}));
    }
  });
}

TEST(AroundCalls, C2_12_equal_receives_take_messages_in_build_order) {
  for (const Mode& mode : modes()) {
    distributed::loopback(2, [&] {
      if (mpi_rank() == 0) {
        const Variable x = dscalar("x");
        function({x}, {send(x, 1, 1), send(x + 1, 1, 1), send(x + 2, 1, 1)}, {.mode = mode})(5.);
      } else {
        const Variable a = recv({}, float64, 0, 1), b = recv({}, float64, 0, 1),
                       c = recv({}, float64, 0, 1);
        const auto out = function({}, {c, a, b}, {.mode = mode})();
        EXPECT_EQ(out.item<double>(0), 7) << mode.text();
        EXPECT_EQ(out.item<double>(1), 5) << mode.text();
        EXPECT_EQ(out.item<double>(2), 6) << mode.text();
      }
    });
  }
}

TEST(AroundCalls, C2_12_equal_sends_start_in_build_order_whatever_they_wait_for) {
  for (const Mode& mode : modes()) {
    distributed::loopback(2, [&] {
      if (mpi_rank() == 0) {
        const Variable x = dscalar("x"), late = exp(x).sum() + 1;
        const Variable first = send(late, 1, 1), second = send(x, 1, 1);
        function({x}, {second, first}, {.mode = mode})(0.);
      } else {
        const Variable a = recv({}, float64, 0, 1), b = recv({}, float64, 0, 1);
        const auto out = function({}, {b, a}, {.mode = mode})();
        EXPECT_EQ(out.item<double>(0), 0) << mode.text();
        EXPECT_EQ(out.item<double>(1), 2) << mode.text();
      }
    });
  }
}

TEST(AroundCalls, C2_12_building_never_communicates) {
  distributed::loopback(2, [] {
    const Variable x = dvector("x");
    const int other = 1 - mpi_rank();
    const auto fn = function({x}, {send(x, other, 1), recv({1}, float64, other, 1)});
    EXPECT_TRUE(distributed::world()->pending().empty());
    EXPECT_EQ(fn(array({mpi_rank() + 1.})).array(1).item<double>(), other + 1.);
  });
}

TEST(AroundCalls, C2_12_a_start_without_a_wait_is_waited_for_at_the_end) {
  for (const Mode& mode : modes()) {
    distributed::loopback(2, [&] {
      const Variable x = dvector("x");
      if (mpi_rank() == 0) {
        // What is sent dies at once, and other values would take its memory.
        const auto [request, data] = isend(x * 3, 1, 1);
        const auto fn = function({x}, {request, exp(x * 2).sum()}, {.mode = mode});
        EXPECT_EQ(count<MPISendWait>(fn), 1) << mode.text();
        EXPECT_TRUE(as<MPISendWait>(fn.nodes().back())) << mode.text();
        const auto out = fn(NDArray::full({1000}, 1.));
        EXPECT_TRUE(out[0].as<distributed::Request>().message->is_done());
      } else {
        const auto [request, data] = irecv({1000}, float64, 0, 1);
        const auto fn = function({}, {data, data.sum(), request}, {.mode = mode});
        const auto out = fn();
        EXPECT_EQ(out.array(0).at<double>({999}), 3) << mode.text();
        EXPECT_EQ(out.item<double>(1), 3000) << mode.text();
        EXPECT_TRUE(out[2].as<distributed::Request>().message->is_done());
      }
    });
  }
}

TEST(AroundCalls, C2_12_an_update_reaches_its_messages) {
  distributed::loopback(2, [] {
    const SharedVariable w = shared(array({0., 0.}), "w");
    if (mpi_rank() == 0) {
      const Variable x = dvector("x");
      const auto [request, data] = isend(x, 1, 1);
      function({x}, {}, {.updates = {{w, w + data}}})(array({1., 2.}));
      EXPECT_EQ(w.get_value().as<NDArray>().to_vector<double>(), (std::vector<double>{1, 2}));
    } else {
      function({}, {}, {.updates = {{w, w + recv({2}, float64, 0, 1)}}})();
      EXPECT_EQ(w.get_value().as<NDArray>().to_vector<double>(), (std::vector<double>{1, 2}));
    }
  });
}

TEST(AroundCalls, C2_12_an_error_between_start_and_wait_leaves_the_message_whole) {
  distributed::loopback(2, [] {
    if (mpi_rank() == 0) {
      const Variable x = dvector("x"), i = lscalar("i");
      const auto fn = function({x, i}, {send(x * 2, 1, 1), x[{i}]}, {.mode = "vm"});
      {
        const NDArray values = NDArray::full({1000}, 4.);
        EXPECT_THROW(fn(values, 5000), Error);
      }
      // Memory that the message might have left is taken by others.
      std::vector<NDArray> others;
      for (int k = 0; k < 20; ++k) others.push_back(NDArray::full({1000}, -1.));
      EXPECT_EQ(distributed::world()->pending().size(), 1u);
      const Variable m = dscalar("m");
      function({m}, send(m, 1, 2))(1.);
      EXPECT_EQ(fn(NDArray::full({1000}, 5.), 3).item<double>(1), 5);
    } else {
      function({}, recv({}, float64, 0, 2))();
      const auto fn = function({}, recv({1000}, float64, 0, 1));
      EXPECT_EQ(NDArray(fn()).at<double>({999}), 8);
      EXPECT_EQ(NDArray(fn()).at<double>({999}), 10);
    }
  });
}

TEST(AroundCalls, C2_12_a_receive_that_was_started_takes_its_message_after_an_error) {
  distributed::loopback(2, [] {
    if (mpi_rank() == 1) {
      const Variable x = dvector("x"), i = lscalar("i");
      const auto fn = function({x, i}, {recv({2}, float64, 0, 1), x[{i}]});
      EXPECT_THROW(fn(array({1.}), 5000), Error);
      const Variable go = dscalar("go");
      function({go}, send(go, 0, 2))(1.);
      EXPECT_EQ(fn(array({1.}), 0).array(0).to_vector<double>(), (std::vector<double>{2, 2}));
    } else {
      function({}, recv({}, float64, 1, 2))();
      const Variable x = dvector("x");
      const auto fn = function({x}, send(x, 1, 1));
      fn(array({1., 1.}));
      fn(array({2., 2.}));
    }
  });
}

TEST(AroundCalls, C2_12_memory_that_is_borrowed_is_waited_for_when_a_call_fails) {
  distributed::loopback(2, [] {
    if (mpi_rank() == 0) {
      const Variable x = dvector("x"), i = lscalar("i");
      const auto fn = function({x, i}, {send(x, 1, 1), x[{i}]});
      std::vector<double> values(1000, 6.);
      EXPECT_THROW(fn(NDArray::wrap(values.data(), {1000}, {8}, float64, nullptr), 5000), Error);
      EXPECT_TRUE(distributed::world()->pending().empty());
      values.assign(1000, 0.);
    } else {
      EXPECT_EQ(NDArray(function({}, recv({1000}, float64, 0, 1))()).at<double>({999}), 6);
    }
  });
}

TEST(AroundCalls, C2_12_calls_of_one_rank_run_one_after_another) {
  distributed::loopback(2, [] {
    constexpr int threads = 4, calls = 25;
    const auto rank = distributed::world();
    const int other = 1 - mpi_rank();
    const Variable x = dvector("x");
    // Each call sends and receives two messages of one tag; two calls at once would mix them up.
    const auto fn = function({x}, {recv({2}, float64, other, 1) - recv({2}, float64, other, 1),
                                   send(x, other, 1), send(x, other, 1)});
    std::vector<std::thread> crowd;
    std::atomic<int> wrong = 0;
    for (int t = 0; t < threads; ++t) {
      crowd.emplace_back([&, t] {
        const distributed::WorldScope scope(rank);
        for (int c = 0; c < calls; ++c) {
          const auto out = fn(array({t * 100. + c, 1.}));
          wrong += out.array(0).at<double>({0}) != 0;
        }
      });
    }
    for (std::thread& thread : crowd) thread.join();
    EXPECT_EQ(wrong, 0);
  });
}

TEST(AroundCalls, C2_9_what_is_sent_does_not_wait_for_what_others_send_first) {
  for (const Mode& mode : modes()) {
    distributed::loopback(2, [&] {
      // x * 2 and z * 3 must not become one kernel: each rank would wait for the other's x * 2.
      const int other = 1 - mpi_rank();
      const Variable x = dvector("x"), z = recv({4}, float64, other, 1);
      const auto fn = function(
          {x}, {send(x * 2, other, 1), send(z * 3 + x, other, 2), recv({4}, float64, other, 2)},
          {.mode = mode});
      const double me = mpi_rank() + 1., they = 3 - me;
      const auto out = fn(NDArray::full({4}, me));
      EXPECT_EQ(out.array(2).at<double>({3}), 6 * me + they) << mode.text();
    });
  }
}

TEST(AroundCalls, C2_9_a_graph_without_messages_keeps_its_order) {
  const Variable x = dvector("x");
  EXPECT_EQ(count<MPISend>(function({x}, x + 1)), 0);
}

TEST(AroundCalls, C2_9_a_guard_looks_at_what_has_come_not_at_what_is_on_its_way) {
  distributed::loopback(2, [] {
    if (mpi_rank() == 0) {
      const Variable x = dvector("x");
      const auto fn = function({x}, send(x, 1, 1));
      fn(array({1., std::nan("")}));
      fn(array({1., 2.}));
      return;
    }
    const auto fn = function({}, recv({2}, float64, 0, 1) + 1, {.mode = Mode("NanGuardMode")});
    try {
      fn();
      ADD_FAILURE() << "nothing was thrown";
    } catch (const ValueError& error) {
      const std::string text = error.what();
      EXPECT_TRUE(text.starts_with("NanGuardMode: output 0 of MPIRecvWait")) << text;
    }
    EXPECT_EQ(NDArray(fn()).to_vector<double>(), (std::vector<double>{2, 3}));
  });
}

TEST(AroundCalls, C2_12_messages_of_a_branch_run_when_it_is_taken) {
  distributed::loopback(2, [] {
    const Variable c = lscalar("c"), x = dvector("x");
    const int other = 1 - mpi_rank();
    const auto fn = function({c, x}, {ifelse(gt(c, 0), distributed::all_reduce(x), x),
                                      ifelse(gt(c, 0), recv({1}, float64, other, 4), x)});
    const NDArray mine = array({mpi_rank() + 1.});
    // Nothing is sent: a message of the branch would wait for ever.
    EXPECT_EQ(fn(0, mine).item<double>(0), mpi_rank() + 1.);
    const auto both = function(
        {c, x}, {ifelse(gt(c, 0), recv({1}, float64, other, 4), x), send(x * 3, other, 4)});
    EXPECT_EQ(both(1, mine).item<double>(0), 3 * (other + 1.));
  });
}
