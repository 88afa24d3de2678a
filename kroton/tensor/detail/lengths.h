// SPDX-License-Identifier: BSD-3-Clause
// Lengths that are one, by what the extents of kernels say: dimensions of variables, and numbers
// that a node's kernel is given; and numbers that are computed alike, such as the lengths of equal
// slices of one variable.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kroton/base/at.h"
#include "kroton/graph/shape_expr.h"
#include "kroton/tensor/detail/fused_kernel.h"

namespace kroton::tensor {
// The lengths of a node's inputs.
Shapes input_lengths(const Apply& node);
// Equal for expressions of the same structure over the same leaves; nothing for very long ones.
std::optional<std::string> structure(const ShapeExpr& expr);

class Lengths {
 public:
  explicit Lengths(const std::vector<GroupNode>& nodes) {
    for (const auto& [node, kernel] : nodes) {
      for (const kernel::Extent& extent : kernel->extents) {
        const int first = class_of(node, extent);
        for (const kernel::Dimension& source : extent.sources)
          parent_[at(root(number(node, source)))] = root(first);
        for (int g : extent.given) parent_[at(root(given(node, g)))] = root(first);
      }
    }
    std::map<std::string, int> computed;
    for (const auto& [node, kernel] : nodes) {
      const int count = kernel::given_count(*kernel);
      if (count == 0) continue;
      const auto numbers = node.op().kernel_lengths(node, input_lengths(node));
      for (int g = 0; g < count && at(g) < numbers.size(); ++g) {
        const auto text = structure(numbers[at(g)]);
        if (!text) continue;
        const auto [first, fresh] = computed.try_emplace(*text, given(node, g));
        if (!fresh) parent_[at(root(given(node, g)))] = root(first->second);
      }
    }
  }
  // Equal numbers, equal lengths.
  int class_of(const Apply& node, const kernel::Extent& extent) {
    return root(extent.sources.empty() ? given(node, extent.given[0])
                                       : number(node, extent.sources[0]));
  }
  int class_of(const Variable& x, int dim) { return root(number(x, dim)); }
  // Nothing for an axis whose length is computed of extents.
  std::optional<int> class_of_axis(const GroupNode& member, int axis) {
    const kernel::Affine& length = member.kernel->axes[at(axis)].length;
    if (length.constant != 0 || length.terms.size() != 1 || length.terms[0].coefficient != 1)
      return std::nullopt;
    return class_of(member.node, member.kernel->extents[at(length.terms[0].id)]);
  }
  // Two classes that something else has shown to be one length.
  void unite(int a, int b) { parent_[at(root(a))] = root(b); }

 private:
  int number(const Apply& node, const kernel::Dimension& d) {
    const auto p = at(d.param), inputs = node.inputs().size();
    return number(p < inputs ? node.inputs()[p] : node.outputs()[p - inputs], d.dim);
  }
  int given(const Apply& node, int g) { return number(node.outputs()[0], -1 - g); }
  int number(const Variable& x, int dim) {
    const auto [found, fresh] =
        numbers_.try_emplace({x.key(), dim}, static_cast<int>(parent_.size()));
    if (fresh) parent_.push_back(found->second);
    return found->second;
  }
  int root(int i) {
    while (parent_[at(i)] != i) i = parent_[at(i)] = parent_[at(parent_[at(i)])];
    return i;
  }
  std::map<std::pair<const void*, int>, int> numbers_;
  std::vector<int> parent_;
};
}  // namespace kroton::tensor
