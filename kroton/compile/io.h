// SPDX-License-Identifier: BSD-3-Clause
// What function() takes and what a function gives: In, Out, options, Outputs, named arguments.
//   auto f = function({x, In(n, {.value = 3})}, {Out(y, {.borrow = true}), z});
//   f(a);   f(a, arg("n") = 5);   Outputs o = f(a);   o.array(0), o.item<double>(1);
// Source: Theano's compile/io.py.
#pragma once
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/compile/mode.h"
#include "kroton/compile/shared.h"
#include "kroton/graph/operand.h"
#include "kroton/graph/variable.h"
#include "kroton/ndarray/value.h"

namespace kroton::inline compile {
struct InOptions {
  std::string name = {};               // for arg(); the variable's name when empty
  std::optional<Value> value = {};     // the default
  std::optional<Operand> update = {};  // what the default becomes after each call
  bool mutable_ = false;               // the function may overwrite the argument's memory
  std::optional<bool> borrow = {};     // outputs may alias the argument's memory; default: mutable_
  bool strict = false;                 // no conversion
  std::optional<bool> allow_downcast = {};  // as Type::filter
};
class KROTON_API In {
 public:
  In(const Variable& variable) : In(variable, InOptions()) {}
  In(const Variable& variable, InOptions options);  // ValueError for mutable_ without borrow
  const Variable& variable() const { return variable_; }
  const InOptions& options() const { return options_; }
  bool borrow() const { return options_.borrow.value_or(is_mutable()); }
  bool is_mutable() const { return options_.mutable_; }
  std::string name() const { return options_.name.empty() ? variable_.name() : options_.name; }

 private:
  Variable variable_;
  InOptions options_;
};
class KROTON_API InList {
 public:
  InList(std::initializer_list<In> inputs) : inputs_(inputs) {}
  InList(std::vector<In> inputs) : inputs_(std::move(inputs)) {}
  InList(std::vector<Variable> inputs) : inputs_(inputs.begin(), inputs.end()) {}
  const std::vector<In>& list() const { return inputs_; }

 private:
  std::vector<In> inputs_;
};

struct OutOptions {
  bool borrow =
      false;  // may alias memory that others see: an input's (given with borrow) or a constant's
};
class KROTON_API Out {
 public:
  Out(const Variable& variable) : Out(variable, OutOptions()) {}
  Out(const Variable& variable, OutOptions options) : variable_(variable), options_(options) {}
  // Each call writes the value into ARRAY, whose dtype and shape must fit, and returns ARRAY.
  Out into(NDArray array) const;
  const Variable& variable() const { return variable_; }
  const OutOptions& options() const { return options_; }
  const std::optional<NDArray>& target() const { return target_; }

 private:
  Variable variable_;
  OutOptions options_;
  std::optional<NDArray> target_;
};
// {y} and y are alike; {} is no output.
class KROTON_API OutList {
 public:
  OutList(const Variable& output) : outputs_{Out(output)} {}
  OutList(const Out& output) : outputs_{output} {}
  OutList(std::initializer_list<Out> outputs) : outputs_(outputs) {}
  OutList(std::vector<Out> outputs) : outputs_(std::move(outputs)) {}
  OutList(std::vector<Variable> outputs) : outputs_(outputs.begin(), outputs.end()) {}
  const std::vector<Out>& list() const { return outputs_; }

 private:
  std::vector<Out> outputs_;
};

enum class OnUnusedInput { raise, warn, ignore };

// Which shared variables keep their value although they have a default update: none, all, or these.
class NoDefaultUpdates {
 public:
  NoDefaultUpdates(bool all = false) : all_(all) {}
  NoDefaultUpdates(std::initializer_list<SharedVariable> some) : some_(some) {}
  bool contains(const Variable& shared) const {
    for (const SharedVariable& one : some_) {
      if (one == shared) return true;
    }
    return all_;
  }

 private:
  bool all_ = false;
  std::vector<SharedVariable> some_;
};

struct FunctionOptions {
  // Computed from the values before the call, written together after all outputs are there.
  std::vector<std::pair<SharedVariable, Operand>> updates = {};
  // Variables to take something else for, everywhere in the graph.
  std::vector<std::pair<Variable, Operand>> givens = {};
  Mode mode = {};
  std::string name = {};
  OnUnusedInput on_unused_input = OnUnusedInput::raise;
  std::optional<bool> allow_input_downcast = {};
  bool profile = false;
  NoDefaultUpdates no_default_updates = {};
  bool rebuild_strict = true;   // givens keep the type; false: the graph is built anew around them
  bool accept_inplace = false;  // the graph may hold ops that overwrite their inputs
};

class KROTON_API Outputs {
 public:
  Outputs() = default;
  explicit Outputs(Values values) : values_(std::move(values)) {}
  std::size_t size() const { return values_.size(); }
  const Value& operator[](std::size_t i) const { return at(i, "outputs[i]"); }
  NDArray array(std::size_t i = 0) const { return at(i, "array"); }
  // TypeError when the value would change.
  template <class T>
  T item(std::size_t i = 0) const {
    return at(i, "item").template item<T>();
  }
  operator NDArray() const { return only(); }  // ValueError unless there is one output
  const Value* begin() const { return values_.data(); }
  const Value* end() const { return values_.data() + values_.size(); }
  const Value& only() const;

 private:
  const Value& at(std::size_t i, const char* who) const {
    if (i >= values_.size()) [[unlikely]]
      no_such(i, who);
    return values_[i];
  }
  [[noreturn]] void no_such(std::size_t i, const char* who) const;
  Values values_;
};

// f(arg("x") = 3.0)
struct Argument {
  std::string name;
  Value value;
};
struct arg {
  explicit arg(std::string name) : name(std::move(name)) {}
  Argument operator=(Value value) const { return {name, std::move(value)}; }
  std::string name;
};
}  // namespace kroton::inline compile
