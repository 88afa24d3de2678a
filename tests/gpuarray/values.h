// SPDX-License-Identifier: BSD-3-Clause
// Short words of the tests of device types: arrays on dev0, their elements.
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "contexts.h"
#include "kroton/gpuarray/array.h"
#include "kroton/gpuarray/type.h"
#include "kroton/gpuarray/variable.h"
#include "kroton/ndarray/cast.h"
#include "kroton/ndarray/value.h"

namespace gpuarray_test {
using Doubles = std::vector<double>;
// The elements in C order, of any array, as doubles.
inline Doubles list(const kroton::Value& value) {
  return kroton::NDArray(value).astype(kroton::float64).to_vector<double>();
}
inline kroton::gpuarray::GpuArray on_dev0(const kroton::NDArray& values) {
  return kroton::gpuarray::GpuArray::from_host(values, dev0());
}
inline kroton::gpuarray::GpuArray on_dev1(const kroton::NDArray& values) {
  return kroton::gpuarray::GpuArray::from_host(values, dev1());
}
// A variable that lies in the context; the tests' two contexts are there from now on.
inline kroton::Variable on(const char* context, const std::string& name = "x",
                           kroton::DType dtype = kroton::float64,
                           std::vector<bool> broadcastable = {false}) {
  dev0();
  dev1();
  return kroton::gpuarray::GpuArrayType(dtype, std::move(broadcastable), context)(name);
}
}  // namespace gpuarray_test
