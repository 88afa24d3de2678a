// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/compile/function.h"

#include <algorithm>
#include <chrono>
#include <unordered_set>

#include "kroton/base/config.h"
#include "kroton/base/errors.h"
#include "kroton/base/log.h"
#include "kroton/base/text.h"
#include "kroton/compile/detail/checked_programs.h"
#include "kroton/compile/detail/function_impl.h"
#include "kroton/compile/detail/maker.h"
#include "kroton/compile/surroundings.h"
#include "kroton/graph/features/destroy_handler.h"
#include "kroton/kernel/form.h"
#include "kroton/link/error_context.h"
#include "kroton/printing/pprint.h"
#include "kroton/rewrite/database.h"
#include "kroton/rewrite/query.h"

namespace kroton::inline compile {
namespace {
using detail::Cloned;
using detail::Request;

// What each step did and how long it took: said in the log, kept for the profile.
class Steps {
 public:
  explicit Steps(const Request& request) : who_(request.who) {}
  void done(const char* step, const std::string& result) {
    const auto now = std::chrono::steady_clock::now();
    const double spent = std::chrono::duration<double>(now - last_).count();
    taken.emplace_back(step, spent);
    if (base::log_enabled(base::LogLevel::debug)) {
      base::log(base::LogLevel::debug, who_ + ": " + step + ": " + result + ", " +
                                           std::to_string(static_cast<std::int64_t>(spent * 1e6)) +
                                           " us");
    }
    last_ = now;
  }
  std::vector<std::pair<std::string, double>> taken;

 private:
  std::string who_;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

FunctionGraph make_graph(const Request& request, const Cloned& cloned) {
  Variables inputs = cloned.inputs, outputs = cloned.outputs;
  inputs.insert(inputs.end(), cloned.shared.begin(), cloned.shared.end());
  outputs.insert(outputs.end(), cloned.updates.begin(), cloned.updates.end());
  FunctionGraph fgraph(inputs, outputs, false);
  for (const Surroundings& room : surroundings()) {
    if (room.concern(fgraph)) room.complete(fgraph);
  }
  if (!request.options.accept_inplace) {
    for (const Apply& node : fgraph.apply_nodes()) {
      if (node.op().destroy_map().empty()) continue;
      throw ValueError(request.who + ": the graph holds " + node.op().text() +
                       ", which overwrites an input; pass accept_inplace = true if that is meant");
    }
  }
  // Shared variables are never overwritten while a call runs, so that one that fails changes none.
  Variables is_protected(cloned.shared.begin(), cloned.shared.end());
  for (std::size_t i = 0; i < cloned.inputs.size(); ++i) {
    if (!request.inputs.list()[i].is_mutable()) is_protected.push_back(cloned.inputs[i]);
  }
  const auto handler = std::make_shared<DestroyHandler>(is_protected);
  fgraph.attach(handler);
  try {
    fgraph.validate();
  } catch (const InconsistencyError& error) {
    throw ValueError(request.who + ": " + error.what() +
                     "; declare that input mutable_, or copy it first");
  }
  return fgraph;
}

rewrite::Trace rewrite_graph(FunctionGraph& fgraph, const Mode& mode) {
  rewrite::Query query = rewrite::Query::parse(mode.optimizer());
  for (const std::string& tag : mode.included()) query = query.including(tag);
  for (const std::string& tag : mode.excluded()) query = query.excluding(tag);
  for (const std::string& tag : mode.required()) query = query.requiring(tag);
  rewrite::Trace trace;
  trace.keep_replacements = mode.kind() == Mode::Kind::debug;
  if (query.include().empty()) return trace;
  rewrite::database().query(query)->apply(fgraph, trace);
  return trace;
}

// Shared variables whose new value may be computed over the old one, with the update: none where
// something behind the program can fail, as an array of into() of another shape.
std::vector<std::pair<int, int>> replaced_inputs(const Request& request, const Cloned& cloned) {
  std::vector<std::pair<int, int>> pairs;
  for (const Out& out : request.outputs.list()) {
    if (out.target()) return {};
  }
  for (std::size_t u = 0; u < cloned.targets.size(); ++u) {
    const auto& shared = cloned.targets[u].shared;
    if (!shared) continue;
    if (shared->container().kind && shared->container().kind->update) return {};
    const auto found = std::find(cloned.shared.begin(), cloned.shared.end(), *shared);
    if (found == cloned.shared.end()) continue;
    pairs.emplace_back(static_cast<int>(cloned.inputs.size() +
                                        static_cast<std::size_t>(found - cloned.shared.begin())),
                       static_cast<int>(cloned.outputs.size() + u));
  }
  return pairs;
}

// Kernels that compute nothing but updates come last: the old values are free then.
std::vector<Apply> updates_last(std::vector<Apply> order, const FunctionGraph& fgraph,
                                std::size_t user_outputs) {
  std::stable_partition(order.begin(), order.end(), [&](const Apply& node) {
    for (const Variable& output : node.outputs()) {
      for (const Client& client : fgraph.clients(output)) {
        if (client.node || static_cast<std::size_t>(client.index) < user_outputs) return true;
      }
    }
    return node.op().effect() != Effect::none || !node.op().view_map().empty() ||
           !node.op().destroy_map().empty() ||
           !(node.op().input_check(node) || node.op().kernel(node));
  });
  return order;
}

std::shared_ptr<const link::Program> link_graph(const Request& request, const Mode& mode,
                                                const Cloned& cloned, const FunctionGraph& fgraph,
                                                const std::vector<Apply>& order,
                                                rewrite::Trace trace,
                                                std::shared_ptr<link::Recorder> recorder) {
  switch (mode.kind()) {
    case Mode::Kind::debug:
      return detail::make_debug_program(fgraph, order, std::move(trace));
    case Mode::Kind::nan_guard:
      return detail::make_nan_guard_program(fgraph, order, mode.nan_guard());
    default:
      break;
  }
  link::LinkOptions options{request.options.name, std::move(recorder)};
  const std::vector<In>& inputs = request.inputs.list();
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].is_mutable()) options.scratch.push_back(static_cast<int>(i));
  }
  options.outputs_in_scratch = request.outputs.list().size();
  options.replaced = replaced_inputs(request, cloned);
  return link::make_program(mode.linker(), fgraph, order, std::move(options));
}

// The user's schedule, else that of a room whose nodes need one.
std::vector<Apply> scheduled(const Mode& mode, const FunctionGraph& fgraph,
                             std::size_t user_outputs) {
  if (mode.schedule()) return (*mode.schedule())(fgraph);
  for (const Surroundings& room : surroundings()) {
    if (room.concern(fgraph)) return room.schedule()(fgraph);
  }
  return updates_last(fgraph.toposort(), fgraph, user_outputs);
}

std::shared_ptr<SharedContainer> make_default(const Request& request, std::size_t i) {
  const In& in = request.inputs.list()[i];
  if (!in.options().value) return nullptr;
  auto cell = std::make_shared<SharedContainer>();
  try {
    cell->cell = std::make_shared<Value>(in.variable().type().filter(
        *in.options().value, in.options().strict, in.options().allow_downcast));
  } catch (const TypeError& error) {
    throw TypeError(request.who + ": the default value of " + detail::input_text(i, in.name()) +
                    ": " + error.what());
  }
  return cell;
}

void describe_inputs(Function::Impl& f, const Request& request) {
  for (std::size_t i = 0; i < request.inputs.list().size(); ++i) {
    const In& in = request.inputs.list()[i];
    const auto downcast = in.options().allow_downcast ? in.options().allow_downcast
                                                      : request.options.allow_input_downcast;
    f.inputs.push_back({in.name(), in.variable().shared_type(),
                        link::ArrayCheck(in.variable().type()), in.options().strict, downcast,
                        in.is_mutable(), make_default(request, i)});
    f.any_mutable |= in.is_mutable();
  }
}

void describe_cells(Function::Impl& f, const Cloned& cloned) {
  const auto add = [&](std::shared_ptr<LeafData> keeper, SharedContainer* container) {
    f.cells.push_back({std::move(keeper), container, false});
  };
  for (const SharedVariable& shared : cloned.shared) {
    f.shared.push_back(&shared.container());
    add(shared.leaf_data(), &shared.container());
  }
  for (const auto& input : f.inputs) {
    if (input.fallback) add(input.fallback, input.fallback.get());
  }
  for (std::size_t u = 0; u < cloned.targets.size(); ++u) {
    const auto& target = cloned.targets[u];
    SharedContainer* written =
        target.shared ? &target.shared->container()
                      : f.inputs[static_cast<std::size_t>(target.input)].fallback.get();
    f.updates.push_back({written, f.user_outputs + u});
    for (auto& cell : f.cells) cell.written |= cell.container == written;
  }
  std::sort(f.cells.begin(), f.cells.end(),
            [](const auto& a, const auto& b) { return std::less<>()(a.container, b.container); });
}

void describe_outputs(Function::Impl& f, const Request& request) {
  const auto& outputs = request.outputs.list();
  f.user_outputs = outputs.size();
  if (std::none_of(outputs.begin(), outputs.end(),
                   [](const Out& out) { return out.target().has_value(); }))
    return;
  for (std::size_t o = 0; o < outputs.size(); ++o) {
    const auto& target = outputs[o].target();
    f.targets.push_back(target);
    if (!target) continue;
    const Type& type = outputs[o].variable().type();
    if (!type.is_array() || type.dtype() != target->dtype() || type.ndim() != target->ndim()) {
      throw TypeError(request.who + ": output " + std::to_string(o) + " has type " + type.text() +
                      " and the array of into() is " + Value(*target).text() +
                      "; dtype and number of dimensions must be the same");
    }
  }
  for (const auto& target : f.targets)
    f.offered.push_back(target ? memory_range(*target) : MemoryRange());
  const std::vector<MemoryRange> all = f.offered;
  for (std::size_t o = 0; o < all.size(); ++o) {
    for (std::size_t p = 0; p < all.size(); ++p) {
      if (p != o && all[p].overlaps(all[o])) f.offered[o] = {};
    }
  }
}

// A schedule of the user's: each node once, behind those whose outputs it takes.
void check_order(const Request& request, const FunctionGraph& fgraph,
                 const std::vector<Apply>& order) {
  if (order.size() != fgraph.size()) {
    throw ValueError(request.who + ": the mode's schedule gives " + std::to_string(order.size()) +
                     " nodes of " + std::to_string(fgraph.size()) +
                     "; it must give each node once");
  }
  std::unordered_set<const void*> missing;
  for (const Apply& node : fgraph.apply_nodes()) missing.insert(node.key());
  for (const Apply& node : order) {
    if (!missing.erase(node.key())) {
      throw ValueError(
          request.who +
          ": the mode's schedule gives a node twice or one of another graph; it must give each node once");
    }
    for (const Variable& input : node.inputs()) {
      const Apply owner = input.owner();
      if (!owner || !missing.contains(owner.key())) continue;
      throw ValueError(request.who + ": the mode's schedule puts " + node.op().text() + " before " +
                       owner.op().text() +
                       ", whose output it takes; a node must come behind those");
    }
  }
}

Function build(const Request& request) {
  Steps steps(request);
  const Mode mode = request.options.mode.resolved();
  detail::check_inputs(request);
  const Cloned cloned = detail::collect_and_clone(request);
  detail::check_leaves(request, cloned);
  steps.done("collect shared, clone and givens",
             std::to_string(cloned.shared.size()) + " shared, " +
                 std::to_string(cloned.updates.size()) + " updates");
  const auto f = std::make_shared<Function::Impl>(make_graph(request, cloned));
  f->name = request.options.name;
  f->who = request.who;
  rewrite::Trace trace = rewrite_graph(f->fgraph, mode);
  steps.done("rewrite", std::to_string(f->fgraph.size()) + " nodes");
  detail::insert_deep_copies(f->fgraph, request, cloned);
  steps.done("insert deep copies", std::to_string(f->fgraph.size()) + " nodes");
  f->order = scheduled(mode, f->fgraph, cloned.outputs.size());
  check_order(request, f->fgraph, f->order);
  steps.done("schedule", std::to_string(f->order.size()) + " nodes");
  if (request.options.profile) {
    f->trace_path = base::config().profiling_trace();
    f->recorder = std::make_shared<link::Recorder>(!f->trace_path.empty());
  }
  f->program =
      link_graph(request, mode, cloned, f->fgraph, f->order, std::move(trace), f->recorder);
  for (const Surroundings& room : surroundings()) {
    if (room.concern(f->fgraph)) f->program = room.surround(f->program, f->fgraph);
  }
  describe_inputs(*f, request);
  describe_outputs(*f, request);
  describe_cells(*f, cloned);
  steps.done("link", mode.text());
  f->building = std::move(steps.taken);
  return Function(std::shared_ptr<const Function::Impl>(f));
}
}  // namespace

Function function(InList inputs, OutList outputs, FunctionOptions options,
                  std::source_location line) {
  Request request{std::move(inputs), std::move(outputs), std::move(options), ""};
  request.who =
      request.options.name.empty() ? "function" : "function " + base::quote(request.options.name);
  request.options.profile |= base::config().profile() || !base::config().profiling_trace().empty();
  try {
    return build(request);
  } catch (...) {
    link::rethrow_with([&] { return "\n  called at " + link::line_text(line); });
  }
}

const Function::Impl& Function::impl() const {
  if (!impl_)
    throw ValueError("Function: an empty function was used; make one by function(inputs, outputs)");
  return *impl_;
}
const std::string& Function::name() const { return impl().name; }
const FunctionGraph& Function::fgraph() const { return impl().fgraph; }
std::vector<Apply> Function::nodes() const { return impl().order; }

std::string debugprint(const Function& function, const DebugPrintOptions& options) {
  return printing::debugprint(function.fgraph(), function.nodes(), options);
}
std::string dotprint(const Function& function, const DotOptions& options) {
  return printing::dotprint(function.fgraph(), function.nodes(), options);
}
std::string pprint(const Function& function) { return printing::pprint(function.fgraph()); }
}  // namespace kroton::inline compile
