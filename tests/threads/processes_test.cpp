// SPDX-License-Identifier: BSD-3-Clause
// Threads and processes around compiled functions: the compiler's first use from many threads,
// functions that update the same shared variables, fork and exit with a
// live pool, locales, standard output.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <barrier>
#include <chrono>
#include <clocale>
#include <cstdio>
#include <locale>
#include <source_location>
#include <sstream>
#include <string>
#include <thread>

#include "kroton/base/config.h"
#include "kroton/base/parallel.h"
#include "kroton/kroton.h"

using namespace kroton;
namespace T = kroton::tensor;

namespace {
template <class Work>
void in_threads(int count, const Work& work) {
  std::barrier start(count);
  std::vector<std::thread> threads;
  for (int t = 0; t < count; ++t) {
    threads.emplace_back([&, t] {
      start.arrive_and_wait();
      work(t);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

// How a child that runs WORK ends: its exit code, or 1000 and the signal that ended it.
template <class Work>
int in_a_child(const Work& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(120);
    work();
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

// Long enough for the pool to take part.
const std::int64_t many = 1 << 20;
Function sum_of_sines() {
  const Variable x = dvector("x");
  return function({x}, T::sum(T::sin(x)));
}

TEST(Processes, C0_8_the_compiler_is_first_used_from_many_threads) {
  std::atomic<int> wrong{0};
  in_threads(8, [&](int t) {
    const Variable x = dvector("x");
    const Function f = function({x}, T::exp(x * t) + t);  // a kernel of its own
    const NDArray z = f(array({0., 0.}));
    wrong += z.at<double>({1}) != 1 + t;
  });
  EXPECT_EQ(wrong, 0);
}

TEST(Processes, C0_7_functions_that_update_each_other_s_variables_neither_lock_up_nor_tear) {
  const auto a = shared(NDArray::full({257}, 1000.), "a"),
             b = shared(NDArray::full({257}, 1000.), "b");
  const Function right = function({}, T::sum(a + b), {.updates = {{a, a - 1}, {b, b + 1}}});
  const Function left = function({}, T::sum(b + a), {.updates = {{b, b - 2}, {a, a + 2}}});
  const Function look = function({}, {T::min(a + b), T::max(a + b)});
  std::atomic<int> wrong{0};
  in_threads(8, [&](int t) {
    for (int i = 0; i < 100; ++i) {
      if (t % 3 == 2) {
        const Outputs seen = look();
        wrong += seen.item<double>(0) != 2000 || seen.item<double>(1) != 2000;
      } else {
        wrong += (t % 3 == 0 ? right : left)().item<double>() != 257 * 2000;
      }
    }
  });
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(NDArray(a.get_value()).at<double>({0}), 1000. - 3 * 100 + 3 * 200);
}

// Adds 1 on the pool's threads; one of them throws where an element is negative.
class OnThePool final : public OpOf<OnThePool> {
 public:
  static constexpr std::string_view op_name = "OnThePool";
  Apply make_node(Inputs in) const override { return Apply(*this, in, {in[0].type()()}); }
  void perform(const Apply&, std::span<const Value> in, std::span<Value> out) const override {
    NDArray x = NDArray(in[0]).copy();
    base::parallel_for(
        0, static_cast<std::int64_t>(x.size()), 64, [&](std::int64_t begin, std::int64_t end) {
          for (std::int64_t i = begin; i < end; ++i) {
            double& value = x.data<double>()[i];
            if (value < 0)
              throw ValueError("OnThePool: element " + std::to_string(i) + " is negative");
            value += 1;
          }
        });
    out[0] = x;
  }
};

TEST(Processes, C6_5_an_error_on_a_thread_of_the_pool_carries_its_node_and_other_calls_go_on) {
  const Variable x = dvector("x");
  const auto here = std::source_location::current();
  const Function f = function({x}, OnThePool()(T::exp(x) - 1) * 2);
  NDArray bad = NDArray::zeros({1 << 16});
  bad.at<double>({54321}) = -1;
  std::atomic<int> wrong{0}, failed{0};
  in_threads(8, [&](int t) {
    for (int i = 0; i < 20; ++i) {
      if (t % 2 == 0) {
        wrong += NDArray(f(NDArray::zeros({1 << 16}))).at<double>({54321}) != 2;
        continue;
      }
      try {
        (void)f(bad);
      } catch (const ValueError& error) {
        const std::string text = error.what();
        ++failed;
        wrong += !text.starts_with("OnThePool: element 54321 is negative\n  at node ");
        wrong += text.find(": OnThePool(") == std::string::npos;
        wrong += text.find("float64, shape (65536,), strides (8,)") == std::string::npos;
        wrong +=
            text.find("processes_test.cpp:" + std::to_string(here.line() + 1)) == std::string::npos;
      }
    }
  });
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(failed, 4 * 20);
}

TEST(Processes, C6_5_a_child_of_fork_calls_what_its_parent_compiled_and_compiles_anew) {
  const Function f = sum_of_sines();
  const NDArray x = NDArray::full({many}, 0.5);
  const double wanted = f(x).item<double>();
  EXPECT_EQ(in_a_child([&] {
              const bool same = f(x).item<double>() == wanted;
              const Variable y = dvector("y");
              const bool compiles =
                  function({y}, T::sum(T::cos(y) * 3))(NDArray::zeros({2})).item<double>() == 6;
              ::_exit(same && compiles ? 7 : 8);
            }),
            7);
  EXPECT_EQ(f(x).item<double>(), wanted);
}

TEST(Processes, a_fork_during_calls_of_other_threads_is_safe) {
  const Function f = sum_of_sines();
  const NDArray x = NDArray::full({many}, 0.5);
  const double wanted = f(x).item<double>();
  std::atomic<bool> done{false};
  std::thread busy([&] {
    while (!done) (void)f(x);
  });
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(in_a_child([&] { ::_exit(f(x).item<double>() == wanted ? 7 : 8); }), 7);
  done = true;
  busy.join();
}

TEST(Processes, exit_with_a_running_call_is_clean) {
  EXPECT_EQ(in_a_child([] {
              // What the call uses is not destroyed by exit().
              static const Function& f = *new Function(sum_of_sines());
              static const NDArray& x = *new NDArray(NDArray::full({many}, 0.5));
              static std::atomic<int> calls{0};
              std::thread([] {
                for (;;) {
                  (void)f(x);
                  ++calls;
                }
              }).detach();
              while (calls < 2) std::this_thread::sleep_for(std::chrono::milliseconds(1));
              ::exit(7);
            }),
            7);
}

struct Comma : std::numpunct<char> {
  char do_decimal_point() const override { return ','; }
  char do_thousands_sep() const override { return '.'; }
  std::string do_grouping() const override { return "\3"; }
};

// A new kernel with a constant, printed arrays and graphs, a number of a flag.
std::string texts(double constant) {
  const Variable x = dvector("x");
  const Variable z = T::exp(x * constant) + 12345.75;
  const Function f = function({x}, z);
  const NDArray result = f(array({0.5, -1.25}));
  const base::FlagScope size("cache_size_mb", "1500");
  std::ostringstream out;
  out << result;
  return out.str() + " " + pprint(z) + " " + base::flag("cache_size_mb");
}

TEST(Processes, numbers_are_printed_and_parsed_alike_under_a_locale_with_commas) {
  const std::string plain = texts(0.125);
  const std::locale before = std::locale::global(std::locale(std::locale::classic(), new Comma));
  const std::string old = std::setlocale(LC_ALL, nullptr);
  for (const char* name : {"de_DE.UTF-8", "de_DE", "fr_FR.UTF-8"})
    if (std::setlocale(LC_ALL, name) != nullptr) break;
  const std::string with_commas = texts(0.125);
  std::setlocale(LC_ALL, old.c_str());
  std::locale::global(before);
  EXPECT_EQ(with_commas, plain);
}

TEST(Processes, nothing_is_written_to_stdout) {
  const int kept = ::dup(1), file = ::memfd_create("stdout", 0);
  ::fflush(stdout);
  ::dup2(file, 1);
  const Variable x = dvector("x"), y = dvector("y");
  const Function f = function({x, y}, T::tan(x + y) * 3, {.mode = "DebugMode"});
  EXPECT_EQ(NDArray(f(array({0.}), array({0.}))).at<double>({0}), 0);
  EXPECT_THROW((void)f(array({0.}), array({0., 1.})), ShapeError);
  base::set_flag("optimizer_verbose", "True");
  (void)function({x}, T::log(T::exp(x)));
  base::set_flag("optimizer_verbose", "False");
  ::fflush(stdout);
  ::dup2(kept, 1);
  EXPECT_EQ(::lseek(file, 0, SEEK_END), 0);
  ::close(file);
  ::close(kept);
}
}  // namespace
