// SPDX-License-Identifier: BSD-3-Clause
// Functions, shared variables and graph building from several threads at once.
#include "outsider.h"

#include <atomic>
#include <thread>

using namespace kroton;
using outsider::Doubles;
using outsider::list;
namespace T = kroton::tensor;

namespace {
template <class Work>
void in_threads(int count, const Work& work) {
  std::vector<std::thread> threads;
  for (int t = 0; t < count; ++t) threads.emplace_back([&work, t] { work(t); });
  for (std::thread& thread : threads) thread.join();
}
}  // namespace

TEST(Threads, C0_9_one_function_is_called_from_eight_threads) {
  auto x = dmatrix("x");
  for (const char* mode : {"FAST_RUN", "FAST_COMPILE", "py"}) {
    auto f = function({x}, {T::exp(x * 0) + x, x.sum(0), x.T()[0] * 2}, {.mode = mode});
    std::atomic<int> wrong{0};
    in_threads(8, [&](int t) {
      for (int i = 0; i < 50; ++i) {
        const std::int64_t n = 1 + (t * 7 + i) % 13;
        Outputs out = f(NDArray::full({n, 3}, t + 1));
        wrong += out.array(0).shape() != Shape{n, 3};
        wrong += out.array(0).at<double>({n - 1, 2}) != t + 2;
        wrong += out.array(1).at<double>({1}) != static_cast<double>(n * (t + 1));
        wrong += out.array(2).at<double>({0}) != 2 * (t + 1);
      }
    });
    EXPECT_EQ(wrong, 0) << mode;
  }
}

TEST(Threads, C0_7_updates_from_eight_threads_are_not_lost) {
  auto n = shared(std::int64_t{0}, "n");
  auto v = shared(NDArray::zeros({100}), "v");
  auto f = function({}, v.sum(), {.updates = {{n, n + 1}, {v, v + 1}}});
  std::atomic<int> wrong{0};
  in_threads(8, [&](int) {
    for (int i = 0; i < 50; ++i) {
      const double sum = f().item<double>();
      wrong += sum != 100. * static_cast<double>(static_cast<int>(sum / 100));
      const NDArray seen = v.get_value();
      wrong += seen.at<double>({0}) != seen.at<double>({99});
    }
  });
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(n.get_value().item<int>(), 400);
  EXPECT_EQ(NDArray(v.get_value()).at<double>({50}), 400.0);
}

TEST(Threads, C0_8_graphs_are_built_and_compiled_in_eight_threads) {
  auto common = dvector("common");
  std::atomic<int> wrong{0};
  in_threads(8, [&](int t) {
    for (int i = 0; i < 4; ++i) {
      auto x = dvector("x");
      auto y = T::tanh(x * t) + common * i;
      auto f = function({x, common}, {y, grad(y.sum(), x)});
      Outputs out = f(array({0., 0.}), array({1., 2.}));
      wrong += out.array(0).at<double>({1}) != 2. * i;
      wrong += out.array(1).at<double>({0}) != t;
    }
  });
  EXPECT_EQ(wrong, 0);
}

TEST(Threads, C0_7_values_are_set_while_functions_read_them) {
  auto w = shared(NDArray::full({1000}, 1), "w");
  auto f = function({}, {w.max(), T::min(w)});
  std::atomic<bool> done{false};
  std::atomic<int> wrong{0}, calls{0};
  in_threads(8, [&](int t) {
    if (t == 0) {
      while (calls < 100)
        std::this_thread::yield();  // every reader is at it, and none leaves a gap
      for (int i = 0; i < 200; ++i) w.set_value(NDArray::full({1000}, i));
      done = true;
    } else {
      while (!done) {
        Outputs out = f();
        wrong += out.item<double>(0) != out.item<double>(1);
        ++calls;
      }
    }
  });
  EXPECT_EQ(wrong, 0);
}

TEST(Threads, C6_5_errors_in_one_thread_do_not_disturb_others) {
  auto x = dvector("x"), y = dvector("y");
  auto f = function({x, y}, x + y);
  std::atomic<int> wrong{0};
  in_threads(8, [&](int t) {
    for (int i = 0; i < 50; ++i) {
      try {
        const NDArray z = f(array({1., 2.}), t % 2 ? array({1., 2., 3.}) : array({1., 2.}));
        wrong += t % 2 || z.at<double>({1}) != 4;
      } catch (const ShapeError&) {
        wrong += !(t % 2);
      }
    }
  });
  EXPECT_EQ(wrong, 0);
}
