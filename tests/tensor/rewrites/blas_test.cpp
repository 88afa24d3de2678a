// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/rewrites/blas.h"

#include <gtest/gtest.h>

#include "kroton/compile/function.h"
#include "kroton/compile/shared.h"
#include "kroton/gradient/grad.h"
#include "kroton/graph/features/destroy_handler.h"
#include "kroton/tensor/constant.h"
#include "kroton/tensor/determinant.h"
#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/dot.h"
#include "kroton/tensor/elemwise_functions.h"
#include "kroton/tensor/gemm.h"
#include "kroton/tensor/reduce.h"
#include "kroton/tensor/type.h"
#include "tests/tensor/rewrites/evaluate.h"

using namespace kroton;
using namespace kroton::tensor;
using rewriting::local;
using rewriting::rewritten;

namespace {
// Small integers: sums and products of them are exact, in whatever order.
NDArray some(Shape shape, int seed, DType dtype = float64) {
  NDArray out = NDArray::zeros(shape);
  int state = seed;
  for (double& x : out.span<double>()) {
    state = (state * 7 + 3) % 11;
    x = state - 5;
  }
  return out.astype(dtype);
}
Variable mat(const char* name, DType d = float64) { return TensorType(d, {false, false})(name); }
Variable vec(const char* name) { return TensorType(float64, {false})(name); }
Variable number(const char* name) { return TensorType(float64, {})(name); }

const rewrite::RewriterRef gemms =
    rewrite::make_walk("blas", {{"gemm", local_sum_to_gemm, {}}}, rewrite::Direction::out_to_in);

// The inputs a (2, 3), b (3, 2), c, d (2, 2), e (2, 3), f (3, 2), s (), x (3,), y (2,).
struct Graph {
  Variable a = mat("a"), b = mat("b"), c = mat("c"), d = mat("d"), e = mat("e"), f = mat("f"),
           s = number("s"), x = vec("x"), y = vec("y");
  std::string operator()(const Variables& outputs,
                         const rewrite::RewriterRef& rewriter = gemms) const {
    return rewritten(
        {a, b, c, d, e, f, s, x, y}, outputs, rewriter,
        {some({2, 3}, 1), some({3, 2}, 2), some({2, 2}, 3), some({2, 2}, 4), some({2, 3}, 5),
         some({3, 2}, 6), NDArray::full({}, 3), some({3}, 7), some({2}, 8)});
  }
};
const Graph g;
}  // namespace

class BlasRewrites : public testing::Test {
  void SetUp() override {
    const Variable z = dot(mat("u"), mat("v"));
    if (z.owner().op().kernel(z.owner())) GTEST_SKIP() << "there is no BLAS";
  }
};

TEST_F(BlasRewrites, a_sum_with_a_product_becomes_gemm) {
  const Variable ab = dot(g.a, g.b);
  for (const Variable& z :
       {g.c + ab, ab + g.c, g.c - ab, ab - g.c, -ab + g.c, -(g.c + ab), 2 * g.c + ab, g.c + 2 * ab,
        2 * (g.c + 3 * ab), g.s * g.c - ab * g.s, g.c + (g.s * g.s) * (ab * 2), g.c / 2 - ab / 4,
        (g.c - ab / 2) * g.s, g.c - 2 * (g.c + ab)}) {
    const std::string left = g({z});
    EXPECT_TRUE(left.ends_with("Gemm")) << left;
    EXPECT_EQ(left.find("Dot"), std::string::npos) << left;
  }
  EXPECT_EQ(g({g.c + ab}), "Gemm");
  EXPECT_EQ(g({2 * (g.c + 3 * ab)}), "Gemm");
  EXPECT_EQ(g({g.c - 2 * (g.c + ab)}), "Gemm");
}

TEST_F(BlasRewrites, several_products_are_added_one_onto_the_other) {
  const Variable ab = dot(g.a, g.b), ef = dot(g.e, g.f);
  EXPECT_EQ(g({ab + ef}), "Dot Gemm");
  EXPECT_EQ(g({2 * ab - 3 * ef}), "Dot Gemm");
  EXPECT_EQ(g({ab + g.c + ef}), "Gemm Gemm");
  EXPECT_EQ(g({ab + g.c - ef + 2 * dot(g.a, g.f)}), "Gemm Gemm Gemm");
  // What cannot be added to is added afterwards, in the kernel of what reads it.
  EXPECT_EQ(g({exp(ab + ef + g.y)}), "Dot DimShuffle Gemm Elemwise{add} Elemwise{exp}");
  EXPECT_EQ(g({ab + ef + g.c + g.d}), "Dot Gemm Elemwise{add} Elemwise{add}");
}

TEST_F(BlasRewrites, products_of_one_factor_are_one_product_with_a_sum) {
  const auto factors = rewrite::make_walk("factors", {{"factors", local_dots_of_one_factor, {}}},
                                          rewrite::Direction::out_to_in);
  const Variable ab = dot(g.a, g.b), af = dot(g.a, g.f), eb = dot(g.e, g.b), ef = dot(g.e, g.f);
  EXPECT_EQ(g({ab + af}, factors), "Elemwise{add} Dot");
  EXPECT_EQ(g({ab - af}, factors), "Elemwise{sub} Dot");
  EXPECT_EQ(g({ab + eb}, factors), "Elemwise{add} Dot");
  EXPECT_EQ(g({g.c + ab + 2 * af}, factors),
            "DimShuffle Elemwise{mul} Elemwise{add} Dot Elemwise{add}");
  EXPECT_EQ(g({dot(g.a, g.x) + dot(g.a, exp(g.x))}, factors), "Elemwise{exp} Elemwise{add} Dot");
  // Views of one array are one factor.
  EXPECT_EQ(g({dot(transpose(g.a), g.c) - dot(transpose(g.a), g.d)}, factors),
            "DimShuffle Elemwise{sub} Dot");
  // Other factors, other readers: no.
  EXPECT_EQ(g({ab + ef}, factors), "Dot Dot Elemwise{add}");
  EXPECT_EQ(g({ab + af, ab}, factors), "Dot Dot Elemwise{add}");
}

TEST_F(BlasRewrites, products_with_vectors_become_gemv) {
  EXPECT_EQ(g({g.y + dot(g.a, g.x)}), "Gemv");
  EXPECT_EQ(g({g.x - 2 * dot(g.y, g.a)}), "DimShuffle Gemv");
  EXPECT_EQ(g({dot(g.a, g.x) + dot(g.c, g.y)}), "Dot Gemv");
}

TEST_F(BlasRewrites, sums_that_gain_nothing_stay) {
  const Variable ab = dot(g.a, g.b);
  // Read by somebody else, too.
  EXPECT_EQ(g({g.c + ab, ab}), "Dot Elemwise{add}");
  // A bias and an activation are one kernel.
  EXPECT_EQ(g({exp(g.c + ab)}), "Dot Elemwise{add} Elemwise{exp}");
  EXPECT_EQ(g({ab + g.y}), "Dot DimShuffle Elemwise{add}");
  // A scaled product, two arrays, a product of arrays.
  EXPECT_EQ(g({2 * ab}), "Dot DimShuffle Elemwise{mul}");
  EXPECT_EQ(g({ab + g.c + g.d}), "Dot Elemwise{add} Elemwise{add}");
  EXPECT_EQ(g({g.d + g.c * ab}), "Dot Elemwise{mul} Elemwise{add}");
  // Other dtypes.
  const Variable i = mat("i", int64), j = mat("j", int64), h = mat("h", float32);
  EXPECT_EQ(
      rewritten({i, j}, {i + dot(i, j)}, gemms, {some({2, 2}, 1, int64), some({2, 2}, 2, int64)}),
      "Dot Elemwise{add}");
  EXPECT_EQ(
      rewritten({h, g.c}, {g.c + dot(h, h)}, gemms, {some({2, 2}, 1, float32), some({2, 2}, 2)}),
      "Dot Elemwise{add}");
}

TEST_F(BlasRewrites, transposes_of_products_are_products_of_transposes) {
  const auto turn = local({{"turn", local_transpose_of_dot}});
  const Variable ab = dot(g.a, g.b);
  EXPECT_EQ(g({transpose(ab)}, turn), "DimShuffle DimShuffle Dot");
  EXPECT_EQ(g({transpose(ab), ab}, turn), "Dot DimShuffle");
  EXPECT_EQ(g({ab.dimshuffle({1, "x", 0})}, turn), "Dot DimShuffle");
}

TEST_F(BlasRewrites, a_column_times_a_row_is_elementwise) {
  const auto outers = local({{"outer", local_outer_to_mul}});
  EXPECT_EQ(g({outer(g.x, g.y)}, outers), "DimShuffle DimShuffle Elemwise{mul}");
  EXPECT_EQ(g({dot(g.a, g.b)}, outers), "Dot");
  EXPECT_EQ(g({g.b + outer(g.x, g.y)}), "DimShuffle DimShuffle Dot Elemwise{add}");
}

TEST_F(BlasRewrites, a_part_of_a_product_is_a_product_of_parts) {
  const auto parts = local({{"part", local_subtensor_of_dot}});
  const Variable ab = dot(g.a, g.b), n = TensorType(int64, {})("n");
  EXPECT_EQ(g({ab[1]}, parts), "Subtensor Dot");
  EXPECT_EQ(g({ab[{slice(), 0}]}, parts), "Subtensor Subtensor Dot");
  EXPECT_EQ(g({ab[{1, slice(1, {})}]}, parts), "Subtensor Subtensor Dot");
  EXPECT_EQ(g({dot(g.a, g.x)[1]}, parts), "Subtensor Dot");
  EXPECT_EQ(g({dot(g.y, g.a)[{slice(0, 2)}]}, parts), "Subtensor Dot");
  EXPECT_EQ(g({ab[1], ab}, parts), "Dot Subtensor");
  EXPECT_EQ(rewritten({g.a, g.b, n}, {ab[{n, slice(n, std::nullopt)}]}, parts,
                      {some({2, 3}, 1), some({3, 2}, 2), NDArray::full({}, 1, int64)}),
            "Subtensor Subtensor Dot");
}

TEST_F(BlasRewrites, a_product_with_an_inverse_is_a_solution) {
  const auto solutions = local({{"solve", local_inverse_to_solve}});
  const Variable m = mat("m");
  const NDArray scale = array({2., 0., 0., 4.}, {2, 2});
  EXPECT_EQ(rewritten({m, g.c}, {dot(matrix_inverse(m), g.c)}, solutions, {scale, some({2, 2}, 1)}),
            "Solve");
  EXPECT_EQ(rewritten({m, g.y}, {dot(matrix_inverse(m), g.y)}, solutions, {scale, some({2}, 1)}),
            "Solve");
  EXPECT_EQ(rewritten({m, g.y}, {dot(g.y, matrix_inverse(m))}, solutions, {scale, some({2}, 1)}),
            "DimShuffle Solve");
  const Variable inverse = matrix_inverse(m);
  EXPECT_EQ(rewritten({m, g.c}, {dot(inverse, g.c), inverse}, solutions, {scale, some({2, 2}, 1)}),
            "MatrixInverse Dot");
}

TEST_F(BlasRewrites, gemm_overwrites_what_nobody_else_needs) {
  const auto inplace = rewrite::make_walk("inplace", {{"inplace", local_gemm_inplace, {}}});
  const auto texts = [&](const Variable& c, bool output_too, bool handled = true) {
    Variables outputs{Gemm(Product::matrices)(c, 1.0, g.a, g.b, 1.0)};
    if (output_too) outputs.push_back(c);
    FunctionGraph fgraph({g.a, g.b, g.c}, outputs);
    if (handled) fgraph.attach(std::make_shared<DestroyHandler>(fgraph.inputs()));
    const auto trace = inplace->apply(fgraph);
    for (const std::string& note : trace.notes()) ADD_FAILURE() << note;
    return fgraph.outputs()[0].owner().op().text();
  };
  EXPECT_EQ(texts(exp(g.c), false), "Gemm{inplace: true}");
  EXPECT_EQ(texts(transpose(exp(g.c)), false), "Gemm{inplace: true}");
  EXPECT_EQ(texts(g.c, false), "Gemm{inplace: false}");
  EXPECT_EQ(texts(transpose(g.c), false), "Gemm{inplace: false}");
  EXPECT_EQ(texts(exp(g.c), true), "Gemm{inplace: false}");
  EXPECT_EQ(texts(exp(g.c), false, false), "Gemm{inplace: false}");
}

TEST_F(BlasRewrites, a_compiled_step_uses_gemm_and_leaves_its_inputs_alone) {
  const SharedVariable w = shared(some({3, 2}, 1), "w");
  const Variable x = mat("x"), t = mat("t");
  const Variable error = dot(x, w) - t;
  const Variable cost = sum(sqr(error)) / 2;
  FunctionOptions options;
  options.updates = {{w, w - 0.5 * grad(cost, w)}};
  const Function step = function({x, t}, cost, options);
  std::string all;
  for (const Apply& node : step.nodes()) all += node.op().text() + " ";
  EXPECT_NE(all.find("Gemm{inplace"), std::string::npos) << all;
  const NDArray vx = some({4, 3}, 2), vt = some({4, 2}, 3), held = w.get_value();
  step(vx, vt);
  // By hand: w - 0.5 x^T (x w - t).
  const NDArray now = w.get_value();
  for (std::int64_t i = 0; i < 3; ++i) {
    for (std::int64_t j = 0; j < 2; ++j) {
      double wanted = held.at<double>({i, j});
      for (std::int64_t r = 0; r < 4; ++r) {
        double e = -vt.at<double>({r, j});
        for (std::int64_t k = 0; k < 3; ++k) e += vx.at<double>({r, k}) * held.at<double>({k, j});
        wanted -= 0.5 * vx.at<double>({r, i}) * e;
      }
      EXPECT_EQ(now.at<double>({i, j}), wanted);
    }
  }
}
