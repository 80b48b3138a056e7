#include "norlog/bucket_end.h"

#include <cstring>

namespace norlog {
namespace {

// (noinline: see mount.cc.)

// A block's head frame says what decoding the block alone leaves open.
void BeginTrail(const HeadPrefix& prefix, BucketEnd& end) {
  const Sequence next = prefix.codec.next;
  end.trail = {};
  end.trail.time = prefix.codec.time;
  // The time of an encoded head frame is none of a record.
  if (prefix.unordered || prefix.encoded_count > 0) end.trail.ordered_from = next;
  if (prefix.clock) end.trail.last_clock = next - 1;
  std::memcpy(end.block_tags, prefix.block_tags, kMaxBlockTagBytes);
}

// Encoded records are not looked at; there is no SetClock record among them.
[[gnu::noinline]] void Follow(const Frame& frame, Trail& trail) {
  if (!frame.has_content) return;
  if (frame.encoded_count > 0) {
    const Sequence last_clock = trail.last_clock;
    trail.Lose(frame.after.next);
    trail.last_clock = last_clock;
    return;
  }
  ContentReader content(frame.prefix.codec, frame.first, frame.rest);
  ContentRecord record;
  while (content.Next(record)) trail.Take(record.sequence, record.tag, record.time);
}

// Reads block `block` into the frame buffer and finds its last frame.
Status ParseBlock(Core& core, const FrameSeed& seed, std::uint32_t block, Sequence first_sequence,
                  BucketEnd& end) {
  const Layout& layout = core.layout;
  const Offset begin = layout.BlockBegin(block);
  const std::span<std::uint8_t> image = core.FrameBuffer().first(layout.BlockEnd(block) - begin);
  NORLOG_TRY(core.io.ReadTolerant(layout.IndexOf(seed.number), begin, image));
  if (!end.touched && !AllBytesAre(image.first(layout.unit), kErasedByte)) {
    end.touched = true;
    end.last_touched = block;
  }
  BlockWalker walker(layout, seed, block, image);
  struct {
    std::uint8_t first = 0;
    std::span<const std::uint8_t> rest;
    std::uint32_t encoded_count = 0;
  } last;
  Frame frame;
  std::uint32_t frames = 0;
  for (; walker.Next(frame); ++frames) {
    if (frames == 0) BeginTrail(frame.prefix, end);
    end.trail_before = end.trail;
    Follow(frame, end.trail);
    end.at = {seed.number, frame.offset};
    end.prefix = frame.prefix;
    end.has_content = frame.has_content;
    last = {frame.first, frame.rest, frame.encoded_count};
  }
  if (!end.beyond.any && first_sequence.value != 0 && !walker.EndsClean()) {
    walker.FindBeyond(first_sequence, end.beyond);
    end.beyond_block = block;
  }
  if (frames == 0) return Status::kOk;
  if (end.beyond.any && end.beyond.next - walker.state().codec.next >
                            std::uint64_t{kMaxRecordsPerByte} * (end.beyond.end - walker.end())) {
    end.beyond = {};  // what looked like a frame in a later block can't be behind this
  }
  end.block_tags[block] = end.trail.tag_classes;
  for (std::uint32_t i = block + 1; i <= end.last_touched; ++i) end.block_tags[i] = kAllTagClasses;
  end.any = true;
  end.block = block;
  end.end = walker.end();
  end.state = walker.state();
  end.forgot_readers = end.state.cursors.KeepOnly(core.options.reader_count);
  end.marks = walker.MarksBehind();
  end.clean = block == end.last_touched && walker.EndsClean();
  end.closed = walker.IsClosed();
  if (end.beyond.any) GoOnBeyond(core, end);
  if (!end.has_content) return Status::kOk;
  if (last.encoded_count > 0) {
    if (end.clean) return Status::kOk;
    end.content = core.packer == nullptr ? Status::kCannotDecode
                                         : core.packer->DecodeLast(core, seed, image, end);
    return Status::kOk;
  }
  // The content may overlap where it is moved to.
  const std::span<std::uint8_t> room = core.FrameBuffer().subspan(layout.content_room);
  const std::uint8_t first = last.first;
  end.content_bytes = static_cast<std::uint32_t>(last.rest.size()) + 1;
  // A firmware with fewer readers may have filled it beyond what this one would.
  const std::uint32_t max_bytes = layout.MaxContentBytes(end.state.cursors.EnabledCount());
  if (end.content_bytes > max_bytes) {
    end.content = Status::kDamaged;
    return Status::kOk;
  }
  std::memmove(&room[1], last.rest.data(), last.rest.size());
  room[0] = first;
  return Status::kOk;
}

}  // namespace

void GoOnBeyond(const Core& core, BucketEnd& end) {
  const Beyond& beyond = end.beyond;
  end.any = true;
  end.clean = end.closed = false;
  end.block = end.beyond_block;
  end.at.offset = beyond.begin;
  end.end = beyond.end;
  end.marks = 0;
  end.prefix.copy = false;
  end.has_content = false;
  end.content_bytes = 0;
  end.records_damaged = beyond.next - end.state.codec.next;
  end.state.codec.next = beyond.next;
  end.state.last = {};
  end.trail.Lose(beyond.next);
  end.trail_before = end.trail;
  for (std::uint32_t i = end.beyond_block; i <= end.last_touched; ++i) {
    end.block_tags[i] = kAllTagClasses;
  }
  Cursors& cursors = end.state.cursors;
  if (beyond.knows_enabled) cursors.enabled = beyond.cursors.enabled;
  for (int i = 0; i < kMaxReaders; ++i) {
    if ((beyond.known >> i & 1) != 0) cursors.at[i] = beyond.cursors.at[i];
  }
  if (cursors.KeepOnly(core.options.reader_count)) end.forgot_readers = true;
}

Status FindBucketEnd(Core& core, std::uint64_t identity, BucketNumber number, Sequence first,
                     BucketEnd& end) {
  end = {};
  const FrameSeed seed{identity, number};
  for (std::uint32_t block = core.layout.block_count - 1; block > 0 && !end.any; --block) {
    bool touched = false;
    bool begun = false;
    NORLOG_TRY(core.io.ReadBlockFront(core.layout.IndexOf(number), block, touched, begun));
    if (!touched) continue;
    if (!end.touched) end.last_touched = block;
    end.touched = true;
    if (begun) NORLOG_TRY(ParseBlock(core, seed, block, first, end));
  }
  // Whether the first block has a frame is told by its frames at once.
  return end.any ? Status::kOk : ParseBlock(core, seed, 0, first, end);
}

}  // namespace norlog
