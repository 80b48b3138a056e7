// norlog/dead_frames.h - which frames of a block a later copy declared dead
// (docs/FORMAT.md section 4).
#ifndef NORLOG_DEAD_FRAMES_H_
#define NORLOG_DEAD_FRAMES_H_

#include <cstdint>

#include "norlog/core.h"
#include "norlog/frame.h"
#include "norlog/status.h"
#include "norlog/types.h"

namespace norlog {

inline constexpr Offset kNoLimit = ~Offset{0};

// The lower bound that the header of a retained bucket gives; not readable if
// the bucket was stepped over or its header is damaged. kGap: evicted meanwhile.
Status FirstSequenceOf(Core& core, const Shared& shared, BucketNumber number, bool& readable,
                       Sequence& first);

// From `limit` on the frames of a block are dead; kNoLimit if none is. Only the
// end of a block can be dead; the block at the log's head has no dead frames.
Status FindDeadLimit(Core& core, const Shared& shared, BucketNumber number, std::uint32_t block,
                     Offset& limit);

}  // namespace norlog

#endif  // NORLOG_DEAD_FRAMES_H_
