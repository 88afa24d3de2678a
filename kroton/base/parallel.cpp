// SPDX-License-Identifier: BSD-3-Clause
// A loop takes one of a few slots and opens it; workers that see an open slot enter it and claim
// pieces from its counter, as the caller does. When no piece is left the caller closes the slot, so
// that nobody enters any more, and waits only for the workers that are inside.
#include "kroton/base/parallel.h"

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <utility>
#include <vector>

#include "kroton/base/config.h"
#include "kroton/base/signals.h"

namespace kroton::base {
namespace {
constexpr std::uint32_t open_bit = 0x80000000u;
constexpr int slot_count = 16;
constexpr int pieces_per_thread = 4;
// About 20 us: the gap between two loops of one function; longer gaps are slept through.
constexpr int spins = 800;

struct alignas(64) Slot {
  std::atomic<bool> taken{false};
  std::atomic<std::uint32_t> state{0};  // open_bit | workers inside
  // Written by the caller before the slot opens.
  std::int64_t begin = 0, end = 0, piece = 0, pieces = 0;
  std::uint32_t most_inside = 0;
  detail::LoopBody body = nullptr;
  void* context = nullptr;
  std::exception_ptr failure;  // by the one who set failed
  std::atomic<bool> failed{false};
  alignas(64) std::atomic<std::int64_t> next{0};
  std::atomic<bool> empty{true};  // no piece left: not worth entering
};

struct Pool {
  std::mutex mutex;  // workers, size
  std::vector<pthread_t> workers;
  std::atomic<int> size{0};  // threads including the caller; 0: not yet decided
  std::atomic<int> running{0};
  std::atomic<bool> stop{false};
  alignas(64) std::atomic<std::uint32_t> epoch{0};  // moves with every opened slot
  std::atomic<int> sleepers{0};
  Slot slots[slot_count];
};

thread_local int limit_of_thread = 0;
thread_local bool inside_loop = false;
thread_local bool is_worker = false;
thread_local Slot* own_slot = nullptr;  // that this thread opened or entered

void pause_briefly() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

Pool& pool();

int usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
  // More cores than the set has room for.
  return static_cast<int>(std::clamp(::sysconf(_SC_NPROCESSORS_ONLN), 1L, 4096L));
}

int pool_size(Pool& p) {
  int size = p.size.load(std::memory_order_acquire);
  if (size > 0) return size;
  int wanted = static_cast<int>(config().threads());
  size = wanted > 0 ? wanted : usable_cores();
  p.size.store(size, std::memory_order_release);
  return size;
}

// Marks the thread as being in a loop, so that loops inside run where they are met.
struct InsideLoop {
  bool before = std::exchange(inside_loop, true);
  InsideLoop() = default;
  ~InsideLoop() { inside_loop = before; }
  InsideLoop(const InsideLoop&) = delete;
  InsideLoop& operator=(const InsideLoop&) = delete;
};

void run_pieces(Slot& slot) {
  InsideLoop mark;
  for (;;) {
    std::int64_t i = slot.next.fetch_add(1, std::memory_order_relaxed);
    if (i >= slot.pieces || slot.failed.load(std::memory_order_relaxed)) {
      slot.empty.store(true, std::memory_order_relaxed);
      return;
    }
    std::int64_t b = slot.begin + i * slot.piece;
    std::int64_t e = i + 1 == slot.pieces ? slot.end : b + slot.piece;
    try {
      slot.body(slot.context, b, e);
    } catch (...) {
      if (!slot.failed.exchange(true)) slot.failure = std::current_exception();
    }
  }
}

bool try_enter(Slot& slot) {
  if (slot.empty.load(std::memory_order_relaxed)) return false;
  std::uint32_t state = slot.state.load(std::memory_order_relaxed);
  for (;;) {
    if (!(state & open_bit)) return false;
    // most_inside belongs to the loop that opened the slot, so it is read only after entering.
    if (slot.state.compare_exchange_weak(state, state + 1, std::memory_order_acquire,
                                         std::memory_order_relaxed))
      return true;
  }
}

void leave(Slot& slot) {
  if (slot.state.fetch_sub(1, std::memory_order_acq_rel) == 1) slot.state.notify_all();
}

// Whether any slot had work.
bool work_once(Pool& p) {
  bool worked = false;
  for (Slot& slot : p.slots) {
    if (!try_enter(slot)) continue;
    own_slot = &slot;
    if ((slot.state.load(std::memory_order_relaxed) & ~open_bit) <= slot.most_inside) {
      run_pieces(slot);
      worked = true;
    }
    own_slot = nullptr;
    leave(slot);
  }
  return worked;
}

void* work(void* argument) {
  Pool& p = *static_cast<Pool*>(argument);
  is_worker = true;
  while (!p.stop.load(std::memory_order_acquire)) {
    std::uint32_t seen = p.epoch.load(std::memory_order_acquire);
    if (work_once(p)) continue;
    bool moved = false;
    for (int i = 0; i < spins && !moved; ++i) {
      pause_briefly();
      moved = p.epoch.load(std::memory_order_relaxed) != seen;
    }
    if (moved) continue;
    p.sleepers.fetch_add(1);
    if (!p.stop.load()) p.epoch.wait(seen);
    p.sleepers.fetch_sub(1);
  }
  return nullptr;
}

// As many workers as the pool may have; fewer when the system gives no more threads.
void start_workers(Pool& p, int size) {
  if (p.running.load(std::memory_order_acquire) >= size - 1) return;
  std::lock_guard lock(p.mutex);
  if (p.stop.load()) return;
  const SignalsBlocked blocked;
  while (static_cast<int>(p.workers.size()) < size - 1) {
    pthread_t thread;
    if (pthread_create(&thread, nullptr, work, &p) != 0) {
      p.size.store(static_cast<int>(p.workers.size()) + 1);
      break;
    }
    p.workers.push_back(thread);
  }
  p.running.store(static_cast<int>(p.workers.size()), std::memory_order_release);
}

void stop_workers(Pool& p) {
  std::vector<pthread_t> workers;
  {
    std::lock_guard lock(p.mutex);
    p.stop.store(true);
    workers.swap(p.workers);
    p.running.store(0);
  }
  p.epoch.fetch_add(1);
  p.epoch.notify_all();
  for (pthread_t worker : workers) {
    // exit() may be called from inside a loop.
    if (pthread_equal(worker, pthread_self()))
      pthread_detach(worker);
    else
      pthread_join(worker, nullptr);
  }
}

void before_fork() { pool().mutex.lock(); }
void after_fork_in_parent() { pool().mutex.unlock(); }
void after_fork_in_child() {
  Pool& p = pool();
  // The workers stayed with the parent, also those that were inside a slot or asleep.
  p.workers.clear();
  p.running.store(0);
  p.sleepers.store(0);
  for (Slot& slot : p.slots) {
    if (&slot == own_slot) {
      slot.state.store((slot.state.load() & open_bit) | (is_worker ? 1 : 0));
    } else {
      slot.state.store(0);
      slot.empty.store(true);
      slot.taken.store(false);
    }
  }
  p.mutex.unlock();
}

// Never freed, since other threads may still run loops when the process ends; its workers are
// joined at exit and when the library is unloaded.
Pool& pool() {
  static Pool& the_pool = []() -> Pool& {
    pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
    return *new Pool;
  }();
  static struct AtEnd {
    ~AtEnd() { stop_workers(the_pool); }
  } at_end;
  return the_pool;
}

Slot* take_slot(Pool& p) {
  for (Slot& slot : p.slots)
    if (!slot.taken.load(std::memory_order_relaxed) &&
        !slot.taken.exchange(true, std::memory_order_acquire))
      return &slot;
  return nullptr;
}

void wake_workers(Pool& p, std::int64_t wanted) {
  p.epoch.fetch_add(1);
  int asleep = p.sleepers.load();
  if (asleep == 0) return;
  if (wanted >= asleep) {
    p.epoch.notify_all();
  } else {
    for (std::int64_t i = 0; i < wanted; ++i) p.epoch.notify_one();
  }
}

void close_and_wait(Slot& slot) {
  slot.empty.store(true, std::memory_order_relaxed);
  std::uint32_t inside = slot.state.fetch_and(~open_bit, std::memory_order_acq_rel) & ~open_bit;
  for (int i = 0; inside != 0; ++i) {
    if (i < spins) {
      pause_briefly();
    } else {
      slot.state.wait(inside, std::memory_order_acquire);
    }
    inside = slot.state.load(std::memory_order_acquire);
  }
}

}  // namespace

int thread_count() {
  if (inside_loop) return 1;
  int size = pool_size(pool());
  return limit_of_thread > 0 ? std::min(limit_of_thread, size) : size;
}

ThreadLimit::ThreadLimit(int n) : old_(std::exchange(limit_of_thread, std::max(n, 0))) {}
ThreadLimit::~ThreadLimit() { limit_of_thread = old_; }

namespace detail {
void run_loop(std::int64_t begin, std::int64_t end, std::int64_t grain, LoopBody body,
              void* context) {
  grain = std::max<std::int64_t>(grain, 1);
  std::int64_t threads = thread_count();
  std::int64_t units = (end - begin - 1) / grain + 1;
  if (threads <= 1 || units <= 1) return body(context, begin, end);
  Pool& p = pool();
  Slot* slot = take_slot(p);
  if (!slot) return body(context, begin, end);
  start_workers(p, pool_size(p));
  std::int64_t units_per_piece = (units - 1) / (threads * pieces_per_thread) + 1;
  slot->begin = begin;
  slot->end = end;
  slot->piece = units_per_piece * grain;
  slot->pieces = (units - 1) / units_per_piece + 1;
  slot->most_inside = static_cast<std::uint32_t>(threads - 1);
  slot->body = body;
  slot->context = context;
  slot->failed.store(false, std::memory_order_relaxed);
  slot->next.store(0, std::memory_order_relaxed);
  slot->empty.store(false, std::memory_order_relaxed);
  slot->state.fetch_or(open_bit, std::memory_order_release);
  wake_workers(p, std::min(threads, slot->pieces) - 1);
  own_slot = slot;
  run_pieces(*slot);
  own_slot = nullptr;
  close_and_wait(*slot);
  std::exception_ptr failure = std::exchange(slot->failure, nullptr);
  slot->taken.store(false, std::memory_order_release);
  if (failure) std::rethrow_exception(failure);
}

int worker_count() { return pool().running.load(); }
}  // namespace detail
}  // namespace kroton::base
