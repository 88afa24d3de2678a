// SPDX-License-Identifier: BSD-3-Clause
// A CUDA driver without a GPU. Memory is the host's, with guards around each allocation. A stream's
// work waits in a queue until somebody waits for it, so that what is used too early is seen to be.
// Kernels that fake_nvrtc.cpp compiled run on the host (emulation/), those of a real NVRTC are
// accepted and counted. Each call can be told to fail. It is a library of its own, opened as the
// real one is.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "emulation/image.h"

namespace {
using Address = std::uint64_t;
constexpr std::size_t total_memory = std::size_t{1} << 30;
// What an address of the driver's is a multiple of, and no more than that.
constexpr std::size_t alignment = 256;
constexpr unsigned char guard = 0xA7, fresh = 0xCB;
// So many bytes of an allocation get numbers that nobody expects.
constexpr std::size_t most_fresh = std::size_t{1} << 22;
constexpr int invalid_value = 1, out_of_memory = 2, invalid_context = 201, no_such_name = 500,
              illegal_address = emulation::illegal_address, not_while_capturing = 900;

using Work = std::function<int()>;
struct Graph {
  std::vector<Work> work;
};
struct Module;
struct Function {
  Module* module = nullptr;
  std::string name;
  const emulation::Entry* entry = nullptr;  // null: one of a GPU, which is counted
};
struct Module {
  std::unique_ptr<emulation::Image> image;
  std::map<std::string, std::unique_ptr<Function>> functions;
};
struct Context;
struct Stream {
  Context* context = nullptr;
  std::vector<Work> queued;
  std::size_t begun = 0;  // of those that were ever queued
  std::unique_ptr<Graph> captured;
};
struct Event {
  Stream* stream = nullptr;
  std::size_t position = 0;  // what it waits for
};
struct Memory {
  Context* context = nullptr;
  std::size_t bytes = 0;
};
struct Context {
  int lost = 0;  // the code that every call gives from then on
  std::vector<std::unique_ptr<Stream>> streams;
  std::map<void*, std::unique_ptr<Module>> modules;
  std::map<void*, std::unique_ptr<Graph>> graphs;
};

struct State {
  std::mutex mutex;
  std::map<std::string, int> failures;  // call -> code
  std::map<Address, Memory> memory;
  std::map<Address, std::size_t> pinned;
  std::map<Context*, std::unique_ptr<Context>> contexts;
  std::size_t used = 0, transfers = 0;
  int major = 9, minor = 0, devices = 2, launches = 0, waits = 0, graphs = 0, replayed = 0,
      runs = 0;
  std::string report;
};
State& state() {
  static State* const s = new State;
  return *s;
}
thread_local Context* current = nullptr;

int failing(const char* call) {
  const auto found = state().failures.find(call);
  return found == state().failures.end() ? 0 : found->second;
}
void* at(Address address) { return reinterpret_cast<void*>(address); }
// What the next address below is known as; null when ADDRESS is not within it.
template <class Map>
auto found_in(Map& map, Address address, std::size_t (*size)(const typename Map::mapped_type&)) ->
    typename Map::value_type* {
  const auto after = map.upper_bound(address);
  if (after == map.begin()) return nullptr;
  auto& below = *std::prev(after);
  return address < below.first + size(below.second) ? &below : nullptr;
}
bool is_pinned(const void* memory) {
  return found_in(state().pinned, reinterpret_cast<Address>(memory),
                  [](const std::size_t& bytes) { return bytes; });
}
// Whether these bytes are of an allocation of the context.
bool is_device(const Context* context, Address address, std::size_t bytes) {
  const auto* const found =
      found_in(state().memory, address, [](const Memory& m) { return m.bytes; });
  return found && found->second.context == context &&
         address + bytes <= found->first + found->second.bytes;
}

// What is wrong is said at once: it may be that nobody asks.
int fail(int code, const std::string& what) {
  state().report = what;
  std::fprintf(stderr, "fake_cuda: %s\n", what.c_str());
  return code;
}
// Whether nothing was written around the context's memory.
int check_guards(const Context* context, const std::string& who) {
  for (const auto& [address, m] : state().memory) {
    if (context && m.context != context) continue;
    const auto is_whole = [](const char* from, std::size_t bytes) {
      return std::all_of(from, from + bytes,
                         [](char c) { return static_cast<unsigned char>(c) == guard; });
    };
    char *const begin = static_cast<char*>(at(address)), *const end = begin + m.bytes;
    if (is_whole(begin - alignment, alignment) && is_whole(end, alignment)) continue;
    std::memset(begin - alignment, guard, alignment);
    std::memset(end, guard, alignment);
    return fail(illegal_address,
                who + " wrote beside an allocation of " + std::to_string(m.bytes) + " bytes");
  }
  return 0;
}

// Does what was queued up to number LAST.
void catch_up(Stream& stream, std::size_t last) {
  auto& queued = stream.queued;
  std::size_t done = 0;
  while (done < queued.size() && stream.begun - queued.size() + done < last) {
    const int code = stream.context->lost == 0 ? queued[done]() : 0;
    if (code != 0) stream.context->lost = code;
    ++done;
  }
  queued.erase(queued.begin(), queued.begin() + static_cast<std::ptrdiff_t>(done));
}
void catch_up(Context& context) {
  for (const auto& stream : context.streams) catch_up(*stream, stream->begun);
}
int lost(const Stream& stream) { return stream.context->lost; }
int put(Stream& stream, Work work) {
  if (stream.captured) {
    stream.captured->work.push_back(std::move(work));
  } else {
    stream.queued.push_back(std::move(work));
    ++stream.begun;
  }
  return 0;
}
// Memory that the driver does not know was read, or written, when a copy returns.
int read_host(Stream& stream, void* to, const void* from, std::size_t bytes) {
  if (stream.captured) return fail(not_while_capturing, "a copy of the host's memory in a capture");
  if (is_pinned(from)) {
    ++state().transfers;
    return put(stream, [=] {
      std::memcpy(to, from, bytes);
      return 0;
    });
  }
  if (stream.queued.empty()) {
    std::memcpy(to, from, bytes);
    return 0;
  }
  const auto* const first = static_cast<const char*>(from);
  return put(stream, [to, taken = std::vector<char>(first, first + bytes)] {
    std::copy(taken.begin(), taken.end(), static_cast<char*>(to));
    return 0;
  });
}
int write_host(Stream& stream, void* to, const void* from, std::size_t bytes) {
  if (stream.captured) return fail(not_while_capturing, "a copy to the host in a capture");
  const auto work = [=] {
    std::memcpy(to, from, bytes);
    return 0;
  };
  put(stream, work);
  if (is_pinned(to)) {
    ++state().transfers;
  } else {
    catch_up(stream, stream.begun);
  }
  return lost(stream);
}

int launch(Stream& stream, Function& function, unsigned blocks, unsigned threads,
           void* const* arguments) {
  const emulation::Entry* const entry = function.entry;
  if (!stream.captured) ++state().launches;
  if (!entry) return put(stream, [] { return 0; });
  // Values are taken now, memory is looked up when the kernel runs.
  auto values = std::make_shared<std::vector<std::uint64_t>>();
  for (int i = 0; i < entry->parameters; ++i) {
    if (entry->sizes[i] > sizeof(std::uint64_t)) return fail(invalid_value, "a large parameter");
    std::memcpy(&values->emplace_back(), arguments[i], entry->sizes[i]);
  }
  return put(stream, [=, context = stream.context, &function] {
    std::vector<void*> places;
    for (std::size_t i = 0; i < values->size(); ++i) {
      places.push_back(&(*values)[i]);
      if (entry->are_pointers[i] && !is_device(context, (*values)[i], 1))
        return fail(illegal_address, function.name + ": parameter " + std::to_string(i) +
                                         " is no memory of the context");
    }
    ++state().runs;
    std::string report;
    const int code = emulation::run(
        {entry, function.module->image->library(), blocks, threads, places.data()}, report);
    if (code != 0) return fail(code, function.name + ": " + report);
    return check_guards(context, function.name);
  });
}

void free_memory(Address address) {
  const Memory m = state().memory.at(address);
  state().used -= m.bytes;
  state().memory.erase(address);
  std::memset(at(address), fresh, std::min(m.bytes, most_fresh));
  std::free(static_cast<char*>(at(address)) - alignment);
}
void close(Context* context) {
  catch_up(*context);
  for (auto it = state().memory.begin(); it != state().memory.end();) {
    const Address address = it->first;
    const bool own = it->second.context == context;
    ++it;
    if (own) free_memory(address);
  }
  state().contexts.erase(context);
}
Stream& of(void* stream) { return *static_cast<Stream*>(stream); }
}  // namespace

#define FAKE(name, ...)                        \
  extern "C" int name(__VA_ARGS__) {           \
    const std::lock_guard lock(state().mutex); \
    if (const int code = failing(#name)) return code;
#define END \
  return 0; \
  }
// Of a stream whose context is the current one and works.
#define ON(stream)                                                                                \
  if (of(stream).context != current) return fail(invalid_context, "a stream of another context"); \
  if (lost(of(stream))) return lost(of(stream));
#define DEVICE(context, address, bytes) \
  if (!is_device(context, address, bytes)) return fail(invalid_value, "no memory of the context");

// For the tests.
extern "C" void fake_fail(const char* call, int code) {
  const std::lock_guard lock(state().mutex);
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
extern "C" int fake_runs() { return state().runs; }  // of kernels that ran on the host
extern "C" int fake_waits() { return state().waits; }
extern "C" int fake_graphs() { return state().graphs; }      // launched
extern "C" int fake_replayed() { return state().replayed; }  // nodes of those
extern "C" std::size_t fake_pinned() {
  std::size_t bytes = 0;
  for (const auto& [address, size] : state().pinned) bytes += size;
  return bytes;
}
extern "C" std::size_t fake_queued() { return state().transfers; }  // with pinned memory
extern "C" int fake_contexts() { return static_cast<int>(state().contexts.size()); }
extern "C" std::size_t fake_used() { return state().used; }
// Work of another library.
extern "C" void fake_enqueue(void* stream, const std::function<void()>* work) {
  const std::lock_guard lock(state().mutex);
  put(of(stream), [work = *work] {
    work();
    return 0;
  });
}
// As emulation::set_order has it; the variable FAKE_CUDA_ORDER is the first one.
extern "C" void fake_order(int order) { emulation::set_order(order); }
// What went wrong last.
extern "C" const char* fake_report() { return state().report.c_str(); }

// clang-format off
FAKE(cuInit, unsigned)
  if (const char* order = std::getenv("FAKE_CUDA_ORDER")) emulation::set_order(std::atoi(order)); END
FAKE(cuDriverGetVersion, int* version) *version = 13000; END
extern "C" int cuGetErrorName(int code, const char** name) {
  switch (code) {
    case 1: *name = "CUDA_ERROR_INVALID_VALUE"; return 0;
    case 2: *name = "CUDA_ERROR_OUT_OF_MEMORY"; return 0;
    case 34: *name = "CUDA_ERROR_STUB_LIBRARY"; return 0;
    case 100: *name = "CUDA_ERROR_NO_DEVICE"; return 0;
    case 201: *name = "CUDA_ERROR_INVALID_CONTEXT"; return 0;
    case 218: *name = "CUDA_ERROR_INVALID_PTX"; return 0;
    case 700: *name = "CUDA_ERROR_ILLEGAL_ADDRESS"; return 0;
    case 701: *name = "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES"; return 0;
    case 716: *name = "CUDA_ERROR_MISALIGNED_ADDRESS"; return 0;
    case 719: *name = "CUDA_ERROR_LAUNCH_FAILED"; return 0;
    case 900: *name = "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED"; return 0;
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
  auto made = std::make_unique<Context>();
  current = made.get();
  *context = current;
  state().contexts.emplace(current, std::move(made)); END
FAKE(cuCtxDestroy_v2, void* context)
  if (current == context) current = nullptr;
  close(static_cast<Context*>(context)); END
FAKE(cuCtxSetCurrent, void* context)
  if (!state().contexts.contains(static_cast<Context*>(context))) return invalid_context;
  current = static_cast<Context*>(context); END
FAKE(cuStreamCreate, void** stream, unsigned)
  current->streams.push_back(std::make_unique<Stream>());
  current->streams.back()->context = current;
  *stream = current->streams.back().get(); END
FAKE(cuStreamDestroy_v2, void* stream)
  Context& context = *of(stream).context;
  catch_up(of(stream), of(stream).begun);
  std::erase_if(context.streams, [&](const auto& s) { return s.get() == stream; }); END
FAKE(cuStreamSynchronize, void* stream)
  ON(stream)
  if (of(stream).captured) return fail(not_while_capturing, "a stream is waited for in its capture");
  ++state().waits; catch_up(of(stream), of(stream).begun); return lost(of(stream)); END
FAKE(cuStreamBeginCapture_v2, void* stream, int)
  ON(stream)
  of(stream).captured = std::make_unique<Graph>(); END
FAKE(cuStreamEndCapture, void* stream, void** graph)
  ON(stream)
  *graph = of(stream).captured.release(); END
FAKE(cuGraphInstantiateWithFlags, void** executable, void* graph, unsigned long long)
  auto made = std::make_unique<Graph>(*static_cast<Graph*>(graph));
  *executable = made.get();
  current->graphs.emplace(*executable, std::move(made)); END
FAKE(cuGraphLaunch, void* executable, void* stream)
  ON(stream)
  if (!current->graphs.contains(executable)) return fail(invalid_value, "a graph that is not there");
  const Graph& graph = *static_cast<Graph*>(executable);
  ++state().graphs; state().replayed += static_cast<int>(graph.work.size());
  for (const Work& work : graph.work) put(of(stream), work); END
FAKE(cuGraphExecDestroy, void* executable)
  for (const auto& [key, context] : state().contexts) context->graphs.erase(executable); END
FAKE(cuGraphDestroy, void* graph) delete static_cast<Graph*>(graph); END
FAKE(cuMemGetInfo_v2, std::size_t* free, std::size_t* total)
  *total = total_memory; *free = total_memory - state().used; END
FAKE(cuMemAlloc_v2, Address* address, std::size_t bytes)
  if (current->lost) return current->lost;
  if (state().used + bytes > total_memory) return out_of_memory;
  // On an odd multiple of the alignment, with guards on both sides.
  const std::size_t whole = (bytes + 4 * alignment - 1) / (2 * alignment) * 2 * alignment;
  auto* const memory = static_cast<char*>(std::aligned_alloc(2 * alignment, whole));
  if (!memory) return out_of_memory;
  *address = reinterpret_cast<Address>(memory) + alignment;
  std::memset(memory, guard, alignment);
  std::memset(at(*address), fresh, std::min(bytes, most_fresh));
  std::memset(memory + alignment + bytes, guard, alignment);
  state().memory[*address] = {current, bytes}; state().used += bytes; END
FAKE(cuMemFree_v2, Address address)
  const auto found = state().memory.find(address);
  if (found == state().memory.end()) return fail(invalid_value, "memory is freed that is not there");
  catch_up(*found->second.context);
  check_guards(found->second.context, "something");
  free_memory(address); END
FAKE(cuMemHostAlloc, void** memory, std::size_t bytes, unsigned)
  *memory = std::malloc(bytes); state().pinned[reinterpret_cast<Address>(*memory)] = bytes; END
FAKE(cuMemFreeHost, void* memory)
  for (const auto& [key, context] : state().contexts) catch_up(*context);
  state().pinned.erase(reinterpret_cast<Address>(memory)); std::free(memory); END
FAKE(cuEventCreate, void** event, unsigned) *event = new Event; END
FAKE(cuEventDestroy_v2, void* event) delete static_cast<Event*>(event); END
FAKE(cuEventRecord, void* event, void* stream)
  ON(stream)
  *static_cast<Event*>(event) = {&of(stream), of(stream).begun}; END
FAKE(cuEventSynchronize, void* event)
  const Event& e = *static_cast<Event*>(event);
  if (e.stream) { catch_up(*e.stream, e.position); return lost(*e.stream); } END
FAKE(cuPointerGetAttribute, void*, int, Address address) return is_pinned(at(address)) ? 0 : 1; END
FAKE(cuMemcpyHtoDAsync_v2, Address to, const void* from, std::size_t bytes, void* stream)
  ON(stream)
  DEVICE(current, to, bytes)
  return read_host(of(stream), at(to), from, bytes); END
FAKE(cuMemcpyDtoHAsync_v2, void* to, Address from, std::size_t bytes, void* stream)
  ON(stream)
  DEVICE(current, from, bytes)
  return write_host(of(stream), to, at(from), bytes); END
FAKE(cuMemcpyDtoDAsync_v2, Address to, Address from, std::size_t bytes, void* stream)
  ON(stream)
  DEVICE(current, to, bytes)
  DEVICE(current, from, bytes)
  if (to < from + bytes && from < to + bytes) return fail(invalid_value, "a copy onto itself");
  return put(of(stream), [=] { std::memcpy(at(to), at(from), bytes); return 0; }); END
FAKE(cuMemcpyPeerAsync, Address to, void* to_context, Address from, void* from_context, std::size_t bytes, void* stream)
  ON(stream)
  DEVICE(static_cast<Context*>(to_context), to, bytes)
  DEVICE(static_cast<Context*>(from_context), from, bytes)
  return put(of(stream), [=] { std::memmove(at(to), at(from), bytes); return 0; }); END
FAKE(cuMemsetD8Async, Address to, unsigned char value, std::size_t bytes, void* stream)
  ON(stream)
  DEVICE(current, to, bytes)
  return put(of(stream), [=] { std::memset(at(to), value, bytes); return 0; }); END
FAKE(cuModuleLoadData, void** module, const void* bytes)
  auto made = std::make_unique<Module>();
  std::string why;
  if (emulation::is_image(bytes)) {
    made->image = emulation::Image::load(bytes, why);
    if (!made->image) return fail(218, why);
  }
  *module = made.get();
  current->modules.emplace(*module, std::move(made)); END
FAKE(cuModuleUnload, void* module) current->modules.erase(module); END
FAKE(cuModuleGetFunction, void** function, void* module, const char* name)
  Module& m = *static_cast<Module*>(module);
  auto& made = m.functions[name];
  if (!made) made = std::make_unique<Function>(Function{&m, name, nullptr});
  if (m.image) {
    made->entry = m.image->entry(name);
    if (!made->entry) return no_such_name;
  }
  *function = made.get(); END
FAKE(cuLaunchKernel, void* function, unsigned blocks, unsigned, unsigned, unsigned threads, unsigned, unsigned, unsigned, void* stream, void** arguments, void**)
  ON(stream)
  if (blocks == 0 || threads == 0 || threads > 1024) return fail(invalid_value, "a grid of no block, or a large one");
  if (!current->modules.contains(static_cast<Function*>(function)->module)) return fail(invalid_context, "a kernel of another context");
  return launch(of(stream), *static_cast<Function*>(function), blocks, threads, arguments); END
