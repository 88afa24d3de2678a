// SPDX-License-Identifier: BSD-3-Clause
// Puts kernels together, for fusion on graphs. Nothing is returned when the form cannot carry the
// result; no extent, element or rounding differs from running the kernels one after another.
// Parameters of the result, in order: the inputs of the first kernel (without the one replaced), then
// the inputs of the second, then the outputs of the first, then of the second. `place` says where each
// went. Inputs that are the same array are merged by merge_params.
#pragma once
#include <optional>
#include <vector>

#include "kroton/kernel/form.h"

namespace kroton::kernel {
struct Composed {
  Kernel kernel;
  // New number of each param of the first and of the second kernel; -1 when it is gone.
  std::vector<int> first, second;
};

// The consumer with each load of `consumer_input` replaced by what the producer stores there. The
// producer must be one parallel stage that stores that output once, at every element, or in pieces.
KROTON_API std::optional<Composed> inline_producer(const Kernel& consumer, int consumer_input,
                                                   const Kernel& producer, int producer_output);

// One kernel with the outputs of both: the same outer and stage axes. shared: pairs of params (first,
// second) that are the same array.
KROTON_API std::optional<Composed> join_siblings(const Kernel& first, const Kernel& second,
                                                 const std::vector<std::pair<int, int>>& shared);

// `second` reads what `first` writes (`first_output` -> `second_input`): the stages of one kernel over
// common outer axes. The array stays an output when keep is set or an element is read elsewhere than
// where a value of the outer point is at hand. Extents are matched through the shared array.
KROTON_API std::optional<Composed> append_stages(const Kernel& first, int first_output,
                                                 const Kernel& second, int second_input,
                                                 bool keep,
                                                 const std::vector<std::pair<int, int>>& shared = {});

// The kernel with param b replaced by a (same dtype and rank, both inputs): params behind b move up.
KROTON_API Kernel merge_params(const Kernel&, int a, int b);
// The kernel with its params in a new order: param p becomes place[p].
KROTON_API Kernel permute_params(const Kernel&, const std::vector<int>& place);
}  // namespace kroton::kernel
