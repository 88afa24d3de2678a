// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/link/c_linker.h"

#include <algorithm>
#include <deque>

#include "kroton/base/errors.h"
#include "kroton/base/log.h"
#include "kroton/link/c_module.h"
#include "kroton/link/error_context.h"
#include "kroton/link/perform_linker.h"
#include "kroton/link/thunk.h"

namespace kroton::link {
namespace {
class CProgram final : public Program {
 public:
  CProgram(const FunctionGraph& fgraph, const std::vector<Apply>& order,
           const LinkOptions& options) {
    Variables made;
    for (const Variable& output : fgraph.outputs()) {
      Source source;
      if (const auto constant = as<Constant>(output)) {
        source.constant = constant->data();
      } else if (output.owner()) {
        source.made = position(made, output);
        if (source.made == made.size()) made.push_back(output);
      } else {
        source.input = position(fgraph.inputs(), output);
      }
      sources_.push_back(std::move(source));
    }
    count_ = made.size();
    module_ = CModule::make(fgraph.inputs(), made, order, true, nullptr, options);
  }

  void run(std::span<Value> inputs, std::span<Value> outputs) const override {
    Values made(count_);
    for (std::size_t o = 0; o < sources_.size(); ++o) {
      if (sources_[o].made < count_) made[sources_[o].made] = outputs[o];
    }
    module_->run(inputs, made);
    for (std::size_t o = 0; o < sources_.size(); ++o) {
      const Source& source = sources_[o];
      outputs[o] = source.made < count_           ? made[source.made]
                   : source.input < inputs.size() ? inputs[source.input]
                                                  : source.constant;
    }
  }

 private:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);
  // Where an output comes from.
  struct Source {
    std::size_t made = none, input = none;
    Value constant = {};
  };
  static std::size_t position(const Variables& list, const Variable& x) {
    return static_cast<std::size_t>(std::find(list.begin(), list.end(), x) - list.begin());
  }
  std::vector<Source> sources_;
  std::size_t count_ = 0;
  std::shared_ptr<const CModule> module_;
};

std::shared_ptr<const Program> by_thunks(const FunctionGraph& fgraph,
                                         const std::vector<Apply>& order,
                                         const LinkOptions& options, ThunkBody body) {
  const auto storage = std::make_shared<const Storage>(fgraph, order);
  const auto thunks = make_thunks(*storage);
  // What does not compile is an error now.
  for (std::size_t n = 0; n < thunks->size(); ++n) {
    try {
      (*thunks)[n].has_c_code();
    } catch (...) {
      rethrow_with([&] { return node_context(order[n], options.position(n), {}); });
    }
  }
  return make_thunk_program(storage, thunks, options, body);
}
}  // namespace

std::shared_ptr<const Program> make_c_program(const FunctionGraph& fgraph,
                                              const std::vector<Apply>& order,
                                              const LinkOptions& options) {
  try {
    return std::make_shared<const CProgram>(fgraph, order, options);
  } catch (const UnsupportedError& error) {
    base::log_once(base::LogLevel::warning,
                   std::string(error.what()) + "; linker c goes on as c|py");
    return make_op_wise_program(fgraph, order, options);
  }
}

std::shared_ptr<const Program> make_op_wise_program(const FunctionGraph& fgraph,
                                                    const std::vector<Apply>& order,
                                                    const LinkOptions& options) {
  return by_thunks(fgraph, order, options, &Thunk::run_fast);
}

std::shared_ptr<const Program> make_dual_program(const FunctionGraph& fgraph,
                                                 const std::vector<Apply>& order,
                                                 const LinkOptions& options) {
  return by_thunks(fgraph, order, options, &Thunk::run_both);
}
}  // namespace kroton::link
