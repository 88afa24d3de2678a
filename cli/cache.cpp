// SPDX-License-Identifier: BSD-3-Clause
#include <ctime>
#include <iomanip>
#include <iostream>
#include <map>

#include "cli/commands.h"
#include "kroton/base/config.h"
#include "kroton/base/text.h"
#include "kroton/jit/artifact_cache.h"

namespace cli {
namespace {
using kroton::jit::ArtifactCache;

int list(const ArtifactCache& cache) {
  for (const auto& entry : cache.list()) {
    const std::time_t when = entry.last_use;
    std::tm day{};
    localtime_r(&when, &day);
    std::cout << entry.key << std::right << std::setw(10) << entry.bytes << "  "
              << std::put_time(&day, "%F %T") << "\n";
  }
  const auto stats = cache.stats();
  std::cout << stats.entries << " entries, " << kroton::base::format_bytes(stats.bytes) << " in "
            << cache.folder() << "\n";
  return 0;
}

// By kind, the first word of a key.
int summary(const ArtifactCache& cache) {
  std::map<std::string, ArtifactCache::Stats> kinds;
  for (const auto& entry : cache.list()) {
    ArtifactCache::Stats& kind = kinds[entry.key.substr(0, entry.key.find('-'))];
    ++kind.entries;
    kind.bytes += entry.bytes;
  }
  for (const auto& [kind, stats] : kinds) {
    std::cout << std::left << std::setw(10) << kind << std::right << std::setw(8) << stats.entries
              << " entries, " << kroton::base::format_bytes(stats.bytes) << "\n";
  }
  const auto all = cache.stats();
  std::cout << all.entries << " entries, " << kroton::base::format_bytes(all.bytes)
            << " of at most " << kroton::base::config().cache_size_mb() << " MB in "
            << cache.folder() << (cache.read_only() ? ", which is only read" : "") << "\n";
  return 0;
}

int clear(ArtifactCache& cache) {
  std::cout << cache.clear() << " entries removed from " << cache.folder() << "\n";
  return 0;
}

int verify(ArtifactCache& cache) {
  const auto verdict = cache.verify();
  for (const std::string& key : verdict.bad) std::cout << key << " was damaged and is removed\n";
  std::cout << verdict.good << " entries are good, " << verdict.bad.size() << " were damaged\n";
  return verdict.bad.empty() ? 0 : 1;
}
}  // namespace

int cache(const std::vector<std::string>& arguments) {
  const std::string what = arguments.empty() ? "" : arguments[0];
  const bool known = what.empty() || what == "list" || what == "clear" || what == "verify";
  if (!known || arguments.size() > 1) {
    std::cerr << "usage: kroton cache [list | clear | verify]\n";
    return 2;
  }
  ArtifactCache* cache = kroton::jit::artifact_cache();
  if (!cache) {
    std::cout
        << "there is no artifact cache: the flag cache is off, or its folder cannot be used\n";
    return 0;
  }
  if (what.empty()) return summary(*cache);
  return what == "list" ? list(*cache) : what == "clear" ? clear(*cache) : verify(*cache);
}
}  // namespace cli
