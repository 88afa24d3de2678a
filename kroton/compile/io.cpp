// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/compile/io.h"

#include "kroton/base/errors.h"

namespace kroton::inline compile {
In::In(const Variable& variable, InOptions options)
    : variable_(variable), options_(std::move(options)) {
  if (options_.mutable_ && options_.borrow == false) {
    throw ValueError("In: " + variable_.text() +
                     " is mutable_ and not borrow; a function that may overwrite the "
                     "argument's memory borrows it, leave borrow out or pass true");
  }
}

Out Out::into(NDArray array) const {
  Out out = *this;
  out.target_ = std::move(array);
  return out;
}

const Value& Outputs::only() const {
  if (values_.size() != 1) {
    throw ValueError("Outputs: the function gives " + std::to_string(values_.size()) +
                     " values; take one of them by outputs[i] or outputs.array(i)");
  }
  return values_[0];
}
void Outputs::no_such(std::size_t i, const char* who) const {
  throw ValueError(std::string(who) + ": output " + std::to_string(i) +
                   " is asked for; the function gives " + std::to_string(values_.size()));
}
}  // namespace kroton::inline compile
