// SPDX-License-Identifier: BSD-3-Clause
// function(): a graph becomes something that can be called.
//   auto f = function({x, y}, {x + y});   NDArray z = f(a, b);
// A Function is a handle; it may be copied and called from several threads at once, each call
// working in memory of its own. A call that throws changes no shared variable. Source: Theano's
// compile/function.py.
#pragma once
#include <concepts>
#include <memory>
#include <source_location>
#include <span>
#include <string>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/compile/io.h"
#include "kroton/compile/profile.h"
#include "kroton/graph/function_graph.h"
#include "kroton/printing/debugprint.h"
#include "kroton/printing/dot.h"

namespace kroton::inline compile {
// One argument of a call, by position or by name.
struct CallArgument {
  template <class A>
  CallArgument(const A& argument) : value(to_value(argument)) {}
  CallArgument(const Argument& argument) : value(argument.value), name(&argument.name) {}
  Value value;
  const std::string* name = nullptr;  // null: by position

 private:
  template <class A>
  static Value to_value(const A& argument) {
    if constexpr (std::same_as<A, Outputs>) {
      return argument.only();
    } else {
      return argument;
    }
  }
};

class KROTON_API Function {
 public:
  struct Impl;
  Function() = default;
  explicit Function(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  explicit operator bool() const { return impl_ != nullptr; }

  // Arrays, numbers, strings, Values; after those by position, those by name: f(a, arg("n") = 3).
  template <class... A>
  Outputs operator()(const A&... arguments) const {
    if constexpr (sizeof...(A) == 0) {
      return call({});
    } else {
      CallArgument given[] = {CallArgument(arguments)...};
      return call(given);
    }
  }
  // The same, for a list made at run time. The values are taken.
  Outputs call(std::span<CallArgument> arguments) const;

  const std::string& name() const;
  const FunctionGraph& fgraph() const;  // after rewriting
  std::vector<Apply> nodes() const;     // in the order in which a call runs them
  // What its calls took so far; ValueError unless it was made with profile = true.
  Profile profile() const;

 private:
  const Impl& impl() const;  // ValueError for an empty function
  std::shared_ptr<const Impl> impl_;
};

// Errors of building name the function, LINE and what is wrong with which input, output, update or
// given.
KROTON_API Function function(InList inputs, OutList outputs, FunctionOptions options = {},
                             std::source_location line = std::source_location::current());
// The graph as it runs, nodes numbered in running order.
KROTON_API std::string debugprint(const Function& function, const DebugPrintOptions& options = {});
KROTON_API std::string dotprint(const Function& function, const DotOptions& options = {});
// The outputs as formulas, one line each; updates come behind them.
KROTON_API std::string pprint(const Function& function);
}  // namespace kroton::inline compile
