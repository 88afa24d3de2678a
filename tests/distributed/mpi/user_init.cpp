// SPDX-License-Identifier: BSD-3-Clause
// A program that has MPI of its own, initialises it and finalises it; Kroton keeps out of its
// messages.
#include <kroton/kroton.h>
#include <mpi.h>

#include <cstdlib>
#include <iostream>
#include <string>

using namespace kroton;

namespace {
// What the call says; "" when it does not fail.
template <class Call>
std::string error_of(Call call) {
  try {
    static_cast<void>(call());
  } catch (const CommunicationError& error) {
    const std::string text = error.what();
    return text.substr(0, text.find('\n'));
  }
  return "";
}
bool says(const std::string& text, const std::string& expected) {
  if (text == expected) return true;
  std::cerr << "the error is\n  " + text + "\nand should be\n  " + expected + '\n';
  return false;
}

// MPI is over before Kroton is asked for it.
int too_late(const std::string& name) {
  MPI_Finalize();
  return says(error_of([] { return mpi_rank(); }),
              "messages: " + name + " has been finalised; call mpi_enabled() before")
             ? 0
             : 1;
}
// Run with mpi_timeout=1: rank 1 never asks for messages.
int alone(const std::string& name, int rank) {
  bool right = true;
  if (rank == 0) {
    right =
        says(error_of([] { return mpi_rank(); }),
             "messages: not every rank of " + name +
                 " has come within 1 s (the flag mpi_timeout); each has to call mpi_enabled() or "
                 "a function with messages");
  }
  if (rank == 0 && right) std::cout << "rank 0 was told" << std::endl;
  if (rank == 0) {
    MPI_Send(nullptr, 0, MPI_BYTE, 1, 7, MPI_COMM_WORLD);
  } else {
    MPI_Recv(nullptr, 0, MPI_BYTE, 0, 7, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
  }
  // What was begun cannot be ended.
  std::_Exit(right ? 0 : 2);
}
std::string name_of_mpi() {
#ifdef OMPI_MAJOR_VERSION
  return "Open MPI " + std::to_string(OMPI_MAJOR_VERSION) + "." +
         std::to_string(OMPI_MINOR_VERSION) + "." + std::to_string(OMPI_RELEASE_VERSION);
#else
  return std::string("MPICH ") + MPICH_VERSION;
#endif
}
}  // namespace

int main(int count, char** words) {
  int provided = 0, rank = 0, finalized = 0;
  const std::string mode = count > 1 ? words[1] : "";
  // Without threads there is no helper.
  MPI_Init_thread(&count, &words, mode == "single" ? MPI_THREAD_SINGLE : MPI_THREAD_MULTIPLE,
                  &provided);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  if (mode == "too_late") return too_late(name_of_mpi());
  if (mode == "alone") return alone(name_of_mpi(), rank);
  if (mpi_rank() != rank || mpi_size() != 2) return 1;
  // The same tag as Kroton's message, started before and received behind it.
  const int other = 1 - rank;
  double mine = rank + 0.5, theirs = 0;
  MPI_Request request;
  MPI_Isend(&mine, 1, MPI_DOUBLE, other, 7, MPI_COMM_WORLD, &request);
  const Variable x = dvector("x");
  for (const std::int64_t n : {1, 500'000}) {
    const auto fn = function({x}, {send(x, other, 7), recv({n}, float64, other, 7)});
    NDArray came = fn(NDArray::full({n}, rank + 1.)).array(1);
    if (came.at<double>({n - 1}) != other + 1.) return 2;
  }
  MPI_Recv(&theirs, 1, MPI_DOUBLE, other, 7, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
  MPI_Wait(&request, MPI_STATUS_IGNORE);
  if (theirs != other + 0.5) return 3;
  MPI_Finalize();
  MPI_Finalized(&finalized);
  // After that there are no messages, and it is said.
  if (!says(error_of([&] { return function({x}, send(x, other, 7))(array({1.})); }),
            "messages: " + distributed::world()->name() +
                " has been finalised; messages end before the program finalises it"))
    return 4;
  // One write, so that ranks' lines do not mix.
  std::cout << "rank " + std::to_string(rank) + " kept its MPI\n";
  return finalized ? 0 : 6;
}
