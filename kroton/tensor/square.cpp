// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/detail/square.h"

#include <fmt/format.h>

#include <cstring>

#include "kroton/base/errors.h"
#include "kroton/tensor/constant.h"
#include "kroton/tensor/create.h"
#include "kroton/tensor/detail/output.h"
#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/length.h"

namespace kroton::tensor {
namespace {
// Whether the row number is above the column number, and whether they are equal.
struct Places {
  explicit Places(const Variable& x)
      : row(arange(length_of(x, 0)).dimshuffle({0, "x"})),
        column(arange(length_of(x, 1)).dimshuffle({"x", 0})) {}
  Variable row, column;
  Variable strictly(bool lower) const { return lower ? gt(row, column) : lt(row, column); }
};
}  // namespace

Variable lapack_operand(const Operand& operand, std::string_view who) {
  const Variable x = array_operand(operand, who);
  if (x.dtype() == float16 || x.dtype() == bfloat16) {
    throw TypeError(fmt::format("{}: {} is {}; LAPACK has float32 and wider, cast it with astype",
                                who, x.text(), x.type().text()));
  }
  return is_discrete(x.dtype()) ? cast(x, float64) : x;
}

void check_matrix(const Variable& x, std::string_view who) {
  if (!x.type().is_array() || x.ndim() != 2) {
    throw TypeError(
        fmt::format("{}: {} is {}; a matrix is needed", who, x.text(), x.type().text()));
  }
  KROTON_CHECK(itemsize(x.dtype()) >= 4 && (is_floating(x.dtype()) || is_complex(x.dtype())));
}

void check_square(const Apply& node, std::string_view who, std::span<const Value> inputs,
                  int input) {
  const NDArray& a = inputs[static_cast<std::size_t>(input)].as<NDArray>();
  if (a.shape_data()[0] == a.shape_data()[1]) return;
  throw ShapeError(fmt::format("{}: {} has shape {}; it must be square", who,
                               input_name(node, input), shape_text(a.shape())));
}

void wrong_matrix(const Apply& node, std::string_view who, std::span<const Value> inputs, int input,
                  const std::string& fact) {
  throw ValueError(
      fmt::format("{}: {}, of shape {}, {}", who, input_name(node, input),
                  shape_text(inputs[static_cast<std::size_t>(input)].as<NDArray>().shape()), fact));
}

Variable triangle_of(const Variable& x, bool lower, double diagonal) {
  const Places places(x);
  const Variable zero = constant(0, x.dtype());
  const Variable rest =
      diagonal == 0 ? zero
                    : Variable(where(eq(places.row, places.column),
                                     diagonal == 1 ? x : x * constant(diagonal, x.dtype()), zero));
  return where(places.strictly(lower), x, rest);
}

Variable symmetric_from(const Variable& x, bool lower) {
  const Places places(x);
  return where(places.strictly(!lower), transpose(x), x);
}

Variable symmetric_gradient(const Variable& g, bool lower) {
  const Places places(g);
  return where(places.strictly(lower), g + transpose(g),
               where(eq(places.row, places.column), g, constant(0, g.dtype())));
}

void clear_other_triangle(const NDArray& a, bool lower) {
  const std::int64_t n = a.shape_data()[0], size = static_cast<std::int64_t>(a.itemsize());
  auto* row = static_cast<std::byte*>(a.raw());
  for (std::int64_t i = 0; i < n; ++i, row += n * size) {
    const std::int64_t first = lower ? i + 1 : 0, last = lower ? n : i;
    std::memset(row + first * size, 0, static_cast<std::size_t>((last - first) * size));
  }
}
}  // namespace kroton::tensor
