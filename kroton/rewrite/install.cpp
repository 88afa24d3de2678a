// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/rewrite/constant_folding.h"
#include "kroton/rewrite/database.h"
#include "kroton/rewrite/merge.h"

namespace kroton::rewrite {
void install_rewrites(Database& db) {
  const Database::Tags always{"merge", "fast_run", "fast_compile"};
  db.add("merge1", merge, 0, always);
  db.add("merge_before_canonicalize", merge, 0.65, always);
  db.add("merge_after_canonicalize", merge, 1.2, {"fast_run"});
  db.add("merge_before_fusion", merge, 48.9, {"fast_run"});
  db.add("merge_last", merge, 100, always);
  db.add("constant_folding", constant_folding,
         {"useless", "canonicalize", "stabilize", "specialize", "fast_run", "fast_compile"});
}
}  // namespace kroton::rewrite
