// SPDX-License-Identifier: BSD-3-Clause
// The words of the C code protocol, by which a Type and an Op describe themselves as C text
// (source: Theano's gof/type.py:CLinkerType, gof/op.py:CLinkerOp, gof/cc.py).
//
// A generated module holds, for every variable V, five texts of its type, in each of which every
// identifier contains the variable's `name`:
//   c_declare   declarations; struct members or locals
//   c_init      sets what was declared to "no value"
//   c_extract   fills it from the boxed object value_<name>; on improper data sets an error and
//   inserts sub["fail"] c_sync      writes the C value back into value_<name> c_cleanup   releases
//   what extract acquired, never value_<name> itself
// and for every node the op's c_code and c_code_cleanup. sub["fail"] is a complete statement that
// leaves the block; cleanups run in reverse order, on success and on failure. An empty cache
// version means "unversioned": the module is not kept between processes.
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kroton/base/api.h"

namespace kroton::inline graph {
// The template words given to a method: sub["fail"], ...
class KROTON_API Sub {
 public:
  Sub(std::initializer_list<std::pair<std::string, std::string>> words = {});
  // ValueError for a word that is not there.
  const std::string& operator[](std::string_view word) const;
  bool contains(std::string_view word) const;

 private:
  std::vector<std::pair<std::string, std::string>> words_;
};
using Names = std::vector<std::string>;
using CacheVersion = std::vector<int>;
}  // namespace kroton::inline graph
