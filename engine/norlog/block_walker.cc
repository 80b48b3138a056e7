#include "norlog/frame.h"
#include "norlog/frame_parts.h"

namespace norlog {

BlockWalker::BlockWalker(const Layout& layout, const FrameSeed& seed, std::uint32_t block,
                         std::span<const std::uint8_t> image)
    : layout_(&layout),
      seed_(seed),
      begin_(layout.BlockBegin(block)),
      at_(layout.FramesBegin(block)),
      frames_end_(layout.FramesEnd(block)),
      image_(image) {}

std::span<const std::uint8_t> BlockWalker::From(Offset offset) const {
  const std::uint32_t at = offset - begin_;
  return at < image_.size() ? image_.subspan(at) : std::span<const std::uint8_t>();
}

bool BlockWalker::UnitIs(Offset offset, std::uint8_t value) const {
  const std::span<const std::uint8_t> bytes = From(offset);
  return bytes.size() >= layout_->unit && AllBytesAre(bytes.first(layout_->unit), value);
}

// The page boundary behind erased bytes at `offset` where a padded frame may
// start; 0 if there is none.
Offset BlockWalker::PagePadTarget(Offset offset) const {
  const std::uint32_t into_page = offset % layout_->page_bytes;
  if (into_page == 0) return 0;
  const std::uint32_t left = layout_->page_bytes - into_page;
  return left < kMaxPagePadBytes && offset + left < frames_end_ ? offset + left : 0;
}

bool BlockWalker::ParseHead(ByteReader in, std::uint8_t flags, Frame& frame) const {
  frame.kind = FrameKind::kHead;
  frame.prefix.block = begin_ / layout_->block_bytes;
  if (!TakePrefix(in, seed_, flags, frame.prefix)) return false;
  frame.encoded_count = frame.prefix.encoded_count;
  if (frame.encoded_count > 0) {
    frame.has_content = true;
    frame.rest = in.rest();
    return frame.encoded_count <= MaxEncodedRecords(frame.rest.size());
  }
  frame.has_content = !in.rest().empty();
  if (frame.has_content) {
    frame.first = in.rest()[0];
    frame.rest = in.rest().subspan(1);
  }
  return true;
}

// Up to its content, a frame that says its length, or (`same`) repeats one.
bool BlockWalker::SplitLength(ByteReader& in, const LastContent& last, Parts& parts) {
  parts.length = 0;
  if (parts.kind == static_cast<std::uint8_t>(FrameKind::kSame)) {
    if (!last.any) return false;
    parts.length = last.bytes - 1;
    return true;
  }
  if (!IsEncodedByte(parts.kind)) {
    parts.length = in.Varint();
    return parts.length > 0;
  }
  const bool count_follows = (parts.kind & kCountFollows) != 0;
  if (count_follows) parts.count = TakeCount(in);
  const std::uint8_t length = parts.kind & kLengthMask;
  parts.length = length == kLengthFollows ? in.Varint() : length;
  return !count_follows || parts.count > 0;
}

bool BlockWalker::Split(Offset offset, const LastContent& last, Parts& parts) const {
  if (offset >= frames_end_) return false;
  const std::uint32_t room = frames_end_ - offset;
  const std::span<const std::uint8_t> bytes = From(offset);
  ByteReader in(bytes.first(bytes.size() < room ? bytes.size() : room));
  parts.kind = in.U8();
  if (!SplitLength(in, last, parts) || !in.ok() || parts.length > room) return false;
  const std::size_t head_bytes = in.at();
  parts.body = in.Bytes(static_cast<std::size_t>(parts.length));
  const std::span<const std::uint8_t> stored = in.Bytes(kCrcBytes);
  if (!in.ok()) return false;
  parts.crc = SeededCrc(seed_, offset);
  parts.crc.Bytes(bytes.first(head_bytes));
  if (parts.kind == static_cast<std::uint8_t>(FrameKind::kSame)) {
    AddVarint(parts.crc, last.bytes);
    parts.crc.Byte(last.first);
  }
  parts.crc.Bytes(parts.body);
  parts.stored_crc = static_cast<std::uint32_t>(LoadLe<4>(stored.data()));
  parts.bytes = static_cast<std::uint32_t>(in.at());
  return true;
}

// The codec state behind a frame; false if its content is malformed.
bool BlockWalker::Follow(Frame& frame) {
  frame.after = AfterEncoded(frame.prefix.codec, frame.encoded_count);
  if (!frame.has_content || frame.encoded_count > 0) return true;
  ContentReader content(frame.prefix.codec, frame.first, frame.rest);
  if (!content.SkipAll()) return false;
  frame.after = content.state();
  return true;
}

bool BlockWalker::ParseAt(Offset offset, Frame& frame) const {
  Parts parts;
  if (!Split(offset, state_.last, parts)) return false;
  frame.offset = offset;
  frame.bytes = parts.bytes;
  frame.prefix = {};
  frame.prefix.codec = state_.codec;
  frame.prefix.cursors = state_.cursors;
  frame.encoded_count = 0;
  if (IsHeadByte(parts.kind)) {
    return parts.crc.value() == parts.stored_crc &&
           ParseHead(ByteReader(parts.body), parts.kind, frame) && Follow(frame);
  }
  if (!any_) return false;  // only a head frame begins a block
  const bool encoded = IsEncodedByte(parts.kind);
  frame.kind = encoded ? FrameKind::kEncoded : static_cast<FrameKind>(parts.kind);
  frame.has_content = encoded || frame.kind == FrameKind::kSame || frame.kind == FrameKind::kData;
  if (frame.kind == FrameKind::kSchema) {
    frame.after = frame.prefix.codec;
    return parts.crc.value() == parts.stored_crc && TakeSchema(parts.body, frame.schema);
  }
  if (frame.kind == FrameKind::kCursors) {
    ByteReader in(parts.body);
    std::uint8_t changed = 0;
    if (!TakeChangedCursors(in, state_.codec.next, frame.prefix.cursors, changed)) return false;
  } else if (encoded) {
    frame.encoded_count = parts.count > 0 ? parts.count : state_.last_count;
    frame.rest = parts.body;
    if (frame.encoded_count > MaxEncodedRecords(frame.rest.size())) return false;
  } else if (frame.kind == FrameKind::kSame) {
    frame.first = state_.last.first;
    frame.rest = parts.body;
  } else if (frame.kind == FrameKind::kData) {
    frame.first = parts.body[0];
    frame.rest = parts.body.subspan(1);
  } else {
    return false;
  }
  if (!Follow(frame)) return false;
  parts.crc.U64(frame.after.next.value);
  return parts.crc.value() == parts.stored_crc;
}

// Takes the frame into the state.
bool BlockWalker::Accept(const Frame& frame) {
  state_.codec = frame.after;
  state_.cursors = frame.prefix.cursors;
  if (frame.encoded_count > 0) {
    state_.any_encoded = true;
    state_.last_count = frame.encoded_count;
  } else if (frame.has_content) {
    state_.last = {.any = true,
                   .first = frame.first,
                   .bytes = static_cast<std::uint32_t>(frame.rest.size()) + 1};
  }
  any_ = true;
  at_ = frame.offset + layout_->Up(frame.bytes);
  return true;
}

// Candidates in the order in which they can be trusted: directly behind the
// last frame; behind a close mark and the next session's touch, either of them
// perhaps torn (and behind more such pairs, of sessions that wrote nothing
// else); on the next page.
bool BlockWalker::Next(Frame& frame) {
  const std::uint32_t unit = layout_->unit;
  if (ParseAt(at_, frame)) return Accept(frame);
  for (Offset at = at_; any_ && at < frames_end_;) {
    if (!UnitIs(at, kMarkFill) && !UnitIs(at + unit, kMarkFill)) break;
    at += 2 * unit;
    if (ParseAt(at, frame)) return Accept(frame);
    const Offset padded = PagePadTarget(at);
    if (padded != 0 && ParseAt(padded, frame)) return Accept(frame);
  }
  const Offset padded = PagePadTarget(at_);
  return padded != 0 && UnitIs(at_, kErasedByte) && ParseAt(padded, frame) && Accept(frame);
}

std::uint32_t BlockWalker::MarksAt(Offset offset) const {
  const std::uint32_t unit = layout_->unit;
  std::uint32_t count = 0;
  while (UnitIs(offset + count * unit, kMarkFill)) ++count;
  const bool to_the_end = offset + count * unit > frames_end_;
  return count > 2 && to_the_end ? 0 : count;
}

std::uint32_t BlockWalker::MarksBehind() const {
  return MarksAt(at_);
}

bool BlockWalker::IsClosed() const {
  bool closed = false;
  for (std::uint32_t i = 0; i < kCloseTries && !closed; ++i) {
    closed = MarksAt(at_ + i * layout_->unit) > 0;
  }
  return closed;
}

bool BlockWalker::EndsClean() const {
  const std::uint32_t marks = MarksBehind();
  return marks % 2 == 1 && AllBytesAre(From(at_ + marks * layout_->unit), kErasedByte);
}

}  // namespace norlog
