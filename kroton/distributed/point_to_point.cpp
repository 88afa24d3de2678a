// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/distributed/point_to_point.h"

#include <fmt/format.h>

#include "kroton/base/errors.h"
#include "kroton/distributed/around_calls.h"
#include "kroton/distributed/communicator.h"
#include "kroton/distributed/detail/traffic.h"
#include "kroton/graph/generic_type.h"
#include "kroton/tensor/type.h"

namespace kroton::distributed {
namespace {
using detail::check_number;
using detail::check_partner;

[[noreturn]] void not_differentiable(const Op& op) {
  throw GradientError("grad: " + op.text() +
                      " is not differentiable; distributed::send_to and distributed::receive_from "
                      "carry values and gradients");
}

// WAIT's inputs: a request and data.
void check_wait(std::string_view who, Inputs inputs) {
  if (inputs.size() != 2) {
    throw TypeError(fmt::format("{}: {} {} given; it takes a request and its data", who,
                                inputs.size(), inputs.size() == 1 ? "input is" : "inputs are"));
  }
  if (!dynamic_cast<const Generic*>(&inputs[0].type())) {
    throw TypeError(fmt::format("{}: request {} is {}; it must be the first output of a start", who,
                                inputs[0].text(), inputs[0].type().text()));
  }
  if (!inputs[1].type().is_array()) {
    throw TypeError(fmt::format("{}: data {} is {}; it must be the second output of a start", who,
                                inputs[1].text(), inputs[1].type().text()));
  }
}

const Request& request_of(std::string_view who, const Value& value) {
  if (value.is<Request>()) return value.as<Request>();
  throw TypeError(
      fmt::format("{}: the request is {}; it must come from a start", who, value.text()));
}

void wait_for(const Request& request) {
  if (request.message->is_done()) return request.message->land();
  finish(*request.communicator, *request.message, request.start.op().text());
}

std::string request_text(const void* request) {
  return "request: " + static_cast<const Request*>(request)->message->text();
}
}  // namespace

const ValueKind& value_kind(const Request&) {
  static const ValueKind kind{"Request", &typeid(Request), nullptr,
                              nullptr,   &request_text,    nullptr};
  return kind;
}

// ------------------------------------------------------------------------------------------
// MPISend
MPISend::MPISend(int dest, int tag) : dest_(dest), tag_(tag) {
  check_number("MPISend", "dest", dest);
  check_number("MPISend", "tag", tag);
}

Apply MPISend::make_node(Inputs inputs) const {
  if (inputs.size() != 1)
    throw TypeError(fmt::format("MPISend: {} inputs are given; it takes an array", inputs.size()));
  if (!inputs[0].type().is_array()) {
    throw TypeError(fmt::format("MPISend: {} is {}; it must be an array", inputs[0].text(),
                                inputs[0].type().text()));
  }
  return Apply(*this, inputs, {Generic()(), inputs[0].type()()});
}
Shapes MPISend::infer_shape(const Apply&, Shapes in) const { return {std::nullopt, in[0]}; }
Variables MPISend::grad(const Apply&, Variables) const { not_differentiable(*this); }
Variables MPISend::r_op(const Apply&, Variables) const { not_differentiable(*this); }

void MPISend::perform(const Apply& node, std::span<const Value> inputs,
                      std::span<Value> output_storage) const {
  const std::shared_ptr<Communicator>& communicator = world();
  check_partner(*this, *communicator, dest_, tag_);
  const auto message = communicator->send(block_of(inputs[0]), dest_, tag_);
  note_start(communicator, message, inputs[0]);
  output_storage[0] = Request{communicator, message, node};
  output_storage[1] = inputs[0];
}

// --------------------------------------------------------------------------------------
// MPISendWait
MPISendWait::MPISendWait(int tag) : tag_(tag) { check_number("MPISendWait", "tag", tag); }

Apply MPISendWait::make_node(Inputs inputs) const {
  check_wait("MPISendWait", inputs);
  return Apply(*this, inputs, {Generic()()});
}
Variables MPISendWait::grad(const Apply&, Variables) const { not_differentiable(*this); }
Variables MPISendWait::r_op(const Apply&, Variables) const { not_differentiable(*this); }

void MPISendWait::perform(const Apply&, std::span<const Value> inputs,
                          std::span<Value> output_storage) const {
  const Request& request = request_of("MPISendWait", inputs[0]);
  wait_for(request);
  output_storage[0] = true;
}

// ------------------------------------------------------------------------------------------
// MPIRecv
MPIRecv::MPIRecv(int source, int tag, Shape shape, DType dtype)
    : source_(source), tag_(tag), shape_(std::move(shape)), dtype_(dtype) {
  check_number("MPIRecv", "source", source);
  check_number("MPIRecv", "tag", tag);
  for (const std::int64_t n : shape_) {
    if (n < 0) {
      throw ValueError(
          fmt::format("MPIRecv: the shape is {}; lengths must be 0 or more", shape_text(shape_)));
    }
  }
}

Apply MPIRecv::make_node(Inputs inputs) const {
  if (!inputs.empty())
    throw TypeError(fmt::format("MPIRecv: {} {} given; it takes none", inputs.size(),
                                inputs.size() == 1 ? "input is" : "inputs are"));
  return Apply(
      *this, inputs,
      {Generic()(), tensor::TensorType(dtype_, std::vector<bool>(shape_.size(), false))()});
}
Shapes MPIRecv::infer_shape(const Apply&, Shapes) const {
  return {std::nullopt, std::vector<ShapeExpr>(shape_.begin(), shape_.end())};
}
Variables MPIRecv::grad(const Apply&, Variables) const { not_differentiable(*this); }
Variables MPIRecv::r_op(const Apply&, Variables) const { not_differentiable(*this); }

void MPIRecv::perform(const Apply& node, std::span<const Value>,
                      std::span<Value> output_storage) const {
  const std::shared_ptr<Communicator>& communicator = world();
  check_partner(*this, *communicator, source_, tag_);
  const NDArray data =
      is_only_waited_for(node) ? NDArray::empty(shape_, dtype_) : NDArray::zeros(shape_, dtype_);
  const auto message = communicator->receive(block_of(data), source_, tag_);
  note_start(communicator, message, data);
  output_storage[0] = Request{communicator, message, node};
  output_storage[1] = data;
}

// --------------------------------------------------------------------------------------
// MPIRecvWait
MPIRecvWait::MPIRecvWait(int tag) : tag_(tag) { check_number("MPIRecvWait", "tag", tag); }

Apply MPIRecvWait::make_node(Inputs inputs) const {
  check_wait("MPIRecvWait", inputs);
  return Apply(*this, inputs, {inputs[1].type()()});
}
Shapes MPIRecvWait::infer_shape(const Apply&, Shapes in) const { return {in[1]}; }
Variables MPIRecvWait::grad(const Apply&, Variables) const { not_differentiable(*this); }
Variables MPIRecvWait::r_op(const Apply&, Variables) const { not_differentiable(*this); }

void MPIRecvWait::perform(const Apply&, std::span<const Value> inputs,
                          std::span<Value> output_storage) const {
  const Request& request = request_of("MPIRecvWait", inputs[0]);
  wait_for(request);
  output_storage[0] = inputs[1];
}

// ------------------------------------------------------------------------------------------
// functions
std::pair<Variable, Variable> isend(const Variable& var, int dest, int tag,
                                    std::source_location line) {
  const CreationLine scope(line);
  const Apply node = MPISend(dest, tag).make_node({var});
  return {node.outputs()[0], node.outputs()[1]};
}
std::pair<Variable, Variable> irecv(Shape shape, DType dtype, int source, int tag,
                                    std::source_location line) {
  const CreationLine scope(line);
  const Apply node = MPIRecv(source, tag, std::move(shape), dtype).make_node({});
  return {node.outputs()[0], node.outputs()[1]};
}
Variable send(const Variable& var, int dest, int tag, std::source_location line) {
  const CreationLine scope(line);
  const auto [request, data] = isend(var, dest, tag);
  return MPISendWait(tag).make_node({request, data}).outputs()[0];
}
Variable recv(Shape shape, DType dtype, int source, int tag, std::source_location line) {
  const CreationLine scope(line);
  const auto [request, data] = irecv(std::move(shape), dtype, source, tag);
  return MPIRecvWait(tag).make_node({request, data}).outputs()[0];
}

bool mpi_enabled() { return find_world() != nullptr; }

// --------------------------------------------------------------------------------------------
// order
int mpi_send_wait_key(const Apply& node) {
  if (as<MPISendWait>(node) || as<MPIRecvWait>(node)) return 1;
  return as<MPISend>(node) || as<MPIRecv>(node) ? -1 : 0;
}
int mpi_tag_key(const Apply& node) {
  if (const auto* op = as<MPISend>(node)) return op->tag();
  if (const auto* op = as<MPIRecv>(node)) return op->tag();
  if (const auto* op = as<MPISendWait>(node)) return op->tag();
  if (const auto* op = as<MPIRecvWait>(node)) return op->tag();
  return 0;
}
const NodeComparator mpi_send_wait_cmp = key_to_cmp(&mpi_send_wait_key);
const NodeComparator mpi_tag_cmp = key_to_cmp(&mpi_tag_key);
const std::vector<NodeKey> mpi_keys{&mpi_send_wait_key, &mpi_tag_key};
const std::vector<NodeComparator> mpi_cmps{mpi_send_wait_cmp, mpi_tag_cmp};
}  // namespace kroton::distributed
