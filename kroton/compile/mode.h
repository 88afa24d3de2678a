// SPDX-License-Identifier: BSD-3-Clause
// A Mode says how a graph becomes a function: which linker runs it, which rewrites are made before.
//   function({x}, y, {.mode = "FAST_COMPILE"});   Mode("py", "None");   Mode().excluding("fusion");
// Names: FAST_RUN, FAST_COMPILE, DebugMode, NanGuardMode. Linkers: py (perform only), vm or cvm
// (planned memory), c (one C module), c|py (C before perform), c&py (both, compared). Rewrites:
// None, merge, fast_compile, fast_run, stabilize, fast_run_stable, o1 to o4, unsafe. Mode() is what
// the flags mode, linker and optimizer say when function() is called.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/schedule.h"

namespace kroton::inline compile {
class KROTON_API Mode {
 public:
  enum class Kind { plain, debug, nan_guard };

  Mode();
  Mode(const char* name);  // Error for an unknown name
  Mode(std::string name);
  Mode(const char* linker, const char* optimizer);

  // Rewrites by tags, separated by colons or commas.
  Mode including(std::string tags) const;
  Mode excluding(std::string tags) const;
  Mode with_schedule(Schedule schedule) const;

  // What NanGuardMode takes for an error.
  struct NanGuard {
    bool nan = true, inf = true, big = true;  // big: beyond 1e10
  };
  Mode with_nan_guard(NanGuard guard) const;
  const NanGuard& nan_guard() const { return nan_guard_; }

  // This mode with what it leaves to the flags filled in.
  Mode resolved() const;
  Kind kind() const { return kind_; }
  const std::string& linker() const { return linker_; }
  const std::string& optimizer() const { return optimizer_; }
  const std::vector<std::string>& included() const { return including_; }
  const std::vector<std::string>& excluded() const { return excluding_; }
  const std::vector<std::string>& required() const { return requiring_; }
  const std::optional<Schedule>& schedule() const { return schedule_; }
  std::string text() const;

 private:
  void set_name(const std::string& name);
  Kind kind_ = Kind::plain;
  bool from_flags_ = false;
  std::string linker_, optimizer_;
  std::vector<std::string> including_, excluding_, requiring_;
  std::optional<Schedule> schedule_;
  NanGuard nan_guard_;
};
}  // namespace kroton::inline compile
