#include "norlog/frame.h"

#include <cstring>

namespace norlog {
namespace {

constexpr std::uint32_t kMaxEncodedHeadBytes = 1 + kMaxCountBytes + 3;

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
  if (prefix.encoded_count > 0) out.Varint(prefix.encoded_count);
}

// The number of records of an encoded frame, or 0 if it is none.
std::uint32_t TakeCount(ByteReader& in) {
  const std::uint64_t count = in.Varint();
  return in.ok() && count <= kMaxEncodedCount ? static_cast<std::uint32_t>(count) : 0;
}

// The first bytes of an encoded frame: as they are on flash, or (`full`) as the
// crc covers them, the number of records included.
std::uint32_t PutEncodedHead(std::uint8_t* out, const BlockState& block,
                             std::uint32_t content_bytes, std::uint32_t count, bool full) {
  ByteWriter head({out, kMaxEncodedHeadBytes});
  const bool count_follows = count != block.last_count;
  const bool length_follows = content_bytes >= kLengthFollows;
  head.U8(static_cast<std::uint8_t>(static_cast<std::uint8_t>(FrameKind::kEncoded) |
                                    (count_follows ? kCountFollows : 0) |
                                    (length_follows ? kLengthFollows : content_bytes)));
  if (count_follows || full) head.Varint(count);
  if (length_follows) head.Varint(content_bytes);
  return head.size();
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
  if (!TakeCursors(in, prefix.codec.next, prefix.cursors)) return false;
  if ((flags & kHeadEncoded) == 0) return true;
  prefix.encoded_count = TakeCount(in);
  return prefix.encoded_count > 0;
}

// CRC-32C of anything followed by its CRC-32C, little endian.
constexpr std::uint32_t kCrcResidue = 0x48674BC7;

}  // namespace

std::uint32_t HeadPrefixBytes(const FrameSeed& seed, const HeadPrefix& prefix) {
  std::uint8_t bytes[MaxFrameHeadBytes(kMaxReaders) + kMaxCountBytes];
  ByteWriter out(bytes);
  PutPrefix(out, seed, prefix);
  return out.size();
}

std::uint32_t EncodedFrameBytes(const BlockState& block, std::uint32_t content_bytes,
                                std::uint32_t count) {
  std::uint8_t head[kMaxEncodedHeadBytes];
  return PutEncodedHead(head, block, content_bytes, count, /*full=*/false) + content_bytes +
         kCrcBytes;
}

std::uint32_t BuildEncodedFrame(const FrameSeed& seed, Offset offset, const BlockState& block,
                                std::span<std::uint8_t> out, std::uint32_t content_room,
                                std::uint32_t content_bytes, std::uint32_t count,
                                std::uint32_t& start) {
  std::uint8_t head[kMaxEncodedHeadBytes];
  Crc32c crc = SeededCrc(seed, offset);
  const std::uint32_t full = PutEncodedHead(head, block, content_bytes, count, /*full=*/true);
  crc.Bytes(std::span(head).first(full));
  crc.Bytes(out.subspan(content_room, content_bytes));
  const std::uint32_t end = content_room + content_bytes;
  PutCrc(out, end, crc);
  const std::uint32_t bytes = PutEncodedHead(head, block, content_bytes, count, /*full=*/false);
  start = content_room - bytes;
  std::memcpy(&out[start], head, bytes);
  return end + kCrcBytes - start;
}

std::uint32_t DataFrameBytes(const BlockState& block, std::uint8_t first,
                             std::uint32_t content_bytes) {
  if (IsSame(block, first, content_bytes)) return content_bytes + kCrcBytes;
  return 1 + VarintBytes(content_bytes) + content_bytes + kCrcBytes;
}

std::uint32_t BuildDataFrame(const FrameSeed& seed, Offset offset, const BlockState& block,
                             std::span<std::uint8_t> out, std::uint32_t content_room,
                             std::uint32_t content_bytes, std::uint32_t& start) {
  const std::uint32_t end = content_room + content_bytes;
  const bool same = IsSame(block, out[content_room], content_bytes);
  const auto kind = static_cast<std::uint8_t>(same ? FrameKind::kSame : FrameKind::kData);
  Crc32c crc = SeededCrc(seed, offset);
  crc.Byte(kind);
  AddVarint(crc, content_bytes);
  crc.Bytes(out.subspan(content_room, content_bytes));
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
  std::uint8_t head_bytes[MaxFrameHeadBytes(kMaxReaders) + kMaxCountBytes];
  ByteWriter head(head_bytes);
  PutPrefix(head, seed, prefix);
  const std::uint32_t length = head.size() + content_bytes;
  start = content_room - head.size() - VarintBytes(length) - 1;
  out[start] = static_cast<std::uint8_t>(
      static_cast<std::uint8_t>(FrameKind::kHead) | (prefix.copy ? kHeadCopy : 0) |
      (prefix.real ? kHeadReal : 0) | (prefix.encoded_count > 0 ? kHeadEncoded : 0));
  ByteWriter length_out(out.subspan(start + 1));
  length_out.Varint(length);
  std::memcpy(&out[start + 1 + length_out.size()], head_bytes, head.size());
  Crc32c crc = SeededCrc(seed, offset);
  crc.Bytes(out.subspan(start, content_room + content_bytes - start));
  PutCrc(out, content_room + content_bytes, crc);
  return content_room + content_bytes + kCrcBytes - start;
}

namespace {

// A frame of nothing but a body.
std::uint32_t BuildSmallFrame(const FrameSeed& seed, Offset offset, FrameKind kind,
                              std::span<const std::uint8_t> body, std::span<std::uint8_t> out) {
  ByteWriter frame(out);
  frame.U8(static_cast<std::uint8_t>(kind));
  frame.Varint(body.size());
  std::memcpy(&out[frame.size()], body.data(), body.size());
  const std::uint32_t end = frame.size() + static_cast<std::uint32_t>(body.size());
  Crc32c crc = SeededCrc(seed, offset);
  crc.Bytes(out.first(end));
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
                               const Cursors& cursors, std::span<std::uint8_t> out) {
  std::uint8_t body_bytes[1 + kMaxReaders * kMaxVarintBytes];
  ByteWriter body(body_bytes);
  PutCursors(body, next, cursors);
  return BuildSmallFrame(seed, offset, FrameKind::kCursors, std::span(body_bytes, body.size()),
                         out);
}

std::uint32_t BuildSchemaFrame(const FrameSeed& seed, Offset offset, const SchemaRef& schema,
                               std::span<std::uint8_t> out) {
  std::uint8_t body[1 + kMaxSchemaTextBytes];
  body[0] = static_cast<std::uint8_t>(schema.tag | (schema.also_before ? kAlsoBefore : 0));
  std::memcpy(&body[1], schema.text.data(), schema.text.size());
  return BuildSmallFrame(seed, offset, FrameKind::kSchema, std::span(body, 1 + schema.text.size()),
                         out);
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
  frame.encoded_count = frame.prefix.encoded_count;
  if (frame.encoded_count > 0) {
    frame.has_content = true;
    frame.rest = in.rest();
    return true;
  }
  frame.has_content = !in.rest().empty();
  if (frame.has_content) {
    frame.first = in.rest()[0];
    frame.rest = in.rest().subspan(1);
  }
  return true;
}

// A frame whose first byte is taken from `in` already.
bool BlockWalker::ParseEncoded(ByteReader in, std::uint8_t first_byte, Frame& frame) const {
  if (!any_) return false;
  std::uint32_t count = state_.last_count;
  if ((first_byte & kCountFollows) != 0) count = TakeCount(in);
  std::uint64_t length = first_byte & kLengthMask;
  if (length == kLengthFollows) length = in.Varint();
  if (!in.ok() || count == 0 || length > in.rest().size()) return false;
  frame.rest = in.Bytes(static_cast<std::size_t>(length));
  std::uint8_t head[kMaxEncodedHeadBytes];
  const auto content_bytes = static_cast<std::uint32_t>(length);
  Crc32c crc = SeededCrc(seed_, frame.offset);
  crc.Bytes(
      std::span(head).first(PutEncodedHead(head, state_, content_bytes, count, /*full=*/true)));
  crc.Bytes(frame.rest);
  const std::span<const std::uint8_t> stored = in.Bytes(kCrcBytes);
  if (!in.ok() || LoadLe<4>(stored.data()) != crc.value()) return false;
  frame.kind = FrameKind::kEncoded;
  frame.bytes = static_cast<std::uint32_t>(in.at());
  frame.has_content = true;
  frame.encoded_count = count;
  return true;
}

bool BlockWalker::ParseAt(Offset offset, Frame& frame) const {
  if (offset >= frames_end_) return false;
  const std::uint32_t room = frames_end_ - offset;
  const std::span<const std::uint8_t> bytes = From(offset);
  ByteReader in(bytes.first(bytes.size() < room ? bytes.size() : room));
  const std::uint8_t first_byte = in.U8();
  Crc32c crc = SeededCrc(seed_, offset);
  crc.Byte(first_byte);
  frame.offset = offset;
  frame.prefix = {};
  frame.prefix.codec = state_.codec;
  frame.prefix.cursors = state_.cursors;
  frame.encoded_count = 0;
  if (in.ok() && IsEncodedByte(first_byte)) return ParseEncoded(in, first_byte, frame);
  std::span<const std::uint8_t> body;
  if (first_byte == static_cast<std::uint8_t>(FrameKind::kSame)) {
    if (!state_.has_last) return false;
    AddVarint(crc, state_.last_content_bytes);
    crc.Byte(state_.last_first);
    body = in.Bytes(state_.last_content_bytes - 1);
  } else {
    const std::uint64_t length = in.Varint();
    if (!in.ok() || length == 0 || length > room) return false;
    AddVarint(crc, length);
    body = in.Bytes(static_cast<std::size_t>(length));
  }
  crc.Bytes(body);
  const std::span<const std::uint8_t> stored = in.Bytes(kCrcBytes);
  if (!in.ok() || LoadLe<4>(stored.data()) != crc.value()) return false;
  frame.bytes = static_cast<std::uint32_t>(in.at());
  frame.has_content = true;
  if (first_byte == static_cast<std::uint8_t>(FrameKind::kSame)) {
    frame.kind = FrameKind::kSame;
    frame.first = state_.last_first;
    frame.rest = body;
    return true;
  }
  ByteReader fields(body);
  if (IsHeadByte(first_byte)) {
    return ParseHead(fields, first_byte, frame);
  }
  if (!any_) return false;  // only a head frame begins a block
  if (first_byte == static_cast<std::uint8_t>(FrameKind::kCursors)) {
    frame.kind = FrameKind::kCursors;
    frame.has_content = false;
    return TakeCursors(fields, state_.codec.next, frame.prefix.cursors);
  }
  if (first_byte == static_cast<std::uint8_t>(FrameKind::kSchema)) {
    frame.kind = FrameKind::kSchema;
    frame.has_content = false;
    return TakeSchema(body, frame.schema);
  }
  if (first_byte != static_cast<std::uint8_t>(FrameKind::kData)) return false;
  frame.kind = FrameKind::kData;
  frame.first = body[0];
  frame.rest = body.subspan(1);
  return true;
}

// Takes the frame into the state; false if its content is malformed.
bool BlockWalker::Accept(Frame& frame) {
  BlockState state = state_;
  state.codec = frame.prefix.codec;
  state.cursors = frame.prefix.cursors;
  if (frame.encoded_count > 0) {
    state.codec = AfterEncoded(frame.prefix.codec, frame.encoded_count);
    state.any_encoded = true;
    state.last_count = frame.encoded_count;
  } else if (frame.has_content) {
    ContentReader content(frame.prefix.codec, frame.first, frame.rest);
    if (!content.SkipAll()) return false;
    state.codec = content.state();
    state.has_last = true;
    state.last_first = frame.first;
    state.last_content_bytes = static_cast<std::uint32_t>(frame.rest.size()) + 1;
  }
  state_ = state;
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
