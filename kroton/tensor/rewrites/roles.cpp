// SPDX-License-Identifier: BSD-3-Clause
// Finds the body of steps that are written out. From the parts that the steps end in, nodes are
// followed backwards at all steps at once: what they read is the same variable, an element that
// moves along an array, a constant of its own, a role at this or another step, or a new role. Each
// of these is checked at every step, so that the expression of a role is what its nodes compute.
#include <algorithm>
#include <cstdlib>
#include <functional>

#include "kroton/base/at.h"
#include "kroton/graph/op.h"
#include "kroton/tensor/detail/steps.h"
#include "kroton/tensor/subtensor.h"

namespace kroton::tensor {
namespace {
constexpr std::size_t most_roles = 200;

// Shrinks [low, high) to the steps around MIDDLE where TRUE_AT holds; false when those next to
// MIDDLE are not among them.
bool keep_where(int middle, int& low, int& high, const std::function<bool(int)>& true_at) {
  int first = middle, last = middle;
  if (!true_at(middle)) return false;
  while (first > low && true_at(first - 1)) --first;
  while (last + 1 < high && true_at(last + 1)) ++last;
  if (first == middle || last == middle) return false;
  low = first;
  high = last + 1;
  return true;
}

// Constants are float32 where that holds them exactly: of those the larger dtype counts.
bool same_type(const Variable& x, const Variable& y) {
  if (x.type() == y.type()) return true;
  return is_baked(x) && is_baked(y) && is_floating(x.dtype()) && is_floating(y.dtype()) &&
         x.type().broadcastable() == y.type().broadcastable();
}
bool same_types(const Variables& a, const Variables& b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), same_type);
}

class RoleFinder {
 public:
  RoleFinder(Steps& found, KernelBook& book)
      : found_(found), book_(book), next_(found.roles.size()) {}

  // The role of these variables, new or known at lag 0; -1 when there is none.
  int role_of(const Variables& list) {
    int low = 0, high = found_.count;
    while (low < high && !at(list, low)) ++low;
    while (high > low && !at(list, high - 1)) --high;
    if (low >= found_.middle() || high <= found_.middle() + 1) return -1;
    const auto input = refer(list, low, high);
    if (!input || input->role < 0 || input->lag != 0) return -1;
    return close() ? input->role : -1;
  }

 private:
  Role& role(int r) { return at(found_.roles, r); }

  bool close() {
    for (; next_ < found_.roles.size(); ++next_) {
      if (found_.roles.size() > most_roles) return false;
      if (found_.roles[next_].kind == Role::Kind::computed && !expand(static_cast<int>(next_)))
        return false;
    }
    mark_recurrent();
    // What another step computes from arrays alone is computed again where it is read.
    for (std::size_t r = 0; r < found_.roles.size(); ++r) {
      for (std::size_t i = 0; i < found_.roles[r].inputs.size(); ++i) {
        const Role::Input input = found_.roles[r].inputs[i];
        if (input.lag == 0 || input.role < 0 || role(input.role).recurrent) continue;
        if (!repeat(static_cast<int>(r), i)) return false;
      }
    }
    next_ = found_.roles.size();
    return true;
  }

  // Nodes of one op at the steps around the middle.
  bool expand(int r) {
    const Apply node = found_.typical(role(r)).owner();
    if (!node) return false;
    const KernelFacts* facts = book_.facts(node);
    if (!facts || !facts->pointwise) return false;
    int low = role(r).low, high = role(r).high;
    const int output = found_.typical(role(r)).index();
    const bool alike = keep_where(found_.middle(), low, high, [&](int k) {
      const Variable& x = at(role(r).at, k);
      const Apply other = x ? x.owner() : Apply();
      return other && x.index() == output && other.op() == node.op() &&
             same_types(other.inputs(), node.inputs()) &&
             same_types(other.outputs(), node.outputs());
    });
    if (!alike) return false;
    std::vector<Role::Input> inputs;
    for (std::size_t i = 0; i < node.inputs().size(); ++i) {
      const auto input = refer(inputs_of(role(r), i, low, high), low, high);
      if (!input) return false;
      inputs.push_back(*input);
    }
    role(r).low = low;
    role(r).high = high;
    role(r).inputs = std::move(inputs);
    return true;
  }
  Variables inputs_of(const Role& role, std::size_t input, int low, int high) const {
    Variables list(at(found_.count));
    for (int k = low; k < high; ++k) at(list, k) = at(role.at, k).owner().inputs()[input];
    return list;
  }

  std::optional<Role::Input> refer(const Variables& list, int& low, int& high) {
    const int m = found_.middle();
    const Variable& typical = at(list, m);
    if (keep_where(m, low, high, [&](int k) { return at(list, k) == typical; }))
      return Role::Input{};
    if (const auto known = found_.place.find(typical);
        known != found_.place.end() && (!repeats_ || role(known->second.first).recurrent)) {
      const auto [r, step] = known->second;
      const int lag = m - step;
      if (keep_where(m, low, high, [&](int k) {
            return role(r).has_at(k - lag) && at(list, k) == at(role(r).at, k - lag);
          })) {
        return Role::Input{r, lag};
      }
    }
    if (auto read = read_role(list, low, high)) return add(std::move(*read));
    if (is_baked(typical)) {
      if (!keep_where(m, low, high, [&](int k) {
            return is_baked(at(list, k)) && same_type(at(list, k), typical);
          }))
        return std::nullopt;
      return add({.kind = Role::Kind::table, .at = cut(list, low, high), .low = low, .high = high});
    }
    return add({.at = list, .low = low, .high = high});
  }
  static Variables cut(Variables list, int low, int high) {
    for (int k = 0; k < static_cast<int>(list.size()); ++k) {
      if (k < low || k >= high) at(list, k) = Variable();
    }
    return list;
  }
  Role::Input add(Role role) {
    const int r = static_cast<int>(found_.roles.size());
    for (int k = 0; k < found_.count && !repeats_; ++k) {
      if (role.has_at(k)) found_.place.try_emplace(at(role.at, k), r, k);
    }
    found_.roles.push_back(std::move(role));
    return {r, 0};
  }

  // One element of an array, each step at another place.
  std::optional<Role> read_role(const Variables& list, int& low, int& high) const {
    const int m = found_.middle();
    const auto items = [&](int k) -> const IndexItems* {
      const Apply node = at(list, k) ? at(list, k).owner() : Apply();
      if (!node || !is_element_read(node)) return nullptr;
      return node.inputs()[0] == at(list, m).owner().inputs()[0] ? &as<Subtensor>(node)->items()
                                                                 : nullptr;
    };
    if (!at(list, m).owner()) return std::nullopt;
    const IndexItems *here = items(m), *next = m + 1 < high ? items(m + 1) : nullptr;
    if (!here || !next || here->size() != next->size()) return std::nullopt;
    Role role{.kind = Role::Kind::read, .at = {}, .dim = -1};
    for (int d = 0; d < static_cast<int>(here->size()); ++d) {
      if (at(*here, d) == at(*next, d)) continue;
      if (role.dim >= 0 || at(*here, d).is_slice || at(*next, d).is_slice) return std::nullopt;
      role.dim = d;
      role.stride = at(*next, d).start.number - at(*here, d).start.number;
      role.start = at(*here, d).start.number - m * role.stride;
    }
    if (role.dim < 0) return std::nullopt;
    const bool is_from_end = at(*here, role.dim).start.number < 0;
    const bool moves = keep_where(m, low, high, [&](int k) {
      const IndexItems* there = items(k);
      if (!there || there->size() != here->size()) return false;
      IndexItems expected = *here;
      IndexItem& item = at(expected, role.dim);
      item.start.number = role.start + role.stride * k;
      return (item.start.number < 0) == is_from_end && *there == expected;
    });
    if (!moves) return std::nullopt;
    role.at = cut(list, low, high);
    role.low = low;
    role.high = high;
    return role;
  }

  void mark_recurrent() {
    for (int r = 0; r < static_cast<int>(found_.roles.size()); ++r)
      role(r).recurrent = found_.reached(r)[static_cast<std::size_t>(r)];
  }

  // Roles of their own for input I of a role that another step has.
  bool repeat(int r, std::size_t i) {
    repeats_ = true;
    int low = role(r).low, high = role(r).high;
    const Variables list = inputs_of(role(r), i, low, high);
    next_ = found_.roles.size();
    const auto input = refer(list, low, high);
    bool done = input.has_value();
    for (; done && next_ < found_.roles.size(); ++next_) {
      done = found_.roles.size() <= most_roles &&
             (found_.roles[next_].kind != Role::Kind::computed || expand(static_cast<int>(next_)));
    }
    repeats_ = false;
    if (!done || (input->lag != 0 && !role(input->role).recurrent)) return false;
    role(r).inputs[i] = *input;
    role(r).low = low;
    role(r).high = high;
    return true;
  }

  Steps& found_;
  KernelBook& book_;
  std::size_t next_;
  bool repeats_ = false;
};

// Whether the role is recurrent or reads one that is.
bool depends_on_steps(const Steps& found, int r) {
  const std::vector<char> reached = found.reached(r);
  for (std::size_t i = 0; i < reached.size(); ++i) {
    if (reached[i] && found.roles[i].recurrent) return true;
  }
  return false;
}

// The parts by step, those of the kind that most of them are.
Variables alike_parts(const Sink& sink, int count) {
  Variables list(at(count));
  const char kind = sink.lacks_axis[sink.parts.size() / 2];
  for (int k = 0; k < count; ++k) {
    if (sink.has(k) && sink.lacks_axis[sink.of_step(k)] == kind)
      at(list, k) = sink.parts[sink.of_step(k)];
  }
  return list;
}

// At which step another sink begins, read from what its middle part is or reads.
std::optional<int> offset_of(const Steps& steps, const Sink& sink) {
  const std::size_t middle = sink.parts.size() / 2;
  Variables near{sink.parts[middle]};
  if (const Apply node = near[0].owner())
    near.insert(near.end(), node.inputs().begin(), node.inputs().end());
  for (const Variable& x : near) {
    const auto known = steps.place.find(x);
    if (known != steps.place.end()) return known->second.second - static_cast<int>(middle);
  }
  return std::nullopt;
}
}  // namespace

const KernelFacts* KernelBook::facts(const Apply& node) {
  const auto [found, fresh] = known_.try_emplace(node.key());
  if (fresh) found->second = kernel_facts(node);
  return found->second ? &*found->second : nullptr;
}

bool is_element_read(const Apply& node) {
  const auto* read = as<Subtensor>(node);
  return read && node.inputs().size() == 1 &&
         std::any_of(read->items().begin(), read->items().end(),
                     [](const IndexItem& item) { return !item.is_slice; });
}

std::vector<char> Steps::reached(int r) const {
  std::vector<char> seen(roles.size());
  std::vector<int> open{r};
  while (!open.empty()) {
    const int reader = open.back();
    open.pop_back();
    for (const Role::Input& input : at(roles, reader).inputs) {
      if (input.role < 0 || at(seen, input.role)) continue;
      at(seen, input.role) = true;
      open.push_back(input.role);
    }
  }
  return seen;
}

std::optional<std::pair<int, int>> Steps::staged(const Variable& x) const {
  const auto found = place.find(x);
  if (found == place.end()) return std::nullopt;
  const Role& role = at(roles, found->second.first);
  if (!role.recurrent || role.stage < 0 || !at(stages, role.stage).has(found->second.second))
    return std::nullopt;
  return found->second;
}

std::optional<Steps> find_steps(const Sink& sink, KernelBook& book) {
  Steps found;
  found.count = static_cast<int>(sink.parts.size());
  found.sinks.push_back(sink);
  Sink& mine = found.sinks.back();
  mine.role = RoleFinder(found, book).role_of(alike_parts(mine, found.count));
  if (mine.role < 0 || !depends_on_steps(found, mine.role)) return std::nullopt;
  return found;
}

bool add_sink(Steps& steps, const Sink& sink, KernelBook& book) {
  constexpr int most_apart = 2;
  const auto offset = offset_of(steps, sink);
  if (!offset || std::abs(*offset) > most_apart) return false;
  Steps larger = steps;
  larger.sinks.push_back(sink);
  Sink& mine = larger.sinks.back();
  mine.offset = *offset;
  if (std::abs(mine.end() - steps.count) > most_apart) return false;
  mine.role = RoleFinder(larger, book).role_of(alike_parts(mine, steps.count));
  if (mine.role < 0) return false;
  if (!at(larger.roles, mine.role).recurrent && !depends_on_steps(larger, mine.role)) return false;
  steps = std::move(larger);
  return true;
}
}  // namespace kroton::tensor
