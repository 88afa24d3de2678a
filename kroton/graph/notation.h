// SPDX-License-Identifier: BSD-3-Clause
// How a node is written in a formula: text with variables in it, and how tightly its outermost
// operator binds. Ops say it (Op::notation), printers put parentheses where they are needed.
//   return Notation(Binding::sum).part(x, Binding::sum).text(" + ").part(y, Binding::product);
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/variable.h"

namespace kroton::inline graph {
// C++'s operators, from the loosest.
enum class Binding : std::uint8_t {
  none,
  bit_or,
  bit_xor,
  bit_and,
  comparison,
  sum,
  product,
  prefix,
  call
};

class KROTON_API Notation {
 public:
  // Text, or a variable that is put into parentheses when it binds less tightly than at_least.
  struct Part {
    std::string text;
    Variable variable;
    Binding at_least = Binding::none;
  };
  explicit Notation(Binding binding = Binding::call) : binding_(binding) {}
  // name(x, y)
  static Notation call(std::string_view name, const Variables& arguments);

  Notation& text(std::string_view text);
  Notation& part(const Variable& variable, Binding at_least = Binding::none);
  // x, y, z
  Notation& list(const Variables& variables);

  Binding binding() const { return binding_; }
  const std::vector<Part>& parts() const { return parts_; }

 private:
  Binding binding_;
  std::vector<Part> parts_;
};
}  // namespace kroton::inline graph
