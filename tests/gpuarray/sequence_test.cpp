// SPDX-License-Identifier: BSD-3-Clause
// Sequences are recorded and replayed on OpenCL as on CUDA, here with their values; what a CUDA
// driver is asked for is counted in cuda_driver_test.cpp.
#include "kroton/gpuarray/sequence.h"

#include <gtest/gtest.h>

#include <thread>

#include "kroton/kroton.h"
#include "values.h"

using namespace kroton;
using namespace gpuarray_test;
namespace T = kroton::tensor;

namespace {
Mode replayed() { return Mode("FAST_RUN").including("gpu_sequences").excluding("fusion"); }
Variable matrix_on(const std::string& context) {
  return GpuArrayType(float64, {false, false}, context)("x");
}
// Several kernels, views, a product and a reduction.
Variable layers(const Variable& x) {
  const Variable y = nnet::softmax(T::tanh(x)), z = T::cumsum(y * 3.0, 0);
  return T::dot(z.T(), x[{slice(), slice({}, {}, -1)}]) + T::sum(y, 0);
}
NDArray values(double shift, Shape shape = {6, 4}) {
  NDArray a = NDArray::zeros(shape);
  for (std::size_t i = 0; i < a.size(); ++i)
    a.data<double>()[i] = std::sin(shift + 0.7 * static_cast<double>(i));
  return a;
}
Doubles expected(const NDArray& a) {
  static const Function f = [] {
    const Variable x = T::dmatrix("x");
    return function({x}, layers(x), {.mode = Mode("py", "None")});
  }();
  return list(f(a)[0]);
}
void expect_near(const Doubles& found, const Doubles& wanted) {
  ASSERT_EQ(found.size(), wanted.size());
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], wanted[i], 1e-12);
}
std::size_t sequences(const Function& f) {
  std::size_t n = 0;
  for (const Apply& node : f.nodes()) n += as<gpuarray::GpuSequence>(node) != nullptr;
  return n;
}
}  // namespace

TEST(GpuSequence, replays_for_new_values_in_the_same_memory) {
  NEEDS_DEVICE();
  const Variable x = matrix_on("dev0");
  const Function f = function({x}, transfer(layers(x), "dev0"), {.mode = replayed()});
  EXPECT_EQ(sequences(f), 1u) << debugprint(f);
  GpuArray a = on_dev0(values(0));
  for (int call = 0; call < 5; ++call) {
    a.write(values(call));
    expect_near(list(f(a)[0]), expected(values(call)));
  }
}

TEST(GpuSequence, a_result_that_somebody_holds_is_left_alone) {
  NEEDS_DEVICE();
  const Variable x = matrix_on("dev0");
  const Function f = function({x}, transfer(layers(x), "dev0"), {.mode = replayed()});
  GpuArray a = on_dev0(values(0));
  std::vector<Value> held;
  for (int call = 0; call < 7; ++call) {
    a.write(values(call));
    held.push_back(f(a)[0]);
  }
  for (int call = 0; call < 7; ++call)
    expect_near(list(held[static_cast<std::size_t>(call)]), expected(values(call)));
  held.clear();
  expect_near(list(f(a)[0]), expected(values(6)));
  // A view holds it, too.
  const GpuArray part = f(a)[0].as<GpuArray>().slice({1});
  const Doubles before = list(part);
  a.write(values(9));
  expect_near(list(f(a)[0]), expected(values(9)));
  EXPECT_EQ(list(part), before);
}

TEST(GpuSequence, other_shapes_and_other_memory_are_other_recordings) {
  NEEDS_DEVICE();
  const Variable x = matrix_on("dev0");
  const Function f = function({x}, layers(x), {.mode = replayed()});
  std::vector<GpuArray> kept;
  for (int call = 0; call < 20; ++call) {
    const NDArray a = values(call, call % 2 ? Shape{6, 4} : Shape{3, 5});
    kept.push_back(on_dev0(a));
    expect_near(list(f(kept.back())[0]), expected(a));
    expect_near(list(f(kept[kept.size() / 2])[0]), expected(kept[kept.size() / 2].to_host()));
  }
}

TEST(GpuSequence, C6_9_updates_are_made_in_place_and_the_curve_is_the_same) {
  NEEDS_DEVICE();
  const auto learn = [](const Mode& mode) {
    const SharedVariable w = shared(values(1, {4, 3}), "w", {.target = "dev0"});
    const Variable x = matrix_on("dev0");
    const Variable cost = T::sum(T::sqr(nnet::softmax(T::dot(x, w)) - 0.5));
    const Function step =
        function({x}, cost, {.updates = {{w, w - 0.1 * grad(cost, w)}}, .mode = mode});
    const auto place = [&] { return w.get_value(true, true).as<GpuArray>().device_pointer(); };
    const auto before = place();
    const GpuArray a = on_dev0(values(2));
    Doubles costs;
    for (int i = 0; i < 6; ++i) costs.push_back(list(step(a)[0])[0]);
    EXPECT_EQ(place(), before);
    return costs;
  };
  expect_near(learn(replayed()), learn(Mode("FAST_RUN")));
}

TEST(GpuSequence, threads_share_a_function_and_contexts_run_beside_each_other) {
  NEEDS_DEVICE();
  const auto in_threads = [](const std::string& context, const auto& place) {
    const Variable x = matrix_on(context);
    const Function f = function({x}, transfer(layers(x), context), {.mode = replayed()});
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t) {
      threads.emplace_back([f, t, &place] {
        const GpuArray a = place(values(t));
        for (int call = 0; call < 5; ++call) expect_near(list(f(a)[0]), expected(values(t)));
      });
    }
    return threads;
  };
  expected(values(0));
  auto first = in_threads("dev0", on_dev0), second = in_threads("dev1", on_dev1);
  for (auto* threads : {&first, &second}) {
    for (std::thread& thread : *threads) thread.join();
  }
}

TEST(GpuSequence, says_what_it_is_made_of) {
  NEEDS_DEVICE();
  const Variable x = matrix_on("dev0");
  const Function f = function({x}, transfer(layers(x), "dev0"), {.mode = replayed()});
  std::string text;
  for (const Apply& node : f.nodes()) text += node.op().text() + "\n";
  EXPECT_NE(text.find("GpuSequence{Gpu"), std::string::npos) << text;
  EXPECT_NE(debugprint(f).find("GpuSoftmax"), std::string::npos) << debugprint(f);
}
