// SPDX-License-Identifier: BSD-3-Clause
// Shared variables: values that live between calls and that several functions see.
//   auto w = shared(NDArray::zeros({3}), "w");
//   auto step = function({g}, {}, {.updates = {{w, w - 0.1 * g}}});
//   step(grad);   NDArray now = w.get_value();
// get_value and set_value copy, unless borrow is true, and are atomic against running calls; memory
// that was lent with borrow is the user's to guard. Source: Theano's compile/sharedvalue.py.
#pragma once
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/operand.h"
#include "kroton/graph/variable.h"
#include "kroton/ndarray/value.h"

namespace kroton::inline compile {
// Where a shared variable should live: not given, the default context (nullopt), a name.
class Target {
 public:
  Target() = default;
  Target(std::nullopt_t) : given_(true) {}
  Target(std::string name) : given_(true), name_(std::move(name)) {}
  Target(const char* name) : given_(true), name_(name) {}
  Target(std::optional<std::string> name) : given_(true), name_(std::move(name)) {}
  bool is_given() const { return given_; }
  const std::optional<std::string>& name() const { return name_; }

 private:
  bool given_ = false;
  std::optional<std::string> name_;
};

struct SharedOptions {
  std::vector<bool> broadcastable = {};
  bool borrow = false;
  bool strict = false;
  std::optional<bool> allow_downcast = {};
  Target target = {};
};

struct SharedContainer;
// What a room with values of its own (device arrays) does differently; null members: as for host
// values.
struct SharedKind {
  // What get_value returns of INTERNAL.
  Value (*get)(const Value& internal, bool borrow, bool return_internal_type) = nullptr;
  // What the cell of CONTAINER, a variable of TYPE, shall hold after set_value(GIVEN, BORROW).
  Value (*set)(const SharedContainer& container, const Type& type, const Value& given,
               bool borrow) = nullptr;
  // What the cell holds after an update computed FRESH, which no cell shares memory with.
  Value (*update)(const Value& fresh, const Value& internal) = nullptr;
};

// Shared to read, exclusive to write. Readers stand back for a writer that waits: with
// std::shared_mutex, which may prefer readers, a few threads that call a function without a pause
// keep set_value out for ever.
class CellLock {
 public:
  void lock() {
    writers_.fetch_add(1);
    {
      const std::lock_guard first(gate_);
      cell_.lock();
    }
    writers_.fetch_sub(1);
  }
  void unlock() { cell_.unlock(); }
  void lock_shared() {
    if (writers_.load() != 0) {
      const std::lock_guard behind_the_writer(gate_);
    }
    cell_.lock_shared();
  }
  void unlock_shared() { cell_.unlock_shared(); }

 private:
  std::atomic<int> writers_{0};  // that wait
  std::mutex gate_;
  std::shared_mutex cell_;
};

// What a shared variable carries: its cell, and who may touch it.
struct KROTON_API SharedContainer : LeafData {
  std::shared_ptr<Value> cell;
  bool strict = false;
  std::optional<bool> allow_downcast = {};
  const SharedKind* kind = nullptr;
  mutable CellLock lock;  // of the cell
  mutable std::mutex update_lock;
  Variable default_update;  // guarded by update_lock
};

class KROTON_API SharedVariable : public Variable {
 public:
  SharedVariable() = default;  // empty: every use but a test for it is a ValueError
  // Its cell holds TYPE's form of VALUE; CONTAINER, when given, is the cell itself, shared with
  // others, and what it holds is VALUE when that is empty.
  SharedVariable(std::string name, const Type& type, const Value& value, bool strict = false,
                 std::optional<bool> allow_downcast = std::nullopt,
                 std::shared_ptr<Value> container = nullptr, const SharedKind* kind = nullptr);

  // borrow: the memory itself, which later calls and set_value may replace.
  Value get_value(bool borrow = false, bool return_internal_type = false) const;
  // borrow: may keep the memory of VALUE. TypeError when the type does not take VALUE.
  void set_value(const Value& value, bool borrow = false);
  // The update that every function that uses this variable makes, unless it has one of its own.
  void set_default_update(const Operand& update);
  void clear_default_update();
  Variable default_update() const;  // empty when there is none

  SharedContainer& container() const;
  static std::optional<SharedVariable> recover(const Variable& variable);

 private:
  explicit SharedVariable(const Variable& variable) : Variable(variable) {}
};

// ValueError for a value that no constructor takes.
KROTON_API SharedVariable shared(const Value& value, std::string name = "",
                                 SharedOptions options = {});

// How a room makes shared variables of its values. Nothing: not for this room.
struct SharedConstructor {
  std::string_view name;
  std::optional<SharedVariable> (*make)(const Value& value, const std::string& name,
                                        const SharedOptions& options);
};
// Asked from last to first. Defined in kroton/install.cpp.
KROTON_API const std::vector<SharedConstructor>& shared_constructors();
// Strings and users' objects, as Generic.
KROTON_API std::optional<SharedVariable> generic_shared_constructor(const Value& value,
                                                                    const std::string& name,
                                                                    const SharedOptions& options);
}  // namespace kroton::inline compile
