// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/link/vm.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <mutex>

#include "kroton/base/at.h"
#include "kroton/base/config.h"
#include "kroton/base/errors.h"
#include "kroton/kernel/interpreter.h"
#include "kroton/link/error_context.h"
#include "kroton/link/native_node.h"
#include "kroton/link/plan.h"
#include "kroton/link/thunk.h"
#include "kroton/ndarray/view.h"

namespace kroton::link {
namespace {
constexpr std::size_t most_plans = 16;
// A larger arena goes back to the allocator after each call when allow_gc is set.
constexpr std::int64_t kept_arena_bytes = 1 << 20;

// An integer scalar, as lengths are.
std::int64_t integer(const NDArray& array) {
  if (array.dtype() == int64) return *static_cast<const std::int64_t*>(array.raw());
  return array.item<std::int64_t>();
}

// What one call works in. A program keeps as many as calls were running at once.
struct Workspace {
  struct Segment {
    std::vector<std::unique_ptr<Plan>> plans;
    Plan* last = nullptr;
  };
  explicit Workspace(const Blueprint& blueprint)
      : cells(blueprint.storage.variables.size()),
        base(cells.size(), nullptr),
        segments(blueprint.segments.size()) {
    for (const auto& [slot, value] : blueprint.storage.constants) {
      cells[at(slot)] = value;
      if (value.is_array()) base[at(slot)] = value.as<NDArray>().raw();
    }
  }
  Values cells;             // by slot
  std::vector<void*> base;  // of arrays in cells: where they begin
  std::vector<Segment> segments;
  // (slot, memory) that the caller has for outputs
  std::vector<std::pair<int, const NDArray*>> offered;
  NDArray arena;
  std::uint64_t clock = 0;
  std::vector<std::int64_t> key;
  std::vector<void*> pointers;
  Values in, out;
  std::vector<char> free;  // by replacement: whether this call may make it
  Values kept;             // what the last segment leaves, made before inputs are overwritten
};

class VmProgram final : public Program {
 public:
  VmProgram(const FunctionGraph& fgraph, const std::vector<Apply>& order, LinkOptions options)
      : blueprint_(fgraph, order), storage_(blueprint_.storage), options_(std::move(options)) {
    blueprint_.give(options_.scratch, options_.outputs_in_scratch);
    blueprint_.replace(options_.replaced);
    const std::vector<int>& outputs = storage_.outputs;
    for (std::size_t o = 0; o < outputs.size(); ++o) {
      const bool again = std::find(outputs.begin() + static_cast<std::ptrdiff_t>(o) + 1,
                                   outputs.end(), outputs[o]) != outputs.end();
      is_taken_.push_back(storage_.producer[at(outputs[o])] >= 0 && !again);
    }
    natives_.resize(order.size());
    for (std::size_t n = 0; n < order.size(); ++n) {
      if (blueprint_.nodes[n].kind == NodeKind::perform)
        natives_[n].code = NativeNode::make(order[n], natives_[n].why_not);
    }
  }
  ~VmProgram() override { delete spare_.load(); }

  void run(std::span<Value> inputs, std::span<Value> outputs) const override {
    std::unique_ptr<Workspace> work = acquire();
    find_free(*work, inputs);
    // A workspace that an error passed through is not used again.
    for (std::size_t i = 0; i < storage_.inputs.size(); ++i)
      put(*work, storage_.inputs[i], std::move(inputs[i]));
    for (std::size_t o = 0; o < outputs.size(); ++o) {
      if (outputs[o].is_array())
        work->offered.emplace_back(storage_.outputs[o], &outputs[o].as<NDArray>());
    }
    for (std::size_t s = 0; s < blueprint_.segments.size(); ++s) run_segment(*work, s);
    work->offered.clear();
    for (std::size_t o = 0; o < outputs.size(); ++o) {
      Value& cell = work->cells[at(storage_.outputs[o])];
      if (is_taken_[o])
        outputs[o] = std::move(cell);
      else
        outputs[o] = cell;
    }
    for (const int slot : storage_.inputs) work->cells[at(slot)] = Value();
    for (const int slot : storage_.outputs) {
      if (storage_.producer[at(slot)] >= 0) work->cells[at(slot)] = Value();
    }
    if (static_cast<std::int64_t>(work->arena.size()) > kept_arena_bytes &&
        base::config().allow_gc())
      work->arena = NDArray();
    release(std::move(work));
  }

 private:
  std::unique_ptr<Workspace> acquire() const {
    if (Workspace* spare = spare_.exchange(nullptr, std::memory_order_acquire))
      return std::unique_ptr<Workspace>(spare);
    const std::lock_guard guard(lock_);
    if (more_.empty()) return std::make_unique<Workspace>(blueprint_);
    auto work = std::move(more_.back());
    more_.pop_back();
    return work;
  }
  void release(std::unique_ptr<Workspace> work) const {
    Workspace* none = nullptr;
    if (spare_.compare_exchange_strong(none, work.get(), std::memory_order_release)) {
      work.release();
      return;
    }
    const std::lock_guard guard(lock_);
    more_.push_back(std::move(work));
  }

  // Nobody but the owner holds the array. Where one of several checked kernels could fail when
  // another has written, none writes over its input.
  void find_free(Workspace& work, std::span<const Value> inputs) const {
    const auto& replacements = blueprint_.replacements;
    work.free.resize(replacements.size());
    bool may_fail = false;
    for (std::size_t r = 0; r < replacements.size(); ++r) {
      const Value& input = inputs[at(replacements[r].number)];
      work.free[r] = input.is_array() && input.as<NDArray>().is_sole_owner(2) &&
                     input.as<NDArray>().is_c_contiguous();
      may_fail |= replacements[r].checked && !work.free[r];
    }
    if (may_fail) std::fill(work.free.begin(), work.free.end(), 0);
  }

  void put(Workspace& work, int slot, Value value) const {
    Value& cell = work.cells[at(slot)];
    if (!value.is_array() && storage_.checks[at(slot)].is_host_array() && value.is_number())
      cell = NDArray(value);
    else
      cell = std::move(value);
    if (cell.is_array()) work.base[at(slot)] = cell.as<NDArray>().raw();
  }

  Plan& plan_for(Workspace& work, std::size_t s) const {
    const Segment& segment = blueprint_.segments[s];
    work.key.resize(segment.key_size);
    std::int64_t* key = work.key.data();
    for (const int slot : segment.arrays) {
      const NDArray& array = work.cells[at(slot)].as<NDArray>();
      const std::int64_t* dims = array.shape_data();  // strides follow
      const std::size_t count = 2 * array.ndim();
      for (std::size_t d = 0; d < count; ++d) *key++ = dims[d];
    }
    for (const int slot : segment.scalars) *key++ = integer(work.cells[at(slot)].as<NDArray>());
    const bool is_last = s + 1 == blueprint_.segments.size();
    if (is_last) key = std::copy(work.free.begin(), work.free.end(), key);
    Workspace::Segment& known = work.segments[s];
    const auto fits = [&](const Plan& plan) {
      const std::size_t bytes = work.key.size() * sizeof(std::int64_t);
      return bytes == 0 || std::memcmp(plan.key.data(), work.key.data(), bytes) == 0;
    };
    if (known.last && fits(*known.last)) return *known.last;
    for (const auto& plan : known.plans) {
      if (fits(*plan)) return use(work, known, *plan);
    }
    return use(work, known, new_plan(work, s));
  }
  static Plan& use(Workspace& work, Workspace::Segment& known, Plan& plan) {
    plan.used = ++work.clock;
    known.last = &plan;
    return plan;
  }
  Plan& new_plan(Workspace& work, std::size_t s) const {
    Workspace::Segment& known = work.segments[s];
    int failed = -1;
    std::unique_ptr<Plan> plan;
    try {
      const bool is_last = s + 1 == blueprint_.segments.size();
      plan = make_plan(blueprint_, blueprint_.segments[s], work.cells, failed, known.last,
                       is_last ? work.free : std::vector<char>());
    } catch (...) {
      add_context(work, nullptr, failed);
    }
    plan->key = work.key;
    if (known.plans.size() >= most_plans) {
      known.plans.erase(
          std::min_element(known.plans.begin(), known.plans.end(),
                           [](const auto& a, const auto& b) { return a->used < b->used; }));
    }
    known.plans.push_back(std::move(plan));
    return *known.plans.back();
  }

  // What the caller offers for this slot when it fits, else new memory. HOSTS: other arrays lie in
  // it at first, which may need a stricter alignment.
  static NDArray memory_for(const Workspace& work, int slot, const ArrayCheck& check,
                            const std::int64_t* shape, bool hosts) {
    for (const auto& [offered_slot, array] : work.offered) {
      const bool aligned = !hosts || reinterpret_cast<std::uintptr_t>(array->raw()) % 64 == 0;
      if (offered_slot == slot && aligned && check.accepts(*array) && array->is_c_contiguous() &&
          std::equal(shape, shape + check.ndim(), array->shape_data())) {
        return *array;
      }
    }
    return NDArray::empty(check.ndim(), shape, check.dtype());
  }

  void run_segment(Workspace& work, std::size_t s) const {
    const Segment& segment = blueprint_.segments[s];
    Plan& plan = plan_for(work, s);
    if (static_cast<std::int64_t>(work.arena.size()) < plan.arena_bytes) {
      work.arena = NDArray();
      work.arena = NDArray::empty({plan.arena_bytes}, uint8);
    }
    for (const auto& [slot, hosts] : plan.fresh) {
      const ArrayCheck& check = storage_.checks[at(slot)];
      NDArray array = memory_for(work, slot, check, plan.shape(slot), hosts);
      work.base[at(slot)] = array.raw();
      work.cells[at(slot)] = std::move(array);
    }
    int node = -1;
    bool boxed_early = false;
    try {
      for (std::size_t k = 0; k < plan.steps.size(); ++k) {
        Step& step = plan.steps[k];
        if (k == plan.commit) {
          prepare_commit(work, segment, plan, node);
          boxed_early = true;
        }
        node = step.node;
        if (!options_.recorder) {
          run_step(work, plan, step);
        } else {
          run_timed(work, plan, step);
        }
        for (const int slot : blueprint_.dying[at(node)]) work.cells[at(slot)] = Value();
      }
    } catch (...) {
      add_context(work, &plan, node);
    }
    if (options_.recorder) record_memory(work);
    for (std::size_t k = 0; k < segment.kept.size(); ++k) {
      const int slot = segment.kept[k];
      put(work, slot, boxed_early ? std::move(work.kept[k]) : boxed(work, &plan, slot));
    }
    work.kept.clear();
    for (const int slot : segment.dropped) work.cells[at(slot)] = Value();
  }

  // All that can fail, and all memory that is still to be asked for, before inputs are overwritten.
  void prepare_commit(Workspace& work, const Segment& segment, Plan& plan, int& node) const {
    for (Step& rehearsal : plan.rehearsals) {
      node = rehearsal.node;
      run_step(work, plan, rehearsal);
    }
    for (const int r : plan.checks) {
      const Replacement& replacement = blueprint_.replacements[at(r)];
      node = replacement.node;
      Values inputs;
      for (const int slot : storage_.nodes[at(node)].in) inputs.push_back(boxed(work, &plan, slot));
      replacement.check(inputs);
    }
    for (std::size_t k = plan.commit; k < plan.steps.size(); ++k) {
      work.pointers.reserve(plan.steps[k].params.size());
      kernel::reserve(plan.steps[k].launch);
    }
    work.kept.clear();
    for (const int slot : segment.kept) work.kept.push_back(boxed(work, &plan, slot));
  }

  void run_timed(Workspace& work, Plan& plan, Step& step) const {
    constexpr const char* bodies[] = {"kernel", "view", "perform"};
    const auto begin = Recorder::Clock::now();
    run_step(work, plan, step);
    const auto end = Recorder::Clock::now();
    std::uint64_t bytes = 0;
    const NodeSlots& node = storage_.nodes[at(step.node)];
    for (const auto* slots : {&node.in, &node.out}) {
      for (const int slot : *slots) {
        const Value value = boxed(work, &plan, slot);
        if (value.is_array()) bytes += value.as<NDArray>().nbytes();
      }
    }
    options_.recorder->add_node(
        static_cast<int>(options_.position(at(step.node))),
        natives_[at(step.node)].code ? "c_code" : bodies[static_cast<std::size_t>(step.kind)],
        begin, end, bytes);
  }

  // Of the arena and of all that this call has computed and not dropped.
  void record_memory(const Workspace& work) const {
    std::int64_t bytes = static_cast<std::int64_t>(work.arena.size());
    for (std::size_t s = 0; s < work.cells.size(); ++s) {
      if (storage_.producer[s] >= 0 && blueprint_.root[s] == static_cast<int>(s) &&
          work.cells[s].is_array())
        bytes += static_cast<std::int64_t>(work.cells[s].as<NDArray>().nbytes());
    }
    options_.recorder->add_memory(bytes);
  }

  void run_step(Workspace& work, const Plan& plan, Step& step) const {
    if (step.kind == NodeKind::perform && !step.prepared) return perform(work, plan, step.node);
    std::byte* const arena = static_cast<std::byte*>(work.arena.raw());
    work.pointers.resize(step.params.size());
    for (std::size_t p = 0; p < step.params.size(); ++p) {
      const Place& place = step.params[p];
      std::byte* const base =
          place.source < 0 ? arena : static_cast<std::byte*>(work.base[at(place.source)]);
      work.pointers[p] = base + place.offset;
    }
    if (step.prepared) return step.prepared(work.pointers.data());
    kernel::Fault fault;
    if (step.code) {
      step.launch.bind(work.pointers.data());
      fault = kernel::run(*step.code, step.launch);
    } else {
      fault = kernel::interpret(*blueprint_.nodes[at(step.node)].kernel->kernel, step.extents,
                                work.pointers, step.strides);
    }
    if (fault) [[unlikely]]
      throw_at(plan, step.node, fault);
  }

  [[noreturn]] void throw_at(const Plan& plan, int n, const kernel::Fault& fault) const {
    const NodeSlots& node = storage_.nodes[at(n)];
    const std::size_t p = static_cast<std::size_t>(fault.param);
    const int slot = p < node.in.size() ? node.in[p] : node.out[p - node.in.size()];
    const std::int64_t* shape = plan.shape(slot);
    throw_fault(node.node, *blueprint_.nodes[at(n)].kernel->kernel, fault,
                {shape, shape + storage_.checks[at(slot)].ndim()});
  }

  void perform(Workspace& work, const Plan& plan, int n) const {
    const NodeSlots& node = storage_.nodes[at(n)];
    // Taken out of the workspace, so that nothing they hold outlives the step.
    Values in = std::move(work.in), out = std::move(work.out);
    in.clear();
    for (const int slot : node.in) in.push_back(boxed(work, &plan, slot));
    out.assign(node.out.size(), Value());
    const bool planned = blueprint_.nodes[at(n)].is_planned();
    for (std::size_t o = 0; planned && o < out.size(); ++o) {
      if (!is_over_input(n, static_cast<int>(o))) out[o] = boxed(work, &plan, node.out[o]);
    }
    const Native& native = natives_[at(n)];
    if (native.code) {
      native.code->run(in, out);
    } else if (!try_perform(node.node, in, out)) {
      throw_no_body(node.node, native.why_not);
    }
    for (std::size_t o = 0; o < out.size(); ++o) {
      if (planned) {
        put_in_place(work, plan, node, o, out[o]);
        continue;
      }
      const int slot = node.out[o];
      const ArrayCheck& check = storage_.checks[at(slot)];
      check_outputs(node.node, std::span(&check, 1), std::span<const Value>(&out[o], 1));
      if (shares_unsaid(work, in, out[o], slot)) out[o] = out[o].copy();
      put(work, slot, std::move(out[o]));
    }
    in.clear();
    out.clear();
    work.in = std::move(in);
    work.out = std::move(out);
  }

  bool is_over_input(int n, int output) const {
    const auto& in_place = blueprint_.nodes[at(n)].in_place;
    return std::any_of(in_place.begin(), in_place.end(),
                       [&](const auto& pair) { return pair.first == output; });
  }
  // Output O, which perform() gave, where its plan says; most often it is there already.
  void put_in_place(const Workspace& work, const Plan& plan, const NodeSlots& node, std::size_t o,
                    const Value& value) const {
    const int slot = node.out[o];
    const ArrayCheck& check = storage_.checks[at(slot)];
    check_outputs(node.node, std::span(&check, 1), std::span(&value, 1));
    const NDArray& result = value.as<NDArray>();
    const std::int64_t *shape = plan.shape(slot), *strides = shape + check.ndim();
    if (!std::equal(shape, strides, result.shape_data())) {
      throw InternalError(node.node.op().text() + ": perform gave shape " +
                          shape_text(result.shape()) + " for output " + std::to_string(o) +
                          " and infer_shape says " + shape_text(Shape(shape, strides)) +
                          "; they must agree, this is a bug in that op");
    }
    const Layout& layout = plan.layouts[at(slot)];
    KROTON_CHECK(layout.source != -2);
    const void* const base = layout.source < 0 ? work.arena.raw() : work.base[at(layout.source)];
    const bool is_there = result.raw() == static_cast<const std::byte*>(base) + layout.offset &&
                          std::equal(strides, strides + check.ndim(), result.strides_data());
    if (!is_there) assign(boxed(work, &plan, slot).as<NDArray>(), result);
  }

  // Whether a value lies in memory that its op did not say it shares: of an input, or of the arena.
  bool shares_unsaid(const Workspace& work, const Values& inputs, const Value& value,
                     int slot) const {
    if (!value.is_array()) return false;
    const Buffer* const buffer = value.as<NDArray>().buffer();
    if (!buffer) return false;
    const bool said = blueprint_.root[at(slot)] != slot;
    if (said)
      return blueprint_.escapes[at(blueprint_.root[at(slot)])] && buffer == work.arena.buffer();
    return std::any_of(inputs.begin(), inputs.end(), [&](const Value& input) {
      return input.is_array() && input.as<NDArray>().buffer() == buffer;
    });
  }

  // The value of a slot as an array of its own handle.
  Value boxed(const Workspace& work, const Plan* plan, int slot) const {
    const Value& cell = work.cells[at(slot)];
    if (!cell.empty() || !plan) return cell;
    const Layout& layout = plan->layouts[at(slot)];
    if (layout.source == -2 || (layout.source >= 0 && !work.cells[at(layout.source)].is_array()))
      return cell;
    const NDArray& owner =
        layout.source < 0 ? work.arena : work.cells[at(layout.source)].as<NDArray>();
    const ArrayCheck& check = storage_.checks[at(slot)];
    const std::int64_t* shape = plan->shape(slot);
    Buffer* const buffer = const_cast<Buffer*>(owner.buffer());
    if (!buffer) return NDArray::empty(check.ndim(), shape, check.dtype());  // without elements
    buffer->retain();
    return NDArray::adopt(buffer, static_cast<std::byte*>(owner.raw()) + layout.offset,
                          check.ndim(), shape, shape + check.ndim(), check.dtype());
  }

  [[noreturn]] void add_context(const Workspace& work, const Plan* plan, int n) const {
    if (n < 0) throw;
    rethrow_with([&] {
      const NodeSlots& node = storage_.nodes[at(n)];
      Values values;
      for (const int slot : node.in) values.push_back(boxed(work, plan, slot));
      return node_context(node.node, options_.position(at(n)), values);
    });
  }

  struct Native {
    std::shared_ptr<const NativeNode> code;
    std::string why_not;
  };
  Blueprint blueprint_;
  const Storage& storage_;
  std::vector<char> is_taken_;   // by output: nothing else is returned of its slot
  std::vector<Native> natives_;  // by node, of those that run by perform() otherwise
  LinkOptions options_;
  mutable std::atomic<Workspace*> spare_{nullptr};
  mutable std::mutex lock_;
  mutable std::vector<std::unique_ptr<Workspace>> more_;
};
}  // namespace

std::shared_ptr<const Program> make_vm_program(const FunctionGraph& fgraph,
                                               const std::vector<Apply>& order,
                                               const LinkOptions& options) {
  return std::make_shared<const VmProgram>(fgraph, order, options);
}
}  // namespace kroton::link
