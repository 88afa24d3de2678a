// SPDX-License-Identifier: BSD-3-Clause
// A plugin that is of no use: of another version of the interface, or of an MPI whose calls fail.
// The environment says which: FAKE_MPI=old, FAKE_MPI=fails.
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "kroton/distributed/plugin/plugin.h"

namespace {
const char* version() { return "Fake MPI 1.0"; }
int init(int*, int*, void (*)(void)) { return 5; }
int is_finalized() { return 0; }
void error_text(int error, char* text, std::size_t size) {
  std::snprintf(text, size, "error number %d", error);
}
}  // namespace

extern "C" __attribute__((visibility("default"))) const kroton_mpi_plugin* kroton_mpi_entry() {
  static kroton_mpi_plugin plugin{};
  const char* const kind = std::getenv("FAKE_MPI");
  plugin.interface_version = kind && std::string_view(kind) == "old" ? 0 : KROTON_MPI_INTERFACE;
  plugin.version = &version;
  plugin.init = &init;
  plugin.is_finalized = &is_finalized;
  plugin.error_text = &error_text;
  return &plugin;
}
