// norlog/search.h - finding the newest bucket.
//
// Binary search on "has the lap of the anchor": buckets 0..head bear lap L,
// those behind it L - 1 or nothing; a clean mark tells the lap that comes, so
// it tells the one before. On its way the search believes the first bytes of
// headers, unverified: a guess. What it arrives at must verify, and is checked
// against the positions behind it and against its predecessor; a contradiction
// makes it search again by verified headers, then scan them all: the linear
// scan, which also is the test oracle.
#ifndef NORLOG_SEARCH_H_
#define NORLOG_SEARCH_H_

#include <cstdint>

#include "norlog/bucket.h"
#include "norlog/types.h"

namespace norlog {

// Where the head was when it was last seen (Stats::head_index), kept in an RTC
// register or the like; hints/ has providers. Verified, never trusted.
struct Hint {
  bool present = false;
  BucketIndex index;
  // The head stands at `index` or up to so many positions behind it (not past
  // the ring's end); a few more are looked at in any case.
  std::uint32_t span = 0;
};

struct Found {
  bool any = false;              // a header of this layout was found
  bool sure = false;             // and what is around it agrees that it is the newest
  BucketNumber number;           // the greatest number of a header that is no reserve
  Probe probe;                   // its probe
  bool reserve = false;          // a reserve copy was seen: perhaps behind it
  bool unknown_version = false;  // a header was seen that this engine does not know
  bool has_front = false;        // `front` is that of `number`, as it was read last
  BucketFront front;
  // Positions behind it where an opening was begun, and that have no header (bit i: the
  // i-th). The first one (bit 1) may have a header all the same. All are set where none was
  // looked at.
  std::uint32_t begun_behind = ~std::uint32_t{0};
  std::uint32_t looked_behind = 0;  // so many positions behind it were looked at
};

// The greatest-numbered bucket, by hint, binary search, or, if that is not sure, linear scan.
// `exhaustive`: also where the search has met no header at all (a mount must know before it
// says kNoLog; a format is cheap).
Status FindHead(BucketIo& io, const Hint& hint, bool exhaustive, Found& found);

// The oracle: looks at every bucket.
Status FindHeadLinear(BucketIo& io, Found& found);

// The steps of a bisection of all buckets.
constexpr std::uint32_t BisectSteps(const Layout& layout) {
  std::uint32_t steps = 0;
  for (std::uint32_t n = layout.bucket_count; n > 1; n = (n + 1) / 2) ++steps;
  return steps;
}

// The largest number of reads that FindHead makes for a ring without damage:
// the anchor and its mark, the steps and one neighbour, the head, what is
// behind it, its predecessor.
constexpr std::uint32_t SearchReads(const Layout& layout) {
  return 2 + BisectSteps(layout) + 1 + 1 + (MaxStepsOver(layout) + 1) + 1;
}

// The reads that a hint which is wrong costs on top: its position and steps,
// what is behind it twice, and positions before it.
constexpr std::uint32_t WrongHintReads(const Layout& layout) {
  return 2 + BisectSteps(layout) + 3 * (MaxStepsOver(layout) + 1);
}

}  // namespace norlog

#endif  // NORLOG_SEARCH_H_
