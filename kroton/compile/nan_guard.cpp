// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <complex>

#include "kroton/base/errors.h"
#include "kroton/compile/detail/checked_programs.h"
#include "kroton/link/error_context.h"
#include "kroton/link/lazy_program.h"
#include "kroton/link/perform_linker.h"
#include "kroton/link/thunk.h"

namespace kroton::inline compile {
namespace detail {
namespace {
constexpr double big = 1e10;

struct Count {
  std::int64_t nan = 0, inf = 0, big = 0;
  void take(double x) {
    if (std::isnan(x)) {
      ++nan;
    } else if (std::isinf(x)) {
      ++inf;
    } else if (std::abs(x) > detail::big) {
      ++big;
    }
  }
};

Count count(const NDArray& array) {
  Count found;
  if (array.dtype() == complex64 || array.dtype() == complex128) {
    for (const auto& z : array.astype(complex128).to_vector<std::complex<double>>()) {
      found.take(z.real());
      found.take(z.imag());
    }
  } else if (array.dtype() == float16 || array.dtype() == bfloat16 || array.dtype() == float32 ||
             array.dtype() == float64) {
    for (const double x : array.astype(float64).to_vector<double>()) found.take(x);
  }
  return found;
}

// Throws when VALUE, which is WHAT, holds what GUARD forbids.
void check(const Value& value, const Mode::NanGuard& guard, const std::string& what,
           const char* remedy) {
  if (!value.is_array() && !value.is_number()) return;
  const Count found = count(value);
  std::string text;
  const auto add = [&](bool is_error, std::int64_t n, const char* name) {
    if (is_error && n > 0) text += (text.empty() ? "" : ", ") + std::to_string(n) + " " + name;
  };
  add(guard.nan, found.nan, "NaN");
  add(guard.inf, found.inf, "infinite");
  add(guard.big, found.big, "beyond 1e10");
  if (text.empty()) return;
  throw ValueError("NanGuardMode: " + what + " holds values that are " + text + ", of " +
                   std::to_string(NDArray(value).size()) + "; " + remedy);
}

// Whether NODE gives a request: arrays beside it are still being written, and are looked at when
// another node has waited for them.
bool starts_something(const Apply& node) {
  const auto is_request = [](const Variable& output) { return !output.type().is_array(); };
  return node.op().effect() == Effect::acts && std::ranges::any_of(node.outputs(), is_request);
}

class GuardedProgram final : public link::Program {
 public:
  GuardedProgram(const FunctionGraph& fgraph, const std::vector<Apply>& order, Mode::NanGuard guard)
      : inputs_(fgraph.inputs()), guard_(guard) {
    program_ =
        link::make_in_parts(fgraph, order,
                            [guard](const FunctionGraph& part, const std::vector<Apply>& nodes,
                                    std::vector<int> positions) {
                              return make_guarded(part, nodes, std::move(positions), guard);
                            });
  }
  static std::shared_ptr<const Program> make_guarded(const FunctionGraph& part,
                                                     const std::vector<Apply>& order,
                                                     std::vector<int> positions,
                                                     Mode::NanGuard guard) {
    const auto storage = std::make_shared<const link::Storage>(part, order);
    return link::make_node_program(
        storage,
        [thunks = link::make_thunks(*storage), guard](std::size_t i, std::span<const Value> in,
                                                      std::span<Value> out) {
          (*thunks)[i].run_plain(in, out);
          const Apply& node = (*thunks)[i].node();
          if (starts_something(node)) return;
          for (std::size_t o = 0; o < out.size(); ++o) {
            check(out[o], guard, "output " + std::to_string(o) + " of " + node.op().text(),
                  "what went into that node was free of them");
          }
        },
        std::move(positions));
  }
  void run(std::span<Value> inputs, std::span<Value> outputs) const override {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      check(inputs[i], guard_, "input " + inputs_[i].text(),
            "pass other values, or a mode that does not look");
    }
    program_->run(inputs, outputs);
  }

 private:
  Variables inputs_;
  Mode::NanGuard guard_;
  std::shared_ptr<const link::Program> program_;
};
}  // namespace

std::shared_ptr<const link::Program> make_nan_guard_program(const FunctionGraph& fgraph,
                                                            const std::vector<Apply>& order,
                                                            Mode::NanGuard guard) {
  return std::make_shared<const GuardedProgram>(fgraph, order, guard);
}
}  // namespace detail
}  // namespace kroton::inline compile
