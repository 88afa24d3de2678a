// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/link/plan.h"

#include <algorithm>
#include <numeric>

#include "kroton/base/errors.h"
#include "kroton/link/thunk.h"

namespace kroton::link {
namespace {
std::size_t at(int i) { return static_cast<std::size_t>(i); }

// Places of blocks with lifetimes: best fit among what is free, neighbours merged.
class Arena {
 public:
  std::int64_t take(std::int64_t bytes) {
    bytes = rounded(bytes);
    auto best = free_.end();
    for (auto it = free_.begin(); it != free_.end(); ++it) {
      if (it->bytes >= bytes && (best == free_.end() || it->bytes < best->bytes)) best = it;
    }
    if (best == free_.end()) {
      // What is free at the end grows.
      if (!free_.empty() && free_.back().offset + free_.back().bytes == size_) {
        const std::int64_t offset = free_.back().offset;
        free_.pop_back();
        size_ = offset + bytes;
        return offset;
      }
      size_ += bytes;
      return size_ - bytes;
    }
    const std::int64_t offset = best->offset;
    best->offset += bytes;
    best->bytes -= bytes;
    if (best->bytes == 0) free_.erase(best);
    return offset;
  }
  void give(std::int64_t offset, std::int64_t bytes) {
    auto after = std::lower_bound(free_.begin(), free_.end(), offset,
                                  [](const Block& b, std::int64_t o) { return b.offset < o; });
    after = free_.insert(after, {offset, rounded(bytes)});
    if (after + 1 != free_.end() && after->offset + after->bytes == (after + 1)->offset) {
      after->bytes += (after + 1)->bytes;
      free_.erase(after + 1);
    }
    if (after != free_.begin() && (after - 1)->offset + (after - 1)->bytes == after->offset) {
      (after - 1)->bytes += after->bytes;
      free_.erase(after);
    }
  }
  std::int64_t size() const { return size_; }

 private:
  static std::int64_t rounded(std::int64_t bytes) {
    return (std::max<std::int64_t>(bytes, 1) + 63) / 64 * 64;
  }
  struct Block {
    std::int64_t offset, bytes;
  };
  std::vector<Block> free_;  // by offset
  std::int64_t size_ = 0;
};

class Planner {
 public:
  Planner(const Blueprint& blueprint, const Segment& segment, const Values& cells, int& failed)
      : blueprint_(blueprint),
        storage_(blueprint.storage),
        segment_(segment),
        cells_(cells),
        failed_(failed),
        plan_(std::make_unique<Plan>()),
        stand_ins_(storage_.variables.size()) {
    plan_->layouts.resize(storage_.variables.size());
  }

  std::unique_ptr<Plan> run() {
    for (const int s : segment_.arrays) known(s);
    for (const auto& [slot, value] : storage_.constants) {
      if (storage_.checks[at(slot)].is_host_array()) known(slot);
    }
    for (int n = segment_.first; n < segment_.last; ++n) {
      failed_ = n;
      switch (blueprint_.nodes[at(n)].kind) {
        case NodeKind::kernel:
          kernel(n);
          break;
        case NodeKind::view:
          view(n);
          break;
        case NodeKind::perform:
          perform(n);
          break;
      }
      release(n);
    }
    plan_->arena_bytes = arena_.size();
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
  Dims shape(int slot) const { return {plan_->shape(slot), plan_->shape(slot) + ndim(slot)}; }
  Dims strides(int slot) const {
    return {plan_->shape(slot) + ndim(slot), plan_->shape(slot) + 2 * ndim(slot)};
  }
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

  void kernel(int n) {
    const NodeSlots& node = storage_.nodes[at(n)];
    const NodePlan& plan = blueprint_.nodes[at(n)];
    output_shapes(n);
    std::vector<Dims> shapes, all_strides;
    Step step;
    step.node = n;
    for (const auto* slots : {&node.in, &node.out}) {
      for (const int s : *slots) {
        shapes.push_back(shape(s));
        all_strides.push_back(strides(s));
      }
    }
    step.extents = kernel_extents(node.node, *plan.kernel->kernel, shapes);
    for (const int s : node.out) place(n, s);
    for (std::size_t o = 0; o < node.out.size(); ++o)
      all_strides[node.in.size() + o] = strides(node.out[o]);
    for (const auto* slots : {&node.in, &node.out}) {
      for (const int s : *slots) step.params.push_back({layout(s).source, layout(s).offset});
    }
    specialised_.push_back(kernel::specialise(plan.kernel->kernel, step.extents, all_strides,
                                              overlays(step.params, node.in.size())));
    step.strides = std::move(all_strides);
    plan_->steps.push_back(std::move(step));
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
      const int axis = plan.kernel->shapes.leaves()[l].axis, slot = plan.leaf_slots[l];
      leaves_.push_back(axis < 0 ? array(slot).item<std::int64_t>() : plan_->shape(slot)[axis]);
    }
    plan.kernel->shapes.run(leaves_, registers_);
    for (std::size_t o = 0; o < node.out.size(); ++o) {
      Dims dims(ndim(node.out[o]));
      plan.kernel->shapes.shape(o, registers_, dims.data());
      const DType dtype = storage_.checks[at(node.out[o])].dtype();
      element_count(dims.data(), dims.size(), itemsize(dtype), plan.kernel->kernel->name);
      set(node.out[o], -1, 0, dims.data(), c_strides(dims, itemsize(dtype)).data());
    }
  }

  // Where output SLOT of node N lies: over an input, in memory of its own, or in the arena.
  void place(int n, int slot) {
    const NodeSlots& node = storage_.nodes[at(n)];
    const int root = blueprint_.root[at(slot)];
    for (const auto& [output, input] : blueprint_.nodes[at(n)].in_place) {
      const int over = node.in[at(input)];
      if (node.out[at(output)] == slot && shape(over) == shape(slot) && !repeats(over)) {
        layout(slot) = layout(over);
        return;
      }
    }
    if (blueprint_.escapes[at(root)]) {
      layout(slot).source = slot;
      plan_->fresh.push_back(slot);
      return;
    }
    if (const int over = dying_input(n, slot); over >= 0) {
      layout(slot).offset = layout(over).offset;
      taken_over_.push_back(over);
    } else {
      layout(slot).offset = arena_.take(bytes(slot));
    }
    layout(slot).source = -1;
    blocks_.push_back({slot, layout(slot).offset, bytes(slot)});
  }

  // An input whose block nothing needs behind node N, and which the kernel reads just where it
  // writes SLOT.
  int dying_input(int n, int slot) const {
    const NodeSlots& node = storage_.nodes[at(n)];
    const auto& params = blueprint_.nodes[at(n)].kernel->kernel->params;
    const auto output = static_cast<std::size_t>(std::find(node.out.begin(), node.out.end(), slot) -
                                                 node.out.begin());
    const int group = params[node.in.size() + output].alias_group;
    if (group < 0) return -1;
    for (const int candidate : node.in) {
      const int root = blueprint_.root[at(candidate)];
      if (plan_->layouts[at(candidate)].source != -1 || root != candidate ||
          blueprint_.class_last[at(root)] != n)
        continue;
      if (std::find(taken_over_.begin(), taken_over_.end(), candidate) != taken_over_.end())
        continue;
      bool fits = bytes(candidate) == bytes(slot);
      for (std::size_t i = 0; i < node.in.size(); ++i) {
        if (blueprint_.root[at(node.in[i])] != root) continue;
        fits = fits && node.in[i] == candidate && params[i].alias_group == group &&
               shape(candidate) == shape(slot);
      }
      if (fits) return candidate;
    }
    return -1;
  }

  // Blocks that no node behind N needs go back, but for those that an output took over.
  void release(int n) {
    for (std::size_t b = 0; b < blocks_.size();) {
      const Block block = blocks_[b];
      if (blueprint_.class_last[at(blueprint_.root[at(block.slot)])] > n) {
        ++b;
        continue;
      }
      if (std::find(taken_over_.begin(), taken_over_.end(), block.slot) == taken_over_.end())
        arena_.give(block.offset, block.bytes);
      blocks_[b] = blocks_.back();
      blocks_.pop_back();
    }
    taken_over_.clear();
  }

  // Memory with the layout of a slot that has none yet, for views to be made of.
  NDArray stand_in(int slot) {
    const Layout& wanted = layout(slot);
    if (wanted.source >= 0 && cells_[at(wanted.source)].is_array()) {
      const NDArray& owner = array(wanted.source);
      return owner.view(ndim(slot), plan_->shape(slot), plan_->shape(slot) + ndim(slot),
                        wanted.offset);
    }
    const int root = blueprint_.root[at(slot)];
    if (stand_ins_[at(root)].empty()) {
      stand_ins_[at(root)] =
          NDArray::empty(ndim(root), plan_->shape(root), storage_.checks[at(root)].dtype());
    }
    return stand_ins_[at(root)].as<NDArray>().view(ndim(slot), plan_->shape(slot),
                                                   plan_->shape(slot) + ndim(slot),
                                                   wanted.offset - layout(root).offset);
  }

  void view(int n) {
    const NodeSlots& node = storage_.nodes[at(n)];
    const int from = node.in[0], to = node.out[0];
    Values in, out(1);
    in.emplace_back(stand_in(from));
    for (std::size_t i = 1; i < node.in.size(); ++i) in.push_back(*constant(node.in[i]));
    const ArrayCheck& check = storage_.checks[at(to)];
    if (!try_perform(node.node, in, out)) {
      throw UnsupportedError(node.node.op().text() + ": a view needs perform(); the op has none");
    }
    check_outputs(node.node, std::span(&check, 1), out);
    const NDArray& source = in[0].as<NDArray>();
    const NDArray& result = out[0].as<NDArray>();
    const bool is_view =
        result.size() == 0 || (result.buffer() == source.buffer() && result.buffer());
    if (is_view) {
      const auto moved = result.size() == 0 ? 0
                                            : static_cast<std::byte*>(result.raw()) -
                                                  static_cast<std::byte*>(source.raw());
      set(to, layout(from).source, layout(from).offset + moved, result.shape_data(),
          result.strides_data());
      return;
    }
    // Strides did not allow a view: the op copies, into memory of its own.
    set(to, to, 0, result.shape_data(), result.strides_data());
    add_perform(n);
  }

  const Value* constant(int slot) const { return &cells_[at(slot)]; }

  void perform(int n) { add_perform(n); }
  void add_perform(int n) {
    Step step;
    step.node = n;
    step.kind = NodeKind::perform;
    plan_->steps.push_back(std::move(step));
    specialised_.emplace_back();
  }

  void compile() {
    std::vector<const kernel::Specialised*> wanted;
    std::vector<std::size_t> owners;
    for (std::size_t i = 0; i < plan_->steps.size(); ++i) {
      if (plan_->steps[i].kind != NodeKind::kernel) continue;
      failed_ = plan_->steps[i].node;
      wanted.push_back(&specialised_[i]);
      owners.push_back(i);
    }
    const auto codes = compiled(wanted);
    for (std::size_t k = 0; k < owners.size(); ++k) {
      Step& step = plan_->steps[owners[k]];
      if (!codes[k]) continue;
      step.code = codes[k];
      step.launch = kernel::Launch(specialised_[owners[k]]);
      step.strides.clear();
    }
  }

  struct Block {
    int slot;
    std::int64_t offset, bytes;
  };
  const Blueprint& blueprint_;
  const Storage& storage_;
  const Segment& segment_;
  const Values& cells_;
  int& failed_;
  std::unique_ptr<Plan> plan_;
  Values stand_ins_;  // by root
  Arena arena_;
  std::vector<Block> blocks_;
  std::vector<int> taken_over_;
  std::vector<kernel::Specialised> specialised_;  // one per step
  Dims leaves_, registers_;
};
}  // namespace

std::unique_ptr<Plan> make_plan(const Blueprint& blueprint, const Segment& segment,
                                const Values& cells, int& failed) {
  return Planner(blueprint, segment, cells, failed).run();
}
}  // namespace kroton::link
