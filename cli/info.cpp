// SPDX-License-Identifier: BSD-3-Clause
#include <iostream>

#include "cli/commands.h"
#include "kroton/base/config.h"
#include "kroton/base/parallel.h"
#include "kroton/base/version.h"
#include "kroton/distributed/communicator.h"
#include "kroton/gpuarray/devices.h"
#include "kroton/jit/compiler.h"
#include "kroton/jit/host_cpu.h"
#include "kroton/ndarray/dtype.h"
#include "kroton/tensor/blas.h"

namespace cli {
int info(const std::vector<std::string>& arguments) {
  if (!arguments.empty()) {
    std::cerr << "usage: kroton info\n";
    return 2;
  }
  std::cout << "kroton " << kroton::version() << "\n\ndtypes:  ";
  for (int d = 0; d <= static_cast<int>(kroton::complex128); ++d) {
    std::cout << " " << kroton::name(static_cast<kroton::DType>(d));
  }
  std::cout << "\nCPU:      " << kroton::jit::host_cpu_text()
            << "\nthreads:  " << kroton::base::thread_count() << "\n\n"
            << kroton::jit::describe() << "\nBLAS:     " << kroton::tensor::blas::describe() << "\n"
            << "devices:  cpu";
  for (const kroton::gpuarray::Backend& backend : kroton::gpuarray::backends()) {
    for (const auto& found : backend.devices)
      std::cout << "\n          " << found.device << ", " << found.name;
    if (backend.devices.empty())
      std::cout << "\n          no " << backend.kind << ": " << backend.absent;
  }
  std::cout << "\nMPI:      " << kroton::distributed::describe_mpi() << "\n";
  const std::string changed = kroton::base::changed_flags();
  std::cout << "\nflags that differ from their defaults (all: kroton flags):\n"
            << (changed.empty() ? "none\n" : changed);
  return 0;
}
}  // namespace cli
