// norlog/ring.h - the ring turns: opening and evicting.
//
// Invariants (R1, R3, R4, R9):
//  - Only a real frame in a bucket evicts, and it evicts exactly up to
//    number + window + 1 - bucket_count.
//  - Nothing is programmed into a bucket that is not proved clean.
#ifndef NORLOG_RING_H_
#define NORLOG_RING_H_

#include <cstdint>

#include "norlog/core.h"
#include "norlog/erasing.h"

namespace norlog {

// A frame to be written, wherever it will stand. Content, if any, stands in
// the frame buffer from layout.content_room on; where it is encoded, that stands
// in the encode buffer from layout.encoded_room on.
struct FrameSpec {
  std::uint32_t content_bytes = 0;
  std::uint32_t encoded_bytes = 0;
  std::uint32_t encoded_count = 0;  // records; 0: the frame is to be raw
  CodecState encoded_before;        // codec state of an encoded head frame
  CodecState before;                // codec state before the content
  CodecState after;                 // and behind it
  Trail trail_before;               // of the records before the content
  Trail trail;                      // and behind it; tag_classes: of the content
  Cursors cursors;                  // as of this frame
  bool copy = false;
  bool real = true;
  Position from;  // if copy
  // Positions in front of the head that do not count: its header tells that they were stepped over.
  std::uint32_t passed = 0;
};

// What a head frame for `spec` says beside its content.
HeadPrefix MakePrefix(const FrameSpec& spec);

// Programs `spec` as head frame of `block` of bucket `number`, whose touch is
// done, and makes that the head (Core::head). kProgramError if it fails or
// does not verify; Core::head is then unchanged.
Status ProgramHeadFrame(Core& core, BucketNumber number, std::uint32_t block,
                        const FrameSpec& spec);

// Programs the touch of a block and verifies it (R2). kProgramError: used up.
Status TouchBlock(Core& core, BucketNumber number, std::uint32_t block);

// The tail once bucket `number` is open: never less than the present one.
BucketNumber TailAfter(const Core& core, BucketNumber number);

// kOk if a real frame carrying `cursors` may open bucket `number`; kFull if
// that would evict what an enabled reader still needs, under kKeepUnread.
// One header read under kKeepUnread, none otherwise.
Status MayEvictFor(Core& core, BucketNumber number, const Cursors& cursors);

// Moves the tail to what an open bucket `number` leaves.
void Evict(Core& core, BucketNumber number);

// Bucket `number` is to be reused: what stood there a lap ago must be evicted.
// Only stepping over bad buckets can get here with it still in the log. The head stays: if no
// opening succeeds it is what is left.
void GiveUpForReuse(Core& core, BucketNumber number);

// Opens the next bucket behind Core::head with `spec` as its first frame,
// stepping over buckets that fail (R9). A real frame evicts, a copy that is not
// real does not. kFull, kExhausted, or a flash error.
Status OpenNextBucket(Core& core, const FrameSpec& spec);

// Opens exactly bucket `number` with `spec`; erased first if it is not proved clean. `flags`:
// of its header (MakeFlags). kEraseError or kProgramError if the bucket is bad.
Status ReopenBucket(Core& core, BucketNumber number, const FrameSpec& spec, std::uint16_t flags);

}  // namespace norlog

#endif  // NORLOG_RING_H_
