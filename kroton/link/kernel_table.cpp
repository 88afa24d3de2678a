// SPDX-License-Identifier: BSD-3-Clause
#include <atomic>
#include <exception>
#include <future>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "kroton/base/errors.h"
#include "kroton/base/hash.h"
#include "kroton/base/signals.h"
#include "kroton/jit/compiler.h"
#include "kroton/kernel/print.h"
#include "kroton/link/kernel_call.h"

namespace kroton::link {
namespace {
using Code = std::shared_ptr<const kernel::CompiledKernel>;

// One entry per specialised key, for ever: the code of a kernel is small and will be asked for
// again.
struct Table {
  std::mutex lock;
  std::unordered_map<std::string, std::shared_future<Code>> entries;
};
Table& table() {
  static Table* const all = new Table;  // outlives every function that static objects may hold
  return *all;
}

Code build(const kernel::Specialised& specialised) {
  const std::string name = "k" + base::to_hex(base::hash128(specialised.key)).substr(0, 16);
  const kernel::Printed printed = kernel::print_c(specialised, name);
  const auto module = jit::compile(
      {.text = printed.text, .symbols = printed.entries, .label = specialised.kernel->name});
  if (!module) return nullptr;
  auto code = std::make_shared<kernel::CompiledKernel>();
  for (const std::string& entry : printed.entries) {
    code->entries.push_back(reinterpret_cast<kernel::Entry>(module->symbol(entry)));
  }
  code->owner = module;
  return code;
}
}  // namespace

Code compiled(const kernel::Specialised& specialised) {
  std::promise<Code> promise;
  std::shared_future<Code> future;
  bool mine = false;
  {
    const std::lock_guard guard(table().lock);
    auto [found, fresh] = table().entries.try_emplace(specialised.key);
    if (fresh) found->second = promise.get_future().share();
    future = found->second;
    mine = fresh;
  }
  if (mine) {
    const auto forget = [&] {
      const std::lock_guard guard(table().lock);
      table().entries.erase(specialised.key);
    };
    try {
      Code code = build(specialised);
      if (!code) forget();  // a compiler may be switched on later
      promise.set_value(std::move(code));
    } catch (...) {
      forget();
      promise.set_exception(std::current_exception());
    }
  }
  return future.get();
}

std::vector<Code> compiled(const std::vector<const kernel::Specialised*>& specialised) {
  std::vector<Code> codes(specialised.size());
  std::vector<std::size_t> missing;
  {
    const std::lock_guard guard(table().lock);
    for (std::size_t i = 0; i < specialised.size(); ++i) {
      if (!table().entries.contains(specialised[i]->key)) missing.push_back(i);
    }
  }
  if (missing.size() > 1 && jit::compiler()) {
    const std::size_t helpers =
        std::min<std::size_t>({missing.size(), std::thread::hardware_concurrency(), 8});
    std::atomic<std::size_t> next{0};
    std::exception_ptr failed;
    std::mutex failed_lock;
    const auto work = [&] {
      for (std::size_t i; (i = next.fetch_add(1)) < missing.size();) {
        try {
          compiled(*specialised[missing[i]]);
        } catch (...) {
          const std::lock_guard guard(failed_lock);
          if (!failed) failed = std::current_exception();
        }
      }
    };
    std::vector<std::jthread> threads;
    {
      const base::SignalsBlocked blocked;
      for (std::size_t i = 1; i < helpers; ++i) threads.emplace_back(work);
    }
    work();
    threads.clear();
    if (failed) std::rethrow_exception(failed);
  }
  for (std::size_t i = 0; i < specialised.size(); ++i) codes[i] = compiled(*specialised[i]);
  return codes;
}
}  // namespace kroton::link
