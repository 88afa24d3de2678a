// SPDX-License-Identifier: BSD-3-Clause
// The plugin of the MPI that this process speaks: chosen, loaded and initialised once.
#pragma once
#include <optional>
#include <string>

#include "kroton/distributed/plugin/plugin.h"

namespace kroton::distributed::detail {
// What started this process, by the environment that it left.
struct Launcher {
  const char* family;  // "openmpi" or "mpich"
  const char* name;    // "Open MPI"
  std::string variable;
  int size = 0;  // 0: the launcher does not say
};
std::optional<Launcher> launcher();

struct MpiLibrary {
  const kroton_mpi_plugin* calls = nullptr;
  int threads = kroton_mpi_single;
  bool ours = false;        // this process did not initialise it before
  bool takes_cuda = false;  // addresses of CUDA devices
  std::string name;         // "Open MPI 4.1.4"

  // CommunicationError "NAME: CALL failed: ..." unless ERROR is 0.
  void check(int error, const char* call) const;
};
// CommunicationError that says why there is none. AT_END: when MPI is finalised.
MpiLibrary load_mpi(void (*at_end)());
}  // namespace kroton::distributed::detail
