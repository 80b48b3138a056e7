// norlog/search.h - finding the newest bucket.
//
// Binary search on "has the lap of the anchor": buckets 0..head bear lap L,
// those behind it L - 1 or nothing; a clean mark tells the lap that comes, so
// it tells the one before. What is found is checked against the positions
// behind it and against its predecessor; a contradiction falls back to the
// linear scan, which also is the test oracle.
#ifndef NORLOG_SEARCH_H_
#define NORLOG_SEARCH_H_

#include <cstdint>

#include "norlog/bucket.h"
#include "norlog/types.h"

namespace norlog {

// Where the head was when it was last seen (Stats::head_index), kept in an RTC
// register or the like. Verified, never trusted.
struct Hint {
  bool present = false;
  BucketIndex index;
};

struct Found {
  bool any = false;              // a header of this layout was found
  bool sure = false;             // and what is around it agrees that it is the newest
  BucketNumber number;           // the greatest number of a header that is no reserve
  Probe probe;                   // its probe
  bool reserve = false;          // a reserve copy was seen: perhaps behind it
  bool unknown_version = false;  // a header was seen that this engine does not know
};

// The greatest-numbered bucket, by hint, binary search, or linear scan.
// `exhaustive`: if the search is not sure, scan all (a mount must know before
// it says kNoLog; a format stays O(log) and makes do with Found::sure).
Status FindHead(BucketIo& io, const Hint& hint, bool exhaustive, Found& found);

// The oracle: looks at every bucket.
Status FindHeadLinear(BucketIo& io, Found& found);

// The largest number of probes that FindHead makes without its fallback.
constexpr std::uint32_t SearchProbes(const Layout& layout) {
  std::uint32_t steps = 1;
  for (std::uint32_t n = layout.bucket_count; n > 1; n = (n + 1) / 2) ++steps;
  return steps + 2 * (MaxStepsOver(layout) + 1) + 6;  // of erased positions the mark, too
}

}  // namespace norlog

#endif  // NORLOG_SEARCH_H_
