// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/rewrite/query.h"

#include <gtest/gtest.h>

#include "kroton/base/errors.h"
#include "tests/rewrite/toy.h"

using kroton::rewrite::Query;
using Words = std::set<std::string>;

TEST(Query, optimizer_names_include_their_tags) {
  EXPECT_TRUE(Query::parse("fast_run").takes({"local_x", "fast_run", "canonicalize"}));
  EXPECT_FALSE(Query::parse("fast_compile").takes({"local_x", "fast_run"}));
  EXPECT_FALSE(Query::parse("None").takes({"local_x", "fast_run"}));
  EXPECT_TRUE(Query::parse("merge").takes({"merge1", "merge"}));
  EXPECT_EQ(Query::parse("o1"), Query::parse("fast_compile"));
  EXPECT_TRUE(Query::parse("o2").takes({"fusion", "fast_run"}));
  EXPECT_FALSE(Query::parse("o3").takes({"fast_run", "inplace"}));
  EXPECT_EQ(Query::parse("o4"), Query::parse("fast_run"));
  EXPECT_EQ(Query::parse("fast_run_stable"), Query::parse("fast_run"));
  EXPECT_TRUE(Query::parse("unsafe").takes({"unsafe"}));
  EXPECT_EQ(Query::parse("stabilize").position_limit(), 1.5);
}

TEST(Query, names_are_included_excluded_and_required) {
  const Query query =
      Query::parse("fast_run").including("extra").excluding("local_a, local_b:local_c");
  EXPECT_TRUE(query.takes({"extra"}));
  EXPECT_FALSE(query.takes({"local_b", "fast_run"}));
  EXPECT_FALSE(query.takes({"local_c", "fast_run"}));
  EXPECT_FALSE(query.requiring("cheap").takes({"local_x", "fast_run"}));
  EXPECT_TRUE(query.requiring("cheap").takes({"local_x", "fast_run", "cheap"}));
}

TEST(Query, its_text_says_everything) {
  EXPECT_EQ(Query().text(), "none");
  EXPECT_EQ(Query::parse("o3").including("b a").requiring("c").text(),
            "+a +b +fast_run -inplace =c");
}

TEST(Query, an_unknown_optimizer_is_an_error_that_repeats_it) {
  EXPECT_EQ(
      toy::error_text<kroton::ValueError>([] { Query::parse("fastest"); }),
      "optimizer: 'fastest' is not known; use None, merge, fast_compile, fast_run, o1, o2, o3, o4, stabilize or "
      "unsafe");
}
