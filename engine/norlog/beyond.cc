// Frames behind damage (frame.h, FindBeyond).
#include "norlog/frame.h"

namespace norlog {
namespace {

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
BlockState BlockWalker::Guess() const {
  BlockState guess = state_;
  Parts parts;
  if (!Split(at_, state_, parts) || IsEncodedByte(parts.kind) ||
      parts.kind == static_cast<std::uint8_t>(FrameKind::kSame)) {
    return guess;
  }
  std::span<const std::uint8_t> content = parts.body;
  Frame frame;
  if (IsHeadByte(parts.kind)) {
    if (!ParseHead(ByteReader(parts.body), parts.kind, frame) || !frame.has_content ||
        frame.encoded_count > 0) {
      return guess;
    }
    content = parts.body.last(frame.rest.size() + 1);
  }
  guess.has_last = true;
  guess.last_first = content[0];
  guess.last_content_bytes = static_cast<std::uint32_t>(content.size());
  return guess;
}

// True if a frame stands at `offset` that fits behind records up to `next`.
bool BlockWalker::IsFollowed(Offset offset, const BlockState& block, Sequence next) const {
  Parts parts;
  return !From(offset).empty() && ProvesSequence(From(offset)[0]) && Split(offset, block, parts) &&
         NextFor(parts.crc, parts.stored_crc, next) - next <= kMaxRecordsPerByte * parts.bytes;
}

// True if a frame stands at `offset` whose crc fits to a sequence number that may
// be, for the bytes since `proved_to` (0: since the bucket's begin). Nearly half of
// all bytes could begin an encoded frame: where nothing is known of the block, its
// word alone does not do.
bool BlockWalker::ProveAt(Offset offset, const BlockState& block, Offset proved_to, Parts& parts,
                          Beyond& beyond) const {
  if (!ProvesSequence(From(offset)[0]) || !Split(offset, block, parts)) return false;
  const Offset end = offset + layout_->Up(parts.bytes);
  const Sequence next = NextFor(parts.crc, parts.stored_crc, beyond.next);
  if (next - beyond.next > std::uint64_t{kMaxRecordsPerByte} * (end - proved_to)) return false;
  if (proved_to == 0 && IsEncodedByte(parts.kind) && !IsFollowed(end, block, next)) return false;
  if (parts.kind == static_cast<std::uint8_t>(FrameKind::kCursors)) {
    ByteReader in(parts.body);
    std::uint8_t changed = 0;
    if (!TakeChangedCursors(in, next, beyond.cursors, changed)) return false;
    beyond.knows_enabled = true;
    beyond.known |= changed;
  }
  beyond.any = true;
  beyond.next = next;
  beyond.end = end;
  return true;
}

Beyond BlockWalker::FindBeyond(Sequence at_least) const {
  Beyond beyond;
  beyond.begin = at_;
  beyond.next = any_ ? state_.codec.next : at_least;
  BlockState block = state_;
  const BlockState guess = Guess();
  Offset proved_to = any_ ? at_ : 0;
  // What stands directly behind a valid frame and its marks is no frame behind damage: it
  // would have verified. (A torn one's crc fits to a number that may be once in 2^22.)
  const Offset first = any_ ? at_ + (MarksBehind() + 1) * layout_->unit : at_;
  for (Offset at = first; at < frames_end_ && !From(at).empty();) {
    Parts parts;
    const bool proved = ProveAt(at, block, proved_to, parts, beyond) ||
                        ProveAt(at, guess, proved_to, parts, beyond);
    if (proved) proved_to = beyond.end;
    if (proved && parts.kind == static_cast<std::uint8_t>(FrameKind::kData)) {
      block.has_last = true;
      block.last_first = parts.body[0];
      block.last_content_bytes = static_cast<std::uint32_t>(parts.body.size());
    }
    at = proved ? beyond.end : at + layout_->unit;
  }
  return beyond;
}

}  // namespace norlog
