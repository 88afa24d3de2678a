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
  Spot take(std::int64_t bytes) {
    const std::int64_t needed = std::max<std::int64_t>(bytes, 1);
    auto best = pieces_.end();
    for (auto it = pieces_.begin(); it != pieces_.end(); ++it) {
      if (it->end - it->begin < needed) continue;
      if (best == pieces_.end() || it->end - it->begin < best->end - best->begin) best = it;
    }
    if (best == pieces_.end()) return grow(rounded(bytes));
    const Spot spot{best->host, best->begin};
    best->begin = std::min(best->end, best->begin + rounded(bytes));
    if (best->begin == best->end) pieces_.erase(best);
    return spot;
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
    for (std::size_t b = 0; b < blocks_.size(); ++b) {
      if (blocks_[b].is_fresh) {
        spots_[b] = {static_cast<int>(b), 0};
      } else {
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

  void place(std::size_t b) {
    if (!take_over(b)) spots_[b] = free_.take(blocks_[b].bytes);
    const Spot& spot = spots_[b];
    blocks_[b].place = {spot.host < 0 ? -1 : blocks_[at(spot.host)].slot, spot.offset};
    if (spot.host >= 0) blocks_[at(spot.host)].hosts = true;
  }
  bool take_over(std::size_t b) {
    const int dying = static_cast<int>(b);
    auto it = std::lower_bound(handovers_.begin(), handovers_.end(), std::pair{dying, 0});
    for (; it != handovers_.end() && it->first == dying; ++it) {
      const std::size_t born = at(it->second);
      if (taken_over_[born]) continue;
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
