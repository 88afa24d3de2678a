// SPDX-License-Identifier: BSD-3-Clause
// Several fields that are stepped together, each new one set into a box of the old one and computed
// of neighbours in all of them: one nest, whatever the borders. Expected values are loops over
// indices here.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "kroton/graph/op.h"
#include "kroton/kernel/overlay.h"
#include "kroton/kroton.h"

using namespace kroton;
namespace T = kroton::tensor;

namespace {
using List = std::vector<double>;
using Fields = std::array<NDArray, 3>;
using Lists = std::array<List, 3>;

// Where one axis is computed, and its neighbours: as many.
struct Range {
  std::optional<std::int64_t> start, stop;
  std::int64_t step = 1;
  Slice slice() const { return kroton::slice(start, stop, step); }
  // As Python counts.
  std::vector<std::int64_t> indices(std::int64_t n) const {
    const auto inside = [&](std::int64_t i) {
      return std::clamp<std::int64_t>(i < 0 ? i + n : i, 0, n);
    };
    std::vector<std::int64_t> all;
    for (std::int64_t i = inside(start.value_or(0)); i < inside(stop.value_or(n)); i += step)
      all.push_back(i);
    return all;
  }
};
struct Box {
  std::vector<Range> at, beside;
};
const Range inner{1, -1}, low{{}, -2}, high{2, {}}, whole{};

Variable part(const Variable& x, const std::vector<Range>& ranges) {
  std::vector<Index> index;
  for (const Range& range : ranges) index.push_back(range.slice());
  return x[index];
}

// The new boxes, and the fields that hold them.
Variables inside(const Variables& f, const Box& box) {
  const auto at = [&](int i) { return part(f[static_cast<std::size_t>(i)], box.at); };
  const auto beside = [&](int i) { return part(f[static_cast<std::size_t>(i)], box.beside); };
  return {at(0) + 0.5F * (beside(1) - at(2)), at(1) - 0.25F * (beside(2) + beside(0)),
          at(2) - 2.0F * beside(1) + at(0)};
}
Variables set_into(const Variables& f, const Box& box, const Variables& boxes) {
  Variables z;
  for (std::size_t i = 0; i < f.size(); ++i)
    z.push_back(T::set_subtensor(part(f[i], box.at), boxes[i]));
  return z;
}
Variables stepped(const Variables& f, const Box& box) { return set_into(f, box, inside(f, box)); }

// The places in C order, row by row.
std::vector<std::size_t> places(const Shape& shape, const std::vector<Range>& ranges) {
  std::vector<std::size_t> all{0};
  for (std::size_t d = 0; d < shape.size(); ++d) {
    std::vector<std::size_t> longer;
    for (const std::size_t before : all) {
      for (const std::int64_t i : ranges[d].indices(shape[d]))
        longer.push_back(before * static_cast<std::size_t>(shape[d]) + static_cast<std::size_t>(i));
    }
    all = std::move(longer);
  }
  return all;
}
List numbers(const NDArray& x) { return x.astype(float64).to_vector<double>(); }
Lists expected(const Fields& f, const Box& box) {
  Lists z, x;
  std::array<std::vector<std::size_t>, 3> at, beside;
  for (std::size_t i = 0; i < 3; ++i) {
    x[i] = z[i] = numbers(f[i]);
    at[i] = places(f[i].shape(), box.at);
    beside[i] = places(f[i].shape(), box.beside);
  }
  for (std::size_t k = 0; k < at[0].size(); ++k) {
    const double u = x[0][at[0][k]], v = x[1][at[1][k]], h = x[2][at[2][k]];
    const double bu = x[0][beside[0][k]], bv = x[1][beside[1][k]], bh = x[2][beside[2][k]];
    z[0][at[0][k]] = u + 0.5 * (bv - h);
    z[1][at[1][k]] = v - 0.25 * (bh + bu);
    z[2][at[2][k]] = h - 2.0 * bv + u;
  }
  return z;
}

// Small numbers, so that nothing is rounded.
NDArray field(const Shape& shape, DType dtype, int first) {
  NDArray x = NDArray::zeros(shape);
  int i = first;
  for (double& v : x.span<double>()) v = (i = (i * 37 + 11) % 64);
  return x.astype(dtype);
}
Fields fields(const std::array<Shape, 3>& shapes, DType dtype = float64) {
  return {field(shapes[0], dtype, 1), field(shapes[1], dtype, 2), field(shapes[2], dtype, 3)};
}
Fields fields(const Shape& shape, DType dtype = float64) {
  return fields({shape, shape, shape}, dtype);
}

Variables variables(DType dtype, std::size_t ndim) {
  Variables all;
  for (const char* name : {"u", "v", "h"})
    all.push_back(T::TensorType(dtype, std::vector<bool>(ndim, false))(name));
  return all;
}
Function step_of(DType dtype, const Box& box, const Mode& mode = Mode("FAST_RUN")) {
  const Variables f = variables(dtype, box.at.size());
  return function(f, stepped(f, box), {.mode = mode});
}
void expect_step(const Function& step, const Fields& f, const Box& box) {
  const Outputs out = step(f[0], f[1], f[2]);
  const Lists z = expected(f, box);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(out.array(i).shape(), f[i].shape());
    EXPECT_EQ(numbers(out.array(i)), z[i]) << "field " << i;
  }
}

std::vector<Mode> modes() {
  return {Mode("FAST_RUN"),         Mode("FAST_COMPILE"),     Mode("DebugMode"),
          Mode("NanGuardMode"),     Mode("py", "fast_run"),   Mode("c", "fast_run"),
          Mode("c|py", "fast_run"), Mode("c&py", "fast_run"), Mode("py", "None"),
          Mode("vm", "None")};
}
const Box interior{{inner, inner}, {high, low}};
}  // namespace

TEST(CoupledFields, are_one_node_of_any_rank_and_dtype) {
  for (const DType dtype : {float32, float64}) {
    for (const auto& [box, shape] : {std::pair<Box, Shape>{{{inner}, {high}}, {9}},
                                     {interior, {7, 6}},
                                     {{{inner, inner, inner}, {low, inner, high}}, {5, 6, 4}}}) {
      const Function step = step_of(dtype, box);
      EXPECT_EQ(step.nodes().size(), 1U) << debugprint(step);
      expect_step(step, fields(shape, dtype), box);
    }
  }
}

TEST(CoupledFields, are_one_node_for_any_box_that_grows_with_the_array) {
  for (const Box& box : {Box{{Range{2, -1}, whole}, {Range{1, -2}, whole}},
                         Box{{Range{1, {}}, inner}, {Range{{}, -1}, high}},
                         Box{{inner, Range{{}, -1, 2}}, {high, Range{{}, -1, 2}}},
                         Box{{Range{{}, -1, 2}, inner}, {Range{{}, -1, 2}, low}},
                         Box{{whole, Range{1, {}, 3}}, {whole, Range{1, {}, 3}}},
                         Box{{Range{{}, -1}, Range{3, {}}}, {Range{1, {}}, Range{{}, -3}}}}) {
    const Function step = step_of(float64, box);
    EXPECT_EQ(step.nodes().size(), 1U) << debugprint(step);
    for (const Shape& shape : {Shape{8, 9}, Shape{7, 6}, Shape{3, 3}, Shape{2, 4}, Shape{1, 1}})
      expect_step(step, fields(shape), box);
  }
}

TEST(CoupledFields, load_each_element_once) {
  const Function step = step_of(float64, interior);
  ASSERT_EQ(step.nodes().size(), 1U);
  const auto kernel = step.nodes()[0].op().kernel(step.nodes()[0]);
  int loads = 0;
  for (const kernel::ExprId e : kernel::stage_exprs(*kernel, kernel->stages.back()))
    loads += kernel->exprs[static_cast<std::size_t>(e)].kind == kernel::ExprKind::load;
  EXPECT_EQ(loads, 6) << kernel::readable(*kernel);
  EXPECT_EQ(kernel->stages.back().statements.size(), 3U);
}

TEST(CoupledFields, that_are_large_are_stepped_on_several_threads) {
  expect_step(step_of(float32, interior), fields({700, 900}, float32), interior);
}

TEST(CoupledFields, of_other_shapes_and_equal_boxes_are_taken_in_every_mode) {
  const std::vector<std::array<Shape, 3>> shapes{{Shape{1, 5}, Shape{2, 5}, Shape{2, 5}},
                                                 {Shape{2, 5}, Shape{1, 5}, Shape{0, 5}},
                                                 {Shape{0, 1}, Shape{2, 2}, Shape{1, 0}},
                                                 {Shape{6, 2}, Shape{6, 1}, Shape{6, 0}},
                                                 {Shape{0, 0}, Shape{0, 0}, Shape{0, 0}}};
  for (const Mode& mode : modes()) {
    const Function step = step_of(float64, interior, mode);
    // Back and forth with shapes that are equal.
    for (const auto& three : shapes) {
      expect_step(step, fields(three), interior);
      expect_step(step, fields({5, 6}), interior);
      expect_step(step, fields(three), interior);
    }
  }
  // Also where the boxes hold elements: 1 + 2 * k and 2 + 2 * k of them are every second alike.
  const Box odd{{Range{{}, -1, 2}}, {Range{{}, -1, 2}}};
  for (const Mode& mode : modes()) {
    const Function step = step_of(float64, odd, mode);
    for (const auto& three : {std::array<Shape, 3>{Shape{6}, Shape{7}, Shape{6}},
                              {Shape{7}, Shape{7}, Shape{6}},
                              {Shape{6}, Shape{6}, Shape{6}}})
      expect_step(step, fields(three), odd);
  }
}

TEST(CoupledFields, that_are_views_are_read_where_they_lie) {
  const Function step = step_of(float32, interior);
  const NDArray wide = field({8, 12}, float32, 5);
  const Fields f{wide.transpose().slice({slice({}, {}, 2), slice()}), field({6, 8}, float32, 6),
                 field({6, 8}, float32, 7)};
  expect_step(step, f, interior);
}

TEST(CoupledFields, whose_boxes_differ_are_named_in_every_mode) {
  for (const Mode& mode : modes()) {
    const Function step = step_of(float64, interior, mode);
    for (const auto& three : {std::array<Shape, 3>{Shape{5, 5}, Shape{6, 5}, Shape{5, 5}},
                              {Shape{5, 5}, Shape{5, 5}, Shape{5, 4}},
                              {Shape{2, 5}, Shape{4, 5}, Shape{2, 5}}}) {
      const Fields f = fields(three);
      EXPECT_THROW(step(f[0], f[1], f[2]), ShapeError);
      expect_step(step, fields({5, 6}), interior);
    }
  }
}

TEST(CoupledFields, the_lengths_that_differ_are_said) {
  const Variables x = variables(float64, 2);
  const Function step = step_of(float64, interior), first = function(x, {stepped(x, interior)[0]});
  const Fields f = fields({Shape{5, 5}, Shape{6, 5}, Shape{5, 5}});
  const auto message = [&](const Function& fn) {
    try {
      fn(f[0], f[1], f[2]);
    } catch (const ShapeError& error) {
      const std::string text = error.what();
      return text.substr(0, text.find('\n'));
    }
    return std::string();
  };
  const std::string fact =
      "max(0, (h.shape[0] - 2)) is 3 and max(0, (v.shape[0] - 2)) is 4; both must be equal";
  EXPECT_EQ(message(first), "sub, mul, add, set_subtensor: " + fact);
  EXPECT_EQ(message(step),
            "mul, sub, add, set_subtensor, add, mul, sub, set_subtensor, 4 more: " + fact);
}

TEST(CoupledFields, that_are_shared_are_stepped_in_one_call) {
  const Fields start = fields({6, 7});
  std::array<SharedVariable, 3> f{shared(start[0].copy(), "u"), shared(start[1].copy(), "v"),
                                  shared(start[2].copy(), "h")};
  const Variables x{f[0], f[1], f[2]};
  Variables boxes = inside(x, interior);
  // What reads neighbours of its own, too, cannot lie over the old field anyway.
  for (std::size_t i = 0; i < 3; ++i) boxes[i] = boxes[i] + part(x[i], interior.beside);
  const Variables z = set_into(x, interior, boxes);
  const Function step = function({}, {}, {.updates = {{f[0], z[0]}, {f[1], z[1]}, {f[2], z[2]}}});
  EXPECT_EQ(step.nodes().size(), 1U) << debugprint(step);
  Fields now = start;
  for (int k = 0; k < 4; ++k) {
    Lists next = expected(now, interior);
    for (std::size_t i = 0; i < 3; ++i) {
      const List before = numbers(now[i]);
      const auto at = places({6, 7}, interior.at), beside = places({6, 7}, interior.beside);
      for (std::size_t p = 0; p < at.size(); ++p) next[i][at[p]] += before[beside[p]];
    }
    step();
    for (std::size_t i = 0; i < 3; ++i) {
      now[i] = NDArray(f[i].get_value());
      EXPECT_EQ(numbers(now[i]), next[i]) << "step " << k;
    }
  }
  // Shapes may change between calls, too.
  const Fields other = fields({Shape{2, 4}, Shape{1, 4}, Shape{2, 4}});
  for (std::size_t i = 0; i < 3; ++i) f[i].set_value(other[i].copy());
  step();
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_EQ(numbers(NDArray(f[i].get_value())), numbers(other[i]));
}

TEST(CoupledFields, that_read_no_neighbours_may_lie_where_they_lay) {
  const Box own{{inner, inner}, {inner, inner}};
  const Variables x = variables(float64, 2);
  const Function step = function(x, stepped(x, own));
  ASSERT_EQ(step.nodes().size(), 1U);
  const auto kernel = step.nodes()[0].op().kernel(step.nodes()[0]);
  const auto beside = step_of(float64, interior).nodes()[0];
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(kernel::may_overlay(*kernel, i, 3 + i)) << kernel::readable(*kernel);
    // Each is read at neighbours.
    for (int o = 0; o < 3; ++o)
      EXPECT_FALSE(kernel::may_overlay(*beside.op().kernel(beside), i, 3 + o));
  }
  const Fields start = fields({6, 7});
  std::array<SharedVariable, 3> f{shared(start[0].copy(), "u"), shared(start[1].copy(), "v"),
                                  shared(start[2].copy(), "h")};
  const Variables y{f[0], f[1], f[2]}, z = stepped(y, own);
  const Function in_place =
      function({}, {}, {.updates = {{f[0], z[0]}, {f[1], z[1]}, {f[2], z[2]}}});
  in_place();
  in_place();
  Fields once = start;
  const Lists first = expected(start, own);
  for (std::size_t i = 0; i < 3; ++i) {
    once[i] = NDArray::zeros({6, 7});
    std::copy(first[i].begin(), first[i].end(), once[i].span<double>().begin());
  }
  const Lists twice = expected(once, own);
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_EQ(NDArray(f[i].get_value()).to_vector<double>(), twice[i]);
  const std::int64_t before = memory_statistics().allocations;
  in_place();
  EXPECT_EQ(memory_statistics().allocations, before);
}

TEST(CoupledFields, a_value_that_several_use_takes_no_array) {
  const Variables f = variables(float64, 2);
  const auto at = [&](int i) { return part(f[static_cast<std::size_t>(i)], interior.at); };
  const Variable speed = T::sqrt(T::sqr(at(0)) + T::sqr(at(1)) + T::exp(at(2)));
  const Function step =
      function(f, {T::set_subtensor(at(0), at(0) / speed), T::set_subtensor(at(1), at(1) * speed),
                   T::set_subtensor(at(2), at(2) - speed)});
  EXPECT_EQ(step.nodes().size(), 1U) << debugprint(step);
  const Fields x = fields({4, 5});
  const Outputs out = step(x[0], x[1], x[2]);
  for (std::int64_t i = 0; i < 4; ++i) {
    for (std::int64_t j = 0; j < 5; ++j) {
      const double u = x[0].at<double>({i, j}), v = x[1].at<double>({i, j}),
                   h = x[2].at<double>({i, j}), s = std::sqrt(u * u + v * v + std::exp(h));
      const bool in = i > 0 && i < 3 && j > 0 && j < 4;
      EXPECT_DOUBLE_EQ(out.array(0).at<double>({i, j}), in ? u / s : u);
      EXPECT_DOUBLE_EQ(out.array(1).at<double>({i, j}), in ? v * s : v);
      EXPECT_DOUBLE_EQ(out.array(2).at<double>({i, j}), in ? h - s : h);
    }
  }
}

TEST(CoupledFields, stay_apart_where_nothing_is_won) {
  const Variables f = variables(float64, 2);
  const auto nodes = [&](const Variables& z) {
    return function(f, z, {.on_unused_input = OnUnusedInput::ignore}).nodes().size();
  };
  const auto at = [&](int i) { return part(f[static_cast<std::size_t>(i)], interior.at); };
  // They share only what is copied around the boxes.
  EXPECT_EQ(nodes({T::set_subtensor(at(0), 2.0 * at(1)), T::set_subtensor(at(0), T::sqr(at(2)))}),
            2U);
  // Two rows: written over what they are a part of, they cost two rows.
  const Range rows{1, 3};
  const auto of_rows = [&](int i) { return part(f[static_cast<std::size_t>(i)], {rows, whole}); };
  EXPECT_EQ(nodes({T::set_subtensor(of_rows(0), of_rows(0) + of_rows(1)),
                   T::set_subtensor(of_rows(1), of_rows(0) * of_rows(1))}),
            2U);
  // One reads what the other has changed.
  const Variable u = T::set_subtensor(at(0), at(0) + at(1));
  EXPECT_EQ(nodes({u, T::set_subtensor(at(1), at(1) - part(u, {high, inner}))}), 2U);
  // Boxes of other lengths.
  EXPECT_EQ(nodes({T::set_subtensor(at(0), at(0) + at(1)),
                   T::set_subtensor(
                       part(f[1], {Range{2, -1}, inner}),
                       part(f[1], {Range{2, -1}, inner}) * part(f[0], {Range{1, -2}, inner}))}),
            2U);
}

TEST(CoupledFields, are_written_over_where_that_saves_an_array) {
  // Each is read at its own point by its own step, and at neighbours by another.
  const auto linear = [](const Variables& f) {
    const auto at = [&](int i) { return part(f[static_cast<std::size_t>(i)], interior.at); };
    const auto beside = [&](int i) {
      return part(f[static_cast<std::size_t>(i)], interior.beside);
    };
    return Variables{T::set_subtensor(at(0), at(0) - 0.5 * beside(2)),
                     T::set_subtensor(at(1), at(1) - 0.25 * beside(2)),
                     T::set_subtensor(at(2), at(2) - 0.5 * (beside(0) + beside(1)))};
  };
  // What is given is kept, so nothing is lost.
  const Variables x = variables(float64, 2);
  EXPECT_EQ(function(x, linear(x)).nodes().size(), 1U);
  const Fields start = fields({6, 7});
  std::array<SharedVariable, 3> f{shared(start[0].copy(), "u"), shared(start[1].copy(), "v"),
                                  shared(start[2].copy(), "h")};
  const Variables z = linear({f[0], f[1], f[2]});
  const Function step = function({}, {}, {.updates = {{f[0], z[0]}, {f[1], z[1]}, {f[2], z[2]}}});
  EXPECT_EQ(step.nodes().size(), 3U) << debugprint(step);
  const Function given = function(x, linear(x));
  Fields now = start;
  std::int64_t before = 0;
  for (int k = 0; k < 3; ++k) {
    const Outputs next = given(now[0], now[1], now[2]);
    before = memory_statistics().allocations;
    step();
    before = memory_statistics().allocations - before;
    for (std::size_t i = 0; i < 3; ++i) {
      now[i] = next.array(i);
      EXPECT_EQ(NDArray(f[i].get_value(true)).to_vector<double>(), now[i].to_vector<double>());
    }
  }
  // Of three new arrays two lie over the old ones.
  EXPECT_EQ(before, 1);
}

TEST(CoupledFields, what_is_made_of_rows_stays_with_them) {
  const Variables f = variables(float64, 2);
  const Variable u = part(f[0], interior.at), v = part(f[1], interior.at);
  const Variable share = u / T::sum(u, 1, {.keepdims = true});
  const Function fn = function({f[0], f[1]}, {share, T::set_subtensor(v, v * u)});
  ASSERT_EQ(fn.nodes().size(), 2U);
  std::vector<std::string> words;
  for (const Apply& node : fn.nodes()) words.push_back(node.op().text());
  std::sort(words.begin(), words.end());
  EXPECT_EQ(words, (std::vector<std::string>{"Fused{mul, set_subtensor}", "Fused{sum, true_div}"}));
}

TEST(CoupledFields, of_which_some_calls_need_one_are_right) {
  const Variables f = variables(float64, 2), z = stepped(f, interior);
  const Variable c = T::bscalar("c");
  const Function step =
      function({c, f[0], f[1], f[2]}, {T::ifelse(c, z[0], f[0]), z[1], T::ifelse(c, f[2], z[2])});
  const Fields x = fields({5, 6});
  const Lists y = expected(x, interior);
  for (const int chosen : {1, 0, 1}) {
    const Outputs out = step(chosen, x[0], x[1], x[2]);
    EXPECT_EQ(out.array(0).to_vector<double>(), chosen ? y[0] : x[0].to_vector<double>());
    EXPECT_EQ(out.array(1).to_vector<double>(), y[1]);
    EXPECT_EQ(out.array(2).to_vector<double>(), chosen ? x[2].to_vector<double>() : y[2]);
  }
}
