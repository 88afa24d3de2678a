// SPDX-License-Identifier: BSD-3-Clause
// Softmax, log-sum-exp and cross-entropies: recognised where they are written out, moved to the
// form in which nothing overflows, and taken apart again for fusion.
#pragma once
#include "kroton/base/api.h"
#include "kroton/rewrite/database.h"

namespace kroton::tensor {
// exp(x) / sum(exp(x)) is softmax(x), also with further factors.
KROTON_API std::optional<Variables> local_softmax_quotient(const FunctionGraph& fgraph,
                                                           const Apply& node);
// softmax(x - c) is softmax(x) for c that is constant along the axes.
KROTON_API std::optional<Variables> local_softmax_shift(const FunctionGraph& fgraph,
                                                        const Apply& node);
// log(sum(exp(x))) is logsumexp(x).
KROTON_API std::optional<Variables> local_log_sum_exp(const FunctionGraph& fgraph,
                                                      const Apply& node);
// log(softmax(x)) is logsoftmax(x), also of a part of it.
KROTON_API std::optional<Variables> local_log_softmax(const FunctionGraph& fgraph,
                                                      const Apply& node);
// x - logsumexp(x) is logsoftmax(x).
KROTON_API std::optional<Variables> local_logsoftmax_difference(const FunctionGraph& fgraph,
                                                                const Apply& node);
// The cross-entropy of a softmax is picked from logsoftmax(x).
KROTON_API std::optional<Variables> local_crossentropy_of_softmax(const FunctionGraph& fgraph,
                                                                  const Apply& node);
// What comes back to a softmax divided by it is multiplied by it no more.
KROTON_API std::optional<Variables> local_softmax_grad_quotient(const FunctionGraph& fgraph,
                                                                const Apply& node);
// The sum of what was spread is what was spread.
KROTON_API std::optional<Variables> local_sum_of_spread(const FunctionGraph& fgraph,
                                                        const Apply& node);
// The ops of tensor/nnet in elementary ops.
KROTON_API std::optional<Variables> local_nnet_graph(const FunctionGraph& fgraph,
                                                     const Apply& node);

KROTON_API void install_nnet(rewrite::Database& db);
}  // namespace kroton::tensor
