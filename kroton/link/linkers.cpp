// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <array>
#include <chrono>
#include <mutex>

#include "kroton/base/errors.h"
#include "kroton/base/text.h"
#include "kroton/link/perform_linker.h"
#include "kroton/link/program.h"
#include "kroton/link/vm.h"

namespace kroton::link {
namespace {
constexpr std::array vm_names{"vm", "cvm", "c", "c|py", "vm_nogc", "cvm_nogc", "c|py_nogc"};

// perform, with a clock around each node.
class TimedProgram final : public Program {
 public:
  TimedProgram(const FunctionGraph& fgraph, const std::vector<Apply>& order) {
    const auto storage = std::make_shared<const Storage>(fgraph, order);
    for (const Apply& node : order) times_.push_back({node, 0, 0, "perform"});
    program_ = make_node_program(storage, [this, thunks = make_thunks(*storage)](
                                              std::size_t i, std::span<const Value> in,
                                              std::span<Value> out) {
      const auto start = std::chrono::steady_clock::now();
      (*thunks)[i].run(in, out);
      const auto spent = std::chrono::steady_clock::now() - start;
      const std::lock_guard guard(lock_);
      ++times_[i].calls;
      times_[i].nanoseconds += static_cast<std::uint64_t>(std::chrono::nanoseconds(spent).count());
    });
  }
  void run(std::span<const Value> inputs, std::span<Value> outputs) const override {
    program_->run(inputs, outputs);
  }
  std::vector<NodeTime> times() const override {
    const std::lock_guard guard(lock_);
    return times_;
  }

 private:
  mutable std::mutex lock_;
  std::vector<NodeTime> times_;
  std::shared_ptr<const Program> program_;
};
}  // namespace

bool is_linker(const std::string& name) {
  return name == "py" || std::find(vm_names.begin(), vm_names.end(), name) != vm_names.end();
}

std::shared_ptr<const Program> make_program(const std::string& linker, const FunctionGraph& fgraph,
                                            const std::vector<Apply>& order, LinkOptions options) {
  if (linker == "py") {
    if (options.profile) return std::make_shared<const TimedProgram>(fgraph, order);
    return make_perform_program(fgraph, order);
  }
  if (is_linker(linker)) return make_vm_program(fgraph, order, std::move(options));
  throw ValueError("linker: there is none named " + base::quote(linker) +
                   "; take py, vm, cvm, c or c|py");
}
}  // namespace kroton::link
