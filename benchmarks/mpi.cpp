// SPDX-License-Identifier: BSD-3-Clause
// Messages: latency, bandwidth and overlap of each MPI that is there (mpi_ranks.cpp under its
// launcher), and what a halo exchange asks for as ranks grow in number, counted on ranks of one
// process.
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <string>

#include "benchmarks/measure.h"
#include "kroton/kroton.h"

using namespace kroton;

namespace {
void run_ranks(const std::filesystem::path& folder, const std::string& family,
               const std::string& options) {
  const std::filesystem::path program = folder / ("mpi_ranks_" + family);
  if (!std::filesystem::exists(program)) {
    std::printf("  not measured: this build has no %s\n", family.c_str());
    return;
  }
  std::printf("\n%s\n", family.c_str());
  std::fflush(stdout);
  const std::string command =
      "OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 timeout 300 mpiexec." + family +
      options + " -n 2 " + program.string();
  if (const int status = std::system(command.c_str()); status != 0)
    std::printf("  not measured: the launcher ended with %d\n", WEXITSTATUS(status));
}

struct Counts {
  std::int64_t messages = 0, bytes = 0, waits = 0;
};

// Points on a plane that is cut into strips: each rank sends its outer rows to its neighbours.
Counts halo_exchange(int ranks, std::int64_t rows, std::int64_t columns) {
  Counts counts;
  std::mutex lock;
  distributed::loopback(ranks, [&] {
    const int rank = mpi_rank();
    auto u = shared(NDArray::zeros({rows / ranks, columns}), "u");
    std::vector<Out> outputs;
    Variable around = u.sum();
    for (const int other : {rank - 1, rank + 1}) {
      if (other < 0 || other >= ranks) continue;
      outputs.emplace_back(send(u[{other < rank ? 0 : -1}], other, other < rank));
      around = around + recv({columns}, float64, other, other > rank).sum();
    }
    outputs.emplace_back(around);
    const auto step = function({}, outputs);
    for (int i = 0; i < 3; ++i) step();
    const std::lock_guard guard(lock);
    for (const Apply& node : step.nodes()) {
      if (as<MPISend>(node)) {
        ++counts.messages;
        counts.bytes += columns * 8;
      }
      counts.waits += mpi_send_wait_key(node) > 0;
    }
  });
  return counts;
}
}  // namespace

int main(int, char** words) {
  bench::begin("messages between ranks");
  const std::filesystem::path folder = std::filesystem::absolute(words[0]).parent_path();
  run_ranks(folder, "openmpi", " --oversubscribe");
  run_ranks(folder, "mpich", "");
  std::printf("\na halo exchange of 4096 x 4096 points in strips, for each step\n");
  for (const int ranks : {1, 2, 4, 8, 16, 32, 64}) {
    const Counts counts = halo_exchange(ranks, 4096, 4096);
    std::printf(
        "  %2d ranks: %4lld messages, %8.1f kB, %4lld waits; most for one rank: %lld messages, %.1f kB\n",
        ranks, static_cast<long long>(counts.messages), static_cast<double>(counts.bytes) / 1e3,
        static_cast<long long>(counts.waits),
        ranks == 1   ? 0LL
        : ranks == 2 ? 1LL
                     : 2LL,
        ranks == 1 ? 0.0 : (ranks == 2 ? 1 : 2) * 4096 * 8 / 1e3);
  }
}
