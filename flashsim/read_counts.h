// flashsim/read_counts.h - how often each marginal byte has been read.
//
// Only MarginalMode::kPattern counts: it gives a cell's first four reads, so
// that a test can go through all sixteen courses.
#ifndef FLASHSIM_READ_COUNTS_H_
#define FLASHSIM_READ_COUNTS_H_

#include <algorithm>
#include <cstdint>
#include <vector>

namespace flashsim {

class ReadCounts {
 public:
  // From here on a pattern's last bit holds.
  static constexpr std::uint32_t kLast = 3;

  // The number of earlier reads of the byte since the tear in `born_cycle` (a
  // later tear starts again), at most kLast; counts this one.
  std::uint32_t Next(std::uint64_t address, std::uint32_t born_cycle) {
    const auto below = [](const Entry& entry, std::uint64_t key) { return entry.address < key; };
    auto at = std::lower_bound(entries_.begin(), entries_.end(), address, below);
    if (at == entries_.end() || at->address != address) {
      at = entries_.insert(at, {address, born_cycle, 0});
    }
    if (at->born_cycle != born_cycle) *at = {address, born_cycle, 0};
    const std::uint32_t before = at->count;
    if (at->count < kLast) ++at->count;
    return before;
  }

 private:
  struct Entry {
    std::uint64_t address;
    std::uint32_t born_cycle;
    std::uint32_t count;
  };
  std::vector<Entry> entries_;  // sorted by address
};

}  // namespace flashsim

#endif  // FLASHSIM_READ_COUNTS_H_
