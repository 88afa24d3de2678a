// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/transfer.h"

#include "kroton/base/errors.h"
#include "kroton/base/text.h"

namespace kroton::tensor {
Variable transfer(const Variable& x, std::string_view target) {
  if (!x.type().is_array()) {
    throw TypeError("transfer: " + x.text() + " is " + x.type().text() +
                    "; only arrays can be transferred");
  }
  if (target == "cpu") return x.type().on_host(x);
  std::string names = "'cpu'";
  for (const TransferTargets& room : transfer_targets()) {
    if (auto there = room.make(x, target)) return *there;
    for (const std::string& name : room.names()) names += ", " + base::quote(name);
  }
  throw ValueError("transfer: " + x.text() + " cannot go to " + base::quote(target) +
                   "; the targets are " + names);
}

Variables on_host(Inputs inputs) {
  Variables here;
  here.reserve(inputs.size());
  for (const Variable& x : inputs) here.push_back(x.type().on_host(x));
  return here;
}
}  // namespace kroton::tensor

namespace kroton::inline graph {
Variable Variable::transfer(std::string_view target) const {
  return tensor::transfer(*this, target);
}
}  // namespace kroton::inline graph
