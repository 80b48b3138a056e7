// norlog/log_end.h - finding the last valid frame, V, and what stands beside it
// (docs/FORMAT.md sections 4 and 5). Nothing is programmed here; recovery.h repairs.
#ifndef NORLOG_LOG_END_H_
#define NORLOG_LOG_END_H_

#include <cstdint>

#include "norlog/bucket_end.h"
#include "norlog/core.h"
#include "norlog/search.h"

namespace norlog {

// The end of the log, as far as a mount can see it before it repairs.
struct LogEnd {
  bool any = false;     // a valid frame was found
  BucketNumber number;  // V's bucket
  std::uint64_t identity = 0;
  BucketEnd end;
  BucketFront front;               // of V's bucket
  bool front_lost = false;         // V's bucket has no readable header
  bool headers_beyond = false;     // a newer one was seen beyond what the search has looked at
  bool interrupted = false;        // an opening behind V's bucket was cut off
  bool may_come_back = false;      // and a frame may stand there that does not read
  BucketNumber first_interrupted;  // the first and last such bucket
  BucketNumber last_interrupted;
  // A reserve copy of V's bucket was begun and does not count (yet). It must be gone before
  // anything is shown.
  bool reserve_begun = false;
  bool from_reserve = false;  // V stands in a reserve bucket; `redo` is to be made again
  BucketNumber redo;
  BucketNumber reserve_tail;  // the log's tail when the reserve copy was made
  std::uint8_t round = 0;     // of the bucket that V stands in
};

// The bucket before `number` that counts, as the header in `front` tells if it is that bucket's:
// what its opening stepped over does not, whatever stands there. (Of a bucket that V stands in: one
// that was only begun tells nothing, what it had stepped over may have been opened since.)
BucketNumber CountsBefore(const Layout& layout, BucketNumber number, const BucketFront& front);

// A trail up to `next` in V's block, with what its bucket's header tells of the time
// before: that decoding the block alone leaves open. Unknown is "no order".
Trail Settled(const LogEnd& log_end, Sequence next, Trail trail);

// Takes over from V's bucket what the summaries of the next header need.
void TakeTags(Core& core, const LogEnd& log_end);

// Walks back from the newest header, at most `max_buckets`, to the bucket that
// holds V, and looks for a reserve copy behind it. kNothingYet: V, marginal, read
// otherwise when it was read again; look once more.
Status FindLogEnd(Core& core, const Found& found, std::uint32_t max_buckets, LogEnd& log_end);

}  // namespace norlog

#endif  // NORLOG_LOG_END_H_
