// SPDX-License-Identifier: BSD-3-Clause
#include "run_both.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "kroton/kernel/interpreter.h"
#include "kroton/kernel/launch.h"
#include "kroton/ndarray/cast.h"
#include "system_cc.h"

namespace kernel_test {
using namespace kroton::kernel;

std::int64_t Array::size() const {
  std::int64_t n = 1;
  for (std::int64_t d : shape) n *= d;
  return n;
}

namespace {
template <class F>
void for_each_index(const Shape& shape, F&& f) {
  Shape index(shape.size(), 0);
  for (std::int64_t n : shape) {
    if (n == 0) return;
  }
  for (;;) {
    f(index);
    std::size_t d = shape.size();
    while (d > 0 && ++index[d - 1] == shape[d - 1]) index[--d] = 0;
    if (d == 0) return;
  }
}
}  // namespace

Array zeros(DType dtype, Shape shape) {
  Array a{dtype, shape, Shape(shape.size()), 0, {}};
  auto step = static_cast<std::int64_t>(kroton::itemsize(dtype));
  for (std::size_t d = shape.size(); d-- > 0;) {
    a.strides[d] = step;
    step *= shape[d];
  }
  a.memory.resize(static_cast<std::size_t>(step));
  return a;
}

Array random(DType dtype, Shape shape, double low, double high) {
  static std::mt19937 engine(12345);
  std::uniform_real_distribution<double> uniform(low, high);
  Array a = zeros(dtype, shape);
  kroton::with_element_type(dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    for_each_index(
        shape, [&](const Shape& i) { a.at<T>(i) = kroton::convert_element<T>(uniform(engine)); });
  });
  return a;
}

Array transposed(Array a) {
  std::size_t n = a.shape.size();
  std::swap(a.shape[n - 1], a.shape[n - 2]);
  std::swap(a.strides[n - 1], a.strides[n - 2]);
  return a;
}

Array sliced(Array a, std::size_t dim, std::int64_t begin, std::int64_t end, std::int64_t step) {
  a.offset += begin * a.strides[dim];
  a.shape[dim] = step > 0 ? (end - begin + step - 1) / step : (begin - end - step - 1) / -step;
  a.strides[dim] *= step;
  return a;
}

Specialised specialised(const Kernel& kernel, const std::vector<Array>& arrays, const Cuts& cuts) {
  std::vector<Shape> shapes, strides;
  for (const Array& a : arrays) {
    shapes.push_back(a.shape);
    strides.push_back(a.strides);
  }
  return specialise(std::make_shared<Kernel>(kernel), extents_from_shapes(kernel, shapes), strides,
                    {}, cuts);
}

std::vector<Array> interpreted(const Kernel& kernel, std::vector<Array> arrays) {
  std::vector<Shape> shapes, strides;
  std::vector<void*> pointers;
  for (Array& a : arrays) {
    shapes.push_back(a.shape);
    strides.push_back(a.strides);
    pointers.push_back(a.first());
  }
  EXPECT_FALSE(interpret(kernel, extents_from_shapes(kernel, shapes), pointers, strides));
  return arrays;
}

std::vector<Array> run_both(const Kernel& kernel, std::vector<Array> arrays) {
  std::vector<Shape> shapes, strides;
  for (const Array& a : arrays) {
    shapes.push_back(a.shape);
    strides.push_back(a.strides);
  }
  std::vector<Array> interpreted = arrays;
  std::vector<void*> pointers;
  for (Array& a : interpreted) pointers.push_back(a.first());
  Fault fault = interpret(kernel, extents_from_shapes(kernel, shapes), pointers, strides);
  if (system_compiler().empty()) return interpreted;

  Specialised s = specialised(kernel, arrays);
  CompiledKernel compiled = compile_c(print_c(s, "k_" + kernel.name));
  if (!compiled.owner) return interpreted;
  Launch launch(s);
  pointers.clear();
  for (Array& a : arrays) pointers.push_back(a.first());
  launch.bind(pointers.data());
  Fault printed = run(compiled, launch);
  EXPECT_EQ(fault.param, printed.param);
  EXPECT_EQ(fault.index, printed.index);
  for (std::size_t a = 0; a < arrays.size() && !fault; ++a) {
    EXPECT_TRUE(arrays[a].memory == interpreted[a].memory)
        << kernel.name << ": param " << kernel.params[a].name
        << " differs between interpreter and C\n"
        << s.key;
  }
  return interpreted;
}

std::vector<double> values(Array& a) {
  std::vector<double> all;
  kroton::with_element_type(a.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    for_each_index(a.shape, [&](const Shape& i) {
      all.push_back(kroton::convert_element<double>(a.at<T>(i)));
    });
  });
  return all;
}

void expect_values(Array& a, const std::function<double(const Shape&)>& f, double tolerance) {
  std::vector<double> all = values(a);
  std::size_t n = 0;
  int shown = 0;
  for_each_index(a.shape, [&](const Shape& i) {
    double expected = f(i), found = all[n++];
    bool same = found == expected || (std::isnan(found) && std::isnan(expected)) ||
                std::abs(found - expected) <= tolerance * std::max(1.0, std::abs(expected));
    if (!same && ++shown <= 3)
      ADD_FAILURE() << "element " << n - 1 << " is " << found << ", not " << expected;
  });
}
}  // namespace kernel_test
