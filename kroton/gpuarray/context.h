// SPDX-License-Identifier: BSD-3-Clause
// Contexts: opened devices, known by name. Types of device arrays say where their values live by
// the name of a context.
//   GpuContext ctx = init_dev("opencl0:0", "dev0");   // "cuda0", "cuda": the first CUDA device
//   GpuArray a = GpuArray::from_host(array({1., 2.}), ctx);
//   get_context("dev0") == ctx;   list_contexts();    // {"dev0"}
// The context without a name is the default one, which the flag `device` opens. Each context runs
// its work in one order; contexts are independent of each other, also on one device.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/ndarray/value.h"

namespace kroton::gpuarray {
// nullopt is the default context; so is an empty name, wherever a name is given.
using ContextName = std::optional<std::string>;
class OpenContext;

class KROTON_API GpuContext {
 public:
  GpuContext() = default;
  explicit GpuContext(std::shared_ptr<OpenContext> open) : open_(std::move(open)) {}
  explicit operator bool() const { return open_ != nullptr; }

  // All of these are ValueError for a null context.
  std::string kind() const;    // "cuda" or "opencl"
  std::string device() const;  // "cuda0", "opencl0:0"
  // The name that init_dev was given; the device's own where that was empty.
  std::string name() const;
  std::string device_name() const;  // as its vendor calls it
  // Of this context; no other of this process has or had it.
  std::uint64_t unique_id() const;
  std::size_t total_memory() const;
  std::size_t free_memory() const;  // bytes, as the driver says, without what is kept for reuse
  // The compute capability ("9.0") of CUDA devices, else the device's OpenCL version and driver.
  std::string version() const;
  // Waits until all work given to the device is done. DeviceError for what went wrong in it.
  void synchronize() const;
  // Gives kept memory back to the driver.
  void release_cached_memory() const;

  friend bool operator==(const GpuContext&, const GpuContext&) = default;
  friend const ValueKind& value_kind(const GpuContext&) { return kind_table(); }

  // For this room: what is behind the handle.
  const std::shared_ptr<OpenContext>& open() const { return open_; }

 private:
  static const ValueKind& kind_table();
  OpenContext& get(const char* member) const;
  std::shared_ptr<OpenContext> open_;
};

// Opens a context of its own on the device, also when others are open there, and registers it; an
// empty name is the default context. PREALLOCATE as the flag gpuarray.preallocate, which it
// replaces: a share of the device's memory up to 1, megabytes above, negative: nothing is kept for
// reuse. ValueError for what is no device string and for a name that is taken; DeviceError when the
// device is not there (it lists those that are) or does not work.
KROTON_API GpuContext init_dev(std::string_view device, std::string name = "",
                               std::optional<double> preallocate = std::nullopt);
// Gives a context a (further) name; ValueError when another has it, TypeError for a null context.
KROTON_API void reg_context(const ContextName& name, const GpuContext& context);
// ContextNotDefined "context name NAME not defined" when nobody has registered it.
KROTON_API GpuContext get_context(const ContextName& name);
// In order of registration; "" is the default context.
KROTON_API std::vector<std::string> list_contexts();

// Forgets all names of the context and frees its device memory: arrays in it are DeviceErrors from
// now on, as is everything else in it.
KROTON_API void close_context(const GpuContext& context);
// The first name that the context is registered under; nothing when it has none.
KROTON_API std::optional<ContextName> name_of_context(const GpuContext& context);
// "dev0", or "the default context".
KROTON_API std::string context_text(const ContextName& name);
// Whether there is a default context; opens the devices that the flags device, init_gpu_device and
// contexts name, as all functions here do first. A device that fails is said once on stderr, or,
// with force_device, thrown each time.
KROTON_API bool has_default_context();
// Whether the flag `device` made the default context, so that values go there unasked.
KROTON_API bool moves_to_device();
}  // namespace kroton::gpuarray
