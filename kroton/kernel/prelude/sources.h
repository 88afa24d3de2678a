// SPDX-License-Identifier: BSD-3-Clause
// The texts of the prelude's headers, which embed.cmake turns into string literals at build time.
#pragma once
namespace kroton::kernel::prelude_source {
extern const char c[], cuda[], opencl[], element[], exponential[], trigonometric[], real[],
    complex[], complex_pow[], error_function[], gamma[], incomplete_gamma[],
    bessel[], bessel_order[], integer[];
}  // namespace kroton::kernel::prelude_source
