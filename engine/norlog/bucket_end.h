// norlog/bucket_end.h - the last valid frame of a bucket, and the state behind it
// (docs/FORMAT.md section 4, steps 2 and 6, and damage).
#ifndef NORLOG_BUCKET_END_H_
#define NORLOG_BUCKET_END_H_

#include <cstdint>

#include "norlog/core.h"

namespace norlog {

// The end of what a bucket holds.
struct BucketEnd {
  bool any = false;                // V exists: a last valid frame
  bool clean = false;              // its block is the last touched one and ends clean
  bool closed = false;             // a mark was begun behind V, which so is whole: not marginal
  std::uint32_t block = 0;         // V's block
  std::uint32_t last_touched = 0;  // newest block that is not untouched
  bool touched = false;            // any block is touched
  Offset end = 0;                  // behind V
  std::uint32_t marks = 0;         // marks and touches there, units
  BlockState state;                // after V (after its content, if that was decoded)
  Position at;                     // of V
  HeadPrefix prefix;               // V as head frame: codec and cursors before it; copy, real, from
  bool has_content = false;
  bool forgot_readers = false;      // V has cursors of readers beyond this firmware's
  std::uint32_t content_bytes = 0;  // in the frame buffer, if moved there
  // Frames behind damage, in block `beyond_block`. If V is found, too, it is not V
  // that counts: `at` is then where the damage begins, and nothing is to be copied.
  Beyond beyond;
  std::uint32_t beyond_block = 0;
  std::uint64_t records_damaged = 0;  // between what stands before the damage and behind it
  Status content = Status::kOk;       // why V's content is not there, if it is to be repeated
  Trail trail_before;                 // of the records before V
  Trail trail;                        // V's included
  std::uint8_t block_tags[kMaxBlocksPerBucket] = {};  // as TagMap::blocks
};

// Whether V is real: then its bucket is open.
inline bool IsReal(const BucketEnd& end) {
  return !end.prefix.copy || end.prefix.real;
}

// Finds V of bucket `number` under `identity`. Its content, if any, is left in
// the frame buffer at layout.content_room, raw. (Encoded content only where it has
// to be repeated: if the bucket does not end clean.) `first` is the first sequence number
// that may stand in the bucket, as its header says; 0: not known, nothing is
// looked for behind damage.
Status FindBucketEnd(Core& core, std::uint64_t identity, BucketNumber number, Sequence first,
                     BucketEnd& end);

// Takes V's place if frames stand behind damage: what stands there is lost like the
// rest of its block, but not its sequence numbers, nor what it says of cursors.
// `end` holds the state before the damage.
void GoOnBeyond(const Core& core, BucketEnd& end);

}  // namespace norlog

#endif  // NORLOG_BUCKET_END_H_
