// norlog/bucket_walk.h - the living frames of one bucket, in order.
#ifndef NORLOG_BUCKET_WALK_H_
#define NORLOG_BUCKET_WALK_H_

#include <cstdint>
#include <span>

#include "norlog/core.h"
#include "norlog/frame.h"
#include "norlog/status.h"
#include "norlog/types.h"

namespace norlog {

class FrameVisitor {
 public:
  // A living frame; its spans lie in the walk's buffer.
  virtual void Visit(BucketNumber number, const Frame& frame) = 0;

 protected:
  ~FrameVisitor() = default;
};

// Shows `visitor` the frames of bucket `number` that begin before `until`,
// dead ones left out; of the newest bucket only what is committed. `buffer`
// holds a block. Reads the bucket once, up to `until`. kGap if it was evicted;
// a flash error.
Status WalkBucket(Core& core, const Shared& shared, BucketNumber number, Offset until,
                  std::span<std::uint8_t> buffer, FrameVisitor& visitor);

}  // namespace norlog

#endif  // NORLOG_BUCKET_WALK_H_
