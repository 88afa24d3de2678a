// SPDX-License-Identifier: BSD-3-Clause
// The rewrites that Kroton knows, by name and tags. Rooms register theirs once; a query builds a
// pipeline.
//   db.add("local_x", local_x, {"canonicalize", "fast_run", "fast_compile"}, tracks<Elemwise>());
//   db.add("fusion", fuse, 49, {"fast_run", "fusion"});
//   RewriterRef rewriter = database().query(Query::parse("fast_run"));
// A local rewrite runs in each group that its tags name; a group is an equilibrium at a place in
// the pipeline:
//   useless 0.6   canonicalize 1   stabilize 1.5   specialize 2   uncanonicalize 3
// Tags that decide who gets it: fast_run, fast_compile (both must be said).
#pragma once
#include <set>
#include <string>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/rewrite/query.h"
#include "kroton/rewrite/rewriter.h"

namespace kroton::rewrite {
class KROTON_API Database {
 public:
  using Tags = std::set<std::string>;
  Database();

  // A local rewrite. ValueError when the name is taken or no tag names a group. DOC: the sentence
  // that docs/rewrites.md has for it.
  void add(std::string name, LocalFunction function, Tags tags, Tracks tracks = {},
           std::string doc = {});
  // A global one at a place in the pipeline; equal positions keep the order of adding.
  void add(std::string name, GlobalFunction function, double position, Tags tags);
  void add(RewriterRef rewriter, double position, Tags tags);
  // A further group of local rewrites.
  void add_group(std::string name, double position);

  // The pipeline; ValueError for an included, excluded or required name that nothing has.
  RewriterRef query(const Query& query) const;

  // What is there, in order of adding: for docs, tests and `kroton rewrites`.
  struct Item {
    std::string name;
    Tags tags;
    bool local;
    double position;  // of a global rewrite
    std::string doc = {};
  };
  std::vector<Item> items() const;
  bool knows(const std::string& name_or_tag) const;

 private:
  struct Local {
    LocalRewrite rewrite;
    Tags tags;
  };
  struct Global {
    RewriterRef rewriter;
    double position;
    Tags tags;
  };
  struct Group {
    std::string name;
    double position;
  };
  void claim(const std::string& name);
  RewriterRef group_rewriter(const Group& group, const Query& query) const;

  std::vector<Local> locals_;
  std::vector<Global> globals_;
  std::vector<Group> groups_;
  std::vector<Item> items_;
  std::set<std::string> names_;
};

// The database of this process, filled by install() on first use.
KROTON_API const Database& database();
// Asks every room for its rewrites; defined once, where all rooms are seen.
void install(Database& database);
// The rewrites of this room: merge and constant folding.
KROTON_API void install_rewrites(Database& database);
}  // namespace kroton::rewrite
