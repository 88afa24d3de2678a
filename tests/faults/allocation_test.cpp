// SPDX-License-Identifier: BSD-3-Clause
// Every allocation of building, compiling and calling a function fails once: the user gets an
// error, nothing is leaked, and the next cycle is right.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstdint>
#include <filesystem>
#include <new>
#include <string>

#include "kroton/base/config.h"
#include "kroton/jit/artifact_cache.h"
#include "kroton/jit/compiler.h"
#include "kroton/jit/plugin_compiler.h"
#include "kroton/kroton.h"

namespace {
// Of this thread: how many allocations may still succeed, -1 without a limit; and how many are
// alive, of all threads together.
thread_local std::int64_t left = -1;
std::int64_t alive = 0;

void* allocate(std::size_t size, std::size_t alignment) {
  if (left == 0) return nullptr;
  if (left > 0) --left;
  void* memory = nullptr;
  if (::posix_memalign(&memory, alignment < sizeof(void*) ? sizeof(void*) : alignment,
                       size == 0 ? 1 : size) != 0)
    return nullptr;
  __atomic_add_fetch(&alive, 1, __ATOMIC_RELAXED);
  return memory;
}
void* allocate_or_throw(std::size_t size, std::size_t alignment) {
  if (void* memory = allocate(size, alignment)) return memory;
  throw std::bad_alloc();
}
void release(void* memory) {
  if (memory == nullptr) return;
  __atomic_sub_fetch(&alive, 1, __ATOMIC_RELAXED);
  ::free(memory);
}
}  // namespace

void* operator new(std::size_t size) { return allocate_or_throw(size, 16); }
void* operator new[](std::size_t size) { return allocate_or_throw(size, 16); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return allocate(size, 16); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return allocate(size, 16);
}
void* operator new(std::size_t size, std::align_val_t a) {
  return allocate_or_throw(size, static_cast<std::size_t>(a));
}
void* operator new[](std::size_t size, std::align_val_t a) {
  return allocate_or_throw(size, static_cast<std::size_t>(a));
}
void operator delete(void* p) noexcept { release(p); }
void operator delete[](void* p) noexcept { release(p); }
void operator delete(void* p, std::size_t) noexcept { release(p); }
void operator delete[](void* p, std::size_t) noexcept { release(p); }
void operator delete(void* p, std::align_val_t) noexcept { release(p); }
void operator delete[](void* p, std::align_val_t) noexcept { release(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { release(p); }
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept { release(p); }

namespace {
using namespace kroton;
namespace T = kroton::tensor;

// What calls change: a number, an array of which they set a part, and how many came to their end.
struct State {
  SharedVariable bias = shared(0.5, "bias"), count = shared(0.0, "count"),
                 log = shared(array({0., 0.}), "log");
  double calls = 0;
  bool is_right() const {
    return count.get_value().item<double>() == calls &&
           NDArray(log.get_value()).at<double>({1}) == calls;
  }
};

// A graph with shared variables, updates and a gradient; its value is 2 (1 + 4 + 9) + 0.5.
double cycle(State& state, const char* mode) {
  const Variable x = dvector("x"), i = lscalar("i");
  const Variable cost = T::sum(T::sqr(x) * 2) + state.bias, next = state.count + 1.;
  const Function f = function({x, i}, {cost, grad(cost, x)},
                              {.updates = {{state.bias, state.bias * 1},
                                           {state.count, next},
                                           {state.log, T::set_subtensor(state.log[i], next)}},
                               .mode = mode});
  const Outputs out = f(array({1., 2., 3.}), 1);
  ++state.calls;
  return out.item<double>(0) + out.array(1).at<double>({2});
}

enum class Compiled { no, in_memory, on_disk };
struct Case {
  const char *name, *mode;
  Compiled compiled;
};

// Where modules are found on disk in each cycle, LLVM is not run in any of them: memory that it
// misses ends the process.
double cycle(State& state, const Case& how) {
  if (how.compiled == Compiled::on_disk) jit::detail::forget_modules();
  return cycle(state, how.mode);
}

// What stays allocated, the memo of specialised kernels emptied: it grows by a few entries in each
// cycle and starts anew at 4096.
std::int64_t lasting(State& state, const Case& how) {
  std::int64_t least = alive;
  for (int i = 0; i < 1000; ++i) {
    (void)cycle(state, how);
    least = std::min(least, alive);
  }
  return least;
}

class EveryAllocation : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    char name[] = "/tmp/kroton_faults_XXXXXX";
    folder_ = ::mkdtemp(name);
    base::detail::force_flag("jit", GetParam().compiled == Compiled::no ? "off" : "auto");
    base::detail::force_flag("compiler", "");
    base::detail::force_flag("compiledir", folder_ + "/cache");
    jit::detail::reset_artifact_cache();
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

 private:
  std::string folder_;
};

TEST_P(EveryAllocation, may_fail_and_leaves_neither_a_leak_nor_a_wrong_result) {
  if (GetParam().compiled != Compiled::no && jit::find_plugin().empty())
    GTEST_SKIP() << "libkroton_jit.so was not built";
  State state;
  const double wanted = cycle(state, GetParam());
  ASSERT_EQ(wanted, 28.5 + 12);
  ASSERT_EQ(cycle(state, GetParam()), wanted);
  const std::int64_t before = lasting(state, GetParam());
  std::int64_t failures = 0;
  for (std::int64_t k = 0;; ++k) {
    bool finished = false;
    left = k;
    try {
      const double value = cycle(state, GetParam());
      finished = left > 0;  // no allocation failed
      left = -1;
      EXPECT_EQ(value, wanted);
    } catch (const std::bad_alloc&) {
      left = -1;
      ++failures;
    } catch (const Error& error) {
      left = -1;
      ++failures;
      EXPECT_EQ(dynamic_cast<const InternalError*>(&error), nullptr) << error.what();
    }
    EXPECT_TRUE(state.is_right()) << "after allocation " << k << " failed";
    if (finished) break;
  }
  EXPECT_GT(failures, 500);
  EXPECT_EQ(cycle(state, GetParam()), wanted);
  // Emptied in the middle of a cycle, the memo keeps the rest of that cycle's entries.
  EXPECT_LE(lasting(state, GetParam()) - before, 64) << "after " << failures << " failed cycles";
}
INSTANTIATE_TEST_SUITE_P(Modes, EveryAllocation,
                         testing::Values(Case{"FAST_RUN", "FAST_RUN", Compiled::no},
                                         Case{"FAST_COMPILE", "FAST_COMPILE", Compiled::no},
                                         Case{"py", "py", Compiled::no},
                                         Case{"compiled_kernels", "FAST_RUN", Compiled::in_memory},
                                         Case{"a_compiled_module", "c", Compiled::on_disk}),
                         [](const auto& info) { return std::string(info.param.name); });
}  // namespace
