#include "norlog/summaries.h"

#include <cstring>

namespace norlog {

// What the time index is told of the records before the bucket. Counts saturate:
// that only claims less.
void TellTimes(const Trail& trail, Sequence next, Header& header) {
  const auto count = [&](Sequence from) {
    const std::uint64_t records = from < next ? next - from : 0;
    return static_cast<std::uint32_t>(records < ~std::uint32_t{0} ? records : ~std::uint32_t{0});
  };
  header.time = trail.time;
  header.ordered_count = count(trail.ordered_from);
  header.since_clock = trail.last_clock.value != 0 ? count(trail.last_clock) : 0;
}

// What is evicted need not be told of any more. (What this opening evicts is still
// there until its first real frame is complete.)
TagMap TagsSeenFrom(const Core& core, BucketNumber number) {
  if (number <= core.head.number) return TagMap::Unknown();
  TagMap tags = core.head.tags.Next(core.head.number, number, core.shared.tail);
  std::memcpy(tags.blocks, core.head.tags.blocks, sizeof tags.blocks);
  return tags;
}

// Of what happened in the bucket before this frame only that it happened is told.
HeadPrefix PrefixAt(const Core& core, BucketNumber number, std::uint32_t block,
                    const FrameSpec& spec) {
  HeadPrefix prefix = MakePrefix(spec);
  prefix.block = block;
  const bool same_bucket = number == core.head.number;
  const Trail& trail = spec.trail_before;
  // Behind encoded frames the codec's time is not that of the record before.
  prefix.unordered = (same_bucket && trail.ordered_from != core.head.ordered_before) ||
                     (prefix.encoded_count == 0 && prefix.codec.time != trail.time);
  prefix.clock = same_bucket && trail.last_clock != core.head.clock_before;
  for (std::uint32_t i = 0; i < block; ++i) {
    prefix.block_tags[i] = i <= core.head.block ? core.head.tags.blocks[i] : kAllTagClasses;
  }
  return prefix;
}

// Takes a block with `spec` as its first frame into the tag map. Blocks that were
// passed over may read as something one day.
void NoteBlock(Core& core, BucketNumber number, std::uint32_t block, const FrameSpec& spec) {
  Head& head = core.head;
  if (number != head.number) {
    head.tags = TagsSeenFrom(core, number);
    std::memset(head.tags.blocks, 0, sizeof head.tags.blocks);
    head.ordered_before = spec.trail_before.ordered_from;
    head.clock_before = spec.trail_before.last_clock;
  } else {
    for (std::uint32_t i = head.block + 1; i < block; ++i) head.tags.blocks[i] = kAllTagClasses;
  }
  head.tags.blocks[block] = spec.trail.tag_classes;
  head.trail = spec.trail;
}

}  // namespace norlog
