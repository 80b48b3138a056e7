// norlog/summaries.h - what a header and a head frame tell of the records before
// them: order of time, SetClock, classes of tags (docs/FORMAT.md sections 1, 2 and 4).
#ifndef NORLOG_SUMMARIES_H_
#define NORLOG_SUMMARIES_H_

#include "norlog/core.h"
#include "norlog/ring.h"

namespace norlog {

// Fills in what a header says of the records before number `next`.
void TellTimes(const Trail& trail, Sequence next, Header& header);

// The tag map for the header of bucket `number`.
TagMap TagsSeenFrom(const Core& core, BucketNumber number);

// The prefix of `spec` as head frame of this block.
HeadPrefix PrefixAt(const Core& core, BucketNumber number, std::uint32_t block,
                    const FrameSpec& spec);

// `spec` has been programmed there: Core::head takes its tags and trail. (Before
// Core::head moves.)
void NoteBlock(Core& core, BucketNumber number, std::uint32_t block, const FrameSpec& spec);

}  // namespace norlog

#endif  // NORLOG_SUMMARIES_H_
