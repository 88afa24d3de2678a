// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/detail/nest.h"

namespace kroton::tensor {
using kernel::Affine;

std::string operand_name(std::size_t position, std::size_t count) {
  static constexpr const char* names[] = {"x", "y", "w"};
  if (count <= 3) return names[position];
  return "x" + std::to_string(position);
}

int add_input(kernel::Builder& builder, std::string name, const graph::Variable& variable) {
  return builder.in(std::move(name), variable.dtype(), static_cast<int>(variable.ndim()));
}
int add_output(kernel::Builder& builder, std::string name, const graph::Variable& variable) {
  return builder.out(std::move(name), variable.dtype(), static_cast<int>(variable.ndim()));
}

Domain outer_domain(kernel::Builder& builder,
                    const std::vector<std::vector<kernel::Dimension>>& sources) {
  Domain domain;
  for (std::size_t d = 0; d < sources.size(); ++d) {
    if (sources[d].empty()) {
      domain.push_back(Affine(0));
      continue;
    }
    const int extent = builder.extent("n" + std::to_string(d), sources[d]);
    domain.push_back(Affine::axis(builder.outer(Affine::extent(extent))));
  }
  return domain;
}
}  // namespace kroton::tensor
