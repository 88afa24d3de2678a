// SPDX-License-Identifier: BSD-3-Clause
// A program that has MPI of its own, initialises it and finalises it; Kroton keeps out of its
// messages.
#include <kroton/kroton.h>
#include <mpi.h>

#include <iostream>

using namespace kroton;

int main(int count, char** words) {
  int provided = 0, rank = 0, finalized = 0;
  // With an argument: no threads, so no helper.
  MPI_Init_thread(&count, &words, count > 1 ? MPI_THREAD_SINGLE : MPI_THREAD_MULTIPLE, &provided);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
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
  try {
    function({x}, send(x, other, 7))(array({1.}));
    return 4;
  } catch (const CommunicationError& error) {
    const std::string text = error.what();
    if (text.find("has been finalised") == text.npos) return 5;
  }
  // One write, so that ranks' lines do not mix.
  std::cout << "rank " + std::to_string(rank) + " kept its MPI\n";
  return finalized ? 0 : 6;
}
