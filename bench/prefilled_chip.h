// bench/prefilled_chip.h - a chip of any size whose ring is full and has gone
// round, without having been driven there.
//
// What a bucket holds is computed, with the engine's own encoder, when it is
// read; only what is programmed or erased from then on takes memory. The ring
// is what a log leaves that commits one record a block: every record can be
// read, and tests/prefilled_chip_test.cc compares it, byte for byte, with a
// ring that was really driven. Counters and power are SimFlash's.
#ifndef BENCH_PREFILLED_CHIP_H_
#define BENCH_PREFILLED_CHIP_H_

#include <cstdint>
#include <span>
#include <unordered_set>
#include <vector>

#include "flashsim/sim_flash.h"
#include "norlog/layout.h"
#include "norlog/nor_flash.h"
#include "norlog/options.h"
#include "norlog/types.h"

namespace norlog::bench {

// A ring at rest: closed, in lap 2 or later.
struct RingState {
  Options options;
  std::uint32_t payload_bytes = 600;  // of each record: more than half of a block
  std::uint64_t identity = 1;
  BucketNumber head;              // the newest bucket
  std::uint32_t head_blocks = 1;  // of its blocks that hold a record; the last one is closed
  bool maintained = true;         // the buckets that Maintain erases ahead are clean
  // One bucket in so many is retired (0: none): its erase fails, and it holds
  // an old header, garbage, or nothing.
  std::uint32_t retired_one_in = 0;
};

class PrefilledChip final : public NorFlash {
 public:
  // `blank` is erased and has as many buckets as the ring.
  PrefilledChip(flashsim::SimFlash blank, const RingState& ring);

  const Geometry& geometry() const override { return chip_.geometry(); }
  Status Read(std::uint64_t address, std::span<std::uint8_t> out) override;
  Status Program(std::uint64_t address, std::span<const std::uint8_t> data) override;
  Status Erase(std::uint64_t address, std::uint32_t size) override;

  flashsim::SimFlash& chip() { return chip_; }

  // What bucket `index` holds before anything is done to it.
  std::vector<std::uint8_t> Image(BucketIndex index) const;
  bool IsRetired(BucketIndex index) const;
  // The record that a full bucket's first block, or a later one, holds.
  Sequence SequenceAt(BucketNumber number, std::uint32_t block) const;

 private:
  BucketNumber NumberAt(BucketIndex index) const;
  std::uint64_t Chance(BucketIndex index) const;
  void FillRetired(BucketIndex index, std::span<std::uint8_t> image) const;
  void FillFront(BucketNumber number, std::span<std::uint8_t> image) const;
  void FillBlock(BucketNumber number, std::uint32_t block, std::span<std::uint8_t> image) const;
  void FillBucket(BucketNumber number, std::uint32_t blocks, std::span<std::uint8_t> image) const;
  const std::vector<std::uint8_t>& CachedImage(BucketIndex index);
  void Materialise(BucketIndex index);

  flashsim::SimFlash chip_;
  const RingState ring_;
  const Layout layout_;
  std::unordered_set<std::uint32_t> in_chip_;  // buckets that SimFlash holds
  std::uint32_t cached_index_;
  std::vector<std::uint8_t> cached_;
};

}  // namespace norlog::bench

#endif  // BENCH_PREFILLED_CHIP_H_
