// SPDX-License-Identifier: BSD-3-Clause
// Steps of training on the CUDA device that fake_cuda.cpp plays: recorded once, replayed from then
// on, they learn what they learn on the host.
#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include "kroton/base/dynlib.h"
#include "kroton/gpuarray/shared.h"
#include "kroton/gpuarray/transfer.h"
#include "kroton/kroton.h"
#include "values.h"

using namespace kroton;
using namespace gpuarray_test;
namespace T = kroton::tensor;

namespace {
int counted(const char* what) {
  static const base::Dynlib driver(FAKE_CUDA);
  return driver.function<int()>(what)();
}
NDArray wave(double shift, Shape shape, DType dtype = float32) {
  NDArray a = NDArray::zeros(std::move(shape));
  for (std::size_t i = 0; i < a.size(); ++i)
    a.data<double>()[i] = std::sin(shift + 0.7 * static_cast<double>(i));
  return a.astype(dtype);
}

// Two layers and a softmax, with momentum; where TARGET says, "" for the host.
struct Network {
  explicit Network(const std::string& target, bool averages = false) {
    const auto place = [&](const char* name, const NDArray& value) {
      return target.empty() ? SharedVariable(shared(value, name))
                            : SharedVariable(shared(value, name, {.target = target}));
    };
    const auto matrix = [&](const char* name, DType dtype, std::vector<bool> axes) -> Variable {
      if (target.empty()) return T::tensor(dtype, axes, name);
      return GpuArrayType(dtype, axes, target)(name);
    };
    parameters = {place("w", wave(1, {13, 20})), place("b", wave(2, {20})),
                  place("v", wave(3, {20, 7}))};
    const Variable x = matrix("x", float32, {false, false}),
                   y = matrix("y", float32, {false, false});
    const Variable hidden = T::tanh(T::dot(x, parameters[0]) + parameters[1]);
    const Variable found = nnet::softmax(T::dot(hidden, parameters[2]));
    const Variable errors = T::sum(T::sqr(found - y), 1);
    const Variable cost = averages ? T::mean(errors) : T::sum(errors) / 10.f;
    std::vector<std::pair<SharedVariable, Operand>> updates;
    for (std::size_t i = 0; i < 3; ++i) {
      const SharedVariable w = parameters[i];
      const SharedVariable speed =
          place("speed", NDArray::zeros(NDArray(w.get_value()).shape(), float32));
      const Variable next = 0.9f * speed - 0.1f * grad(cost, w);
      updates.emplace_back(speed, next);
      updates.emplace_back(w, w + next);
      parameters.push_back(speed);
    }
    step = function({x, y}, target.empty() ? cost : transfer(cost, target), {.updates = updates});
  }
  std::vector<SharedVariable> parameters;
  Function step;
};

void expect_near(const Value& found, const Value& expected) {
  const Doubles a = list(found), b = list(expected);
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) ASSERT_NEAR(a[i], b[i], 2e-5) << "element " << i;
}

constexpr int steps = 8;
// Learns on the device, where the batches lie in the same memory, and on the host.
void learn(const std::string& target, const GpuContext& context, bool averages = false) {
  Network there(target, averages), here("", averages);
  GpuArray x = GpuArray::from_host(wave(0, {10, 13}), context),
           y = GpuArray::from_host(wave(0, {10, 7}), context);
  std::vector<std::uintptr_t> places;
  const auto places_now = [&] {
    std::vector<std::uintptr_t> now;
    for (const SharedVariable& p : there.parameters)
      now.push_back(p.get_value(true, true).as<GpuArray>().device_pointer());
    return now;
  };
  places = places_now();
  for (int i = 0; i < steps; ++i) {
    const NDArray batch = wave(i, {10, 13}), labels = wave(2 * i, {10, 7});
    x.write(batch);
    y.write(labels);
    expect_near(there.step(x, y)[0], here.step(batch, labels)[0]);
  }
  EXPECT_EQ(places_now(), places);
  for (std::size_t p = 0; p < there.parameters.size(); ++p) {
    SCOPED_TRACE(p);
    expect_near(there.parameters[p].get_value(), here.parameters[p].get_value());
  }
}
}  // namespace

TEST(CudaTraining, steps_are_replayed_and_learn_what_the_host_learns) {
  NEEDS_DEVICE();
  const int graphs = counted("fake_graphs"), replayed = counted("fake_replayed");
  learn("dev0", dev0());
  // All but the first step, or two, while memory finds its place.
  EXPECT_GE(counted("fake_graphs") - graphs, steps - 2);
  EXPECT_GE(counted("fake_replayed") - replayed, 9 * (steps - 2));
}

// The number of rows comes from the host in the midst of a step: several sequences in one call.
TEST(CudaTraining, so_are_steps_that_ask_the_host_in_between) {
  NEEDS_DEVICE();
  const int graphs = counted("fake_graphs"), replayed = counted("fake_replayed");
  learn("dev0", dev0(), true);
  EXPECT_GE(counted("fake_graphs") - graphs, 2 * (steps - 3));
  EXPECT_GE(counted("fake_replayed") - replayed, 12 * (steps - 3));
}

TEST(CudaTraining, devices_and_threads_learn_beside_each_other) {
  NEEDS_DEVICE();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([t] { t % 2 == 0 ? learn("dev0", dev0()) : learn("dev1", dev1()); });
  for (std::thread& thread : threads) thread.join();
}

TEST(CudaTraining, a_row_beyond_the_end_changes_nothing_and_the_next_step_is_right) {
  NEEDS_DEVICE();
  const SharedVariable w = shared(wave(1, {5, 3}), "w", {.target = "dev0"});
  const Variable i = lvector("i");
  const Variable cost = T::sum(T::sqr(Variable(w)[{i}]));
  const Function step = function({i}, cost, {.updates = {{w, w - 0.25f * grad(cost, w)}}});
  const auto rows = [](std::int64_t a, std::int64_t b) { return array<std::int64_t>({a, b}); };
  for (int repeat = 0; repeat < 3; ++repeat) {
    const Doubles before = list(w.get_value());
    EXPECT_THROW(step(rows(0, 5)), ValueError);
    EXPECT_EQ(list(w.get_value()), before);
    step(rows(1, -1));
    const Doubles after = list(w.get_value());
    for (std::size_t e = 0; e < 15; ++e)
      EXPECT_NEAR(after[e], e / 3 == 1 || e / 3 == 4 ? before[e] / 2 : before[e], 1e-6);
  }
}

TEST(CudaTraining, large_arrays_go_through_pinned_memory_and_arrive) {
  NEEDS_DEVICE();
  const Variable x = GpuArrayType(float32, {false}, "dev0")("x");
  const Function f = function({x}, x * 2.f);
  const NDArray values = wave(3, {3'000'001});
  for (int repeat = 0; repeat < 3; ++repeat) {
    const NDArray found = f(values);
    for (std::int64_t i = 0; i < 3'000'001; i += 499'999)
      EXPECT_EQ(found.at<float>({i}), 2 * values.at<float>({i}));
    EXPECT_EQ(found.at<float>({3'000'000}), 2 * values.at<float>({3'000'000}));
  }
}
