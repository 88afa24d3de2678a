// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/distributed/point_to_point.h"

#include <atomic>
#include <cstring>

#include "kroton/distributed/communicator.h"
#include "kroton/kroton.h"
#include "tests/support/check_error.h"

using namespace kroton;
namespace T = kroton::tensor;

namespace {
std::string names(const std::vector<Apply>& nodes) {
  std::string text;
  for (const Apply& node : nodes) {
    const std::string op = node.op().text();
    text += (text.empty() ? "" : " ") + op.substr(0, op.find('{'));
    if (mpi_send_wait_key(node) != 0) text += " " + std::to_string(mpi_tag_key(node));
  }
  return text;
}
std::string first_line(const std::function<void()>& call) {
  try {
    call();
  } catch (const CommunicationError& error) {
    const std::string text = error.what();
    return text.substr(0, text.find('\n'));
  }
  return "nothing was thrown";
}
class AddOne final : public OpOf<AddOne> {
 public:
  Apply make_node(Inputs in) const override { return Apply(*this, in, {in[0].type()()}); }
  AliasMap destroy_map() const override { return {{0, {0}}}; }
  void perform(const Apply&, std::span<const Value> in, std::span<Value> out) const override {
    NDArray x = in[0].as<NDArray>();
    for (double& element : x.span<double>()) element += 1;
    out[0] = x;
  }
  static constexpr std::string_view op_name = "AddOne";
};
}  // namespace

TEST(PointToPoint, C2_1_C2_11_ops_say_what_they_are) {
  EXPECT_EQ(MPIRecv(0, 11, {2, 2}, float64).text(),
            "MPIRecv{source: 0, tag: 11, shape: (2, 2), dtype: float64}");
  EXPECT_EQ(MPIRecv(0, 11, {}, bool_).text(),
            "MPIRecv{source: 0, tag: 11, shape: (), dtype: bool}");
  EXPECT_EQ(MPISend(1, 12).text(), "MPISend{dest: 1, tag: 12}");
  EXPECT_EQ(MPISendWait(12).text(), "MPISendWait{tag: 12}");
  EXPECT_EQ(MPIRecvWait(11).text(), "MPIRecvWait{tag: 11}");
  const MPIRecv recv_op(3, 4, {5}, int32);
  EXPECT_EQ(recv_op.source(), 3);
  EXPECT_EQ(recv_op.tag(), 4);
  EXPECT_EQ(recv_op.shape(), Shape{5});
  EXPECT_EQ(recv_op.dtype(), int32);
  EXPECT_EQ(MPISend(1, 12).dest(), 1);
  EXPECT_TRUE(MPISend(1, 12) == MPISend(1, 12));
  EXPECT_FALSE(MPISend(1, 12) == MPISend(1, 13));
  EXPECT_EQ(recv_op.hash(), MPIRecv(3, 4, {5}, int32).hash());
}

TEST(PointToPoint, C2_1_C2_2_C2_3_C2_4_nodes_have_the_types_that_are_documented) {
  const Variable x = matrix("x");
  const auto [request, data] = isend(x, 1, 11);
  EXPECT_TRUE(as<MPISend>(request.owner()) != nullptr);
  EXPECT_EQ(request.type().text(), "Generic");
  EXPECT_TRUE(data.type() == x.type());
  EXPECT_EQ(data.owner(), request.owner());
  EXPECT_EQ(data.owner().op().view_map(), (AliasMap{{1, {0}}}));
  const Variable sent = send(x, 1, 11);
  EXPECT_TRUE(as<MPISendWait>(sent.owner()) != nullptr);
  EXPECT_EQ(sent.type().text(), "Generic");
  EXPECT_TRUE(as<MPISend>(sent.owner().inputs()[1].owner()) != nullptr);
  const auto [coming, array] = irecv({1, 3}, float32, 0, 7);
  EXPECT_EQ(coming.type().text(), "Generic");
  EXPECT_TRUE(array.type() == T::TensorType(float32, {false, false}));
  EXPECT_EQ(coming.owner().inputs().size(), 0u);
  const Variable came = recv({1, 3}, float32, 0, 7);
  EXPECT_TRUE(came.type() == array.type());
  EXPECT_EQ(came.owner().op().view_map(), (AliasMap{{0, {1}}}));
  const Shapes shapes = array.owner().op().infer_shape(array.owner(), {});
  EXPECT_FALSE(shapes[0].has_value());
  EXPECT_EQ(shapes[1]->at(1).constant(), 3);
  EXPECT_FALSE(array.owner().op().do_constant_folding(array.owner()));
  EXPECT_FALSE(data.owner().op().do_constant_folding(data.owner()));
  EXPECT_EQ(send(x, 1, 11).owner().line().line(), static_cast<unsigned>(__LINE__));
}

TEST(PointToPoint, C2_5_wrong_arguments_are_errors_and_right_ones_work_afterwards) {
  CHECK_ERROR(ValueError, MPISend(-1, 3),
              "MPISend: dest is -1; it must be 0 or more, there are no wildcards");
  CHECK_ERROR(ValueError, recv({2}, float64, 0, -1),
              "MPIRecv: tag is -1; it must be 0 or more, there are no wildcards");
  CHECK_ERROR(ValueError, recv({2}, float64, -2, 1),
              "MPIRecv: source is -2; it must be 0 or more, there are no wildcards");
  CHECK_ERROR(ValueError, recv({2, -1}, float64, 0, 1),
              "MPIRecv: the shape is (2, -1); lengths must be 0 or more");
  CHECK_ERROR(TypeError, send(generic("g"), 0, 1), "MPISend: g is Generic; it must be an array");
  CHECK_ERROR(TypeError, MPISend(0, 1).make_node({}),
              "MPISend: 0 inputs are given; it takes an array");
  CHECK_ERROR(TypeError, MPIRecv(0, 1, {}, int8).make_node({vector("x")}),
              "MPIRecv: 1 input is given; it takes none");
  CHECK_ERROR(TypeError, MPISendWait(1).make_node({vector("x")}),
              "MPISendWait: 1 input is given; it takes a request and its data");
  CHECK_ERROR(
      TypeError, MPIRecvWait(1).make_node({dvector("x"), dvector("y")}),
      "MPIRecvWait: request x is TensorType(float64, vector); it must be the first output of "
      "a start");
  CHECK_ERROR(TypeError, MPIRecvWait(1).make_node({generic("r"), generic("s")}),
              "MPIRecvWait: data s is Generic; it must be the second output of a start");
  EXPECT_EQ(MPIRecvWait(1).make_node({generic("r"), dvector("y")}).outputs().size(), 1u);
}

TEST(PointToPoint, C2_6_none_of_the_four_is_differentiable) {
  const Variable x = dvector("x");
  const auto [request, data] = isend(x, 1, 11);
  const std::string rest =
      " is not differentiable; distributed::send_to and distributed::receive_from carry values and "
      "gradients";
  CHECK_ERROR(GradientError, grad(data.sum(), x), "grad: MPISend{dest: 1, tag: 11}" + rest);
  const Variable came = recv({3}, float64, 0, 12);
  CHECK_ERROR(GradientError, grad(came.sum(), came.owner().inputs()[1]),
              "grad: MPIRecvWait{tag: 12}" + rest);
  const Apply start = came.owner().inputs()[1].owner();
  CHECK_ERROR(GradientError, start.op().grad(start, {}),
              "grad: MPIRecv{source: 0, tag: 12, shape: (3,), dtype: float64}" + rest);
  const Apply sent = send(x, 1, 11).owner();
  CHECK_ERROR(GradientError, sent.op().grad(sent, {}), "grad: MPISendWait{tag: 11}" + rest);
  EXPECT_EQ(grad((came * x).sum(), x).type().text(), "TensorType(float64, vector)");
}

TEST(PointToPoint, C2_7_keys_and_comparators) {
  const Variable x = dvector("x");
  const Apply sent = send(x, 1, 11).owner(), start = sent.inputs()[0].owner();
  const Apply came = recv({2}, float64, 1, 5).owner(), other = (x + 1).owner();
  EXPECT_EQ(mpi_send_wait_key(sent), 1);
  EXPECT_EQ(mpi_send_wait_key(came), 1);
  EXPECT_EQ(mpi_send_wait_key(start), -1);
  EXPECT_EQ(mpi_send_wait_key(came.inputs()[0].owner()), -1);
  EXPECT_EQ(mpi_send_wait_key(other), 0);
  EXPECT_EQ(mpi_tag_key(sent), 11);
  EXPECT_EQ(mpi_tag_key(start), 11);
  EXPECT_EQ(mpi_tag_key(came), 5);
  EXPECT_EQ(mpi_tag_key(other), 0);
  EXPECT_EQ(mpi_send_wait_cmp(start, other), -1);
  EXPECT_EQ(mpi_send_wait_cmp(other, start), 1);
  EXPECT_EQ(mpi_send_wait_cmp(start, start), 0);
  EXPECT_EQ(mpi_tag_cmp(came, sent), -1);
  EXPECT_EQ(mpi_cmps.size(), 2u);
  EXPECT_EQ(mpi_keys.size(), 2u);
  EXPECT_EQ(mpi_keys[1](came), 5);
  EXPECT_EQ(mpi_cmps[0](sent, start), 1);
}

TEST(PointToPoint, C2_9_receives_start_and_are_waited_for_by_tag) {
  const Variable a = recv({2}, float64, 1, 12), b = recv({2}, float64, 1, 11),
                 c = recv({2}, float64, 1, 13);
  const std::string expected =
      "MPIRecv 11 MPIRecv 12 MPIRecv 13 MPIRecvWait 11 MPIRecvWait 12 MPIRecvWait 13";
  EXPECT_EQ(names(function({}, {a, b, c}).nodes()), expected);
  for (const char* linker : {"py", "vm", "c|py", "c&py", "DebugMode", "FAST_COMPILE"})
    EXPECT_EQ(names(function({}, {a, b, c}, {.mode = linker}).nodes()), expected) << linker;
  EXPECT_EQ(names(function({}, {a, b, c},
                           {.mode = Mode("c|py", "None").with_schedule(sort_schedule_fn(mpi_cmps))})
                      .nodes()),
            expected);
}

TEST(PointToPoint, C2_9_a_send_starts_before_the_work_and_is_waited_for_behind_it) {
  const Variable x = dmatrix("x"), y = send(x, 1, 11), z = x + x;
  for (const Mode& mode :
       {Mode(), Mode("vm", "None"), Mode("FAST_COMPILE"), Mode("c|py", "fast_run")}) {
    const auto nodes = function({x}, {y, z}, {.mode = mode}).nodes();
    ASSERT_EQ(nodes.size(), 3u) << mode.text();
    EXPECT_TRUE(as<MPISend>(nodes[0])) << mode.text();
    EXPECT_TRUE(as<Elemwise>(nodes[1])) << mode.text() << " " << nodes[1].op().text();
    EXPECT_TRUE(as<MPISendWait>(nodes[2])) << mode.text();
  }
}

TEST(PointToPoint, C2_9_what_overwrites_memory_waits_for_the_message) {
  const Variable x = dvector("x"), doubled = x * 2;
  const auto [request, data] = isend(doubled, 0, 1);
  const Variable other = AddOne()(doubled), came = recv({2}, float64, 0, 1);
  // The wait is added by itself: without one the start alone would let the memory go.
  const auto fn = function({x}, {other, came, request}, {.accept_inplace = true});
  distributed::loopback(1, [&] {
    const auto out = fn(array({1., 2.}));
    EXPECT_EQ(out.array(0).to_vector<double>(), (std::vector<double>{3, 5}));
    EXPECT_EQ(out.array(1).to_vector<double>(), (std::vector<double>{2, 4}));
  });
}

TEST(PointToPoint, C2_2_C2_5_the_round_trip_of_the_original) {
  for (const char* linker : {"cvm", "py", "c|py", "DebugMode", "FAST_COMPILE"}) {
    distributed::loopback(2, [&] {
      if (mpi_rank() == 0) {
        const Variable x = dmatrix("x"), y = x + 1;
        const auto fn =
            function({x}, {send(y, 1, 11), recv({3, 2}, float64, 1, 12)}, {.mode = linker});
        const auto out = fn(array({1., 2., 3., 4., 5., 6.}, {3, 2}));
        EXPECT_TRUE(out[0].as<bool>());
        EXPECT_EQ(out.array(1).to_vector<double>(), (std::vector<double>{4, 6, 8, 10, 12, 14}));
      } else {
        const Variable y = recv({3, 2}, float64, 0, 11);
        const auto fn = function({}, {send(y * 2, 0, 12)}, {.mode = linker});
        EXPECT_TRUE(fn()[0].as<bool>());
      }
    });
  }
}

TEST(PointToPoint, C2_10_a_rank_knows_its_number) {
  std::atomic<int> sum = 0;
  distributed::loopback(3, [&] {
    EXPECT_TRUE(mpi_enabled());
    EXPECT_EQ(mpi_size(), 3);
    sum += 1 << mpi_rank();
  });
  EXPECT_EQ(sum, 7);
}

TEST(PointToPoint, C2_5_every_dtype_0d_empty_and_strided_arrays_arrive) {
  distributed::loopback(2, [&] {
    const std::vector<DType> dtypes{bool_,    int8,    int16,   int32,     int64,
                                    uint8,    uint16,  uint32,  uint64,    float16,
                                    bfloat16, float32, float64, complex64, complex128};
    for (const DType dtype : dtypes) {
      for (const Shape& shape : {Shape{}, Shape{2, 3}, Shape{0, 3}}) {
        NDArray sent = NDArray::full(shape, 1, dtype);
        if (mpi_rank() == 0) {
          const Variable x = T::tensor(dtype, std::vector<bool>(shape.size(), false));
          function({x}, send(x, 1, 3))(sent);
        } else {
          const NDArray came = function({}, recv(shape, dtype, 0, 3))();
          EXPECT_EQ(came.shape(), shape);
          EXPECT_EQ(std::memcmp(came.raw(), sent.raw(), sent.nbytes()), 0) << name(dtype);
        }
      }
    }
    const NDArray whole = NDArray::arange(0., 12., 1.).reshape({3, 4});
    if (mpi_rank() == 0) {
      const Variable x = dmatrix("x");
      function({x}, send(x, 1, 3))(whole.transpose());
      function({x}, send(x[{slice({}, {}, 2), slice({}, {}, -1)}], 1, 3))(whole);
    } else {
      const NDArray turned = function({}, recv({4, 3}, float64, 0, 3))();
      EXPECT_EQ(turned.to_vector<double>(), whole.transpose().to_vector<double>());
      const NDArray part = function({}, recv({2, 4}, float64, 0, 3))();
      EXPECT_EQ(part.to_vector<double>(), (std::vector<double>{3, 2, 1, 0, 11, 10, 9, 8}));
    }
  });
}

TEST(PointToPoint, C2_3_C2_4_starts_are_zero_and_shapes_pass_through) {
  distributed::loopback(1, [] {
    const auto [request, data] = irecv({2, 2}, float64, 0, 5);
    Values storage(2);
    data.owner().op().perform(data.owner(), {}, storage);
    const NDArray array = storage[1];
    EXPECT_EQ(array.to_vector<double>(), (std::vector<double>(4, 0.)));
    EXPECT_EQ(storage[0].text(), "request: receives float64 (2, 2) from rank 0 with tag 5");
    // The memory of a pending request is not taken again.
    data.owner().op().perform(data.owner(), {}, storage);
    EXPECT_NE(storage[1].as<NDArray>().raw(), array.raw());
    const Variable x = dmatrix("x");
    const auto fn = function({x}, send(x, 0, 5));
    for (int i = 0; i < 2; ++i) fn(NDArray::full({2, 2}, 3.));
    EXPECT_EQ(array.to_vector<double>(), (std::vector<double>(4, 3.)));
    const Variable came = recv({2, 2}, float64, 0, 5);
    const auto [again, back] = isend(constant(NDArray::full({2, 2}, 3.)), 0, 5);
    EXPECT_EQ(function({}, {came.shape(), again})().array(0).to_vector<std::int64_t>(),
              (std::vector<std::int64_t>{2, 2}));
  });
}

TEST(PointToPoint, C2_13_a_message_that_does_not_fit_is_refused_and_consumed) {
  distributed::loopback(2, [] {
    const Variable x = dvector("x"), m = dmatrix("m");
    if (mpi_rank() == 0) {
      const auto fn = function({x}, send(x, 1, 9));
      fn(NDArray::full({6}, 1.));
      function({m}, send(m, 1, 9))(NDArray::full({2, 3}, 1.));
      const Variable i = lvector("i");
      function({i}, send(i, 1, 9))(NDArray::full({3}, 1., int64));
      fn(NDArray::full({3}, 4.));
      return;
    }
    const auto fn = function({}, recv({3}, float64, 0, 9));
    const std::string who = "MPIRecv{source: 0, tag: 9, shape: (3,), dtype: float64}: rank 0 sent ";
    const std::string rest =
        " with tag 9 and rank 1 receives float64 (3,); both sides must say the same dtype and shape";
    EXPECT_EQ(first_line([&] { fn(); }), who + "float64 (6,)" + rest);
    EXPECT_EQ(first_line([&] { fn(); }), who + "float64 (2, 3)" + rest);
    EXPECT_EQ(first_line([&] { fn(); }), who + "int64 (3,)" + rest);
    EXPECT_EQ(NDArray(fn()).to_vector<double>(), (std::vector<double>{4, 4, 4}));
  });
}

TEST(PointToPoint, C2_13_the_error_names_node_and_line) {
  distributed::loopback(2, [] {
    if (mpi_rank() == 0) {
      function({}, send(constant(2.), 1, 9))();
      return;
    }
    const Variable came = recv({3}, float32, 0, 9);
    const std::string line = "point_to_point_test.cpp:" + std::to_string(__LINE__ - 1);
    try {
      function({}, came)();
      ADD_FAILURE();
    } catch (const CommunicationError& error) {
      const std::string text = error.what();
      EXPECT_NE(text.find("\n  at node 1: MPIRecvWait{tag: 9}("), std::string::npos) << text;
      EXPECT_NE(text.find(line), std::string::npos) << text;
    }
  });
}

TEST(PointToPoint, C2_13_ranks_and_peers_that_are_not_there) {
  distributed::loopback(2, [] {
    const Variable x = dvector("x");
    if (mpi_rank() == 0) {
      EXPECT_EQ(first_line([&] { function({x}, send(x, 7, 1))(array({1.})); }),
                "MPISend{dest: 7, tag: 1}: there is no rank 7; loopback has 2 ranks, 0 to 1");
      EXPECT_EQ(
          first_line([&] { function({}, recv({1}, float64, 2, 1))(); }),
          "MPIRecv{source: 2, tag: 1, shape: (1,), dtype: float64}: there is no rank 2; loopback "
          "has 2 ranks, 0 to 1");
      EXPECT_EQ(
          first_line([&] { function({}, recv({1}, float64, 1, 1))(); }),
          "MPIRecv{source: 1, tag: 1, shape: (1,), dtype: float64}: rank 1 has ended and sent "
          "nothing more to rank 0 with tag 1");
      EXPECT_EQ(first_line([&] { function({x}, send(x, 1, 1))(array({1.})); }),
                "MPISend{dest: 1, tag: 1}: rank 1 has ended and never received what rank 0 sends "
                "float64 (1,) to rank 1 with tag 1");
      NDArray back = function({x}, {send(x, 0, 1), recv({1}, float64, 0, 1)})(array({8.})).array(1);
      EXPECT_EQ(back.item<double>(), 8);
    }
  });
}

TEST(PointToPoint, a_wait_takes_a_request_only) {
  const Variable r = generic("r"), x = dvector("x");
  const auto fn = function({r, x}, MPIRecvWait(1).make_node({r, x}).outputs()[0]);
  try {
    fn("no request", array({1.}));
    ADD_FAILURE();
  } catch (const TypeError& error) {
    const std::string text = error.what();
    EXPECT_EQ(text.substr(0, text.find('\n')),
              "MPIRecvWait: the request is 'no request'; it must come from a start");
  }
}
