// SPDX-License-Identifier: BSD-3-Clause
// Each rule of the form, broken alone in a kernel that keeps all others.
#include <gtest/gtest.h>

#include <functional>

#include "kroton/base/errors.h"
#include "kroton/kernel/accumulators.h"
#include "kroton/kernel/builder.h"
#include "kroton/kernel/builtin.h"
#include "tests/support/check_error.h"

using namespace kroton::kernel;
using kroton::bool_, kroton::float16, kroton::float32, kroton::float64, kroton::int64;
namespace f = kroton::kernel::builtin;

namespace {
// total of the picked elements of x's rows, then a running sum of y: every kind of part is here.
//   i0 parallel; i1 reduce; i2 ordered
Kernel everything() {
  Builder b("sums");
  const int x = b.in("x", float64, 2), at = b.in("at", int64, 1), z = b.out("z", float64, 1);
  const int n = b.extent("n", {{x, 0}, {z, 0}}), m = b.extent("m", {{at, 0}});
  const int columns = b.extent("columns", {{x, 1}});
  const int i = b.outer(Affine::extent(n));
  const int total = sum_accumulator(b, float64);
  const int running = b.carried("running", float64, b.constant(float64, 0.0));
  b.stage();
  const int j = b.reduce(Affine::extent(m));
  const ExprId column = b.load(at, {Affine::axis(j)});
  Access picked{x, {Affine::axis(i), Affine::value(column)}};
  picked.where = {{Affine::axis(j), 0, Affine::extent(columns)}};
  picked.checked = true;
  const ExprId v = b.load(picked, b.constant(float64, 1.0));
  const ExprId positive = b.apply(f::gt, {v, b.constant(float64, 2.0)});
  b.accumulate(total, {b.select(positive, v, b.apply(f::mul, {v, v}))});
  b.stage();
  b.ordered(Affine::extent(n));
  b.advance(running, b.apply(f::add, {b.carry(running), b.constant(float64, 3.0)}));
  b.stage();
  b.store(z, {Affine::axis(i)}, b.result(total));
  return b.finish();
}

Expr& first(Kernel& k, ExprKind kind) {
  for (Expr& e : k.exprs) {
    if (e.kind == kind) return e;
  }
  throw std::logic_error("the kernel has no such expression");
}
// The load of x, which has bounds and reads through an index.
Access& picked(Kernel& k) {
  for (Access& a : k.accesses) {
    if (!a.where.empty()) return a;
  }
  throw std::logic_error("no access has bounds");
}
struct Broken {
  const char* rule;
  std::function<void(Kernel&)> breaks;
  const char* fact;
};
std::ostream& operator<<(std::ostream& out, const Broken& b) { return out << b.rule; }

class Rules : public testing::TestWithParam<Broken> {};

TEST_P(Rules, broken_alone_is_named_and_the_kernel_without_the_break_is_fine) {
  Kernel k = everything();
  GetParam().breaks(k);
  CHECK_ERROR(InternalError, validate(k),
              std::string("kernel sums: ") + GetParam().fact + "; this is a bug in kroton");
  EXPECT_NO_THROW(validate(everything()));
}

const Affine beyond = Affine::axis(7);

INSTANTIATE_TEST_SUITE_P(
    Form, Rules,
    testing::Values(
        Broken{"extent_without_source", [](Kernel& k) { k.extents[0].sources.clear(); },
               "extent n has no dimension to come from and is not given"},
        Broken{"extent_of_a_dimension_that_is_not_there",
               [](Kernel& k) { k.extents[0].sources[0].dim = 2; },
               "extent n names dimension 2 of param 0"},
        Broken{"outer_axis_of_another_kind", [](Kernel& k) { k.axes[0].kind = AxisKind::reduce; },
               "outer axis i0 is not parallel"},
        Broken{"length_over_an_axis", [](Kernel& k) { k.axes[1].length = Affine::axis(0); },
               "an axis' length depends on an axis or a value; lengths are over extents"},
        Broken{"length_over_a_value", [](Kernel& k) { k.axes[1].length = Affine::value(0); },
               "an axis' length depends on an axis or a value; lengths are over extents"},
        Broken{"index_over_a_missing_axis", [](Kernel& k) { picked(k).index[0] = beyond; },
               "axis 7 does not exist"},
        Broken{"index_over_a_missing_extent",
               [](Kernel& k) { picked(k).index[0] = Affine::extent(9); },
               "extent 9 does not exist"},
        Broken{"index_over_a_later_value",
               [](Kernel& k) { picked(k).index[1] = Affine::value(99); },
               "v99 is used before it exists"},
        Broken{"index_over_a_number_that_is_no_integer",
               [](Kernel& k) { first(k, ExprKind::load).dtype = float64; },
               "v5 is an index and not int64"},
        Broken{"load_of_a_missing_param", [](Kernel& k) { picked(k).param = 5; },
               "param 5 does not exist"},
        Broken{"fewer_indices_than_the_rank", [](Kernel& k) { picked(k).index.pop_back(); },
               "x has rank 2 and 1 indices"},
        Broken{"checked_without_a_length", [](Kernel& k) { k.extents[2].sources = {{1, 0}}; },
               "x is checked and no extent is the length of its dimension 1"},
        Broken{"bound_over_a_value",
               [](Kernel& k) { picked(k).where[0].value = picked(k).index[1]; },
               "a bound depends on a value; bounds are boxes"},
        Broken{"argument_that_comes_later",
               [](Kernel& k) { first(k, ExprKind::apply).args[0] = 99; }, "v3 uses v99"},
        Broken{"a_16_bit_float_is_computed_on",
               [](Kernel& k) { first(k, ExprKind::constant).dtype = float16; },
               "v0 is computed in a 16-bit float"},
        Broken{"load_of_a_missing_access", [](Kernel& k) { first(k, ExprKind::load).number = 8; },
               "v5 loads access 8"},
        Broken{"bounds_without_a_value_beyond_them", [](Kernel& k) { picked(k).where.clear(); },
               "v6 needs a value for where its bounds do not hold, and only then"},
        Broken{"a_missing_function", [](Kernel& k) { first(k, ExprKind::apply).number = 8; },
               "v3 applies function 8"},
        Broken{"too_few_arguments", [](Kernel& k) { first(k, ExprKind::apply).args.pop_back(); },
               "v3 gives add 1 arguments"},
        Broken{"an_argument_of_another_dtype",
               [](Kernel& k) { first(k, ExprKind::apply).compute = float32; },
               "v3 gives add an argument that is not float32"},
        Broken{"a_result_of_another_dtype",
               [](Kernel& k) { first(k, ExprKind::apply).dtype = float32; },
               "v3 has the wrong dtype"},
        Broken{"select_between_dtypes",
               [](Kernel& k) { first(k, ExprKind::select).dtype = float32; },
               "v10 selects between different dtypes"},
        Broken{"accumulator_with_a_part_missing",
               [](Kernel& k) { k.accumulators[0].combine.clear(); },
               "accumulator add has parts of different length"},
        Broken{"accumulator_without_a_value", [](Kernel& k) { k.accumulators[0].combine[0] = 99; },
               "accumulator add has no value in component 0"},
        Broken{"accumulator_of_another_dtype",
               [](Kernel& k) { k.accumulators[0].dtypes[0] = float32; },
               "accumulator add has a wrong dtype in component 0"},
        Broken{"kinds_of_axes_mixed", [](Kernel& k) { k.stages[0].axes.push_back(2); },
               "a stage mixes kinds of axes"},
        Broken{"a_missing_accumulator_is_read",
               [](Kernel& k) { first(k, ExprKind::result).number = 3; },
               "v14 reads accumulator 3, which does not exist"},
        Broken{"a_missing_carry_is_read", [](Kernel& k) { first(k, ExprKind::carry).number = 3; },
               "v11 reads carry 3, which does not exist"},
        Broken{"accumulator_read_before_it_is_filled",
               [](Kernel& k) { std::swap(k.stages[0], k.stages[2]); },
               "v14 reads accumulator a0 before a stage filled it"},
        Broken{"left_outside_a_combine",
               [](Kernel& k) { first(k, ExprKind::result).kind = ExprKind::left; },
               "v14 belongs into a combine"},
        Broken{"statement_without_a_value",
               [](Kernel& k) { k.stages[2].statements[0].values[0] = 99; },
               "a statement has no value"},
        Broken{"accumulate_outside_reduce_axes",
               [](Kernel& k) { std::swap(k.stages[0].axes, k.stages[1].axes); },
               "accumulate stands outside reduce axes"},
        Broken{"accumulate_into_nothing", [](Kernel& k) { k.stages[0].statements[0].number = 4; },
               "accumulator 4 does not exist"},
        Broken{"advance_outside_ordered_axes",
               [](Kernel& k) { k.axes[2].kind = AxisKind::parallel; },
               "advance stands outside ordered axes"},
        Broken{"advance_of_nothing", [](Kernel& k) { k.stages[1].statements[0].number = 4; },
               "carry 4 does not exist"},
        Broken{"store_to_an_input", [](Kernel& k) { k.params[2].role = Role::in; },
               "z is an input and is stored to"}),
    [](const testing::TestParamInfo<Broken>& info) { return std::string(info.param.rule); });
}  // namespace
