// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/printing/print_op.h"

#include <cstdio>
#include <sstream>

#include "kroton/base/errors.h"
#include "kroton/kernel/form.h"
#include "kroton/ndarray/ndarray.h"

namespace kroton::inline printing {
Apply Print::make_node(Inputs inputs) const {
  if (inputs.size() != 1)
    throw TypeError("Print: takes 1 input, not " + std::to_string(inputs.size()));
  return Apply(*this, inputs, {inputs[0].type()()});
}
Shapes Print::infer_shape(const Apply&, Shapes in) const { return in; }
Variables Print::grad(const Apply&, Variables gz) const { return gz; }
Variables Print::r_op(const Apply&, Variables eval_points) const { return eval_points; }

void Print::perform(const Apply&, std::span<const Value> inputs,
                    std::span<Value> output_storage) const {
  std::ostringstream text;
  if (!message_.empty()) text << message_ << " = ";
  if (inputs[0].is_array() || inputs[0].is_array_elsewhere()) {
    text << NDArray(inputs[0]);
  } else {
    text << inputs[0].text();
  }
  text << '\n';
  // One write, so that threads' lines do not mix.
  std::fputs(text.str().c_str(), stderr);
  output_storage[0] = inputs[0];
}
AliasMap Print::view_map() const { return {{0, {0}}}; }
Effect Print::effect() const { return Effect::acts; }
}  // namespace kroton::inline printing
