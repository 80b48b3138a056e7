#include "norlog/bucket_walk.h"

#include "norlog/dead_frames.h"

namespace norlog {
namespace {

Status WalkBlock(Core& core, const Shared& shared, Position place, Offset until,
                 std::span<std::uint8_t> buffer, FrameVisitor& visitor) {
  const Layout& layout = core.layout;
  const std::uint32_t block = place.offset / layout.block_bytes;
  const Offset begin = layout.BlockBegin(block);
  const bool is_head = place.number == shared.head && block == shared.head_block;
  const Offset end = is_head ? shared.head_end : layout.BlockEnd(block);
  if (end <= begin) return Status::kOk;
  const std::span<std::uint8_t> image = buffer.first(end - begin);
  NORLOG_TRY(core.io.ReadRetained(place.number, core.shared.tail, begin, image));
  Offset limit = kNoLimit;
  if (!is_head) NORLOG_TRY(FindDeadLimit(core, shared, place.number, block, limit));
  if (until < limit) limit = until;
  BlockWalker walker(layout, core.Seed(place.number), block, image);
  for (Frame frame; walker.Next(frame) && frame.offset < limit;) visitor.Visit(place.number, frame);
  return Status::kOk;
}

}  // namespace

Status WalkBucket(Core& core, const Shared& shared, BucketNumber number, Offset until,
                  std::span<std::uint8_t> buffer, FrameVisitor& visitor) {
  const Layout& layout = core.layout;
  for (std::uint32_t block = 0; block < layout.block_count; ++block) {
    const Offset begin = layout.BlockBegin(block);
    if (begin >= until || (number == shared.head && block > shared.head_block)) break;
    NORLOG_TRY(WalkBlock(core, shared, {number, begin}, until, buffer, visitor));
  }
  return Status::kOk;
}

}  // namespace norlog
