// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/launch.h"

#include <algorithm>

#include "kroton/base/errors.h"
#include "kroton/base/hash.h"
#include "kroton/gpuarray/detail/open_context.h"
#include "kroton/kernel/print.h"
#include "kroton/kernel/tree.h"

namespace kroton::gpuarray {
namespace {
using Numbers = std::vector<std::int64_t>;
constexpr std::size_t most_ready = 16;
constexpr std::size_t fault_bytes = 32;

kernel::DeviceTuning tuning_of(const DeviceProperties& device, const kernel::Specialised& s) {
  const bool cuda = device.dialect == kernel::Dialect::cuda;
  return {device.cpu, 256, cuda ? 1024 : 256, !device.cpu && kernel::fits_narrow(s)};
}

// A GPU is busy when each of its units has 2048 items, 32 groups of the lanes of a reduction.
kernel::Cuts cuts_of(const DeviceProperties& device) {
  if (device.cpu) return {};
  const std::int64_t units = device.compute_units;
  return {2 * kernel::block_size, 32 * units, 256 * units};
}

// An output that is an array of its alias group lies there; others lie apart from everything.
std::vector<int> overlays_of(const kernel::Kernel& kernel, std::span<const GpuArray> arrays) {
  std::vector<int> overlays;
  bool any = false;
  for (std::size_t p = 0; p < arrays.size(); ++p) {
    int place = static_cast<int>(p);
    const kernel::Param& param = kernel.params[p];
    for (std::size_t q = 0; q < p && param.role == kernel::Role::out && param.alias_group >= 0;
         ++q) {
      if (kernel.params[q].role != kernel::Role::in ||
          kernel.params[q].alias_group != param.alias_group)
        continue;
      if (arrays[q].device_pointer() == arrays[p].device_pointer() &&
          arrays[q].strides() == arrays[p].strides() && arrays[q].buffer() == arrays[p].buffer())
        place = static_cast<int>(q);
    }
    any |= place != static_cast<int>(p);
    overlays.push_back(place);
  }
  return any ? overlays : std::vector<int>{};
}

std::int64_t groups_of(const kernel::DevicePhase& phase, const DeviceProperties& device) {
  const std::int64_t units = device.cpu || phase.grouped
                                 ? phase.units
                                 : (phase.units + phase.group_size - 1) / phase.group_size;
  const std::int64_t most = std::int64_t{device.compute_units} * (device.cpu ? 4 : 64);
  return std::clamp<std::int64_t>(units, 1, most);
}
}  // namespace

// A kernel with its program and arguments for one context, lengths and strides.
struct DeviceKernel::Ready {
  std::uint64_t context;
  Numbers key;  // extents, strides, overlays
  kernel::Specialised specialised;
  std::shared_ptr<const Program> program;
  std::vector<kernel::DevicePhase> phases;
};

DeviceKernel::DeviceKernel(std::shared_ptr<const kernel::Kernel> kernel)
    : kernel_(std::move(kernel)) {}
DeviceKernel::DeviceKernel(kernel::Kernel kernel)
    : DeviceKernel(std::make_shared<const kernel::Kernel>(std::move(kernel))) {}
DeviceKernel::~DeviceKernel() = default;

std::shared_ptr<const DeviceKernel::Ready> DeviceKernel::ready(const std::string& who,
                                                               OpenContext& context,
                                                               std::span<const GpuArray> arrays,
                                                               const Numbers& extents) const {
  Numbers key = extents;
  for (const GpuArray& a : arrays) key.insert(key.end(), a.strides().begin(), a.strides().end());
  const std::vector<int> overlays = overlays_of(*kernel_, arrays);
  key.insert(key.end(), overlays.begin(), overlays.end());
  const std::lock_guard lock(mutex_);
  for (std::size_t i = ready_.size(); i-- > 0;) {
    if (ready_[i]->context != context.unique_id() || ready_[i]->key != key) continue;
    if (i + 1 < ready_.size())
      std::rotate(ready_.begin() + static_cast<std::ptrdiff_t>(i),
                  ready_.begin() + static_cast<std::ptrdiff_t>(i) + 1, ready_.end());
    return ready_.back();
  }
  std::vector<Numbers> strides;
  for (const GpuArray& a : arrays) strides.push_back(a.strides());
  auto made = std::make_shared<Ready>();
  made->context = context.unique_id();
  made->key = std::move(key);
  made->specialised =
      kernel::specialise(kernel_, extents, strides, overlays, cuts_of(context.properties()));
  const kernel::Specialised& s = made->specialised;
  if (!s.empty) {
    const std::string name = "k_" + base::to_hex(base::hash128(s.key));
    const kernel::DeviceTuning tuning = tuning_of(context.properties(), s);
    made->phases = kernel::device_phases(s, name, tuning);
    const bool cuda = context.properties().dialect == kernel::Dialect::cuda;
    const kernel::Printed printed =
        cuda ? kernel::print_cuda(s, name, tuning) : kernel::print_opencl(s, name, tuning);
    made->program = context.program(printed.text, printed.entries, who);
  }
  if (ready_.size() >= most_ready) ready_.erase(ready_.begin());
  ready_.push_back(made);
  return made;
}

kernel::Fault DeviceKernel::run(const std::string& who, std::span<const GpuArray> arrays,
                                std::span<const std::int64_t> given) const {
  std::vector<Numbers> shapes;
  for (const GpuArray& a : arrays) shapes.push_back(a.shape());
  return run_with(
      who, arrays,
      kernel::extents_from_shapes(*kernel_, shapes, Numbers(given.begin(), given.end())));
}

kernel::Fault DeviceKernel::run_with(const std::string& who, std::span<const GpuArray> arrays,
                                     const Numbers& extents) const {
  KROTON_CHECK(arrays.size() == kernel_->params.size() && !arrays.empty());
  OpenContext& context = *arrays[0].buffer()->context();
  for (const GpuArray& a : arrays) {
    if (a.buffer()->context().get() != &context) {
      throw ValueError(who + ": its arrays lie on " + context.properties().device + " (context " +
                       std::to_string(context.unique_id()) + ") and on " + a.context().device() +
                       " (context " + std::to_string(a.context().unique_id()) +
                       "); transfer them to one context first");
    }
  }
  const OpenContext::Lock lock = context.lock();
  const std::shared_ptr<const Ready> ready = this->ready(who, context, arrays, extents);
  const kernel::Specialised& s = ready->specialised;
  if (s.empty) return {};
  Numbers offsets = s.offsets;
  for (std::size_t o = 0; o < offsets.size(); ++o) {
    if (s.params[o] < 0) continue;
    const GpuArray& a = arrays[static_cast<std::size_t>(s.params[o])];
    offsets[o] += static_cast<std::int64_t>(a.buffer()->place(a.offset()).offset);
  }
  const auto [lengths, strides, places] = context.numbers(s.lengths, s.strides, offsets);
  const Memory scratch = context.scratch(
      std::max<std::size_t>(static_cast<std::size_t>(s.scratch_bytes), fault_bytes));
  std::vector<Memory> memory{lengths, strides, places, scratch};
  for (const GpuArray& a : arrays) memory.push_back(a.buffer()->place(0).memory);
  if (s.checked) context.driver().clear({scratch, 0}, fault_bytes);
  for (std::size_t i = 0; i < ready->phases.size(); ++i) {
    const kernel::DevicePhase& phase = ready->phases[i];
    if (phase.units == 0) continue;
    std::vector<KernelArgument> arguments{{&phase.units, sizeof phase.units}};
    for (const Memory& m : memory) arguments.push_back({&m.handle, sizeof m.handle});
    context.driver().launch(ready->program->functions[i],
                            {groups_of(phase, context.properties()), phase.group_size}, arguments);
  }
  if (!s.checked) return {};
  std::int64_t fault[3];
  context.driver().read(fault, {scratch, 0}, sizeof fault);
  return {fault[0] - 1, fault[1], fault[2]};
}
}  // namespace kroton::gpuarray
