// SPDX-License-Identifier: BSD-3-Clause
// Runs a kernel by the interpreter and as compiled C on the same arrays.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "kroton/kernel/form.h"
#include "kroton/kernel/specialise.h"

namespace kernel_test {
using kroton::DType;
using Shape = std::vector<std::int64_t>;

// Memory with a strided view on it.
struct Array {
  DType dtype;
  Shape shape, strides;  // strides in bytes
  std::int64_t offset = 0;
  std::vector<char> memory;

  char* first() { return memory.data() + offset; }
  std::int64_t size() const;
  template <class T>
  T& at(const Shape& index) {
    std::int64_t o = offset;
    for (std::size_t d = 0; d < index.size(); ++d) o += index[d] * strides[d];
    return *reinterpret_cast<T*>(memory.data() + o);
  }
};

Array zeros(DType, Shape);
// Reproducible numbers in [low, high).
Array random(DType, Shape, double low = -2, double high = 2);
Array transposed(Array);  // the last two dimensions swapped
Array sliced(Array, std::size_t dim, std::int64_t begin, std::int64_t end, std::int64_t step);

// Runs the kernel both ways on copies and expects the same bytes everywhere. Returns the arrays
// after the interpreter ran. Without a compiler only the interpreter runs.
std::vector<Array> run_both(const kroton::kernel::Kernel&, std::vector<Array>);
// The arrays after the interpreter ran alone; expects no fault.
std::vector<Array> interpreted(const kroton::kernel::Kernel&, std::vector<Array>);
kroton::kernel::Specialised specialised(const kroton::kernel::Kernel&, const std::vector<Array>&,
                                        const kroton::kernel::Cuts& cuts = {});
// The elements of an array as doubles, row-major.
std::vector<double> values(Array&);
// The elements against a function of the index.
void expect_values(Array&, const std::function<double(const Shape&)>&, double tolerance);
}  // namespace kernel_test
