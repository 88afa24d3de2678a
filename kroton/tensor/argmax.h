// SPDX-License-Identifier: BSD-3-Clause
// Where the largest or the smallest element is, int64: the first of equals, the first NaN if there
// is one; over several axes the position in those axes laid out in C order. Needs at least one
// element.
//   argmax(x, 0)   auto [m, i] = max_and_argmax(x, 1)
// Source: Theano's tensor/basic.py.
#pragma once
#include <utility>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/axes.h"
#include "kroton/graph/op.h"
#include "kroton/tensor/reduce.h"

namespace kroton::tensor {
class KROTON_API Argmax : public OpOf<Argmax> {
 public:
  // FOLD: Fold::max or Fold::min. AXES: ascending, not negative.
  Argmax(Fold fold, std::vector<int> axes) : fold_(fold), axes_(std::move(axes)) {}
  Fold fold() const { return fold_; }
  const std::vector<int>& axes() const { return axes_; }

  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override;
  Variables grad(const Apply& node, Variables gz) const override;
  Variables r_op(const Apply& node, Variables eval_points) const override;
  std::optional<kernel::Kernel> kernel(const Apply& node) const override;
  Notation notation(const Apply& node, int output) const override;
  std::string text() const override;  // Argmax{axes: (0,)}

 private:
  Fold fold_;
  std::vector<int> axes_;

 public:
  static constexpr std::string_view op_name = "Argmax";
  static constexpr auto fields =
      std::tuple{Field{"fold", &Argmax::fold_}, Field{"axes", &Argmax::axes_}};
};

KROTON_API Variable argmax(const Operand& x, Axes axis = {}, ReduceOptions options = {});
KROTON_API Variable argmin(const Operand& x, Axes axis = {}, ReduceOptions options = {});
KROTON_API std::pair<Variable, Variable> max_and_argmax(const Variable& x, Axes axis = {},
                                                        ReduceOptions options = {});
}  // namespace kroton::tensor
