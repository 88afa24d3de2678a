// SPDX-License-Identifier: BSD-3-Clause
// Messages between ranks as nodes of a graph: four ops, as Theano's tensor/io.py documents them.
//   rank 0: function({x}, {send(x + 1, 1, 11), recv({2, 2}, float64, 1, 12)})
//   rank 1: auto y = recv({2, 2}, float64, 0, 11);   function({}, send(y * 2, 0, 12))
// A start posts a message and returns; its wait ends when the message is through. The schedule of a
// function with messages (mpi_cmps) starts early and waits late. Messages of one sender, receiver
// and tag are matched in the order in which their starts were built. dtype and shape travel along:
// a message that does not fit what the receiver says is consumed and refused by a
// CommunicationError. Never merged, dropped, folded or duplicated; a start without a wait is waited
// for at the end of the call. Not differentiable.
#pragma once
#include <source_location>
#include <string>
#include <utility>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/op.h"
#include "kroton/graph/schedule.h"

namespace kroton::distributed {
class Communicator;
class Message;

// A started message, as values of type Generic carry it from the start to the wait.
struct KROTON_API Request {
  std::shared_ptr<Communicator> communicator;
  std::shared_ptr<Message> message;
  Apply start;  // the node
  friend KROTON_API const ValueKind& value_kind(const Request&);
};

// (data) -> (request, data): starts to send to rank DEST. The second output is a view of the input;
// who waits takes it, so that the memory stays as it is until then.
class KROTON_API MPISend : public OpOf<MPISend> {
 public:
  // ValueError for a negative rank or tag: there are no wildcards.
  MPISend(int dest, int tag);
  int dest() const { return dest_; }
  int tag() const { return tag_; }

  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override;
  Variables grad(const Apply& node, Variables gz) const override;
  Variables r_op(const Apply& node, Variables eval_points) const override;
  void perform(const Apply& node, std::span<const Value> inputs,
               std::span<Value> output_storage) const override;
  AliasMap view_map() const override { return {{1, {0}}}; }
  Effect effect() const override { return Effect::acts; }
  bool takes_arrays_elsewhere() const override { return true; }

 private:
  int dest_, tag_;

 public:
  static constexpr std::string_view op_name = "MPISend";
  static constexpr auto fields =
      std::tuple{Field{"dest", &MPISend::dest_}, Field{"tag", &MPISend::tag_}};
};

// (request, data) -> true, when the message is on its way and the memory of data is free again.
class KROTON_API MPISendWait : public OpOf<MPISendWait> {
 public:
  explicit MPISendWait(int tag);
  int tag() const { return tag_; }

  Apply make_node(Inputs inputs) const override;
  Variables grad(const Apply& node, Variables gz) const override;
  Variables r_op(const Apply& node, Variables eval_points) const override;
  void perform(const Apply& node, std::span<const Value> inputs,
               std::span<Value> output_storage) const override;
  Effect effect() const override { return Effect::acts; }
  bool takes_arrays_elsewhere() const override { return true; }

 private:
  int tag_;

 public:
  static constexpr std::string_view op_name = "MPISendWait";
  static constexpr auto fields = std::tuple{Field{"tag", &MPISendWait::tag_}};
};

// () -> (request, data): starts to receive. data is new memory, zeros until the message is there;
// its type has no broadcastable axis.
class KROTON_API MPIRecv : public OpOf<MPIRecv> {
 public:
  // ValueError for a negative rank, tag or length.
  MPIRecv(int source, int tag, Shape shape, DType dtype);
  int source() const { return source_; }
  int tag() const { return tag_; }
  const Shape& shape() const { return shape_; }
  DType dtype() const { return dtype_; }

  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override;
  Variables grad(const Apply& node, Variables gz) const override;
  Variables r_op(const Apply& node, Variables eval_points) const override;
  void perform(const Apply& node, std::span<const Value> inputs,
               std::span<Value> output_storage) const override;
  Effect effect() const override { return Effect::acts; }

 private:
  int source_, tag_;
  Shape shape_;
  DType dtype_;

 public:
  static constexpr std::string_view op_name = "MPIRecv";
  static constexpr auto fields =
      std::tuple{Field{"source", &MPIRecv::source_}, Field{"tag", &MPIRecv::tag_},
                 Field{"shape", &MPIRecv::shape_}, Field{"dtype", &MPIRecv::dtype_}};
};

// (request, data) -> data, a view of it, when the message is there.
class KROTON_API MPIRecvWait : public OpOf<MPIRecvWait> {
 public:
  explicit MPIRecvWait(int tag);
  int tag() const { return tag_; }

  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override;
  Variables grad(const Apply& node, Variables gz) const override;
  Variables r_op(const Apply& node, Variables eval_points) const override;
  void perform(const Apply& node, std::span<const Value> inputs,
               std::span<Value> output_storage) const override;
  AliasMap view_map() const override { return {{0, {1}}}; }
  Effect effect() const override { return Effect::acts; }
  bool takes_arrays_elsewhere() const override { return true; }

 private:
  int tag_;

 public:
  static constexpr std::string_view op_name = "MPIRecvWait";
  static constexpr auto fields = std::tuple{Field{"tag", &MPIRecvWait::tag_}};
};

// {request, data} of a start.
KROTON_API std::pair<Variable, Variable> isend(
    const Variable& var, int dest, int tag,
    std::source_location line = std::source_location::current());
KROTON_API std::pair<Variable, Variable> irecv(
    Shape shape, DType dtype, int source, int tag,
    std::source_location line = std::source_location::current());
// Start and wait: true when VAR is on its way; the array that came.
KROTON_API Variable send(const Variable& var, int dest, int tag,
                         std::source_location line = std::source_location::current());
KROTON_API Variable recv(Shape shape, DType dtype, int source, int tag,
                         std::source_location line = std::source_location::current());

// Whether messages can be sent: an MPI library could be loaded and initialised (the first call does
// that), or this thread is a rank of a loopback.
KROTON_API bool mpi_enabled();
// This process's rank and the number of ranks; 0 of 1 without MPI. CommunicationError when a
// launcher started several ranks that do not see each other.
KROTON_API int mpi_rank();
KROTON_API int mpi_size();

// Starts -1, waits 1, other nodes 0; the tag of these four ops, else 0. As comparators, in this
// order: wait as long as possible on waits, start early; lower tags first.
KROTON_API int mpi_send_wait_key(const Apply& node);
KROTON_API int mpi_tag_key(const Apply& node);
KROTON_API extern const NodeComparator mpi_send_wait_cmp, mpi_tag_cmp;
KROTON_API extern const std::vector<NodeKey> mpi_keys;
KROTON_API extern const std::vector<NodeComparator> mpi_cmps;
}  // namespace kroton::distributed
