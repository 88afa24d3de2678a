// SPDX-License-Identifier: BSD-3-Clause
// Planned memory. What can be known when a function is made is a Blueprint: which nodes run as
// kernels, as views or by perform(), and where the order must be cut because a shape is known only
// after something ran. What is known once the shapes of a segment's arrays are known is a Plan:
// launches with all lengths and strides, views as offsets, and a place for every intermediate, in
// one arena or in the memory of an output that is computed later. A plan belongs to a key (shapes,
// strides and the integers that decide shapes) and to one workspace; running it again needs no
// shape arithmetic and no allocation but its outputs.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/link/kernel_call.h"
#include "kroton/link/placement.h"
#include "kroton/link/storage.h"

namespace kroton::link {
enum class NodeKind : std::uint8_t { kernel, view, perform };

struct NodePlan {
  NodeKind kind = NodeKind::perform;
  std::optional<NodeKernel> kernel;
  // Of a node whose outputs are planned: a kernel, or a perform() that writes where it is told to.
  std::optional<ShapeProgram> shapes;
  std::vector<int> leaf_slots;                // of shapes, one per leaf
  std::vector<std::pair<int, int>> in_place;  // (output, input) of one that overwrites
  std::vector<std::set<int>> overlays;        // by output: inputs over which it may lie
  bool is_planned() const { return shapes.has_value(); }
};

// Nodes [first, last) that are planned together.
struct Segment {
  int first = 0, last = 0;
  std::vector<int> arrays;   // slots from before whose shape and strides are part of the key
  std::vector<int> scalars;  // slots whose integer value is part of the key
  std::vector<int> kept;     // slots that are boxed at the end: outputs and what later segments use
  std::vector<int> dropped;  // slots that nothing behind it reads
  std::size_t key_size = 0;
};

// An output that may be computed over the input whose place it will take.
struct Replacement {
  int node = 0;
  int number = 0;             // of the input
  int input = 0, output = 0;  // slots
  InputCheck check;           // of a perform()
  bool checked = false;       // or the kernel can find an index that is out of range
};

struct KROTON_API Blueprint {
  Blueprint(const FunctionGraph& fgraph, const std::vector<Apply>& order);
  Storage storage;
  std::vector<NodePlan> nodes;
  std::vector<Segment> segments;
  // By slot:
  std::vector<int> root;                // whose memory it is, through views and in-place ops
  std::vector<int> class_last;          // of a root: the last node that reads it or a view of it
  std::vector<char> escapes;            // of a root: an output or a later segment sees it
  std::vector<std::vector<int>> dying;  // by node: boxed slots that may be dropped after it
  // Inputs whose memory the caller gave to be overwritten, and what may be returned in it.
  std::vector<int> scratch;
  std::vector<char> may_be_lent;  // by slot
  void give(const std::vector<int>& inputs, std::size_t outputs);
  // From the node COMMIT on nothing can fail, once checked kernels have been rehearsed.
  std::vector<Replacement> replacements;
  int commit = 0;
  void replace(const std::vector<std::pair<int, int>>& inputs_and_outputs);
  // Whether output O of node N may lie over the array in SLOT, which the node reads.
  bool may_lie_over(int n, std::size_t o, int slot) const;

 private:
  void keep_what_faults_alike();
  void classify(std::size_t i);
  void find_overlays(std::size_t i);
  bool find_leaves(std::size_t i, const ShapeProgram& shapes);
  void find_roots();
  void cut();
  void find_lifetimes();
  void find_drops();
  std::vector<int> segment_of_node_;
};

// Where an array lies: SOURCE is a slot with memory of its own, or -1 for the arena.
struct Layout {
  int source = -2;  // -2: boxed, its layout is not planned
  std::int64_t offset = 0;
  std::size_t dims = 0;  // in Plan::numbers: shape, then strides
};

struct Step {
  int node = 0;
  NodeKind kind = NodeKind::kernel;
  kernel::Launch launch;
  std::shared_ptr<const kernel::Specialised> chosen;   // what launch is made of
  std::shared_ptr<const kernel::CompiledKernel> code;  // null: interpreted
  PreparedBody prepared;  // of a perform(); empty: perform() itself runs
  std::vector<Place> params;
  std::vector<std::int64_t> extents;               // interpreted only
  std::vector<std::vector<std::int64_t>> strides;  // interpreted only
};

struct Plan {
  std::vector<std::int64_t> key;
  std::vector<Step> steps;
  std::vector<Layout> layouts;  // by slot
  std::vector<std::int64_t> numbers;
  // Slots that get new memory in each call. Where intermediates lie in it until the slot itself is
  // computed, what the caller offers must be aligned as new memory is.
  struct Fresh {
    int slot;
    bool hosts;
  };
  std::vector<Fresh> fresh;
  std::int64_t arena_bytes = 0;
  // Steps from here on overwrite what the call was given; before the first of them the rehearsals
  // run, checked kernels that write one element of the arena instead.
  std::size_t commit = 0;
  std::vector<Step> rehearsals;
  std::vector<int> checks;  // replacements whose check runs there
  std::uint64_t used = 0;   // when, for dropping the one that was used longest ago

  const std::int64_t* shape(int slot) const {
    return numbers.data() + layouts[static_cast<std::size_t>(slot)].dims;
  }
};

// The plan of a segment for the values in CELLS (by slot; what the segment needs is there). FAILED,
// when it throws, is the node that could not be planned. LIKE, an earlier plan of the segment,
// makes it cheaper where the same code serves both. FREE: by replacement, whether it may happen.
KROTON_API std::unique_ptr<Plan> make_plan(const Blueprint& blueprint, const Segment& segment,
                                           const Values& cells, int& failed,
                                           const Plan* like = nullptr,
                                           const std::vector<char>& free = {});
}  // namespace kroton::link
