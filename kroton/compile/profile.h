// SPDX-License-Identifier: BSD-3-Clause
// Where the time of a function went: Function::profile(), when it was made with profile = true or
// under the flag profile. The table is printed to stderr when the function goes, unless profile()
// was asked for after the last call.
//   auto f = function({x}, y, {.profile = true});   f(a);
//   std::cout << f.profile().table();   f.profile().write_trace("trace.json");
// Source: Theano's compile/profiling.py.
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "kroton/base/api.h"

namespace kroton::inline compile {
// Of a node, or of all nodes with one op.
struct ProfileRow {
  std::string text;   // the node: op(inputs); or the op
  std::string body;   // how it ran: kernel, view, perform
  std::string lines;  // where it was written: file:line, ...
  std::uint64_t nodes = 1, calls = 0;
  double seconds = 0;
  std::uint64_t bytes = 0;  // of inputs and outputs, over all calls
};

struct KROTON_API Profile {
  std::string name;                                      // "function 'train'"
  std::vector<std::pair<std::string, double>> building;  // steps of function() and their seconds
  std::uint64_t calls = 0;
  double seconds = 0;             // of all calls
  std::int64_t peak_bytes = 0;    // of one call, beside inputs and shared variables; 0: not known
  std::vector<ProfileRow> nodes;  // in running order
  std::vector<ProfileRow> ops;    // by falling time
  // A run of a node, or of the whole function where NODE is -1; begin and end in seconds from the
  // first event. Kept when the function was traced.
  struct Event {
    int node = -1, thread = 0;
    std::uint64_t call = 0;
    double begin = 0, end = 0;
  };
  std::vector<Event> events;

  double seconds_in_nodes() const;
  // For people: the whole, building, memory, ops, nodes by falling time.
  std::string table() const;
  // Chrome's trace format (JSON), which chrome://tracing and ui.perfetto.dev open. ValueError when
  // the function was not traced; Error naming a file that cannot be written.
  std::string trace() const;
  void write_trace(const std::string& path) const;
};
}  // namespace kroton::inline compile
