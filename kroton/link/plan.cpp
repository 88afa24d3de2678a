// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/link/plan.h"

#include <algorithm>
#include <numeric>

#include "kroton/base/at.h"
#include "kroton/base/errors.h"
#include "kroton/link/native_node.h"
#include "kroton/link/thunk.h"

namespace kroton::link {
namespace {
// Room for an element of any dtype.
constexpr std::int64_t element_bytes = 64;

class Planner {
 public:
  Planner(const Blueprint& blueprint, const Segment& segment, const Values& cells, int& failed,
          const Plan* like, const std::vector<char>& free)
      : blueprint_(blueprint),
        storage_(blueprint.storage),
        segment_(segment),
        cells_(cells),
        failed_(failed),
        like_(like),
        free_(free),
        plan_(std::make_unique<Plan>()),
        block_of_(storage_.variables.size(), -1) {
    plan_->layouts.resize(storage_.variables.size());
    const auto nodes = static_cast<std::size_t>(segment.last - segment.first);
    plan_->steps.reserve(nodes);
    extents_.resize(nodes);
    if (like_) plan_->numbers.reserve(like_->numbers.size());
  }

  // Whether a step could fail when another has overwritten an input.
  bool may_fail_late() const { return may_fail_late_; }

  // What there is, where it lies, how it runs.
  std::unique_ptr<Plan> run() {
    for (const int s : segment_.arrays) known(s);
    for (const auto& [slot, value] : storage_.constants) {
      if (storage_.checks[at(slot)].is_host_array()) known(slot);
    }
    for (const int slot : blueprint_.scratch) add_given(slot);
    for (int n = segment_.first; n < segment_.last; ++n) {
      failed_ = n;
      describe(n);
    }
    place();
    for (Step& step : plan_->steps) {
      failed_ = step.node;
      if (step.kind == NodeKind::kernel) {
        specialise(step);
      } else if (blueprint_.nodes[at(step.node)].is_planned()) {
        prepare(step);
      }
    }
    prepare_commit();
    compile();
    failed_ = -1;
    return std::move(plan_);
  }

 private:
  using Dims = std::vector<std::int64_t>;

  std::size_t ndim(int slot) const { return storage_.checks[at(slot)].ndim(); }
  Layout& layout(int slot) { return plan_->layouts[at(slot)]; }
  const NDArray& array(int slot) const { return cells_[at(slot)].as<NDArray>(); }

  void set(int slot, int source, std::int64_t offset, const std::int64_t* shape,
           const std::int64_t* strides) {
    layout(slot) = {source, offset, plan_->numbers.size()};
    plan_->numbers.insert(plan_->numbers.end(), shape, shape + ndim(slot));
    plan_->numbers.insert(plan_->numbers.end(), strides, strides + ndim(slot));
  }
  void known(int slot) { set(slot, slot, 0, array(slot).shape_data(), array(slot).strides_data()); }
  std::int64_t bytes(int slot) const {
    std::int64_t count = static_cast<std::int64_t>(itemsize(storage_.checks[at(slot)].dtype()));
    for (std::size_t d = 0; d < ndim(slot); ++d) count *= plan_->shape(slot)[d];
    return count;
  }

  // Whether several elements are one place in memory, as in a broadcast view.
  bool repeats(int slot) const {
    for (std::size_t d = 0; d < ndim(slot); ++d) {
      if (plan_->shape(slot)[d] > 1 && plan_->shape(slot)[ndim(slot) + d] == 0) return true;
    }
    return false;
  }

  void describe(int n) {
    const NodePlan& plan = blueprint_.nodes[at(n)];
    if (plan.kind == NodeKind::view) return view(n);
    if (plan.is_planned()) {
      output_shapes(n);
      if (plan.kind == NodeKind::kernel) {
        input_shapes(n);
        extents_[at(n - segment_.first)] =
            kernel_extents(storage_.nodes[at(n)].node, *plan.kernel, shapes_, registers_);
      }
      for (const int s : storage_.nodes[at(n)].out) add_block(n, s);
      add_handovers(n);
    }
    add_step(n, plan.kind);
  }

  void input_shapes(int n) {
    const NodeSlots& node = storage_.nodes[at(n)];
    shapes_.resize(node.in.size() + node.out.size());
    std::size_t p = 0;
    for (const auto* slots : {&node.in, &node.out}) {
      for (const int s : *slots) {
        const std::int64_t* shape = plan_->shape(s);
        shapes_[p++].assign(shape, shape + ndim(s));
      }
    }
  }

  // What perform() would do, where the op can tell from the layouts alone. C code comes first.
  void prepare(Step& step) {
    const NodeSlots& node = storage_.nodes[at(step.node)];
    if (has_c_code(node.node)) return;
    std::vector<ArrayLayout> layouts;
    for (const auto* slots : {&node.in, &node.out}) {
      for (const int s : *slots) {
        if (layout(s).source == -2) return;
        const std::int64_t* shape = plan_->shape(s);
        layouts.push_back({storage_.checks[at(s)].dtype(), ndim(s), shape, shape + ndim(s)});
        step.params.push_back({layout(s).source, layout(s).offset});
      }
    }
    const auto all = std::span<const ArrayLayout>(layouts);
    step.prepared =
        node.node.op().prepare(node.node, all.first(node.in.size()), all.subspan(node.in.size()));
  }

  // The launch of a kernel, by the choices of an earlier plan where they hold.
  void specialise(Step& step) {
    const NodeSlots& node = storage_.nodes[at(step.node)];
    const auto& kernel = blueprint_.nodes[at(step.node)].kernel->kernel;
    strides_.resize(node.in.size() + node.out.size());
    step.params.reserve(strides_.size());
    for (const auto* slots : {&node.in, &node.out}) {
      for (const int s : *slots) {
        const std::int64_t* strides = plan_->shape(s) + ndim(s);
        strides_[step.params.size()].assign(strides, strides + ndim(s));
        step.params.push_back({layout(s).source, layout(s).offset});
      }
    }
    const Dims& extents = extents_[at(step.node - segment_.first)];
    const auto over = overlays(step.params, node.in.size());
    if (const Step* known = like_step(step); known && known->chosen->overlays == over) {
      if (auto arguments = kernel::refit(*known->chosen, extents, strides_)) {
        step.chosen = known->chosen;
        step.code = known->code;
        step.launch = kernel::Launch(*step.chosen, std::move(*arguments));
        return;
      }
    }
    step.chosen = std::make_shared<const kernel::Specialised>(
        kernel::specialise(kernel, extents, strides_, over));
    step.extents = extents;
    step.strides = strides_;
  }
  // What overwrites the call's inputs begins here. A kernel that can find an index out of range is
  // rehearsed, with one element of the arena for the array that it changes: a part of the loops
  // that only copies what lies there anyway is no part of either.
  void prepare_commit() {
    plan_->commit = plan_->steps.size();
    for (std::size_t k = plan_->steps.size(); k-- > 0;) {
      const Step& step = plan_->steps[k];
      for (const Replacement& r : blueprint_.replacements) {
        if (r.node != step.node || layout(r.output).source != r.input) continue;
        plan_->commit = k;
        if (r.check) {
          plan_->checks.push_back(static_cast<int>(&r - blueprint_.replacements.data()));
        } else if (r.checked &&
                   (plan_->rehearsals.empty() || plan_->rehearsals.back().node != r.node)) {
          rehearse(step);
        }
      }
    }
    for (const Replacement& r : blueprint_.replacements) {
      if (r.checked && plan_->commit < plan_->steps.size() && layout(r.output).source != r.input)
        may_fail_late_ = true;
    }
  }
  void rehearse(const Step& step) {
    const NodeSlots& node = storage_.nodes[at(step.node)];
    std::vector<int> slots = node.in;
    slots.insert(slots.end(), node.out.begin(), node.out.end());
    Step& rehearsal = plan_->rehearsals.emplace_back();
    rehearsal.node = step.node;
    rehearsal.params = step.params;
    rehearsal.extents = extents_[at(step.node - segment_.first)];
    for (const int s : slots) {
      const std::int64_t* strides = plan_->shape(s) + ndim(s);
      rehearsal.strides.emplace_back(strides, strides + ndim(s));
    }
    for (const Replacement& r : blueprint_.replacements) {
      if (r.node != step.node || layout(r.output).source != r.input) continue;
      for (std::size_t p = 0; p < slots.size(); ++p) {
        if (slots[p] != r.input && slots[p] != r.output) continue;
        rehearsal.strides[p].assign(ndim(slots[p]), 0);
        rehearsal.params[p] = {-1, plan_->arena_bytes};
      }
      plan_->arena_bytes += element_bytes;
    }
    rehearsal.chosen = std::make_shared<const kernel::Specialised>(
        kernel::specialise(blueprint_.nodes[at(step.node)].kernel->kernel, rehearsal.extents,
                           rehearsal.strides, overlays(rehearsal.params, node.in.size())));
  }

  const Step* like_step(const Step& step) const {
    const std::size_t i = at(static_cast<int>(&step - plan_->steps.data()));
    if (!like_ || i >= like_->steps.size()) return nullptr;
    const Step& known = like_->steps[i];
    return known.node == step.node && known.code ? &known : nullptr;
  }

  // Per param the first one that lies where it lies, outputs over inputs; empty when all lie apart.
  static std::vector<int> overlays(const std::vector<Place>& places, std::size_t inputs) {
    std::vector<int> over;
    for (std::size_t o = inputs; o < places.size(); ++o) {
      for (std::size_t i = 0; i < inputs; ++i) {
        if (places[i].source != places[o].source || places[i].offset != places[o].offset) continue;
        if (over.empty()) {
          over.resize(places.size());
          std::iota(over.begin(), over.end(), 0);
        }
        // Other inputs of the same place follow the output, too.
        if (over[o] == static_cast<int>(o)) over[o] = static_cast<int>(i);
        over[i] = over[o];
      }
    }
    return over;
  }

  void output_shapes(int n) {
    const NodeSlots& node = storage_.nodes[at(n)];
    const NodePlan& plan = blueprint_.nodes[at(n)];
    leaves_.clear();
    for (std::size_t l = 0; l < plan.leaf_slots.size(); ++l) {
      const int axis = plan.shapes->leaves()[l].axis, slot = plan.leaf_slots[l];
      leaves_.push_back(axis < 0 ? array(slot).item<std::int64_t>() : plan_->shape(slot)[axis]);
    }
    plan.shapes->run(leaves_, registers_);
    for (std::size_t o = 0; o < node.out.size(); ++o) {
      const std::size_t count = ndim(node.out[o]);
      const DType dtype = storage_.checks[at(node.out[o])].dtype();
      dims_.resize(2 * count);
      plan.shapes->shape(o, registers_, dims_.data());
      if (!fits(dims_.data(), count, itemsize(dtype)))
        element_count(dims_.data(), count, itemsize(dtype), title(n));
      std::int64_t stride = static_cast<std::int64_t>(itemsize(dtype));
      for (std::size_t d = count; d-- > 0; stride *= std::max<std::int64_t>(dims_[d], 1))
        dims_[count + d] = stride;
      set(node.out[o], node.out[o], 0, dims_.data(), dims_.data() + count);
    }
  }
  // Surely no overflow, which element_count() says in words.
  static bool fits(const std::int64_t* shape, std::size_t count, std::size_t size) {
    double all = static_cast<double>(size);
    bool right = true;
    for (std::size_t d = 0; d < count; ++d) {
      right = right && shape[d] >= 0;
      all *= static_cast<double>(std::max<std::int64_t>(shape[d], 1));
    }
    return right && all < 1e18;
  }
  std::string title(int n) const {
    const NodePlan& plan = blueprint_.nodes[at(n)];
    return plan.kernel ? plan.kernel->kernel->name : storage_.nodes[at(n)].node.op().text();
  }

  std::int64_t alignment(int slot) const {
    return static_cast<std::int64_t>(itemsize(storage_.checks[at(slot)].dtype()));
  }
  bool is_contiguous(int slot) const { return array(slot).is_c_contiguous(); }

  // Memory that the caller gave: of an input that is read for the last time in this segment.
  void add_given(int slot) {
    const int last = blueprint_.class_last[at(slot)];
    const auto& known = segment_.arrays;
    if (last < segment_.first || last >= segment_.last || !is_contiguous(slot) ||
        std::find(known.begin(), known.end(), slot) == known.end()) {
      return;
    }
    block_of_[at(slot)] = static_cast<int>(blocks_.size());
    Block& block = blocks_.emplace_back(Block{slot, bytes(slot), segment_.first - 1, last});
    block.is_given = true;
    block.alignment = alignment(slot);
  }

  // Over the input whose place it takes.
  bool replace(int slot) {
    for (std::size_t r = 0; r < free_.size(); ++r) {
      const Replacement& replacement = blueprint_.replacements[r];
      if (replacement.output != slot || !free_[r] || !same_shape(replacement.input, slot)) continue;
      const std::size_t dims = layout(replacement.input).dims;
      layout(slot) = {replacement.input, 0, dims};
      return true;
    }
    return false;
  }

  // Output SLOT of node N lies over an input that the node overwrites, or needs memory.
  void add_block(int n, int slot) {
    if (replace(slot)) return;
    const NodeSlots& node = storage_.nodes[at(n)];
    for (const auto& [output, input] : blueprint_.nodes[at(n)].in_place) {
      const int over = node.in[at(input)];
      if (node.out[at(output)] == slot && same_shape(over, slot) && !repeats(over)) {
        const std::size_t dims = layout(over).dims;
        layout(slot) = {layout(over).source, layout(over).offset, dims};
        return;
      }
    }
    const int root = blueprint_.root[at(slot)];
    block_of_[at(slot)] = static_cast<int>(blocks_.size());
    blocks_.push_back({slot, bytes(slot), n, blueprint_.class_last[at(root)],
                       static_cast<bool>(blueprint_.escapes[at(root)])});
    blocks_.back().alignment = alignment(slot);
  }
  // Whether what is computed into SLOT may be returned in memory that the caller gave.
  bool may_be_lent(int slot) const {
    return !blocks_[at(block_of_[at(slot)])].is_fresh || blueprint_.may_be_lent[at(slot)];
  }

  bool same_shape(int a, int b) const {
    return std::equal(plan_->shape(a), plan_->shape(a) + ndim(a), plan_->shape(b),
                      plan_->shape(b) + ndim(b));
  }

  // Inputs whose memory nothing needs behind node N, and which it reads just where it writes an
  // output, or before.
  void add_handovers(int n) {
    const NodeSlots& node = storage_.nodes[at(n)];
    const auto& overlays = blueprint_.nodes[at(n)].overlays;
    for (std::size_t o = 0; o < overlays.size(); ++o) {
      const int slot = node.out[o];
      if (overlays[o].empty() || block_of_[at(slot)] < 0) continue;
      for (const int candidate : node.in) {
        const int block = block_of_[at(candidate)];
        if (block < 0 || blocks_[at(block)].is_fresh || blocks_[at(block)].death != n ||
            blueprint_.root[at(candidate)] != candidate ||
            (blocks_[at(block)].is_given && !may_be_lent(slot)))
          continue;
        if (bytes(candidate) == bytes(slot) && same_shape(candidate, slot) &&
            blueprint_.may_lie_over(n, o, candidate))
          handovers_.emplace_back(block, block_of_[at(slot)]);
      }
    }
  }

  void place() {
    std::sort(handovers_.begin(), handovers_.end());
    handovers_.erase(std::unique(handovers_.begin(), handovers_.end()), handovers_.end());
    plan_->arena_bytes = place_blocks(blocks_, handovers_);
    for (const Block& block : blocks_) {
      if (block.is_fresh) plan_->fresh.push_back({block.slot, block.hosts});
    }
    for (int n = segment_.first; n < segment_.last; ++n) {
      for (const int s : storage_.nodes[at(n)].out) {
        if (layout(s).source < 0 || block_of_[at(layout(s).source)] < 0) continue;
        const Place& place = blocks_[at(block_of_[at(layout(s).source)])].place;
        layout(s).source = place.source;
        layout(s).offset += place.offset;
      }
    }
  }

  // Memory with the layout of a slot that has none yet, for views to be made of.
  NDArray stand_in(int slot) {
    const Layout& wanted = layout(slot);
    const int owner = wanted.source;
    const int block = owner < 0 ? -1 : block_of_[at(owner)];
    const bool is_there =
        owner >= 0 && (block < 0 || blocks_[at(block)].is_given) && cells_[at(owner)].is_array();
    if (!is_there && stand_ins_.empty()) stand_ins_.resize(storage_.variables.size());
    if (!is_there && stand_ins_[at(owner)].empty()) {
      stand_ins_[at(owner)] =
          NDArray::empty(ndim(owner), plan_->shape(owner), storage_.checks[at(owner)].dtype());
    }
    const NDArray& memory = is_there ? array(owner) : stand_ins_[at(owner)].as<NDArray>();
    return memory.view(ndim(slot), plan_->shape(slot), plan_->shape(slot) + ndim(slot),
                       wanted.offset);
  }

  void view(int n) {
    const NodeSlots& node = storage_.nodes[at(n)];
    const int from = node.in[0];
    Values in, out(node.out.size());
    in.emplace_back(stand_in(from));
    for (std::size_t i = 1; i < node.in.size(); ++i) in.push_back(*constant(node.in[i]));
    if (!try_perform(node.node, in, out)) {
      throw UnsupportedError(node.node.op().text() + ": a view needs perform(); the op has none");
    }
    std::vector<ArrayCheck> checks;
    for (const int to : node.out) checks.push_back(storage_.checks[at(to)]);
    check_outputs(node.node, checks, out);
    const NDArray& source = in[0].as<NDArray>();
    const bool are_views = std::all_of(out.begin(), out.end(), [&](const Value& value) {
      const NDArray& result = value.as<NDArray>();
      return result.size() == 0 || (result.buffer() == source.buffer() && result.buffer());
    });
    for (std::size_t o = 0; o < out.size(); ++o) {
      const NDArray& result = out[o].as<NDArray>();
      const auto moved =
          result.size() == 0 || !are_views
              ? 0
              : static_cast<std::byte*>(result.raw()) - static_cast<std::byte*>(source.raw());
      const int to = node.out[o];
      set(to, are_views ? layout(from).source : to, are_views ? layout(from).offset + moved : 0,
          result.shape_data(), result.strides_data());
    }
    // Strides did not allow a view: the op copies, into memory of its own.
    if (!are_views) add_step(n, NodeKind::perform);
  }

  const Value* constant(int slot) const { return &cells_[at(slot)]; }

  void add_step(int n, NodeKind kind) {
    Step& step = plan_->steps.emplace_back();
    step.node = n;
    step.kind = kind;
  }

  // The code of all kernels that have none yet, several at a time.
  void compile() {
    std::vector<const kernel::Specialised*> wanted;
    std::vector<Step*> steps;
    for (std::vector<Step>* all : {&plan_->steps, &plan_->rehearsals}) {
      for (Step& step : *all) {
        if (step.kind != NodeKind::kernel || step.code) continue;
        failed_ = step.node;
        wanted.push_back(step.chosen.get());
        steps.push_back(&step);
      }
    }
    if (wanted.empty()) return;
    const auto codes = compiled(wanted);
    for (std::size_t k = 0; k < steps.size(); ++k) {
      if (!codes[k]) continue;
      steps[k]->code = codes[k];
      steps[k]->launch = kernel::Launch(*steps[k]->chosen);
      steps[k]->strides.clear();
    }
  }

  const Blueprint& blueprint_;
  const Storage& storage_;
  const Segment& segment_;
  const Values& cells_;
  int& failed_;
  const Plan* like_;
  const std::vector<char>& free_;  // by replacement; empty: none
  std::unique_ptr<Plan> plan_;
  Values stand_ins_;  // by slot
  std::vector<Block> blocks_;
  std::vector<int> block_of_;  // by slot; -1: it lies in other memory
  std::vector<std::pair<int, int>> handovers_;
  bool may_fail_late_ = false;
  std::vector<Dims> extents_;  // by node of the segment
  // Room to work in.
  Dims leaves_, registers_, dims_;
  std::vector<Dims> shapes_, strides_;
};
}  // namespace

std::unique_ptr<Plan> make_plan(const Blueprint& blueprint, const Segment& segment,
                                const Values& cells, int& failed, const Plan* like,
                                const std::vector<char>& free) {
  Planner planner(blueprint, segment, cells, failed, like, free);
  auto plan = planner.run();
  return planner.may_fail_late() ? make_plan(blueprint, segment, cells, failed, like)
                                 : std::move(plan);
}
}  // namespace kroton::link
