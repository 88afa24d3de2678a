// SPDX-License-Identifier: BSD-3-Clause
// Literals, conversions, and the functions of rows: what stands in front of the nests.
#include <fmt/format.h>

#include <cmath>
#include <cstring>

#include "kroton/base/errors.h"
#include "kroton/kernel/detail/body_writer.h"
#include "kroton/kernel/prelude/prelude.h"

namespace kroton::kernel::detail {
namespace {
bool is_short(DType d) { return d == float16 || d == bfloat16; }

// A row whose text is one call of its arguments, such as "exp(x)".
bool is_single_call(const std::string& text) {
  std::size_t open = text.find('('), close = text.find(')');
  return open != std::string::npos && close == text.size() - 1 &&
         text.find('(', open + 1) == std::string::npos &&
         text.find_first_of("+-*/<>=!?&|") == std::string::npos;
}

// How a float that does not fit becomes an integer: see ndarray/cast.h.
std::string whole_number(DType from, DType to) {
  const char* x = "x";
  const bool wide = itemsize(to) == 8 || to == uint32;
  const char* carrier = wide ? "k_i64" : "k_i32";
  std::string type = value_type(to);
  std::string lowest = wide ? "(-9223372036854775807L - 1)" : "(-2147483647 - 1)";
  std::string low = wide ? "x >= -0x1p63" : from == float64 ? "x > -2147483649.0" : "x >= -0x1p31";
  std::string high = wide ? "0x1p63" : "0x1p31";
  if (from == float32) {
    if (wide) low += "f";
    if (!wide) low += "f";
    high += "f";
  }
  std::string way = fmt::format("({})((({}) & ({} < {})) ? ({}){} : ({}){})", type, low, x, high,
                                carrier, x, carrier, lowest);
  if (to != uint64) return way;
  const char* f = from == float32 ? "f" : "";
  return fmt::format("x >= 0x1p63{} ? (x < 0x1p64{} ? (k_u64)x : (k_u64)1 << 63) : {}", f, f, way);
}
}  // namespace

std::string literal(const Expr& e, Definitions& definitions) {
  auto real = [&](DType d, std::uint64_t bits) -> std::string {
    double value;
    float narrow;
    std::memcpy(&value, &bits, 8);
    std::memcpy(&narrow, &bits, 4);
    if (d == float32) value = static_cast<double>(narrow);
    if (!std::isfinite(value)) {
      definitions.use(d == float32 ? "from_bits_f32" : "from_bits_f64");
      if (d == float32) return fmt::format("from_bits_f32(0x{:x}u)", bits & 0xffffffffu);
      return fmt::format("from_bits_f64(0x{:x}ul)", bits);
    }
    std::string text =
        std::abs(value) < 1e6 && value == std::floor(value)
            ? fmt::format("{}{:.1f}", std::signbit(value) && value == 0 ? "" : "", value)
            : fmt::format("{:a}", value);
    return d == float32 ? fmt::format("({}f)", text) : fmt::format("({})", text);
  };
  if (is_floating(e.dtype)) return real(e.dtype, e.bits[0]);
  if (e.dtype == complex64) {
    definitions.cast(float32, complex64, "");
    return fmt::format("k_pair_c64({}, {})", real(float32, e.bits[0]),
                       real(float32, e.bits[0] >> 32));
  }
  if (e.dtype == complex128) {
    definitions.cast(float64, complex128, "");
    return fmt::format("k_pair_c128({}, {})", real(float64, e.bits[0]), real(float64, e.bits[1]));
  }
  return fmt::format("({}){}", value_type(e.dtype),
                     itemsize(e.dtype) < 8 || e.bits[0] < 1000000
                         ? fmt::format("0x{:x}u", e.bits[0])
                         : fmt::format("0x{:x}ul", e.bits[0]));
}

void Definitions::define(const std::string& name, const std::string& text) {
  if (defined_.insert(name).second) functions_ += text;
}

std::string Definitions::function(const ScalarFunction& f, DType compute) {
  std::string contents = fmt::format("{}|{}|{}|{}", f.name, f.text, f.nin, suffix(compute));
  auto known = names_.find(contents);
  if (known != names_.end()) return known->second;
  std::string name = fmt::format("k_{}_{}", f.name, suffix(compute));
  // A user's row may have the name of another: number the later ones.
  for (int i = 2; defined_.count(name); ++i)
    name = fmt::format("k_{}_{}_{}", f.name, suffix(compute), i);
  std::string text, arguments, list;
  for (int i = 0; i < f.nin; ++i) {
    const char* letter = i == 0 ? "x" : i == 1 ? "y" : "z";
    arguments +=
        fmt::format("{}{} {}", i ? ", " : "", value_type(argument_dtype(f, i, compute)), letter);
    list += fmt::format("{}{}", i ? ", " : "", letter);
  }
  std::string own = fmt::format("{}_{}", f.name, suffix(compute));
  if ((is_complex(compute) || is_bool(compute)) && !is_single_call(f.text) &&
      (is_complex(compute) || prelude_has(own))) {
    // No dialect has operators on complex numbers, and bool wraps to 0 and 1: the prelude has a
    // function of the row's name.
    require(f, compute, {own});
    text = fmt::format("{}({})", own, list);
  } else {
    require(f, compute, called_names(f, compute));
    text = suffixed_text(f, compute);
  }
  DType d = result_dtype(f, compute);
  const char* result = value_type(d);
  std::string body = is_bool(d)      ? fmt::format("(k_b1)(({}) != 0)", text)
                     : is_integer(d) ? fmt::format("({})({})", result, text)
                                     : text;
  define(name, fmt::format("KFN {} {}({}) {{ return {}; }}\n", result, name, arguments, body));
  return names_[contents] = name;
}

void Definitions::require(const ScalarFunction& f, DType compute,
                          const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (!prelude_has(name)) {
      throw UnsupportedError(
          fmt::format("{}: its text for {} calls {}, which kernels do not have; "
                      "write it with functions of the prelude",
                      f.name, kroton::name(compute), name));
    }
    use(name);
  }
}

std::string Definitions::load(DType element, const std::string& text) {
  if (element == bool_) return fmt::format("(k_b1)({} != 0)", text);
  if (!is_short(element)) return text;
  std::string name = fmt::format("f32_from_{}", suffix(element));
  use(name);
  return fmt::format("{}({})", name, text);
}

std::string Definitions::store(DType element, DType value, const std::string& text) {
  if (!is_short(element)) return text;
  std::string name = fmt::format("{}_from_{}", suffix(element), suffix(value));
  use(name);
  return fmt::format("{}({})", name, text);
}

std::string Definitions::cast(DType from, DType to, const std::string& value) {
  if (is_short(to)) {
    DType way = is_floating(from) ? from : float64;
    return load(to, store(to, way, cast(from, way, value)));
  }
  if (from == to) return value;
  std::string name = fmt::format("k_{}_from_{}", suffix(to), suffix(from));
  auto conversion = [&](const std::string& body) {
    define(name, fmt::format("KFN {} {}({} x) {{ return {}; }}\n", value_type(to), name,
                             value_type(from), body));
    return fmt::format("{}({})", name, value);
  };
  if (is_complex(to)) {
    DType part = to == complex64 ? float32 : float64;
    const char* part_type = value_type(part);
    std::string pair = fmt::format("k_pair_{}", suffix(to));
    define(pair,
           fmt::format("KFN {} {}({} re, {} im) {{ {} z; z.re = re; z.im = im; return z; }}\n",
                       value_type(to), pair, part_type, part_type, value_type(to)));
    if (is_complex(from))
      return conversion(fmt::format("{}(({})x.re, ({})x.im)", pair, part_type, part_type));
    return fmt::format("{}({}, 0)", pair, cast(from, part, value));
  }
  if (is_complex(from)) {
    if (to == bool_) return conversion("(k_b1)((x.re != 0) | (x.im != 0))");
    return cast(from == complex64 ? float32 : float64, to, fmt::format("({}).re", value));
  }
  if (to == bool_) return fmt::format("(k_b1)({} != 0)", value);
  if (is_floating(from) && is_integer(to)) return conversion(whole_number(from, to));
  return fmt::format("({}){}", value_type(to), value);
}

// Thousands of items, or a few threads, may find their index wrong at once: one of them tells.
std::string fault_function(Dialect dialect) {
  const bool c = dialect == Dialect::c, opencl = dialect == Dialect::opencl;
  const char* space = opencl ? "__global " : "";
  const char* exchange = c        ? "__atomic_exchange_n((int*)(fault + 3), 1, __ATOMIC_RELAXED)"
                         : opencl ? "atomic_xchg((volatile __global int*)(fault + 3), 1)"
                                  : "atomicExch((int*)(fault + 3), 1)";
  return fmt::format(
      "{0} void k_fault({1}char* scratch, k_i64 param, k_i64 dim, k_i64 index) {{\n"
      "  {1}k_i64* fault = ({1}k_i64*)scratch;\n"
      "  if (fault[0] == 0 && {2} == 0) {{\n"
      "    fault[0] = param + 1;\n"
      "    fault[1] = dim;\n"
      "    fault[2] = index;\n"
      "  }}\n"
      "}}\n",
      c ? "static" : "KFN", space, exchange);
}

std::string Definitions::text() const {
  return prelude_text(dialect_, std::vector<std::string>(used_.begin(), used_.end())) + functions_;
}
}  // namespace kroton::kernel::detail
