// SPDX-License-Identifier: BSD-3-Clause
// An Op says what one node computes: its types, shapes, gradients and up to three bodies, asked for
// in this order: kernel() (portable, fused, any device), c_code() (the C protocol), perform()
// (plain C++). Source: Theano's gof/op.py. See docs/op.md for worked examples.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <typeinfo>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/c_protocol.h"
#include "kroton/graph/fields.h"
#include "kroton/graph/notation.h"
#include "kroton/graph/operand.h"
#include "kroton/graph/shape_expr.h"
#include "kroton/graph/variable.h"
#include "kroton/ndarray/value.h"

namespace kroton::kernel {
struct Kernel;
}

namespace kroton::inline graph {
using Connections = std::vector<std::vector<bool>>;  // [input][output]
using AliasMap = std::map<int, std::vector<int>>;    // {output: {inputs}}
using InputCheck = std::function<void(std::span<const Value> inputs)>;

// How an array lies, wherever that is; strides in bytes.
struct ArrayLayout {
  DType dtype;
  std::size_t ndim;
  const std::int64_t *shape, *strides;
};
// What a node does to arrays whose layouts are known, given where they begin: inputs, then outputs.
using PreparedBody = std::function<void(void* const* arrays)>;

// A graph that an op stands for, from inputs (leaves) to outputs, like the node's own in number.
struct InnerGraph {
  Variables inputs, outputs;
};

enum class Effect : std::uint8_t {
  none,         // a value of its inputs alone
  reads_state,  // depends on what lies outside (a file): never folded
  acts  // does something outside (a message, a print): never merged, dropped, folded or duplicated
};

// One input of a call op(x, y): a variable, an array or a number, and the line of the call.
class OpInput {
 public:
  template <class A>
  OpInput(const A& input, std::source_location line = std::source_location::current())
      : variable(of(input)), line(line) {}
  template <class A>
  static Variable of(const A& input) {
    if constexpr (std::derived_from<A, Variable>) {
      return input;
    } else {
      return as_variable(Operand(input));
    }
  }
  Variable variable;
  std::source_location line;
};

class KROTON_API Op {
 public:
  virtual ~Op() = default;

  // The node for these inputs, with new outputs of the right types; TypeError in the user's words.
  virtual Apply make_node(Inputs inputs) const;
  // Shapes of the outputs from the inputs' shapes; unknown by default.
  virtual Shapes infer_shape(const Apply& node, Shapes in) const;
  // Which outputs depend on which inputs, for gradients; all by default.
  virtual Connections connection_pattern(const Apply& node) const;
  // The gradient of a scalar cost for each input, given those for the outputs.
  virtual Variables grad(const Apply& node, Variables gz) const;
  // The directional derivative of each output along EVAL_POINTS (an empty variable: that input is
  // held fixed).
  virtual Variables r_op(const Apply& node, Variables eval_points) const;
  // The node as a loop nest whose parameters are the inputs, then the outputs; absent by default.
  virtual std::optional<kernel::Kernel> kernel(const Apply& node) const;
  // The numbers that kernel(node) is given for extents that no dimension tells, from the inputs'
  // shapes; none by default.
  virtual std::vector<ShapeExpr> kernel_lengths(const Apply& node, Shapes in) const;

  // ---- the C protocol: c_protocol.h says where each text goes. NAME is a prefix that is the
  // node's own and the same in all its texts, INAMES and ONAMES are the names of its variables (an
  // iname may be a literal). SUB holds "fail", "id" (the block's number), "failure" (the variable
  // it is written to) and, where there are params(), "params".
  // Statements that compute the outputs. An output variable holds "no value" or an earlier value of
  // its type, whose memory may be used again. A failure sets an error and inserts sub["fail"].
  virtual std::string c_code(const Apply& node, std::string_view name, const Names& inames,
                             const Names& onames, const Sub& sub) const;
  // Statements behind c_code in the same scope, run after all later nodes, failed or not.
  virtual std::string c_code_cleanup(const Apply& node, std::string_view name, const Names& inames,
                                     const Names& onames, const Sub& sub) const;
  // At file scope: once for all equal ops, and once for each node (identifiers contain NAME).
  virtual std::string c_support_code() const;
  virtual std::string c_support_code_apply(const Apply& node, std::string_view name) const;
  // What one instance of the module keeps for a node between runs: members, the statements that set
  // them at the start (these may fail), and those that release them. Identifiers contain NAME.
  virtual std::string c_support_code_struct(const Apply& node, std::string_view name) const;
  virtual std::string c_init_code_struct(const Apply& node, std::string_view name,
                                         const Sub& sub) const;
  virtual std::string c_cleanup_code_struct(const Apply& node, std::string_view name) const;
  // Statements that run once per process when the module is loaded.
  virtual Names c_init_code() const;
  virtual Names c_init_code_apply(const Apply& node, std::string_view name) const;
  virtual Names c_headers()
      const;  // "math.h" and "<math.h>": quotes are added where there are none
  virtual Names c_header_dirs() const;
  virtual Names c_libraries() const;  // "z": opened when the module is loaded
  virtual Names c_lib_dirs() const;
  virtual Names c_compile_args() const;
  virtual Names c_no_compile_args() const;  // taken out of what all types and ops ask for
  virtual CLanguage c_language() const;
  virtual CacheVersion c_code_cache_version() const;
  // For what depends on the node, such as its dtypes; the op's own by default.
  virtual CacheVersion c_code_cache_version_apply(const Apply& node) const;
  // Whether inputs are checked when they are extracted.
  virtual bool check_input() const;
  // A value that C code gets as sub["params"], extracted by its type; so that ops which differ in
  // numbers alone share one module. Empty by default. See params_type.h.
  virtual std::optional<Constant> params(const Apply& node) const;

  // Computes on the host. OUTPUT_STORAGE may hold an earlier value of the right type, any shape and
  // strides: reuse or ignore it, never trust it.
  virtual void perform(const Apply& node, std::span<const Value> inputs,
                       std::span<Value> output_storage) const;

  // Whether make_node() and perform() also take arrays that lie elsewhere (on a device), and what
  // comes of them lies there too; all others get them on the host.
  virtual bool takes_arrays_elsewhere() const;

  // Whether perform() writes its outputs into what output_storage holds wherever that is
  // C-contiguous and of the right shape. Then the vm, which learns the shapes from infer_shape,
  // says where they lie.
  virtual bool fills_storage(const Apply& node) const;
  // Of such an op: per output the inputs in whose memory, if they have its dtype and shape and
  // nobody needs them any more, it may be told to lie. None by default.
  virtual AliasMap may_lie_over(const Apply& node) const;

  // Of an op that fills storage: what perform() does to arrays that lie so, without a check or a
  // copy that their layouts decide. An output may lie over an input where destroy_map() or
  // may_lie_over() say so. Empty, as by default, where only perform() can tell: it runs then.
  virtual PreparedBody prepare(const Apply& node, std::span<const ArrayLayout> inputs,
                               std::span<const ArrayLayout> outputs) const;

  // What perform() would throw for values of the inputs, alone: a call then knows that the node
  // will not fail before it overwrites what the user would miss. Empty by default: not known.
  virtual InputCheck input_check(const Apply& node) const;

  // Outputs that are views of inputs; outputs that overwrite inputs.
  virtual AliasMap view_map() const;
  virtual AliasMap destroy_map() const;
  virtual Effect effect() const;
  // ---- lazy evaluation, for an op that needs some of its inputs only when others say so
  // By input: 0 where every run needs it, else the number of its branch. Empty: all are needed.
  virtual std::vector<int> branches(const Apply& node) const;
  // A branch that this run still needs, or 0 when perform() can run; INPUTS of branches that were
  // not asked for are empty, here and in perform().
  virtual int next_branch(const Apply& node, std::span<const Value> inputs) const;
  // Where the user wrote what NODE computes: its own line, or those of the nodes that were joined
  // into it.
  virtual std::vector<std::source_location> lines(const Apply& node) const;
  // May a node whose inputs are all constants be replaced by its value?
  virtual bool do_constant_folding(const Apply& node) const;

  // How output OUTPUT of NODE is written in a formula: Name{fields}(x, y) by default.
  virtual Notation notation(const Apply& node, int output) const;
  // What an op made of other nodes computes, for printers; none by default.
  virtual std::optional<InnerGraph> inner_graph() const;
  // What tells ops of one class apart for those who look for some of them (the row of an
  // elementwise op); null when the class says all.
  virtual const void* variant() const;

  virtual std::string text() const = 0;
  virtual bool equals(const Op&) const = 0;
  virtual std::size_t hash() const = 0;
  virtual std::shared_ptr<const Op> share() const = 0;
  bool operator==(const Op& other) const { return this == &other || equals(other); }

  // make_node({inputs...}).outputs()[0]; variables, arrays and numbers. The first input brings the
  // user's line along.
  template <class... A>
  Variable operator()(const OpInput& first, const A&... others) const {
    const CreationLine line(first.line);
    return make_node(Variables{first.variable, OpInput::of(others)...}).outputs()[0];
  }
  Variable operator()(std::source_location line = std::source_location::current()) const {
    const CreationLine creation(line);
    return make_node(Variables{}).outputs()[0];
  }

 protected:
  // MethodNotDefined "CLASS does not define METHOD".
  [[noreturn]] void not_defined(const char* method) const;
};

template <class Derived>
std::string op_class_name() {
  if constexpr (requires { Derived::op_name; }) {
    return std::string(Derived::op_name);
  } else {
    return class_name(typeid(Derived).name());
  }
}

// Text, == and hash from Derived::op_name and Derived::fields.
template <class Derived>
class OpOf : public Op {
 public:
  std::string text() const override { return fields_text(self(), op_class_name<Derived>()); }
  bool equals(const Op& other) const override {
    return typeid(*this) == typeid(other) &&
           fields_equal(self(), static_cast<const Derived&>(other));
  }
  std::size_t hash() const override {
    return hash_text(fields_text(self(), typeid(Derived).name()));
  }
  std::shared_ptr<const Op> share() const override {
    return std::make_shared<const Derived>(self());
  }

 private:
  const Derived& self() const { return static_cast<const Derived&>(*this); }
};

// The node's op when it is an O, else null.
template <class O>
const O* as(const Apply& node) {
  return node ? dynamic_cast<const O*>(&node.op()) : nullptr;
}
}  // namespace kroton::inline graph
