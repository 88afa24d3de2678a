// SPDX-License-Identifier: BSD-3-Clause
// A CUDA driver without a GPU: memory is the host's, programs are accepted and launches counted,
// and each call can be told to fail. Copies from and to pinned memory are done when they are waited
// for, and not before. It is a library of its own, opened as the real one is.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace {
using Address = std::uint64_t;
constexpr std::size_t total_memory = std::size_t{1} << 30;

struct State {
  std::map<std::string, int> failures;  // call -> code
  std::map<Address, std::size_t> memory;
  std::size_t used = 0;
  int major = 9, minor = 0, devices = 2, contexts = 0, modules = 0, launches = 0;
  int waits = 0, graphs = 0, captured = 0, replayed = 0;
  void* capturing = nullptr;  // a stream
  std::map<void*, std::unique_ptr<int>> parts;  // modules and graphs, until the last context goes
  std::map<Address, std::size_t> pinned;
  std::vector<std::function<void()>> queued;
  std::size_t begun = 0;                // of those that were ever queued
  std::map<void*, std::size_t> events;  // which of them they wait for
};
State& state() {
  static State s;
  return s;
}
int failing(const char* call) {
  const auto found = state().failures.find(call);
  return found == state().failures.end() ? 0 : found->second;
}
void* at(Address address) { return reinterpret_cast<void*>(address); }
// What a context owns; its number.
void* part(int number) {
  auto made = std::make_unique<int>(number);
  void* const address = made.get();
  state().parts.emplace(address, std::move(made));
  return address;
}
bool is_pinned(const void* memory) {
  const auto address = reinterpret_cast<Address>(memory);
  const auto after = state().pinned.upper_bound(address);
  return after != state().pinned.begin() &&
         address < std::prev(after)->first + std::prev(after)->second;
}
// Does what was queued up to number LAST.
void catch_up(std::size_t last) {
  auto& queued = state().queued;
  while (!queued.empty() && state().begun - queued.size() < last) {
    queued.front()();
    queued.erase(queued.begin());
  }
}
void copy(void* to, const void* from, std::size_t bytes) {
  if (is_pinned(to) || is_pinned(from)) {
    state().queued.push_back([=] { std::memcpy(to, from, bytes); });
    ++state().begun;
  } else {
    catch_up(state().begun);
    std::memcpy(to, from, bytes);
  }
}
}  // namespace

#define FAKE(name, ...)              \
  extern "C" int name(__VA_ARGS__) { \
    if (const int code = failing(#name)) return code;
#define END \
  return 0; \
  }

// For the tests.
extern "C" void fake_fail(const char* call, int code) {
  if (code == 0) {
    state().failures.erase(call);
  } else {
    state().failures[call] = code;
  }
}
extern "C" void fake_capability(int major, int minor) {
  state().major = major;
  state().minor = minor;
}
extern "C" int fake_launches() { return state().launches; }
extern "C" int fake_waits() { return state().waits; }
extern "C" int fake_graphs() { return state().graphs; }      // launched
extern "C" int fake_replayed() { return state().replayed; }  // nodes of those
extern "C" std::size_t fake_pinned() {
  std::size_t bytes = 0;
  for (const auto& [address, size] : state().pinned) bytes += size;
  return bytes;
}
extern "C" std::size_t fake_queued() { return state().begun; }
extern "C" int fake_contexts() { return state().contexts; }
extern "C" std::size_t fake_used() { return state().used; }

// clang-format off
FAKE(cuInit, unsigned) END
FAKE(cuDriverGetVersion, int* version) *version = 13000; END
extern "C" int cuGetErrorName(int code, const char** name) {
  switch (code) {
    case 1: *name = "CUDA_ERROR_INVALID_VALUE"; return 0;
    case 2: *name = "CUDA_ERROR_OUT_OF_MEMORY"; return 0;
    case 34: *name = "CUDA_ERROR_STUB_LIBRARY"; return 0;
    case 100: *name = "CUDA_ERROR_NO_DEVICE"; return 0;
    case 218: *name = "CUDA_ERROR_INVALID_PTX"; return 0;
    case 700: *name = "CUDA_ERROR_ILLEGAL_ADDRESS"; return 0;
    case 719: *name = "CUDA_ERROR_LAUNCH_FAILED"; return 0;
    default: return 1;
  }
}
FAKE(cuDeviceGetCount, int* count) *count = state().devices; END
FAKE(cuDeviceGet, int* device, int ordinal) *device = ordinal; END
FAKE(cuDeviceGetName, char* name, int size, int device)
  std::strncpy(name, device == 0 ? "Fake One" : "Fake Two", static_cast<std::size_t>(size)); END
FAKE(cuDeviceTotalMem_v2, std::size_t* bytes, int) *bytes = total_memory; END
FAKE(cuDeviceGetAttribute, int* value, int attribute, int)
  *value = attribute == 75 ? state().major : attribute == 76 ? state().minor : 4; END
FAKE(cuCtxCreate_v2, void** context, unsigned, int)
  *context = std::malloc(1); ++state().contexts; END
FAKE(cuCtxDestroy_v2, void* context) std::free(context); if (--state().contexts == 0) state().parts.clear(); END
FAKE(cuCtxSetCurrent, void*) END
FAKE(cuStreamCreate, void** stream, unsigned) *stream = std::malloc(1); END
FAKE(cuStreamDestroy_v2, void* stream) std::free(stream); END
FAKE(cuStreamSynchronize, void* stream)
  if (stream == state().capturing) return 900;
  ++state().waits; catch_up(state().begun); END
FAKE(cuStreamBeginCapture_v2, void* stream, int) state().captured = 0; state().capturing = stream; END
FAKE(cuStreamEndCapture, void*, void** graph) state().capturing = nullptr; *graph = new int(state().captured); END
FAKE(cuGraphInstantiateWithFlags, void** executable, void* graph, unsigned long long) *executable = part(*static_cast<int*>(graph)); END
FAKE(cuGraphLaunch, void* executable, void*) ++state().graphs; state().replayed += *static_cast<int*>(executable); END
FAKE(cuGraphExecDestroy, void* executable) state().parts.erase(executable); END
FAKE(cuGraphDestroy, void* graph) delete static_cast<int*>(graph); END
FAKE(cuMemGetInfo_v2, std::size_t* free, std::size_t* total)
  *total = total_memory; *free = total_memory - state().used; END
FAKE(cuMemAlloc_v2, Address* address, std::size_t bytes)
  if (state().used + bytes > total_memory) return 2;
  *address = reinterpret_cast<Address>(std::malloc(bytes));
  state().memory[*address] = bytes; state().used += bytes; END
FAKE(cuMemFree_v2, Address address)
  catch_up(state().begun);
  state().used -= state().memory[address]; state().memory.erase(address); std::free(at(address)); END
FAKE(cuMemHostAlloc, void** memory, std::size_t bytes, unsigned)
  *memory = std::malloc(bytes); state().pinned[reinterpret_cast<Address>(*memory)] = bytes; END
FAKE(cuMemFreeHost, void* memory) state().pinned.erase(reinterpret_cast<Address>(memory)); std::free(memory); END
FAKE(cuEventCreate, void** event, unsigned) *event = std::malloc(1); END
FAKE(cuEventDestroy_v2, void* event) state().events.erase(event); std::free(event); END
FAKE(cuEventRecord, void* event, void*) state().events[event] = state().begun; END
FAKE(cuEventSynchronize, void* event) catch_up(state().events[event]); END
FAKE(cuPointerGetAttribute, void*, int, Address address) return is_pinned(at(address)) ? 0 : 1; END
// A graph would read or write the host's memory again in each launch.
FAKE(cuMemcpyHtoDAsync_v2, Address to, const void* from, std::size_t bytes, void* stream)
  if (stream == state().capturing) return 900;
  copy(at(to), from, bytes); END
FAKE(cuMemcpyDtoHAsync_v2, void* to, Address from, std::size_t bytes, void* stream)
  if (stream == state().capturing) return 900;
  copy(to, at(from), bytes); END
FAKE(cuMemcpyDtoDAsync_v2, Address to, Address from, std::size_t bytes, void*)
  if (state().capturing) { ++state().captured; } else { copy(at(to), at(from), bytes); } END
FAKE(cuMemcpyPeerAsync, Address to, void*, Address from, void*, std::size_t bytes, void*) std::memcpy(at(to), at(from), bytes); END
FAKE(cuMemsetD8Async, Address to, unsigned char value, std::size_t bytes, void*)
  if (state().capturing) { ++state().captured; } else { catch_up(state().begun); std::memset(at(to), value, bytes); } END
FAKE(cuModuleLoadData, void** module, const void*) *module = part(0); ++state().modules; END
FAKE(cuModuleUnload, void* module) state().parts.erase(module); --state().modules; END
FAKE(cuModuleGetFunction, void** function, void* module, const char*) *function = module; END
FAKE(cuLaunchKernel, void*, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, void*, void**, void**)
  ++(state().capturing ? state().captured : state().launches); END
