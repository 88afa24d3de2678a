// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/link/c_module.h"

#include <cstring>
#include <deque>
#include <mutex>
#include <new>

#include "kroton/base/at.h"
#include "kroton/base/errors.h"
#include "kroton/base/files.h"
#include "kroton/base/text.h"
#include "kroton/link/error_context.h"
#include "kroton/link/module_text.h"
#include "kroton/link/module_values.h"
#include "kroton/link/thunk.h"

// What a module's calls of C++ bodies go through.
struct kroton_host {
  struct Call {
    kroton::link::Thunk thunk;
    kroton::Values constants;  // by input; empty where it is computed
    kroton::link::ReadyKernel ready;
  };
  std::deque<Call> calls;
  // By node, for a profile: which body it runs by, and what its constants hold.
  std::vector<const char*> bodies;
  std::vector<std::uint64_t> constant_bytes;
  kroton::link::LinkOptions options;
};

namespace {
// Of this thread: the inputs of the node that failed in the run that it is in.
thread_local kroton::Values failed_inputs;

std::uint64_t bytes_of(const kroton::Value& value) {
  return value.is_array() ? value.as<kroton::NDArray>().nbytes() : 0;
}
}  // namespace

extern "C" int kroton_call_node(kroton_host* host, int node, int input_count,
                                kroton_value* const* inputs, int output_count,
                                kroton_value** outputs) {
  using kroton::Value, kroton::Values;
  Values in;
  try {
    kroton_host::Call& call = host->calls[static_cast<std::size_t>(node)];
    in = call.constants;
    Values out(static_cast<std::size_t>(output_count));
    for (std::size_t i = 0; i < static_cast<std::size_t>(input_count); ++i) {
      if (in[i].empty()) in[i] = kroton::link::unboxed(inputs[i]);
    }
    call.thunk.run_fast(in, out, call.ready.code ? &call.ready : nullptr);
    for (std::size_t o = 0; o < out.size(); ++o) outputs[o] = kroton::link::box(std::move(out[o]));
    return 0;
  } catch (...) {
    kroton::link::keep_current_exception();
    failed_inputs = std::move(in);
    for (int o = 0; o < output_count; ++o) kroton_release(std::exchange(outputs[o], nullptr));
    return -1;
  }
}

extern "C" void kroton_failed_node(kroton_host*, int, int input_count,
                                   kroton_value* const* inputs) {
  kroton::link::hold_module_error();
  try {
    for (std::size_t i = 0; i < static_cast<std::size_t>(input_count); ++i)
      failed_inputs.push_back(kroton::link::unboxed(inputs[i]));
  } catch (const std::bad_alloc&) {
    failed_inputs.clear();
  }
}

extern "C" void kroton_count_node(kroton_host* host, int node, int count,
                                  kroton_value* const* values) {
  const auto n = static_cast<std::size_t>(node);
  std::uint64_t bytes = host->constant_bytes[n];
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i)
    bytes += values[i] ? bytes_of(values[i]->value) : 0;
  host->options.recorder->add_bytes(static_cast<int>(host->options.position(n)), bytes);
}

extern "C" void kroton_time_node(kroton_host* host, int node, int is_end) {
  using kroton::link::Recorder;
  thread_local Recorder::Clock::time_point begin;
  const auto now = Recorder::Clock::now();
  if (!is_end) {
    begin = now;
    return;
  }
  const auto n = static_cast<std::size_t>(node);
  host->options.recorder->add_node(static_cast<int>(host->options.position(n)), host->bodies[n],
                                   begin, now, 0);
}

namespace kroton::link {
namespace {
ModuleEntries entries_of(const jit::Module& module) {
  ModuleEntries e{};
  e.load = module.function<int()>("kroton_module_load");
  e.start = reinterpret_cast<decltype(e.start)>(module.symbol("kroton_module_start"));
  e.run = reinterpret_cast<decltype(e.run)>(module.symbol("kroton_module_run"));
  e.stop = reinterpret_cast<decltype(e.stop)>(module.symbol("kroton_module_stop"));
  e.size = module.function<std::size_t()>("kroton_module_size");
  return e;
}

// The boxes that a module is given: of a start the constants, of a run inputs, then outputs.
class Cells {
 public:
  explicit Cells(std::size_t count) { cells_.reserve(count); }
  ~Cells() {
    for (kroton_value* cell : cells_) kroton_release(cell);
  }
  Cells(const Cells&) = delete;
  Cells& operator=(const Cells&) = delete;
  void add(const Value& value) { cells_.push_back(box(value)); }
  // Memory that an output may be written to.
  void offer(const Value& value) {
    kroton_value* const offered = value.is_array() ? box(value) : nullptr;
    if (offered) offered->offered = true;
    cells_.push_back(offered);
  }
  kroton_value** data() { return cells_.data(); }
  Value value(std::size_t i) const { return unboxed(cells_[i]); }

 private:
  std::vector<kroton_value*> cells_;  // never grows beyond what was reserved
};

// One struct of a module, for one call at a time.
class Instance {
 public:
  Instance(const ModuleEntries& entries, kroton_host* host, const std::vector<Constant>& constants)
      : entries_(entries) {
    Cells cells(constants.size());
    for (const Constant& constant : constants) cells.add(constant.data());
    const std::size_t bytes = (entries.size() + 63) / 64 * 64;
    memory_ = ::operator new(bytes, std::align_val_t(64));
    std::memset(memory_, 0, bytes);
    failure_ = entries.start(memory_, host, cells.data());
  }
  ~Instance() {
    entries_.stop(memory_);
    ::operator delete(memory_, std::align_val_t(64));
  }
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;
  int failure() const { return failure_; }
  int run(kroton_value** cells) const { return entries_.run(memory_, cells); }

 private:
  const ModuleEntries& entries_;
  void* memory_ = nullptr;
  int failure_ = 0;
};

class LoadedModule final : public CModule {
 public:
  LoadedModule(ModuleText text, std::vector<Apply> order, bool is_whole, const LinkOptions& options)
      : text_(std::move(text)), order_(std::move(order)), is_whole_(is_whole), options_(options) {
    code_ = compiled_module();
    host_.options = options;
    host_.bodies.assign(order_.size(), "c_code");
    for (const ModuleCall& call : text_.calls)
      host_.bodies[at(call.node)] = call.entries.empty() ? "call" : "kernel";
    for (const Apply& node : order_) {
      std::uint64_t& bytes = host_.constant_bytes.emplace_back(0);
      for (const Variable& input : node.inputs()) {
        if (const auto constant = as<Constant>(input)) bytes += bytes_of(constant->data());
      }
    }
    entries_ = entries_of(*code_);
    for (const Variable& output : text_.outputs) checks_.emplace_back(output.type());
    for (const ModuleCall& call : text_.calls) add_call(call);
    load();
    release(make_instance());  // so that a start that fails is an error now
  }

  void run(std::span<const Value> inputs, std::span<Value> outputs) const override {
    clear_module_error();
    failed_inputs.clear();
    std::unique_ptr<Instance> instance = acquire();
    Cells cells(inputs.size() + outputs.size());
    for (const Value& input : inputs) cells.add(input);
    for (const Value& output : outputs) cells.offer(output);
    const int failure = instance->run(cells.data());
    if (failure || has_module_error()) fail(failure, inputs);
    for (std::size_t o = 0; o < outputs.size(); ++o) outputs[o] = cells.value(inputs.size() + o);
    check(outputs);
    release(std::move(instance));
  }
  const std::string& text() const override { return text_.source.text; }

 private:
  std::shared_ptr<jit::Module> compiled_module() const {
    provide_module_symbols();
    try {
      if (auto module = jit::compile(text_.source)) return module;
    } catch (const jit::TextError& error) {
      explain(error);
    }
    throw UnsupportedError(text_.source.label +
                           ": its C code needs a compiler and there is none; install Kroton's "
                           "embedded compiler (libkroton_jit.so) or a system compiler, or set flag "
                           "jit to auto");
  }

  // Whether TEXT has lines that a directive counts as FILE's.
  static bool takes_lines_of(const std::string& text, const std::string& file) {
    return text.find("#line ") != std::string::npos &&
           text.find(" \"" + file + "\"\n") != std::string::npos;
  }
  static std::string file_of(std::string_view line) {
    return std::string(line.substr(0, line.find(':')));
  }

  // The user's own text with its lines, and what the compiler said.
  [[noreturn]] void explain(const jit::TextError& error) const {
    const ModulePart* part = nullptr;
    std::string first, name;
    for (const std::string_view line : base::split(error.diagnostics, '\n')) {
      if (line.find("error:") == std::string_view::npos) continue;
      if (first.empty()) first = line;
      for (const auto& [what, candidate] : text_.parts) {
        if (part) break;
        const bool is_part = line.starts_with(what + ":");
        if (!is_part && !takes_lines_of(candidate.text, file_of(line))) continue;
        part = &candidate;
        name = is_part ? what : file_of(line);
        first = line;
      }
    }
    if (!part) throw CompileError(error.what());
    // Behind the error stands where headers come from, when one is missing.
    const std::string what = error.what(), head = text_.source.label + ": ";
    const std::string said = what.substr(0, what.find('\n'));
    if (said.starts_with(head + first)) first = said.substr(head.size());
    const std::string text = text_.source.label + ": its C code does not compile: " + first + "\n" +
                             error.compiler + ":\n" + error.diagnostics + name + ", the text:\n" +
                             base::number_lines(base::try_read_file(name).value_or(part->text));
    try {
      throw CompileError(text);
    } catch (...) {
      rethrow_with([&] {
        return part->node < 0 ? std::string()
                              : node_context(order_[static_cast<std::size_t>(part->node)],
                                             position(part->node), {});
      });
    }
  }

  void add_call(const ModuleCall& call) {
    const Apply& node = order_[at(call.node)];
    std::vector<ArrayCheck> checks;
    for (const Variable& output : node.outputs()) checks.emplace_back(output.type());
    Values constants;
    for (const Variable& input : node.inputs()) {
      const auto constant = as<Constant>(input);
      constants.push_back(constant ? constant->data() : Value());
    }
    ReadyKernel ready;
    if (!call.entries.empty()) {
      auto code = std::make_shared<kernel::CompiledKernel>();
      for (const std::string& entry : call.entries)
        code->entries.push_back(reinterpret_cast<kernel::Entry>(code_->symbol(entry)));
      ready = {call.key, std::move(code)};
    }
    host_.calls.push_back({Thunk(node, std::move(checks)), std::move(constants), std::move(ready)});
  }

  void load() const {
    static std::mutex one_at_a_time;
    const std::lock_guard guard(one_at_a_time);
    clear_module_error();
    if (entries_.load()) throw_module_error(text_.source.label + ": its init code failed");
  }

  std::unique_ptr<Instance> make_instance() const {
    clear_module_error();
    auto instance = std::make_unique<Instance>(entries_, &host_, text_.constants);
    if (const int failure = instance->failure(); failure || has_module_error()) fail(failure, {});
    return instance;
  }
  std::unique_ptr<Instance> acquire() const {
    {
      const std::lock_guard guard(lock_);
      if (!idle_.empty()) {
        auto instance = std::move(idle_.back());
        idle_.pop_back();
        return instance;
      }
    }
    return make_instance();
  }
  void release(std::unique_ptr<Instance> instance) const {
    const std::lock_guard guard(lock_);
    idle_.push_back(std::move(instance));
  }

  [[noreturn]] void fail(int failure, std::span<const Value> inputs) const {
    const bool known = failure > 0 && static_cast<std::size_t>(failure) <= text_.tasks.size();
    const ModuleTask task =
        known ? text_.tasks[static_cast<std::size_t>(failure) - 1] : ModuleTask{};
    const Values values = std::exchange(failed_inputs, {});
    try {
      throw_module_error(known ? task.what + " failed; it set no error that says why"
                               : text_.source.label + ": its C code failed");
    } catch (...) {
      if (!is_whole_) throw;
      rethrow_with([&] { return context(task, inputs, values); });
    }
  }
  // KNOWN: values of the failed node's inputs; INPUTS: those of the module.
  std::string context(const ModuleTask& task, std::span<const Value> inputs,
                      const Values& known) const {
    if (task.node >= 0) {
      const Apply& node = order_[static_cast<std::size_t>(task.node)];
      Values values = known;
      values.resize(node.inputs().size());
      for (std::size_t i = 0; i < values.size(); ++i) {
        if (values[i].empty()) values[i] = value_of(node.inputs()[i], inputs);
      }
      return node_context(node, position(task.node), values);
    }
    if (!task.variable) return "";
    const Value value = value_of(task.variable, inputs);
    return "\n  at variable " + task.variable.text() + ": " + task.variable.type().text() +
           (value.empty() ? "" : ", " + value_text(value));
  }
  Value value_of(const Variable& x, std::span<const Value> inputs) const {
    if (const auto constant = as<Constant>(x)) return constant->data();
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (text_.inputs[i] == x) return inputs[i];
    }
    return {};
  }

  // Kernels behind the module rely on what types say.
  void check(std::span<const Value> outputs) const {
    for (std::size_t o = 0; o < outputs.size(); ++o) {
      if (!checks_[o].is_host_array() || checks_[o].accepts(outputs[o])) continue;
      const Variable& x = text_.outputs[o];
      throw TypeError(x.owner().op().text() + ": c_code gave " + outputs[o].text() +
                      " for output " + std::to_string(x.index()) + ", whose type is " +
                      x.type().text() + "; c_code must give values of the output's type");
    }
  }

  std::size_t position(int node) const { return options_.position(static_cast<std::size_t>(node)); }

  ModuleText text_;
  std::vector<Apply> order_;
  bool is_whole_;  // no part of another program, which says at which node it failed
  LinkOptions options_;
  std::shared_ptr<jit::Module> code_;
  ModuleEntries entries_{};
  std::vector<ArrayCheck> checks_;  // of the outputs
  mutable kroton_host host_;
  mutable std::mutex lock_;
  mutable std::vector<std::unique_ptr<Instance>> idle_;  // gone before the code
};
}  // namespace

CModule::~CModule() = default;

std::shared_ptr<const CModule> CModule::make(const Variables& inputs, const Variables& outputs,
                                             const std::vector<Apply>& order, bool allow_calls,
                                             std::string* why_not, const LinkOptions& options) {
  auto text =
      module_text(inputs, outputs, order, allow_calls, why_not, options.recorder != nullptr);
  if (!text) return nullptr;
  return std::make_shared<const LoadedModule>(std::move(*text), order, allow_calls, options);
}
}  // namespace kroton::link
