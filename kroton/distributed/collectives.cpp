// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/distributed/collectives.h"

#include <fmt/format.h>

#include <cstring>

#include "kroton/base/errors.h"
#include "kroton/distributed/detail/behind.h"
#include "kroton/distributed/detail/ranks.h"
#include "kroton/distributed/detail/reduction.h"
#include "kroton/distributed/detail/traffic.h"
#include "kroton/tensor/create.h"
#include "kroton/tensor/elemwise.h"
#include "kroton/tensor/elemwise_functions.h"
#include "kroton/tensor/reduce.h"
#include "kroton/tensor/type.h"

namespace kroton::distributed {
namespace {
using detail::Ranks;
using detail::Traffic;

const char* word(Reduction how) {
  constexpr const char* words[] = {"sum", "prod", "max", "min", "mean"};
  return words[static_cast<std::size_t>(how)];
}

constexpr int tag = 0;  // of a lane of their own
std::shared_ptr<Message> sent(Communicator& all, const NDArray& x, int dest) {
  return all.send(block_of(x), dest, tag, Lane::collectives);
}
std::shared_ptr<Message> coming(Communicator& all, const NDArray& x, int source) {
  return all.receive(block_of(x), source, tag, Lane::collectives);
}

// Up a binary tree to rank 0 and down again: always the same order of additions, one result for
// all.
void reduce_in_place(Communicator& all, NDArray& x, Reduction how, const std::string& who) {
  const int rank = all.rank(), size = all.size();
  int bit = 1;
  for (; bit < size && !(rank & bit); bit <<= 1) {
    if (rank + bit >= size) continue;
    NDArray other = NDArray::empty(x.shape(), x.dtype());
    finish(all, *coming(all, other, rank + bit), who);
    detail::combine(x, other, how);
  }
  if (rank != 0) {
    finish(all, *sent(all, x, rank - bit), who);
    finish(all, *coming(all, x, rank - bit), who);
  }
  for (bit >>= 1; bit > 0; bit >>= 1) {
    if (rank + bit < size) finish(all, *sent(all, x, rank + bit), who);
  }
}

// Every rank's part of FROM goes to it, and its part comes into TO; both with a first axis of
// ranks. Where FROM is one part, all get it.
void exchange(Communicator& all, const Value& from, const Value& to, const std::string& who) {
  const bool same = from.array_shape().size() < to.array_shape().size();
  const auto part = [](const Value& whole, int r) {
    return whole.is_array() ? Value(whole.as<NDArray>().slice({r})) : whole.part_elsewhere(r);
  };
  std::vector<std::shared_ptr<Message>> messages;
  for (int r = 0; r < all.size(); ++r)
    messages.push_back(all.receive(block_of(part(to, r)), r, tag, Lane::collectives));
  for (int r = 0; r < all.size(); ++r) {
    const int dest = (all.rank() + r) % all.size();
    messages.push_back(
        all.send(block_of(same ? from : part(from, dest)), dest, tag, Lane::collectives));
  }
  for (const auto& message : messages) finish(all, *message, who);
}

// What comes of that for X, an array of TYPE and SHAPE that lies where X does.
Value exchanged(Communicator& all, const Value& x, const Type& type, const Shape& shape,
                const std::string& who) {
  if (x.is_array_elsewhere() && all.takes_device_memory()) {
    const Value z = type.value_zeros(shape);
    exchange(all, x, z, who);
    return z;
  }
  // Through the host once, not by parts.
  const NDArray z = NDArray::empty(shape, type.dtype());
  exchange(all, NDArray(x), z, who);
  return type.filter(z);
}

void check_array(std::string_view who, const Variable& x) {
  if (x.type().is_array()) return;
  throw TypeError(
      fmt::format("{}: x {} is {}; it must be an array", who, x.text(), x.type().text()));
}
Variable zero_gradient(const Variable& x) { return x.type().zeros_like(x); }
bool has_gradient(const Variable& x) { return is_floating(x.dtype()) || is_complex(x.dtype()); }

template <class Derived>
class Collective : public OpOf<Derived>, public detail::Communicates {
 public:
  explicit Collective(Group group) : ranks_{std::move(group)} {}
  Effect effect() const override { return Effect::acts; }
  bool takes_arrays_elsewhere() const override { return true; }
  Traffic traffic(const Apply&) const override {
    Traffic made{Traffic::Kind::collective};
    made.lane = Lane::collectives;
    made.group = ranks_.group;
    return made;
  }

 protected:
  Ranks ranks_;
};

class AllReduce final : public Collective<AllReduce> {
 public:
  AllReduce(Reduction how, Group group)
      : Collective(std::move(group)), how_(word(how)), how_row_(how) {}
  Apply make_node(Inputs inputs) const override {
    const Variable& x = inputs[0];
    check_array("all_reduce", x);
    const bool ordered = how_row_ == Reduction::max || how_row_ == Reduction::min;
    if ((how_row_ == Reduction::mean && !has_gradient(x)) || (ordered && is_complex(x.dtype()))) {
      throw TypeError(fmt::format("all_reduce: x {} is {}; there is no {} of that dtype", x.text(),
                                  x.type().text(), how_));
    }
    return Apply(*this, inputs, {x.type()()});
  }
  Shapes infer_shape(const Apply&, Shapes in) const override { return in; }
  Variables grad(const Apply& node, Variables gz) const override {
    const Variable x = node.inputs()[0], z = node.outputs()[0];
    if (!has_gradient(x)) return {zero_gradient(x)};
    const Group& group = ranks_.group;
    if (how_row_ == Reduction::sum || how_row_ == Reduction::mean)
      return {all_reduce(detail::behind(gz[0], z), how_row_, group)};
    const Variable all = all_reduce(detail::behind(gz[0], z), Reduction::sum, group);
    const auto number = [&](const Variable& truth) { return truth.astype(x.dtype()); };
    if (how_row_ != Reduction::prod) {
      const Variable mine = number(tensor::eq(x, z));
      return {all * mine / all_reduce(mine, Reduction::sum, group)};
    }
    // The product of the others, where there are zeros too.
    const Variable is_zero = tensor::eq(x, 0),
                   zeros = all_reduce(number(is_zero), Reduction::sum, group);
    const Variable safe = tensor::where(is_zero, number(tensor::ones_like(x)), x);
    const Variable product = all_reduce(safe, Reduction::prod, group);
    return {all * product * number(tensor::eq(zeros, number(is_zero))) / safe};
  }
  void perform(const Apply& node, std::span<const Value> inputs,
               std::span<Value> out) const override {
    Communicator& all = *ranks_.communicator();
    const Value& x = inputs[0];
    NDArray z = x.is_array_elsewhere() ? NDArray(x) : x.as<NDArray>().copy();
    reduce_in_place(all, z, how_row_, text());
    if (how_row_ == Reduction::mean) detail::divide(z, all.size());
    out[0] = node.outputs()[0].type().filter(z);
  }

 private:
  std::string how_;
  Reduction how_row_;

 public:
  static constexpr std::string_view op_name = "AllReduce";
  static constexpr auto fields =
      std::tuple{Field{"how", &AllReduce::how_}, Field{"ranks", &AllReduce::ranks_}};
};

class AllGather final : public Collective<AllGather> {
 public:
  using Collective::Collective;
  Apply make_node(Inputs inputs) const override {
    check_array("all_gather", inputs[0]);
    std::vector<bool> flags = inputs[0].type().broadcastable();
    flags.insert(flags.begin(), false);
    return Apply(*this, inputs, {inputs[0].type().with(inputs[0].dtype(), flags)->make_variable()});
  }
  Variables grad(const Apply& node, Variables gz) const override {
    if (!has_gradient(node.inputs()[0])) return {zero_gradient(node.inputs()[0])};
    return {reduce_scatter(detail::behind(gz[0], node.outputs()[0]), ranks_.group)};
  }
  void perform(const Apply& node, std::span<const Value> inputs,
               std::span<Value> out) const override {
    Communicator& all = *ranks_.communicator();
    Shape shape = inputs[0].array_shape();
    shape.insert(shape.begin(), all.size());
    out[0] = exchanged(all, inputs[0], node.outputs()[0].type(), shape, text());
  }
  static constexpr std::string_view op_name = "AllGather";
  static constexpr auto fields = std::tuple{Field{"ranks", &AllGather::ranks_}};
};

class AllToAll final : public Collective<AllToAll> {
 public:
  using Collective::Collective;
  Apply make_node(Inputs inputs) const override {
    const Variable& x = inputs[0];
    check_array("all_to_all", x);
    if (x.ndim() == 0) {
      throw TypeError(
          fmt::format("all_to_all: x {} is {}; its first axis must be as long as there are ranks",
                      x.text(), x.type().text()));
    }
    return Apply(*this, inputs, {x.type()()});
  }
  Shapes infer_shape(const Apply&, Shapes in) const override { return in; }
  Variables grad(const Apply& node, Variables gz) const override {
    if (!has_gradient(node.inputs()[0])) return {zero_gradient(node.inputs()[0])};
    return {all_to_all(detail::behind(gz[0], node.outputs()[0]), ranks_.group)};
  }
  void perform(const Apply& node, std::span<const Value> inputs,
               std::span<Value> out) const override {
    Communicator& all = *ranks_.communicator();
    const Shape shape = inputs[0].array_shape();
    if (shape[0] != all.size()) {
      throw ShapeError(
          fmt::format("all_to_all: x has shape {} and there are {} ranks; its first axis "
                      "must be as long as there are ranks",
                      shape_text(shape), all.size()));
    }
    out[0] = exchanged(all, inputs[0], node.outputs()[0].type(), shape, text());
  }
  Traffic traffic(const Apply& node) const override {
    Traffic made = Collective::traffic(node);
    made.has_parts = true;
    return made;
  }
  static constexpr std::string_view op_name = "AllToAll";
  static constexpr auto fields = std::tuple{Field{"ranks", &AllToAll::ranks_}};
};

// X on rank ROOT, zeros elsewhere.
class OnRank final : public OpOf<OnRank> {
 public:
  OnRank(int root, Group group) : root_(root), ranks_{std::move(group)} {}
  Apply make_node(Inputs inputs) const override {
    check_array("on_rank", inputs[0]);
    return Apply(*this, inputs, {inputs[0].type()()});
  }
  Shapes infer_shape(const Apply&, Shapes in) const override { return in; }
  Variables grad(const Apply& node, Variables gz) const override {
    if (!has_gradient(node.inputs()[0])) return {zero_gradient(node.inputs()[0])};
    return {(*this)(gz[0])};
  }
  void perform(const Apply& node, std::span<const Value> inputs,
               std::span<Value> out) const override {
    const Communicator& all = *ranks_.communicator();
    const std::string why = all.objection(root_, 0);
    if (!why.empty()) throw CommunicationError(text() + ": " + why);
    const Value& x = inputs[0];
    out[0] = all.rank() == root_ ? x.copy() : node.outputs()[0].type().value_zeros(x.array_shape());
  }
  bool takes_arrays_elsewhere() const override { return true; }
  // Depends on who runs it.
  Effect effect() const override { return Effect::reads_state; }

 private:
  int root_;
  Ranks ranks_;

 public:
  static constexpr std::string_view op_name = "OnRank";
  static constexpr auto fields =
      std::tuple{Field{"root", &OnRank::root_}, Field{"ranks", &OnRank::ranks_}};
};

class Barrier final : public Collective<Barrier> {
 public:
  using Collective::Collective;
  Apply make_node(Inputs inputs) const override {
    return Apply(*this, inputs, {inputs[0].type()()});
  }
  Shapes infer_shape(const Apply&, Shapes in) const override { return in; }
  Variables grad(const Apply&, Variables gz) const override { return gz; }
  void perform(const Apply&, std::span<const Value> inputs, std::span<Value> out) const override {
    NDArray nothing = NDArray::zeros({}, uint8);
    reduce_in_place(*ranks_.communicator(), nothing, Reduction::max, text());
    out[0] = inputs[0];
  }
  AliasMap view_map() const override { return {{0, {0}}}; }
  Traffic traffic(const Apply& node) const override {
    Traffic made = Collective::traffic(node);
    made.kind = Traffic::Kind::barrier;
    return made;
  }
  static constexpr std::string_view op_name = "Barrier";
  static constexpr auto fields = std::tuple{Field{"ranks", &Barrier::ranks_}};
};
}  // namespace

Variable all_reduce(const Variable& x, Reduction how, Group group, std::source_location line) {
  const CreationLine scope(line);
  return AllReduce(how, std::move(group))(x);
}
Variable reduce(const Variable& x, int root, Reduction how, Group group,
                std::source_location line) {
  const CreationLine scope(line);
  detail::check_number("reduce", "root", root);
  return OnRank(root, group)(all_reduce(x, how, group));
}
Variable broadcast(const Variable& x, int root, Group group, std::source_location line) {
  const CreationLine scope(line);
  detail::check_number("broadcast", "root", root);
  return all_reduce(OnRank(root, group)(x), Reduction::sum, group);
}
Variable all_gather(const Variable& x, Group group, std::source_location line) {
  const CreationLine scope(line);
  return AllGather(std::move(group))(x);
}
Variable gather(const Variable& x, int root, Group group, std::source_location line) {
  const CreationLine scope(line);
  detail::check_number("gather", "root", root);
  return OnRank(root, group)(all_gather(x, group));
}
Variable all_to_all(const Variable& x, Group group, std::source_location line) {
  const CreationLine scope(line);
  return AllToAll(std::move(group))(x);
}
Variable reduce_scatter(const Variable& x, Group group, std::source_location line) {
  const CreationLine scope(line);
  return all_to_all(x, std::move(group)).sum(0).astype(x.dtype());
}
Variable scatter(const Variable& x, int root, Group group, std::source_location line) {
  const CreationLine scope(line);
  detail::check_number("scatter", "root", root);
  return reduce_scatter(OnRank(root, group)(x), group);
}
Variable barrier(const Variable& x, Group group, std::source_location line) {
  const CreationLine scope(line);
  return Barrier(std::move(group))(x);
}
Group split(int color, int key, Group group) {
  return (group ? group : world())->split(color, key);
}
}  // namespace kroton::distributed
