// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/link/placement.h"

#include <algorithm>
#include <limits>

#include "kroton/base/at.h"

namespace kroton::link {
namespace {
constexpr std::int64_t alignment = 64;

std::int64_t rounded(std::int64_t bytes) {
  return (std::max<std::int64_t>(bytes, 1) + alignment - 1) / alignment * alignment;
}

// In the memory of a block, or (-1) of the arena.
struct Spot {
  int host = -1;
  std::int64_t offset = 0;
};

// What is free, in pieces by host and offset, neighbours merged. The arena grows.
class FreeMemory {
 public:
  // FITS(host): whether it may lie there at all.
  template <class Fits>
  Spot take(std::int64_t bytes, Fits fits) {
    const std::int64_t needed = std::max<std::int64_t>(bytes, 1);
    auto best = pieces_.end();
    for (auto it = pieces_.begin(); it != pieces_.end(); ++it) {
      if (it->end - it->begin < needed || !fits(it->host)) continue;
      if (best == pieces_.end() || it->end - it->begin < best->end - best->begin) best = it;
    }
    if (best == pieces_.end()) return grow(rounded(bytes));
    const Spot spot{best->host, best->begin};
    best->begin = std::min(best->end, best->begin + rounded(bytes));
    if (best->begin == best->end) pieces_.erase(best);
    return spot;
  }
  // The beginning of HOST, when that is free.
  bool take_beginning(int host, std::int64_t bytes) {
    for (auto it = pieces_.begin(); it != pieces_.end(); ++it) {
      if (it->host != host || it->begin != 0 || it->end < bytes) continue;
      it->begin = std::min(it->end, rounded(bytes));
      if (it->begin == it->end) pieces_.erase(it);
      return true;
    }
    return false;
  }
  // LIMIT: where the memory of the host ends.
  void give(const Spot& spot, std::int64_t bytes, std::int64_t limit) {
    Piece piece{spot.host, spot.offset, std::min(limit, spot.offset + rounded(bytes))};
    if (piece.begin >= piece.end) return;
    auto after =
        std::lower_bound(pieces_.begin(), pieces_.end(), piece, [](const Piece& a, const Piece& b) {
          return a.host != b.host ? a.host < b.host : a.begin < b.begin;
        });
    if (after != pieces_.end() && after->host == piece.host && after->begin == piece.end) {
      piece.end = after->end;
      after = pieces_.erase(after);
    }
    if (after != pieces_.begin() && (after - 1)->host == piece.host &&
        (after - 1)->end == piece.begin) {
      (after - 1)->end = piece.end;
      return;
    }
    pieces_.insert(after, piece);
  }
  std::int64_t arena() const { return arena_; }

 private:
  struct Piece {
    int host;
    std::int64_t begin, end;
  };
  // What is free at the arena's end counts.
  Spot grow(std::int64_t bytes) {
    std::int64_t begin = arena_;
    for (auto it = pieces_.begin(); it != pieces_.end() && it->host == -1; ++it) {
      if (it->end != arena_) continue;
      begin = it->begin;
      pieces_.erase(it);
      break;
    }
    arena_ = begin + bytes;
    return {-1, begin};
  }
  std::vector<Piece> pieces_;
  std::int64_t arena_ = 0;
};

class Placer {
 public:
  Placer(std::vector<Block>& blocks, const std::vector<std::pair<int, int>>& handovers)
      : blocks_(blocks),
        handovers_(handovers),
        spots_(blocks.size()),
        taken_over_(blocks.size(), 0) {}

  std::int64_t run() {
    std::vector<int> dying;
    lend();
    for (std::size_t b = 0; b < blocks_.size(); ++b) {
      if (blocks_[b].is_fresh || blocks_[b].is_given) {
        spots_[b] = {static_cast<int>(b), 0};
      } else if (!taken_over_[b]) {
        dying.push_back(static_cast<int>(b));
      }
    }
    // Those that die last come first; at one node what is born there, unused, and then large ones
    // before small ones.
    std::stable_sort(dying.begin(), dying.end(), [&](int a, int b) {
      const Block &x = blocks_[at(a)], &y = blocks_[at(b)];
      if (x.death != y.death) return x.death > y.death;
      if ((x.birth == x.death) != (y.birth == y.death)) return x.birth == x.death;
      return x.bytes > y.bytes;
    });
    std::size_t next = 0;
    for (std::size_t last = blocks_.size(); last > 0;) {
      const int node = blocks_[last - 1].birth;
      for (; next < dying.size() && blocks_[at(dying[next])].death >= node; ++next)
        place(at(dying[next]));
      for (; last > 0 && blocks_[last - 1].birth == node; --last) {
        const std::size_t b = last - 1;
        if (!taken_over_[b]) free_.give(spots_[b], blocks_[b].bytes, limit(spots_[b].host));
      }
    }
    return free_.arena();
  }

 private:
  std::int64_t limit(int host) const {
    return host < 0 ? std::numeric_limits<std::int64_t>::max() : blocks_[at(host)].bytes;
  }
  bool may_follow(int dying, std::size_t born) const {
    return std::binary_search(handovers_.begin(), handovers_.end(),
                              std::pair{dying, static_cast<int>(born)});
  }

  // Given memory goes to the output that may be made over it, else to whatever is born later.
  void lend() {
    for (std::size_t h = 0; h < blocks_.size() && blocks_[h].is_given; ++h) {
      blocks_[h].place = {blocks_[h].slot, 0};
      const int host = static_cast<int>(h);
      auto it = std::lower_bound(handovers_.begin(), handovers_.end(), std::pair{host, 0});
      for (; it != handovers_.end() && it->first == host; ++it) {
        Block& born = blocks_[at(it->second)];
        if (!born.is_fresh || born.alignment > blocks_[h].alignment) continue;
        born.is_fresh = false;
        born.place = blocks_[h].place;
        spots_[at(it->second)] = {host, 0};
        taken_over_[at(it->second)] = 1;
        break;
      }
      const bool is_lent = it != handovers_.end() && it->first == host;
      if (!is_lent) free_.give({host, 0}, blocks_[h].bytes, blocks_[h].bytes);
      taken_over_[h] = 1;
    }
  }
  // Whether block B may lie in the memory of a block, which must be free when b is born.
  bool may_lie_in(int host, std::size_t b) const {
    if (host < 0 || !blocks_[at(host)].is_given) return true;
    return blocks_[at(host)].death < blocks_[b].birth &&
           blocks_[b].alignment <= blocks_[at(host)].alignment;
  }
  // Or is made over what is there until then.
  bool may_begin(int host, std::size_t b) const {
    return host >= 0 && blocks_[at(host)].is_given && may_follow(host, b) &&
           blocks_[b].alignment <= blocks_[at(host)].alignment;
  }
  bool take_given(std::size_t b) {
    for (std::size_t h = 0; h < blocks_.size() && blocks_[h].is_given; ++h) {
      const int host = static_cast<int>(h);
      if (!may_begin(host, b) || !free_.take_beginning(host, blocks_[b].bytes)) continue;
      spots_[b] = {host, 0};
      return true;
    }
    return false;
  }

  void place(std::size_t b) {
    if (!take_given(b) && !take_over(b)) {
      spots_[b] = free_.take(blocks_[b].bytes, [&](int host) { return may_lie_in(host, b); });
    }
    const Spot& spot = spots_[b];
    blocks_[b].place = {spot.host < 0 ? -1 : blocks_[at(spot.host)].slot, spot.offset};
    if (spot.host >= 0) blocks_[at(spot.host)].hosts = true;
  }
  bool take_over(std::size_t b) {
    const int dying = static_cast<int>(b);
    auto it = std::lower_bound(handovers_.begin(), handovers_.end(), std::pair{dying, 0});
    for (; it != handovers_.end() && it->first == dying; ++it) {
      const std::size_t born = at(it->second);
      const Spot& spot = spots_[born];
      const bool fits = may_lie_in(spot.host, b) || (spot.offset == 0 && may_begin(spot.host, b));
      if (taken_over_[born] || !fits) continue;
      taken_over_[born] = 1;
      spots_[b] = spots_[born];
      return true;
    }
    return false;
  }

  std::vector<Block>& blocks_;
  const std::vector<std::pair<int, int>>& handovers_;
  std::vector<Spot> spots_;
  std::vector<char> taken_over_;
  FreeMemory free_;
};
}  // namespace

std::int64_t place_blocks(std::vector<Block>& blocks,
                          const std::vector<std::pair<int, int>>& handovers) {
  for (Block& block : blocks) {
    if (block.is_fresh) block.place = {block.slot, 0};
  }
  return Placer(blocks, handovers).run();
}
}  // namespace kroton::link
