// norlog/ring.h - the ring turns: opening, evicting and erasing ahead.
//
// Invariants (R1, R3, R4, R9):
//  - Only a real frame in a bucket evicts, and it evicts exactly up to
//    number + window + 1 - bucket_count.
//  - A bucket is erased only if what it holds is evicted, or void.
//  - Nothing is programmed into a bucket that is not proved clean.
#ifndef NORLOG_RING_H_
#define NORLOG_RING_H_

#include <cstdint>

#include "norlog/core.h"

namespace norlog {

// True if an operation failed because of the bucket it was on: the ring steps
// over it (R9). Other errors end the call.
constexpr bool IsBadBucket(Status status) {
  return status == Status::kEraseError || status == Status::kProgramError;
}

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

// Behind a close mark a session first programs its touch, verified (R2).
// kProgramError: the head block is used up, and may have been so in the session
// before, without a trace.
Status BeginSession(Core& core);

// True if a session could program its touch in the head block, and a close mark
// behind it that is not the block's last unit.
bool HasRoomForSession(const Core& core);

// Write-once chips: a session leaves its touch before it opens or erases
// anything, so that its end, cut off, cannot be taken for a clean one (R4; a
// half-erased bucket cannot be denied there by a note). Where there is no room
// for it, or it is refused, no clean mark is believed. Other chips: nothing.
Status LeaveTrace(Core& core);

// The tail once bucket `number` is open: never less than the present one.
BucketNumber TailAfter(const Core& core, BucketNumber number);

// kOk if a real frame carrying `cursors` may open bucket `number`; kFull if
// that would evict what an enabled reader still needs, under kKeepUnread.
// One header read under kKeepUnread, none otherwise.
Status MayEvictFor(Core& core, BucketNumber number, const Cursors& cursors);

// Moves the tail to what an open bucket `number` leaves.
void Evict(Core& core, BucketNumber number);

// Bucket `number` is to be reused: what stood there a lap ago must be evicted.
// Only stepping over bad buckets can get here with it still in the log.
void GiveUpForReuse(Core& core, BucketNumber number);

// Erases bucket `number`, verifies, and programs the clean mark of its lap.
// kEraseError or kProgramError: the bucket is bad. `note_refused`: the chip took
// no zeros into its open note in this power cycle, and must not be asked again.
Status EraseAndMark(Core& core, BucketNumber number, bool note_refused = false);

// Opens the next bucket behind Core::head with `spec` as its first frame,
// stepping over buckets that fail (R9). A real frame evicts, a copy that is not
// real does not. kFull, kExhausted, or a flash error.
Status OpenNextBucket(Core& core, FrameSpec spec);

// Opens exactly bucket `number` with `spec`, erasing it first in any case.
// kEraseError or kProgramError if the bucket is bad.
Status ReopenBucket(Core& core, BucketNumber number, const FrameSpec& spec, bool reserve);

// Erases ahead; see Log::Maintain.
Status EraseAhead(Core& core, std::uint32_t max_erases);

// Write-once chips, behind an end that was cut: what stands in the buckets ahead
// may be half erased and read clean one day, and no note can deny it (R4). So all
// that is not as the lap before left it is erased, before a close mark makes the
// log's end a clean one. Other chips: nothing.
Status EraseDoubtful(Core& core);

}  // namespace norlog

#endif  // NORLOG_RING_H_
