#include "norlog/frame.h"

#include <cstring>

namespace norlog {
namespace {

Crc32c SeededCrc(const FrameSeed& seed, Offset offset) {
  Crc32c crc;
  crc.U64(seed.identity);
  crc.U64(seed.number.value);
  crc.U32(offset);
  return crc;
}

void AddVarint(Crc32c& crc, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) crc.Byte(static_cast<std::uint8_t>(value | 0x80));
  crc.Byte(static_cast<std::uint8_t>(value));
}

bool IsSame(const BlockState& block, std::uint8_t first, std::uint32_t content_bytes) {
  return block.has_last && block.last_first == first && block.last_content_bytes == content_bytes;
}

void PutCursors(ByteWriter& out, Sequence next, const Cursors& cursors) {
  out.U8(cursors.enabled);
  for (int i = 0; i < kMaxReaders; ++i) {
    if (cursors.IsEnabled(i)) out.Varint(next.value - 1 - cursors.at[i].value);
  }
}

bool TakeCursors(ByteReader& in, Sequence next, Cursors& cursors) {
  cursors = {};
  cursors.enabled = in.U8();
  if (next.value == 0) return false;
  for (int i = 0; i < kMaxReaders; ++i) {
    if (!cursors.IsEnabled(i)) continue;
    const std::uint64_t lag = in.Varint();
    if (lag > next.value - 1) return false;
    cursors.at[i] = {next.value - 1 - lag};
  }
  return in.ok();
}

// A cursors frame says which readers are enabled, and where those stand that
// have moved.
void PutChangedCursors(ByteWriter& out, Sequence next, const Cursors& before,
                       const Cursors& cursors) {
  unsigned changed = 0;
  for (int i = 0; i < kMaxReaders; ++i) {
    const bool moved = !before.IsEnabled(i) || before.at[i] != cursors.at[i];
    if (cursors.IsEnabled(i) && moved) changed |= 1u << i;
  }
  out.U8(cursors.enabled);
  out.U8(static_cast<std::uint8_t>(changed));
  for (int i = 0; i < kMaxReaders; ++i) {
    if ((changed >> i & 1) != 0) out.Varint(next.value - 1 - cursors.at[i].value);
  }
}

void PutPrefix(ByteWriter& out, const FrameSeed& seed, const HeadPrefix& prefix) {
  if (prefix.copy) {
    out.Varint(seed.number - prefix.from.number);
    out.Varint(prefix.from.offset);
  }
  out.Varint(prefix.codec.next.value);
  out.Varint(ZigZag(prefix.codec.time));
  out.Varint(ZigZag(prefix.codec.step));
  out.U8(prefix.codec.tag);
  out.Varint(prefix.codec.payload_bytes);
  PutCursors(out, prefix.codec.next, prefix.cursors);
}

void PutCrc(std::span<std::uint8_t> out, std::uint32_t at, const Crc32c& crc) {
  StoreLe<4>(&out[at], crc.value());
}

// Decodes the prefix of a head frame with these flags from the front of `in`.
bool DecodePrefix(ByteReader& in, const FrameSeed& seed, std::uint8_t flags, HeadPrefix& prefix) {
  prefix.copy = (flags & kHeadCopy) != 0;
  prefix.real = (flags & kHeadReal) != 0;
  if (prefix.copy) {
    const std::uint64_t back = in.Varint();
    const std::uint64_t offset = in.Varint();
    if (back > seed.number.value || offset > 0xffffffffu) return false;
    prefix.from = {seed.number - back, static_cast<Offset>(offset)};
  }
  prefix.codec.next = {in.Varint()};
  prefix.codec.time = UnZigZag(in.Varint());
  prefix.codec.step = UnZigZag(in.Varint());
  prefix.codec.tag = in.U8();
  const std::uint64_t payload_bytes = in.Varint();
  if (!in.ok() || prefix.codec.tag > kMaxTag || payload_bytes > kMaxBlockBytes) return false;
  prefix.codec.payload_bytes = static_cast<std::uint32_t>(payload_bytes);
  return TakeCursors(in, prefix.codec.next, prefix.cursors);
}

// CRC-32C of anything followed by its CRC-32C, little endian.
constexpr std::uint32_t kCrcResidue = 0x48674BC7;

}  // namespace

bool TakeChangedCursors(ByteReader& in, Sequence next, Cursors& cursors, std::uint8_t& changed) {
  cursors.enabled = in.U8();
  changed = in.U8();
  if (next.value == 0 || (changed & ~cursors.enabled) != 0) return false;
  for (int i = 0; i < kMaxReaders; ++i) {
    if ((changed >> i & 1) == 0) continue;
    const std::uint64_t lag = in.Varint();
    if (lag > next.value - 1) return false;
    cursors.at[i] = {next.value - 1 - lag};
  }
  return in.ok();
}

std::uint32_t DataFrameBytes(const BlockState& block, std::uint8_t first,
                             std::uint32_t content_bytes) {
  if (IsSame(block, first, content_bytes)) return content_bytes + kCrcBytes;
  return 1 + VarintBytes(content_bytes) + content_bytes + kCrcBytes;
}

std::uint32_t BuildDataFrame(const FrameSeed& seed, Offset offset, const BlockState& block,
                             Sequence next, std::span<std::uint8_t> out, std::uint32_t content_room,
                             std::uint32_t content_bytes, std::uint32_t& start) {
  const std::uint32_t end = content_room + content_bytes;
  const bool same = IsSame(block, out[content_room], content_bytes);
  const auto kind = static_cast<std::uint8_t>(same ? FrameKind::kSame : FrameKind::kData);
  Crc32c crc = SeededCrc(seed, offset);
  crc.Byte(kind);
  AddVarint(crc, content_bytes);
  crc.Bytes(out.subspan(content_room, content_bytes));
  crc.U64(next.value);
  PutCrc(out, end, crc);
  if (same) {
    start = content_room;  // the frame's first byte takes the place of the content's
  } else {
    start = content_room - 1 - VarintBytes(content_bytes);
    ByteWriter head(out.subspan(start + 1));
    head.Varint(content_bytes);
  }
  out[start] = kind;
  return end + kCrcBytes - start;
}

std::uint32_t BuildHeadFrame(const FrameSeed& seed, Offset offset, const HeadPrefix& prefix,
                             std::span<std::uint8_t> out, std::uint32_t content_room,
                             std::uint32_t content_bytes, std::uint32_t& start) {
  std::uint8_t head_bytes[MaxFrameHeadBytes(kMaxReaders)];
  ByteWriter head(head_bytes);
  PutPrefix(head, seed, prefix);
  const std::uint32_t length = head.size() + content_bytes;
  start = content_room - head.size() - VarintBytes(length) - 1;
  out[start] =
      static_cast<std::uint8_t>(static_cast<std::uint8_t>(FrameKind::kHead) |
                                (prefix.copy ? kHeadCopy : 0) | (prefix.real ? kHeadReal : 0));
  ByteWriter length_out(out.subspan(start + 1));
  length_out.Varint(length);
  std::memcpy(&out[start + 1 + length_out.size()], head_bytes, head.size());
  Crc32c crc = SeededCrc(seed, offset);
  crc.Bytes(out.subspan(start, content_room + content_bytes - start));
  PutCrc(out, content_room + content_bytes, crc);
  return content_room + content_bytes + kCrcBytes - start;
}

namespace {

// A frame of nothing but a body; the crc covers `next`, if given.
std::uint32_t BuildSmallFrame(const FrameSeed& seed, Offset offset, FrameKind kind,
                              std::span<const std::uint8_t> body, const Sequence* next,
                              std::span<std::uint8_t> out) {
  ByteWriter frame(out);
  frame.U8(static_cast<std::uint8_t>(kind));
  frame.Varint(body.size());
  std::memcpy(&out[frame.size()], body.data(), body.size());
  const std::uint32_t end = frame.size() + static_cast<std::uint32_t>(body.size());
  Crc32c crc = SeededCrc(seed, offset);
  crc.Bytes(out.first(end));
  if (next != nullptr) crc.U64(next->value);
  PutCrc(out, end, crc);
  return end + kCrcBytes;
}

constexpr std::uint8_t kAlsoBefore = 0x80;

bool TakeSchema(std::span<const std::uint8_t> body, SchemaRef& schema) {
  schema = {static_cast<std::uint8_t>(body[0] & kMaxTag), (body[0] & kAlsoBefore) != 0,
            body.subspan(1)};
  return schema.text.size() <= kMaxSchemaTextBytes;
}

}  // namespace

std::uint32_t BuildCursorFrame(const FrameSeed& seed, Offset offset, Sequence next,
                               const Cursors& before, const Cursors& cursors,
                               std::span<std::uint8_t> out) {
  std::uint8_t body_bytes[2 + kMaxReaders * kMaxVarintBytes];
  ByteWriter body(body_bytes);
  PutChangedCursors(body, next, before, cursors);
  return BuildSmallFrame(seed, offset, FrameKind::kCursors, std::span(body_bytes, body.size()),
                         &next, out);
}

std::uint32_t BuildSchemaFrame(const FrameSeed& seed, Offset offset, const SchemaRef& schema,
                               std::span<std::uint8_t> out) {
  std::uint8_t body[1 + kMaxSchemaTextBytes];
  body[0] = static_cast<std::uint8_t>(schema.tag | (schema.also_before ? kAlsoBefore : 0));
  std::memcpy(&body[1], schema.text.data(), schema.text.size());
  return BuildSmallFrame(seed, offset, FrameKind::kSchema, std::span(body, 1 + schema.text.size()),
                         nullptr, out);
}

FrameCheck::FrameCheck(const FrameSeed& seed, Offset offset) : crc_(SeededCrc(seed, offset)) {}

void FrameCheck::Add(std::span<const std::uint8_t> bytes) {
  crc_.Bytes(bytes);
}

// The crc of bytes followed by their own crc is always the same.
bool FrameCheck::Ok() const {
  return crc_.value() == kCrcResidue;
}

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
  if (!DecodePrefix(in, seed_, flags, frame.prefix)) return false;
  frame.has_content = !in.rest().empty();
  if (frame.has_content) {
    frame.first = in.rest()[0];
    frame.rest = in.rest().subspan(1);
  }
  return true;
}

bool BlockWalker::Split(Offset offset, const BlockState& block, Parts& parts) const {
  if (offset >= frames_end_) return false;
  const std::uint32_t room = frames_end_ - offset;
  const std::span<const std::uint8_t> bytes = From(offset);
  ByteReader in(bytes.first(bytes.size() < room ? bytes.size() : room));
  parts.kind = in.U8();
  parts.crc = SeededCrc(seed_, offset);
  parts.crc.Byte(parts.kind);
  if (parts.kind == static_cast<std::uint8_t>(FrameKind::kSame)) {
    if (!block.has_last) return false;
    AddVarint(parts.crc, block.last_content_bytes);
    parts.crc.Byte(block.last_first);
    parts.body = in.Bytes(block.last_content_bytes - 1);
  } else {
    const std::uint64_t length = in.Varint();
    if (!in.ok() || length == 0 || length > room) return false;
    AddVarint(parts.crc, length);
    parts.body = in.Bytes(static_cast<std::size_t>(length));
  }
  parts.crc.Bytes(parts.body);
  const std::span<const std::uint8_t> stored = in.Bytes(kCrcBytes);
  if (!in.ok()) return false;
  parts.stored_crc = static_cast<std::uint32_t>(LoadLe<4>(stored.data()));
  parts.bytes = static_cast<std::uint32_t>(in.at());
  return true;
}

// The codec state behind a frame; false if its content is malformed.
bool BlockWalker::Follow(Frame& frame) {
  frame.after = frame.prefix.codec;
  if (!frame.has_content) return true;
  ContentReader content(frame.prefix.codec, frame.first, frame.rest);
  if (!content.SkipAll()) return false;
  frame.after = content.state();
  return true;
}

bool BlockWalker::ParseAt(Offset offset, Frame& frame) const {
  Parts parts;
  if (!Split(offset, state_, parts)) return false;
  frame.offset = offset;
  frame.bytes = parts.bytes;
  frame.prefix = {};
  frame.prefix.codec = state_.codec;
  frame.prefix.cursors = state_.cursors;
  if (IsHeadByte(parts.kind)) {
    return parts.crc.value() == parts.stored_crc &&
           ParseHead(ByteReader(parts.body), parts.kind, frame) && Follow(frame);
  }
  if (!any_) return false;  // only a head frame begins a block
  frame.kind = static_cast<FrameKind>(parts.kind);
  frame.has_content = frame.kind == FrameKind::kSame || frame.kind == FrameKind::kData;
  if (frame.kind == FrameKind::kSchema) {
    frame.after = frame.prefix.codec;
    return parts.crc.value() == parts.stored_crc && TakeSchema(parts.body, frame.schema);
  }
  if (frame.kind == FrameKind::kCursors) {
    ByteReader in(parts.body);
    std::uint8_t changed = 0;
    if (!TakeChangedCursors(in, state_.codec.next, frame.prefix.cursors, changed)) return false;
  } else if (frame.kind == FrameKind::kSame) {
    frame.first = state_.last_first;
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
  if (frame.has_content) {
    state_.has_last = true;
    state_.last_first = frame.first;
    state_.last_content_bytes = static_cast<std::uint32_t>(frame.rest.size()) + 1;
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

std::uint32_t BlockWalker::MarksBehind() const {
  const std::uint32_t unit = layout_->unit;
  std::uint32_t count = 0;
  while (UnitIs(at_ + count * unit, kMarkFill)) ++count;
  const bool to_the_end = at_ + count * unit > frames_end_;
  return count > 2 && to_the_end ? 0 : count;
}

bool BlockWalker::EndsInMark() const {
  return MarksBehind() > 0;
}

bool BlockWalker::EndsClean() const {
  const std::uint32_t marks = MarksBehind();
  return marks % 2 == 1 && AllBytesAre(From(at_ + marks * layout_->unit), kErasedByte);
}

}  // namespace norlog
