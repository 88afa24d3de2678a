// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/driver.h"

#include "kroton/base/errors.h"

namespace kroton::gpuarray {
Driver::~Driver() = default;

bool Driver::copy_from(Driver&, Place, Place, std::size_t) { return false; }
bool Driver::gemm_then(const GemmCall&, const Epilogue&) { return false; }
bool Driver::gemm(const GemmCall&) { return false; }

void Driver::fail(const std::string& call, const std::string& code, bool loses) {
  const std::string fact = call + " failed with " + code + " on " + properties_.device;
  if (loses && lost_.empty()) lost_ = fact;
  throw DeviceError(properties_.kind + ": " + fact +
                    (loses ? "; open another context with init_dev"
                           : "; `kroton devices` tells what works here"));
}
}  // namespace kroton::gpuarray
