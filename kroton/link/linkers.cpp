// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <array>

#include "kroton/base/errors.h"
#include "kroton/base/text.h"
#include "kroton/link/c_linker.h"
#include "kroton/link/lazy_program.h"
#include "kroton/link/perform_linker.h"
#include "kroton/link/program.h"
#include "kroton/link/vm.h"

namespace kroton::link {
namespace {
constexpr std::array vm_names{"vm", "cvm", "vm_nogc", "cvm_nogc"};
constexpr std::array op_wise_names{"c|py", "c|py_nogc"};
constexpr std::array dual_names{"c&py", "dual"};

template <class Names>
bool is_in(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

bool is_linker(const std::string& name) {
  return name == "py" || name == "c" || is_in(vm_names, name) || is_in(op_wise_names, name) ||
         is_in(dual_names, name);
}

std::shared_ptr<const Program> make_program(const std::string& linker, const FunctionGraph& fgraph,
                                            const std::vector<Apply>& order, LinkOptions options) {
  if (options.recorder) options.recorder->set_nodes(order);
  const auto make = linker == "py"                 ? make_perform_program
                    : linker == "c"                ? make_c_program
                    : is_in(op_wise_names, linker) ? make_op_wise_program
                    : is_in(dual_names, linker)    ? make_dual_program
                    : is_in(vm_names, linker)      ? make_vm_program
                                                   : nullptr;
  if (!make) {
    throw ValueError("linker: there is none named " + base::quote(linker) +
                     "; take py, vm, cvm, c, c|py or c&py");
  }
  const auto part = [&](const FunctionGraph& graph, const std::vector<Apply>& nodes,
                        std::vector<int> positions) {
    LinkOptions own{options.name, options.recorder, std::move(positions)};
    // What one part no longer reads another may.
    if (&graph == &fgraph) {
      own.scratch = options.scratch;
      own.outputs_in_scratch = options.outputs_in_scratch;
      own.replaced = options.replaced;
    }
    return make(graph, nodes, std::move(own));
  };
  return make_in_parts(fgraph, order, part, options.recorder);
}
}  // namespace kroton::link
