// SPDX-License-Identifier: BSD-3-Clause
#include "program.h"

#include <functional>
#include <optional>

#include "kroton/gpuarray/context.h"

namespace fuzz {
using namespace kroton;
namespace T = kroton::tensor;

namespace {
// A value of the graph: what it is called, and its shape for each set of lengths.
struct Node {
  Variable x;
  std::string name;
  std::array<Shape, size_sets> shape;
  std::size_t ndim() const { return x.ndim(); }
};

bool same_shape(const Node& a, const Node& b) { return a.shape == b.shape; }

class Builder {
 public:
  Builder() {
    graph.inputs = {T::dmatrix("a"), T::dmatrix("b"), T::dvector("v"), T::dscalar("s")};
    graph.shared = shared(shared_value(0), "w");
    add_leaf(placed(graph.inputs[0]), "a", {{{5, 4}, {7, 3}}});
    add_leaf(placed(graph.inputs[1]), "b", {{{5, 4}, {7, 3}}});
    add_leaf(placed(graph.inputs[2]), "v", {{{4}, {3}}});
    add_leaf(graph.inputs[3], "s", {{{}, {}}});
    add_leaf(graph.shared, "w", {{{5, 4}, {7, 3}}});
  }

  void apply(const Step& step) {
    static constexpr void (Builder::* ops[])(const Step&) = {
        &Builder::unary,   &Builder::binary, &Builder::binary, &Builder::reduce, &Builder::shuffle,
        &Builder::part,    &Builder::part,   &Builder::write,  &Builder::write,  &Builder::gather,
        &Builder::product, &Builder::fused,  &Builder::joined, &Builder::split,  &Builder::rows,
        &Builder::library, &Builder::sweeps, &Builder::stencil};
    (this->*ops[step.op % std::size(ops)])(step);
  }

  void finish(const Step& step) {
    for (const unsigned pick : {step.a, step.b, step.c}) graph.outputs.push_back(node(pick).x);
    graph.text +=
        "outputs " + node(step.a).name + ", " + node(step.b).name + ", " + node(step.c).name + "\n";
    for (std::size_t i = nodes_.size(); i-- > 0;) {
      if (!same_shape(nodes_[i], nodes_[0]) || nodes_[i].name == "w") continue;
      update(step.a % 4, T::tanh(nodes_[i].x), "tanh(" + nodes_[i].name + ")");
      break;
    }
  }
  // The shared variable whole, a part of it, rows by number, and what reads their neighbours.
  void update(unsigned kind, const Variable& x, const std::string& name) {
    const Variable w = graph.shared, from_1 = w[{slice(1)}], to_last = w[{slice({}, -1)}];
    if (kind == 0) {
      graph.update = x * 0.5 + w * 0.5;
      graph.text += "update w = " + name + " * 0.5 + w * 0.5\n";
    } else if (kind == 1) {
      graph.update = T::set_subtensor(from_1, x[{slice(1)}]);
      graph.text += "update w[1:] = " + name + "[1:]\n";
    } else if (kind == 2) {
      graph.update = T::inc_subtensor(w[{constant(array({0, 2, 0}))}], x[{slice({}, 3)}]);
      graph.text += "update w[[0, 2, 0]] += " + name + "[:3]\n";
    } else {
      graph.update = T::set_subtensor(to_last, from_1 * 0.5 + x[{slice(1)}]);
      graph.text += "update w[:-1] = w[1:] * 0.5 + " + name + "[1:]\n";
    }
  }

  Graph graph;

 private:
  // With the flag `device` the shared variable lies there, and so does what is computed of inputs.
  static Variable placed(const Variable& x) {
    return gpuarray::moves_to_device() ? T::transfer(x, "") : x;
  }
  void add_leaf(const Variable& x, const char* name, std::array<Shape, size_sets> shape) {
    nodes_.push_back({x, name, std::move(shape)});
  }
  // The latest values are the likeliest operands.
  const Node& node(unsigned pick) const {
    const std::size_t n = nodes_.size();
    return pick % 3 == 0 ? nodes_[pick / 3 % n]
                         : nodes_[n - 1 - pick / 3 % std::min<std::size_t>(n, 5)];
  }
  void add(const Variable& x, std::array<Shape, size_sets> shape, const std::string& text) {
    nodes_.push_back({x, "t" + std::to_string(nodes_.size()), std::move(shape)});
    graph.text += nodes_.back().name + " = " + text + "\n";
  }

  void unary(const Step& step) {
    const Node x = node(step.a);
    switch (step.b % 7) {
      case 0:
        return add(T::tanh(x.x), x.shape, "tanh(" + x.name + ")");
      case 1:
        return add(T::sin(x.x), x.shape, "sin(" + x.name + ")");
      case 2:
        return add(-x.x, x.shape, "-" + x.name);
      case 3:
        return add(T::abs(x.x), x.shape, "abs(" + x.name + ")");
      case 4:
        return add(nnet::sigmoid(x.x), x.shape, "sigmoid(" + x.name + ")");
      case 5:
        return add(T::log1p(T::sqr(x.x)), x.shape, "log1p(sqr(" + x.name + "))");
      default:
        return add(x.x * 0.5 + 1.0, x.shape, x.name + " * 0.5 + 1");
    }
  }

  void binary(const Step& step) {
    const Node x = node(step.a);
    Node y = node(step.b);
    if (!same_shape(x, y) && y.ndim() > 0) y = nodes_[3];  // the scalar goes with everything
    switch (step.c % 5) {
      case 0:
        return add(x.x + y.x, x.shape, x.name + " + " + y.name);
      case 1:
        return add(x.x - y.x, x.shape, x.name + " - " + y.name);
      case 2:
        return add(x.x * T::tanh(y.x), x.shape, x.name + " * tanh(" + y.name + ")");
      case 3:
        return add(T::maximum(x.x, y.x), x.shape, "maximum(" + x.name + ", " + y.name + ")");
      default:
        return add(T::where(T::lt(x.x, y.x), x.x, y.x), x.shape,
                   "where(" + x.name + " < " + y.name + ", ...)");
    }
  }

  void fused(const Step& step) {
    unary(step);
    binary({step.op, 1, step.c, step.b});
  }

  void reduce(const Step& step) {
    const Node x = node(step.a);
    if (x.ndim() == 0) return unary(step);
    const int axis = static_cast<int>(step.b % x.ndim());
    const bool keep = step.c % 2 == 0;
    std::array<Shape, size_sets> shape = x.shape;
    for (Shape& s : shape) {
      if (s[static_cast<std::size_t>(axis)] == 0) return unary(step);
      if (keep) {
        s[static_cast<std::size_t>(axis)] = 1;
      } else {
        s.erase(s.begin() + axis);
      }
    }
    const std::string text =
        "(" + x.name + ", " + std::to_string(axis) + (keep ? ", keepdims)" : ")");
    switch (step.c / 2 % 3) {
      case 0:
        return add(T::sum(x.x, axis, {.keepdims = keep}), shape, "sum" + text);
      case 1:
        return add(T::max(x.x, axis, {.keepdims = keep}), shape, "max" + text);
      default:
        return add(T::mean(x.x, axis, {.keepdims = keep}), shape, "mean" + text);
    }
  }

  void shuffle(const Step& step) {
    const Node x = node(step.a);
    std::array<Shape, size_sets> shape = x.shape;
    if (x.ndim() == 2) {
      for (Shape& s : shape) std::swap(s[0], s[1]);
      return add(x.x.dimshuffle({1, 0}), shape, x.name + ".T");
    }
    if (x.ndim() == 1) {
      // A row of a matrix: y + row.
      const Node& y = nodes_[0];
      if (y.shape[0][1] != x.shape[0][0] || y.shape[1][1] != x.shape[1][0]) return unary(step);
      return add(y.x + x.x.dimshuffle({"x", 0}), y.shape, "a + " + x.name + ".dimshuffle(x, 0)");
    }
    unary(step);
  }

  struct Cut {
    std::optional<std::int64_t> begin, end, step;
    const char* text;
  };
  static const Cut& cut(unsigned pick) {
    static const Cut cuts[] = {{1, std::nullopt, std::nullopt, "[1:]"},
                               {std::nullopt, -1, std::nullopt, "[:-1]"},
                               {std::nullopt, std::nullopt, -1, "[::-1]"},
                               {std::nullopt, std::nullopt, 2, "[::2]"},
                               {1, -1, std::nullopt, "[1:-1]"}};
    return cuts[pick % std::size(cuts)];
  }
  static Slice slice_of(const Cut& c) { return slice(c.begin, c.end, c.step); }
  static std::int64_t cut_length(const Cut& c, std::int64_t n) {
    return NDArray::zeros({n}).slice({slice_of(c)}).shape()[0];
  }

  void part(const Step& step) {
    const Node x = node(step.a);
    if (x.ndim() == 0) return unary(step);
    std::array<Shape, size_sets> shape = x.shape;
    if (step.c % 4 == 0 && x.shape[0][0] > 0 && x.shape[1][0] > 0) {
      for (Shape& s : shape) s.erase(s.begin());
      return add(x.x[0], shape, x.name + "[0]");
    }
    const Cut& c = cut(step.b);
    if (x.ndim() == 2 && step.c % 2 == 0) {
      for (Shape& s : shape) s[1] = cut_length(c, s[1]);
      return add(x.x[{slice(), slice_of(c)}], shape, x.name + "[:, ]" + c.text);
    }
    for (Shape& s : shape) s[0] = cut_length(c, s[0]);
    add(x.x[{slice_of(c)}], shape, x.name + c.text);
  }

  // Sets or adds to a part: by a scalar, or by the same part of another value.
  void write(const Step& step) {
    const Node x = node(step.a);
    if (x.ndim() == 0) return unary(step);
    const Cut& c = cut(step.b);
    const Variable at = x.x[{slice_of(c)}];
    Node y = node(step.c / 2);
    const bool whole = same_shape(x, y);
    const Variable with = whole ? y.x[{slice_of(c)}] : nodes_[3].x;
    const std::string text = x.name + c.text + ", " + (whole ? y.name + c.text : "s") + ")";
    if (step.c % 2 == 0) return add(T::set_subtensor(at, with), x.shape, "set_subtensor(" + text);
    add(T::inc_subtensor(at, with), x.shape, "inc_subtensor(" + text);
  }

  void gather(const Step& step) {
    const Node x = node(step.a);
    if (x.ndim() == 0) return unary(step);
    for (const Shape& s : x.shape) {
      if (s[0] < 3) return unary(step);
    }
    const Variable index = constant(array({0, 2, 1, 0, -1}));
    if (step.b % 3 == 0) {
      return add(T::inc_subtensor(x.x[{index}], nodes_[3].x), x.shape,
                 "inc_subtensor(" + x.name + "[{0, 2, 1, 0, -1}], s)");
    }
    std::array<Shape, size_sets> shape = x.shape;
    for (Shape& s : shape) s[0] = 5;
    add(T::take(x.x, index, 0), shape, "take(" + x.name + ", {0, 2, 1, 0, -1}, 0)");
  }

  void product(const Step& step) {
    const Node x = node(step.a), y = node(step.b);
    if (x.ndim() == 0 || y.ndim() == 0 || x.ndim() > 2 || y.ndim() > 2) return binary(step);
    std::array<Shape, size_sets> shape;
    for (std::size_t i = 0; i < size_sets; ++i) {
      if (x.shape[i].back() != y.shape[i].front()) {
        return x.ndim() == 2 && same_shape(x, y)
                   ? add(T::dot(x.x, y.x.dimshuffle({1, 0})),
                         {{{x.shape[0][0], x.shape[0][0]}, {x.shape[1][0], x.shape[1][0]}}},
                         "dot(" + x.name + ", " + y.name + ".T)")
                   : binary(step);
      }
      shape[i] = Shape(x.shape[i].begin(), x.shape[i].end() - 1);
      shape[i].insert(shape[i].end(), y.shape[i].begin() + 1, y.shape[i].end());
    }
    add(T::dot(x.x, y.x), shape, "dot(" + x.name + ", " + y.name + ")");
  }

  // Two values one behind the other, along an axis in which alone they may differ.
  void joined(const Step& step) {
    const Node x = node(step.a), y = node(step.b);
    if (x.ndim() == 0 || y.ndim() != x.ndim()) return unary(step);
    const std::size_t axis = step.c % x.ndim();
    std::array<Shape, size_sets> shape = x.shape;
    for (std::size_t i = 0; i < size_sets; ++i) {
      for (std::size_t d = 0; d < x.ndim(); ++d) {
        if (d != axis && x.shape[i][d] != y.shape[i][d]) return unary(step);
      }
      shape[i][axis] += y.shape[i][axis];
    }
    if (shape[1][axis] > 30) return unary(step);
    add(T::join(static_cast<int>(axis), {x.x, y.x}), shape,
        "join(" + std::to_string(axis) + ", {" + x.name + ", " + y.name + "})");
  }

  // The first element along axis 0 and all others, of which one is taken further.
  void split(const Step& step) {
    const Node x = node(step.a);
    if (x.ndim() == 0 || x.shape[0][0] < 2 || x.shape[1][0] < 2) return unary(step);
    const Variable n = x.x.shape(0);
    const bool first = step.b % 2 == 0;
    std::array<Shape, size_sets> shape = x.shape;
    for (Shape& s : shape) s[0] = first ? 1 : s[0] - 1;
    const Variables parts = T::split(x.x, T::stack({T::ones_like(n), n - 1}), 2, 0);
    add(parts[first ? 0 : 1], shape,
        "split(" + x.name + ", {1, n - 1}, 2, 0)[" + (first ? "0]" : "1]"));
  }

  // What normalises along one axis, and what runs along it.
  void rows(const Step& step) {
    const Node x = node(step.a);
    if (x.ndim() == 0) return unary(step);
    const int axis = static_cast<int>(step.b % x.ndim());
    for (const Shape& s : x.shape) {
      if (s[static_cast<std::size_t>(axis)] == 0) return unary(step);
    }
    const std::string text = "(" + x.name + ", " + std::to_string(axis) + ")";
    switch (step.c % 3) {
      case 0:
        return add(nnet::softmax(x.x, axis), x.shape, "softmax" + text);
      case 1:
        return add(nnet::logsoftmax(x.x, axis), x.shape, "logsoftmax" + text);
      default:
        return add(T::cumsum(T::tanh(x.x), axis), x.shape, "cumsum(tanh" + text + ")");
    }
  }

  // Ops without a kernel that are told where to write: over what dies there, too.
  void library(const Step& step) {
    const Node x = node(step.a);
    if (x.ndim() == 0) return unary(step);
    if (step.b % 2 == 0 || x.ndim() != 2)
      return add(T::sort(x.x, 0), x.shape, "sort(" + x.name + ", 0)");
    // (x x^T + 9) y = x
    const Variable t = T::tanh(x.x);
    const Variable regular =
        T::dot(t, t.dimshuffle({1, 0})) + 9.0 * T::eye(x.x.shape(0), x.x.shape(0), 0, float64);
    add(T::solve(regular, x.x), x.shape, "solve(t t.T + 9 eye, " + x.name + "), t = tanh");
  }

  static Variable element(const Variable& x, std::size_t axis, int k) {
    std::vector<Index> index(axis, Index(slice()));
    index.emplace_back(k);
    return x[index];
  }

  // Steps along an axis, written out: forward or backward, perhaps back again, joined or set into
  // an array; now and then one of them is read by others.
  void sweeps(const Step& step) {
    const Node x = node(step.a);
    if (x.ndim() == 0) return unary(step);
    const Node y = same_shape(node(step.b), x) ? node(step.b) : x;
    const std::size_t axis = step.c % x.ndim();
    const auto n = static_cast<int>(std::min(x.shape[0][axis], x.shape[1][axis]));
    if (n < 5 || n > 12) return rows(step);
    const unsigned kind = step.c / 2, constants = step.b / 4 % 2;
    const bool is_forward = kind % 2 == 0, returns = kind / 2 % 2 == 0;
    std::vector<Variable> s(static_cast<std::size_t>(n));
    const auto at = [&](int k) -> Variable& { return s[static_cast<std::size_t>(k)]; };
    const int way = is_forward ? 1 : -1;
    for (int i = 0; i < n; ++i) {
      const int k = is_forward ? i : n - 1 - i;
      const Variable here = element(x.x, axis, k), there = element(y.x, axis, k);
      if (i == 0) {
        at(k) = kind / 4 % 2 == 0 ? T::tanh(here) : there;
        continue;
      }
      const Variable before = at(k - way);
      Variable next = here + 0.5 * before;
      if (kind / 8 % 4 == 1) next = T::tanh(here - before);
      if (kind / 8 % 4 == 2) next = (here - there * before) / (2.0 + T::sqr(before));
      if (kind / 8 % 4 == 3 && i > 1) next = 0.3 * before - 0.2 * at(k - 2 * way) + T::sin(there);
      at(k) = constants == 0 ? next : next * (0.25 * k - 0.4);
    }
    for (int i = 1; i < n && returns; ++i) {
      const int k = is_forward ? n - 1 - i : i;
      at(k) = at(k) - 0.4 * element(y.x, axis, k) * at(k + way);
    }
    const std::string text = "sweeps(" + x.name + ", " + y.name + ", axis " + std::to_string(axis) +
                             ", kind " + std::to_string(kind % 32) + ")";
    if (kind / 32 % 3 == 0) {
      std::array<Shape, size_sets> part = x.shape;
      for (Shape& shape : part) shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis));
      add(at(n / 2), part, "a step of " + text);
    }
    if (kind / 128 % 2 == 0) {
      Variable z = kind / 256 % 2 == 0 ? x.x : y.x;
      for (int k = 0; k < n; ++k) z = T::set_subtensor(element(z, axis, k), at(k));
      return add(z, x.shape, "set into: " + text);
    }
    std::array<Shape, size_sets> shape = x.shape;
    for (Shape& lengths : shape) lengths[axis] = n;
    add(T::stack(s, static_cast<int>(axis)), shape, text);
  }

  // The inside of an array from its neighbours, once or twice, set into it; or that of two arrays
  // from the neighbours in both.
  void stencil(const Step& step) {
    const Node x = node(step.a);
    if (x.ndim() != 2) return part(step);
    const Node y = same_shape(node(step.b), x) ? node(step.b) : x;
    const Slice in = slice(1, -1), low = slice({}, -2), high = slice(2);
    Variable z = x.x;
    for (unsigned i = 0; i <= step.c % 2; ++i) {
      const Variable centre = z[{in, in}];
      Variable around = z[{low, in}] + z[{high, in}] + y.x[{in, low}] - z[{in, high}];
      if (step.c / 2 % 2 == 0) around = around * T::tanh(y.x[{in, in}]);
      z = T::set_subtensor(centre, 0.5 * centre + 0.1 * around);
      if (step.c / 4 % 3 == 0) z = T::set_subtensor(z[0], y.x[0]);
    }
    add(z, x.shape, "stencil(" + x.name + ", " + y.name + ", " + std::to_string(step.c % 24) + ")");
    if (step.c / 24 % 2 == 1) return;
    const Variable centre = y.x[{in, in}];
    const Variable around = x.x[{low, in}] - x.x[{in, high}] + y.x[{high, in}];
    add(T::set_subtensor(centre, 0.5 * centre - 0.1 * around), y.shape,
        "stencil beside it(" + y.name + ", " + x.name + ")");
  }

  std::vector<Node> nodes_;
};

NDArray numbers(const Shape& shape, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> uniform(-2, 2);
  NDArray a = NDArray::zeros(shape);
  for (std::size_t i = 0; i < a.size(); ++i) a.data<double>()[i] = uniform(random);
  return a;
}
}  // namespace

Program random_program(std::mt19937& random, int steps) {
  Program program;
  for (int i = 0; i <= steps; ++i) {
    program.push_back({static_cast<unsigned>(random()), static_cast<unsigned>(random() >> 4),
                       static_cast<unsigned>(random() >> 4), static_cast<unsigned>(random() >> 4)});
  }
  return program;
}

Graph build(const Program& program) {
  Builder builder;
  for (std::size_t i = 0; i + 1 < program.size(); ++i) builder.apply(program[i]);
  builder.finish(program.back());
  return std::move(builder.graph);
}

std::vector<NDArray> arguments(int set) {
  const auto [n, m] = sizes[static_cast<std::size_t>(set)];
  const auto seed = static_cast<unsigned>(set) * 10;
  return {numbers({n, m}, seed + 1), numbers({n, m}, seed + 2), numbers({m}, seed + 3),
          numbers({}, seed + 4)};
}
NDArray shared_value(int set) {
  const auto [n, m] = sizes[static_cast<std::size_t>(set)];
  return numbers({n, m}, static_cast<unsigned>(set) * 10 + 5);
}
}  // namespace fuzz
