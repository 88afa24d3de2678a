// SPDX-License-Identifier: BSD-3-Clause
// What an error of a running function says beside the fact: which node, on which inputs, made on
// which line of the user's program, and a hint. Added once, while the exception unwinds.
#pragma once
#include <functional>
#include <span>
#include <string>

#include "kroton/base/api.h"
#include "kroton/graph/variable.h"
#include "kroton/ndarray/value.h"

namespace kroton::link {
// "file.cpp:12", or "" when the line is not known.
KROTON_API std::string line_text(const std::source_location& line);

// Rethrows the exception being handled with its text followed by CONTEXT(); an exception that is
// not Kroton's own, and one that has context already, goes on as it is.
[[noreturn]] KROTON_API void rethrow_with(const std::function<std::string()>& context);

// dtype, shape, strides and, when it is short, the value.
KROTON_API std::string value_text(const Value& value);

// The lines for NODE, run as number POSITION on VALUES (those that are empty are not shown).
KROTON_API std::string node_context(const Apply& node, std::size_t position,
                                    std::span<const Value> values);
}  // namespace kroton::link
