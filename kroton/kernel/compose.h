// SPDX-License-Identifier: BSD-3-Clause
// Puts kernels together, for fusion on graphs. Nothing is returned when the form cannot carry the
// result; no extent, element or rounding differs from running the kernels one after another.
// Parameters of the result, in order: the inputs of the first kernel (without the one replaced),
// then the inputs of the second, then the outputs of the first, then of the second. `place` says
// where each went. Inputs that are the same array are merged by merge_params. The numbers that the
// second kernel is given come behind those of the first.
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

// Whether an element at an index that is itself a value is taken where bounds hold: bounds are
// boxes of axes, so no nest can have that.
KROTON_API bool has_gathered_bounds(const Kernel&);

// The consumer with each load of `consumer_input` replaced by what the producer stores there; the
// producer's other outputs are not computed. The producer must be one parallel stage that stores
// every element once, at an index of plain axes. A checked index goes on to be checked in a
// producer's input.
KROTON_API std::optional<Composed> inline_producer(const Kernel& consumer, int consumer_input,
                                                   const Kernel& producer, int producer_output);

// One kernel with the outputs of both: they have the same nests (axes pairwise of one length, which
// extents_from_shapes checks). shared: pairs of inputs (first, second) that are the same array.
KROTON_API std::optional<Composed> join_siblings(const Kernel& first, const Kernel& second,
                                                 const std::vector<std::pair<int, int>>& shared);

// `second` reads what `first` writes (`first_output` -> `second_input`), at the same point of all
// outer axes of `first`: the stages of one kernel. What is stored once per outer point is handed
// over as a value, and the array goes unless `keep` is set; else, and where an index is checked on
// the way to the value, the array stays an output that later stages read.
KROTON_API std::optional<Composed> append_stages(
    const Kernel& first, int first_output, const Kernel& second, int second_input, bool keep,
    const std::vector<std::pair<int, int>>& shared = {});

// The kernel with each stage that stores what the stage behind it reduces, element by element, in
// one stage with it: memory is gone through once.
KROTON_API Kernel merge_stages(const Kernel&);

// The kernel with param b replaced by a (same dtype and rank, both inputs or both outputs): params
// behind b move up.
KROTON_API Kernel merge_params(const Kernel&, int a, int b);
// The kernel with its params in a new order: param p becomes place[p].
KROTON_API Kernel permute_params(const Kernel&, const std::vector<int>& place);
}  // namespace kroton::kernel
