// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/distributed/transport.h"

#include "kroton/tensor/shape_book.h"
#include "tests/distributed/over_ranks.h"
#include "tests/support/check_error.h"

using namespace kroton;
using distributed::receive_from;
using distributed::send_receive;
using distributed::send_to;
namespace T = kroton::tensor;

TEST(Transport, a_value_arrives_and_its_gradient_comes_back) {
  over_ranks::check_gradient(2, {3}, [](const Variable& x) -> Variable {
    if (mpi_rank() == 0) return send_to(x * x, 1, 5);
    const Variable h = receive_from(x, {3}, float64, 0, 5);
    return (h * h * x).sum();
  });
}

TEST(Transport, a_pipeline_of_three_is_one_function) {
  over_ranks::check_gradient(3, {2}, [](const Variable& x) -> Variable {
    const int me = mpi_rank();
    if (me == 0) return send_to(T::exp(x), 1, 1) + (x * 3).sum();
    const Variable h = receive_from(x, {2}, float64, me - 1, 1);
    return me == 1 ? send_to(h * x, 2, 1) : (h * T::sin(x)).sum();
  });
}

TEST(Transport, the_way_there_is_gone_where_only_the_way_back_is_asked_for) {
  // No gradient here needs a value that came.
  over_ranks::check_gradient(2, {2}, [](const Variable& x) -> Variable {
    if (mpi_rank() == 0) return send_to(x * 2, 1, 5) + send_receive(x, 1, 1, 6).sum();
    return receive_from(x, {2}, float64, 0, 5).sum() + (send_receive(x, 0, 0, 6) * x).sum();
  });
}

TEST(Transport, a_ring_of_exchanges_goes_back_the_other_way) {
  over_ranks::check_gradient(3, {2}, [](const Variable& x) -> Variable {
    const int next = (mpi_rank() + 1) % 3, last = (mpi_rank() + 2) % 3;
    const Variable y = send_receive(x * x, next, last, 7), z = send_receive(y * x, last, next, 7);
    return (z * y * static_cast<double>(mpi_rank() + 1)).sum();
  });
}

TEST(Transport, both_directions_at_once_with_one_tag) {
  over_ranks::check_gradient(2, {2}, [](const Variable& x) -> Variable {
    const int other = 1 - mpi_rank();
    const Variable told = send_to(x * 2, other, 3), came = receive_from(x, {2}, float64, other, 3);
    return told + (came * came * x).sum();
  });
}

TEST(Transport, values_of_one_tag_arrive_in_the_order_in_which_they_were_sent) {
  distributed::loopback(2, [] {
    const Variable w = dscalar("w");
    if (mpi_rank() == 0) {
      const Variable first = send_to(w, 1, 2), second = send_to(w + 1, 1, 2);
      function({w}, {second + first})(4.);
    } else {
      const Variable a = receive_from(w, {}, float64, 0, 2), b = receive_from(w, {}, float64, 0, 2);
      const auto out = function({w}, {b, a}, {.on_unused_input = OnUnusedInput::ignore})(0.);
      EXPECT_EQ(out.item<double>(0), 5);
      EXPECT_EQ(out.item<double>(1), 4);
    }
  });
}

TEST(Transport, ranks_of_a_group_are_those_of_the_group) {
  // Two pipelines side by side, with equal tags.
  over_ranks::check_gradient(4, {2}, [](const Variable& x) -> Variable {
    const distributed::Group group = distributed::split(mpi_rank() % 2);
    if (group->rank() == 0)
      return send_to(x * x, 1, 5, group) + send_receive(x, 1, 1, 6, group).sum();
    const Variable h = receive_from(x, {2}, float64, 0, 5, group);
    return (h * x * (mpi_rank() + 1)).sum() + (send_receive(x, 0, 0, 6, group) * x).sum();
  });
}

TEST(Transport, a_shape_that_is_said_is_known_before_the_call) {
  T::ShapeBook book;
  const Variable came = receive_from(dscalar("w"), {2, 3}, float64, 0, 1);
  EXPECT_EQ(book.lengths(T::dot(came, dmatrix("m")))[0].constant(), 2);
  // The way back has the shape of what was sent.
  const Variable x = dvector("x"), back = grad(send_to(x, 1, 2), x);
  EXPECT_FALSE(book.lengths(back)[0].constant());
}

TEST(Transport, wrong_arguments_are_errors) {
  CHECK_ERROR(TypeError, send_to(lvector("i"), 1, 2),
              "send_to: x i is TensorType(int64, vector); it must be an array of a float dtype");
  CHECK_ERROR(TypeError, receive_from(generic("g"), {2}, float64, 1, 2),
              "receive_from: through g is Generic; it must be an array of a float dtype");
  CHECK_ERROR(ValueError, send_to(dvector("x"), -1, 2),
              "send_to: dest is -1; it must be 0 or more, there are no wildcards");
  CHECK_ERROR(ValueError, send_receive(dvector("x"), 0, 1, -2),
              "send_receive: tag is -2; it must be 0 or more, there are no wildcards");
  EXPECT_EQ(send_to(dvector("x"), 1, 2).owner().op().text(),
            "SendTo{dest: 1, tag: 2, lane: values, ranks: all}");
}
