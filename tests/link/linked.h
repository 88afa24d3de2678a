// SPDX-License-Identifier: BSD-3-Clause
// A graph linked by name, to be called with values.
#pragma once
#include "kroton/link/program.h"
#include "tests/link/toys.h"

namespace toys {
struct Linked {
  FunctionGraph fgraph;
  std::shared_ptr<const link::Program> program;
  Linked(Variables inputs, Variables outputs, const char* linker = "vm")
      : fgraph(std::move(inputs), std::move(outputs)),
        program(link::make_program(linker, fgraph, fgraph.toposort())) {}
  Values operator()(Values in) const {
    Values out(fgraph.outputs().size());
    program->run(in, out);
    return out;
  }
};
}  // namespace toys
