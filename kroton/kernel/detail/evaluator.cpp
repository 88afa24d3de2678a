// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/kernel/detail/evaluator.h"

#include <fmt/format.h>

#include <cstring>

#include "kroton/base/at.h"
#include "kroton/base/errors.h"
#include "kroton/ndarray/cast.h"

namespace kroton::kernel::detail {
namespace {
// Elements as values of their compute dtype.
template <class T>
auto widened(T x) {
  if constexpr (std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>) {
    return to_float(x);
  } else {
    return x;
  }
}

// Rounds float or double values to a 16-bit float, or copies values that have the element's dtype.
template <class T>
void put(char* to, const char* from, DType value) {
  if constexpr (std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>) {
    with_element_type(value, [&](auto tag) {
      using From = typename decltype(tag)::type;
      if constexpr (std::is_floating_point_v<From>) {
        From x;
        std::memcpy(&x, from, sizeof x);
        T rounded = convert_element<T>(x);
        std::memcpy(to, &rounded, sizeof rounded);
      }
    });
  } else {
    std::memcpy(to, from, sizeof(T));
  }
}

void put(DType element, char* to, const char* from, DType value) {
  with_element_type(element, [&](auto tag) { put<typename decltype(tag)::type>(to, from, value); });
}

void cast_values(const char* from, DType from_type, char* to, DType to_type, int count) {
  with_element_type(from_type, [&](auto from_tag) {
    with_element_type(to_type, [&](auto to_tag) {
      using From = typename decltype(from_tag)::type;
      using To = typename decltype(to_tag)::type;
      using Value = decltype(widened(To{}));
      auto* source = reinterpret_cast<const From*>(from);
      auto* target = reinterpret_cast<Value*>(to);
      if constexpr (!std::is_same_v<From, Half> && !std::is_same_v<From, BFloat16>) {
        for (int i = 0; i < count; ++i) target[i] = widened(convert_element<To>(source[i]));
      }
    });
  });
}
}  // namespace

Evaluator::Evaluator(const Kernel& kernel, const std::vector<std::int64_t>& extents,
                     const std::vector<void*>& pointers,
                     const std::vector<std::vector<std::int64_t>>& strides)
    : kernel_(kernel), extents_(extents), pointers_(pointers), strides_(strides) {
  axes_.assign(kernel.axes.size(), std::vector<std::int64_t>(batch, 0));
  hosts_.assign(kernel.exprs.size(), nullptr);
  for (std::size_t e = 0; e < kernel.exprs.size(); ++e) {
    const Expr& expr = kernel.exprs[e];
    values_.emplace_back(static_cast<std::size_t>(batch) * itemsize(expr.dtype));
    if (expr.kind == ExprKind::apply) {
      const ScalarFunction& f = *at(kernel.functions, expr.number);
      hosts_[e] = f.host ? f.host(expr.compute) : nullptr;
      if (!hosts_[e]) {
        throw UnsupportedError(fmt::format("{}: {} has no host value for {}; give the function one",
                                           kernel.name, f.name, kroton::name(expr.compute)));
      }
    }
    if (expr.kind == ExprKind::constant) {
      for (int i = 0; i < batch; ++i) {
        std::memcpy(values_[e].data() + static_cast<std::size_t>(i) * itemsize(expr.dtype),
                    expr.bits.data(), itemsize(expr.dtype));
      }
    }
  }
}

std::size_t Evaluator::size(ExprId e) const { return itemsize(at(kernel_.exprs, e).dtype); }

void Evaluator::index(const Affine& a, int count, std::int64_t* out) {
  std::int64_t constant = a.constant;
  for (const Term& t : a.terms) {
    if (t.kind == Term::Kind::extent) constant += t.coefficient * at(extents_, t.id);
  }
  for (int i = 0; i < count; ++i) out[i] = constant;
  for (const Term& t : a.terms) {
    if (t.kind == Term::Kind::extent) continue;
    const auto* source = t.kind == Term::Kind::axis
                             ? axis(t.id)
                             : reinterpret_cast<const std::int64_t*>(value(t.id));
    for (int i = 0; i < count; ++i) out[i] += t.coefficient * source[i];
  }
}

void Evaluator::locate(const Access& access, int count) {
  std::int64_t position[batch], low[batch], high[batch];
  for (int i = 0; i < count; ++i) {
    offsets_[i] = 0;
    inside_[i] = true;
  }
  for (const Bound& b : access.where) {
    index(b.value, count, position);
    index(b.low, count, low);
    index(b.high, count, high);
    for (int i = 0; i < count; ++i) inside_[i] &= low[i] <= position[i] && position[i] < high[i];
  }
  for (int d = 0; d < static_cast<int>(access.index.size()); ++d) {
    const Affine& a = at(access.index, d);
    index(a, count, position);
    std::int64_t stride = at(at(strides_, access.param), d);
    for (int i = 0; i < count; ++i) offsets_[i] += position[i] * stride;
    if (!access.checked || !a.has(Term::Kind::value)) continue;
    std::int64_t n = at(extents_, extent_of(kernel_, access.param, d));
    for (int i = 0; i < count; ++i) {
      if (!inside_[i] || (position[i] >= 0 && position[i] < n)) continue;
      inside_[i] = false;
      if (!fault) fault = {access.param, d, position[i]};
    }
  }
}

void Evaluator::load(const Expr& e, int count, char* out) {
  const Access& access = at(kernel_.accesses, e.number);
  locate(access, count);
  const char* base = static_cast<const char*>(at(pointers_, access.param));
  const char* otherwise = e.args.empty() ? nullptr : value(e.args[0]);
  with_element_type(at(kernel_.params, access.param).dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    using V = decltype(widened(T{}));
    auto* target = reinterpret_cast<V*>(out);
    for (int i = 0; i < count; ++i) {
      if (!inside_[i]) {
        target[i] = otherwise ? reinterpret_cast<const V*>(otherwise)[i] : V{};
      } else if constexpr (std::is_same_v<T, bool>) {
        target[i] = base[offsets_[i]] != 0;
      } else {
        T element;
        std::memcpy(&element, base + offsets_[i], sizeof element);
        target[i] = widened(element);
      }
    }
  });
}

void Evaluator::apply(const Expr& e, int count, char* out) {
  const void* arguments[8];
  std::size_t sizes[8], n = e.args.size();
  KROTON_CHECK(n <= 8);
  for (std::size_t a = 0; a < n; ++a) {
    arguments[a] = value(e.args[a]);
    sizes[a] = size(e.args[a]);
  }
  HostFunction host = hosts_[static_cast<std::size_t>(&e - kernel_.exprs.data())];
  std::size_t step = itemsize(e.dtype);
  for (int i = 0; i < count; ++i) {
    host(arguments, out);
    out += step;
    for (std::size_t a = 0; a < n; ++a)
      arguments[a] = static_cast<const char*>(arguments[a]) + sizes[a];
  }
}

void Evaluator::evaluate(const std::vector<ExprId>& ids, int count) {
  for (ExprId id : ids) {
    const Expr& e = at(kernel_.exprs, id);
    char* out = value(id);
    std::size_t step = itemsize(e.dtype);
    if (e.kind == ExprKind::index) {
      index(e.affine, count, reinterpret_cast<std::int64_t*>(out));
    } else if (e.kind == ExprKind::load) {
      load(e, count, out);
    } else if (e.kind == ExprKind::apply) {
      apply(e, count, out);
    } else if (e.kind == ExprKind::cast) {
      cast_values(value(e.args[0]), at(kernel_.exprs, e.args[0]).dtype, out, e.compute, count);
    } else if (e.kind == ExprKind::select) {
      const char *condition = value(e.args[0]), *yes = value(e.args[1]), *no = value(e.args[2]);
      for (int i = 0; i < count; ++i) {
        std::size_t o = static_cast<std::size_t>(i) * step;
        std::memcpy(out + o, (condition[i] ? yes : no) + o, step);
      }
    }
  }
}

void Evaluator::store(const Statement& s, int count) {
  locate(s.access, count);
  const Param& p = at(kernel_.params, s.access.param);
  DType type = at(kernel_.exprs, s.values[0]).dtype;
  char* base = static_cast<char*>(at(pointers_, s.access.param));
  const char* from = value(s.values[0]);
  for (int i = 0; i < count; ++i, from += itemsize(type)) {
    if (inside_[i]) put(p.dtype, base + offsets_[i], from, type);
  }
}

void Evaluator::scatter(const Statement& s, int count) {
  if (s.number < 0) return store(s, count);
  locate(s.access, count);
  const Param& p = at(kernel_.params, s.access.param);
  DType type = compute_dtype(p.dtype);
  HostFunction host = at(kernel_.functions, s.number)->host(type);
  char* base = static_cast<char*>(at(pointers_, s.access.param));
  const char* from = value(s.values[0]);
  for (int i = 0; i < count; ++i, from += itemsize(type)) {
    if (!inside_[i]) continue;
    alignas(16) char old[16], fresh[16];
    with_element_type(p.dtype, [&](auto tag) {
      typename decltype(tag)::type element;
      std::memcpy(&element, base + offsets_[i], sizeof element);
      auto wide = widened(element);
      std::memcpy(old, &wide, sizeof wide);
    });
    const void* arguments[2] = {old, from};
    host(arguments, fresh);
    put(p.dtype, base + offsets_[i], fresh, type);
  }
}
}  // namespace kroton::kernel::detail
