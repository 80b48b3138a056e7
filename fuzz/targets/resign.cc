#include "fuzz/targets/resign.h"

#include <algorithm>
#include <cstddef>

#include "norlog/bytes.h"
#include "norlog/crc32c.h"

namespace norlog::fuzz {
namespace {

// The header's checksums: docs/FORMAT.md section 1.
constexpr std::size_t kProbeCrcAt = 24;
constexpr std::size_t kHeaderCrcAt = 100;
constexpr std::size_t kMarkCrcAt = 8;

void SignFront(const Layout& layout, BucketIndex index, std::span<std::uint8_t> bytes,
               std::size_t crc_at) {
  Crc32c crc;
  crc.U32(layout.check);
  crc.U32(index.value);
  crc.Bytes(bytes.first(crc_at));
  StoreLe<4>(&bytes[crc_at], crc.value());
}

// What a `same` frame leaves out: the content of the last frame that had any.
struct Last {
  bool any = false;
  std::uint8_t first = 0;
  std::size_t content_bytes = 0;
  std::uint64_t count = 1;  // records of the last encoded frame
};

// The content of a head frame of block `block` begins behind its prefix; its end if
// malformed.
std::size_t PrefixBytes(std::span<const std::uint8_t> body, bool copy, std::uint32_t block) {
  ByteReader in(body);
  for (int i = 0; i < (copy ? 5 : 3); ++i) (void)in.Varint();
  (void)in.U8();
  (void)in.Varint();
  for (unsigned mask = in.U8(); mask != 0; mask &= mask - 1) (void)in.Varint();
  (void)in.Bytes(block);
  return in.ok() ? in.at() : body.size();
}

void Remember(std::span<const std::uint8_t> content, Last& last) {
  if (content.empty()) return;
  last.any = true;
  last.first = content[0];
  last.content_bytes = content.size();
}

// As SignFrame, for an encoded frame.
std::size_t SignEncoded(const CodecState& before, Crc32c crc, std::span<std::uint8_t> bytes,
                        bool sign, Last& last) {
  ByteReader in(bytes);
  const std::uint8_t first = in.U8();
  const std::uint64_t count = (first & kCountFollows) != 0 ? in.Varint() : last.count;
  const std::uint64_t length =
      (first & kLengthMask) == kLengthFollows ? in.Varint() : first & kLengthMask;
  if (!in.ok() || length > in.rest().size() || in.rest().size() - length < kCrcBytes) return 0;
  const std::size_t end = in.at() + static_cast<std::size_t>(length);
  crc.Bytes(bytes.first(end));
  crc.U64(before.next.value + count);
  if (sign) StoreLe<4>(&bytes[end], crc.value());
  last.count = count;
  return end + kCrcBytes;
}

// The sequence number behind a frame that is no head frame. `first` is what a same
// frame leaves out.
Sequence NextBehind(const CodecState& before, std::uint8_t kind, std::uint8_t first,
                    std::span<const std::uint8_t> body) {
  const bool same = kind == static_cast<std::uint8_t>(FrameKind::kSame);
  if (kind == static_cast<std::uint8_t>(FrameKind::kCursors) || (!same && body.empty())) {
    return before.next;
  }
  ContentReader content(before, same ? first : body[0], same ? body : body.subspan(1));
  (void)content.SkipAll();
  return content.state().next;
}

// Signs the frame at the front of `bytes`, behind `before`, if there is room for
// one: its size with its crc, or 0. What stands behind the first byte is taken as
// it is.
std::size_t SignFrame(const CodecState& before, Crc32c crc, std::uint32_t block,
                      std::span<std::uint8_t> bytes, bool sign, Last& last) {
  const std::uint8_t kind = bytes[0];
  if (IsEncodedByte(kind)) return SignEncoded(before, crc, bytes, sign, last);
  const bool same = kind == static_cast<std::uint8_t>(FrameKind::kSame);
  ByteReader in(bytes.subspan(1));
  const std::uint64_t length = same ? last.content_bytes - 1 : in.Varint();
  const std::size_t head = 1 + in.at();
  if (!in.ok() || (same && !last.any) || head + kCrcBytes > bytes.size()) return 0;
  if (length > bytes.size() - head - kCrcBytes) return 0;
  const std::size_t end = head + static_cast<std::size_t>(length);
  const std::span<const std::uint8_t> body = bytes.subspan(head, end - head);
  if (same) {
    std::uint8_t full[1 + kMaxVarintBytes + 1] = {kind};
    const std::span<std::uint8_t> all(full);
    ByteWriter out(all.subspan(1));
    out.Varint(last.content_bytes);
    out.U8(last.first);
    crc.Bytes(all.first(1 + out.size()));
    crc.Bytes(body);
  } else {
    crc.Bytes(bytes.first(end));
  }
  if (!IsHeadByte(kind)) crc.U64(NextBehind(before, kind, last.first, body).value);
  if (sign) StoreLe<4>(&bytes[end], crc.value());
  if (kind == static_cast<std::uint8_t>(FrameKind::kData)) Remember(body, last);
  if (IsHeadByte(kind)) {
    const auto content = body.subspan(PrefixBytes(body, (kind & kHeadCopy) != 0, block));
    if ((kind & kHeadEncoded) == 0) {
      Remember(content, last);
    } else {
      last.count = ByteReader(content).Varint();
    }
  }
  return end + kCrcBytes;
}

bool IsFrameByte(std::uint8_t byte) {
  return byte == static_cast<std::uint8_t>(FrameKind::kSame) ||
         byte == static_cast<std::uint8_t>(FrameKind::kData) ||
         byte == static_cast<std::uint8_t>(FrameKind::kCursors) || IsHeadByte(byte) ||
         IsEncodedByte(byte);
}

}  // namespace

void SignMark(const Layout& layout, BucketIndex index, std::span<std::uint8_t> mark) {
  SignFront(layout, index, mark, kMarkCrcAt);
}

void SignHeader(const Layout& layout, BucketIndex index, std::span<std::uint8_t> header,
                bool whole) {
  SignFront(layout, index, header, kProbeCrcAt);
  if (whole) SignFront(layout, index, header, kHeaderCrcAt);
}

void SignFrames(const Layout& layout, const FrameSeed& seed, std::uint32_t block,
                std::span<std::uint8_t> image, std::uint32_t which) {
  const Offset begin = layout.BlockBegin(block);
  const std::size_t end = std::min<std::size_t>(layout.FramesEnd(block) - begin, image.size());
  Last last;
  std::size_t at = layout.unit;
  for (std::uint32_t n = 0; at < end;) {
    const std::uint8_t byte = image[at];
    const auto offset = static_cast<Offset>(begin + at);
    if (byte == kMarkFill) {
      at += layout.unit;
    } else if (byte == kErasedByte) {
      const std::uint32_t left = layout.page_bytes - offset % layout.page_bytes;
      if (left >= kMaxPagePadBytes) return;
      at += left;
    } else {
      Crc32c crc;
      crc.U64(seed.identity);
      crc.U64(seed.number.value);
      crc.U32(offset);
      BlockWalker walker(layout, seed, block, image.first(at));
      for (Frame frame; walker.Next(frame);) continue;
      const bool sign = ((which >> std::min(n++, 31U)) & 1) != 0;
      const std::size_t bytes =
          IsFrameByte(byte)
              ? SignFrame(walker.state().codec, crc, block, image.subspan(at, end - at), sign, last)
              : 0;
      if (bytes == 0) return;
      at += layout.Up(static_cast<std::uint32_t>(bytes));
    }
  }
}

}  // namespace norlog::fuzz
