// SPDX-License-Identifier: BSD-3-Clause
// What rewriting did: per rewrite how often it ran, how often it changed the graph and how long it
// took; on demand every replacement, so that a wrong value can be laid at the door of the rewrite
// that made it.
//   Trace trace;  trace.keep_replacements = true;  rewriter->apply(fgraph, trace);
//   puts(trace.text().c_str());
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/variable.h"

namespace kroton::rewrite {
class KROTON_API Trace {
 public:
  struct Entry {
    std::string name;
    std::uint64_t tried = 0, applied = 0;
    std::chrono::nanoseconds time{0};
  };
  struct Replacement {
    std::string reason;  // the rewrite's name
    Variable old, with;
    std::string text;  // "old -> new", as it was when it happened
  };

  // Keep every replacement, with its text. Off by default: it costs a text per change and keeps old
  // nodes alive.
  bool keep_replacements = false;

  Entry& entry(const std::string& name);
  const Entry* find(std::string_view name) const;
  const std::vector<Entry>& entries() const { return entries_; }
  const std::vector<Replacement>& replacements() const { return replacements_; }
  // What did not go as it should: a rewrite that was stopped, a replacement that was refused.
  const std::vector<std::string>& notes() const { return notes_; }

  void replaced(const std::string& reason, const Variable& old, const Variable& with);
  // Also logged at LEVEL info, or as a warning.
  void note(std::string text, bool warning = false);
  // Adds the numbers of another trace.
  void merge(const Trace& other);
  // A table: applied, tried, milliseconds, name; slowest first; then the notes and the
  // replacements.
  std::string text() const;

 private:
  std::vector<Entry> entries_;
  std::unordered_map<std::string, std::size_t> index_;
  std::vector<Replacement> replacements_;
  std::vector<std::string> notes_;
};
}  // namespace kroton::rewrite
