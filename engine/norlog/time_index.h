// norlog/time_index.h - what the bucket headers say of the records before them:
// how a query passes over what it does not want.
//
// Each claim is about records, by their sequence numbers, and each is true by
// itself: what is not readable or not known only costs reading. A header claims
// something about the records of the bucket before it; a bucket whose opening
// failed may bear a header, too, and the bucket before it may have gone on. So
// claims that a bucket holds nothing more count only if it is known that the
// next one was really opened (Opened).
#ifndef NORLOG_TIME_INDEX_H_
#define NORLOG_TIME_INDEX_H_

#include <cstdint>

#include "norlog/core.h"
#include "norlog/status.h"
#include "norlog/tag_map.h"
#include "norlog/types.h"

namespace norlog {

// What is said at the place where a bucket begins.
struct Claim {
  BucketNumber number;    // the bucket; one past the head for the end of the log
  BucketNumber previous;  // the newest bucket when this one was opened
  Sequence first;         // the first record that may stand here
  // Of the records before `first`:
  Sequence ordered_from;  // from here on they are in order of time
  std::int64_t time = 0;  // of the last
  Sequence last_clock;    // no SetClock record stands behind this one; 0: none at all
  TagMap tags;            // blocks: of the bucket `previous`
};

// The claim of bucket `number`; not readable if it bears no header of its own.
// kGap: evicted.
Status ReadClaim(Core& core, BucketNumber number, bool& readable, Claim& claim);

// What is known at the end of the log, without a read. It has no tags.
Claim EndClaim(const Shared& shared);

// The first readable claim at or behind `number`; that of the log's end if there
// is none up to the head.
Status NextClaim(Core& core, const Shared& shared, BucketNumber number, Claim& claim);

// How far a query that stands before record `from` may go without looking: its
// records have times outside of what it wants. All of them must have one offset,
// so the records from `until` on are another matter.
struct Passage {
  Sequence from;
  Sequence until;
  std::int64_t offset = 0;  // to be added to the times (clock.h)
  bool late = false;        // the record before `from` is too new: so are those in order behind it
  std::int64_t from_time = INT64_MIN;  // else: those that are older than this are passed over

  bool Allows(const Claim& claim) const;
};

// The farthest claim in (low, high) that the passage allows; `found` is false if
// there is none. A bucket without a readable header is passed over.
Status FarthestClaim(Core& core, BucketNumber low, BucketNumber high, const Passage& passage,
                     bool& found, Claim& claim);

}  // namespace norlog

#endif  // NORLOG_TIME_INDEX_H_
