// SPDX-License-Identifier: BSD-3-Clause
// Messages of the library: to stderr only, by level (flag `log`), one line each:
//   kroton: warning: artifact cache: /x is not owned by you; going on without it
#pragma once
#include <string_view>

#include "kroton/base/api.h"

namespace kroton::base {
enum class LogLevel { error, warning, info, debug };

KROTON_API void log(LogLevel level, std::string_view message);
// Whether a message of this level would be seen: ask before building a long text.
KROTON_API bool log_enabled(LogLevel level);
// As log, once per process for each different message.
KROTON_API void log_once(LogLevel level, std::string_view message);
}  // namespace kroton::base
