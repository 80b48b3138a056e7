// Frames behind damage (frame.h, FindBeyond).
#include "norlog/frame.h"
#include "norlog/frame_parts.h"

namespace norlog {
namespace {

constexpr std::uint32_t kErasedHalfWord = 0xFFFF;

// So many numbers may be tried before one that verifies is not believed alone.
constexpr std::uint32_t kTriesAlone = 256;

bool ProvesSequence(std::uint8_t kind) {
  return IsEncodedByte(kind) || kind == static_cast<std::uint8_t>(FrameKind::kData) ||
         kind == static_cast<std::uint8_t>(FrameKind::kSame) ||
         kind == static_cast<std::uint8_t>(FrameKind::kCursors);
}

// The least sequence number from `at_least` on that makes `crc` what is stored.
Sequence NextFor(const Crc32c& crc, std::uint32_t stored, Sequence at_least) {
  auto high = static_cast<std::uint32_t>(at_least.value >> 32);
  const auto with = [&] {
    return Sequence{std::uint64_t{high} << 32 | crc.LowHalfFor(high, stored)};
  };
  if (with() < at_least) ++high;
  return with();
}

}  // namespace

// What same frames behind damage rest on, if the damage left the frame's length
// and its content's first byte as they were.
LastContent BlockWalker::Guess(Offset at) const {
  if (at < frames_end_ && UnitIs(at, kErasedByte)) at = PagePadTarget(at);
  Parts parts;
  if (at == 0 || From(at).empty() || !Split(at, state_.last, parts) || IsEncodedByte(parts.kind) ||
      parts.kind == static_cast<std::uint8_t>(FrameKind::kSame)) {
    return state_.last;
  }
  std::span<const std::uint8_t> content = parts.body;
  if (IsHeadByte(parts.kind)) {
    ByteReader in(parts.body);
    HeadPrefix prefix;
    prefix.block = begin_ / layout_->block_bytes;
    if (!TakePrefix(in, seed_, parts.kind, prefix) || prefix.encoded_count > 0) return state_.last;
    content = in.rest();
    if (content.empty()) return state_.last;
  }
  return {.any = true, .first = content[0], .bytes = static_cast<std::uint32_t>(content.size())};
}

// Where a frame may stand behind what is at `at`, by what that says of itself: a
// mark, a page's padding, or a frame whose length is believed; 0 if nothing says so.
Offset BlockWalker::ClaimedEnd(Offset at, const LastContent& last) const {
  if (at == 0 || at >= frames_end_ || From(at).empty()) return 0;
  if (UnitIs(at, kMarkFill)) return at + layout_->unit;
  if (UnitIs(at, kErasedByte)) return PagePadTarget(at);
  const std::uint8_t kind = From(at)[0];
  const bool is_kind = ProvesSequence(kind) || IsHeadByte(kind) ||
                       kind == static_cast<std::uint8_t>(FrameKind::kSchema);
  Parts parts;
  return is_kind && Split(at, last, parts) ? at + layout_->Up(parts.bytes) : 0;
}

// True if what is directly behind `end` (marks and a page's padding aside) is what
// stands behind a frame up to `next`: another one that fits, a schema, or nothing up
// to the block's end. (A frame that itself ends in nothing proves nothing so.)
bool BlockWalker::IsFollowed(Offset end, std::uint32_t crc, const LastContent& last,
                             Sequence next) const {
  Offset at = end;
  while (at <= frames_end_ && UnitIs(at, kMarkFill)) at += layout_->unit;
  if (AllBytesAre(From(at), kErasedByte)) return crc >> 16 != kErasedHalfWord;
  if (UnitIs(at, kErasedByte)) at = PagePadTarget(at);
  Parts parts;
  if (at == 0 || From(at).empty() || !Split(at, last, parts)) return false;
  if (parts.kind == static_cast<std::uint8_t>(FrameKind::kSchema)) {
    return parts.crc.value() == parts.stored_crc;
  }
  return ProvesSequence(parts.kind) && NextFor(parts.crc, parts.stored_crc, next) - next <=
                                           kMaxRecordsPerByte * (at - end + parts.bytes);
}

// What a same frame behind this one repeats.
LastContent BlockWalker::Behind(const Parts& parts, const LastContent& last) {
  if (parts.kind != static_cast<std::uint8_t>(FrameKind::kData)) return last;
  return {
      .any = true, .first = parts.body[0], .bytes = static_cast<std::uint32_t>(parts.body.size())};
}

// True if a frame stands at `offset` whose crc fits to a sequence number that may
// be, for the bytes since `search.proved_to` (0: since the bucket's begin). In a torn
// frame of some KB so many numbers at so many places are tried that something would
// verify by chance once in 100 times: from some number of tries on, and where nothing
// says that a frame stands just here, what stands behind it has to fit, too. (And a frame's
// padding is erased: else any length that ends in its last unit would do.)
bool BlockWalker::ProveAt(Offset offset, LastContent& last, Search& search, Beyond& beyond) const {
  Parts parts;
  if (!ProvesSequence(From(offset)[0]) || !Split(offset, last, parts)) return false;
  const Offset end = offset + layout_->Up(parts.bytes);
  const std::span<const std::uint8_t> padding = From(offset + parts.bytes);
  if (!AllBytesAre(padding.first(end - offset - parts.bytes), kErasedByte)) return false;
  const Sequence next = NextFor(parts.crc, parts.stored_crc, beyond.next);
  const std::uint32_t numbers = kMaxRecordsPerByte * (end - search.proved_to);
  if (search.tries <= kTriesAlone) search.tries += numbers;
  if (next - beyond.next > numbers) return false;
  const LastContent behind = Behind(parts, last);
  const bool needs_witness =
      offset != search.claimed && (search.tries > kTriesAlone || IsEncodedByte(parts.kind));
  if (needs_witness && !IsFollowed(end, parts.stored_crc, behind, next)) return false;
  if (parts.kind == static_cast<std::uint8_t>(FrameKind::kCursors)) {
    ByteReader in(parts.body);
    std::uint8_t changed = 0;
    if (!TakeChangedCursors(in, next, beyond.cursors, changed)) return false;
    beyond.knows_enabled = true;
    beyond.known |= changed;
  }
  last = behind;
  beyond.any = true;
  beyond.next = next;
  beyond.end = end;
  return true;
}

void BlockWalker::FindBeyond(Sequence at_least, Beyond& beyond) const {
  beyond = {};
  beyond.begin = at_;
  beyond.next = any_ ? state_.codec.next : at_least;
  // What stands directly behind a valid frame and its marks is no frame behind damage: it
  // would have verified. (A torn one's crc fits to a number that may be once in 2^22.)
  Offset at = any_ ? at_ + MarksBehind() * layout_->unit : at_;
  LastContent last = state_.last;
  LastContent guess = Guess(at);
  Search search{.proved_to = any_ ? at_ : 0, .claimed = ClaimedEnd(at, last)};
  if (any_) at += layout_->unit;
  while (at < frames_end_ && !From(at).empty()) {
    if (ProveAt(at, last, search, beyond) || ProveAt(at, guess, search, beyond)) {
      search = {.proved_to = beyond.end, .claimed = beyond.end};
      at = beyond.end;
    } else {
      if (at == search.claimed) search.claimed = ClaimedEnd(at, last);
      at += layout_->unit;
    }
  }
}

}  // namespace norlog
