// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/detail/open_context.h"

#include <algorithm>
#include <utility>

#include "kroton/base/errors.h"
#include "kroton/base/text.h"
#include "kroton/jit/artifact_cache.h"
#include "kroton/jit/compiler.h"

namespace kroton::gpuarray {
namespace {
constexpr std::size_t most_numbers = 4096;  // lists of them that a context keeps
std::atomic<std::uint64_t> next_id{1};

std::size_t bytes_ahead(double preallocate, std::size_t total) {
  if (preallocate <= 0) return 0;
  return static_cast<std::size_t>(preallocate <= 1 ? preallocate * static_cast<double>(total)
                                                   : preallocate * 1e6);
}
}  // namespace

OpenContext::OpenContext(std::shared_ptr<Driver> driver, std::string name, double preallocate)
    : properties_(driver->properties()),
      name_(std::move(name)),
      id_(next_id++),
      driver_(std::move(driver)),
      memory_(std::make_unique<detail::Allocator>(*driver_, preallocate >= 0)),
      for_recordings_(
          std::make_unique<detail::Allocator>(*driver_, preallocate >= 0, memory_.get())) {
  memory_->set_beside(for_recordings_.get());
  const std::size_t bytes = bytes_ahead(preallocate, properties_.total_memory);
  if (bytes > 0 && !memory_->reserve(bytes)) {
    throw DeviceError(properties_.kind + ": " + base::format_bytes(bytes) +
                      " cannot be taken ahead on " + properties_.device + " (" +
                      base::format_bytes(driver_->free_memory()) + " free, " +
                      base::format_bytes(properties_.max_allocation) +
                      " at once); give a smaller gpuarray.preallocate");
  }
}

void OpenContext::check() const {
  const std::string who =
      properties_.kind + ": context " +
      (name_.empty() ? std::string("of the default device") : base::quote(name_)) + " (" +
      properties_.device + ") ";
  if (closed_)
    throw DeviceError(who + "was closed; its arrays are gone, make them again in another");
  if (!driver_->lost().empty()) {
    throw DeviceError(who + "was lost (" + driver_->lost() +
                      "); open another one with init_dev and make its arrays again");
  }
}

OpenContext::Lock OpenContext::lock() {
  Lock lock(mutex_);
  if (closed_ || !driver_->lost().empty()) check();
  return lock;
}

Memory OpenContext::scratch(std::size_t bytes) {
  if (!scratch_ || scratch_->bytes < bytes) {
    if (scratch_) memory_->give(std::exchange(scratch_, nullptr));
    ++generation_;
    // A segment of its own starts at offset 0: kernels take the memory, not a place in it.
    scratch_ = memory_->take_whole(std::max<std::size_t>(bytes, 1 << 16));
  }
  return scratch_->memory;
}

std::array<Memory, 3> OpenContext::numbers(Numbers a, Numbers b, Numbers c) {
  if (numbers_.size() + 3 > most_numbers) {
    driver_->finish();
    for (const auto& [bytes, memory] : numbers_) driver_->release(memory);
    numbers_.clear();
    ++generation_;
  }
  return {list_of(a), list_of(b), list_of(c)};
}

Memory OpenContext::list_of(Numbers values) {
  const std::string key(reinterpret_cast<const char*>(values.data()), values.size_bytes());
  if (const auto found = numbers_.find(key); found != numbers_.end()) return found->second;
  std::string failure;
  const std::size_t size = std::max<std::size_t>(key.size(), 8);
  std::optional<Memory> memory = driver_->allocate(size, failure);
  if (!memory) {
    release_free();
    memory = driver_->allocate(size, failure);
  }
  if (!memory) {
    throw DeviceError(properties_.kind + ": " + failure + " for a kernel's arguments on " +
                      properties_.device + "; free arrays or use a smaller batch");
  }
  if (!key.empty()) driver_->write({*memory, 0}, key.data(), key.size());
  numbers_.emplace(key, *memory);
  return *memory;
}

std::shared_ptr<const Program> OpenContext::program(const std::string& text,
                                                    const std::vector<std::string>& entries,
                                                    const std::string& who) {
  if (const auto found = programs_.find(text); found != programs_.end()) return found->second;
  jit::ArtifactCache* const cache = jit::artifact_cache();
  const std::string key = jit::artifact_key(properties_.kind, {text, properties_.identity});
  jit::save_text(text, key + (properties_.dialect == kernel::Dialect::cuda ? ".cu" : ".cl"));
  std::optional<Program> program;
  if (cache) {
    if (const auto binary = cache->find(key)) program = driver_->load(*binary, entries);
  }
  if (!program) {
    std::string log;
    const std::optional<std::string> binary = driver_->compile(text, log);
    if (binary) program = driver_->load(*binary, entries);
    if (!program) {
      throw CompileError(who + ": its kernel does not build for " + properties_.device + ": " +
                         (binary ? "the driver does not load the binary" : log) + '\n' +
                         base::number_lines(text));
    }
    if (cache) cache->store(key, *binary);
  }
  auto shared = std::make_shared<const Program>(std::move(*program));
  programs_.emplace(text, shared);
  return shared;
}

void OpenContext::give(detail::Allocator::Block* block) noexcept {
  const std::lock_guard lock(mutex_);
  if (!closed_) block->owner->give(block);
}

void OpenContext::release_free() noexcept {
  memory_->release_free();
  for_recordings_->release_free();
}

void OpenContext::close() {
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  closed_ = true;
  programs_.clear();
  for (const auto& [bytes, memory] : numbers_) driver_->release(memory);
  numbers_.clear();
  memory_.reset();
  for_recordings_.reset();
  driver_.reset();
}

DeviceBuffer::DeviceBuffer(std::shared_ptr<OpenContext> context, std::size_t bytes)
    : context_(std::move(context)), bytes_(bytes) {
  const OpenContext::Lock lock = context_->lock();
  block_ = context_->memory().take(bytes);
  place_ = block_->place();
}

DeviceBuffer::~DeviceBuffer() { context_->give(block_); }
}  // namespace kroton::gpuarray
