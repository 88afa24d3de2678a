// SPDX-License-Identifier: BSD-3-Clause
// What is behind a GpuContext: the driver, its memory and its programs. One thread at a time uses a
// context: hold lock() for a sequence that must stay together.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "kroton/gpuarray/detail/allocator.h"
#include "kroton/gpuarray/driver.h"

namespace kroton::gpuarray {
class OpenContext {
 public:
  // PREALLOCATE as init_dev has it.
  OpenContext(std::shared_ptr<Driver> driver, std::string name, double preallocate);
  ~OpenContext() { close(); }

  const DeviceProperties& properties() const { return properties_; }
  const std::string& name() const { return name_; }
  std::uint64_t unique_id() const { return id_; }

  using Lock = std::unique_lock<std::recursive_mutex>;
  // DeviceError when the context was closed or its device lost.
  Lock lock();
  // The driver, under the lock.
  Driver& driver() { return *driver_; }
  detail::Allocator& memory() { return recording_ ? *for_recordings_ : *memory_; }
  // While it is there, arrays are made in memory apart from that of all others. What a recording
  // keeps changes not where the arrays of later calls lie, and they are those that it knows.
  class ForRecordings {
   public:
    explicit ForRecordings(OpenContext& context) : context_(context) { context_.recording_ = true; }
    ~ForRecordings() { context_.recording_ = false; }
    ForRecordings(const ForRecordings&) = delete;
    ForRecordings& operator=(const ForRecordings&) = delete;

   private:
    OpenContext& context_;
  };
  // What is kept for reuse goes back to the driver.
  void release_free() noexcept;
  // What is kept for one launch and the next: zeros in the first 32 bytes are the caller's to
  // write.
  Memory scratch(std::size_t bytes);
  // Device memory that holds each of these lists, until many others were asked for.
  using Numbers = std::span<const std::int64_t>;
  std::array<Memory, 3> numbers(Numbers a, Numbers b, Numbers c);
  // Entries of a text, compiled once per context and, by the artifact cache, once per machine.
  // CompileError, beginning with WHO, that holds the compiler's log and the text.
  std::shared_ptr<const Program> program(const std::string& text,
                                         const std::vector<std::string>& entries,
                                         const std::string& who);
  // Changes when memory that scratch() or numbers() gave goes away.
  std::uint64_t generation() const { return generation_; }
  void give(detail::Allocator::Block* block) noexcept;
  void close();
  bool closed() const { return closed_; }
  // DeviceError for a context that cannot be used any more.
  void check() const;

 private:
  Memory list_of(Numbers values);
  DeviceProperties properties_;
  std::string name_;
  std::uint64_t id_;
  std::recursive_mutex mutex_;
  std::atomic<bool> closed_{false};
  std::shared_ptr<Driver> driver_;
  std::unique_ptr<detail::Allocator> memory_, for_recordings_;
  bool recording_ = false;
  detail::Allocator::Block* scratch_ = nullptr;
  std::unordered_map<std::string, Memory> numbers_;
  std::uint64_t generation_ = 0;
  std::unordered_map<std::string, std::shared_ptr<const Program>> programs_;
};

// A block of a context's memory.
class DeviceBuffer {
 public:
  DeviceBuffer(std::shared_ptr<OpenContext> context, std::size_t bytes);
  ~DeviceBuffer();
  DeviceBuffer(const DeviceBuffer&) = delete;
  DeviceBuffer& operator=(const DeviceBuffer&) = delete;

  const std::shared_ptr<OpenContext>& context() const { return context_; }
  Place place(std::int64_t offset) const {
    return {place_.memory, place_.offset + static_cast<std::uint64_t>(offset)};
  }
  std::uintptr_t address() const { return place_.memory.address + place_.offset; }
  std::size_t bytes() const { return bytes_; }

 private:
  std::shared_ptr<OpenContext> context_;
  std::size_t bytes_;
  detail::Allocator::Block* block_;
  Place place_;
};
}  // namespace kroton::gpuarray
