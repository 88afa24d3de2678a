// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/distributed/detail/behind.h"

#include "kroton/graph/disconnected_type.h"

namespace kroton::distributed::detail {
namespace {
// (x, after) -> x.
class Behind final : public OpOf<Behind> {
 public:
  Apply make_node(Inputs inputs) const override {
    return Apply(*this, inputs, {inputs[0].type()()});
  }
  Shapes infer_shape(const Apply&, Shapes in) const override { return {in[0]}; }
  Connections connection_pattern(const Apply&) const override { return {{true}, {false}}; }
  Variables grad(const Apply&, Variables gz) const override {
    return {gz[0], DisconnectedType()()};
  }
  void perform(const Apply&, std::span<const Value> inputs, std::span<Value> out) const override {
    out[0] = inputs[0];
  }
  bool takes_arrays_elsewhere() const override { return true; }
  AliasMap view_map() const override { return {{0, {0}}}; }
  static constexpr std::string_view op_name = "Behind";
};
}  // namespace

Variable behind(const Variable& x, const Variable& after) { return Behind()(x, after); }
}  // namespace kroton::distributed::detail
