// norlog/hints/bit_index.h - a thermometer of bits that tells where the ring's
// head is: one bit is cleared for every 2^stride_log2 buckets that are opened.
//
//   norlog::FlashRegion region(flash, first_unit, BitIndex::Units(...));
//   norlog::BitIndex index(region, bucket_count, stride_log2);
//   norlog::Hint hint;
//   index.Find(hint);
//   log.Mount(hint);
//   ... after appends: log.GetStats(stats); index.Note(stats.head_index);
//
// Two halves, each with a bit for each stride of the ring, serve in turn for one
// lap each; a half is erased when its turn comes, so a cut during that erase
// leaves the other one, full. What Find tells is a guess for Mount to verify:
// whatever a cut leaves here costs reads, never data.
//
// Cost. Space: 2 * (bucket_count / 2^stride_log2 / 8) bytes, in whole erase
// units, outside the ring. Wear: one of the halves is erased a lap, so no unit is
// erased more often than the ring's (but once more for a cut in that erase).
// Writing: one operation of one program unit a stride. Finding: about log2(bytes of a half /
// kTailBytes) reads of one unit, and one of kTailBytes; the mount then bisects a stride. Where
// units may be programmed any number of times only (kBits, kOverwrite).
#ifndef NORLOG_HINTS_BIT_INDEX_H_
#define NORLOG_HINTS_BIT_INDEX_H_

#include <cstdint>

#include "norlog/geometry.h"
#include "norlog/nor_flash.h"
#include "norlog/search.h"
#include "norlog/status.h"
#include "norlog/types.h"

namespace norlog {

class BitIndex {
 public:
  // Erase units that the index of such a ring needs.
  static constexpr std::uint32_t Units(std::uint32_t erase_unit_bytes, std::uint32_t bucket_count,
                                       std::uint32_t stride_log2) {
    const std::uint32_t bytes = (Strides(bucket_count, stride_log2) + 7) / 8;
    return 2 * ((bytes + erase_unit_bytes - 1) / erase_unit_bytes);
  }

  // What is left is searched by halving until it is so short.
  static constexpr std::uint32_t kTailBytes = 64;

  // `flash` holds the index and nothing else, and outlives it. stride_log2 is
  // at most 31.
  BitIndex(NorFlash& flash, std::uint32_t bucket_count, std::uint32_t stride_log2);
  BitIndex(const BitIndex&) = delete;
  BitIndex& operator=(const BitIndex&) = delete;

  // True if the chip allows it and has room.
  bool valid() const { return valid_; }

  // Reads where the head was when Note was last called; hint.present is false if
  // nothing is known. kInvalidOptions if not valid(), or a flash error.
  Status Find(Hint& hint);

  // The head is now at `head`. Programs nothing while it stays in its stride;
  // at the begin of a lap the other half is erased: about one erase a lap of
  // the ring for each unit of a half. Errors as Find, kProgramError, kEraseError.
  Status Note(BucketIndex head);

 private:
  static constexpr std::uint32_t Strides(std::uint32_t bucket_count, std::uint32_t stride_log2) {
    return static_cast<std::uint32_t>(((std::uint64_t{bucket_count} - 1) >> stride_log2) + 1);
  }

  // How many bits of a half are cleared, as far as a search can tell.
  Status CountCleared(std::uint32_t half, std::uint32_t& cleared);
  // Clears bits [from, to) of a half.
  Status Clear(std::uint32_t half, std::uint32_t from, std::uint32_t to);
  Status EraseHalf(std::uint32_t half);
  Status Load();
  std::uint64_t HalfAt(std::uint32_t half) const { return std::uint64_t{half} * half_bytes_; }

  NorFlash& flash_;
  const std::uint32_t stride_log2_;
  const std::uint32_t strides_;
  const std::uint32_t half_bytes_;  // whole erase units
  const bool valid_;
  // What flash holds, once loaded: the half in use and its cleared bits.
  bool loaded_ = false;
  std::uint32_t half_ = 0;
  std::uint32_t cleared_ = 0;
};

}  // namespace norlog

#endif  // NORLOG_HINTS_BIT_INDEX_H_
