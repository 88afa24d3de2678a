// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/archive/formats.h"

#include "kroton/base/errors.h"
#include "kroton/base/text.h"
#include "kroton/graph/generic_type.h"
#include "kroton/ndarray/cast.h"
#include "kroton/tensor/type.h"

namespace kroton::archive {
namespace {
using tensor::TensorType;

bool is_nothing(const Value& value) { return value.empty(); }
bool is_number(const Value& value) { return value.is_number(); }
bool is_string(const Value& value) { return value.is_string(); }
bool is_array(const Value& value) { return value.is_array(); }

void write_nothing(Writer&, const Value&) {}
void write_array(Writer& writer, const Value& value) { writer.array(value); }
void write_string(Writer& writer, const Value& value) { writer.text(value.as<std::string>()); }

Value read_nothing(Reader&) { return {}; }
Value read_array(Reader& reader) { return reader.array(); }
Value read_string(Reader& reader) { return reader.text(); }
Value read_number(Reader& reader) {
  const NDArray held = reader.array();
  if (held.ndim() != 0) reader.damaged("a number has shape " + shape_text(held.shape()));
  return with_element_type(held.dtype(), [&](auto tag) -> Value {
    using T = typename decltype(tag)::type;
    if constexpr (Number<T>) {
      return *held.data<T>();
    } else {
      return held;  // no C++ number has such a type
    }
  });
}

template <class T>
bool is_a(const Type& type) {
  return dynamic_cast<const T*>(&type) != nullptr;
}
void write_tensor_type(Writer& writer, const Type& type) {
  writer.dtype(type.dtype());
  writer.flags(type.broadcastable());
  writer.text(dynamic_cast<const TensorType&>(type).name());
}
std::shared_ptr<const Type> read_tensor_type(Reader& reader) {
  const DType dtype = reader.dtype();
  std::vector<bool> flags = reader.flags();
  return std::make_shared<const TensorType>(dtype, std::move(flags), reader.text());
}
void write_no_parts(Writer&, const Type&) {}
std::shared_ptr<const Type> read_generic(Reader&) { return std::make_shared<const Generic>(); }

template <class Format>
const Format& named(Reader& reader, const std::vector<Format>& known, const char* what) {
  const std::string name = reader.text();
  for (const Format& format : known) {
    if (format.name == name) return format;
  }
  throw ValueError("restore: " + base::quote(reader.path()) + " holds a " + what + " of kind " +
                   base::quote(name) + ", which this Kroton does not know; use a newer one");
}
}  // namespace

Formats host_formats() {
  return {{{"nothing", is_nothing, write_nothing, read_nothing},
           {"array", is_array, write_array, read_array},
           {"number", is_number, write_array, read_number},
           {"string", is_string, write_string, read_string}},
          {{"TensorType", is_a<TensorType>, write_tensor_type, read_tensor_type},
           {"Generic", is_a<Generic>, write_no_parts, read_generic}}};
}

void write_value(Writer& writer, const Value& value, const std::string& to) {
  for (const ValueFormat& format : formats().values) {
    if (!format.fits(value)) continue;
    writer.text(format.name);
    return format.write(writer, value);
  }
  throw TypeError("save: " + base::quote(to) + ": the value is " + value.text() +
                  ", which cannot be written to a file; arrays, numbers and strings can");
}
Value read_value(Reader& reader) { return named(reader, formats().values, "value").read(reader); }

void write_type(Writer& writer, const Type& type, const std::string& to) {
  for (const TypeFormat& format : formats().types) {
    if (!format.fits(type)) continue;
    writer.text(format.name);
    return format.write(writer, type);
  }
  throw TypeError("save: " + base::quote(to) + ": the type is " + type.text() +
                  ", which cannot be written to a file; those of arrays and Generic can");
}
const TypeFormat& read_type_format(Reader& reader) {
  return named(reader, formats().types, "type");
}
}  // namespace kroton::archive
