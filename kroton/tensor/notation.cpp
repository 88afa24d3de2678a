// SPDX-License-Identifier: BSD-3-Clause
// How the ops of this room are written in formulas: as a user's C++ would.
#include "kroton/graph/notation.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

#include "kroton/tensor/advanced_inc_subtensor.h"
#include "kroton/tensor/advanced_subtensor.h"
#include "kroton/tensor/argmax.h"
#include "kroton/tensor/batched_dot.h"
#include "kroton/tensor/create.h"
#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/dot.h"
#include "kroton/tensor/elemwise.h"
#include "kroton/tensor/inc_subtensor.h"
#include "kroton/tensor/nnet/softmax.h"
#include "kroton/tensor/reduce.h"
#include "kroton/tensor/reshape.h"
#include "kroton/tensor/shape.h"
#include "kroton/tensor/subtensor.h"

namespace kroton::tensor {
namespace {
Binding above(Binding binding) { return static_cast<Binding>(static_cast<int>(binding) + 1); }

Variables behind(const Variables& inputs, std::ptrdiff_t first) {
  return Variables(inputs.begin() + first, inputs.end());
}

// sum(x), sum(x, axis=0), sum(x, axis=(0, 2))
Notation reduction(std::string_view name, const Variable& x, const std::vector<int>& axes) {
  Notation all;
  all.text(name).text("(").part(x);
  if (axes.size() < x.ndim()) {
    all.text(axes.size() == 1 ? fmt::format(", axis={}", axes[0])
                              : fmt::format(", axis=({})", fmt::join(axes, ", ")));
  }
  return all.text(")");
}

// Writes ITEMS as C++ does: 1, slice(0, n), slice({}, {}, -1). BOUNDS are the items' variables.
class IndexWriter {
 public:
  IndexWriter(Notation& out, const Variables& bounds) : out_(out), bounds_(bounds) {}
  void write(const IndexItems& items) {
    out_.text(items.size() == 1 ? "[" : "[{");
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (i > 0) out_.text(", ");
      if (items[i].is_slice) {
        slice(items[i]);
      } else {
        bound(items[i].start);
      }
    }
    out_.text(items.size() == 1 ? "]" : "}]");
  }

 private:
  void slice(const IndexItem& item) {
    const IndexBound* bounds[] = {&item.start, &item.stop, &item.step};
    int count = 3;
    while (count > 0 && bounds[count - 1]->is_absent()) --count;
    out_.text("slice(");
    for (int i = 0; i < count; ++i) {
      if (i > 0) out_.text(", ");
      bound(*bounds[i]);
    }
    out_.text(")");
  }
  void bound(const IndexBound& bound) {
    if (bound.is_input()) {
      out_.part(bounds_[next_++]);
    } else {
      out_.text(bound.is_number() ? std::to_string(bound.number) : "{}");
    }
  }

  Notation& out_;
  const Variables bounds_;
  std::size_t next_ = 0;
};
// [{slice(), i}]: one array for each of AXES.
void write_arrays(Notation& out, const std::vector<int>& axes, const Variables& arrays) {
  const int last = axes.back();
  out.text(last == 0 ? "[" : "[{");
  std::size_t next = 0;
  for (int axis = 0; axis <= last; ++axis) {
    if (axis > 0) out.text(", ");
    if (axes[next] == axis) {
      out.part(arrays[next++]);
    } else {
      out.text("slice()");
    }
  }
  out.text(last == 0 ? "]" : "}]");
}
}  // namespace

Notation Elemwise::notation(const Apply& node, int) const {
  const Variables& in = node.inputs();
  const scalars::Written& written = row_->traits.written;
  if (row_->target)
    return Notation().text("cast(").part(in[0]).text(", " + name(*row_->target) + ")");
  if (written.binding == Binding::call)
    return Notation::call(written.text.empty() ? row_->name : written.text, in);
  if (in.size() == 1)  // -(-x): two of them would be another operator
    return Notation(written.binding).text(written.text).part(in[0], Binding::call);
  Notation all(written.binding);
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (i > 0) all.text(fmt::format(" {} ", written.text));
    all.part(in[i], i == 0 ? written.binding : above(written.binding));
  }
  return all;
}

Notation CAReduce::notation(const Apply& node, int) const {
  return reduction(field_text(fold_), node.inputs()[0], axes_);
}
Notation Argmax::notation(const Apply& node, int) const {
  return reduction("arg" + field_text(fold_), node.inputs()[0], axes_);
}

// New axes on the left come by themselves when arrays of other ndim meet, so nothing is written.
Notation DimShuffle::notation(const Apply& node, int) const {
  const Variable& x = node.inputs()[0];
  const auto kept = std::find_if(order_.begin(), order_.end(), [](int a) { return a != new_axis; });
  const std::vector<int> rest(kept, order_.end());
  std::vector<int> all(x.ndim());
  std::iota(all.begin(), all.end(), 0);
  if (rest == all) return Notation(Binding::none).part(x);
  if (order_.size() == 2 && rest == std::vector<int>{1, 0})
    return Notation().part(x, Binding::call).text(".T()");
  std::vector<std::string> axes;
  for (const int axis : order_) axes.push_back(axis == new_axis ? "\"x\"" : std::to_string(axis));
  return Notation()
      .part(x, Binding::call)
      .text(fmt::format(".dimshuffle({{{}}})", fmt::join(axes, ", ")));
}

Notation Subtensor::notation(const Apply& node, int) const {
  Notation all;
  all.part(node.inputs()[0], Binding::call);
  IndexWriter(all, behind(node.inputs(), 1)).write(items_);
  return all;
}
Notation IncSubtensor::notation(const Apply& node, int) const {
  Notation all;
  all.text(set_ ? "set_subtensor(" : "inc_subtensor(").part(node.inputs()[0], Binding::call);
  IndexWriter(all, behind(node.inputs(), 2)).write(items_);
  return all.text(", ").part(node.inputs()[1]).text(")");
}

Notation AdvancedSubtensor::notation(const Apply& node, int) const {
  Notation all;
  all.part(node.inputs()[0], Binding::call);
  write_arrays(all, axes_, behind(node.inputs(), 1));
  return all;
}
Notation AdvancedIncSubtensor::notation(const Apply& node, int) const {
  Notation all;
  all.text(set_ ? "set_subtensor(" : "inc_subtensor(").part(node.inputs()[0], Binding::call);
  write_arrays(all, axes_, behind(node.inputs(), 2));
  return all.text(", ").part(node.inputs()[1]).text(")");
}

Notation Reshape::notation(const Apply& node, int) const {
  return Notation::call("reshape", node.inputs());
}
Notation ShapeOf::notation(const Apply& node, int) const {
  return Notation().part(node.inputs()[0], Binding::call).text(".shape()");
}
Notation Shape_i::notation(const Apply& node, int) const {
  return Notation().part(node.inputs()[0], Binding::call).text(fmt::format(".shape({})", axis_));
}
Notation MakeVector::notation(const Apply& node, int) const {
  return Notation().text("{").list(node.inputs()).text("}");
}
Notation SpecifyShape::notation(const Apply& node, int) const {
  return Notation::call("specify_shape", node.inputs());
}
Notation Rebroadcast::notation(const Apply& node, int) const {
  return Notation(Binding::none).part(node.inputs()[0]);
}

Notation Alloc::notation(const Apply& node, int) const {
  return Notation()
      .text("alloc(")
      .part(node.inputs()[0])
      .text(", {")
      .list(behind(node.inputs(), 1))
      .text("})");
}
Notation ARange::notation(const Apply& node, int) const {
  return Notation::call("arange", node.inputs());
}
Notation Eye::notation(const Apply& node, int) const {
  return Notation::call("eye", node.inputs());
}
Notation Dot::notation(const Apply& node, int) const {
  return Notation::call("dot", node.inputs());
}
Notation BatchedDot::notation(const Apply& node, int) const {
  return Notation::call("batched_dot", node.inputs());
}

namespace nnet {
Notation Softmax::notation(const Apply& node, int) const {
  return reduction("softmax", node.inputs()[0], axes_);
}
Notation LogSoftmax::notation(const Apply& node, int) const {
  return reduction("logsoftmax", node.inputs()[0], axes_);
}
Notation LogSumExp::notation(const Apply& node, int) const {
  return reduction("logsumexp", node.inputs()[0], axes_);
}
Notation SoftmaxGrad::notation(const Apply& node, int) const {
  return Notation::call("softmax_grad", node.inputs());
}
}  // namespace nnet
}  // namespace kroton::tensor
