#include "norlog/frame.h"

#include <cstring>

#include "norlog/frame_parts.h"

namespace norlog {
namespace {

constexpr std::uint32_t kMaxHeadFrameHeadBytes =
    MaxFrameHeadBytes(kMaxReaders) + kMaxBlockTagBytes + kMaxCountBytes;

constexpr std::uint32_t kMaxEncodedHeadBytes = 1 + kMaxCountBytes + 3;

bool IsSame(const BlockState& block, std::uint8_t first, std::uint32_t content_bytes) {
  return block.last.any && block.last.first == first && block.last.bytes == content_bytes;
}

void PutCursors(ByteWriter& out, Sequence next, const Cursors& cursors) {
  out.U8(cursors.enabled);
  for (int i = 0; i < kMaxReaders; ++i) {
    if (cursors.IsEnabled(i)) out.Varint(next.value - 1 - cursors.at[i].value);
  }
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
  for (std::uint32_t i = 0; i < prefix.block; ++i) out.U8(prefix.block_tags[i]);
  if (prefix.encoded_count > 0) out.Varint(prefix.encoded_count);
}

std::uint8_t HeadByte(const HeadPrefix& prefix) {
  return static_cast<std::uint8_t>(
      static_cast<std::uint8_t>(FrameKind::kHead) | (prefix.copy ? kHeadCopy : 0) |
      (prefix.real ? kHeadReal : 0) | (prefix.unordered ? kHeadUnordered : 0) |
      (prefix.clock ? kHeadClock : 0) | (prefix.encoded_count > 0 ? kHeadEncoded : 0));
}

// The first bytes of an encoded frame, up to its content.
std::uint32_t PutEncodedHead(std::uint8_t* out, const BlockState& block,
                             std::uint32_t content_bytes, std::uint32_t count) {
  ByteWriter head({out, kMaxEncodedHeadBytes});
  const bool count_follows = count != block.last_count;
  const bool length_follows = content_bytes >= kLengthFollows;
  head.U8(static_cast<std::uint8_t>(static_cast<std::uint8_t>(FrameKind::kEncoded) |
                                    (count_follows ? kCountFollows : 0) |
                                    (length_follows ? kLengthFollows : content_bytes)));
  if (count_follows) head.Varint(count);
  if (length_follows) head.Varint(content_bytes);
  return head.size();
}

void PutCrc(std::span<std::uint8_t> out, std::uint32_t at, const Crc32c& crc) {
  StoreLe<4>(&out[at], crc.value());
}

}  // namespace

std::uint32_t HeadPrefixBytes(const FrameSeed& seed, const HeadPrefix& prefix) {
  std::uint8_t bytes[kMaxHeadFrameHeadBytes];
  ByteWriter out(bytes);
  PutPrefix(out, seed, prefix);
  return out.size();
}

std::uint32_t EncodedFrameBytes(const BlockState& block, std::uint32_t content_bytes,
                                std::uint32_t count) {
  std::uint8_t head[kMaxEncodedHeadBytes];
  return PutEncodedHead(head, block, content_bytes, count) + content_bytes + kCrcBytes;
}

std::uint32_t BuildEncodedFrame(const FrameSeed& seed, Offset offset, const BlockState& block,
                                std::span<std::uint8_t> out, std::uint32_t content_room,
                                std::uint32_t content_bytes, std::uint32_t count,
                                std::uint32_t& start) {
  std::uint8_t head[kMaxEncodedHeadBytes];
  const std::uint32_t head_bytes = PutEncodedHead(head, block, content_bytes, count);
  start = content_room - head_bytes;
  std::memcpy(&out[start], head, head_bytes);
  Crc32c crc = SeededCrc(seed, offset);
  crc.Bytes(out.subspan(start, head_bytes + content_bytes));
  crc.U64(AfterEncoded(block.codec, count).next.value);
  PutCrc(out, content_room + content_bytes, crc);
  return head_bytes + content_bytes + kCrcBytes;
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
  std::uint8_t head_bytes[kMaxHeadFrameHeadBytes];
  ByteWriter head(head_bytes);
  PutPrefix(head, seed, prefix);
  const std::uint32_t length = head.size() + content_bytes;
  start = content_room - head.size() - VarintBytes(length) - 1;
  out[start] = HeadByte(prefix);
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

}  // namespace norlog
