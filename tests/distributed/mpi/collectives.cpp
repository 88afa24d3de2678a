// SPDX-License-Identifier: BSD-3-Clause
#include "scenarios.h"
#include "tests/distributed/costs.h"

using namespace kroton;
using distributed::all_reduce;
using distributed::Reduction;

namespace scenarios {
namespace {
// What each rank's gradient says, against finite differences of the sum over ranks of their costs.
void gradients() {
  const int me = mpi_rank();
  const std::int64_t ranks = mpi_size();
  constexpr double h = 1e-5;
  for (const auto& [name, cost_of] : over_ranks::costs()) {
    const Variable x = dvector("x"), cost = cost_of(x);
    const auto total = function({x}, all_reduce(cost)), gradient = function({x}, grad(cost, x));
    const NDArray at = over_ranks::start({ranks}, me), found = gradient(at);
    for (std::int64_t rank = 0; rank < ranks; ++rank) {
      for (std::int64_t i = 0; i < ranks; ++i) {
        const auto moved = [&](double step) {
          NDArray there = at.copy();
          if (rank == me) there.at<double>({i}) += step;
          return NDArray(total(there)).item<double>();
        };
        const double slope = (moved(h) - moved(-h)) / (2 * h);
        if (rank == me)
          require(std::abs(found.at<double>({i}) - slope) < 1e-6 * (1 + std::abs(slope)),
                  name + ": the gradient is " + std::to_string(found.at<double>({i})) +
                      " and should be " + std::to_string(slope));
      }
    }
  }
}

// Every reduction of every rank's number, also in groups of even and of odd ranks.
void reductions() {
  const double me = mpi_rank() + 1, ranks = mpi_size();
  const distributed::Group group = distributed::split(mpi_rank() % 2);
  const Variable x = dscalar("x");
  const auto fn =
      function({x}, {all_reduce(x), all_reduce(x, Reduction::prod), all_reduce(x, Reduction::max),
                     all_reduce(x, Reduction::min), all_reduce(x, Reduction::mean),
                     all_reduce(x, Reduction::sum, group)});
  const auto out = fn(me);
  double product = 1, of_group = 0;
  for (int r = 1; r <= mpi_size(); ++r) {
    product *= r;
    if ((r - 1) % 2 == mpi_rank() % 2) of_group += r;
  }
  const double expected[] = {ranks * (ranks + 1) / 2, product, ranks, 1, (ranks + 1) / 2, of_group};
  for (std::size_t i = 0; i < 6; ++i)
    require(out.item<double>(i) == expected[i],
            "reduction " + std::to_string(i) + " is " + std::to_string(out.item<double>(i)) +
                " and should be " + std::to_string(expected[i]));
}

// A ring in each of two groups, with equal tags.
void groups() {
  const int me = mpi_rank();
  const distributed::Group group = distributed::split(me % 2, -me);
  std::vector<int> members;
  for (int r = mpi_size() - 1; r >= 0; --r) {
    if (r % 2 == me % 2) members.push_back(r);
  }
  require(group->members() == members, "the group's ranks in the world");
  require(group->origin() == "/0:" + std::to_string(me % 2), "the group's name");
  const int count = group->size(), next = (group->rank() + 1) % count,
            last = (group->rank() + count - 1) % count;
  const Variable x = dvector("x");
  const auto fn = function({x}, distributed::send_receive(x, next, last, 3, group));
  const NDArray came = fn(NDArray::full({50'000}, me));
  require(came.at<double>({49'999}) == members[static_cast<std::size_t>(last)], "who sent it");
}
}  // namespace

const std::map<std::string, Scenario> collectives{
    {"gradients", &gradients}, {"reductions", &reductions}, {"groups", &groups}};
}  // namespace scenarios
