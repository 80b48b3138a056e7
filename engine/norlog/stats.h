// norlog/stats.h - what GetStats tells.
#ifndef NORLOG_STATS_H_
#define NORLOG_STATS_H_

#include <cstdint>

#include "norlog/options.h"
#include "norlog/types.h"

namespace norlog {

// What the last mount found at the log's end, and what it did.
enum class MountFinding : std::uint8_t {
  kFormatted,       // made by Format in this session
  kClean,           // closed properly: nothing was programmed
  kUnclean,         // the power had failed: the tail was re-committed
  kUncleanOpening,  // it had failed while a bucket was being opened
};

struct ReaderStats {
  bool enabled = false;
  Sequence cursor;        // last sequence number this reader has committed; 0: none
  std::uint64_t lag = 0;  // durable records behind the cursor
  // Of these, the ones that are lost to this reader: evicted before it read
  // them. Its next records are preceded by a gap that says so.
  std::uint64_t evicted_unread = 0;
};

struct Stats {
  Sequence first_sequence;  // oldest retained (a lower bound after damage); 0: none
  Sequence last_sequence;   // newest durable; 0: none
  Sequence last_accepted;   // newest accepted into RAM
  std::uint64_t records_retained = 0;

  std::uint64_t identity = 0;  // the nonce given to Format
  BucketNumber head;           // global number of the newest bucket
  BucketIndex head_index;      // where it is: keep it as the hint for Mount
  std::uint32_t bucket_count = 0;
  std::uint64_t bytes_free_in_bucket = 0;  // programmable bytes left in the head bucket

  ReaderStats readers[kMaxReaders];
  std::uint64_t largest_lag = 0;

  // Erase counts of the ring's buckets, from the laps. Erases repeated because
  // a cut interrupted them are counted apart.
  std::uint32_t erases_min = 0;
  std::uint32_t erases_max = 0;
  double erases_mean() const {
    return bucket_count == 0 ? 0.0 : static_cast<double>(erases_total) / bucket_count;
  }
  std::uint64_t erases_total = 0;
  std::uint32_t erases_repeated = 0;

  // Bucket positions stepped over because they failed: in this lap of the ring
  // or in the one before, whichever has more.
  std::uint32_t retired_buckets = 0;

  MountFinding mount_finding = MountFinding::kFormatted;
  std::uint32_t mount_reads = 0;  // HAL reads of the last mount, or of a format's opening
  std::uint64_t mount_bytes_read = 0;
  std::uint32_t blocks_lost_to_cuts =
      0;  // blocks skipped by recoveries, since Format; 65,535: or more

  // Records that are lost, since Format, and why: overwritten as the ring turned;
  // or found damaged by a mount at the log's end (65,535: or more). Both
  // totals live in bucket headers: what a mount found is forgotten if the power
  // fails again before a bucket is opened. Damage further back is told to readers
  // as a gap when they come to it.
  std::uint64_t records_evicted = 0;
  std::uint32_t records_damaged = 0;
};

}  // namespace norlog

#endif  // NORLOG_STATS_H_
