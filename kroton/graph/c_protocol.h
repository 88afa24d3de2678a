// SPDX-License-Identifier: BSD-3-Clause
// The words of the C code protocol, by which a Type and an Op describe themselves as C text
// (source: Theano's gof/type.py:CLinkerType, gof/op.py:CLinkerOp, gof/cc.py).
//
// A generated module is one C17 text (C++20 when a type or an op asks for it) that includes
// kroton/module.h. For every variable V of the graph it has `kroton_value* value_V`, the variable's
// box, and five texts of its type, in each of which every identifier contains the variable's name:
//   c_declare   declarations; members of a struct, or locals: no initialisers
//   c_init      sets what was declared to "no value"
//   c_extract   fills it from value_V; on improper data sets an error and inserts sub["fail"]
//   c_sync      replaces value_V by a box of the C value
//   c_cleanup   releases what extract acquired, never value_V itself
// and for every node the op's c_code and c_code_cleanup. They are put together so:
//   module      headers, support code (types, ops, nodes), then once per process the init code
//   struct      constants (extracted once), and arrays between nodes, whose memory is kept from one
//               run to the next: declared, initialised at the start, cleaned up at the end
//   run         inputs: declare, extract, cleanup; outputs: declare, extract_out, sync and cleanup;
//               nodes: c_code, then c_code_cleanup in the same scope
// Cleanups run in reverse order, on success and on failure, for every block that was begun: the one
// that failed too. sub["fail"] is a complete statement that leaves the block by its label. Outputs
// are synchronised only when nothing failed; variables between nodes where C++ reads them: a node
// without C code, the error of a node that failed, a profile. An empty cache version means
// "unversioned": the module is not kept between processes.
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

// The language of a module. C needs no headers of the system; C++ code that includes any needs
// those of the C++ library.
enum class CLanguage { c, cpp };
}  // namespace kroton::inline graph
