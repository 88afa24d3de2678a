// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include "kroton/rewrite/database.h"
#include "tests/rewrite/toy.h"

using namespace kroton::rewrite;

TEST(RewriteInstall, merge_and_constant_folding_are_there) {
  Database db;
  install_rewrites(db);
  EXPECT_EQ(db.query(Query::parse("merge"))->text(),
            "+merge\n  merge1\n  merge_before_canonicalize\n  merge_last\n");
  EXPECT_TRUE(db.knows("constant_folding"));
}

TEST(RewriteInstall, they_are_installed_once) {
  Database db;
  install_rewrites(db);
  EXPECT_EQ(toy::error_text<kroton::ValueError>([&] { install_rewrites(db); }),
            "Database: a rewrite named 'merge1' is there already; names are unique");
}
