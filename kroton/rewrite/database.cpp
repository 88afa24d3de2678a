// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/rewrite/database.h"

#include <algorithm>

#include "kroton/base/errors.h"
#include "kroton/rewrite/equilibrium.h"

namespace kroton::rewrite {
namespace {
// Tags that may be asked for although nothing carries them yet: what they would take depends on the
// rooms that are built in.
const std::set<std::string>& well_known_tags() {
  static const std::set<std::string> tags{
      "fast_run",       "fast_compile", "merge", "fusion",   "inplace", "unsafe",
      "canonicalize",   "stabilize",    "blas",  "scan",     "useless", "specialize",
      "uncanonicalize", "shape",        "gpu",   "gpuarray", "sparse",  "local_remove_all_assert"};
  return tags;
}

std::string tag_list(const std::set<std::string>& tags) {
  std::string all;
  for (const std::string& tag : tags) all += (all.empty() ? "" : ", ") + tag;
  return all;
}
}  // namespace

Database::Database()
    : groups_{{"useless", 0.6},
              {"canonicalize", 1},
              {"stabilize", 1.5},
              {"specialize", 2},
              {"uncanonicalize", 3}} {}

void Database::claim(const std::string& name) {
  if (!names_.insert(name).second) {
    throw ValueError("Database: a rewrite named '" + name + "' is there already; names are unique");
  }
}

void Database::add(std::string name, LocalFunction function, Tags tags, Tracks tracks,
                   std::string doc) {
  const bool grouped = std::any_of(groups_.begin(), groups_.end(),
                                   [&](const Group& group) { return tags.contains(group.name); });
  if (!grouped) {
    std::set<std::string> names;
    for (const Group& group : groups_) names.insert(group.name);
    throw ValueError("Database: no tag of '" + name + "' (" + tag_list(tags) +
                     ") names a group; use one of " + tag_list(names));
  }
  claim(name);
  items_.push_back({name, tags, true, 0, std::move(doc)});
  locals_.push_back({{std::move(name), std::move(function), std::move(tracks)}, std::move(tags)});
}

void Database::add(std::string name, GlobalFunction function, double position, Tags tags) {
  add(make_rewriter(std::move(name), std::move(function)), position, std::move(tags));
}

void Database::add(RewriterRef rewriter, double position, Tags tags) {
  claim(rewriter->name());
  items_.push_back({rewriter->name(), tags, false, position});
  globals_.push_back({std::move(rewriter), position, std::move(tags)});
}

void Database::add_group(std::string name, double position) {
  const auto same = [&](const Group& group) { return group.name == name; };
  if (std::any_of(groups_.begin(), groups_.end(), same)) {
    throw ValueError("Database: a group named '" + name + "' is there already; names are unique");
  }
  groups_.push_back({std::move(name), position});
}

// The members of a group that the query takes. A rewrite that is in several groups is known to each
// by that group's tag alone, so that leaving out one group does not take it from the others.
RewriterRef Database::group_rewriter(const Group& group, const Query& query) const {
  std::vector<LocalRewrite> members;
  for (const Local& local : locals_) {
    if (!local.tags.contains(group.name)) continue;
    Tags words = local.tags;
    for (const Group& other : groups_) {
      if (other.name != group.name) words.erase(other.name);
    }
    words.insert(local.rewrite.name);
    if (query.takes(words)) members.push_back(local.rewrite);
  }
  return members.empty() ? nullptr : make_equilibrium(group.name, std::move(members));
}

RewriterRef Database::query(const Query& query) const {
  for (const auto* words : {&query.include(), &query.exclude(), &query.require()}) {
    for (const std::string& word : *words) {
      if (!knows(word)) {
        throw ValueError("optimizer: no rewrite is named or tagged '" + word +
                         "'; docs/rewrites.md lists the names and tags");
      }
    }
  }
  const auto limit = query.position_limit();
  std::vector<std::pair<double, RewriterRef>> parts;
  const auto put = [&](double position, RewriterRef rewriter) {
    if (rewriter && (!limit || position <= *limit))
      parts.emplace_back(position, std::move(rewriter));
  };
  for (const Global& global : globals_) {
    Tags words = global.tags;
    words.insert(global.rewriter->name());
    if (query.takes(words)) put(global.position, global.rewriter);
  }
  for (const Group& group : groups_) put(group.position, group_rewriter(group, query));
  std::stable_sort(parts.begin(), parts.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<RewriterRef> sequence;
  for (auto& [position, rewriter] : parts) sequence.push_back(std::move(rewriter));
  return make_sequence(query.text(), std::move(sequence));
}

std::vector<Database::Item> Database::items() const { return items_; }

bool Database::knows(const std::string& word) const {
  return names_.contains(word) || well_known_tags().contains(word) ||
         std::any_of(items_.begin(), items_.end(),
                     [&](const Item& item) { return item.tags.contains(word); }) ||
         std::any_of(groups_.begin(), groups_.end(),
                     [&](const Group& group) { return group.name == word; });
}
}  // namespace kroton::rewrite
