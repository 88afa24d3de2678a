// SPDX-License-Identifier: BSD-3-Clause
// Which outputs of a kernel may lie in the memory of which inputs, element over element: read from
// the form, so that no op has to declare it.
#pragma once
#include "kroton/base/api.h"
#include "kroton/kernel/form.h"

namespace kroton::kernel {
// Whether the kernel gives the same values when OUTPUT and INPUT (of one dtype, shape and layout)
// are one array: each element is read before it is written, by the points that write it.
KROTON_API bool may_overlay(const Kernel&, int input, int output);

// Puts each output into an alias group with inputs that it may overlay, each of the group's outputs
// over each of its inputs. A kernel with groups of its own stays as it is.
KROTON_API void group_overlays(Kernel&);
}  // namespace kroton::kernel
