// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/context.h"

#include <mutex>
#include <optional>

#include "kroton/base/config.h"
#include "kroton/base/errors.h"
#include "kroton/base/log.h"
#include "kroton/base/text.h"
#include "kroton/gpuarray/detail/open_context.h"
#include "kroton/gpuarray/devices.h"

namespace kroton::gpuarray {
namespace {
struct Registered {
  std::string name;  // "" is the default context
  GpuContext context;
};

// Never destroyed: arrays in static variables may outlive any order of destruction.
struct Registry {
  std::recursive_mutex mutex;
  std::vector<Registered> names;
  bool flags_read = false, moves = false;
  std::optional<DeviceError> failure;  // with force_device
};
Registry& registry() {
  static auto* const all = new Registry;
  return *all;
}

const Registered* find(const Registry& all, const std::string& name) {
  for (const Registered& entry : all.names) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

std::string key(const ContextName& name) { return name.value_or(""); }

double preallocate_flag() {
  const std::string& text = base::config().gpuarray_preallocate();
  const std::optional<double> number = base::parse_double(text);
  if (!number) {
    throw ValueError("gpuarray.preallocate is " + base::quote(text) +
                     "; give a share up to 1, megabytes above 1, or a negative number");
  }
  return *number;
}

[[noreturn]] void taken(const char* who, const std::string& name) {
  throw ValueError(std::string(who) + ": " +
                   (name.empty()
                        ? "there is a default context already; give this one a name"
                        : "the context name " + base::quote(name) + " is taken; give another one"));
}

GpuContext open(const char* who, std::string_view device, const std::string& name,
                std::optional<double> preallocate) {
  Registry& all = registry();
  const DeviceAddress address = parse_device(who, device);
  if (find(all, name)) taken(who, name);
  GpuContext context(std::make_shared<OpenContext>(open_driver(who, address), name,
                                                   preallocate.value_or(preallocate_flag())));
  all.names.push_back({name, context});
  return context;
}

// One device that a flag names. What is no device string is an error in any case.
void open_of_flag(Registry& all, const char* flag, std::string_view device,
                  const std::string& name) {
  try {
    open(flag, device, name, std::nullopt);
  } catch (const DeviceError& error) {
    if (base::config().force_device()) {
      if (!all.failure) all.failure = error;
    } else {
      base::log(base::LogLevel::warning, std::string(error.what()) + "; going on without it");
    }
  }
}

void open_contexts_of_flag(Registry& all) {
  for (const std::string_view entry : base::split(base::config().contexts(), ';')) {
    if (base::trim(entry).empty()) continue;
    const std::size_t arrow = entry.find("->");
    const std::string name(base::trim(entry.substr(0, arrow)));
    if (arrow == std::string_view::npos || name.empty()) {
      throw ValueError("contexts: " + base::quote(entry) +
                       " is no context; write dev0->cuda0;dev1->opencl0:0");
    }
    if (!find(all, name)) open_of_flag(all, "contexts", base::trim(entry.substr(arrow + 2)), name);
  }
}

// What the flags ask for, at the first use. A wrong flag is thrown each time.
Registry& with_flags() {
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  if (all.failure) throw *all.failure;
  if (all.flags_read) return all;
  const std::string& device = base::config().device();
  open_contexts_of_flag(all);
  if (device != "cpu" && !find(all, "")) open_of_flag(all, "device", device, "");
  all.moves = device != "cpu" && find(all, "");
  if (const std::string& other = base::config().init_gpu_device();
      !other.empty() && !find(all, "")) {
    open_of_flag(all, "init_gpu_device", other, "");
  }
  all.flags_read = true;
  if (all.failure) throw *all.failure;
  return all;
}
}  // namespace

OpenContext& GpuContext::get(const char* member) const {
  if (!open_) {
    throw ValueError(std::string("GpuContext::") + member +
                     ": the context is null; open one with init_dev or ask get_context");
  }
  return *open_;
}
std::string GpuContext::kind() const { return get("kind").properties().kind; }
std::string GpuContext::device() const { return get("device").properties().device; }
std::string GpuContext::name() const {
  const std::string& given = get("name").name();
  return given.empty() ? open_->properties().name : given;
}
std::string GpuContext::device_name() const { return get("device_name").properties().name; }
std::uint64_t GpuContext::unique_id() const { return get("unique_id").unique_id(); }
std::size_t GpuContext::total_memory() const {
  return get("total_memory").properties().total_memory;
}
std::size_t GpuContext::free_memory() const {
  const OpenContext::Lock lock = get("free_memory").lock();
  return open_->driver().free_memory();
}
std::string GpuContext::version() const { return get("version").properties().version; }
void GpuContext::synchronize() const {
  const OpenContext::Lock lock = get("synchronize").lock();
  open_->driver().finish();
}
void GpuContext::release_cached_memory() const {
  const OpenContext::Lock lock = get("release_cached_memory").lock();
  open_->driver().finish();
  open_->release_free();
}

const ValueKind& GpuContext::kind_table() {
  static const ValueKind kind{"GpuContext",
                              &typeid(GpuContext),
                              nullptr,
                              nullptr,
                              [](const void* context) {
                                const auto& c = *static_cast<const GpuContext*>(context);
                                return c ? "GpuContext(" + c.device() + ")"
                                         : std::string("GpuContext(null)");
                              },
                              [](const void* context) -> void* {
                                return static_cast<const GpuContext*>(context)->open_.get();
                              }};
  return kind;
}

GpuContext init_dev(std::string_view device, std::string name, std::optional<double> preallocate) {
  parse_device("init_dev", device);
  const std::lock_guard lock(registry().mutex);
  with_flags();
  return open("init_dev", device, name, preallocate);
}

void reg_context(const ContextName& name, const GpuContext& context) {
  if (!context) {
    throw TypeError("reg_context: the context is null; open one with init_dev");
  }
  Registry& all = with_flags();
  const std::lock_guard lock(all.mutex);
  if (find(all, key(name))) taken("reg_context", key(name));
  context.open()->check();
  all.names.push_back({key(name), context});
}

GpuContext get_context(const ContextName& name) {
  Registry& all = with_flags();
  const std::lock_guard lock(all.mutex);
  if (const Registered* found = find(all, key(name))) return found->context;
  throw ContextNotDefined("context name " + (key(name).empty() ? "None" : *name) + " not defined");
}

std::vector<std::string> list_contexts() {
  Registry& all = with_flags();
  const std::lock_guard lock(all.mutex);
  std::vector<std::string> names;
  for (const Registered& entry : all.names) names.push_back(entry.name);
  return names;
}

void close_context(const GpuContext& context) {
  if (!context) throw TypeError("close_context: the context is null; give one of init_dev");
  {
    Registry& all = registry();
    const std::lock_guard lock(all.mutex);
    std::erase_if(all.names, [&](const Registered& entry) { return entry.context == context; });
  }
  context.open()->close();
}

std::optional<ContextName> name_of_context(const GpuContext& context) {
  Registry& all = with_flags();
  const std::lock_guard lock(all.mutex);
  for (const Registered& entry : all.names) {
    if (entry.context != context) continue;
    return entry.name.empty() ? ContextName() : ContextName(entry.name);
  }
  return std::nullopt;
}

std::string context_text(const ContextName& name) {
  return key(name).empty() ? "the default context" : *name;
}

bool has_default_context() {
  Registry& all = with_flags();
  const std::lock_guard lock(all.mutex);
  return find(all, "") != nullptr;
}

bool moves_to_device() {
  Registry& all = with_flags();
  const std::lock_guard lock(all.mutex);
  return all.moves && find(all, "");
}
}  // namespace kroton::gpuarray
