// SPDX-License-Identifier: BSD-3-Clause
#include "grid.h"

#include <sys/mman.h>
#include <ucontext.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <numeric>
#include <random>
#include <vector>

namespace emulation {
namespace {
constexpr unsigned warp = 32;
// Behind a page that nobody may touch.
constexpr std::size_t stack_bytes = std::size_t{1} << 16, page = stack_bytes;
constexpr int poison = 0xC7;
int chosen_order = 0;

enum class At { start, running, barrier, shuffle, end };

struct Fiber {
  Fiber() {
    void* const memory = mmap(nullptr, page + stack_bytes, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED || mprotect(memory, page, PROT_NONE) != 0) std::abort();
    stack = static_cast<char*>(memory) + page;
  }
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;
  char* stack;
  ucontext_t context;
};

struct Thread {
  At at = At::start;
  Fiber* fiber = nullptr;
  unsigned lanes = 0, by = 0;  // of the shuffle that it waits in
  unsigned long long given = 0, got = 0;
};

// A block that runs. Kernels call back without arguments, so there is one at a time.
class Block {
 public:
  explicit Block(const Launch& launch)
      : launch_(launch), random_(static_cast<unsigned>(chosen_order)) {}
  int run(std::string& report) {
    current = this;
    Hooks& hooks = *launch_.library.hooks;
    hooks.threads = {launch_.threads, 1, 1};
    hooks.blocks = {launch_.blocks, 1, 1};
    hooks.barrier = [] { current->wait(At::barrier); };
    hooks.down = [](unsigned lanes, unsigned long long value, unsigned by) {
      return current->down(lanes, value, by);
    };
    hooks.fault = [](int code, const char* what, int line) {
      current->fault(code, std::string(what) + " in line " + std::to_string(line));
      current->wait(At::end);  // for ever
    };
    std::vector<unsigned> blocks(launch_.blocks);
    std::iota(blocks.begin(), blocks.end(), 0U);
    arrange(blocks);
    for (const unsigned block : blocks) {
      hooks.block = {block, 0, 0};
      run_block();
      if (code_ != 0) break;
    }
    if (code_ != 0)
      report = report_ + " (block " + std::to_string(hooks.block.x) + " of " +
               std::to_string(launch_.blocks) + ", " + std::to_string(launch_.threads) +
               " threads)";
    return code_;
  }

 private:
  static Block* current;
  const Launch& launch_;
  std::mt19937 random_;
  std::vector<Thread> threads_;
  std::size_t begun_ = 0;  // of the fibers
  std::vector<Fiber*> idle_;
  std::vector<unsigned> turn_;  // those who run until they wait or end
  std::size_t next_ = 0;        // of them
  Fiber* fiber_ = nullptr;      // that runs
  unsigned thread_ = 0;         // on it
  ucontext_t scheduler_;
  int code_ = 0;
  std::string report_;

  void arrange(std::vector<unsigned>& numbers) {
    if (chosen_order < 0) std::reverse(numbers.begin(), numbers.end());
    if (chosen_order > 0) std::shuffle(numbers.begin(), numbers.end(), random_);
  }
  void fault(int code, const std::string& what) {
    if (code_ != 0) return;
    code_ = code;
    report_ = what + ", thread " + std::to_string(thread_);
  }

  void run_block() {
    const auto& library = launch_.library;
    std::memset(library.shared_begin, poison,
                static_cast<std::size_t>(library.shared_end - library.shared_begin));
    threads_.assign(launch_.threads, {});
    turn_.resize(launch_.threads);
    std::iota(turn_.begin(), turn_.end(), 0U);
    while (!turn_.empty()) {
      arrange(turn_);
      for (next_ = 0; next_ < turn_.size();) {
        resume(turn_[next_++]);
        if (code_ != 0) return;  // the others stay where they are
      }
      release();
    }
  }
  void resume(unsigned thread) {
    Thread& t = threads_[thread];
    if (!t.fiber) t.fiber = free_fiber();
    fiber_ = t.fiber;
    enter(thread);
    swapcontext(&scheduler_, &fiber_->context);
  }
  void enter(unsigned thread) {
    thread_ = thread;
    threads_[thread].at = threads_[thread].at == At::start ? At::start : At::running;
    launch_.library.hooks->thread = {thread, 0, 0};
  }
  Fiber* free_fiber() {
    static auto* const fibers = new std::vector<std::unique_ptr<Fiber>>;
    if (idle_.empty()) {
      if (begun_ == fibers->size()) fibers->push_back(std::make_unique<Fiber>());
      Fiber& made = *(*fibers)[begun_++];
      getcontext(&made.context);
      made.context.uc_stack.ss_sp = made.stack;
      made.context.uc_stack.ss_size = stack_bytes;
      made.context.uc_link = nullptr;
      makecontext(&made.context, [] { current->live(); }, 0);
      return &made;
    }
    Fiber* const fiber = idle_.back();
    idle_.pop_back();
    return fiber;
  }
  // What a fiber does: one thread after another, as long as none waits, else one when it is asked.
  [[noreturn]] void live() {
    for (;;) {
      Fiber* const self = fiber_;
      threads_[thread_].at = At::running;
      threads_[thread_].fiber = self;
      launch_.entry->call(launch_.arguments);
      threads_[thread_].at = At::end;
      threads_[thread_].fiber = nullptr;
      if (next_ < turn_.size() && threads_[turn_[next_]].at == At::start) {
        enter(turn_[next_++]);
        continue;
      }
      idle_.push_back(self);
      swapcontext(&self->context, &scheduler_);
    }
  }
  void wait(At where) {
    threads_[thread_].at = where;
    swapcontext(&fiber_->context, &scheduler_);
  }
  unsigned long long down(unsigned lanes, unsigned long long value, unsigned by) {
    const unsigned self = thread_;
    threads_[self].lanes = lanes;
    threads_[self].by = by;
    threads_[self].given = value;
    wait(At::shuffle);
    return threads_[self].got;
  }

  // Who goes on: everybody when everybody is at a barrier, and warps whose lanes are all in a
  // shuffle. A kernel whose threads wait for ever is wrong.
  void release() {
    turn_.clear();
    const auto count = [&](At where) {
      return std::count_if(threads_.begin(), threads_.end(),
                           [&](const Thread& t) { return t.at == where; });
    };
    const auto all = static_cast<std::ptrdiff_t>(threads_.size()), ended = count(At::end),
               waiting = count(At::barrier);
    if (ended == all) return;
    if (waiting == all) {
      turn_.resize(threads_.size());
      std::iota(turn_.begin(), turn_.end(), 0U);
      return;
    }
    for (unsigned first = 0; first < threads_.size(); first += warp) shuffle(first);
    if (!turn_.empty() || code_ != 0) return;
    thread_ = 0;
    while (threads_[thread_].at == At::end) ++thread_;
    fault(launch_failed, "of " + std::to_string(all) + " threads " + std::to_string(waiting) +
                             " wait at a barrier, " + std::to_string(count(At::shuffle)) +
                             " in a shuffle, and " + std::to_string(ended) + " have ended");
  }
  void shuffle(unsigned first) {
    const auto in_shuffle = [&](unsigned lane) {
      return first + lane < threads_.size() && threads_[first + lane].at == At::shuffle;
    };
    unsigned here = 0;
    for (unsigned lane = 0; lane < warp; ++lane) here |= in_shuffle(lane) ? 1U << lane : 0U;
    for (unsigned lane = 0; lane < warp; ++lane) {
      // Those of a mask leave together; one that names itself not is no part of it.
      if (!in_shuffle(lane)) continue;
      Thread& t = threads_[first + lane];
      if ((t.lanes & ~here) != 0 || (t.lanes & (1U << lane)) == 0) return;
      for (unsigned other = 0; other < warp; ++other) {
        if ((t.lanes >> other & 1U) != 0 && threads_[first + other].lanes != t.lanes) return;
      }
    }
    for (unsigned lane = 0; lane < warp; ++lane) {
      if (!in_shuffle(lane)) continue;
      Thread& t = threads_[first + lane];
      const unsigned from = lane + t.by < warp ? lane + t.by : lane;
      if ((t.lanes >> from & 1U) == 0) {
        thread_ = first + lane;
        return fault(launch_failed, "a shuffle from a lane that is not in its mask");
      }
      t.got = threads_[first + from].given;
    }
    for (unsigned lane = 0; lane < warp; ++lane) {
      if (in_shuffle(lane)) turn_.push_back(first + lane);
    }
  }
};
Block* Block::current = nullptr;
}  // namespace

void set_order(int order) { chosen_order = order; }

int run(const Launch& launch, std::string& report) {
  if (launch.entry->most_threads > 0 &&
      launch.threads > static_cast<unsigned>(launch.entry->most_threads)) {
    report = std::to_string(launch.threads) + " threads of at most " +
             std::to_string(launch.entry->most_threads);
    return too_many_threads;
  }
  return Block(launch).run(report);
}
}  // namespace emulation
