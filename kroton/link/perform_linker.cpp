// SPDX-License-Identifier: BSD-3-Clause
#include <deque>

#include "kroton/base/errors.h"
#include "kroton/link/error_context.h"
#include "kroton/link/perform_linker.h"
#include "kroton/link/program.h"
#include "kroton/link/thunk.h"

namespace kroton::link {
namespace {
class NodeProgram final : public Program {
 public:
  NodeProgram(std::shared_ptr<const Storage> storage, NodeBody body, std::vector<int> positions)
      : storage_(std::move(storage)),
        body_(std::move(body)),
        options_{.positions = std::move(positions)},
        dying_(storage_->nodes.size()) {
    for (std::size_t s = 0; s < storage_->variables.size(); ++s) {
      const int last = storage_->last_use[s];
      if (last >= 0 && !storage_->is_output[s])
        dying_[static_cast<std::size_t>(last)].push_back(static_cast<int>(s));
    }
  }

  void run(std::span<Value> inputs, std::span<Value> outputs) const override {
    const Storage& storage = *storage_;
    Values cells(storage.variables.size());
    const auto cell = [&](int slot) -> Value& { return cells[static_cast<std::size_t>(slot)]; };
    for (std::size_t i = 0; i < storage.inputs.size(); ++i) cell(storage.inputs[i]) = inputs[i];
    for (const auto& [slot, value] : storage.constants) cell(slot) = value;
    Values in, out;
    for (std::size_t n = 0; n < storage.nodes.size(); ++n) {
      const NodeSlots& node = storage.nodes[n];
      in.clear();
      for (const int slot : node.in) in.push_back(cell(slot));
      out.assign(node.out.size(), Value());
      try {
        body_(n, in, out);
      } catch (...) {
        rethrow_with([&] { return node_context(node.node, options_.position(n), in); });
      }
      for (std::size_t o = 0; o < out.size(); ++o) cell(node.out[o]) = std::move(out[o]);
      for (const int slot : dying_[n]) cell(slot) = Value();
    }
    for (std::size_t o = 0; o < outputs.size(); ++o) outputs[o] = cell(storage.outputs[o]);
  }

 private:
  std::shared_ptr<const Storage> storage_;
  NodeBody body_;
  LinkOptions options_;
  std::vector<std::vector<int>> dying_;  // per node: what nothing behind it reads
};
}  // namespace

Program::~Program() = default;

std::shared_ptr<const Program> make_node_program(std::shared_ptr<const Storage> storage,
                                                 NodeBody body, std::vector<int> positions) {
  return std::make_shared<const NodeProgram>(std::move(storage), std::move(body),
                                             std::move(positions));
}

std::shared_ptr<std::deque<Thunk>> make_thunks(const Storage& storage) {
  auto thunks = std::make_shared<std::deque<Thunk>>();
  for (const NodeSlots& node : storage.nodes) {
    std::vector<ArrayCheck> checks;
    for (const int slot : node.out)
      checks.push_back(storage.checks[static_cast<std::size_t>(slot)]);
    thunks->emplace_back(node.node, std::move(checks));
  }
  return thunks;
}

std::shared_ptr<const Program> make_thunk_program(std::shared_ptr<const Storage> storage,
                                                  std::shared_ptr<std::deque<Thunk>> thunks,
                                                  const LinkOptions& options, ThunkBody body) {
  if (!options.recorder) {
    const auto run = [thunks, body](std::size_t i, std::span<const Value> in,
                                    std::span<Value> out) { ((*thunks)[i].*body)(in, out); };
    return make_node_program(std::move(storage), run, options.positions);
  }
  const auto run = [thunks, body, options](std::size_t i, std::span<const Value> in,
                                           std::span<Value> out) {
    const auto begin = Recorder::Clock::now();
    const char* const by = ((*thunks)[i].*body)(in, out);
    const auto end = Recorder::Clock::now();
    std::uint64_t bytes = 0;
    for (const auto& values : {in, std::span<const Value>(out)}) {
      for (const Value& value : values)
        bytes += value.is_array() ? value.as<NDArray>().nbytes() : 0;
    }
    options.recorder->add_node(static_cast<int>(options.position(i)), by, begin, end, bytes);
  };
  return make_node_program(std::move(storage), run, options.positions);
}

std::shared_ptr<const Program> make_perform_program(const FunctionGraph& fgraph,
                                                    const std::vector<Apply>& order,
                                                    const LinkOptions& options) {
  const auto storage = std::make_shared<const Storage>(fgraph, order);
  return make_thunk_program(storage, make_thunks(*storage), options, &Thunk::run);
}
}  // namespace kroton::link
