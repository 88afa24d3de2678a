// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/kernel/builder.h"

#include <algorithm>
#include <complex>
#include <cstring>

#include "kroton/base/errors.h"
#include "kroton/ndarray/half.h"

namespace kroton::kernel {
namespace {
template <class List, class Item>
int find_or_add(List& list, Item item) {
  auto it = std::find(list.begin(), list.end(), item);
  if (it == list.end()) it = list.insert(list.end(), std::move(item));
  return static_cast<int>(it - list.begin());
}

template <class Number>
std::array<std::uint64_t, 2> bits_of(DType d, Number value) {
  std::array<std::uint64_t, 2> bits = {};
  with_element_type(compute_dtype(d), [&](auto tag) {
    using T = typename decltype(tag)::type;
    if constexpr (std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>) {
      return;
    } else if constexpr (std::is_same_v<T, bool>) {
      bits[0] = value != Number(0);
    } else if constexpr (std::is_same_v<T, std::complex<float>>) {
      T v(static_cast<float>(value));
      std::memcpy(&bits, &v, sizeof v);
    } else if constexpr (std::is_same_v<T, std::complex<double>>) {
      T v(static_cast<double>(value));
      std::memcpy(&bits, &v, sizeof v);
    } else {
      T v = static_cast<T>(value);
      std::memcpy(&bits, &v, sizeof v);
    }
  });
  return bits;
}
}  // namespace

Builder::Builder(Kernel kernel) : kernel_(std::move(kernel)) {}

int Builder::param(std::string name, DType dtype, int rank, Role role, int alias_group) {
  kernel_.params.push_back({std::move(name), dtype, rank, role, alias_group});
  return static_cast<int>(kernel_.params.size()) - 1;
}

int Builder::extent(std::string name, std::vector<Dimension> sources, std::vector<int> given) {
  return extent(Extent{std::move(name), std::move(sources), std::move(given)});
}

int Builder::extent(Extent extent) {
  kernel_.extents.push_back(std::move(extent));
  return static_cast<int>(kernel_.extents.size()) - 1;
}

void Builder::at_least(int extent, std::int64_t length) {
  std::int64_t& known = kernel_.extents[static_cast<std::size_t>(extent)].at_least;
  known = std::max(known, length);
}

int Builder::outer(Affine length) {
  kernel_.axes.push_back({std::move(length)});
  kernel_.outer.push_back(static_cast<int>(kernel_.axes.size()) - 1);
  return kernel_.outer.back();
}

void Builder::stage() { kernel_.stages.emplace_back(); }

int Builder::axis(Affine length, AxisKind kind, bool backward) {
  KROTON_CHECK(!kernel_.stages.empty());
  kernel_.axes.push_back({std::move(length), kind, backward});
  int id = static_cast<int>(kernel_.axes.size()) - 1;
  kernel_.stages.back().axes.push_back(id);
  return id;
}

int Builder::intern(Access access) { return find_or_add(kernel_.accesses, std::move(access)); }

ExprId Builder::intern(Expr expr) { return find_or_add(kernel_.exprs, std::move(expr)); }

int Builder::intern(const FunctionRef& f) {
  auto it = std::find_if(kernel_.functions.begin(), kernel_.functions.end(),
                         [&](const FunctionRef& g) { return same_function(*f, *g); });
  if (it == kernel_.functions.end()) it = kernel_.functions.insert(it, f);
  return static_cast<int>(it - kernel_.functions.begin());
}

ExprId Builder::constant(DType d, double value) { return constant(d, bits_of(d, value)); }
ExprId Builder::constant(DType d, std::int64_t value) { return constant(d, bits_of(d, value)); }

ExprId Builder::constant(DType d, std::array<std::uint64_t, 2> bits) {
  Expr e{ExprKind::constant, compute_dtype(d)};
  e.bits = bits;
  return intern(std::move(e));
}

ExprId Builder::index(Affine affine) {
  Expr e{ExprKind::index, int64};
  e.affine = std::move(affine);
  return intern(std::move(e));
}

ExprId Builder::load(Access access, ExprId otherwise) {
  DType d = compute_dtype(kernel_.params[static_cast<std::size_t>(access.param)].dtype);
  Expr e{ExprKind::load, d};
  if (otherwise != no_expr) e.args = {cast(d, otherwise)};
  e.number = intern(std::move(access));
  return intern(std::move(e));
}

ExprId Builder::apply(const FunctionRef& f, std::vector<ExprId> args) {
  KROTON_CHECK(!args.empty());
  DType compute = dtype(args.back());
  return apply(f, compute, std::move(args));
}

ExprId Builder::apply(const FunctionRef& f, DType compute, std::vector<ExprId> args) {
  KROTON_CHECK(static_cast<int>(args.size()) == f->nin);
  for (std::size_t i = 0; i < args.size(); ++i) {
    args[i] = cast(argument_dtype(*f, static_cast<int>(i), compute), args[i]);
  }
  Expr e{ExprKind::apply, result_dtype(*f, compute), compute, intern(f)};
  e.args = std::move(args);
  return intern(std::move(e));
}

ExprId Builder::cast(DType to, ExprId e) {
  if (dtype(e) == to) return e;
  Expr cast{ExprKind::cast, compute_dtype(to), to};
  cast.args = {e};
  return intern(std::move(cast));
}

ExprId Builder::select(ExprId condition, ExprId yes, ExprId no) {
  Expr e{ExprKind::select, dtype(yes)};
  e.args = {cast(bool_, condition), yes, cast(dtype(yes), no)};
  return intern(std::move(e));
}

ExprId Builder::result(int accumulator, int component) {
  const Accumulator& a = kernel_.accumulators[static_cast<std::size_t>(accumulator)];
  Expr e{ExprKind::result, a.dtypes[static_cast<std::size_t>(component)]};
  e.number = accumulator;
  e.component = component;
  return intern(std::move(e));
}

ExprId Builder::carry(int carry) {
  Expr e{ExprKind::carry, kernel_.carries[static_cast<std::size_t>(carry)].dtype};
  e.number = carry;
  return intern(std::move(e));
}

ExprId Builder::left(DType d, int component) {
  Expr e{ExprKind::left, d};
  e.component = component;
  return intern(std::move(e));
}

ExprId Builder::right(DType d, int component) {
  Expr e{ExprKind::right, d};
  e.component = component;
  return intern(std::move(e));
}

int Builder::accumulator(Accumulator a) {
  kernel_.accumulators.push_back(std::move(a));
  return static_cast<int>(kernel_.accumulators.size()) - 1;
}

int Builder::carried(std::string name, DType d, ExprId start) {
  kernel_.carries.push_back({std::move(name), compute_dtype(d), cast(d, start)});
  return static_cast<int>(kernel_.carries.size()) - 1;
}

ExprId Builder::stored(DType element, ExprId value) {
  if (compute_dtype(element) == element) return cast(element, value);
  return is_floating(dtype(value)) ? value : cast(float32, value);
}

void Builder::store(Access access, ExprId value) {
  ExprId converted = stored(kernel_.params[static_cast<std::size_t>(access.param)].dtype, value);
  kernel_.stages.back().statements.push_back(
      {StatementKind::store, -1, std::move(access), {converted}});
}

void Builder::accumulate(int accumulator, std::vector<ExprId> values) {
  const Accumulator& a = kernel_.accumulators[static_cast<std::size_t>(accumulator)];
  KROTON_CHECK(values.size() == a.dtypes.size());
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = cast(a.dtypes[i], values[i]);
  kernel_.stages.back().statements.push_back(
      {StatementKind::accumulate, accumulator, {}, std::move(values)});
}

void Builder::advance(int carry, ExprId value) {
  ExprId converted = cast(kernel_.carries[static_cast<std::size_t>(carry)].dtype, value);
  kernel_.stages.back().statements.push_back({StatementKind::advance, carry, {}, {converted}});
}

void Builder::scatter(Access access, const FunctionRef& f, ExprId value) {
  ExprId converted = stored(kernel_.params[static_cast<std::size_t>(access.param)].dtype, value);
  int number = f ? intern(f) : -1;
  kernel_.stages.back().statements.push_back(
      {StatementKind::scatter, number, std::move(access), {converted}});
}

Kernel Builder::finish() {
  Kernel kernel = canonical(kernel_);
  validate(kernel);
  return kernel;
}
}  // namespace kroton::kernel
