// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/formats.h"

#include "kroton/archive/save.h"
#include "kroton/base/config.h"
#include "kroton/base/errors.h"
#include "kroton/base/text.h"
#include "kroton/gpuarray/shared.h"
#include "kroton/tensor/type.h"

namespace kroton::gpuarray {
namespace {
using archive::Reader, archive::SharedParts, archive::Writer;

// "": the default context.
void write_name(Writer& writer, const ContextName& name) { writer.text(name.value_or("")); }
ContextName read_name(Reader& reader) {
  std::string name = reader.text();
  return name.empty() ? std::nullopt : ContextName(std::move(name));
}
bool on_host() { return base::config().unpickle_gpu_on_cpu(); }

void check_context(const ContextName& name, const Reader& reader) {
  try {
    get_context(name);
  } catch (const ContextNotDefined&) {
    throw ContextNotDefined("restore: " + base::quote(reader.path()) + " holds arrays of " +
                            (name ? "context " + *name : "the default context") +
                            ", which is not defined; open it by init_dev, or set flag "
                            "experimental.unpickle_gpu_on_cpu for host arrays");
  }
}

bool is_device_array(const Value& value) { return value.is<GpuArray>(); }
void write_array(Writer& writer, const Value& value) {
  const GpuArray& array = value.as<GpuArray>();
  const auto name = name_of_context(array.context());
  if (!name) {
    throw ContextNotDefined("save: the value is " + value.text() +
                            ", whose context has no name; give it one by reg_context");
  }
  write_name(writer, *name);
  writer.array(array.to_host());
}
Value read_array(Reader& reader) {
  const ContextName name = read_name(reader);
  const NDArray values = reader.array();
  if (on_host()) return values;
  check_context(name, reader);
  return GpuArray::from_host(values, get_context(name));
}

bool is_device_type(const Type& type) {
  return dynamic_cast<const GpuArrayType*>(&type) != nullptr;
}
void write_type(Writer& writer, const Type& type) {
  const auto& device = dynamic_cast<const GpuArrayType&>(type);
  writer.dtype(device.dtype());
  writer.flags(device.broadcastable());
  write_name(writer, device.context_name());
  writer.text(device.name());
}
std::shared_ptr<const Type> read_type(Reader& reader) {
  const DType dtype = reader.dtype();
  std::vector<bool> flags = reader.flags();
  const ContextName name = read_name(reader);
  const std::string type_name = reader.text();
  if (on_host()) return std::make_shared<const tensor::TensorType>(dtype, std::move(flags));
  check_context(name, reader);
  return std::make_shared<const GpuArrayType>(dtype, std::move(flags), name, type_name);
}
SharedVariable make_shared(const Type& type, const SharedParts& parts) {
  if (const auto* device = dynamic_cast<const GpuArrayType*>(&type)) {
    return GpuArraySharedVariable(parts.name, *device, parts.value, parts.strict,
                                  parts.allow_downcast);
  }
  return SharedVariable(parts.name, type, parts.value, parts.strict, parts.allow_downcast);
}
}  // namespace

void save(const std::string& path, const GpuArray& array) { archive::save(path, Value(array)); }

void add_formats(archive::Formats& formats) {
  formats.values.push_back({"GpuArray", &is_device_array, &write_array, &read_array});
  formats.types.push_back({"GpuArrayType", &is_device_type, &write_type, &read_type, &make_shared});
}
}  // namespace kroton::gpuarray
