// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/indexing.h"

#include <fmt/format.h>

#include "kroton/base/errors.h"
#include "kroton/tensor/constant.h"
#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/subtensor.h"

namespace kroton::tensor {
namespace {
using Bounds = std::variant<std::monostate, std::int64_t, Variable>;

// An index expression read from left to right.
class IndexReader {
 public:
  explicit IndexReader(const Variable& x) : x_(x) {}

  void read(const std::vector<Index>& index) {
    int axes = 0, ellipses = 0;
    for (const Index& part : index) {
      ellipses += std::holds_alternative<Ellipsis>(part.item());
      axes += !std::holds_alternative<Ellipsis>(part.item()) &&
              !std::holds_alternative<NewAxis>(part.item());
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
    const bool is_place = !items_.empty() || !adds_axes_;
    return shuffled(is_place ? subtensor(x_, items_, inputs_) : x_, order_);
  }

 private:
  void take(std::int64_t position) {
    item(false, {IndexBound{IndexBound::Kind::number, position}});
  }
  void take(const Slice& range) {
    item(true, {bound(range.start), bound(range.stop), bound(range.step)});
  }
  void take(NewAxis) {
    order_.push_back(DimShuffle::new_axis);
    adds_axes_ = true;
  }
  void take(Ellipsis) {
    for (int i = 0; i < skipped_; ++i) item(true, {});
  }
  void take(const Index::SymbolicRange& range) {
    std::vector<IndexBound> bounds;
    for (const Bounds& given : range.bounds) bounds.push_back(bound(given));
    item(true, std::move(bounds));
  }
  void take(const Variable& at) {
    if (at.type().is_array() && (at.ndim() > 0 || is_bool(at.dtype()))) {
      throw UnsupportedError(
          fmt::format("index: {} is {}; indexing by integer vectors and masks is not supported, an "
                      "index is an integer, a slice, newaxis or ellipsis",
                      at.text(), at.type().text()));
    }
    item(false, {bound(Bounds(at))});
  }
  void take(const NDArray& at) { take(constant(at)); }

  void item(bool is_slice, std::vector<IndexBound> bounds) {
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
  bool adds_axes_ = false;
  IndexItems items_;
  Variables inputs_;
  std::vector<int> order_;
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
