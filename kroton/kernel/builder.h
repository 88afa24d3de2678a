// SPDX-License-Identifier: BSD-3-Clause
// Builds kernels.
//   Builder b("axpy");
//   int x = b.in("x", float32, 1), z = b.out("z", float32, 1);
//   int n = b.extent("n", {{x, 0}, {z, 0}});
//   int i = b.outer(Affine::extent(n));
//   b.stage();
//   b.store(z, {Affine::axis(i)}, b.apply(exp_row, {b.load(x, {Affine::axis(i)})}));
//   Kernel kernel = b.finish();
#pragma once
#include <initializer_list>
#include <string>
#include <vector>

#include "kroton/kernel/form.h"

namespace kroton::kernel {
class KROTON_API Builder {
 public:
  explicit Builder(std::string name) { kernel_.name = std::move(name); }
  // Goes on from a kernel; its ids stay.
  explicit Builder(Kernel kernel);

  int param(std::string name, DType, int rank, Role, int alias_group = -1);
  int in(std::string name, DType d, int rank) { return param(std::move(name), d, rank, Role::in); }
  int out(std::string name, DType d, int rank) {
    return param(std::move(name), d, rank, Role::out);
  }
  int extent(std::string name, std::vector<Dimension> sources, std::vector<int> given = {});
  int extent(Extent);
  // The extent must be so long.
  void at_least(int extent, std::int64_t length);
  // An axis shared by all stages.
  int outer(Affine length);
  // A new stage; later axes and statements belong to it.
  void stage();
  int axis(Affine length, AxisKind kind = AxisKind::parallel, bool backward = false);
  int reduce(Affine length) { return axis(std::move(length), AxisKind::reduce); }
  int ordered(Affine length, bool backward = false) {
    return axis(std::move(length), AxisKind::ordered, backward);
  }

  // Numbers are converted to the dtype as C converts them; float16 and bfloat16 become float32.
  ExprId constant(DType, double value);
  ExprId constant(DType, std::int64_t value);
  ExprId constant(DType, std::array<std::uint64_t, 2> bits);
  ExprId index(Affine);
  // The value of an element; float16 and bfloat16 come as float32.
  ExprId load(int param, std::vector<Affine> index) {
    return load(Access{param, std::move(index)});
  }
  ExprId load(Access, ExprId otherwise = no_expr);
  // Casts the arguments to `compute`; without it they must have one dtype.
  ExprId apply(const FunctionRef&, std::vector<ExprId> args);
  ExprId apply(const FunctionRef&, DType compute, std::vector<ExprId> args);
  // float16 and bfloat16 give a float32 value that was rounded to them.
  ExprId cast(DType, ExprId);
  ExprId select(ExprId condition, ExprId yes, ExprId no);
  ExprId result(int accumulator, int component = 0);
  ExprId carry(int carry);
  ExprId left(DType, int component = 0);
  ExprId right(DType, int component = 0);
  DType dtype(ExprId e) const { return kernel_.exprs[static_cast<std::size_t>(e)].dtype; }

  int accumulator(Accumulator);
  int carried(std::string name, DType, ExprId start);

  // The value is cast to the element's dtype; float32 and float64 are rounded to float16 and
  // bfloat16 by the store itself, once.
  void store(int param, std::vector<Affine> index, ExprId value) {
    store(Access{param, std::move(index)}, value);
  }
  void store(Access, ExprId value);
  void accumulate(int accumulator, std::vector<ExprId> values);
  void advance(int carry, ExprId value);
  // Null function: the element becomes the value.
  void scatter(Access, const FunctionRef&, ExprId value);

  // A statement whose expressions are this builder's, for the last stage.
  void add(Statement s) { kernel_.stages.back().statements.push_back(std::move(s)); }
  // Any expression of the form, its args given: the place where equal ones become one.
  ExprId intern(Expr);
  int intern(Access);
  int intern(const FunctionRef&);

  const Kernel& peek() const { return kernel_; }
  // Drops what no statement uses and validates.
  Kernel finish();

 private:
  ExprId stored(DType element, ExprId value);
  Kernel kernel_;
};

// The kernel without expressions, accesses, functions, accumulators, carries, axes and extents that
// nothing uses, numbered in order of first use: what text() compares.
KROTON_API Kernel canonical(const Kernel&);
}  // namespace kroton::kernel
