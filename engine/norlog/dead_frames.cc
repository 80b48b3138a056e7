#include "norlog/dead_frames.h"

#include <span>

#include "norlog/time_index.h"

namespace norlog {
namespace {

constexpr std::uint32_t kPeekBytes = 16;  // a copy's first byte, length and `from`

// What stands where bucket `number` has its header.
struct Place {
  bool readable = false;  // the header of that bucket
  bool counts = false;    // and no opening has stepped over it since
  Sequence first;
};

// An opening steps over what can't be erased: what stood there may stand there still. It bears a
// void note, or it was a reserve; then the next header tells.
Status LookAtPlace(Core& core, const Shared& shared, BucketNumber number, Place& place) {
  const Layout& layout = core.layout;
  const BucketIndex index = layout.IndexOf(number);
  std::uint8_t bytes[kMaxProgramUnitBytes + kProbeBytes];
  const std::uint32_t note =
      core.io.write_once() ? 0 : layout.note_bytes;  // blank, it may not read
  const std::span<std::uint8_t> all(bytes, note + kProbeBytes);
  NORLOG_TRY(core.io.ReadRetained(number, core.shared.tail, layout.header_offset - note, all));
  Probe probe;
  place.readable =
      DecodeProbe(layout, index, all.last<kProbeBytes>(), probe) == HeaderState::kValid &&
      layout.NumberOf(probe.lap, index) == number && probe.identity == core.identity;
  place.first = probe.first_sequence;
  const bool is_head = number == shared.head;
  place.counts = place.readable && (is_head || !probe.IsReserve());
  if (!place.counts || is_head) return Status::kOk;
  bool blank = AllBytesAre(all.first(note), kErasedByte);
  if (note == 0) NORLOG_TRY(core.io.IsErased(index, layout.void_offset, layout.note_bytes, blank));
  if (blank) return Status::kOk;
  Claim next;
  NORLOG_TRY(NextClaim(core, shared, number + 1, next));
  place.counts = next.previous >= number;
  return Status::kOk;
}

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
        NORLOG_TRY(FirstSequenceOf(core, shared, place.number, readable, first));
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

// What copies behind a block claim of it: everything from `from` on. A copy that
// dies takes its claim with it, and those before it stand again. Copies of the
// same root in a row are as one.
class Claims {
 public:
  void Add(const Position& place, const Position& from) {
    if (any() && this->from() == from) return;
    if (count_ == kMost) {
      for (std::uint32_t i = 1; i < kMost; ++i) claims_[i - 1] = claims_[i];
      --count_;
    }
    claims_[count_++] = {place, from};
  }
  // All copies from `dead` on do not count.
  void Revoke(const Position& dead) {
    while (any() && claims_[count_ - 1].place >= dead) --count_;
  }
  bool any() const { return count_ > 0; }
  const Position& from() const { return claims_[count_ - 1].from; }

 private:
  struct Claim {
    Position place;
    Position from;
  };
  // A block's last frame, the one before it, and what stands before the block.
  static constexpr std::uint32_t kMost = 3;
  Claim claims_[kMost];
  std::uint32_t count_ = 0;
};

}  // namespace

Status FirstSequenceOf(Core& core, const Shared& shared, BucketNumber number, bool& readable,
                       Sequence& first) {
  Place place;
  NORLOG_TRY(LookAtPlace(core, shared, number, place));
  readable = place.counts;
  first = place.first;
  return Status::kOk;
}

// The claims of dead copies count for nothing.
Status FindDeadLimit(Core& core, const Shared& shared, BucketNumber number, std::uint32_t block,
                     Offset& limit) {
  if (core.io.write_once()) {  // elsewhere frames that do not count were denied
    Place here;
    NORLOG_TRY(LookAtPlace(core, shared, number, here));
    limit = 0;
    if (here.readable && !here.counts) return Status::kOk;
  }
  const Position end{number, core.layout.BlockEnd(block) - 1};
  Claims claims;
  Position owner = end;
  Position place{number, core.layout.BlockEnd(block)};
  for (;; place.offset += core.layout.block_bytes) {
    bool is_copy = false;
    Position from;
    const Status status = NextHeadFrame(core, shared, place, is_copy, from);
    if (status != Status::kNothingYet) NORLOG_TRY(status);
    if (status == Status::kNothingYet || !is_copy || from > owner) break;
    if (from > end) {
      claims.Revoke(from);
    } else {
      claims.Add(place, from);
    }
    owner = place;
  }
  limit = !claims.any() ? kNoLimit : claims.from().number < number ? 0 : claims.from().offset;
  return Status::kOk;
}

}  // namespace norlog
