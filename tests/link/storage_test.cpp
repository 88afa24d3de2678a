// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/link/storage.h"

#include <gtest/gtest.h>

#include "kroton/graph/generic_type.h"
#include "tests/link/toys.h"

namespace {
using namespace toys;
using link::ArrayCheck;

TEST(ArrayCheck, accepts_exactly_what_the_type_holds_as_it_is) {
  const ArrayCheck row(Array({true, false}));
  EXPECT_TRUE(row.is_host_array());
  EXPECT_TRUE(row.accepts(Value(NDArray::zeros({1, 3}))));
  EXPECT_FALSE(row.accepts(Value(NDArray::zeros({2, 3}))));
  EXPECT_FALSE(row.accepts(Value(NDArray::zeros({3}))));
  EXPECT_FALSE(row.accepts(Value(NDArray::zeros({1, 3}, float32))));
  EXPECT_FALSE(row.accepts(Value(2.0)));
  EXPECT_FALSE(row.accepts(Value()));
  EXPECT_FALSE(ArrayCheck(Generic()).is_host_array());
  EXPECT_FALSE(ArrayCheck(Generic()).accepts(Value(2.0)));
}

TEST(ArrayCheck, refuses_arrays_that_are_not_aligned) {
  alignas(8) static char bytes[40];
  const ArrayCheck vector(Array({false}));
  EXPECT_TRUE(vector.accepts(NDArray::wrap(bytes, {2}, {8}, float64, nullptr)));
  EXPECT_FALSE(vector.accepts(NDArray::wrap(bytes + 1, {2}, {8}, float64, nullptr)));
  EXPECT_FALSE(vector.accepts(NDArray::wrap(bytes, {2}, {12}, float64, nullptr)));
}

TEST(Storage, numbers_variables_and_knows_who_reads_them_last) {
  const Variable x = vec("x"), c = constant(array({1.}));
  const FunctionGraph fgraph({x}, {mul(add(x, c), x)});
  const link::Storage storage(fgraph, fgraph.toposort());
  ASSERT_EQ(storage.nodes.size(), 2u);
  const auto slot = [&](const Variable& v) { return static_cast<std::size_t>(storage.slot(v)); };
  EXPECT_EQ(storage.inputs, std::vector<int>{storage.slot(fgraph.inputs()[0])});
  EXPECT_EQ(storage.constants.size(), 1u);
  EXPECT_EQ(storage.last_use[slot(fgraph.inputs()[0])], 1);
  EXPECT_EQ(storage.last_use[static_cast<std::size_t>(storage.nodes[0].out[0])], 1);
  EXPECT_EQ(storage.producer[slot(fgraph.outputs()[0])], 1);
  EXPECT_TRUE(storage.is_output[slot(fgraph.outputs()[0])]);
  EXPECT_EQ(storage.find(vec("stranger")), -1);
}
}  // namespace
