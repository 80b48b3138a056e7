#include "norlog/frame_parts.h"

namespace norlog {
namespace {

// CRC-32C of anything followed by its CRC-32C, little endian.
constexpr std::uint32_t kCrcResidue = 0x48674BC7;

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

}  // namespace

std::uint32_t TakeCount(ByteReader& in) {
  const std::uint64_t count = in.Varint();
  return in.ok() && count <= kMaxEncodedCount ? static_cast<std::uint32_t>(count) : 0;
}

bool TakePrefix(ByteReader& in, const FrameSeed& seed, std::uint8_t flags, HeadPrefix& prefix) {
  prefix.copy = (flags & kHeadCopy) != 0;
  prefix.real = (flags & kHeadReal) != 0;
  prefix.unordered = (flags & kHeadUnordered) != 0;
  prefix.clock = (flags & kHeadClock) != 0;
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
  if (!in.ok() || prefix.codec.tag > kMaxOwnTag || payload_bytes > kMaxBlockBytes) return false;
  prefix.codec.payload_bytes = static_cast<std::uint32_t>(payload_bytes);
  if (!TakeCursors(in, prefix.codec.next, prefix.cursors)) return false;
  for (std::uint32_t i = 0; i < prefix.block; ++i) prefix.block_tags[i] = in.U8();
  if ((flags & kHeadEncoded) == 0) return in.ok();
  prefix.encoded_count = TakeCount(in);
  return prefix.encoded_count > 0;
}

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

bool TakeSchema(std::span<const std::uint8_t> body, SchemaRef& schema) {
  schema = {static_cast<std::uint8_t>(body[0] & kMaxTag), (body[0] & kAlsoBefore) != 0,
            body.subspan(1)};
  return schema.text.size() <= kMaxSchemaTextBytes;
}

FrameCheck::FrameCheck(const FrameSeed& seed, Offset offset) : crc_(SeededCrc(seed, offset)) {}

void FrameCheck::Add(std::span<const std::uint8_t> bytes) {
  crc_.Bytes(bytes);
}

// The crc of bytes followed by their own crc is always the same.
bool FrameCheck::Ok() const {
  return crc_.value() == kCrcResidue;
}

}  // namespace norlog
