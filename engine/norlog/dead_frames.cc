#include "norlog/dead_frames.h"

#include <span>

namespace norlog {
namespace {

constexpr std::uint32_t kPeekBytes = 16;  // a copy's first byte, length and `from`

// Whether the head frame at `place`, whose first bytes are `front`, checks, and
// what it is a copy of if it is one. (A torn copy may begin as no copy does.)
Status CheckHead(Core& core, const Position& place, std::span<const std::uint8_t> front,
                 bool& valid, Position& from) {
  ByteReader in(front.subspan(1));
  (void)in.Varint();  // the length
  if ((front[0] & kHeadCopy) != 0) {
    const std::uint64_t back = in.Varint();
    const std::uint64_t offset = in.Varint();
    valid = false;
    if (!in.ok() || back > place.number.value) return Status::kOk;
    from = {place.number - back, static_cast<Offset>(offset)};
  }
  return core.io.CheckHeadFrame(core.Seed(place.number), place.offset, front, core.shared.tail,
                                valid);
}

// Goes to the first block at or behind `place` that begins with a head frame,
// and tells whether that is a valid copy, and of what. kNothingYet behind the
// end of the log. (place.offset is a block's FramesBegin.)
Status NextHeadFrame(Core& core, const Shared& shared, Position& place, bool& is_copy,
                     Position& from) {
  const Layout& layout = core.layout;
  for (std::uint32_t block = place.offset / layout.block_bytes;; ++block) {
    if (block == layout.block_count) {
      block = 0;
      bool readable = false;
      Sequence first;
      while (!readable) {
        ++place.number;
        if (place.number > shared.head) return Status::kNothingYet;
        NORLOG_TRY(FirstSequenceOf(core, place.number, readable, first));
      }
    }
    if (place.number == shared.head && block > shared.head_block) return Status::kNothingYet;
    place.offset = layout.FramesBegin(block);
    std::uint8_t front[kPeekBytes];
    NORLOG_TRY(core.io.ReadRetained(place.number, core.shared.tail, place.offset, front));
    if (!IsHeadByte(front[0])) continue;
    is_copy = (front[0] & kHeadCopy) != 0;
    bool valid = false;
    NORLOG_TRY(CheckHead(core, place, front, valid, from));
    if (valid) return Status::kOk;
  }
}

}  // namespace

Status FirstSequenceOf(Core& core, BucketNumber number, bool& readable, Sequence& first) {
  const Layout& layout = core.layout;
  const BucketIndex index = layout.IndexOf(number);
  std::uint8_t bytes[kProbeBytes];
  NORLOG_TRY(core.io.ReadRetained(number, core.shared.tail, layout.header_offset, bytes));
  Probe probe;
  readable = DecodeProbe(layout, index, bytes, probe) == HeaderState::kValid &&
             layout.NumberOf(probe.lap, index) == number && probe.identity == core.identity;
  first = probe.first_sequence;
  return Status::kOk;
}

Status FindDeadLimit(Core& core, const Shared& shared, BucketNumber number, std::uint32_t block,
                     Offset& limit) {
  limit = kNoLimit;
  Position owner{number, core.layout.BlockEnd(block) - 1};
  Position place{number, core.layout.BlockEnd(block)};
  for (;; place.offset += core.layout.block_bytes) {
    bool is_copy = false;
    Position from;
    const Status status = NextHeadFrame(core, shared, place, is_copy, from);
    if (status == Status::kNothingYet) return Status::kOk;
    NORLOG_TRY(status);
    if (!is_copy || from > owner) return Status::kOk;  // of a chain only the newest counts
    owner = place;
    limit = from.number < number ? 0 : from.number == number ? from.offset : kNoLimit;
  }
}

}  // namespace norlog
