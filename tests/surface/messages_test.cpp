// SPDX-License-Identifier: BSD-3-Clause
// Messages, as a program says them from the umbrella alone. Ranks are threads of this process.
#include "outsider.h"

using namespace kroton;
namespace T = kroton::tensor;

TEST(Messages, C2_1_C2_3_C2_7_C2_11_every_name_is_there) {
  const MPISend sends(1, 11);
  const MPISendWait send_waits(11);
  const MPIRecv receives(0, 11, {2, 2}, float64);
  const MPIRecvWait receive_waits(11);
  EXPECT_EQ(sends.dest() + sends.tag() + send_waits.tag() + receive_waits.tag() + receives.source(),
            34);
  EXPECT_EQ(receives.text(), "MPIRecv{source: 0, tag: 11, shape: (2, 2), dtype: float64}");
  const Shape& shape = receives.shape();
  const DType dtype = receives.dtype();
  EXPECT_EQ(shape, (Shape{2, 2}));
  EXPECT_EQ(dtype, float64);
  const Variable x = matrix("x");
  const std::pair<Variable, Variable> sent = isend(x, 1, 11),
                                      coming = irecv({2, 2}, float64, 0, 11);
  const Variable a = send(x, 1, 11), b = recv({2, 2}, float64, 0, 11), c = T::send(x, 1, 11),
                 d = T::recv({2}, float32, 0, 1), e = T::isend(x, 1, 2).second,
                 f = T::irecv({2}, float32, 0, 1).second;
  const NodeComparator& first = mpi_send_wait_cmp;
  EXPECT_EQ(first(sent.first.owner(), a.owner()), -1);
  EXPECT_EQ(mpi_tag_cmp(d.owner(), b.owner()), -1);
  EXPECT_EQ(mpi_keys.at(0)(c.owner()) + mpi_tag_key(f.owner()) + mpi_send_wait_key(e.owner()), 1);
  EXPECT_EQ(mpi_cmps.size(), 2u);
  const Mode mode = Mode().with_schedule(sort_schedule_fn(mpi_cmps));
  EXPECT_EQ(function({x}, {a, coming.second}, {.mode = mode}).nodes().size(), 4u);
}

TEST(Messages, C2_5_C2_9_a_round_trip) {
  distributed::loopback(2, [] {
    EXPECT_TRUE(mpi_enabled());
    EXPECT_EQ(mpi_size(), 2);
    if (mpi_rank() == 0) {
      const Variable x = fmatrix("x");
      const auto fn = function({x}, {send(x + 1, 1, 11), recv({1, 2}, float32, 1, 12)});
      const Outputs out = fn(array<float>({1, 2}, {1, 2}));
      EXPECT_EQ(out[0].as<bool>(), true);
      EXPECT_EQ(outsider::list<float>(out.array(1)), (outsider::Floats{4, 6}));
    } else {
      const Variable y = recv({1, 2}, float32, 0, 11);
      function({}, send(y * 2, 0, 12))();
    }
  });
}

TEST(Messages, C2_6_the_error_names_the_op) {
  const Variable x = dvector("x");
  const std::string text =
      outsider::error_of<GradientError>([&] { return grad(isend(x, 1, 11).second.sum(), x); });
  EXPECT_HAS(text, "MPISend");
}
