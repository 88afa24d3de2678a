// SPDX-License-Identifier: BSD-3-Clause
// One call of a function: arguments to values, locks, the program, updates.
#include <algorithm>
#include <chrono>

#include "kroton/base/errors.h"
#include "kroton/base/text.h"
#include "kroton/compile/detail/function_impl.h"
#include "kroton/compile/detail/maker.h"
#include "kroton/link/error_context.h"
#include "kroton/ndarray/mapping.h"
#include "kroton/ndarray/view.h"

namespace kroton::inline compile {
namespace {
using Impl = Function::Impl;

std::string names_of(const Impl& f) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < f.inputs.size(); ++i) {
    names.push_back(f.inputs[i].name.empty() ? "input " + std::to_string(i) : f.inputs[i].name);
  }
  return names.empty() ? "it has no inputs" : "its inputs are " + base::join(names, ", ");
}

[[noreturn]] void too_many(const Impl& f, std::size_t given) {
  throw ValueError(f.who + ": " + std::to_string(given) +
                   " arguments are given by position and it takes " +
                   std::to_string(f.inputs.size()) + "; " + names_of(f));
}

std::size_t input_named(const Impl& f, const std::string& name) {
  std::size_t found = f.inputs.size(), count = 0;
  for (std::size_t i = 0; i < f.inputs.size(); ++i) {
    if (f.inputs[i].name == name && ++count == 1) found = i;
  }
  if (count > 1) {
    throw ValueError(f.who + ": " + std::to_string(count) + " inputs are named " +
                     base::quote(name) + "; pass them by position");
  }
  if (count == 0)
    throw ValueError(f.who + ": there is no input named " + base::quote(name) + "; " + names_of(f));
  return found;
}

// The argument as the input's type holds it, when it is not so already.
void filter(const Impl& f, std::size_t i, Value& value) {
  const Impl::Input& input = f.inputs[i];
  try {
    if (value.empty() && input.type->is_array()) {
      throw TypeError("nothing is given, an empty Value; pass an array or a number");
    }
    value = input.type->filter(value, input.strict, input.allow_downcast);
  } catch (const Error& error) {
    const std::string text = f.who + ": " + detail::input_text(i, input.name) + ": " + error.what();
    if (dynamic_cast<const ShapeError*>(&error)) throw ShapeError(text);
    if (dynamic_cast<const ValueError*>(&error)) throw ValueError(text);
    if (dynamic_cast<const DeviceError*>(&error)) throw DeviceError(text);
    if (dynamic_cast<const TypeError*>(&error)) throw TypeError(text);
    throw;
  }
}

void take(const Impl& f, std::size_t i, Value& from, Value& to) {
  to = std::move(from);
  const Impl::Input& input = f.inputs[i];
  if (input.check.accepts(to)) [[likely]]
    return;
  // A number of the input's own dtype, the commonest argument that is no array.
  if (input.check.is_host_array() && input.check.ndim() == 0 && !input.strict &&
      to.number_dtype() == input.check.dtype()) {
    to = NDArray(to);
  } else {
    filter(f, i, to);
  }
}

void take_arguments(const Impl& f, std::span<CallArgument> arguments, std::span<Value> values) {
  std::size_t positional = 0;
  while (positional < arguments.size() && !arguments[positional].name) ++positional;
  if (positional > f.inputs.size()) [[unlikely]]
    too_many(f, positional);
  for (std::size_t i = 0; i < positional; ++i) take(f, i, arguments[i].value, values[i]);
  if (positional == f.inputs.size() && arguments.size() == positional) return;
  std::vector<char> given(f.inputs.size(), 0);
  std::fill_n(given.begin(), positional, 1);
  for (std::size_t a = positional; a < arguments.size(); ++a) {
    if (!arguments[a].name) {
      throw ValueError(f.who + ": argument " + std::to_string(a) +
                       " is given by position behind one by name; put those by position first");
    }
    const std::size_t i = input_named(f, *arguments[a].name);
    if (given[i]) {
      throw ValueError(f.who + ": " + detail::input_text(i, f.inputs[i].name) +
                       " is given twice; pass it once, by position or by name");
    }
    given[i] = 1;
    take(f, i, arguments[a].value, values[i]);
  }
  for (std::size_t i = 0; i < f.inputs.size(); ++i) {
    if (given[i]) continue;
    if (!f.inputs[i].fallback) {
      throw ValueError(f.who + ": " + detail::input_text(i, f.inputs[i].name) +
                       " is missing; it has no default value");
    }
  }
}

// Locks what a call reads and writes, in the order of addresses, so that no two calls wait for each
// other.
class Locks {
 public:
  explicit Locks(const Impl& f) : cells_(f.cells) {
    for (; held_ < cells_.size(); ++held_) {
      if (cells_[held_].written) {
        cells_[held_].container->lock.lock();
      } else {
        cells_[held_].container->lock.lock_shared();
      }
    }
  }
  ~Locks() {
    while (held_-- > 0) {
      if (cells_[held_].written) {
        cells_[held_].container->lock.unlock();
      } else {
        cells_[held_].container->lock.unlock_shared();
      }
    }
  }
  Locks(const Locks&) = delete;
  Locks& operator=(const Locks&) = delete;

 private:
  const std::vector<Impl::Cell>& cells_;
  std::size_t held_ = 0;
};

void read_cells(const Impl& f, std::span<Value> values, std::span<const char> is_default) {
  for (std::size_t i = 0; i < is_default.size(); ++i) {
    if (is_default[i]) values[i] = *f.inputs[i].fallback->cell;
  }
  for (std::size_t s = 0; s < f.shared.size(); ++s)
    values[f.inputs.size() + s] = *f.shared[s]->cell;
}

// An argument that the function may overwrite must not be the memory of another input.
void part_mutable(const Impl& f, std::span<Value> values) {
  for (std::size_t i = 0; i < f.inputs.size(); ++i) {
    if (!f.inputs[i].is_mutable) continue;
    bool shared = static_cast<bool>(f.inputs[i].fallback);
    for (std::size_t j = 0; j < values.size() && !shared; ++j)
      shared = j != i && may_share_memory(values[i], values[j]);
    if (shared) values[i] = values[i].copy();
  }
}

void check_targets(const Impl& f, std::span<const Value> outputs) {
  for (std::size_t o = 0; o < f.targets.size(); ++o) {
    if (!f.targets[o]) continue;
    const NDArray& result = outputs[o].as<NDArray>();
    const NDArray& target = *f.targets[o];
    if (std::equal(result.shape_data(), result.shape_data() + result.ndim(), target.shape_data(),
                   target.shape_data() + target.ndim())) {
      continue;
    }
    throw ShapeError(f.who + ": output " + std::to_string(o) + " has shape " +
                     shape_text(result.shape()) + " and the array of into() has shape " +
                     shape_text(target.shape()) + "; they must be equal");
  }
}

// Updates of cells whose memory stays: what lies in it, an output or what is written into another
// cell, gets memory of its own first.
void update_in_place(const Impl& f, Values& outputs) {
  std::vector<const Impl::Update*> staying;
  for (const Impl::Update& update : f.updates) {
    if (update.container->kind && update.container->kind->update) staying.push_back(&update);
  }
  for (Value& value : outputs) {
    const bool lies_there =
        std::any_of(staying.begin(), staying.end(), [&](const Impl::Update* update) {
          return may_share_memory(value, *update->container->cell);
        });
    if (lies_there) value = value.copy();
  }
  for (const Impl::Update* update : staying) {
    Value& fresh = outputs[update->output];
    fresh = update->container->kind->update(fresh, *update->container->cell);
  }
}

// Nothing here can fail but the updates of device values, which come first.
void finish(const Impl& f, Values& outputs) {
  check_targets(f, outputs);
  update_in_place(f, outputs);
  for (std::size_t o = 0; o < f.targets.size(); ++o) {
    if (!f.targets[o]) continue;
    const NDArray &result = outputs[o].as<NDArray>(), &target = *f.targets[o];
    const bool in_place = result.raw() == target.raw() && result.size() > 0 &&
                          std::equal(result.strides_data(), result.strides_data() + result.ndim(),
                                     target.strides_data());
    if (in_place) continue;
    assign(target, result);
    outputs[o] = target;
  }
  for (const Impl::Update& update : f.updates)
    *update.container->cell = std::move(outputs[update.output]);
  outputs.resize(f.user_outputs);
}

// The arrays of into() as memory to write, where no input lies in them.
void offer_targets(const Impl& f, std::span<const Value> values, Values& outputs) {
  for (std::size_t o = 0; o < f.offered.size(); ++o) {
    if (f.offered[o].high > 0) outputs[o] = *f.targets[o];
  }
  if (f.offered.empty()) return;
  for (const Value& value : values) {
    const MemoryRange read = value.is_array() ? memory_range(value.as<NDArray>()) : MemoryRange();
    for (std::size_t o = 0; o < f.offered.size(); ++o) {
      if (read.overlaps(f.offered[o])) outputs[o] = Value();
    }
  }
}

void check_mapped(const Impl& f, std::span<const Value> values) {
  try {
    check_mapped_files(values);
  } catch (const ValueError& error) {
    throw ValueError(f.who + ": " + error.what());
  }
}

Values run(const Impl& f, std::span<Value> values, std::span<CallArgument> arguments) {
  take_arguments(f, arguments, values);
  Values outputs(f.user_outputs + f.updates.size());
  if (f.cells.empty() && !f.any_mutable) {
    check_mapped(f, values);
    offer_targets(f, values, outputs);
    f.program->run(values, outputs);
    if (!f.targets.empty()) finish(f, outputs);
    return outputs;
  }
  std::vector<char> is_default(f.inputs.size());
  for (std::size_t i = 0; i < f.inputs.size(); ++i)
    is_default[i] = f.inputs[i].fallback && values[i].empty();
  const Locks locks(f);
  read_cells(f, values, is_default);
  check_mapped(f, values);
  if (f.any_mutable) part_mutable(f, values);
  offer_targets(f, values, outputs);
  f.program->run(values, outputs);
  finish(f, outputs);
  return outputs;
}
}  // namespace

Outputs Function::call(std::span<CallArgument> arguments) const {
  const Impl& f = impl();
  const auto start =
      f.recorder ? std::chrono::steady_clock::now() : std::chrono::steady_clock::time_point();
  const std::size_t count = f.inputs.size() + f.shared.size();
  constexpr std::size_t few = 6;
  Outputs outputs;
  if (count <= few) {
    Value values[few];
    outputs = Outputs(run(f, {values, count}, arguments));
  } else {
    Values values(count);
    outputs = Outputs(run(f, values, arguments));
  }
  if (f.recorder) f.recorder->add_call(start, std::chrono::steady_clock::now());
  return outputs;
}
}  // namespace kroton::inline compile
