// SPDX-License-Identifier: BSD-3-Clause
// The printed C of a few small kernels, whole: a change of the text is seen here. When it is meant,
// run the test and put the new text in.
#include <gtest/gtest.h>

#include "kroton/kernel/accumulators.h"
#include "kroton/kernel/builtin.h"
#include "kroton/kernel/print.h"
#include "run_both.h"

using namespace kernel_test;
using namespace kroton::kernel;
using kroton::float32, kroton::float64, kroton::int64;
namespace f = kroton::kernel::builtin;

namespace {
// The text behind the prelude and the functions of rows.
std::string body(const Kernel& kernel, const std::vector<Array>& arrays) {
  std::string text = print_c(specialised(kernel, arrays), "k").text;
  return text.substr(text.find("static void k_0"));
}
Affine ax(int i) { return Affine::axis(i); }
Affine ex(int i) { return Affine::extent(i); }
}  // namespace

TEST(PrintedText, x_times_y_plus_z_with_a_step_and_a_broadcast) {
  Builder b("muladd");
  int x = b.in("x", float32, 1), y = b.in("y", float32, 1), z = b.in("z", float32, 0),
      out = b.out("out", float32, 1);
  int i = b.outer(ex(b.extent("n", {{x, 0}, {y, 0}, {out, 0}})));
  b.stage();
  ExprId product = b.apply(f::mul, {b.load(x, {ax(i)}), b.load(y, {ax(i)})});
  b.store(out, {ax(i)}, b.apply(f::add, {product, b.load(z, {})}));
  Array a = zeros(float32, {8}), wide = sliced(zeros(float32, {16}), 0, 0, 16, 2);
  EXPECT_EQ(
      body(b.finish(), {a, wide, zeros(float32, {}), a}),
      R"C(static void k_0_body(k_i64 begin, k_i64 end, const k_i64* lengths, const k_i64* strides, char* scratch, char* restrict p0, char* restrict p1, char* restrict p2, char* restrict p3) {
  const k_i64 t0 = strides[0];
  const k_i64 t1 = strides[1];
  const k_i64 t2 = strides[2];
  const k_i64 t3 = strides[3];
  const k_i64 first = begin;
  char* const q0 = p0 + begin*t0;
  char* const q1 = p1 + begin*t1;
  char* const q2 = p2 + begin*t2;
  char* const q3 = p3 + begin*t3;
  for (k_i64 i = 0; i < end - begin; ++i) {
    const k_f32 v0 = ((k_f32*)q0)[i];
    const k_f32 v1 = *(k_f32*)(q1 + i*t1);
    const k_f32 v2 = k_mul_f32(v0, v1);
    const k_f32 v3 = *(k_f32*)(q2);
    const k_f32 v4 = k_add_f32(v2, v3);
    ((k_f32*)q3)[i] = v4;
  }
}
void k_0(k_i64 begin, k_i64 end, const k_i64* extents, void* const* pointers, const k_i64* strides, void* scratch) {
  k_0_body(begin, end, extents, strides, (char*)scratch, (char*)pointers[0], (char*)pointers[1], (char*)pointers[2], (char*)pointers[3]);
}
)C");
}

TEST(PrintedText, a_checked_gather) {
  Builder b("take");
  int x = b.in("x", float64, 1), index = b.in("index", int64, 1), out = b.out("out", float64, 1);
  b.extent("n", {{x, 0}});
  int k = b.outer(ex(b.extent("m", {{index, 0}, {out, 0}})));
  b.stage();
  b.store(out, {ax(k)}, b.load(Access{x, {Affine::value(b.load(index, {ax(k)}))}, {}, true}));
  Array a = zeros(float64, {8});
  EXPECT_EQ(
      body(b.finish(), {a, zeros(int64, {8}), a}),
      R"C(static void k_0_body(k_i64 begin, k_i64 end, const k_i64* lengths, const k_i64* strides, char* scratch, char* restrict p0, char* restrict p1, char* restrict p2) {
  const k_i64 n1 = lengths[1];
  const k_i64 t0 = strides[0];
  const k_i64 t1 = strides[1];
  const k_i64 t2 = strides[2];
  const k_i64 t3 = strides[3];
  const k_i64 first = begin;
  char* const q0 = p0 + begin*t0;
  char* const q1 = p1 + begin*t1;
  char* const q2 = p2 + begin*t3;
  for (k_i64 i = 0; i < end - begin; ++i) {
    const k_i64 v0 = ((k_i64*)q0)[i];
    const k_i64 v1x0 = v0;
    const int v1y0 = (k_u64)v1x0 < (k_u64)n1;
    if (1 & !v1y0) k_fault(scratch, 0, 0, v1x0);
    const k_f64 v1 = (v1y0) ? *(k_f64*)(q1 + v0*t2) : (0.0);
    ((k_f64*)q2)[i] = v1;
  }
}
void k_0(k_i64 begin, k_i64 end, const k_i64* extents, void* const* pointers, const k_i64* strides, void* scratch) {
  k_0_body(begin, end, extents, strides, (char*)scratch, (char*)pointers[0], (char*)pointers[1], (char*)pointers[2]);
}
)C");
}

TEST(PrintedText, a_recurrence_backward) {
  Builder b("decay");
  int x = b.in("x", float64, 1), out = b.out("out", float64, 1);
  int n = b.extent("n", {{x, 0}, {out, 0}}),
      state = b.carried("state", float64, b.constant(float64, 1.0));
  b.stage();
  int t = b.ordered(ex(n), true);
  ExprId next = b.apply(f::add, {b.carry(state), b.load(x, {ax(t)})});
  b.store(out, {ax(t)}, next);
  b.advance(state, next);
  Array a = zeros(float64, {8});
  EXPECT_EQ(
      body(b.finish(), {a, a}),
      R"C(static void k_0_body(k_i64 begin, k_i64 end, const k_i64* lengths, const k_i64* strides, char* scratch, char* restrict p0, char* restrict p1) {
  const k_i64 n1 = lengths[1];
  const k_i64 first = 0;
  for (k_i64 u = begin; u < end; ++u) {
    char* const q0 = p0;
    char* const q1 = p1;
    k_f64 k0;
    {
      {
        k0 = (1.0);
      }
      char* const w0 = q0;
      char* const w1 = q1;
      for (k_i64 i = 0; i < n1; ++i) {
        const k_f64 v2 = ((k_f64*)w0)[-i];
        const k_f64 v3 = k_add_f64(k0, v2);
        ((k_f64*)w1)[-i] = v3;
        const k_f64 next0 = v3;
        k0 = next0;
      }
    }
  }
}
void k_0(k_i64 begin, k_i64 end, const k_i64* extents, void* const* pointers, const k_i64* strides, void* scratch) {
  k_0_body(begin, end, extents, strides, (char*)scratch, (char*)pointers[0], (char*)pointers[1]);
}
)C");
}
