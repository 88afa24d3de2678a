// SPDX-License-Identifier: BSD-3-Clause
// How each kind of value, and each type of shared variables, is written to an archive. Rooms above
// add theirs, so that this one need not know them.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kroton/archive/stream.h"
#include "kroton/base/api.h"
#include "kroton/compile/shared.h"
#include "kroton/graph/type.h"
#include "kroton/ndarray/value.h"

namespace kroton::archive {
struct ValueFormat {
  std::string_view name;  // in files
  bool (*fits)(const Value& value);
  void (*write)(Writer& writer, const Value& value);
  Value (*read)(Reader& reader);
};

struct SharedParts {
  std::string name;
  Value value;
  bool strict = false;
  std::optional<bool> allow_downcast = {};
};
struct TypeFormat {
  std::string_view name;
  bool (*fits)(const Type& type);
  void (*write)(Writer& writer, const Type& type);
  // The type of the file, or one that takes the values in its stead where flags say so.
  std::shared_ptr<const Type> (*read)(Reader& reader);
  // A shared variable of what read() gave; null: a plain one.
  SharedVariable (*make_shared)(const Type& type, const SharedParts& parts) = nullptr;
};

struct Formats {
  std::vector<ValueFormat> values;
  std::vector<TypeFormat> types;
};
// Of nothing, numbers, strings and host arrays; of TensorType, Generic.
KROTON_API Formats host_formats();
// Of all rooms. Defined in kroton/install.cpp.
KROTON_API const Formats& formats();

// TypeError for a value or type without a format; TO is the path, for its text.
KROTON_API void write_value(Writer& writer, const Value& value, const std::string& to);
KROTON_API Value read_value(Reader& reader);
KROTON_API void write_type(Writer& writer, const Type& type, const std::string& to);
// The format that the file names; the type's parts follow.
KROTON_API const TypeFormat& read_type_format(Reader& reader);
}  // namespace kroton::archive
