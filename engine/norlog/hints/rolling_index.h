// norlog/hints/rolling_index.h - a small ring of entries, each the position of
// the log's head when it was made: for chips whose many small reads are slow,
// and for those that allow one program a unit only.
//
//   norlog::FlashRegion region(flash, first_unit, /*erase_unit_count=*/2);
//   norlog::RollingIndex index(region, bucket_count, stride_log2);
//   norlog::Hint hint;
//   index.Find(hint);
//   log.Mount(hint);
//   ... after appends: log.GetStats(stats); index.Note(stats.head_index);
//
// Entries fill the units in turn; a unit is erased when the entries come to it,
// and the newest entry then stands in another one. What Find tells is a guess
// for Mount to verify: whatever a cut leaves here costs reads, never data.
//
// Cost. Space: two erase units or more, outside the ring. Wear: an erase of each
// unit every (entries of all units) strides: at most once a lap of the ring, or
// valid() says no (and once more for a cut at a unit's begin).
// Writing: one operation of up(12) bytes a stride. Finding: one read of an entry
// for each unit, and log2(entries of a unit) more; the mount then bisects a
// stride.
#ifndef NORLOG_HINTS_ROLLING_INDEX_H_
#define NORLOG_HINTS_ROLLING_INDEX_H_

#include <cstdint>

#include "norlog/geometry.h"
#include "norlog/nor_flash.h"
#include "norlog/search.h"
#include "norlog/status.h"
#include "norlog/types.h"

namespace norlog {

class RollingIndex {
 public:
  static constexpr std::uint32_t kEntryBytes = 12;  // ordinal, position, crc

  // `flash` holds the index and nothing else, and outlives it. An entry is made
  // for every 2^stride_log2 buckets, stride_log2 at most 31.
  RollingIndex(NorFlash& flash, std::uint32_t bucket_count, std::uint32_t stride_log2);
  RollingIndex(const RollingIndex&) = delete;
  RollingIndex& operator=(const RollingIndex&) = delete;

  // True if there are at least two units, and they are worn no faster than the
  // ring.
  bool valid() const { return valid_; }

  // Reads the newest entry; hint.present is false if there is none.
  // kInvalidOptions if not valid(), or a flash error other than kReadError.
  Status Find(Hint& hint);

  // The head is now at `head`. Makes an entry when it has come into another
  // stride. Errors as Find, kProgramError (an entry that was refused is passed
  // over: call again), kEraseError.
  Status Note(BucketIndex head);

 private:
  struct Entry {
    bool valid = false;
    bool blank = false;
    std::uint32_t ordinal = 0;  // counts entries; never wraps in a chip's life
    std::uint32_t stride = 0;
  };

  std::uint32_t EntrySize() const;
  std::uint32_t EntriesOfUnit() const;
  Status ReadEntry(std::uint32_t slot, Entry& entry);
  Status ProgramEntry(std::uint32_t slot, const Entry& entry);
  Status FindInUnit(std::uint32_t unit, Entry& newest);
  Status Load();
  Status Advance();

  NorFlash& flash_;
  const std::uint32_t bucket_count_;
  const std::uint32_t stride_log2_;
  const bool valid_;
  bool loaded_ = false;
  Entry newest_;            // not valid: there is none
  std::uint32_t next_ = 0;  // slot behind it
};

}  // namespace norlog

#endif  // NORLOG_HINTS_ROLLING_INDEX_H_
