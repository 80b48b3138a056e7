// Frames behind damage (frame.h, FindBeyond).
#include "norlog/frame.h"

namespace norlog {
namespace {

bool IsDataOrCursors(std::uint8_t kind) {
  return kind == static_cast<std::uint8_t>(FrameKind::kData) ||
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
  if (!Split(at_, state_, parts) || parts.kind == static_cast<std::uint8_t>(FrameKind::kSame)) {
    return guess;
  }
  std::span<const std::uint8_t> content = parts.body;
  Frame frame;
  if (IsHeadByte(parts.kind)) {
    if (!ParseHead(ByteReader(parts.body), parts.kind, frame) || !frame.has_content) return guess;
    content = parts.body.last(frame.rest.size() + 1);
  }
  guess.has_last = true;
  guess.last_first = content[0];
  guess.last_content_bytes = static_cast<std::uint32_t>(content.size());
  return guess;
}

// True if a frame stands at `offset` whose crc fits to a sequence number that may
// be: each byte lost held at most one record.
bool BlockWalker::ProveAt(Offset offset, const BlockState& block, Sequence at_least,
                          std::uint32_t bytes, Parts& parts, Beyond& beyond) const {
  if (!IsDataOrCursors(From(offset)[0]) || !Split(offset, block, parts)) return false;
  const Sequence next = NextFor(parts.crc, parts.stored_crc, at_least);
  if (next - at_least > bytes) return false;
  if (parts.kind == static_cast<std::uint8_t>(FrameKind::kCursors)) {
    ByteReader in(parts.body);
    std::uint8_t changed = 0;
    if (!TakeChangedCursors(in, next, beyond.cursors, changed)) return false;
    beyond.knows_enabled = true;
    beyond.known |= changed;
  }
  beyond.any = true;
  beyond.next = next;
  beyond.end = offset + layout_->Up(parts.bytes);
  return true;
}

Beyond BlockWalker::FindBeyond(Sequence first, std::uint32_t bytes) const {
  Beyond beyond;
  beyond.begin = at_;
  beyond.next = any_ ? state_.codec.next : first;
  BlockState block = state_;
  const BlockState guess = Guess();
  for (Offset at = at_; at < frames_end_ && !From(at).empty();) {
    Parts parts;
    const bool proved = ProveAt(at, block, beyond.next, bytes, parts, beyond) ||
                        ProveAt(at, guess, beyond.next, bytes, parts, beyond);
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
