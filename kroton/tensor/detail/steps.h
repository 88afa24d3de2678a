// SPDX-License-Identifier: BSD-3-Clause
// Steps along an axis that a user wrote out: x[:, 0], then x[:, 1] from it, and so on, joined or
// set into an array at the end. What is found in such a graph, and how it becomes the stages of one
// kernel. A role is a place in the body of the loop that the steps are: it has a variable at each
// step, and where these are computed alike, one expression over other roles stands for them all.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "kroton/graph/function_graph.h"
#include "kroton/tensor/detail/fused_kernel.h"
#include "kroton/tensor/detail/kernel_facts.h"

namespace kroton::tensor {
struct Role {
  enum class Kind : std::uint8_t {
    computed,  // by nodes with one op
    read,      // x[.., start + stride * step, ..]
    table      // constants of one element each
  };
  // What a node of a computed role reads: the role ROLE as it was LAG steps before, or, for -1, the
  // same variable at each step.
  struct Input {
    int role = -1, lag = 0;
  };
  Kind kind = Kind::computed;
  Variables at;           // by step, empty where there is none
  int low = 0, high = 0;  // the steps that are computed alike
  std::vector<Input> inputs = {};
  int dim = 0;  // read
  std::int64_t start = 0, stride = 1;

  bool recurrent = false;     // it depends on itself at other steps
  int stage = -1;             // of a recurrent role
  int delays = 0;             // how many earlier values its own stage reads
  std::set<int> needed = {};  // steps at which its value is read from memory
  bool seen = false;          // others read it, too
  int host = -1;              // the sink in whose memory it lies until that is written
  bool has_at(int step) const {
    return step >= 0 && step < static_cast<int>(at.size()) && at[static_cast<std::size_t>(step)];
  }
};

// Where the steps' results go: parts of Z along AXIS.
struct Sink {
  Variable z;
  Variable base;  // what Z is elsewhere; none for a join
  int axis = 0;
  std::int64_t start = 0;  // of the first part; from the end when negative
  Variables parts;
  std::vector<char> lacks_axis;  // a part has no axis AXIS
  int offset = 0;                // the step of the first part
  std::vector<Apply> nodes;      // that put the parts together
  int role = -1, stage = 0;

  int end() const { return offset + static_cast<int>(parts.size()); }
  bool has(int step) const { return step >= offset && step < end(); }
  std::size_t of_step(int step) const { return static_cast<std::size_t>(step - offset); }
};

// An ordered nest over steps.
struct RolledStage {
  int direction = 1, low = 0, high = 0;
  int first() const { return direction > 0 ? low : high - 1; }
  int last() const { return direction > 0 ? high - 1 : low; }
  bool has(int step) const { return step >= low && step < high; }
};

// A node's kernel and what fusion asks of it, computed once.
class KernelBook {
 public:
  // Null when the node has no kernel that fusion may take in.
  const KernelFacts* facts(const Apply& node);

 private:
  std::unordered_map<const void*, std::optional<KernelFacts>> known_;
};

struct Steps {
  int count = 0;
  std::vector<Role> roles;
  std::unordered_map<Variable, std::pair<int, int>> place;  // role and step
  std::vector<Sink> sinks;
  std::vector<RolledStage> stages;
  // What the kernel computes: the nodes of roles, those before the first and behind the last step,
  // what takes the parts together.
  std::unordered_set<const void*> inside;

  bool is_inside(const Apply& node) const { return inside.contains(node.key()); }
  int middle() const { return count / 2; }
  int role_count() const { return static_cast<int>(roles.size()); }
  const Variable& typical(const Role& role) const {
    return role.at[static_cast<std::size_t>(middle())];
  }
  // The recurrent roles that a role reads, directly or through what is computed where it is read.
  std::vector<Role::Input> targets(int role) const;
  // The roles that it reads, and those that they read, and so on.
  std::vector<char> reached(int role) const;
  // The recurrent role and step of a variable that a stage computes, or nothing.
  std::optional<std::pair<int, int>> staged(const Variable& x) const;
};

// x[.., number, ..] at constant bounds: read in the nest at an index of its own.
bool is_element_read(const Apply& node);

// The sinks of a graph with STEPS steps or more, in the graph's order.
constexpr int least_steps = 4;
std::vector<Sink> find_sinks(const FunctionGraph& fgraph, const std::vector<Apply>& order);

// The roles of the steps that end in SINK; nothing when they are not alike, or do not depend on
// each other.
std::optional<Steps> find_steps(const Sink& sink, KernelBook& book);
// Adds SINK, which takes its parts from the same steps. False (and nothing changed) when it does
// not.
bool add_sink(Steps& steps, const Sink& sink, KernelBook& book);

// Cuts the roles into stages. False when a role would have to go both ways.
bool plan_stages(Steps& steps);
// How many stages have run when X can be computed outside of them: it may read what they store.
int available_after(const Steps& steps, const Variable& x);
// Says which values go through memory. False when they would be read before they are there.
bool plan_memory(Steps& steps);

// The first step of which an array of the role's values has an element.
int first_stored(const Steps& steps, const Role& role);
// The kernel: OUTPUTS are those of the sinks, then one array for each role in STORED.
std::optional<FusedKernel> rolled_kernel(const Steps& steps, const std::vector<GroupNode>& group,
                                         const Variables& outputs, const std::vector<int>& stored);
}  // namespace kroton::tensor
