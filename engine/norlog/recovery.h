// norlog/recovery.h - finding the last valid frame, and making the log's end
// solid again (docs/FORMAT.md sections 4 and 5).
//
// Invariants (R1, R5, R7):
//  - Nothing is shown that rests on the last, perhaps marginal, operation
//    until a completed program repeats it somewhere else.
//  - What did not decode when a decision was made can never count later: it is
//    dead (before a copy), or erased (behind the log's end).
#ifndef NORLOG_RECOVERY_H_
#define NORLOG_RECOVERY_H_

#include <cstdint>

#include "norlog/core.h"
#include "norlog/ring.h"
#include "norlog/search.h"

namespace norlog {

// The end of what a bucket holds.
struct BucketEnd {
  bool any = false;                // V exists: a last valid frame
  bool clean = false;              // its block is the last touched one and ends clean
  std::uint32_t block = 0;         // V's block
  std::uint32_t last_touched = 0;  // newest block that is not untouched
  bool touched = false;            // any block is touched
  Offset end = 0;                  // behind V
  std::uint32_t marks = 0;         // marks and touches there, units
  BlockState state;                // after V
  Position at;                     // of V
  HeadPrefix prefix;               // V as head frame: codec and cursors before it; copy, real, from
  bool has_content = false;
  bool forgot_readers = false;      // V has cursors of readers beyond this firmware's
  std::uint32_t content_bytes = 0;  // in the frame buffer, if moved there
  CodecState after;                 // behind that content
  Status content = Status::kOk;     // why V's content, encoded, is not there
};

// Finds V of bucket `number` under `identity`. Its content, if any, is left in
// the frame buffer at layout.content_room, raw. (Encoded content only where it
// has to be repeated: if the bucket does not end clean.)
Status FindBucketEnd(Core& core, std::uint64_t identity, BucketNumber number, BucketEnd& end);

// The end of the log, as far as a mount can see it before it repairs.
struct LogEnd {
  bool any = false;     // a valid frame was found
  BucketNumber number;  // V's bucket
  std::uint64_t identity = 0;
  BucketEnd end;
  BucketFront front;               // of V's bucket
  bool front_lost = false;         // V's bucket has no readable header
  bool interrupted = false;        // an opening behind V's bucket was cut off
  BucketNumber first_interrupted;  // the first and last such bucket
  BucketNumber last_interrupted;
  bool has_rival = false;  // a reserve copy of V's bucket stands, and is not void
  BucketNumber rival;
  bool from_reserve = false;  // V stands in a reserve bucket; `redo` is to be made again
  BucketNumber redo;
  BucketNumber reserve_tail;  // the log's tail when the reserve copy was made
};

// Walks back from the newest header, at most `max_buckets`, to the bucket that
// holds V, and looks for a reserve copy behind it.
Status FindLogEnd(Core& core, const Found& found, std::uint32_t max_buckets, LogEnd& log_end);

// Repairs: see FORMAT.md section 4 steps 5 to 7. On return Core::head is where
// writing goes on, closed. kExhausted if no healthy bucket is left to repair in;
// kNothingYet if V, marginal, reads otherwise now: decide anew by what log_end says.
// kCannotDecode or kDamaged if V is to be repeated, and its content can't be told.
Status Recover(Core& core, LogEnd& log_end);

}  // namespace norlog

#endif  // NORLOG_RECOVERY_H_
