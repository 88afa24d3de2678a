// SPDX-License-Identifier: BSD-3-Clause
// The accumulators that the library's reductions use. Each is made of expressions of the form, as a
// user's own would be.
#pragma once
#include "kroton/kernel/builder.h"

namespace kroton::kernel {
// (sum): accumulate {value}.
KROTON_API int sum_accumulator(Builder&, DType);
KROTON_API int product_accumulator(Builder&, DType);
// (extremum): NaN wins over every number.
KROTON_API int max_accumulator(Builder&, DType);
KROTON_API int min_accumulator(Builder&, DType);
// (extremum, int64 index): the first NaN, else the first extremum. Accumulate {value, index}.
KROTON_API int argmax_accumulator(Builder&, DType);
KROTON_API int argmin_accumulator(Builder&, DType);
// (bool): stop at the first that decides.
KROTON_API int any_accumulator(Builder&);
KROTON_API int all_accumulator(Builder&);
// (mean, sum of squared deviations, count) by Chan's update. Accumulate {x, 0, 1}.
KROTON_API int moments_accumulator(Builder&, DType);
// (max, sum of exp(x - max)): logsumexp = max + log(sum). Accumulate {x, 1}.
KROTON_API int logsumexp_accumulator(Builder&, DType);
// (state) of any commutative or associative two-argument function with a neutral constant.
KROTON_API int fold_accumulator(Builder&, const FunctionRef&, DType, ExprId identity);
}  // namespace kroton::kernel
