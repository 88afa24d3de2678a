// SPDX-License-Identifier: BSD-3-Clause
// Composes the kernels of a group of nodes into one: params, lengths, and the expressions of
// pointwise nodes wherever their values are read. What is stored where is said by those who derive
// from it: GroupComposer (fused_kernel.cpp) and RolledComposer (rolled_kernel.cpp).
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "kroton/kernel/builder.h"
#include "kroton/kernel/compose.h"
#include "kroton/tensor/detail/fused_kernel.h"
#include "kroton/tensor/detail/lengths.h"

namespace kroton::tensor {
// A length is missing, or bounds depend on a value: found deep inside, told to the caller of
// fuse_group as "nothing".
struct CannotFuse {};

class Composer {
 protected:
  using Affine = kernel::Affine;
  using ExprId = kernel::ExprId;

  Composer(const std::vector<GroupNode>& group, const Variables& outputs);

  // One evaluation of a node's expressions at one index map.
  struct Instance {
    std::size_t group = 0;
    bool checked =
        false;  // read at an index that may lie outside: so are the elements that it reads
    std::map<int, Affine> axes;
    std::vector<ExprId> values;
    std::vector<int> accumulators, carries;  // of the last node only
  };

  // Params for what the group reads from outside, for EXTRA, and for the outputs; all lengths.
  void add_params(const Variables& extra = {});
  FusedKernel finish();

  Affine map(Instance& instance, const Affine& affine);
  kernel::Access map(Instance& instance, const kernel::Access& access, int param);
  ExprId value(Instance& instance, ExprId e);
  Instance& instance_at(std::size_t group, bool checked, std::map<int, Affine> axes);
  // Output number OUTPUT of a producer at INDEX, rounded as if it had been stored.
  ExprId produced(std::size_t group, int output, const std::vector<Affine>& index, bool checked);
  const kernel::Statement& store_of(std::size_t group, int output) const;

  const std::vector<GroupNode>& group_;
  const Variables& outputs_;
  Lengths lengths_;
  kernel::Builder builder_;
  std::unordered_map<Variable, std::size_t> producers_;
  std::unordered_map<Variable, int> params_;
  std::vector<int> output_params_;
  std::map<int, int> extents_;  // by class of lengths
  std::map<std::tuple<std::size_t, bool, std::vector<Affine>>, Instance> instances_;
  // Asked first for the value of input INPUT of node number GROUP at an index.
  std::function<std::optional<ExprId>(std::size_t group, std::size_t input,
                                      const std::vector<Affine>& index)>
      read_;

 private:
  void add_input(const Variable& input);
  void note_lengths(const Variable& x, int param);
  void note_given();
  void add_given(kernel::Extent& extent, const GivenLength& length);
  int extent(const Instance& instance, int id);
  ExprId translate(Instance& instance, const kernel::Expr& expr);
  ExprId load(Instance& instance, const kernel::Expr& expr);

  Variables inputs_;
  std::map<int, kernel::Extent> lengths_of_class_;
  std::vector<GivenLength> given_;
};
}  // namespace kroton::tensor
