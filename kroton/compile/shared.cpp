// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/compile/shared.h"

#include "kroton/base/errors.h"
#include "kroton/graph/generic_type.h"

namespace kroton::inline compile {
namespace {
// A number is no update of its own: the shared variable's type decides how it is held.
Variable update_variable(const SharedVariable& shared, const Operand& update) {
  const Variable given = update.is_variable()
                             ? update.variable()
                             : Variable(shared.type().make_constant(update.value()));
  try {
    return shared.type().filter_variable(given);
  } catch (const TypeError&) {
    throw TypeError("set_default_update: " + shared.text() + " has type " + shared.type().text() +
                    " and its update has type " + given.type().text() + "; they must be the same");
  }
}

std::shared_ptr<LeafData> make_container(const Type& type, const Value& value, bool strict,
                                         std::optional<bool> allow_downcast,
                                         std::shared_ptr<Value> cell, const SharedKind* kind) {
  auto container = std::make_shared<SharedContainer>();
  container->strict = strict;
  container->allow_downcast = allow_downcast;
  container->kind = kind;
  const bool holds = cell && !cell->empty();
  Value held = type.filter(holds && value.empty() ? *cell : value, strict, allow_downcast);
  container->cell = cell ? std::move(cell) : std::make_shared<Value>();
  *container->cell = std::move(held);
  return container;
}
}  // namespace

SharedVariable::SharedVariable(std::string name, const Type& type, const Value& value, bool strict,
                               std::optional<bool> allow_downcast, std::shared_ptr<Value> container,
                               const SharedKind* kind)
    : Variable(type.share(),
               make_container(type, value, strict, allow_downcast, std::move(container), kind),
               std::move(name)) {}

std::optional<SharedVariable> SharedVariable::recover(const Variable& variable) {
  if (!variable || !dynamic_cast<SharedContainer*>(variable.leaf_data().get())) return std::nullopt;
  return SharedVariable(variable);
}
SharedContainer& SharedVariable::container() const {
  if (!*this) throw ValueError("shared variable: it is empty; make one with shared(value)");
  return static_cast<SharedContainer&>(*leaf_data());
}

Value SharedVariable::get_value(bool borrow, bool return_internal_type) const {
  const SharedContainer& held = container();
  const std::shared_lock guard(held.lock);
  if (held.kind && held.kind->get) return held.kind->get(*held.cell, borrow, return_internal_type);
  return borrow ? *held.cell : held.cell->copy();
}

void SharedVariable::set_value(const Value& value, bool borrow) {
  SharedContainer& held = container();
  if (held.kind && held.kind->set) {
    const std::unique_lock guard(held.lock);
    *held.cell = held.kind->set(held, type(), value, borrow);
    return;
  }
  Value fresh;
  try {
    fresh = type().filter(value, held.strict, held.allow_downcast);
  } catch (const TypeError& error) {
    throw TypeError("set_value: " + text() + ": " + error.what());
  }
  if (!borrow && may_share_memory(fresh, value)) fresh = fresh.copy();
  const std::unique_lock guard(held.lock);
  std::swap(*held.cell, fresh);
}

void SharedVariable::set_default_update(const Operand& update) {
  Variable expression = update_variable(*this, update);
  const std::lock_guard guard(container().update_lock);
  container().default_update = std::move(expression);
}
void SharedVariable::clear_default_update() {
  const std::lock_guard guard(container().update_lock);
  container().default_update = Variable();
}
Variable SharedVariable::default_update() const {
  const std::lock_guard guard(container().update_lock);
  return container().default_update;
}

std::optional<SharedVariable> generic_shared_constructor(const Value& value,
                                                         const std::string& name,
                                                         const SharedOptions& options) {
  const bool on_host = !options.target.is_given() || options.target.name() == "cpu";
  if (!on_host || value.is_array() || value.is_number() || value.empty()) return std::nullopt;
  return SharedVariable(name, Generic(), options.borrow ? value : value.copy(), options.strict,
                        options.allow_downcast);
}

SharedVariable shared(const Value& value, std::string name, SharedOptions options) {
  const auto& constructors = shared_constructors();
  for (auto it = constructors.rbegin(); it != constructors.rend(); ++it) {
    if (auto made = it->make(value, name, options)) return *made;
  }
  const bool on_device = options.target.is_given() && options.target.name() != "cpu";
  throw TypeError("shared: " + value.text() + " is no value that a shared variable " +
                  (on_device ? "on a device can hold; pass an array"
                             : "can hold; pass an array, a number, a string or an object"));
}
}  // namespace kroton::inline compile
