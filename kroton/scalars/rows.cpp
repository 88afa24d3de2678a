// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <unordered_map>
#include <vector>

#include "kroton/scalars/detail/table.h"
#include "kroton/scalars/op.h"

namespace kroton::scalars {
namespace {
constexpr unsigned bit(DType d) { return 1u << static_cast<int>(d); }
constexpr unsigned integers = bit(int8) | bit(int16) | bit(int32) | bit(int64) | bit(uint8) |
                              bit(uint16) | bit(uint32) | bit(uint64);
constexpr unsigned on_integers = integers;
constexpr unsigned on_real = bit(float32) | bit(float64);
constexpr unsigned on_floating = on_real | bit(complex64) | bit(complex128);
constexpr unsigned on_discrete = bit(bool_) | integers;
constexpr unsigned on_ordered_numbers = integers | on_real;
constexpr unsigned on_ordered = bit(bool_) | on_ordered_numbers;
constexpr unsigned on_numbers = integers | on_floating;
constexpr unsigned on_everything = bit(bool_) | on_numbers;

Row make_row(std::string name, int nin, std::string text, int number, DTypeRule rule,
             unsigned computes, Gradient gradient, std::string doc, Traits traits) {
  if (name == "switch_") name.pop_back();
  Row row;
  row.name = std::move(name);
  row.nin = nin;
  row.text = std::move(text);
  row.host = [number](DType compute) { return detail::host_value(number, compute); };
  row.result = traits.result;
  row.cost = traits.cost;
  row.first_is_condition = traits.first_is_condition;
  row.rule = rule;
  row.computes = computes;
  row.gradient = gradient;
  row.doc = std::move(doc);
  row.traits = traits;
  return row;
}

std::vector<Row> make_casts() {
  std::vector<Row> casts;
  for (int i = 0; i < dtype_count; ++i) {
    Row row = op::identity;
    row.target = static_cast<DType>(i);
    row.name = "cast_" + name(*row.target);
    row.rule = DTypeRule::cast;
    row.doc = "x as " + name(*row.target) + ".";
    row.traits.inverse = {};
    casts.push_back(std::move(row));
  }
  return casts;
}
}  // namespace

namespace op {
#define ROW(NAME, NIN, RULE, ON, VALUE, DOC, ...)                                               \
  const Row NAME = make_row(#NAME, NIN, VALUE, detail::number_##NAME, DTypeRule::RULE, on_##ON, \
                            &detail::gradient_##NAME, DOC, Traits{__VA_ARGS__});
#define UNARY(NAME, RULE, ON, VALUE, TERMS, DOC, ...) \
  ROW(NAME, 1, RULE, ON, #VALUE, DOC, __VA_ARGS__)
#define BINARY(NAME, RULE, ON, VALUE, TERMS, DOC, ...) \
  ROW(NAME, 2, RULE, ON, #VALUE, DOC, __VA_ARGS__)
#define TERNARY(NAME, RULE, ON, VALUE, TERMS, DOC, ...) \
  ROW(NAME, 3, RULE, ON, #VALUE, DOC, __VA_ARGS__)
#define SELECT TERNARY
#include "kroton/scalars/ops.def"
#undef UNARY
#undef BINARY
#undef TERNARY
#undef SELECT
#undef ROW

const Row& cast(DType target) {
  static const std::vector<Row> casts = make_casts();
  return casts[static_cast<std::size_t>(target)];
}
}  // namespace op

std::span<const Row* const> rows() {
  static const std::vector<const Row*> all = [] {
    std::vector<const Row*> list = {
#define UNARY(NAME, ...) &op::NAME,
#define BINARY UNARY
#define TERNARY UNARY
#define SELECT UNARY
#include "kroton/scalars/ops.def"
#undef UNARY
#undef BINARY
#undef TERNARY
#undef SELECT
    };
    for (int i = 0; i < dtype_count; ++i) list.push_back(&op::cast(static_cast<DType>(i)));
    return list;
  }();
  return all;
}

const Row* find(std::string_view name) {
  static const std::unordered_map<std::string_view, const Row*> index = [] {
    std::unordered_map<std::string_view, const Row*> map;
    for (const Row* row : rows()) map.emplace(row->name, row);
    return map;
  }();
  const auto found = index.find(name);
  return found == index.end() ? nullptr : found->second;
}
}  // namespace kroton::scalars
