// SPDX-License-Identifier: BSD-3-Clause
// Two ranks: messages through functions beside raw MPI_Isend and MPI_Irecv of the same bytes, in
// turn, and what an exchange costs that runs under a computation. Started by bench_mpi.
#include <mpi.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>
#include <vector>

#include "kroton/base/parallel.h"
#include "kroton/kroton.h"

using namespace kroton;
namespace T = kroton::tensor;

namespace {
double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}
// The quickest round: ranks lose their cores to others now and then, and both have to run at once.
double quickest(const std::vector<double>& x) { return *std::min_element(x.begin(), x.end()); }

// One round trip by MPI alone.
void raw(int rank, std::vector<char>& data) {
  MPI_Request requests[2];
  const int n = static_cast<int>(data.size()), other = 1 - rank;
  if (rank == 0) {
    MPI_Irecv(data.data(), n, MPI_BYTE, other, 2, MPI_COMM_WORLD, &requests[0]);
    MPI_Isend(data.data(), n, MPI_BYTE, other, 1, MPI_COMM_WORLD, &requests[1]);
    MPI_Waitall(2, requests, MPI_STATUSES_IGNORE);
  } else {
    MPI_Irecv(data.data(), n, MPI_BYTE, other, 1, MPI_COMM_WORLD, &requests[0]);
    MPI_Wait(&requests[0], MPI_STATUS_IGNORE);
    MPI_Isend(data.data(), n, MPI_BYTE, other, 2, MPI_COMM_WORLD, &requests[0]);
    MPI_Wait(&requests[0], MPI_STATUS_IGNORE);
  }
}

void messages(int rank, std::int64_t bytes, const char* label) {
  const bool small = bytes < 1000;
  const int rounds = small                ? 300
                     : bytes < 10'000'000 ? 60
                                          : 15,
            repeats = small                ? 100
                      : bytes < 10'000'000 ? 10
                                           : 2;
  std::vector<char> data(static_cast<std::size_t>(bytes));
  const NDArray x = NDArray::zeros({bytes}, int8);
  const Variable v = T::tensor(int8, {false});
  const Function fn = rank == 0 ? function({v}, {send(v, 1, 1), recv({bytes}, int8, 1, 2)})
                                : function({v}, send(recv({bytes}, int8, 0, 1), 0, 2),
                                           {.on_unused_input = OnUnusedInput::ignore});
  std::vector<double> by_mpi, by_graph;
  for (int r = 0; r < rounds + 1; ++r) {
    for (auto* times : {&by_mpi, &by_graph}) {
      MPI_Barrier(MPI_COMM_WORLD);
      const double begin = now();
      for (int i = 0; i < repeats; ++i) times == &by_mpi ? raw(rank, data) : void(fn(x));
      if (r > 0) times->push_back((now() - begin) / repeats / 2);
    }
  }
  if (rank != 0) return;
  const double a = quickest(by_mpi), b = quickest(by_graph);
  if (small) {
    std::printf("  %-6s  raw MPI %.2f us, through a function %.2f us, %.2f us more\n", label,
                a * 1e6, b * 1e6, (b - a) * 1e6);
  } else {
    std::printf("  %-6s  raw MPI %.2f GB/s, through a function %.2f GB/s, %.0f%%\n", label,
                static_cast<double>(bytes) / a / 1e9, static_cast<double>(bytes) / b / 1e9,
                100 * a / b);
  }
}

// An exchange of 64 MB beside a computation that takes about as long.
void overlap(int rank) {
  if (std::thread::hardware_concurrency() < 4) {
    if (rank == 0) std::printf("  overlap is not measured: two ranks need two cores each\n");
    return;
  }
  const base::ThreadLimit one(1);
  const std::int64_t n = 8 << 20;
  const int other = 1 - rank;
  const Variable v = dvector("v"), w = dvector("w");
  const auto exchange = function({v}, {send(v, other, 1), recv({n}, float64, other, 1)});
  const auto compute = function({w}, sum(exp(T::sin(w))));
  const auto both =
      function({v, w}, {send(v, other, 1), recv({n}, float64, other, 1), sum(exp(T::sin(w)))});
  const NDArray x = NDArray::zeros({n});
  const auto time = [&](auto call) {
    std::vector<double> times;
    for (int r = 0; r < 12; ++r) {
      MPI_Barrier(MPI_COMM_WORLD);
      const double begin = now();
      call();
      if (r > 1) times.push_back(now() - begin);
    }
    return quickest(times);
  };
  const double transfer = time([&] { exchange(x); });
  NDArray load = NDArray::zeros({n});
  double work = time([&] { compute(load); });
  load = NDArray::zeros({std::max<std::int64_t>(
      1000, static_cast<std::int64_t>(static_cast<double>(n) * transfer / work))});
  work = time([&] { compute(load); });
  const double together = time([&] { both(x, load); });
  if (rank == 0) {
    std::printf("  64 MB both ways %.1f ms, computation %.1f ms, both %.1f ms: %.0f%% hidden\n",
                transfer * 1e3, work * 1e3, together * 1e3,
                100 * (transfer + work - together) / std::min(transfer, work));
  }
}
}  // namespace

int main(int count, char** words) {
  int provided = 0, rank = 0, size = 0;
  MPI_Init_thread(&count, &words, MPI_THREAD_MULTIPLE, &provided);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  if (size == 2 && mpi_enabled()) {
    messages(rank, 8, "8 B");
    messages(rank, 1 << 20, "1 MB");
    messages(rank, 64 << 20, "64 MB");
    overlap(rank);
  } else {
    std::printf("  two ranks are needed\n");
  }
  MPI_Finalize();
  return size == 2 ? 0 : 1;
}
