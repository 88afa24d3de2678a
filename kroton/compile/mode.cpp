// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/compile/mode.h"

#include "kroton/base/config.h"
#include "kroton/base/errors.h"
#include "kroton/base/text.h"
#include "kroton/link/program.h"
#include "kroton/rewrite/query.h"

namespace kroton::inline compile {
namespace {
void add_tags(std::vector<std::string>& tags, std::string_view text) {
  for (const auto by_colon : base::split(text, ':')) {
    for (const auto by_comma : base::split(by_colon, ',')) {
      const auto tag = base::trim(by_comma);
      if (!tag.empty()) tags.emplace_back(tag);
    }
  }
}
}  // namespace

Mode::Mode() : from_flags_(true) {}
Mode::Mode(const char* name) { set_name(name); }
Mode::Mode(std::string name) { set_name(name); }
Mode::Mode(const char* linker, const char* optimizer) : linker_(linker), optimizer_(optimizer) {
  if (!link::is_linker(linker_)) {
    throw ValueError("Mode: there is no linker named " + base::quote(linker_) +
                     "; take py, vm, cvm, c, c|py or c&py");
  }
  rewrite::Query::parse(optimizer_);
}

void Mode::set_name(const std::string& name) {
  if (name == "Mode") {
    from_flags_ = true;
  } else if (name == "FAST_RUN") {
    linker_ = "cvm", optimizer_ = "fast_run";
  } else if (name == "FAST_COMPILE") {
    linker_ = "vm", optimizer_ = "fast_compile";
  } else if (name == "DebugMode" || name == "DEBUG_MODE") {
    kind_ = Kind::debug, linker_ = "py", optimizer_ = "fast_run";
  } else if (name == "NanGuardMode") {
    kind_ = Kind::nan_guard, linker_ = "py", optimizer_ = "fast_run";
  } else if (link::is_linker(name)) {
    linker_ = name, optimizer_ = "fast_run";
  } else {
    throw ValueError("Mode: there is none named " + base::quote(name) +
                     "; take FAST_RUN, FAST_COMPILE, DebugMode, NanGuardMode or a linker");
  }
}

Mode Mode::including(std::string tags) const {
  Mode mode = *this;
  add_tags(mode.including_, tags);
  return mode;
}
Mode Mode::excluding(std::string tags) const {
  Mode mode = *this;
  add_tags(mode.excluding_, tags);
  return mode;
}
Mode Mode::with_schedule(Schedule schedule) const {
  Mode mode = *this;
  mode.schedule_ = std::move(schedule);
  return mode;
}

Mode Mode::with_nan_guard(NanGuard guard) const {
  Mode mode = resolved();
  mode.kind_ = Kind::nan_guard;
  mode.nan_guard_ = guard;
  return mode;
}

Mode Mode::resolved() const {
  if (!from_flags_) return *this;
  const base::Config& flags = base::config();
  const Mode base = flags.mode() == "Mode" ? Mode(flags.linker().c_str(), flags.optimizer().c_str())
                                           : Mode(flags.mode());
  Mode mode = *this;
  mode.from_flags_ = false;
  mode.kind_ = base.kind_;
  mode.linker_ = base.linker_;
  mode.optimizer_ = base.optimizer_;
  add_tags(mode.including_, flags.optimizer_including());
  add_tags(mode.excluding_, flags.optimizer_excluding());
  add_tags(mode.requiring_, flags.optimizer_requiring());
  return mode;
}

std::string Mode::text() const {
  const Mode mode = resolved();
  const char* kind = mode.kind_ == Kind::debug       ? "DebugMode, "
                     : mode.kind_ == Kind::nan_guard ? "NanGuardMode, "
                                                     : "";
  std::string text = kind + ("linker " + mode.linker_) + ", optimizer " + mode.optimizer_;
  for (const std::string& tag : mode.including_) text += " +" + tag;
  for (const std::string& tag : mode.excluding_) text += " -" + tag;
  for (const std::string& tag : mode.requiring_) text += " &" + tag;
  return text;
}
}  // namespace kroton::inline compile
