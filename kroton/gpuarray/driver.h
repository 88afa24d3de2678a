// SPDX-License-Identifier: BSD-3-Clause
// What a device's driver library does for one opened context: memory, copies, programs, launches,
// in one order. A backend is one folder (opencl/, cuda/) with a subclass of Driver; everything
// above it (context.h, array.h, launch.h) knows no vendor. The caller holds the context's lock.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/kernel/dialect.h"
#include "kroton/ndarray/dtype.h"

namespace kroton::gpuarray {
struct DeviceProperties {
  std::string kind;     // "cuda", "opencl"
  std::string device;   // "opencl0:0"
  std::string name;     // as its vendor calls it
  std::string version;  // compute capability, or what the OpenCL device and its driver say
  std::size_t total_memory = 0, max_allocation = 0;
  int compute_units = 1;
  bool cpu = false;       // items run best over contiguous chunks
  int vector_bytes = 64;  // of a CPU's registers
  kernel::Dialect dialect = kernel::Dialect::opencl;
  std::string identity;  // of everything that changes a compiled program
};

// A piece of device memory. `handle` is what kernels take (a cl_mem, a CUdeviceptr); `address` is
// where it lies, for OpenCL a number that no other memory of this process has.
struct Memory {
  std::uint64_t handle = 0;
  std::uintptr_t address = 0;
};
struct Place {
  Memory memory;
  std::uint64_t offset = 0;
};

struct Program {
  std::vector<void*> functions;  // of the entries asked for, in their order
  std::shared_ptr<void> owner;
};
struct KernelArgument {
  const void* value;
  std::size_t size;
};
struct Grid {
  std::int64_t groups = 1;
  int group_size = 1;
};

// z = alpha a b + beta z for STACK matrices of m x k and k x n, steps in elements: from one matrix,
// one row, one column to the next.
struct GemmCall {
  DType dtype;
  std::int64_t stack, m, n, k;
  Place a, b, z;
  std::array<std::int64_t, 3> a_steps, b_steps, z_steps;
  double alpha, beta;
};

// What is done with each element of a product before it is written: + bias of its column, then the
// larger of it and 0. The workspace is the library's until the work is done.
struct Epilogue {
  std::optional<Place> bias;
  bool relu = false;
  Place workspace;
  std::size_t workspace_bytes = 0;
};

// Errors are DeviceError "KIND: CALL failed with CODE on DEVICE; REMEDY". After one that leaves the
// device unusable lost() says so.
class KROTON_API Driver {
 public:
  virtual ~Driver();
  const DeviceProperties& properties() const { return properties_; }
  const std::string& lost() const { return lost_; }

  virtual std::size_t free_memory() = 0;
  // Nothing when there is not so much; FAILURE then says "CALL failed with CODE".
  virtual std::optional<Memory> allocate(std::size_t bytes, std::string& failure) = 0;
  virtual void release(Memory) noexcept = 0;
  // These two return when the host's memory may be used.
  virtual void read(void* to, Place from, std::size_t bytes) = 0;
  virtual void write(Place to, const void* from, std::size_t bytes) = 0;
  virtual void copy(Place to, Place from, std::size_t bytes) = 0;  // they do not overlap
  virtual void clear(Place, std::size_t bytes) = 0;
  // From another context's memory without the host; false when it cannot. Both are in order.
  virtual bool copy_from(Driver& other, Place to, Place from, std::size_t bytes);
  // The program's binary; nothing when the text does not compile, and LOG says why.
  virtual std::optional<std::string> compile(const std::string& text, std::string& log) = 0;
  // Nothing when the driver does not take the binary (another version of it made it).
  virtual std::optional<Program> load(const std::string& binary,
                                      const std::vector<std::string>& entries) = 0;
  virtual void launch(void* function, Grid, std::span<const KernelArgument>) = 0;
  // By the vendor's library; false where there is none, or it does not take this.
  virtual bool gemm(const GemmCall& call);
  virtual bool gemm_then(const GemmCall& call, const Epilogue& then);
  virtual void finish() = 0;

  // Between the two, launches, copies, clears and products are kept, not done; replay does them, in
  // their order, as often as it is called. Meanwhile memory is not to be read, and written only
  // where nothing else uses it: that is done at once, and once.
  virtual void begin_recording() = 0;
  virtual std::shared_ptr<void> end_recording() = 0;
  virtual void replay(void* recording) = 0;

 protected:
  // Throws the DeviceError for a call; LOSES: nothing else will work on this context either.
  [[noreturn]] void fail(const std::string& call, const std::string& code, bool loses);

  DeviceProperties properties_;
  std::string lost_;
};
}  // namespace kroton::gpuarray
