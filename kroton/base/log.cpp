// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/base/log.h"

#include <unistd.h>

#include <mutex>
#include <string>
#include <unordered_set>

#include "kroton/base/config.h"
#include "kroton/base/errors.h"

namespace kroton::base {
namespace {
constexpr std::string_view words[] = {"error", "warning", "info", "debug"};

LogLevel threshold() {
  // Wrong flags are reported by whoever asks for a flag; a message about anything must not throw.
  try {
    const std::string& chosen = config().log();
    for (int i = 0; i < 4; ++i)
      if (chosen == words[i]) return static_cast<LogLevel>(i);
  } catch (const Error&) {
  }
  return LogLevel::warning;
}
}  // namespace

bool log_enabled(LogLevel level) { return level <= threshold(); }

void log(LogLevel level, std::string_view message) {
  if (!log_enabled(level)) return;
  std::string line = "kroton: ";
  line += words[static_cast<int>(level)];
  line += ": ";
  line += message;
  line += '\n';
  // One write, so that lines of several threads and processes stay whole.
  std::string_view rest = line;
  while (!rest.empty()) {
    ssize_t n = ::write(STDERR_FILENO, rest.data(), rest.size());
    if (n <= 0) return;
    rest.remove_prefix(static_cast<std::size_t>(n));
  }
}

void log_once(LogLevel level, std::string_view message) {
  if (!log_enabled(level)) return;
  static std::mutex mutex;
  static auto& seen = *new std::unordered_set<std::string>;
  {
    std::lock_guard lock(mutex);
    if (!seen.emplace(message).second) return;
  }
  log(level, message);
}
}  // namespace kroton::base
