// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/detail/lengths.h"

#include "kroton/base/errors.h"
#include "kroton/compile/function.h"
#include "kroton/tensor/elemwise_functions.h"
#include "kroton/tensor/literals.h"
#include "kroton/tensor/subtensor.h"
#include "tests/support/check_error.h"

using namespace kroton;
using namespace kroton::tensor;

TEST(Lengths, expressions_are_equal_by_structure) {
  const Variable x = dvector("x"), y = dvector("x");
  const auto of = [](const Variable& v, std::int64_t less) {
    return ShapeExpr::maximum(ShapeExpr::extent(v, 0) - less, 0);
  };
  EXPECT_EQ(structure(of(x, 2)), structure(of(x, 2)));
  EXPECT_NE(structure(of(x, 2)), structure(of(x, 1)));
  EXPECT_NE(structure(of(x, 2)), structure(of(y, 2)));
  ShapeExpr doubled = of(x, 2);
  for (int i = 0; i < 60; ++i) doubled = doubled + doubled;
  EXPECT_EQ(structure(doubled), std::nullopt);
}

TEST(Lengths, that_are_known_to_be_equal_can_be_said_to_be) {
  const Variable x = dvector("x"), y = dvector("y"), e = exp(x), s = exp(y);
  const kernel::Kernel one = *e.owner().op().kernel(e.owner()),
                       other = *s.owner().op().kernel(s.owner());
  const std::vector<GroupNode> nodes{{e.owner(), &one}, {s.owner(), &other}};
  Lengths lengths(nodes);
  const auto a = lengths.class_of_axis(nodes[0], one.outer[0]),
             b = lengths.class_of_axis(nodes[1], other.outer[0]);
  ASSERT_TRUE(a && b);
  EXPECT_EQ(*a, lengths.class_of(x, 0));
  EXPECT_NE(*a, *b);
  lengths.unite(*a, *b);
  EXPECT_EQ(lengths.class_of(x, 0), lengths.class_of(s, 0));
}

namespace {
// Two results of the neighbours in two arrays.
Function of_neighbours(const Mode& mode) {
  const Variable u = dvector("u"), h = dvector("h");
  const auto in = slice(1, -1), low = slice({}, -2), high = slice(2);
  return function({u, h},
                  {u[{in}] - 0.5 * (h[{high}] - h[{low}]), h[{in}] - 0.25 * (u[{high}] - u[{low}])},
                  {.mode = mode});
}
}  // namespace

TEST(Lengths, several_results_of_equal_slices_are_one_nest) {
  const Function f = of_neighbours(Mode("FAST_RUN"));
  EXPECT_EQ(f.nodes().size(), 1u);
  const Outputs out = f(array({1., 2., 4., 8.}), array({1., 3., 9., 27.}));
  EXPECT_EQ(out.array(0).to_vector<double>(), (std::vector<double>{-2, -8}));
  EXPECT_EQ(out.array(1).to_vector<double>(), (std::vector<double>{2.25, 7.5}));
  // What is too short for a slice gives nothing, as it does apart.
  for (const Mode& mode : {Mode("FAST_RUN"), Mode("py", "None")}) {
    const Outputs none = of_neighbours(mode)(array({1., 2.}), array({1.}));
    EXPECT_EQ(none.array(0).shape(), (Shape{0}));
    EXPECT_EQ(none.array(1).shape(), (Shape{0}));
  }
  EXPECT_THROW(f(array({1., 2., 4., 8.}), array({1., 3., 9.})), ShapeError);
  EXPECT_EQ(f(array({1., 2., 4.}), array({1., 3., 9.})).array(0).to_vector<double>(),
            (std::vector<double>{-2}));
}

TEST(Lengths, slices_of_other_lengths_stay_apart) {
  const Variable x = dvector("x");
  const Function f = function({x}, {x[{slice(1, {})}] * 2., x[{slice(2, {})}] * 3.});
  EXPECT_EQ(f.nodes().size(), 2u);
  const Outputs out = f(array({1., 2., 3.}));
  EXPECT_EQ(out.array(0).to_vector<double>(), (std::vector<double>{4, 6}));
  EXPECT_EQ(out.array(1).to_vector<double>(), (std::vector<double>{9}));
}
