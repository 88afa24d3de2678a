// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/needs.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "kroton/graph/op.h"

namespace kroton::inline graph {
namespace {
// A run needs a node when it needs one of these: "branch B of lazy node L", or it always does.
struct Need {
  bool always = false;
  std::set<int> branches = {};
  auto operator<=>(const Need&) const = default;
  void add(const Need& other) {
    always |= other.always;
    if (!always) branches.insert(other.branches.begin(), other.branches.end());
  }
  bool includes(const Need& other) const {
    return always || (!other.always && std::includes(branches.begin(), branches.end(),
                                                     other.branches.begin(), other.branches.end()));
  }
};

class Finder {
 public:
  Finder(const Variables& outputs, const std::vector<Apply>& order) : order_(order) {
    for (std::size_t n = 0; n < order.size(); ++n) position_.emplace(order[n].key(), n);
    needs_.resize(order.size());
    for (const Variable& output : outputs) {
      if (const Apply owner = output.owner()) needs_[position_.at(owner.key())].always = true;
    }
  }

  std::vector<int> run() {
    for (std::size_t n = order_.size(); n-- > 0;) {
      // What nothing reads is there for its effect.
      if (needs_[n].branches.empty()) needs_[n].always = true;
      if (needs_[n].always) needs_[n].branches.clear();
      pass_on(order_[n], needs_[n]);
    }
    std::map<Need, int> closed_numbers{{Need{true, {}}, 0}}, numbers;
    std::vector<int> all;
    for (const Need& need : needs_) {
      const auto [found, fresh] = numbers.try_emplace(need);
      if (fresh) {
        const int next = static_cast<int>(closed_numbers.size());
        found->second = closed_numbers.try_emplace(closed(need), next).first->second;
      }
      all.push_back(found->second);
    }
    return all;
  }

 private:
  struct Lazy {
    Need need;
    std::map<int, int> branches;  // the op's number of it, ours
  };

  void pass_on(const Apply& node, const Need& need) {
    const std::vector<int> branches = node.op().branches(node);
    Lazy lazy{need, {}};
    for (std::size_t i = 0; i < node.inputs().size(); ++i) {
      const int branch = i < branches.size() ? branches[i] : 0;
      if (branch != 0 && lazy.branches.try_emplace(branch, next_).second) ++next_;
      const Apply owner = node.inputs()[i].owner();
      const auto found = owner ? position_.find(owner.key()) : position_.end();
      if (found == position_.end()) continue;
      needs_[found->second].add(branch == 0 ? need : Need{false, {lazy.branches.at(branch)}});
    }
    if (!lazy.branches.empty()) lazies_.push_back(std::move(lazy));
  }

  // With what follows: a node needed in all branches of a lazy node is needed when that is; one
  // needed whenever a lazy node is, is needed in each of its branches. Then equal needs are equal
  // sets, and a node's set includes those of its readers.
  // Needs name lazy nodes that were met before: one walk back adds what all branches say, one
  // forward what follows.
  Need closed(Need need) const {
    for (auto lazy = lazies_.rbegin(); lazy != lazies_.rend() && !need.always; ++lazy) {
      const bool all = std::all_of(lazy->branches.begin(), lazy->branches.end(),
                                   [&](const auto& b) { return need.branches.contains(b.second); });
      if (all) need.add(lazy->need);
    }
    if (need.always) return Need{true, {}};
    for (const Lazy& lazy : lazies_) {
      if (!need.includes(lazy.need)) continue;
      for (const auto& [theirs, ours] : lazy.branches) need.branches.insert(ours);
    }
    return need;
  }

  const std::vector<Apply>& order_;
  std::unordered_map<const void*, std::size_t> position_;
  std::vector<Need> needs_;
  std::vector<Lazy> lazies_;
  int next_ = 0;
};
}  // namespace

bool is_lazy(const Apply& node) {
  const std::vector<int> branches = node.op().branches(node);
  return std::any_of(branches.begin(), branches.end(), [](int b) { return b != 0; });
}

std::vector<int> needs(const Variables& outputs, const std::vector<Apply>& order) {
  if (std::none_of(order.begin(), order.end(), is_lazy)) return std::vector<int>(order.size(), 0);
  return Finder(outputs, order).run();
}
}  // namespace kroton::inline graph
