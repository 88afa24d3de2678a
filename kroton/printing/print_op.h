// SPDX-License-Identifier: BSD-3-Clause
// Print: an identity that shows its value on stderr when it runs.
//   auto y = Print("y")(x * 2);
#pragma once
#include <string>

#include "kroton/base/api.h"
#include "kroton/graph/op.h"

namespace kroton::inline printing {
// The output is the input, of any type. It prints at each call, is never merged, dropped or folded,
// and blocks rewrites that would look through it. Gradient: passes through unprinted. Source:
// Theano's printing.py:Print.
class KROTON_API Print : public OpOf<Print> {
 public:
  static constexpr std::string_view op_name = "Print";
  explicit Print(std::string message = "") : message_(std::move(message)) {}
  const std::string& message() const { return message_; }

  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override;
  Variables grad(const Apply& node, Variables gz) const override;
  Variables r_op(const Apply& node, Variables eval_points) const override;
  void perform(const Apply& node, std::span<const Value> inputs,
               std::span<Value> output_storage) const override;
  AliasMap view_map() const override;
  Effect effect() const override;

 private:
  std::string message_;

 public:
  static constexpr auto fields = std::tuple{Field{"message", &Print::message_}};
};
}  // namespace kroton::inline printing
