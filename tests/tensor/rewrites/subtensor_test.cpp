// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/rewrites/subtensor.h"

#include "kroton/base/errors.h"
#include "kroton/compile/function.h"
#include "kroton/tensor/create.h"
#include "kroton/tensor/elemwise_functions.h"
#include "kroton/tensor/inc_subtensor.h"
#include "kroton/tensor/nonzero.h"
#include "kroton/tensor/reduce.h"
#include "kroton/tensor/reshape.h"
#include "kroton/tensor/shape.h"
#include "kroton/tensor/subtensor.h"
#include "tests/tensor/rewrites/named.h"

using namespace kroton;
using namespace kroton::tensor;
using rewriting::left, rewriting::run, rewriting::vec, rewriting::mat, rewriting::numbers;

namespace {
const Variable v = vec("v"), w = vec("w"), m = mat("m"), n = TensorType(int64, {})("n");
NDArray ramp(std::int64_t length) { return NDArray::arange(length).astype(float64); }
constexpr auto none = std::nullopt;
}  // namespace

TEST(SubtensorRewrites, a_slice_of_a_slice_is_one_for_every_length) {
  const std::vector<Slice> slices{slice(1, none), slice(none, 3), slice(none, -1),
                                  slice(2, 4),    slice(1, -2),   slice(0, none)};
  for (const Slice& inner : slices) {
    for (const Slice& outer : slices) {
      const Variable z = v[{inner}][{outer}];
      for (std::int64_t length = 0; length < 8; ++length)
        left("local_subtensor_merge", {v}, {z}, {ramp(length)});
    }
  }
  const auto words = [&](const Variable& z) {
    return left("local_subtensor_merge", {v}, {z}, {ramp(6)});
  };
  EXPECT_EQ(words(v[{slice(1, none)}][{slice(2, none)}]), "Subtensor");
  EXPECT_EQ(words(v[{slice(1, none)}][{slice(none, -1)}]), "Subtensor");
  EXPECT_EQ(words(v[{slice(1, none, 2)}][1]), "Subtensor");
  // Which bound ends it depends on the length.
  EXPECT_EQ(words(v[{slice(none, 3)}][{slice(none, -1)}]), "Subtensor Subtensor");
  EXPECT_EQ(words(v[{slice(none, none, -1)}][{slice(1, none)}]), "Subtensor Subtensor");
  EXPECT_EQ(words(v[{slice(none, 3)}][1]), "Subtensor Subtensor");
}

TEST(SubtensorRewrites, indices_of_different_axes_are_one_subtensor) {
  const std::vector<NDArray> values{ramp(12).reshape({4, 3}), NDArray::full({}, 2, int64)};
  const auto words = [&](const Variable& z) {
    return left("local_subtensor_merge", {m, n}, {z}, values);
  };
  EXPECT_EQ(words(m[1][{slice(1, none)}]), "Subtensor");
  EXPECT_EQ(words(m[n][n]), "Subtensor");
  EXPECT_EQ(words(m[{slice(n, none)}][{slice(), 0}]), "Subtensor");
  EXPECT_EQ(words(m[{slice(n, none)}][{slice(1, none)}]), "Subtensor Subtensor");
}

TEST(SubtensorRewrites, a_slice_of_a_filled_array_is_a_smaller_one) {
  const std::vector<NDArray> values{ramp(5)};
  EXPECT_EQ(left("local_subtensor_of_alloc", {v}, {fill(v, 2.0)[{slice(1, -1)}]}, values)
                .find("Subtensor"),
            std::string::npos);
  EXPECT_NE(left("local_subtensor_of_alloc", {v}, {fill(v, 2.0)[3]}, values).find("Subtensor"),
            std::string::npos);
}

TEST(SubtensorRewrites, an_element_of_a_list_of_lengths_is_the_length) {
  const std::vector<NDArray> values{ramp(12).reshape({4, 3}), NDArray::full({}, 2, int64)};
  const auto words = [&](const Variable& z) {
    return left("local_subtensor_make_vector", {m, n}, {z}, values);
  };
  EXPECT_EQ(words(ShapeOf()(m)[1]), "Shape_i");
  EXPECT_EQ(words(ShapeOf()(m)[-2]), "Shape_i");
  EXPECT_EQ(words(MakeVector(int64)(n, n + 1)[0]), "");
  EXPECT_NE(words(MakeVector(int64)(n, n + 1)[{slice(1, none)}]).find("MakeVector"),
            std::string::npos);
}

TEST(SubtensorRewrites, what_was_just_written_is_read_from_its_source) {
  const std::vector<NDArray> values{ramp(5), numbers({7, 8, 9}), NDArray::full({}, 2, int64)};
  const std::string name = "local_subtensor_inc_subtensor";
  const auto words = [&](const Variable& z) { return left(name, {v, w, n}, {z}, values); };
  const Slice inside = slice(1, -1);
  EXPECT_EQ(words(set_subtensor(v[{inside}], w)[{inside}]), "");
  EXPECT_EQ(words(inc_subtensor(v[{inside}], w)[{inside}]), "Subtensor Elemwise{add}");
  EXPECT_EQ(words(set_subtensor(v[{inside}], 2.0)[{inside}]).find("IncSubtensor"),
            std::string::npos);
  EXPECT_EQ(words(set_subtensor(v[n], 2.0)[n]), "");
  EXPECT_EQ(words(set_subtensor(v[{inside}], w)[{slice(1, none)}]), "IncSubtensor Subtensor");
  EXPECT_EQ(words(set_subtensor(v[n], 2.0)[0]), "IncSubtensor Subtensor");
}

TEST(SubtensorRewrites, writing_everything_writing_back_and_writing_twice_are_simpler) {
  const std::vector<NDArray> values{ramp(3), numbers({7, 8, 9})};
  const auto words = [&](const Variable& z) {
    return left("local_useless_inc_subtensor", {v, w}, {z}, values);
  };
  EXPECT_EQ(words(set_subtensor(v[{slice()}], w)), "");
  EXPECT_EQ(words(inc_subtensor(v[{slice()}], w)), "Elemwise{add}");
  EXPECT_EQ(words(set_subtensor(v[{slice()}], 1.0)), "Elemwise{second}");
  EXPECT_EQ(words(exp(set_subtensor(v[0], v[0]))), "Elemwise{exp}");
  EXPECT_EQ(words(set_subtensor(set_subtensor(v[0], 1.0)[0], 2.0)), "IncSubtensor");
  EXPECT_EQ(words(set_subtensor(set_subtensor(v[0], 1.0)[1], 2.0)), "IncSubtensor IncSubtensor");
  EXPECT_EQ(words(inc_subtensor(inc_subtensor(v[0], 1.0)[0], 2.0)), "IncSubtensor IncSubtensor");
  EXPECT_EQ(words(set_subtensor(v[0], v[1])), "Subtensor IncSubtensor");
}

TEST(SubtensorRewrites, what_is_set_where_a_mask_holds_needs_no_positions) {
  const NDArray a = numbers({1, -2, 3, 4, 0.5, -6}).reshape({2, 3});
  const Variable other = mat("other"), rows = vec("rows"), mask = m > 0;
  const std::vector<NDArray> values{a, numbers({9, 8, 7, 6, 5, 4}).reshape({2, 3}),
                                    numbers({1, -1})};
  const auto words = [&](const Variable& z) {
    return left("local_set_at_mask", {m, other, rows}, {z}, values);
  };
  const auto is_where = [&](const Variable& z) {
    const std::string all = words(z);
    return all.find("switch") != std::string::npos && all.find("Nonzero") == std::string::npos;
  };
  EXPECT_TRUE(is_where(set_subtensor(m[mask], 7.0)));
  EXPECT_TRUE(is_where(inc_subtensor(m[mask], 7.0)));
  EXPECT_TRUE(is_where(set_subtensor(m[mask], other[mask])));
  EXPECT_TRUE(is_where(inc_subtensor(m[mask], other[mask])));
  EXPECT_TRUE(is_where(set_subtensor(m[rows > 0], sum(rows))));
  // Other places, values in the order of the places, positions without a mask of this shape.
  EXPECT_FALSE(is_where(set_subtensor(m[mask], flatten(other)[{slice(0, sum(mask))}])));
  EXPECT_FALSE(is_where(set_subtensor(m[mask], other[other > 5])));
  EXPECT_FALSE(is_where(set_subtensor(m[nonzero(rows > 0)[0]], 7.0)));
}

TEST(SubtensorRewrites, a_mask_of_another_shape_is_still_an_error) {
  const Variable mask = TensorType(bool_, {false})("mask");
  const Function f = function({v, mask}, set_subtensor(v[mask], 0.0));
  EXPECT_THROW(f(ramp(3), numbers({1, 0}, bool_)), ShapeError);
  EXPECT_EQ(f(ramp(3), numbers({1, 0, 1}, bool_)).array().to_vector<double>(),
            (std::vector<double>{0, 1, 0}));
}

TEST(SubtensorRewrites, adding_to_zeros_is_writing) {
  const std::vector<NDArray> values{ramp(3), numbers({7})};
  const std::string name = "local_incsubtensor_of_zeros_to_setsubtensor";
  const auto made = run(name, {v, w}, {inc_subtensor(zeros_like(v)[{slice(0, 1)}], w)}, values);
  EXPECT_EQ(made.values(), (std::vector<double>{7, 0, 0}));
  const auto set_of = [&](const Variable& z) {
    FunctionGraph fgraph({v, w}, {z});
    rewriting::library().query(rewrite::Query().including(name))->apply(fgraph);
    return as<IncSubtensor>(fgraph.outputs()[0].owner())->set();
  };
  EXPECT_TRUE(set_of(inc_subtensor(zeros_like(v)[{slice(0, 1)}], w)));
  EXPECT_FALSE(set_of(inc_subtensor(ones_like(v)[{slice(0, 1)}], w)));
  EXPECT_FALSE(set_of(inc_subtensor(v[{slice(0, 1)}], w)));
}
