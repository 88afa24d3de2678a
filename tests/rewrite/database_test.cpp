// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/rewrite/database.h"

#include <gtest/gtest.h>

#include "kroton/base/errors.h"
#include "tests/rewrite/toy.h"

using namespace kroton;
using namespace kroton::rewrite;
using toy::apply;
using toy::number;

namespace {
Database toy_database() {
  Database db;
  db.add("a_to_b", toy::rename("a", "b").function, {"canonicalize", "specialize", "fast_run"},
         tracks<toy::Node>());
  db.add("b_to_c", toy::rename("b", "c").function, {"specialize", "fast_run", "fast_compile"});
  db.add("c_to_d", toy::rename("c", "d").function, {"uncanonicalize", "unsafe"});
  db.add("last", [](FunctionGraph&, Trace&) {}, 50, {"fast_run", "late"});
  db.add("first", [](FunctionGraph&, Trace&) {}, 0, {"fast_run", "fast_compile"});
  return db;
}
}  // namespace

TEST(Database, a_query_builds_the_pipeline_by_position) {
  const Database db = toy_database();
  EXPECT_EQ(
      db.query(Query::parse("fast_run"))->text(),
      "+fast_run\n  first\n  canonicalize\n    a_to_b\n  specialize\n    a_to_b\n    b_to_c\n  last\n");
  EXPECT_EQ(db.query(Query::parse("fast_compile"))->text(),
            "+fast_compile\n  first\n  specialize\n    b_to_c\n");
  EXPECT_EQ(db.query(Query::parse("None"))->text(), "none\n");
  EXPECT_EQ(db.query(Query::parse("stabilize"))->text(),
            "+fast_run <=1.500000\n  first\n  canonicalize\n    a_to_b\n");
}

TEST(Database, tags_and_names_are_included_and_excluded) {
  const Database db = toy_database();
  EXPECT_EQ(
      db.query(Query::parse("fast_compile").including("late, c_to_d"))->text(),
      "+c_to_d +fast_compile +late\n  first\n  specialize\n    b_to_c\n  uncanonicalize\n    c_to_d\n  last\n");
  EXPECT_EQ(db.query(Query::parse("fast_run").excluding("a_to_b:last"))->text(),
            "+fast_run -a_to_b -last\n  first\n  specialize\n    b_to_c\n");
}

TEST(Database, leaving_out_a_group_does_not_take_its_members_from_the_others) {
  const Database db = toy_database();
  EXPECT_EQ(db.query(Query::parse("fast_run").excluding("canonicalize"))->text(),
            "+fast_run -canonicalize\n  first\n  specialize\n    a_to_b\n    b_to_c\n  last\n");
}

TEST(Database, the_pipeline_rewrites) {
  const Variable x = number("x");
  FunctionGraph fgraph({x}, {apply("a", x)});
  toy_database().query(Query::parse("fast_run"))->apply(fgraph);
  EXPECT_EQ(toy::labels(fgraph), "c");
}

TEST(Database, names_are_unique) {
  Database db = toy_database();
  EXPECT_EQ(
      toy::error_text<ValueError>([&] { db.add("last", [](FunctionGraph&, Trace&) {}, 1, {}); }),
      "Database: a rewrite named 'last' is there already; names are unique");
  EXPECT_EQ(toy::error_text<ValueError>([&] { db.add_group("stabilize", 1); }),
            "Database: a group named 'stabilize' is there already; names are unique");
}

TEST(Database, a_local_rewrite_without_a_group_is_refused) {
  Database db;
  EXPECT_EQ(
      toy::error_text<ValueError>(
          [&] { db.add("local_x", toy::rename("a", "b").function, {"fast_run"}); }),
      "Database: no tag of 'local_x' (fast_run) names a group; use one of canonicalize, specialize, stabilize, "
      "uncanonicalize, useless");
}

TEST(Database, a_group_of_ones_own_has_its_place) {
  Database db = toy_database();
  db.add_group("mine", 60);
  db.add("d_to_e", toy::rename("d", "e").function, {"mine", "fast_compile"});
  EXPECT_EQ(db.query(Query::parse("fast_compile"))->text(),
            "+fast_compile\n  first\n  specialize\n    b_to_c\n  mine\n    d_to_e\n");
}

TEST(Database, a_name_that_nothing_has_is_an_error_that_repeats_it) {
  const Database db = toy_database();
  for (const Query& query :
       {Query::parse("fast_run").including("fusoin"), Query::parse("fast_run").excluding("fusoin"),
        Query::parse("fast_run").requiring("fusoin")}) {
    EXPECT_EQ(
        toy::error_text<ValueError>([&] { db.query(query); }),
        "optimizer: no rewrite is named or tagged 'fusoin'; docs/rewrites.md lists the names and tags");
  }
  EXPECT_NO_THROW(db.query(Query::parse("fast_run").excluding("inplace")));
}
