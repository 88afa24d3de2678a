// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/rewrites/install.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "kroton/rewrite/database.h"

using kroton::rewrite::Database;

namespace {
struct Row {
  std::string where_and_tags, sentence;
};
// What docs/rewrites.md has for each name.
std::map<std::string, Row> documented() {
  std::ifstream file(KROTON_REWRITES_PAGE);
  std::map<std::string, Row> rows;
  std::string line;
  while (std::getline(file, line)) {
    if (!line.starts_with("| `")) continue;
    std::vector<std::string> cells;
    std::stringstream rest(line.substr(2));
    for (std::string cell; std::getline(rest, cell, '|');) {
      const auto first = cell.find_first_not_of(" `"), last = cell.find_last_not_of(" `");
      cells.push_back(first == std::string::npos ? "" : cell.substr(first, last - first + 1));
    }
    if (cells.size() < 4) continue;
    EXPECT_FALSE(cells[3].empty()) << cells[0] << " has no sentence";
    rows.emplace(cells[0], Row{cells[1] + " | " + cells[2], cells[3]});
  }
  return rows;
}
}  // namespace

TEST(TensorRewrites, docs_rewrites_md_lists_exactly_what_the_database_has) {
  Database db;
  kroton::rewrite::install(db);
  std::map<std::string, Row> there;
  for (const Database::Item& item : db.items()) {
    std::ostringstream row;
    if (item.local) {
      row << "group";
    } else {
      row << item.position;
    }
    row << " |";
    for (const std::string& tag : item.tags) row << " " << tag;
    there.emplace(item.name, Row{row.str(), item.doc});
  }
  const auto rows = documented();
  for (const auto& [name, row] : there) {
    const auto found = rows.find(name);
    if (found == rows.end()) {
      ADD_FAILURE() << "docs/rewrites.md lacks: | `" << name << "` | " << row.where_and_tags
                    << " | " << row.sentence << " |";
      continue;
    }
    EXPECT_EQ(found->second.where_and_tags, row.where_and_tags) << name;
    if (!row.sentence.empty()) {
      EXPECT_EQ(found->second.sentence, row.sentence) << name;
    }
  }
  for (const auto& [name, row] : rows)
    EXPECT_TRUE(there.contains(name)) << name << " is in docs/rewrites.md alone";
}

TEST(TensorRewrites, optimizers_take_what_their_names_say) {
  Database db;
  kroton::rewrite::install_rewrites(db);
  kroton::tensor::install_rewrites(db);
  using kroton::rewrite::Query;
  EXPECT_EQ(db.query(Query::parse("fast_compile"))->text().find("fusion"), std::string::npos);
  EXPECT_NE(db.query(Query::parse("o2"))->text().find("fusion"), std::string::npos);
  EXPECT_NE(db.query(Query::parse("fast_run"))->text().find("fusion"), std::string::npos);
  EXPECT_EQ(db.query(Query::parse("fast_run").excluding("fusion"))->text().find("  fusion"),
            std::string::npos);
}
