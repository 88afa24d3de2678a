// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/indexing.h"

#include <fmt/format.h>

#include "kroton/base/errors.h"
#include "kroton/tensor/advanced_subtensor.h"
#include "kroton/tensor/constant.h"
#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/length.h"
#include "kroton/tensor/nonzero.h"
#include "kroton/tensor/subtensor.h"

namespace kroton::tensor {
namespace {
using Bounds = std::variant<std::monostate, std::int64_t, Variable>;

// The variable of an item that may be an array; empty for integers, slices and new axes.
Variable array_of(const Index& part) {
  if (const auto* array = std::get_if<NDArray>(&part.item())) return constant(*array);
  const auto* variable = std::get_if<Variable>(&part.item());
  return variable ? *variable : Variable();
}
bool is_array(const Variable& at) {
  return static_cast<bool>(at) && at.type().is_array() && at.ndim() > 0;
}
bool is_mask(const Variable& at) { return is_array(at) && is_bool(at.dtype()); }

// An index expression read from left to right.
class IndexReader {
 public:
  explicit IndexReader(const Variable& x) : x_(x) {}

  void read(const std::vector<Index>& index) {
    int axes = 0, ellipses = 0;
    for (const Index& part : index) {
      const Variable at = array_of(part);
      has_arrays_ |= is_array(at);
      ellipses += std::holds_alternative<Ellipsis>(part.item());
      if (is_mask(at)) {
        axes += static_cast<int>(at.ndim());
      } else {
        axes += !std::holds_alternative<Ellipsis>(part.item()) &&
                !std::holds_alternative<NewAxis>(part.item());
      }
    }
    const int rank = static_cast<int>(x_.ndim());
    if (ellipses > 1)
      throw ValueError(fmt::format("index: {} ellipses are given; one may be", ellipses));
    if (axes > rank) {
      throw ValueError(fmt::format("index: {} indices are given; {} is {} and has {} axes", axes,
                                   x_.text(), x_.type().text(), rank));
    }
    skipped_ = rank - axes;
    for (const Index& part : index)
      std::visit([this](const auto& item) { take(item); }, part.item());
    if (ellipses == 0) take(Ellipsis{});
  }

  Variable result() {
    while (!items_.empty() && items_.back().is_full()) items_.pop_back();
    // x[{slice()}] is all of x and still a place that set_subtensor can set.
    const bool is_place = has_arrays_ || !items_.empty() || !adds_axes_;
    const bool is_x = has_arrays_ && items_.empty() && !adds_axes_;
    const Variable part =
        is_x ? x_ : shuffled(is_place ? subtensor(x_, items_, inputs_) : x_, order_);
    if (!has_arrays_) return part;
    arrays_.insert(arrays_.begin(), part);
    return AdvancedSubtensor(array_axes_, place_, {"index", !is_x}).make_node(arrays_).outputs()[0];
  }

 private:
  void take(std::int64_t position) {
    if (has_arrays_) return array(constant(position, int64));
    item(false, {IndexBound{IndexBound::Kind::number, position}});
  }
  void take(const Slice& range) {
    item(true, {bound(range.start), bound(range.stop), bound(range.step)});
  }
  void take(NewAxis) {
    end_run();
    order_.push_back(DimShuffle::new_axis);
    adds_axes_ = true;
  }
  void take(Ellipsis) {
    end_run();
    for (int i = 0; i < skipped_; ++i) item(true, {});
  }
  void take(const Index::SymbolicRange& range) {
    std::vector<IndexBound> bounds;
    for (const Bounds& given : range.bounds) bounds.push_back(bound(given));
    item(true, std::move(bounds));
  }
  void take(const Variable& at) {
    if (at.type().is_array() && at.ndim() == 0 && is_bool(at.dtype())) {
      throw TypeError(fmt::format("index: {} is {}; a mask has at least one axis", at.text(),
                                  at.type().text()));
    }
    if (is_mask(at)) return mask(at);
    if (has_arrays_) return array(at);
    item(false, {bound(Bounds(at))});
  }
  void take(const NDArray& at) { take(constant(at)); }

  void mask(const Variable& at) {
    Variables inputs{at};
    for (std::size_t d = 0; d < at.ndim(); ++d)
      inputs.push_back(length_of(x_, static_cast<int>(items_.size() + d)));
    const Apply found = Nonzero("index").make_node(inputs);
    for (const Variable& positions : found.outputs()) array(positions);
  }
  // An axis that is taken whole here and indexed by an array afterwards.
  void array(const Variable& at) {
    if (run_ == Run::none) place_ = static_cast<int>(order_.size());
    if (run_ == Run::ended) place_ = 0;
    run_ = run_ == Run::ended || run_ == Run::apart ? Run::apart : Run::open;
    arrays_.push_back(at);
    array_axes_.push_back(static_cast<int>(order_.size()));
    items_.push_back({true, {}, {}, {}});
    order_.push_back(axis_++);
  }
  void end_run() {
    if (run_ == Run::open) run_ = Run::ended;
  }

  void item(bool is_slice, std::vector<IndexBound> bounds) {
    if (is_slice) end_run();
    bounds.resize(3);
    items_.push_back({is_slice, bounds[0], bounds[1], bounds[2]});
    if (is_slice) order_.push_back(axis_++);
  }
  static IndexBound bound(const std::optional<std::int64_t>& number) {
    return number ? IndexBound{IndexBound::Kind::number, *number} : IndexBound{};
  }
  IndexBound bound(const Bounds& given) {
    if (std::holds_alternative<std::monostate>(given)) return {};
    if (const auto* number = std::get_if<std::int64_t>(&given))
      return bound(std::optional(*number));
    const Variable& variable = std::get<Variable>(given);
    if (const auto number = constant_integer(variable)) return bound(std::optional(*number));
    inputs_.push_back(variable);
    return {IndexBound::Kind::input, 0};
  }

  const Variable& x_;
  int skipped_ = 0, axis_ = 0;
  bool adds_axes_ = false, has_arrays_ = false;
  IndexItems items_;
  Variables inputs_;
  std::vector<int> order_;
  // Arrays, the axes behind the slices that they index, and whether they stand side by side.
  enum class Run : std::uint8_t { none, open, ended, apart } run_ = Run::none;
  Variables arrays_;
  std::vector<int> array_axes_;
  int place_ = 0;
};
}  // namespace

Variable index(const Variable& x, const std::vector<Index>& index) {
  array_operand(x, "index");
  std::optional<CreationLine> line;
  if (!index.empty()) line.emplace(index[0].line());
  IndexReader reader(x);
  reader.read(index);
  return reader.result();
}
}  // namespace kroton::tensor
