// fuzz/space_ledger.h - how much of its past a log still owes (the floor of G1).
//
// G1 promises that the newest (healthy buckets - erase-ahead - 2) buckets' worth
// of records, less two blocks a cut, are never evicted early. "A bucket's worth"
// is judged here without a look at the format: everything that was written is
// entered with an upper bound of its size; walking back from the newest entry,
// entries are packed into blocks of the least capacity that the layout allows
// until the promised number of blocks is full. What fits must still be there.
//
// Packing a fixed sequence greedily from its end needs as few blocks as packing
// it from its beginning, and the bounds are upper ones; so if the log, which
// packs greedily too, has evicted a record above the floor, it has given up a
// bucket too early. Where in its bucket the newest block stands is not known:
// all possibilities are tried and the most lenient counts.
#ifndef FUZZ_SPACE_LEDGER_H_
#define FUZZ_SPACE_LEDGER_H_

#include <cstddef>
#include <cstdint>
#include <limits>

#include "fuzz/cow_deque.h"

namespace norlog::fuzz {

// Sizes in bytes. Capacities are lower bounds of what frames may use of a block.
struct SpaceModel {
  std::uint32_t blocks_per_bucket = 1;
  std::uint32_t block_capacity = 0;        // of a block without bucket header
  std::uint32_t first_block_capacity = 0;  // of the block that the header shortens
};

class SpaceLedger {
 public:
  // No sequence number: nothing is owed.
  static constexpr std::uint64_t kNothingOwed = std::numeric_limits<std::uint64_t>::max();

  explicit SpaceLedger(const SpaceModel& model) : model_(model) {}

  // `bytes` is an upper bound of what the entry takes on flash; `sequence` is
  // 0 for what is not a record (a cursor, a close mark).
  void Spend(std::uint32_t bytes, std::uint64_t sequence);
  // An unclean end: may cost two blocks.
  void SpendCut();
  // A worn-out bucket: what was left of it is lost.
  void SpendBucket();

  // Entries up to the record `sequence` are no longer asked for.
  void ForgetThrough(std::uint64_t sequence);
  void Clear() { entries_.clear(); }

  // The oldest sequence number that a log which owes `bucket_count` buckets'
  // worth must still hold, or kNothingOwed.
  std::uint64_t Floor(std::uint32_t bucket_count) const;

  // A hash of the entries.
  std::uint64_t Digest() const;

  std::size_t entry_count() const { return entries_.size(); }

 private:
  struct Entry {
    std::uint32_t bytes = 0;
    std::uint32_t lost_blocks = 0;  // beside what is packed
    std::uint64_t sequence = 0;
  };
  std::uint64_t FloorFrom(std::uint32_t newest_block, std::uint64_t block_count) const;
  std::uint32_t Capacity(std::uint32_t block) const {
    return block == 0 ? model_.first_block_capacity : model_.block_capacity;
  }

  SpaceModel model_;
  CowDeque<Entry> entries_;
};

}  // namespace norlog::fuzz

#endif  // FUZZ_SPACE_LEDGER_H_
