// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/cuda/driver.h"

#include <algorithm>
#include <utility>

#include "kroton/base/errors.h"
#include "kroton/gpuarray/cuda/cublas.h"
#include "kroton/gpuarray/cuda/cublaslt.h"
#include "kroton/gpuarray/cuda/nvrtc.h"
#include "kroton/gpuarray/cuda/staging.h"

namespace kroton::gpuarray::cuda {
namespace {
struct Described {
  std::string name;
  std::size_t memory = 0;
  int major = 0, minor = 0, multiprocessors = 1;
};

Described describe(const Api& api, int device) {
  Described found;
  char name[256] = "";
  api.cuDeviceGetName(name, sizeof name, device);
  found.name = name;
  api.cuDeviceTotalMem_v2(&found.memory, device);
  api.cuDeviceGetAttribute(&found.major, capability_major, device);
  api.cuDeviceGetAttribute(&found.minor, capability_minor, device);
  api.cuDeviceGetAttribute(&found.multiprocessors, multiprocessor_count, device);
  return found;
}

std::string capability_text(const Described& device) {
  return std::to_string(device.major) + "." + std::to_string(device.minor);
}

class CudaDriver final : public Driver {
 public:
  CudaDriver(std::shared_ptr<const Api> api, int device, const std::string& text)
      : api_(std::move(api)) {
    const Described found = describe(*api_, device);
    capability_ = found.major * 10 + found.minor;
    properties_.kind = "cuda";
    properties_.device = text;
    properties_.name = found.name;
    properties_.version = capability_text(found);
    properties_.total_memory = properties_.max_allocation = found.memory;
    properties_.compute_units = found.multiprocessors;
    properties_.dialect = kernel::Dialect::cuda;
    std::string why;
    if (const auto nvrtc = Nvrtc::get(why))
      properties_.identity = "sm_" + std::to_string(capability_) + " nvrtc " + nvrtc->version();
    check("cuCtxCreate", api_->cuCtxCreate_v2(&context_, 0, device));
    const int code = api_->cuStreamCreate(&stream_, non_blocking);
    if (code != 0) api_->cuCtxDestroy_v2(context_);
    check("cuStreamCreate", code);
    staging_ = std::make_unique<Staging>(api_, stream_);
  }
  ~CudaDriver() override {
    api_->cuCtxSetCurrent(context_);
    api_->cuStreamSynchronize(stream_);
    staging_.reset();
    if (lt_handle_) lt_->cublasLtDestroy(lt_handle_);
    if (cublas_handle_) cublas_->cublasDestroy_v2(cublas_handle_);
    if (beside_) api_->cuStreamDestroy_v2(beside_);
    api_->cuStreamDestroy_v2(stream_);
    api_->cuCtxDestroy_v2(context_);
  }

  std::size_t free_memory() override {
    std::size_t free = 0, total = 0;
    enter();
    check("cuMemGetInfo", api_->cuMemGetInfo_v2(&free, &total));
    return free;
  }
  std::optional<Memory> allocate(std::size_t bytes, std::string& failure) override {
    enter();
    Address address = 0;
    const int code = api_->cuMemAlloc_v2(&address, bytes);
    if (code == 0) return Memory{address, address};
    failure = "cuMemAlloc failed with " + api_->code_text(code);
    if (code != out_of_memory) check("cuMemAlloc", code);
    return std::nullopt;
  }
  void release(Memory memory) noexcept override {
    api_->cuCtxSetCurrent(context_);
    api_->cuMemFree_v2(memory.handle);
  }

  void read(void* to, Place from, std::size_t bytes) override {
    enter();
    if (is_staged(to, bytes))
      return check("cuMemcpyDtoH", staging_->read(to, address(from), bytes));
    check("cuMemcpyDtoH", api_->cuMemcpyDtoHAsync_v2(to, address(from), bytes, stream_));
    finish();
  }
  void write(Place to, const void* from, std::size_t bytes) override {
    enter();
    if (recording_) return write_beside(to, from, bytes);
    if (is_staged(from, bytes))
      return check("cuMemcpyHtoD", staging_->write(address(to), from, bytes));
    check("cuMemcpyHtoD", api_->cuMemcpyHtoDAsync_v2(address(to), from, bytes, stream_));
    // Pinned memory is read later, all other memory has been read by now.
    if (is_known(from)) finish();
  }
  void copy(Place to, Place from, std::size_t bytes) override {
    enter();
    check("cuMemcpyDtoD", api_->cuMemcpyDtoDAsync_v2(address(to), address(from), bytes, stream_));
  }
  void clear(Place place, std::size_t bytes) override {
    enter();
    check("cuMemsetD8", api_->cuMemsetD8Async(address(place), 0, bytes, stream_));
  }
  bool copy_from(Driver& other, Place to, Place from, std::size_t bytes) override {
    auto* const source = dynamic_cast<CudaDriver*>(&other);
    if (!source || source->api_ != api_) return false;
    source->finish();
    enter();
    check("cuMemcpyPeer", api_->cuMemcpyPeerAsync(address(to), context_, address(from),
                                                  source->context_, bytes, stream_));
    finish();
    return true;
  }

  std::optional<std::string> compile(const std::string& text, std::string& log) override {
    const auto nvrtc = Nvrtc::get(log);
    return nvrtc ? nvrtc->compile(text, capability_, log) : std::nullopt;
  }
  std::optional<Program> load(const std::string& binary,
                              const std::vector<std::string>& entries) override {
    enter();
    void* module = nullptr;
    if (api_->cuModuleLoadData(&module, binary.c_str()) != 0) return std::nullopt;
    // A module goes with its context.
    Program program;
    program.owner = std::shared_ptr<void>(module, [](void*) {});
    for (const std::string& entry : entries) {
      void* function = nullptr;
      if (api_->cuModuleGetFunction(&function, module, entry.c_str()) != 0) {
        api_->cuModuleUnload(module);
        return std::nullopt;
      }
      program.functions.push_back(function);
    }
    return program;
  }
  void launch(void* function, Grid grid, std::span<const KernelArgument> arguments) override {
    enter();
    std::vector<void*> values;
    for (const KernelArgument& argument : arguments)
      values.push_back(const_cast<void*>(argument.value));
    check("cuLaunchKernel", api_->cuLaunchKernel(function, static_cast<unsigned>(grid.groups), 1, 1,
                                                 static_cast<unsigned>(grid.group_size), 1, 1, 0,
                                                 stream_, values.data(), nullptr));
  }
  bool gemm(const GemmCall& call) override {
    enter();
    std::string why;
    if (!cublas_) cublas_ = Cublas::get(why);
    if (!cublas_) return false;
    int code = 0;
    if (!cublas_handle_) {
      code = cublas_->cublasCreate_v2(&cublas_handle_);
      if (code == 0) code = cublas_->cublasSetStream_v2(cublas_handle_, stream_);
    }
    const bool taken = code != 0 || cublas_->multiply(cublas_handle_, call, code);
    if (code != 0) fail("cuBLAS", "code " + std::to_string(code), false);
    return taken;
  }
  bool gemm_then(const GemmCall& call, const Epilogue& then) override {
    enter();
    std::string why;
    if (!lt_) lt_ = CublasLt::get(why);
    if (!lt_) return false;
    int code = lt_handle_ ? 0 : lt_->cublasLtCreate(&lt_handle_);
    const bool taken = code != 0 || lt_->multiply(lt_handle_, stream_, call, then, code);
    if (code != 0) fail("cuBLASLt", "code " + std::to_string(code), false);
    return taken;
  }
  void finish() override {
    enter();
    check("cuStreamSynchronize", api_->cuStreamSynchronize(stream_));
  }

  void begin_recording() override {
    enter();
    check("cuStreamBeginCapture", api_->cuStreamBeginCapture_v2(stream_, capture_relaxed));
    recording_ = true;
  }
  std::shared_ptr<void> end_recording() override {
    recording_ = false;
    enter();
    void *graph = nullptr, *executable = nullptr;
    const int ended = api_->cuStreamEndCapture(stream_, &graph);
    // Nothing of what was recorded runs before that is there.
    if (std::exchange(wrote_beside_, false))
      check("cuStreamSynchronize", api_->cuStreamSynchronize(beside_));
    check("cuStreamEndCapture", ended);
    const int code = api_->cuGraphInstantiateWithFlags(&executable, graph, 0);
    api_->cuGraphDestroy(graph);
    check("cuGraphInstantiate", code);
    // It goes with its context, where that is closed first.
    return {executable, [api = api_, context = std::weak_ptr<void>(alive_)](void* graph) {
              if (!context.expired()) api->cuGraphExecDestroy(graph);
            }};
  }
  void replay(void* recording) override {
    enter();
    check("cuGraphLaunch", api_->cuGraphLaunch(recording, stream_));
  }

 private:
  // Whether the driver knows the host's memory: it is pinned.
  bool is_known(const void* memory) const {
    unsigned kind = 0;
    return api_->cuPointerGetAttribute(&kind, pointer_memory_type,
                                       reinterpret_cast<std::uintptr_t>(memory)) == 0;
  }
  bool is_staged(const void* memory, std::size_t bytes) {
    return bytes >= Staging::worth && !is_known(memory) && staging_->ready();
  }
  // Not in the stream that records: a graph would read the host's memory again in each replay.
  void write_beside(Place to, const void* from, std::size_t bytes) {
    if (!beside_) check("cuStreamCreate", api_->cuStreamCreate(&beside_, non_blocking));
    check("cuMemcpyHtoD", api_->cuMemcpyHtoDAsync_v2(address(to), from, bytes, beside_));
    wrote_beside_ = true;
  }
  static Address address(Place place) { return place.memory.handle + place.offset; }
  void enter() { check("cuCtxSetCurrent", api_->cuCtxSetCurrent(context_)); }
  void check(const char* call, int code) {
    if (code != 0) fail(call, api_->code_text(code), loses_device(code));
  }

  std::shared_ptr<const Api> api_;
  void *context_ = nullptr, *stream_ = nullptr;
  void* beside_ = nullptr;  // for what is written while the other one records
  bool recording_ = false, wrote_beside_ = false;
  const std::shared_ptr<void> alive_ = std::make_shared<int>();
  std::unique_ptr<Staging> staging_;
  std::shared_ptr<const Cublas> cublas_;
  std::shared_ptr<const CublasLt> lt_;
  void *cublas_handle_ = nullptr, *lt_handle_ = nullptr;
  int capability_ = 0;
};
}  // namespace

Backend find_devices(const std::shared_ptr<const Api>& api) {
  Backend backend{"cuda", {}, {}};
  int count = 0;
  if (const int code = api->cuDeviceGetCount(&count); code != 0) {
    backend.absent = "cuDeviceGetCount failed with " + api->code_text(code);
    return backend;
  }
  for (int i = 0; i < count; ++i) {
    int device = 0;
    if (api->cuDeviceGet(&device, i) != 0) continue;
    const Described found = describe(*api, device);
    backend.devices.push_back(
        {"cuda" + std::to_string(i), found.name, capability_text(found), found.memory});
  }
  if (count == 0) backend.absent = "the driver has no device";
  return backend;
}

std::shared_ptr<Driver> open(std::shared_ptr<const Api> api, const DeviceAddress& address) {
  int count = 0, device = 0;
  if (api->cuDeviceGetCount(&count) != 0 || address.index >= count ||
      api->cuDeviceGet(&device, address.index) != 0)
    return nullptr;
  return std::make_shared<CudaDriver>(std::move(api), device, address.text);
}

Backend find_devices() {
  std::string why;
  const auto api = Api::get(why);
  return api ? find_devices(api) : Backend{"cuda", {}, why};
}

std::shared_ptr<Driver> open(const DeviceAddress& address) {
  std::string why;
  auto api = Api::get(why);
  return api ? open(std::move(api), address) : nullptr;
}
}  // namespace kroton::gpuarray::cuda
