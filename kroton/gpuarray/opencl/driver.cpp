// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/opencl/driver.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <utility>

#include "kroton/base/errors.h"
#include "kroton/gpuarray/opencl/api.h"
#include "kroton/ndarray/buffer.h"

namespace kroton::gpuarray::opencl {
namespace {
constexpr Bits mem_read_write = 1, mem_use_host_ptr = 8;
// From here on the memory of arrays lies on huge pages, which drivers do not ask for.
constexpr std::size_t huge_page = std::size_t{1} << 21;
constexpr UInt blocking = 1, non_blocking = 0, build_log = 0x1183, binary_sizes = 0x1165,
               binaries = 0x1166;

// OpenCL does not tell how much memory is free: what this process took is subtracted from the
// total.
std::mutex taken_mutex;
std::map<void*, std::size_t>& taken() {
  static auto* const bytes = new std::map<void*, std::size_t>;
  return *bytes;
}

// Distinct numbers for distinct memory.
std::atomic<std::uintptr_t> next_address{std::uintptr_t{1} << 40};

std::string code_text(Status status) {
  const char* name = code_name(status);
  return name ? name : "code " + std::to_string(status);
}

class OpenClDriver final : public Driver {
 public:
  OpenClDriver(const Api& api, void* device, const std::string& text) : api_(api), device_(device) {
    properties_.kind = "opencl";
    properties_.device = text;
    properties_.name = device_text(api, device, device_name);
    const std::string version = device_text(api, device, device_version);
    properties_.version = version + ", driver " + device_text(api, device, driver_version);
    properties_.total_memory = device_number<std::uint64_t>(api, device, global_mem_size);
    properties_.max_allocation = device_number<std::uint64_t>(api, device, max_mem_alloc_size);
    properties_.compute_units =
        static_cast<int>(device_number<UInt>(api, device, max_compute_units));
    properties_.cpu = (device_number<Bits>(api, device, device_type) & type_cpu) != 0;
    properties_.vector_bytes =
        device_number<UInt>(api, device, native_vector_width_float) >= 16 ? 64 : 32;
    options_ = "-cl-std=CL1.2 -w";
    if (device_number<Bits>(api, device, single_fp_config) & correctly_rounded_divide_sqrt)
      options_ += " -cl-fp32-correctly-rounded-divide-sqrt";
    properties_.identity = properties_.name + '\n' + properties_.version + '\n' + options_;
    Status status = 0;
    context_ = api.clCreateContext(nullptr, 1, &device_, nullptr, nullptr, &status);
    check("clCreateContext", status);
    queue_ = api.clCreateCommandQueue(context_, device_, 0, &status);
    if (status != 0) api.clReleaseContext(context_);
    check("clCreateCommandQueue", status);
  }
  ~OpenClDriver() override {
    api_.clFinish(queue_);
    api_.clReleaseCommandQueue(queue_);
    api_.clReleaseContext(context_);
  }

  std::size_t free_memory() override {
    const std::lock_guard lock(taken_mutex);
    const std::size_t used = taken()[device_];
    return used < properties_.total_memory ? properties_.total_memory - used : 0;
  }

  std::optional<Memory> allocate(std::size_t bytes, std::string& failure) override {
    Status status = -4;
    void* memory = nullptr;
    // Drivers that hand out memory when it is first touched would find none left only then.
    if (bytes <= free_memory())
      memory = properties_.cpu && bytes >= huge_page
                   ? buffer_of_host(bytes, status)
                   : api_.clCreateBuffer(context_, mem_read_write, bytes, nullptr, &status);
    if (!memory || status != 0) {
      failure = "clCreateBuffer failed with " + code_text(status);
      return std::nullopt;
    }
    {
      const std::lock_guard lock(taken_mutex);
      taken()[device_] += bytes;
    }
    const std::uintptr_t room = (bytes + 4095) / 4096 * 4096;
    const Memory result{reinterpret_cast<std::uintptr_t>(memory), next_address.fetch_add(room)};
    sizes_[result.handle] = bytes;
    return result;
  }
  void release(Memory memory) noexcept override {
    api_.clReleaseMemObject(handle(memory));
    const std::lock_guard lock(taken_mutex);
    taken()[device_] -= sizes_[memory.handle];
    sizes_.erase(memory.handle);
  }

  void read(void* to, Place from, std::size_t bytes) override {
    check("clEnqueueReadBuffer",
          api_.clEnqueueReadBuffer(queue_, handle(from.memory), blocking, from.offset, bytes, to, 0,
                                   nullptr, nullptr));
  }
  void write(Place to, const void* from, std::size_t bytes) override {
    check("clEnqueueWriteBuffer",
          api_.clEnqueueWriteBuffer(queue_, handle(to.memory), blocking, to.offset, bytes, from, 0,
                                    nullptr, nullptr));
  }
  void copy(Place to, Place from, std::size_t bytes) override {
    if (recording_) return keep([=, this] { copy(to, from, bytes); });
    check("clEnqueueCopyBuffer",
          api_.clEnqueueCopyBuffer(queue_, handle(from.memory), handle(to.memory), from.offset,
                                   to.offset, bytes, 0, nullptr, nullptr));
  }
  void clear(Place place, std::size_t bytes) override {
    if (recording_) return keep([=, this] { clear(place, bytes); });
    const unsigned char zero = 0;
    check("clEnqueueFillBuffer",
          api_.clEnqueueFillBuffer(queue_, handle(place.memory), &zero, 1, place.offset, bytes, 0,
                                   nullptr, nullptr));
  }

  std::optional<std::string> compile(const std::string& text, std::string& log) override {
    Status status = 0;
    const char* source = text.c_str();
    const std::shared_ptr<void> program =
        owned(api_.clCreateProgramWithSource(context_, 1, &source, nullptr, &status));
    check("clCreateProgramWithSource", status);
    status = api_.clBuildProgram(program.get(), 1, &device_, options_.c_str(), nullptr, nullptr);
    if (status != 0) {
      std::size_t size = 0;
      api_.clGetProgramBuildInfo(program.get(), device_, build_log, 0, nullptr, &size);
      log.resize(size);
      api_.clGetProgramBuildInfo(program.get(), device_, build_log, size, log.data(), nullptr);
      log = "clBuildProgram failed with " + code_text(status) + '\n' + log.c_str();
      return std::nullopt;
    }
    std::size_t size = 0;
    check("clGetProgramInfo",
          api_.clGetProgramInfo(program.get(), binary_sizes, sizeof size, &size, nullptr));
    std::string binary(size, '\0');
    char* place = binary.data();
    check("clGetProgramInfo",
          api_.clGetProgramInfo(program.get(), binaries, sizeof place, &place, nullptr));
    return binary;
  }

  std::optional<Program> load(const std::string& binary,
                              const std::vector<std::string>& entries) override {
    Status status = 0, each = 0;
    const auto* bytes = reinterpret_cast<const unsigned char*>(binary.data());
    const std::size_t size = binary.size();
    const std::shared_ptr<void> program =
        owned(api_.clCreateProgramWithBinary(context_, 1, &device_, &size, &bytes, &each, &status));
    if (status != 0 || each != 0) return std::nullopt;
    if (api_.clBuildProgram(program.get(), 1, &device_, options_.c_str(), nullptr, nullptr) != 0)
      return std::nullopt;
    struct Kernels {
      const Api& api;
      std::shared_ptr<void> program;
      std::vector<void*> kernels;
      ~Kernels() {
        for (void* kernel : kernels) api.clReleaseKernel(kernel);
      }
    };
    auto kernels = std::make_shared<Kernels>(Kernels{api_, program, {}});
    for (const std::string& entry : entries) {
      void* kernel = api_.clCreateKernel(program.get(), entry.c_str(), &status);
      if (status != 0) return std::nullopt;
      kernels->kernels.push_back(kernel);
    }
    return Program{kernels->kernels, kernels};
  }

  void launch(void* function, Grid grid, std::span<const KernelArgument> arguments) override {
    if (recording_) return keep_launch(function, grid, arguments);
    for (std::size_t a = 0; a < arguments.size(); ++a) {
      check("clSetKernelArg", api_.clSetKernelArg(function, static_cast<UInt>(a), arguments[a].size,
                                                  arguments[a].value));
    }
    const auto local = static_cast<std::size_t>(grid.group_size);
    const std::size_t global = static_cast<std::size_t>(grid.groups) * local;
    check("clEnqueueNDRangeKernel",
          api_.clEnqueueNDRangeKernel(queue_, function, 1, nullptr, &global, &local, 0, nullptr,
                                      nullptr));
    // What is not flushed may wait for the next call that blocks.
    if (++since_flush_ % 32 == 0) check("clFlush", api_.clFlush(queue_));
  }
  void finish() override { check("clFinish", api_.clFinish(queue_)); }

  void begin_recording() override { recording_ = std::make_shared<Recording>(); }
  std::shared_ptr<void> end_recording() override { return std::exchange(recording_, nullptr); }
  void replay(void* recording) override {
    for (const auto& step : *static_cast<const Recording*>(recording)) step();
  }

 private:
  // In memory of arrays, which goes back when the last work that uses it is done.
  void* buffer_of_host(std::size_t bytes, Status& status) {
    Buffer* const host = Buffer::make(bytes);
    void* const memory = api_.clCreateBuffer(context_, mem_read_write | mem_use_host_ptr, bytes,
                                             host->data, &status);
    const auto give_back = [](void*, void* data) { static_cast<Buffer*>(data)->release(); };
    if (!memory || status != 0) {
      host->release();
      return nullptr;
    }
    status = api_.clSetMemObjectDestructorCallback(memory, give_back, host);
    if (status == 0) return memory;
    api_.clReleaseMemObject(memory);
    host->release();
    return nullptr;
  }
  using Recording = std::vector<std::function<void()>>;
  void keep(std::function<void()> step) { recording_->push_back(std::move(step)); }
  void keep_launch(void* function, Grid grid, std::span<const KernelArgument> arguments) {
    std::vector<std::string> bytes;
    for (const KernelArgument& a : arguments)
      bytes.emplace_back(static_cast<const char*>(a.value), a.size);
    keep([this, function, grid, bytes = std::move(bytes)] {
      std::vector<KernelArgument> kept;
      for (const std::string& value : bytes) kept.push_back({value.data(), value.size()});
      launch(function, grid, kept);
    });
  }
  static void* handle(Memory memory) { return reinterpret_cast<void*>(memory.handle); }
  void check(const char* call, Status status) {
    if (status != 0) fail(call, code_text(status), loses_device(status));
  }
  std::shared_ptr<void> owned(void* program) {
    return {program, [&api = api_](void* p) {
              if (p) api.clReleaseProgram(p);
            }};
  }

  const Api& api_;
  void *device_, *context_ = nullptr, *queue_ = nullptr;
  std::string options_;
  std::map<std::uint64_t, std::size_t> sizes_;
  unsigned since_flush_ = 0;
  std::shared_ptr<Recording> recording_;
};
}  // namespace

Backend find_devices() {
  Backend backend{"opencl", {}, {}};
  const Api* api = Api::get(backend.absent);
  if (!api) return backend;
  const std::vector<Platform> all = platforms(*api, backend.absent);
  for (std::size_t p = 0; p < all.size(); ++p) {
    for (std::size_t d = 0; d < all[p].devices.size(); ++d) {
      void* device = all[p].devices[d];
      backend.devices.push_back({"opencl" + std::to_string(p) + ":" + std::to_string(d),
                                 device_text(*api, device, device_name),
                                 device_text(*api, device, device_version),
                                 device_number<std::uint64_t>(*api, device, global_mem_size)});
    }
  }
  return backend;
}

std::shared_ptr<Driver> open(const DeviceAddress& address) {
  std::string why;
  const Api* api = Api::get(why);
  if (!api) return nullptr;
  const std::vector<Platform> all = platforms(*api, why);
  const auto platform = static_cast<std::size_t>(address.platform),
             index = static_cast<std::size_t>(address.index);
  if (platform >= all.size() || index >= all[platform].devices.size()) return nullptr;
  return std::make_shared<OpenClDriver>(*api, all[platform].devices[index], address.text);
}
}  // namespace kroton::gpuarray::opencl
