// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/devices.h"

#include <charconv>

#include "kroton/base/errors.h"
#include "kroton/base/signals.h"
#include "kroton/base/text.h"
#include "kroton/gpuarray/cuda/driver.h"
#include "kroton/gpuarray/opencl/driver.h"

namespace kroton::gpuarray {
namespace {
// The number that the text starts with, which it loses; -1 for none.
int take_number(std::string_view& text) {
  if (text.empty() || text.front() == '-') return -1;
  int number = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return -1;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}
}  // namespace

std::vector<Backend> backends() {
  const base::SignalsBlocked blocked;  // drivers start threads
  return {cuda::find_devices(), opencl::find_devices()};
}

std::string devices_text() {
  std::vector<std::string> here, absent;
  for (const Backend& backend : backends()) {
    for (const FoundDevice& found : backend.devices)
      here.push_back(found.device + " (" + found.name + ")");
    if (backend.devices.empty()) absent.push_back(backend.kind + ": " + backend.absent);
  }
  std::string text = "devices here: " + (here.empty() ? "none" : base::join(here, ", "));
  if (!absent.empty()) text += " (" + base::join(absent, "; ") + ")";
  return text;
}

DeviceAddress parse_device(std::string_view who, std::string_view device) {
  DeviceAddress address;
  address.text = std::string(device);
  std::string_view rest = device;
  if (rest == "cuda") {
    return {true, 0, 0, "cuda0"};
  } else if (rest.starts_with("cuda")) {
    rest.remove_prefix(4);
    address.cuda = true;
    address.index = take_number(rest);
    if (address.index >= 0 && rest.empty()) return address;
  } else if (rest.starts_with("opencl")) {
    rest.remove_prefix(6);
    address.platform = take_number(rest);
    if (address.platform >= 0 && rest.starts_with(':')) {
      rest.remove_prefix(1);
      address.index = take_number(rest);
      if (address.index >= 0 && rest.empty()) return address;
    }
  }
  throw ValueError(std::string(who) + ": " + base::quote(device) +
                   " is no device; give cuda, cuda0, or opencl0:0 (platform and device); " +
                   devices_text());
}

std::shared_ptr<Driver> open_driver(std::string_view who, const DeviceAddress& address) {
  {
    const base::SignalsBlocked blocked;
    if (auto driver = address.cuda ? cuda::open(address) : opencl::open(address)) return driver;
  }
  throw DeviceError(std::string(who) + ": there is no device " + base::quote(address.text) + "; " +
                    devices_text());
}
}  // namespace kroton::gpuarray
