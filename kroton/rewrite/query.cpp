// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/rewrite/query.h"

#include <algorithm>

#include "kroton/base/errors.h"

namespace kroton::rewrite {
namespace {
std::set<std::string> words(std::string_view text) {
  std::set<std::string> all;
  std::string word;
  const auto end_word = [&] {
    if (!word.empty()) all.insert(std::move(word));
    word.clear();
  };
  for (char c : text) {
    if (c == ',' || c == ':' || c == ' ') {
      end_word();
    } else {
      word += c;
    }
  }
  end_word();
  return all;
}

bool meets(const std::set<std::string>& a, const std::set<std::string>& b) {
  return std::any_of(a.begin(), a.end(), [&](const std::string& word) { return b.contains(word); });
}
}  // namespace

Query Query::parse(std::string_view optimizer) {
  const Query none;
  if (optimizer == "None") return none;
  if (optimizer == "merge") return none.including("merge");
  if (optimizer == "fast_compile" || optimizer == "o1") return none.including("fast_compile");
  if (optimizer == "o2") return none.including("fast_compile, fusion");
  if (optimizer == "o3") return none.including("fast_run").excluding("inplace");
  if (optimizer == "fast_run" || optimizer == "o4" || optimizer == "fast_run_stable")
    return none.including("fast_run");
  if (optimizer == "unsafe") return none.including("fast_run, unsafe").excluding("inplace");
  if (optimizer == "stabilize") return none.including("fast_run").up_to(1.5);
  throw ValueError(
      "optimizer: '" + std::string(optimizer) +
      "' is not known; use None, merge, fast_compile, fast_run, o1, o2, o3, o4, stabilize or unsafe");
}

Query Query::including(std::string_view tags) const {
  Query query = *this;
  query.include_.merge(words(tags));
  return query;
}
Query Query::excluding(std::string_view tags) const {
  Query query = *this;
  query.exclude_.merge(words(tags));
  return query;
}
Query Query::requiring(std::string_view tags) const {
  Query query = *this;
  query.require_.merge(words(tags));
  return query;
}
Query Query::up_to(double position) const {
  Query query = *this;
  query.position_limit_ = position;
  return query;
}

bool Query::takes(const std::set<std::string>& name_and_tags) const {
  return meets(include_, name_and_tags) && !meets(exclude_, name_and_tags) &&
         std::includes(name_and_tags.begin(), name_and_tags.end(), require_.begin(),
                       require_.end());
}

std::string Query::text() const {
  std::string all;
  const auto put = [&](const char* sign, const std::set<std::string>& set) {
    for (const std::string& word : set) all += (all.empty() ? "" : " ") + (sign + word);
  };
  put("+", include_);
  put("-", exclude_);
  put("=", require_);
  if (position_limit_) all += " <=" + std::to_string(*position_limit_);
  return all.empty() ? "none" : all;
}
}  // namespace kroton::rewrite
