// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/sequence.h"

#include <algorithm>
#include <unordered_map>

#include "kroton/base/at.h"
#include "kroton/base/errors.h"
#include "kroton/base/log.h"
#include "kroton/gpuarray/detail/open_context.h"
#include "kroton/gpuarray/gemm.h"
#include "kroton/gpuarray/kernel_op.h"
#include "kroton/gpuarray/product_then.h"
#include "kroton/gpuarray/transfer.h"

namespace kroton::gpuarray {
namespace {
constexpr std::size_t most_recordings = 4;
// A sequence whose arrays lie elsewhere in each call is not recorded for ever.
constexpr int most_in_vain = 8;

using Numbers = std::vector<std::int64_t>;

// Where arrays lie, and how.
Numbers key_of(const OpenContext& context, std::span<const Value> inputs) {
  Numbers key{static_cast<std::int64_t>(context.unique_id()),
              static_cast<std::int64_t>(context.generation())};
  for (const Value& input : inputs) {
    const auto& a = input.as<GpuArray>();
    const Place place = a.buffer()->place(a.offset());
    key.push_back(static_cast<std::int64_t>(place.memory.handle));
    key.push_back(static_cast<std::int64_t>(place.offset));
    key.insert(key.end(), a.shape().begin(), a.shape().end());
    key.insert(key.end(), a.strides().begin(), a.strides().end());
  }
  return key;
}

Shape row_major(const GpuArray& a) {
  Shape strides(a.ndim());
  auto step = static_cast<std::int64_t>(itemsize(a.dtype()));
  for (std::size_t d = a.ndim(); d-- > 0;) {
    strides[d] = step;
    step *= std::max<std::int64_t>(a.shape()[d], 1);
  }
  return strides;
}

// Memory of intermediates: what is no longer needed is used again, by arrays of the same dtype.
class Pool {
 public:
  explicit Pool(GpuContext context) : context_(std::move(context)) {}
  // Like A, in memory of the pool.
  GpuArray take(const GpuArray& a) {
    auto best = free_.end();
    for (auto it = free_.begin(); it != free_.end(); ++it) {
      if (it->dtype() != a.dtype() || it->size() < a.size()) continue;
      if (best == free_.end() || it->size() < best->size()) best = it;
    }
    GpuArray whole;
    if (best == free_.end()) {
      whole = GpuArray::empty({static_cast<std::int64_t>(a.size())}, a.dtype(), context_);
      all_.push_back(whole.buffer());
    } else {
      whole = *best;
      free_.erase(best);
    }
    taken_.emplace(whole.buffer().get(), whole);
    return whole.view(a.shape(), row_major(a));
  }
  void give(const GpuArray& a) {
    const auto found = taken_.find(a.buffer().get());
    if (found == taken_.end()) return;
    free_.push_back(found->second);
    taken_.erase(found);
  }
  // What keeps the memory.
  std::vector<std::shared_ptr<DeviceBuffer>> memory() && { return std::move(all_); }

 private:
  GpuContext context_;
  std::vector<GpuArray> free_;
  std::unordered_map<const DeviceBuffer*, GpuArray> taken_;
  std::vector<std::shared_ptr<DeviceBuffer>> all_;
};
}  // namespace

bool can_be_in_sequence(const Apply& node) {
  const auto* const kernel = as<KernelOp>(node);
  const bool fits = kernel ? !kernel->waits() && kernel->op().destroy_map().empty()
                           : as<GpuGemm>(node) || as<ProductThen>(node) || as<GpuView>(node);
  return fits && std::all_of(node.inputs().begin(), node.inputs().end(),
                             [](const Variable& x) { return as<Constant>(x) || context_of(x); });
}

struct GpuSequence::Program {
  struct Step {
    Apply node;
    std::vector<int> in, out;  // slots
    std::vector<int> dying;    // slots that no later step reads, and that are no outputs
    bool is_view = false;
  };
  struct Recording {
    Numbers key;
    std::vector<GpuArray> outputs;
    std::vector<std::shared_ptr<DeviceBuffer>> memory;  // of intermediates
    std::shared_ptr<void> work;
    std::uint64_t used = 0;
  };
  ContextName context;
  Variables inputs, outputs;
  std::vector<Step> steps;
  std::vector<int> output_slots;
  std::vector<std::pair<int, Value>> constants;
  int slots = 0;
  // Under the context's lock.
  std::vector<Recording> recordings;
  std::uint64_t clock = 0;
  int in_vain = 0;

  // Runs the steps; SHAPES holds arrays like those that steps make, whose memory comes from POOL.
  Values run(std::span<const Value> given, const Values* shapes, Pool* pool) const;
  const Recording* find(const Numbers& key);
  void record(std::span<const Value> given, const Values& first, OpenContext& open, Numbers key);
};

GpuSequence::GpuSequence(ContextName context, const std::vector<Apply>& nodes,
                         const Variables& inputs, const Variables& outputs)
    : program_(std::make_shared<Program>()) {
  Program& p = *program_;
  p.context = std::move(context);
  std::unordered_map<Variable, Variable> copies;
  std::unordered_map<Variable, int> slots;  // by copy
  for (const Variable& x : inputs) {
    copies.emplace(x, x.type().make_variable(x.name()));
    p.inputs.push_back(copies.at(x));
    slots.emplace(copies.at(x), p.slots++);
  }
  for (const Apply& node : nodes) {
    Variables in;
    for (const Variable& x : node.inputs()) {
      const auto known = copies.find(x);
      in.push_back(known == copies.end() ? x : known->second);
      if (known != copies.end() || slots.contains(x)) continue;
      slots.emplace(x, p.slots);
      p.constants.emplace_back(p.slots++, as<Constant>(x)->data());
    }
    Program::Step step{node.clone_with_new_inputs(in), {}, {}, {}, as<GpuView>(node) != nullptr};
    for (const Variable& x : in) step.in.push_back(slots.at(x));
    for (std::size_t o = 0; o < node.outputs().size(); ++o) {
      const Variable z = step.node.outputs()[o];
      copies.emplace(node.outputs()[o], z);
      slots.emplace(z, p.slots);
      step.out.push_back(p.slots++);
    }
    p.steps.push_back(std::move(step));
  }
  for (const Variable& z : outputs) {
    p.outputs.push_back(copies.at(z));
    p.output_slots.push_back(slots.at(copies.at(z)));
  }
  // The memory of a view is that of what it looks at, which lives as long as its last reader.
  std::vector<int> root(at(p.slots)), last(at(p.slots), -1);
  for (int s = 0; s < p.slots; ++s) root[at(s)] = s;
  for (int i = 0; i < static_cast<int>(p.steps.size()); ++i) {
    const Program::Step& step = p.steps[at(i)];
    for (const int s : step.in) last[at(root[at(s)])] = i;
    for (const int s : step.out) {
      if (step.is_view) root[at(s)] = root[at(step.in[0])];
      last[at(root[at(s)])] = i;
    }
  }
  for (const int s : p.output_slots) last[at(s)] = -1;
  for (const Program::Step& step : p.steps) {
    for (const int s : step.out) {
      if (root[at(s)] == s && last[at(s)] >= 0) p.steps[at(last[at(s)])].dying.push_back(s);
    }
  }
}

Values GpuSequence::Program::run(std::span<const Value> given, const Values* shapes,
                                 Pool* pool) const {
  Values cells(at(slots));
  for (std::size_t i = 0; i < given.size(); ++i) cells[i] = given[i];
  for (const auto& [slot, value] : constants) cells[at(slot)] = value;
  Values in, out;
  for (const Step& step : steps) {
    in.clear();
    for (const int s : step.in) in.push_back(cells[at(s)]);
    out.assign(step.out.size(), Value());
    for (std::size_t o = 0; shapes && !step.is_view && o < out.size(); ++o) {
      const int s = step.out[o];
      const bool leaves =
          std::find(output_slots.begin(), output_slots.end(), s) != output_slots.end();
      const Value& like = (*shapes)[at(s)];
      out[o] = leaves ? like : Value(pool->take(like.as<GpuArray>()));
    }
    step.node.op().perform(step.node, in, out);
    for (std::size_t o = 0; o < out.size(); ++o) cells[at(step.out[o])] = out[o];
    for (std::size_t s = 0; pool && s < step.dying.size(); ++s)
      pool->give(cells[at(step.dying[s])].as<GpuArray>());
  }
  return cells;
}

// One whose arrays lie there and whose results nobody holds any more.
const GpuSequence::Program::Recording* GpuSequence::Program::find(const Numbers& key) {
  for (Recording& recording : recordings) {
    const bool free = std::all_of(recording.outputs.begin(), recording.outputs.end(),
                                  [](const GpuArray& z) { return z.is_sole_owner(); });
    if (!free || recording.key != key) continue;
    recording.used = ++clock;
    in_vain = 0;
    return &recording;
  }
  return nullptr;
}

// FIRST: the arrays of a run of the same steps.
void GpuSequence::Program::record(std::span<const Value> given, const Values& first,
                                  OpenContext& open, Numbers key) {
  ++in_vain;
  Recording made;
  const OpenContext::ForRecordings memory(open);
  Values like = first;
  for (const Step& step : steps) {
    for (const int s : step.out) {
      if (step.is_view ||
          std::find(output_slots.begin(), output_slots.end(), s) == output_slots.end())
        continue;
      const auto& z = first[at(s)].as<GpuArray>();
      like[at(s)] = GpuArray::empty(z.shape(), z.dtype(), z.context());
    }
  }
  for (const int s : output_slots) made.outputs.push_back(like[at(s)].as<GpuArray>());
  Pool pool(get_context(context));
  Values second;
  open.driver().begin_recording();
  try {
    second = run(given, &like, &pool);
  } catch (...) {
    open.driver().end_recording();
    throw;
  }
  made.work = open.driver().end_recording();
  made.memory = std::move(pool).memory();
  for (std::size_t o = 0; o < made.outputs.size(); ++o) {
    if (second[at(output_slots[o])].as<GpuArray>().buffer() != made.outputs[o].buffer()) return;
  }
  // Copies that a view made of what it could not look at.
  for (const Value& value : second) {
    if (value.is<GpuArray>()) {
      const auto& buffer = value.as<GpuArray>().buffer();
      const bool is_output = std::any_of(made.outputs.begin(), made.outputs.end(),
                                         [&](const GpuArray& z) { return z.buffer() == buffer; });
      const bool is_given = std::any_of(given.begin(), given.end(), [&](const Value& x) {
        return x.as<GpuArray>().buffer() == buffer;
      });
      if (!is_output && !is_given) made.memory.push_back(buffer);
    }
  }
  // A recording speaks of scratch memory and numbers that must still be there.
  if (key[1] != static_cast<std::int64_t>(open.generation())) return;
  made.key = std::move(key);
  made.used = ++clock;
  if (recordings.size() >= most_recordings) {
    recordings.erase(
        std::min_element(recordings.begin(), recordings.end(),
                         [](const auto& a, const auto& b) { return a.used < b.used; }));
  }
  recordings.push_back(std::move(made));
}

Apply GpuSequence::make_node(Inputs inputs) const {
  KROTON_CHECK(inputs.size() == program_->inputs.size());
  Variables outputs;
  for (const Variable& z : program_->outputs) outputs.push_back(z.type().make_variable());
  return Apply(*this, inputs, outputs);
}

void GpuSequence::perform(const Apply&, std::span<const Value> inputs,
                          std::span<Value> output_storage) const {
  Program& p = *program_;
  const GpuContext context = get_context(p.context);
  OpenContext& open = *context.open();
  for (Value& storage : output_storage) storage = Value();
  const OpenContext::Lock lock = open.lock();
  Numbers key = key_of(open, inputs);
  if (const Program::Recording* const known = p.find(key)) {
    open.driver().replay(known->work.get());
    for (std::size_t o = 0; o < output_storage.size(); ++o) output_storage[o] = known->outputs[o];
    return;
  }
  const Values first = p.run(inputs, nullptr, nullptr);
  for (std::size_t o = 0; o < output_storage.size(); ++o)
    output_storage[o] = first[at(p.output_slots[o])];
  // Programs and numbers of kernels are there now.
  key = key_of(open, inputs);
  if (p.in_vain >= most_in_vain) return;
  try {
    p.record(inputs, first, open, std::move(key));
  } catch (const Error& error) {
    // The call is done; what cannot be recorded runs step by step.
    if (!open.driver().lost().empty()) throw;
    base::log(base::LogLevel::info, text() + ": not recorded: " + error.what());
    p.in_vain = most_in_vain;
  }
}

std::vector<std::source_location> GpuSequence::lines(const Apply&) const {
  std::vector<std::source_location> all;
  for (const Program::Step& step : program_->steps) {
    for (const std::source_location& line : step.node.op().lines(step.node)) all.push_back(line);
  }
  return all;
}

std::optional<InnerGraph> GpuSequence::inner_graph() const {
  return InnerGraph{program_->inputs, program_->outputs};
}

std::string GpuSequence::text() const {
  const auto& steps = program_->steps;
  return "GpuSequence{" + steps.front().node.op().text() + ", " + std::to_string(steps.size() - 1) +
         " more}";
}

bool GpuSequence::equals(const Op& other) const {
  const auto* b = dynamic_cast<const GpuSequence*>(&other);
  return b && program_ == b->program_;
}

std::size_t GpuSequence::hash() const { return std::hash<const void*>()(program_.get()); }
}  // namespace kroton::gpuarray
