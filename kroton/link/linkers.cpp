// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <array>

#include "kroton/base/errors.h"
#include "kroton/base/text.h"
#include "kroton/link/c_linker.h"
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

// perform, with a clock around each node.
std::shared_ptr<const Program> make_timed_program(const FunctionGraph& fgraph,
                                                  const std::vector<Apply>& order,
                                                  std::shared_ptr<Recorder> recorder) {
  const auto storage = std::make_shared<const Storage>(fgraph, order);
  recorder->set_nodes(order);
  return make_node_program(
      storage, [recorder, thunks = make_thunks(*storage)](std::size_t i, std::span<const Value> in,
                                                          std::span<Value> out) {
        const auto begin = Recorder::Clock::now();
        (*thunks)[i].run(in, out);
        const auto end = Recorder::Clock::now();
        std::uint64_t bytes = 0;
        for (const auto& values : {in, std::span<const Value>(out)}) {
          for (const Value& value : values)
            bytes += value.is_array() ? value.as<NDArray>().nbytes() : 0;
        }
        recorder->add_node(static_cast<int>(i), "perform", begin, end, bytes);
      });
}
}  // namespace

bool is_linker(const std::string& name) {
  return name == "py" || name == "c" || is_in(vm_names, name) || is_in(op_wise_names, name) ||
         is_in(dual_names, name);
}

std::shared_ptr<const Program> make_program(const std::string& linker, const FunctionGraph& fgraph,
                                            const std::vector<Apply>& order, LinkOptions options) {
  if (linker == "py") {
    if (options.recorder) return make_timed_program(fgraph, order, options.recorder);
    return make_perform_program(fgraph, order);
  }
  if (linker == "c") return make_c_program(fgraph, order);
  if (is_in(op_wise_names, linker)) return make_op_wise_program(fgraph, order);
  if (is_in(dual_names, linker)) return make_dual_program(fgraph, order);
  if (is_in(vm_names, linker)) return make_vm_program(fgraph, order, std::move(options));
  throw ValueError("linker: there is none named " + base::quote(linker) +
                   "; take py, vm, cvm, c, c|py or c&py");
}
}  // namespace kroton::link
