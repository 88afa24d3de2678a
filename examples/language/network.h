// SPDX-License-Identifier: BSD-3-Clause
// The network of the language model, and how a cost moves its parameters.
#pragma once
#include <kroton/kroton.h>

#include <cmath>
#include <random>
#include <utility>
#include <vector>

namespace language {
using namespace kroton;

constexpr std::int64_t window = 16;   // characters that the network sees
constexpr std::int64_t width = 24;    // numbers that stand for a character
constexpr std::int64_t hidden = 256;  // units between characters and prediction

inline NDArray random_matrix(std::mt19937& generator, std::int64_t rows, std::int64_t columns,
                             double spread) {
  std::normal_distribution<float> normal(0, static_cast<float>(spread));
  NDArray a = NDArray::zeros({rows, columns}, float32);
  for (float& x : a.span<float>()) x = normal(generator);
  return a;
}

struct Model {
  SharedVariable embedding, w1, b1, w2, b2;
  Model(std::int64_t letters, std::mt19937& generator)
      : embedding(shared(random_matrix(generator, letters, width, 0.3), "embedding")),
        w1(shared(
            random_matrix(generator, window * width, hidden, 1 / std::sqrt(window * width * 0.3)),
            "w1")),
        b1(shared(NDArray::zeros({hidden}, float32), "b1")),
        w2(shared(random_matrix(generator, hidden, letters, 1 / std::sqrt(hidden)), "w2")),
        b2(shared(NDArray::zeros({letters}, float32), "b2")) {}
  std::vector<SharedVariable> parameters() const { return {embedding, w1, b1, w2, b2}; }

  // CODES (n, window) to log probabilities (n, letters).
  Variable operator()(const Variable& codes) const {
    auto x = embedding[codes].reshape({codes.shape(0), window * width});
    return nnet::logsoftmax(dot(tensor::tanh(dot(x, w1) + b1), w2) + b2);
  }
};

using Updates = std::vector<std::pair<SharedVariable, Operand>>;

// Kingma and Ba, "Adam", 2015; parameters decay apart from it: Loshchilov and Hutter, 2019.
inline Updates adam(const Variables& g, const std::vector<SharedVariable>& parameters,
                    const Variable& rate) {
  auto t = shared(NDArray::zeros({}, float32), "t");
  auto now = t + 1.f;
  auto scale = rate * sqrt(1.f - tensor::pow(0.999f, now)) / (1.f - tensor::pow(0.9f, now));
  Updates updates{{t, now}};
  for (std::size_t i = 0; i < g.size(); ++i) {
    const NDArray zeros = NDArray::zeros(parameters[i].get_value().as<NDArray>().shape(), float32);
    auto m = shared(zeros, "m"), v = shared(zeros, "v");
    auto m_now = 0.9f * m + 0.1f * g[i], v_now = 0.999f * v + 0.001f * sqr(g[i]);
    updates.insert(updates.end(), {{m, m_now},
                                   {v, v_now},
                                   {parameters[i], parameters[i] * (1.f - 0.05f * rate) -
                                                       scale * m_now / (sqrt(v_now) + 1e-8f)}});
  }
  return updates;
}
inline Updates adam(const Variable& cost, const std::vector<SharedVariable>& parameters,
                    const Variable& rate) {
  return adam(grad(cost, Variables(parameters.begin(), parameters.end())), parameters, rate);
}
}  // namespace language
