// SPDX-License-Identifier: BSD-3-Clause
// Variable, Constant and Apply: the nodes of a graph, as small handles. == is identity.
// A computed variable is output number `index` of its `owner`; inputs and constants have no owner.
// Ownership: a computed variable keeps its Apply alive, an Apply its inputs; outputs live inside
// their Apply, so there are no cycles, and a chain of any length is destroyed without recursion.
// Source: Theano's gof/graph.py.
#pragma once
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <source_location>
#include <string>
#include <utility>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/axes.h"
#include "kroton/graph/type.h"

namespace kroton::inline graph {
class Apply;
class Op;
class Operand;
class Index;
struct VariableNode;
struct ApplyNode;

// What a leaf carries beside its type: a constant's value, a shared variable's container.
struct KROTON_API LeafData {
  virtual ~LeafData();
};

class KROTON_API Variable {
 public:
  Variable() = default;
  Variable(const Variable& other) : node_(other.owning()) {}
  Variable(Variable&& other) : node_(other.owning()) { other.node_.reset(); }
  Variable& operator=(const Variable& other) {
    node_ = other.owning();
    return *this;
  }
  Variable& operator=(Variable&& other) {
    if (this != &other) {
      node_ = other.owning();
      other.node_.reset();
    }
    return *this;
  }
  ~Variable() = default;
  Variable(const Type& type, std::string name = "");
  // Output INDEX of OWNER (whose type it must have), or a leaf without an owner.
  Variable(const Type& type, std::optional<Apply> owner, std::optional<int> index,
           std::string name = "");
  // A leaf that carries DATA.
  Variable(std::shared_ptr<const Type> type, std::shared_ptr<LeafData> data, std::string name);

  explicit operator bool() const { return node_ != nullptr; }
  const Type& type() const;
  std::shared_ptr<const Type> shared_type() const;
  Apply owner() const;  // false for inputs and constants
  int index() const;
  std::string name() const;
  void set_name(std::string name);
  // The name, a constant's value, or "Op{...}.0"; for an unnamed leaf its type.
  std::string text() const;
  // Where the user's program made it; line() == 0 when it is not known.
  std::source_location line() const;
  void set_line(std::source_location line);
  const std::shared_ptr<LeafData>& leaf_data() const;
  // Equal exactly for equal variables; to key maps and sets.
  const void* key() const;

  // What an array's type says; TypeError for other types.
  DType dtype() const;
  std::size_t ndim() const;
  std::vector<bool> broadcastable() const;

  // Defined by tensor/ (eval by compile/): what users write as methods. LINE is the user's.
  using Line = std::source_location;
  Variable operator[](const Index& index) const;
  Variable operator[](std::initializer_list<Index> index) const;
  Variable operator[](const std::vector<Index>& index) const;
  Variable T(Line line = Line::current()) const;
  Variable shape(Line line = Line::current()) const;
  Variable shape(int axis, Line line = Line::current()) const;
  Variable sum(Axes axis = {}, ReduceOptions options = {}, Line line = Line::current()) const;
  Variable mean(Axes axis = {}, ReduceOptions options = {}, Line line = Line::current()) const;
  Variable max(Axes axis = {}, ReduceOptions options = {}, Line line = Line::current()) const;
  Variable argmax(Axes axis = {}, ReduceOptions options = {}, Line line = Line::current()) const;
  Variable dot(const Operand& other) const;
  Variable flatten(int ndim = 1, Line line = Line::current()) const;
  Variable astype(DType dtype, Line line = Line::current()) const;
  Variable dimshuffle(std::initializer_list<ShuffleAxis> order, Line line = Line::current()) const;
  Variable dimshuffle(const std::vector<ShuffleAxis>& order, Line line = Line::current()) const;
  Variable reshape(std::initializer_list<Operand> shape) const;
  Variable reshape(const std::vector<Operand>& shape) const;
  Variable reshape(const Variable& shape, int ndim, Line line = Line::current()) const;
  Variable transfer(std::string_view target) const;
  Value eval(std::vector<std::pair<Variable, Value>> given = {}, Line line = Line::current()) const;

  friend bool operator==(const Variable& a, const Variable& b) { return a.key() == b.key(); }

 private:
  friend class Apply;
  friend struct ApplyNode;
  explicit Variable(std::shared_ptr<VariableNode> node) : node_(std::move(node)) {}
  // The handles in Apply::outputs() lie inside the Apply and own nothing, or nothing would ever be
  // freed; what is copied out of there owns the Apply.
  std::shared_ptr<VariableNode> owning() const {
    return node_ && node_.use_count() == 0 ? promoted() : node_;
  }
  std::shared_ptr<VariableNode> promoted() const;
  VariableNode* resolved() const;
  VariableNode& get() const;  // ValueError for an empty variable
  std::shared_ptr<VariableNode> node_;
};
using Variables = std::vector<Variable>;
using Inputs = const Variables&;

// A value in the graph. Its type has checked it.
class KROTON_API Constant : public Variable {
 public:
  Constant(const Type& type, Value value, std::string name = "");
  const Value& data() const;
  // The value where it is short ("2.0", "[1 2 3]", "'path'"), else dtype and shape.
  std::string value_text() const;
  static std::optional<Constant> recover(const Variable& variable);
  // Same type and equal values (NaN equals NaN, 0.0 is not -0.0): such constants merge.
  bool same_as(const Constant& other) const;
  std::size_t signature_hash() const;

 private:
  explicit Constant(const Variable& variable) : Variable(variable) {}
};

// One application of an op: inputs in, outputs out. A handle; == is identity.
class KROTON_API Apply {
 public:
  Apply() = default;
  // Claims OUTPUTS: leaves that no other node owns; handles to them become this node's outputs.
  // LINE is shown in errors for a node that no user function made (CreationLine), unless it lies in
  // the library.
  Apply(const Op& op, Variables inputs, Variables outputs,
        std::source_location line = std::source_location::current());
  explicit operator bool() const { return node_ != nullptr; }
  const Op& op() const;
  std::shared_ptr<const Op> shared_op() const;
  const Variables& inputs() const;
  const Variables& outputs() const;
  // The op's text applied to its inputs' texts: Elemwise{add}(x, y).
  std::string text() const;
  // Where the user's program made it, else where it called Apply; line() == 0 when neither is
  // known.
  std::source_location line() const;
  void set_line(std::source_location line);
  // For a node that stands for another one: LINE, unless a user function gave it a line.
  void inherit_line(std::source_location line);
  // Grows with every node built; clones keep it. Breaks ties in schedules.
  std::uint64_t build_order() const;
  const void* key() const { return node_.get(); }
  // The same op on other inputs, with the outputs' names and line. If types differ, the inputs are
  // converted where the op's types allow, else the node is built anew by make_node when STRICT is
  // false.
  Apply clone_with_new_inputs(Variables inputs, bool strict = true) const;
  friend bool operator==(const Apply& a, const Apply& b) { return a.node_ == b.node_; }

 private:
  friend class Variable;
  friend class FunctionGraph;  // the only one that changes a node's inputs
  explicit Apply(std::shared_ptr<ApplyNode> node) : node_(std::move(node)) {}
  const ApplyNode& get() const;  // ValueError for an empty Apply
  std::shared_ptr<ApplyNode> node_;
};

// While one lives on this thread, new nodes carry its line: a user function puts its caller's line
// here. The outermost one wins, so that functions built from functions still name the user's line.
class KROTON_API CreationLine {
 public:
  explicit CreationLine(std::source_location line);
  ~CreationLine();
  CreationLine(const CreationLine&) = delete;
  CreationLine& operator=(const CreationLine&) = delete;

 private:
  bool outermost_;
};

// as<Constant>(v), as<SharedVariable>(v), ...: the handle of that kind, or nothing.
template <class V>
std::optional<V> as(const Variable& variable) {
  return V::recover(variable);
}

struct VariableHash {
  std::size_t operator()(const Variable& v) const { return std::hash<const void*>()(v.key()); }
};
struct ApplyHash {
  std::size_t operator()(const Apply& a) const { return std::hash<const void*>()(a.key()); }
};
}  // namespace kroton::inline graph

template <>
struct std::hash<kroton::graph::Variable> : kroton::graph::VariableHash {};
template <>
struct std::hash<kroton::graph::Apply> : kroton::graph::ApplyHash {};
