// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/rewrite/trace.h"

#include <fmt/format.h>

#include <algorithm>

#include "kroton/base/log.h"

namespace kroton::rewrite {
Trace::Entry& Trace::entry(const std::string& name) {
  const auto [found, fresh] = index_.try_emplace(name, entries_.size());
  if (fresh) entries_.push_back({.name = name});
  return entries_[found->second];
}
const Trace::Entry* Trace::find(std::string_view name) const {
  const auto found = index_.find(std::string(name));
  return found == index_.end() ? nullptr : &entries_[found->second];
}

void Trace::replaced(const std::string& reason, const Variable& old, const Variable& with) {
  const bool logged = base::log_enabled(base::LogLevel::debug);
  if (!keep_replacements && !logged) return;
  std::string text = old.text() + " -> " + with.text();
  if (logged) base::log(base::LogLevel::debug, "rewrite: " + reason + ": " + text);
  if (keep_replacements) replacements_.push_back({reason, old, with, std::move(text)});
}

void Trace::note(std::string text, bool warning) {
  if (warning) {
    base::log_once(base::LogLevel::warning, "rewrite: " + text);
  } else {
    base::log(base::LogLevel::info, "rewrite: " + text);
  }
  notes_.push_back(std::move(text));
}

void Trace::merge(const Trace& other) {
  for (const Entry& theirs : other.entries_) {
    Entry& ours = entry(theirs.name);
    ours.tried += theirs.tried;
    ours.applied += theirs.applied;
    ours.time += theirs.time;
  }
  notes_.insert(notes_.end(), other.notes_.begin(), other.notes_.end());
  replacements_.insert(replacements_.end(), other.replacements_.begin(), other.replacements_.end());
}

std::string Trace::text() const {
  std::vector<Entry> sorted = entries_;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Entry& a, const Entry& b) { return a.time > b.time; });
  std::string all = fmt::format("{:>8} {:>8} {:>10}  {}\n", "applied", "tried", "ms", "rewrite");
  for (const Entry& entry : sorted) {
    const double milliseconds = std::chrono::duration<double, std::milli>(entry.time).count();
    all += fmt::format("{:>8} {:>8} {:>10.3f}  {}\n", entry.applied, entry.tried, milliseconds,
                       entry.name);
  }
  for (const std::string& note : notes_) all += "note: " + note + "\n";
  for (const Replacement& replacement : replacements_)
    all += replacement.reason + ": " + replacement.text + "\n";
  return all;
}
}  // namespace kroton::rewrite
