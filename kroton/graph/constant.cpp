// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cstring>
#include <functional>
#include <sstream>

#include "kroton/base/errors.h"
#include "kroton/graph/variable.h"
#include "kroton/ndarray/ndarray.h"

namespace kroton::inline graph {
namespace {
struct ConstantData final : LeafData {
  explicit ConstantData(Value given) : value(std::move(given)) {}
  Value value;
};

const ConstantData* constant_data(const Variable& variable) {
  return variable ? dynamic_cast<const ConstantData*>(variable.leaf_data().get()) : nullptr;
}

// Bit for bit, so that 0.0 and -0.0 differ and a NaN equals itself.
bool same_bits(const NDArray& a, const NDArray& b) {
  if (a.dtype() != b.dtype() || a.shape() != b.shape()) return false;
  const NDArray x = a.is_c_contiguous() ? a : a.copy();
  const NDArray y = b.is_c_contiguous() ? b : b.copy();
  return std::memcmp(x.raw(), y.raw(), x.nbytes()) == 0;
}

bool is_array_value(const Value& value) { return value.is_array() || value.is_array_elsewhere(); }
}  // namespace

Constant::Constant(const Type& type, Value value, std::string name)
    : Variable(type.share(), std::make_shared<ConstantData>(type.filter(value)), std::move(name)) {}

const Value& Constant::data() const { return constant_data(*this)->value; }

std::string Constant::value_text() const {
  if (!is_array_value(data())) return data().text();
  const NDArray array = data();
  std::string line = data().text();
  if (array.size() <= 6) {
    std::ostringstream text;
    text << array;
    line = text.str();
    std::replace(line.begin(), line.end(), '\n', ' ');
  }
  return data().is_array() ? line : std::string(data().kind()->name) + "Constant{" + line + "}";
}

std::optional<Constant> Constant::recover(const Variable& variable) {
  if (!constant_data(variable)) return std::nullopt;
  return Constant(variable);
}

bool Constant::same_as(const Constant& other) const {
  if (*this == other) return true;
  if (!(type() == other.type())) return false;
  if (is_array_value(data()) && is_array_value(other.data()))
    return same_bits(data(), other.data());
  if (data().is_string() && other.data().is_string())
    return data().as<std::string>() == other.data().as<std::string>();
  if (data().is_number() && other.data().is_number()) {
    return data().number_dtype() == other.data().number_dtype() && same_bits(data(), other.data());
  }
  return false;
}

std::size_t Constant::signature_hash() const {
  std::size_t seed = type().hash();
  if (data().is_string()) return seed ^ std::hash<std::string>()(data().as<std::string>());
  if (!is_array_value(data())) return seed;
  const NDArray array = data();
  const NDArray flat = array.is_c_contiguous() ? array : array.copy();
  // A large constant is told apart by its head; same_as reads all of it.
  const std::size_t bytes = std::min<std::size_t>(flat.nbytes(), 4096);
  seed ^=
      std::hash<std::string_view>()({static_cast<const char*>(flat.raw()), bytes}) + array.size();
  return seed;
}
}  // namespace kroton::inline graph
