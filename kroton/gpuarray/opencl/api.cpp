// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/opencl/api.h"

#include <memory>

#include "kroton/base/config.h"

namespace kroton::gpuarray::opencl {
namespace {
struct Opened {
  std::unique_ptr<Api> api;
  std::string why;
};

Opened open_library() {
  Opened opened;
  const std::string& flag = base::config().gpuarray_opencl();
  if (flag == "none") return {nullptr, "the flag gpuarray.opencl is none"};
  auto api = std::make_unique<Api>();
  api->library =
      base::Dynlib::try_open(flag.empty() ? std::string("libOpenCL.so.1") : flag, &opened.why);
  if (!api->library) return opened;
#define OPENCL(result, name, parameters)                                       \
  api->name = reinterpret_cast<decltype(api->name)>(api->library.find(#name)); \
  if (!api->name) return {nullptr, api->library.path() + " has no function " + #name};
#include "kroton/gpuarray/opencl/api.def"
#undef OPENCL
  api->library.leak();  // drivers have threads, and may run until the process ends
  opened.api = std::move(api);
  return opened;
}
}  // namespace

const Api* Api::get(std::string& why) {
  static const Opened* const opened = new Opened(open_library());
  why = opened->why;
  return opened->api.get();
}

const char* code_name(Status status) {
  switch (status) {
#define CODE(number, name, loses) \
  case number:                    \
    return #name;
#include "kroton/gpuarray/opencl/errors.def"
#undef CODE
    default:
      return nullptr;
  }
}

bool loses_device(Status status) {
  switch (status) {
#define CODE(number, name, loses) \
  case number:                    \
    return loses;
#include "kroton/gpuarray/opencl/errors.def"
#undef CODE
    default:
      return false;
  }
}

std::vector<Platform> platforms(const Api& api, std::string& why) {
  UInt count = 0;
  const Status status = api.clGetPlatformIDs(0, nullptr, &count);
  if (status != 0 || count == 0) {
    why = "no OpenCL driver is installed (clGetPlatformIDs found none)";
    return {};
  }
  std::vector<void*> ids(count);
  api.clGetPlatformIDs(count, ids.data(), nullptr);
  std::vector<Platform> all;
  bool any = false;
  for (void* id : ids) {
    Platform platform{id, {}};
    UInt devices = 0;
    if (api.clGetDeviceIDs(id, type_all, 0, nullptr, &devices) == 0 && devices > 0) {
      platform.devices.resize(devices);
      api.clGetDeviceIDs(id, type_all, devices, platform.devices.data(), nullptr);
      any = true;
    }
    all.push_back(std::move(platform));
  }
  if (!any) why = "no OpenCL driver has a device";
  return all;
}

std::string device_text(const Api& api, void* device, UInt what) {
  std::size_t size = 0;
  api.clGetDeviceInfo(device, what, 0, nullptr, &size);
  std::string text(size, '\0');
  api.clGetDeviceInfo(device, what, size, text.data(), nullptr);
  while (!text.empty() && (text.back() == '\0' || text.back() == ' ')) text.pop_back();
  return text;
}
}  // namespace kroton::gpuarray::opencl
