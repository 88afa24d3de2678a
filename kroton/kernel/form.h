// SPDX-License-Identifier: BSD-3-Clause
// A kernel: loop nests over strided arrays, in one form that the interpreter runs and that the
// dialects print. It is a value: build it with Builder (builder.h), change it by composing
// (compose.h). docs/kernel.md explains it with examples.
//
//   kernel   = parameters + extents + outer axes + stages, run one after another at each outer
//   point stage    = a nest of further axes, all of one kind, with statements parallel axes  the
//   points are independent reduce axes    the statements accumulate; the results are for later
//   stages ordered axes   the points run in row-major order; carries go from each point to the next
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/kernel/affine.h"
#include "kroton/kernel/scalar_function.h"
#include "kroton/ndarray/dtype.h"

namespace kroton::kernel {
using ExprId = int;
inline constexpr ExprId no_expr = -1;

enum class Role : std::uint8_t { in, out, inout };

struct Param {
  std::string name;
  DType dtype;
  int rank;
  Role role = Role::in;
  int alias_group = -1;  // params of one group (not -1) may overlap in memory, in the same elements
  bool operator==(const Param&) const = default;
};

struct Dimension {
  int param, dim;
  auto operator<=>(const Dimension&) const = default;
};

// A length that is known when the kernel runs: the common length of these dimensions, or a number
// that the caller gives (what an index leaves of an axis). Where there are several, all agree.
struct Extent {
  std::string name;
  std::vector<Dimension> sources;
  std::vector<int> given = {};  // which of the caller's numbers
  std::int64_t at_least = 0;    // where the kernel has points at all
  bool operator==(const Extent&) const = default;
};

enum class AxisKind : std::uint8_t { parallel, ordered, reduce };

struct Axis {
  Affine length = {};  // over extents
  AxisKind kind = AxisKind::parallel;
  bool backward = false;  // ordered axes only
  bool operator==(const Axis&) const = default;
};

// low <= value < high, all over axes and extents.
struct Bound {
  Affine value, low, high;
  bool operator==(const Bound&) const = default;
};

struct Access {
  int param;
  std::vector<Affine> index = {};  // one per dimension
  std::vector<Bound> where = {};   // all must hold: else nothing is read (or written)
  bool checked = false;  // an index outside the array is reported as a Fault, never followed
  bool operator==(const Access&) const = default;
};

enum class ExprKind : std::uint8_t {
  constant,  // bits
  index,     // the int64 value of an affine expression
  load,      // access; args[0] is the value where the bounds do not hold (none without bounds)
  apply,     // function over args, all of dtype `compute` (a condition: bool)
  cast,      // args[0] to dtype `compute`; a 16-bit float is rounded to and computed on as float32
  select,    // args[0] ? args[1] : args[2]
  result,    // component of a finished accumulator
  carry,     // a carry: in its own stage the value before this step, later its last value
  left,      // in a combine: component of the earlier part
  right,     // in a combine: component of the later part
};

struct Expr {
  ExprKind kind;
  DType dtype;
  DType compute = bool_;                   // apply, cast
  int number = -1;                         // access, function, accumulator or carry
  int component = 0;                       // result, left, right
  std::vector<ExprId> args = {};           // each smaller than this expression's own id
  Affine affine = {};                      // index
  std::array<std::uint64_t, 2> bits = {};  // constant: the value's bytes, low first
  bool operator==(const Expr&) const = default;
};

// A reduction over tuples. identity must be exactly neutral for what is accumulated; the result is
// combined by the tree of docs/kernel.md.
struct Accumulator {
  std::string name;
  std::vector<DType> dtypes;
  std::vector<ExprId> identity;  // constants
  std::vector<ExprId> combine;   // over left and right
  // A state whose component 0 equals this constant can never change: the loop may stop there.
  ExprId absorbing = no_expr;
  bool operator==(const Accumulator&) const = default;
};

struct Carry {
  std::string name;
  DType dtype;
  ExprId start;  // at the outer point, before the first step
  bool operator==(const Carry&) const = default;
};

enum class StatementKind : std::uint8_t {
  store,       // access = values[0]
  accumulate,  // accumulator `number` takes the tuple `values`
  advance,     // carry `number` becomes values[0] for the next step
  scatter,     // access = function(access, values[0]), or = values[0] when number is -1
};

struct Statement {
  StatementKind kind;
  int number = -1;  // accumulator, carry or function
  Access access;    // store, scatter
  std::vector<ExprId> values;
  bool operator==(const Statement&) const = default;
};

struct Stage {
  std::vector<int> axes;  // outermost first; all of one kind
  std::vector<Statement> statements;
  bool operator==(const Stage&) const = default;
};

struct KROTON_API Kernel {
  std::string name;
  std::vector<Param> params;
  std::vector<Extent> extents;
  std::vector<Axis> axes;
  std::vector<int> outer;  // parallel axes shared by all stages, outermost first
  std::vector<Stage> stages;
  std::vector<FunctionRef> functions;
  std::vector<Access> accesses;  // what loads read
  std::vector<Expr> exprs;       // hash-consed, arguments before users
  std::vector<Accumulator> accumulators;
  std::vector<Carry> carries;

  // Canonical: equal texts, equal kernels. Good for cache keys and tests.
  std::string text() const;
  std::uint64_t hash() const;
  bool operator==(const Kernel& other) const { return text() == other.text(); }
};

// InternalError "kernel NAME: FACT; RULE" unless the kernel keeps the rules of this form.
KROTON_API void validate(const Kernel&);

// For people: one line per loop and statement, with names.
KROTON_API std::string readable(const Kernel&);

// The lengths of all extents, from the shapes of all params (in their order) and the caller's
// numbers. ShapeError "NAME: x has length 3 in dimension 0 and y has length 4 in dimension 1; both
// must be n".
KROTON_API std::vector<std::int64_t> extents_from_shapes(
    const Kernel&, const std::vector<std::vector<std::int64_t>>& shapes,
    const std::vector<std::int64_t>& given = {});
// The first extent that is shorter than it must be, or -1: none is asked for where no point runs.
KROTON_API int too_short(const Kernel&, const std::vector<std::int64_t>& extents);
// How many numbers the caller gives.
KROTON_API int given_count(const Kernel&);
// The length of one axis.
KROTON_API std::int64_t length(const Affine&, const std::vector<std::int64_t>& extents);

// The extent that is the length of a param's dimension, or -1.
KROTON_API int extent_of(const Kernel&, int param, int dim);

// About what one point costs, in additions: the sum over its expressions.
KROTON_API int point_cost(const Kernel&, const Stage&);

// The kind of a stage: reduce or ordered when its axes are, else parallel.
KROTON_API AxisKind stage_kind(const Kernel&, const Stage&);
// The expressions that the stage's statements use, in topological order; results and carries of
// other stages are leaves.
KROTON_API std::vector<ExprId> stage_exprs(const Kernel&, const Stage&);
}  // namespace kroton::kernel
