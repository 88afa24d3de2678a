// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "examples.h"
#include "kroton/kernel/builder.h"
#include "kroton/kernel/builtin.h"
#include "kroton/kernel/specialise.h"

namespace {
using namespace kroton;
using namespace kroton::kernel;
using kernel_test::Shape;

struct Layout {
  Shape extents;
  std::vector<Shape> strides;
};

// Lengths by chance, arrays C-contiguous or now and then with their axes the other way around.
Layout layout_of(const Kernel& kernel, std::mt19937& random) {
  static constexpr std::int64_t lengths[] = {0, 1, 1, 2, 7, 7, 40, 600, 70000};
  Layout layout;
  std::vector<Shape> shapes;
  for (const Param& param : kernel.params)
    shapes.emplace_back(static_cast<std::size_t>(param.rank), 1);
  for (const Extent& extent : kernel.extents) {
    layout.extents.push_back(lengths[random() % std::size(lengths)]);
    for (const Dimension& d : extent.sources)
      shapes[static_cast<std::size_t>(d.param)][static_cast<std::size_t>(d.dim)] =
          layout.extents.back();
  }
  for (std::size_t p = 0; p < shapes.size(); ++p) {
    Shape strides(shapes[p].size());
    std::int64_t stride = static_cast<std::int64_t>(itemsize(kernel.params[p].dtype));
    const bool reversed = random() % 6 == 0;
    for (std::size_t i = 0; i < strides.size(); ++i) {
      const std::size_t d = reversed ? i : strides.size() - 1 - i;
      strides[d] = stride;
      stride *= std::max<std::int64_t>(shapes[p][d], 1);
    }
    layout.strides.push_back(strides);
  }
  return layout;
}

TEST(Refit, gives_the_arguments_that_specialising_anew_gives) {
  std::mt19937 random(11);
  int fitted = 0, same_keys = 0;
  for (const auto& example : kernel_test::examples()) {
    const auto kernel = std::make_shared<const Kernel>(example.kernel);
    for (int round = 0; round < 60; ++round) {
      const Layout before = layout_of(*kernel, random);
      const Layout after = layout_of(*kernel, random);
      const Specialised like = specialise(kernel, before.extents, before.strides);
      const Specialised anew = specialise(kernel, after.extents, after.strides);
      same_keys += like.key == anew.key;
      const auto arguments = refit(like, after.extents, after.strides);
      if (!arguments) continue;
      ++fitted;
      EXPECT_EQ(like.key, anew.key) << example.name;
      EXPECT_EQ(arguments->lengths, anew.lengths) << example.name;
      EXPECT_EQ(arguments->strides, anew.strides) << example.name;
      EXPECT_EQ(arguments->offsets, anew.offsets) << example.name;
      EXPECT_EQ(arguments->scratch_bytes, anew.scratch_bytes) << example.name;
      EXPECT_EQ(arguments->empty, anew.empty) << example.name;
    }
  }
  EXPECT_GT(fitted, 100);
  EXPECT_GT(fitted, same_keys / 2);
}

TEST(Refit, refuses_other_strides_and_lengths_of_one) {
  const auto example = kernel_test::examples().front();
  const auto kernel = std::make_shared<const Kernel>(example.kernel);
  std::vector<Shape> strides;
  Shape extents(kernel->extents.size(), 50);
  for (const Param& param : kernel->params) {
    Shape of(static_cast<std::size_t>(param.rank));
    std::int64_t stride = static_cast<std::int64_t>(itemsize(param.dtype));
    for (std::size_t d = of.size(); d-- > 0; stride *= 50) of[d] = stride;
    strides.push_back(of);
  }
  const Specialised like = specialise(kernel, extents, strides);
  EXPECT_TRUE(refit(like, extents, strides).has_value());
  EXPECT_FALSE(refit(like, Shape(extents.size(), 1), strides).has_value());
  for (Shape& of : strides) {
    for (auto& stride : of) stride *= 2;
  }
  EXPECT_FALSE(refit(like, extents, strides).has_value());
}

// Two arrays that jump along the innermost loop, of which one or the other lies along the other.
TEST(Refit, refuses_another_operand_that_lies_across) {
  Builder b("product");
  const int x = b.in("x", float32, 2), y = b.in("y", float32, 2), out = b.out("out", float32, 2);
  std::vector<Affine> at;
  for (int d = 0; d < 2; ++d) {
    at.push_back(Affine::axis(
        b.outer(Affine::extent(b.extent("n" + std::to_string(d), {{x, d}, {y, d}, {out, d}})))));
  }
  b.stage();
  b.store(out, at, b.apply(builtin::mul, {b.load(x, at), b.load(y, at)}));
  const auto kernel = std::make_shared<const Kernel>(b.finish());
  const Shape turned{4, 512}, apart{8, 1024}, straight{400, 4}, extents{70, 100};
  const Specialised like = specialise(kernel, extents, {turned, apart, straight});
  EXPECT_TRUE(refit(like, extents, {turned, apart, straight}).has_value());
  EXPECT_FALSE(refit(like, extents, {apart, turned, straight}).has_value());
}
}  // namespace
