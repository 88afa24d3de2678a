// SPDX-License-Identifier: BSD-3-Clause
// Query: which rewrites of the database make up an optimizer. A rewrite is taken when its name or
// one of its tags is included, none is excluded, and all required ones are among them.
//   Query::parse("fast_run").excluding("fusion, local_x")
#pragma once
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "kroton/base/api.h"

namespace kroton::rewrite {
class KROTON_API Query {
 public:
  // Takes nothing.
  Query() = default;
  // "None", "merge", "fast_compile" ("o1"), "o2", "o3", "fast_run" ("o4", "fast_run_stable": no
  // rewrite of it is unstable), "stabilize", "unsafe"; ValueError for other names.
  static Query parse(std::string_view optimizer);
  // TAGS: names and tags, separated by commas, colons or spaces.
  Query including(std::string_view tags) const;
  Query excluding(std::string_view tags) const;
  Query requiring(std::string_view tags) const;
  // Leaves out what stands behind POSITION in the pipeline.
  Query up_to(double position) const;

  bool takes(const std::set<std::string>& name_and_tags) const;
  const std::set<std::string>& include() const { return include_; }
  const std::set<std::string>& exclude() const { return exclude_; }
  const std::set<std::string>& require() const { return require_; }
  std::optional<double> position_limit() const { return position_limit_; }
  // "fast_run -fusion +unsafe": good as a key.
  std::string text() const;
  bool operator==(const Query&) const = default;

 private:
  std::set<std::string> include_, exclude_, require_;
  std::optional<double> position_limit_;
};
}  // namespace kroton::rewrite
