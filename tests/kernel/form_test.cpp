// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/kernel/form.h"

#include <gtest/gtest.h>

#include "kroton/kernel/accumulators.h"
#include "kroton/kernel/builder.h"
#include "kroton/kernel/builtin.h"
#include "run_both.h"

using namespace kroton::kernel;
using kroton::float32, kroton::float64;
namespace f = kroton::kernel::builtin;

namespace {
Kernel sum_of_squares(const char* name = "squares") {
  Builder b(name);
  int x = b.in("x", float32, 2), out = b.out("out", float64, 1);
  int n = b.extent("n", {{x, 0}, {out, 0}}), m = b.extent("m", {{x, 1}});
  int i = b.outer(Affine::extent(n)), total = sum_accumulator(b, float64);
  b.stage();
  int j = b.reduce(Affine::extent(m));
  ExprId v = b.cast(float64, b.load(x, {Affine::axis(i), Affine::axis(j)}));
  b.accumulate(total, {b.apply(f::mul, {v, v})});
  b.stage();
  b.store(out, {Affine::axis(i)}, b.result(total));
  return b.finish();
}
}  // namespace

TEST(KernelForm, prints_for_people) {
  EXPECT_EQ(readable(sum_of_squares()),
            "kernel squares\n"
            "  in x : float32 rank 2\n"
            "  out out : float64 rank 1\n"
            "  extent n = x.0 = out.0\n"
            "  extent m = x.1\n"
            "  accumulator a0 : (float64) identity (v0) combine (v3)\n"
            "  for i0 < n parallel:\n"
            "    for i1 < m reduce:\n"
            "      v4 = x[i0, i1] : float32\n"
            "      v5 = cast_f64(v4) : float64\n"
            "      v6 = mul_f64(v5, v5) : float64\n"
            "      a0 <- (v6)\n"
            "    v7 = result a0.0 : float64\n"
            "    out[i0] = v7\n");
}

TEST(KernelForm, equal_kernels_have_one_text_whatever_their_name) {
  EXPECT_EQ(sum_of_squares(), sum_of_squares("other"));
  EXPECT_EQ(sum_of_squares().hash(), sum_of_squares("other").hash());
  Kernel changed = sum_of_squares();
  changed.params[0].dtype = float64;
  EXPECT_FALSE(changed == sum_of_squares());
}

TEST(KernelForm, equal_expressions_are_one) {
  Builder b("one");
  int x = b.in("x", float32, 1);
  EXPECT_EQ(b.load(x, {Affine::axis(0)}), b.load(x, {Affine::axis(0)}));
  EXPECT_EQ(b.constant(float32, 1.0), b.constant(float32, std::int64_t{1}));
}

TEST(KernelForm, affine_expressions_add_and_cancel) {
  Affine i = Affine::axis(1), n = Affine::extent(0);
  Affine flip = n - i - 1;
  EXPECT_EQ(flip.coefficient(Term::Kind::axis, 1), -1);
  EXPECT_EQ(flip + i, n - 1);
  EXPECT_TRUE((flip - flip).is_constant());
}

TEST(ScalarFunction, called_names_get_the_ending_of_the_dtype) {
  ScalarFunction row{"softplus", 1,    "x > 20 ? x : log1p(exp(x)) + exp (y)", {}, ResultRule::same,
                     40,         false};
  EXPECT_EQ(suffixed_text(row, float32), "x > 20 ? x : log1p_f32(exp_f32(x)) + exp_f32 (y)");
  EXPECT_EQ(called_names(row, float64), (std::vector<std::string>{"log1p_f64", "exp_f64"}));
}
