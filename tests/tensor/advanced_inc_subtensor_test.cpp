// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/advanced_inc_subtensor.h"

#include "kroton/base/errors.h"
#include "kroton/compile/function.h"
#include "kroton/tensor/inc_subtensor.h"
#include "kroton/tensor/literals.h"
#include "tests/support/check_error.h"
#include "tests/support/evaluate.h"
#include "tests/support/verify_gradient.h"
#include "tests/tensor/advanced_indices.h"
#include "tests/tensor/reference.h"

using namespace kroton;
using namespace kroton::support;
namespace T = kroton::tensor;

namespace {
NDArray counting(const Shape& shape) {
  NDArray y = NDArray::zeros(shape);
  double next = 0.25;
  for (double& e : y.span<double>()) {
    e = next;
    next += 0.25;
  }
  return y;
}
}  // namespace

TEST(AdvancedIncSubtensor, C0_6_additions_at_arrays_add_up_and_the_last_value_set_stays) {
  const Variable x = T::dtensor3("x");
  const NDArray value = reference("x_float64");
  for (const auto& [name, part] : indexed(x)) {
    SCOPED_TRACE(name);
    const NDArray y = counting(reference("take_" + name).shape());
    for (const char* linker : {"py", "vm"}) {
      expect_like(evaluate(T::inc_subtensor(part, y), {{x, value}}, linker),
                  reference("take_inc_" + name));
      expect_like(evaluate(T::set_subtensor(part, y), {{x, value}}, linker),
                  reference("take_set_" + name));
    }
    expect_like(function({x}, T::inc_subtensor(part, y))(value), reference("take_inc_" + name));
    expect_like(value, reference("x_float64"));
  }
}

TEST(AdvancedIncSubtensor, in_place_changes_x_itself) {
  const Variable x = T::dmatrix("x"), i = T::lvector("i"), y = T::dmatrix("y");
  const NDArray at = array({1, 1}), more = NDArray::full({2, 2}, 3);
  const T::AdvancedIncSubtensor op({0}, 0, false, true);
  EXPECT_EQ(op.destroy_map(), (AliasMap{{0, {0}}}));
  for (const char* linker : {"py", "vm"}) {
    const Variable z = op.make_node({x * 1.0, y, i}).outputs()[0];
    const NDArray got = evaluate(z, {{x, NDArray::full({2, 2}, 1)}, {y, more}, {i, at}}, linker);
    EXPECT_EQ(got.to_vector<double>(), (std::vector<double>{1, 1, 7, 7}));
  }
}

TEST(AdvancedIncSubtensor, gradients_agree_with_differences) {
  const NDArray a = weights({3, 4}, 5), at = array({2, 0, 2, -1});
  const auto squared = [](const Variable& z) { return T::sqr(z); };
  verify_gradient([&](const Variables& x) { return squared(T::inc_subtensor(x[0][at], x[1])); },
                  {a, weights({4, 4}, 6)});
  verify_gradient([&](const Variables& x) { return squared(T::inc_subtensor(x[0][at], x[1])); },
                  {a, weights({1, 4}, 6)});
  const NDArray apart = array({2, 0});
  verify_gradient([&](const Variables& x) { return squared(T::set_subtensor(x[0][apart], x[1])); },
                  {a, weights({4}, 6)});
  verify_gradient(
      [&](const Variables& x) { return squared(T::set_subtensor(x[0][{slice(1), apart}], x[1])); },
      {a, weights({2, 2}, 6)});
}
