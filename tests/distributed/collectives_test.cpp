// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/distributed/collectives.h"

#include "tests/distributed/over_ranks.h"
#include "tests/support/check_error.h"

using namespace kroton;
using namespace kroton::distributed;
namespace T = kroton::tensor;

namespace {
double rank_number() { return mpi_rank() + 1.; }
}  // namespace

TEST(Collectives, every_reduction_is_right_for_any_number_of_ranks) {
  for (const int ranks : {1, 2, 3, 4, 5, 8}) {
    loopback(ranks, [&] {
      const Variable x = dvector("x");
      const auto fn = function(
          {x}, {all_reduce(x), all_reduce(x, Reduction::prod), all_reduce(x, Reduction::max),
                all_reduce(x, Reduction::min), all_reduce(x, Reduction::mean)});
      const auto out = fn(array({rank_number(), -rank_number()}));
      double sum = 0, prod = 1;
      for (int r = 1; r <= ranks; ++r) sum += r, prod *= r;
      EXPECT_EQ(out.array(0).to_vector<double>(), (std::vector<double>{sum, -sum}));
      EXPECT_EQ(out.array(1).at<double>({0}), prod);
      EXPECT_EQ(out.array(2).to_vector<double>(), (std::vector<double>{1. * ranks, -1}));
      EXPECT_EQ(out.array(3).to_vector<double>(), (std::vector<double>{1, -1. * ranks}));
      EXPECT_EQ(out.array(4).at<double>({0}), sum / ranks);
    });
  }
}

TEST(Collectives, parts_go_where_they_belong) {
  loopback(3, [] {
    const double me = mpi_rank();
    const Variable x = dvector("x"), m = dmatrix("m");
    const NDArray row = array({me, me * 10}), rows = array({me, me + 10, me + 20}, {3, 1});
    const auto fn = function({x, m}, {all_gather(x), broadcast(x, 1), reduce(x, 2), gather(x, 0),
                                      all_to_all(m), reduce_scatter(m), scatter(m, 2), barrier(x)});
    const auto out = fn(row, rows);
    EXPECT_EQ(out.array(0).to_vector<double>(), (std::vector<double>{0, 0, 1, 10, 2, 20}));
    EXPECT_EQ(out.array(0).shape(), (Shape{3, 2}));
    EXPECT_EQ(out.array(1).to_vector<double>(), (std::vector<double>{1, 10}));
    EXPECT_EQ(out.array(2).to_vector<double>(),
              me == 2 ? (std::vector<double>{3, 30}) : (std::vector<double>{0, 0}));
    EXPECT_EQ(out.array(3).at<double>({2, 1}), me == 0 ? 20 : 0);
    EXPECT_EQ(out.array(4).to_vector<double>(),
              (std::vector<double>{10 * me, 10 * me + 1, 10 * me + 2}));
    EXPECT_EQ(out.array(5).to_vector<double>(), (std::vector<double>{30 * me + 3}));
    EXPECT_EQ(out.array(6).to_vector<double>(), (std::vector<double>{10 * me + 2}));
    EXPECT_EQ(out.array(7).to_vector<double>(), row.to_vector<double>());
  });
}

TEST(Collectives, gradients_are_those_of_the_sum_of_all_costs) {
  for (const auto& [name, cost] : over_ranks::costs()) {
    SCOPED_TRACE(name);
    over_ranks::check_gradient(3, {3}, cost);
  }
}

TEST(Collectives, the_gradient_of_a_product_with_zeros_and_of_equal_extremes) {
  loopback(3, [] {
    const Variable x = dvector("x");
    const double me = mpi_rank();
    const auto prod = function({x}, grad(all_reduce(x, Reduction::prod).sum(), x));
    // One zero, two zeros, none.
    const NDArray g = prod(array({me == 1 ? 0. : 2., me > 0 ? 0. : 5., me + 1}));
    EXPECT_EQ(g.to_vector<double>(),
              (std::vector<double>{me == 1 ? 12. : 0., 0., 3 * 6 / (me + 1)}));
    const auto max = function({x}, grad(all_reduce(x, Reduction::max).sum(), x));
    EXPECT_EQ(NDArray(max(array({me > 0 ? 4. : 3.}))).item<double>(), me > 0 ? 1.5 : 0);
  });
}

TEST(Collectives, run_in_the_order_in_which_they_were_built) {
  loopback(2, [] {
    const Variable x = dscalar("x");
    const Variable first = all_reduce(x + 1), second = all_reduce(x, Reduction::max);
    // Ranks that ask for the results in another order still agree.
    const auto out =
        mpi_rank() == 0 ? function({x}, {first, second})(1.) : function({x}, {second, first})(2.);
    EXPECT_EQ(out.item<double>(mpi_rank() == 0 ? 0 : 1), 5);
    EXPECT_EQ(out.item<double>(mpi_rank() == 0 ? 1 : 0), 2);
  });
}

TEST(Collectives, groups_reduce_among_themselves) {
  loopback(4, [] {
    const Group group = split(mpi_rank() % 2);
    const Variable x = dscalar("x");
    const auto fn = function({x}, {all_reduce(x, Reduction::sum, group), all_reduce(x)});
    const auto out = fn(rank_number());
    EXPECT_EQ(out.item<double>(0), mpi_rank() % 2 ? 6 : 4);
    EXPECT_EQ(out.item<double>(1), 10);
  });
}

TEST(Collectives, shapes_that_differ_and_dtypes_that_do_not_work_are_errors) {
  CHECK_ERROR(TypeError, all_reduce(lvector("i"), Reduction::mean),
              "all_reduce: x i is TensorType(int64, vector); there is no mean of that dtype");
  CHECK_ERROR(TypeError, all_reduce(T::zvector("z"), Reduction::max),
              "all_reduce: x z is TensorType(complex128, vector); there is no max of that dtype");
  CHECK_ERROR(TypeError, all_gather(generic("g")),
              "all_gather: x g is Generic; it must be an array");
  CHECK_ERROR(
      TypeError, all_to_all(dscalar("s")),
      "all_to_all: x s is TensorType(float64, scalar); its first axis must be as long as there "
      "are ranks");
  const Variable v = dvector("v");
  CHECK_ERROR(ValueError, broadcast(v, -1),
              "broadcast: root is -1; it must be 0 or more, there are no wildcards");
  CHECK_ERROR(ValueError, reduce(v, -1),
              "reduce: root is -1; it must be 0 or more, there are no wildcards");
  CHECK_ERROR(ValueError, gather(v, -2),
              "gather: root is -2; it must be 0 or more, there are no wildcards");
  CHECK_ERROR(ValueError, scatter(v, -1),
              "scatter: root is -1; it must be 0 or more, there are no wildcards");
  loopback(2, [&] {
    try {
      function({v}, broadcast(v, 2))(NDArray::zeros({2}));
      ADD_FAILURE();
    } catch (const CommunicationError& error) {
      const std::string text = error.what();
      EXPECT_EQ(text.substr(0, text.find('\n')),
                "OnRank{root: 2, ranks: all}: there is no rank 2; loopback has 2 ranks, 0 to 1");
    }
    EXPECT_EQ(NDArray(function({v}, broadcast(v, 1))(array({1. * mpi_rank()}))).item<double>(), 1);
  });
  loopback(2, [] {
    const Variable x = dvector("x");
    const auto fn = function({x}, all_reduce(x));
    try {
      fn(NDArray::zeros({mpi_rank() + 2}));
      ADD_FAILURE();
    } catch (const CommunicationError& error) {
      const std::string text = error.what();
      if (mpi_rank() == 0) {
        EXPECT_EQ(text.substr(0, text.find('\n')),
                  "AllReduce{how: sum, ranks: all}: rank 1 sent float64 (3,) with tag 0 and rank 0 "
                  "receives float64 (2,); both sides must say the same dtype and shape");
      }
    }
  });
  loopback(2, [] {
    const Variable x = dvector("x");
    try {
      function({x}, all_to_all(x))(NDArray::zeros({3}));
      ADD_FAILURE();
    } catch (const ShapeError& error) {
      const std::string text = error.what();
      EXPECT_EQ(
          text.substr(0, text.find('\n')),
          "all_to_all: x has shape (3,) and there are 2 ranks; its first axis must be as long as "
          "there are ranks");
    }
  });
}
