// SPDX-License-Identifier: BSD-3-Clause
// What a program that trains calls: products, joining, special functions, networks and their
// gradients, by their names in the umbrella alone. Values are NumPy's and SciPy's.
#include "outsider.h"

#include <cmath>

using namespace kroton;
using outsider::Doubles;
using outsider::list;
namespace T = kroton::tensor;

namespace {
void expect_near(const NDArray& a, const Doubles& wanted) {
  const Doubles given = list<double>(a);
  ASSERT_EQ(given.size(), wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i)
    EXPECT_NEAR(given[i], wanted[i], 1e-12 * (1 + std::abs(wanted[i]))) << i;
}
const NDArray v = array({0.5, 2., -1.});
const NDArray m = array({1., 2., 3., 4.}, {2, 2});
}  // namespace

TEST(Networks, joining_and_splitting_are_numpys) {
  auto x = dvector("x");
  auto y = dmatrix("y");
  const auto of = [&](const Variable& z) { return NDArray(z.eval({{x, v}})); };
  const auto of_matrix = [&](const Variable& z) { return NDArray(z.eval({{y, m}})); };
  expect_near(of(concatenate({x, x}, 0)), {0.5, 2, -1, 0.5, 2, -1});
  EXPECT_EQ(of(stack({x, x})).shape(), (Shape{2, 3}));
  expect_near(of(split(x, {1, 2})[1]), {2, -1});
  expect_near(of(cumsum(x, 0)), {0.5, 2.5, 1.5});
  expect_near(of_matrix(diag(y)), {1, 4});
  expect_near(of_matrix(trace(y)), {5});
  expect_near(of_matrix(join(1, {y, y})), {1, 2, 1, 2, 3, 4, 3, 4});
}

TEST(Networks, products_and_special_functions_have_their_values) {
  auto x = dvector("x");
  auto y = dmatrix("y");
  const auto of = [&](const Variable& z) { return NDArray(z.eval({{x, v}})); };
  expect_near(of(outer(x, x)), {0.25, 1, -0.5, 1, 4, -2, -0.5, -2, 1});
  auto batch = y.dimshuffle({"x", 0, 1});
  expect_near(NDArray(batched_dot(batch, batch).eval({{y, m}})), {7, 10, 15, 22});
  expect_near(of(erf(x)), {0.5204998778130465, 0.9953222650189527, -0.8427007929497149});
  expect_near(of(erfc(x)), {0.4795001221869535, 0.004677734981047266, 1.842700792949715});
  expect_near(of(T::gamma(x + 1)[{slice(0, 2)}]), {0.886226925452758, 2});
  expect_near(of(gammaln(x[{slice(0, 2)}])), {0.5723649429247001, 0});
  expect_near(of(psi(x[{slice(0, 2)}])), {-1.9635100260214235, 0.42278433509846713});
}

TEST(Networks, a_classifier_trains_by_its_gradient) {
  auto w = shared(NDArray::zeros({2, 2}), "w");
  auto x = dmatrix("x");
  auto labels = lvector("labels");
  auto p = nnet::softmax(dot(nnet::relu(x) + nnet::sigmoid(x) + nnet::softplus(x), w));
  auto cost = mean(nnet::categorical_crossentropy(p, labels));
  auto logs = nnet::logsoftmax(dot(x, w));
  auto step = function({x, labels}, {cost, logs}, {.updates = {{w, w - 0.5 * grad(cost, w)}}});
  const NDArray rows = array({1., -1., -1., 1.}, {2, 2}), wanted = array({0, 1});
  double first = 0, last = 0;
  for (int i = 0; i < 20; ++i) {
    const Outputs out = step(rows, wanted);
    last = out.item<double>(0);
    if (i == 0) first = last;
  }
  EXPECT_NEAR(first, std::log(2.0), 1e-15);
  EXPECT_LT(last, 0.2);
}

TEST(Networks, options_of_inputs_and_outputs_are_named) {
  auto x = dvector("x");
  InOptions in;
  in.mutable_ = true;
  in.value = v;
  OutOptions out;
  out.borrow = true;
  auto f = function({In(x, in)}, {Out(x * 2, out)});
  expect_near(f(array({1., 2.})), {2, 4});
  NDArray target = NDArray::zeros({3});
  auto g = function({x}, {Out(x + 1).into(target)});
  g(v);
  expect_near(target, {1.5, 3, 0});
}
