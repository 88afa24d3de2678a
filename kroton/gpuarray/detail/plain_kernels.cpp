// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/detail/plain_kernels.h"

#include <map>
#include <memory>
#include <mutex>
#include <tuple>
#include <vector>

#include "kroton/gpuarray/detail/open_context.h"
#include "kroton/gpuarray/launch.h"
#include "kroton/kernel/builder.h"

namespace kroton::gpuarray::detail {
namespace {
kernel::Kernel copy_kernel(DType from, DType to, int rank) {
  using kernel::Affine;
  kernel::Builder b("copy");
  const int x = b.in("x", from, rank), z = b.out("z", to, rank);
  std::vector<Affine> index;
  for (int d = 0; d < rank; ++d) {
    const int n = b.extent("n" + std::to_string(d), {{x, d}, {z, d}});
    index.push_back(Affine::axis(b.outer(Affine::extent(n))));
  }
  b.stage();
  b.store(z, index, b.load(x, index));
  return b.finish();
}

const DeviceKernel& copy_kernel_of(DType from, DType to, std::size_t rank) {
  static std::mutex mutex;
  static auto* const kernels =
      new std::map<std::tuple<DType, DType, std::size_t>, std::unique_ptr<DeviceKernel>>;
  const std::lock_guard lock(mutex);
  std::unique_ptr<DeviceKernel>& kernel = (*kernels)[{from, to, rank}];
  if (!kernel)
    kernel = std::make_unique<DeviceKernel>(copy_kernel(from, to, static_cast<int>(rank)));
  return *kernel;
}
}  // namespace

void copy_cast(const GpuArray& to, const GpuArray& from) {
  OpenContext& context = *to.buffer()->context();
  if (to.dtype() == from.dtype() && to.is_c_contiguous() && from.is_c_contiguous()) {
    const OpenContext::Lock lock = context.lock();
    context.driver().copy(to.buffer()->place(to.offset()), from.buffer()->place(from.offset()),
                          to.nbytes());
    return;
  }
  copy_kernel_of(from.dtype(), to.dtype(), to.ndim()).run("copy", {from, to});
}

void copy_between(const GpuArray& to, const GpuArray& from) {
  OpenContext &there = *to.buffer()->context(), &here = *from.buffer()->context();
  const Place target = to.buffer()->place(to.offset()),
              source = from.buffer()->place(from.offset());
  {
    // Always in one order, so that two copies in opposite directions cannot wait for each other.
    OpenContext &first = here.unique_id() < there.unique_id() ? here : there,
                &second = &first == &here ? there : here;
    const OpenContext::Lock one = first.lock(), two = second.lock();
    if (there.driver().copy_from(here.driver(), target, source, to.nbytes())) return;
  }
  std::vector<std::byte> staged(to.nbytes());
  {
    const OpenContext::Lock lock = here.lock();
    here.driver().read(staged.data(), source, staged.size());
  }
  const OpenContext::Lock lock = there.lock();
  there.driver().write(target, staged.data(), staged.size());
}
}  // namespace kroton::gpuarray::detail
