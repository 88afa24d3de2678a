// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/distributed/transport.h"

#include <fmt/format.h>

#include "kroton/base/at.h"
#include "kroton/base/errors.h"
#include "kroton/distributed/around_calls.h"
#include "kroton/distributed/detail/behind.h"
#include "kroton/distributed/detail/ranks.h"
#include "kroton/distributed/detail/traffic.h"
#include "kroton/graph/disconnected_type.h"
#include "kroton/tensor/axes_order.h"
#include "kroton/tensor/constant.h"
#include "kroton/tensor/create.h"
#include "kroton/tensor/type.h"

namespace kroton::distributed {
namespace {
using detail::check_number;
using detail::check_partner;
using detail::Ranks;
using detail::Traffic;

void check_float(std::string_view who, const char* what, const Variable& x) {
  if (x.type().is_array() && is_floating(x.dtype())) return;
  throw TypeError(fmt::format("{}: {} {} is {}; it must be an array of a float dtype", who, what,
                              x.text(), x.type().text()));
}
Lane back(Lane lane) { return lane == Lane::values ? Lane::gradients : Lane::values; }

// Where X lies: an array of these lengths with undefined contents, or zeros.
Value room_for(const Type& type, const Shape& shape) {
  if (type.host_form()->equals(type)) return NDArray::empty(shape, type.dtype());
  return type.value_zeros(shape);
}

// The type of what comes, as one of an op's fields.
struct Landing {
  std::shared_ptr<const Type> type;
  std::string text() const { return type->text(); }
  friend bool operator==(const Landing& a, const Landing& b) { return *a.type == *b.type; }
};
// Arrays of DTYPE and NDIM that lie where X does.
Landing beside(const Variable& x, DType dtype, std::size_t ndim) {
  const auto& place = is_complex(dtype) ? x.type().host_form() : x.type().share();
  return {place->with(dtype, std::vector<bool>(ndim, false))};
}

// (shape) or (shape, through) -> what comes.
class ReceiveFrom final : public OpOf<ReceiveFrom>, public detail::Communicates {
 public:
  ReceiveFrom(int source, int tag, Landing type, Lane lane, Ranks ranks)
      : source_(source), tag_(tag), type_(std::move(type)), lane_(lane), ranks_(std::move(ranks)) {
    check_number("receive_from", "source", source);
    check_number("receive_from", "tag", tag);
  }
  Apply make_node(Inputs inputs) const override {
    return Apply(*this, inputs, {type_.type->make_variable()});
  }
  Shapes infer_shape(const Apply& node, Shapes) const override {
    const auto lengths = as<Constant>(node.inputs()[0]);
    if (!lengths) return {std::nullopt};
    const auto shape = lengths->data().as<NDArray>().to_vector<std::int64_t>();
    return {std::vector<ShapeExpr>(shape.begin(), shape.end())};
  }
  Connections connection_pattern(const Apply& node) const override {
    return node.inputs().size() > 1 ? Connections{{false}, {true}} : Connections{{false}};
  }
  Variables grad(const Apply& node, Variables gz) const override;
  void perform(const Apply&, std::span<const Value> inputs, std::span<Value> out) const override {
    const Group& communicator = ranks_.communicator();
    check_partner(*this, *communicator, source_, tag_);
    const Value data = room_for(*type_.type, NDArray(inputs[0]).to_vector<std::int64_t>());
    finish(*communicator, *communicator->receive(block_of(data), source_, tag_, lane_), text());
    out[0] = data;
  }
  Effect effect() const override { return Effect::acts; }
  bool takes_arrays_elsewhere() const override { return true; }
  Traffic traffic(const Apply&) const override {
    return {Traffic::Kind::receive, -1, source_, tag_, lane_, ranks_.group};
  }

 private:
  int source_, tag_;
  Landing type_;
  Lane lane_;
  Ranks ranks_;

 public:
  static constexpr std::string_view op_name = "ReceiveFrom";
  static constexpr auto fields =
      std::tuple{Field{"source", &ReceiveFrom::source_}, Field{"tag", &ReceiveFrom::tag_},
                 Field{"type", &ReceiveFrom::type_}, Field{"lane", &ReceiveFrom::lane_},
                 Field{"ranks", &ReceiveFrom::ranks_}};
};

// (x) -> 0.
class SendTo final : public OpOf<SendTo>, public detail::Communicates {
 public:
  SendTo(int dest, int tag, Lane lane, Ranks ranks)
      : dest_(dest), tag_(tag), lane_(lane), ranks_(std::move(ranks)) {
    check_number("send_to", "dest", dest);
    check_number("send_to", "tag", tag);
  }
  Apply make_node(Inputs inputs) const override {
    check_float("send_to", "x", inputs[0]);
    return Apply(*this, inputs, {tensor::TensorType(inputs[0].dtype(), {})()});
  }
  Shapes infer_shape(const Apply&, Shapes) const override { return {std::vector<ShapeExpr>{}}; }
  Variables grad(const Apply& node, Variables) const override {
    const Variable x = node.inputs()[0];
    const ReceiveFrom op(dest_, tag_, beside(x, x.dtype(), x.ndim()), back(lane_), ranks_);
    const Variable shape = detail::behind(x.shape(), node.outputs()[0]);
    return {tensor::patternbroadcast(op.make_node({shape}).outputs()[0], x.type().broadcastable())};
  }
  void perform(const Apply&, std::span<const Value> inputs, std::span<Value> out) const override {
    const Group& communicator = ranks_.communicator();
    check_partner(*this, *communicator, dest_, tag_);
    // What is staged on the host is a copy already.
    const bool is_staged = inputs[0].is_array_elsewhere() && !communicator->takes_device_memory();
    const Block block = block_of(is_staged ? inputs[0] : inputs[0].copy());
    note_send(communicator, communicator->send(block, dest_, tag_, lane_), text());
    out[0] = NDArray::zeros({}, block.label.dtype);
  }
  Effect effect() const override { return Effect::acts; }
  bool takes_arrays_elsewhere() const override { return true; }
  Traffic traffic(const Apply&) const override {
    return {Traffic::Kind::send, dest_, -1, tag_, lane_, ranks_.group};
  }

 private:
  int dest_, tag_;
  Lane lane_;
  Ranks ranks_;

 public:
  static constexpr std::string_view op_name = "SendTo";
  static constexpr auto fields =
      std::tuple{Field{"dest", &SendTo::dest_}, Field{"tag", &SendTo::tag_},
                 Field{"lane", &SendTo::lane_}, Field{"ranks", &SendTo::ranks_}};
};

Variables ReceiveFrom::grad(const Apply& node, Variables gz) const {
  const Variable sent =
      SendTo(source_, tag_, back(lane_), ranks_)(detail::behind(gz[0], node.outputs()[0]));
  const Variable through = node.inputs()[1];
  return {DisconnectedType()(), tensor::zeros_like(through) + sent.astype(through.dtype())};
}

// (x) -> what comes, like x.
class SendReceive final : public OpOf<SendReceive>, public detail::Communicates {
 public:
  SendReceive(int dest, int source, int tag, Lane lane, Ranks ranks)
      : dest_(dest), source_(source), tag_(tag), lane_(lane), ranks_(std::move(ranks)) {
    check_number("send_receive", "dest", dest);
    check_number("send_receive", "source", source);
    check_number("send_receive", "tag", tag);
  }
  Apply make_node(Inputs inputs) const override {
    if (!inputs[0].type().is_array()) check_float("send_receive", "x", inputs[0]);
    return Apply(*this, inputs, {inputs[0].type()()});
  }
  Shapes infer_shape(const Apply&, Shapes in) const override { return in; }
  Variables grad(const Apply& node, Variables gz) const override {
    return {SendReceive(source_, dest_, tag_, back(lane_),
                        ranks_)(detail::behind(gz[0], node.outputs()[0]))};
  }
  void perform(const Apply& node, std::span<const Value> inputs,
               std::span<Value> out) const override {
    const Group& communicator = ranks_.communicator();
    check_partner(*this, *communicator, dest_, tag_);
    check_partner(*this, *communicator, source_, tag_);
    const Value data = room_for(node.outputs()[0].type(), inputs[0].array_shape());
    const auto came = communicator->receive(block_of(data), source_, tag_, lane_);
    const auto sent = communicator->send(block_of(inputs[0]), dest_, tag_, lane_);
    try {
      finish(*communicator, *came, text());
    } catch (...) {
      note_send(communicator, sent, text());
      throw;
    }
    finish(*communicator, *sent, text());
    out[0] = data;
  }
  Effect effect() const override { return Effect::acts; }
  bool takes_arrays_elsewhere() const override { return true; }
  Traffic traffic(const Apply&) const override {
    return {Traffic::Kind::exchange, dest_, source_, tag_, lane_, ranks_.group};
  }

 private:
  int dest_, source_, tag_;
  Lane lane_;
  Ranks ranks_;

 public:
  static constexpr std::string_view op_name = "SendReceive";
  static constexpr auto fields =
      std::tuple{Field{"dest", &SendReceive::dest_}, Field{"source", &SendReceive::source_},
                 Field{"tag", &SendReceive::tag_}, Field{"lane", &SendReceive::lane_},
                 Field{"ranks", &SendReceive::ranks_}};
};
}  // namespace

Variable send_to(const Variable& x, int dest, int tag, Group group, std::source_location line) {
  const CreationLine scope(line);
  return SendTo(dest, tag, Lane::values, {std::move(group)})(x);
}
Variable receive_from(const Variable& through, Shape shape, DType dtype, int source, int tag,
                      Group group, std::source_location line) {
  const CreationLine scope(line);
  check_float("receive_from", "through", through);
  const ReceiveFrom op(source, tag, beside(through, dtype, shape.size()), Lane::values,
                       {std::move(group)});
  const Variable lengths = tensor::constant(array(std::vector<std::int64_t>(shape)));
  return op.make_node({lengths, through}).outputs()[0];
}
Variable send_receive(const Variable& x, int dest, int source, int tag, Group group,
                      std::source_location line) {
  const CreationLine scope(line);
  return SendReceive(dest, source, tag, Lane::values, {std::move(group)})(x);
}
}  // namespace kroton::distributed
