// norlog/frame_parts.h - what writing frames and walking over them share.
#ifndef NORLOG_FRAME_PARTS_H_
#define NORLOG_FRAME_PARTS_H_

#include <cstdint>
#include <span>

#include "norlog/bytes.h"
#include "norlog/crc32c.h"
#include "norlog/frame.h"

namespace norlog {

// In the first byte of a schema frame's body, beside the tag.
inline constexpr std::uint8_t kAlsoBefore = 0x80;

// The checksum of a frame that begins at `offset`, before its first byte.
inline Crc32c SeededCrc(const FrameSeed& seed, Offset offset) {
  Crc32c crc;
  crc.U64(seed.identity);
  crc.U64(seed.number.value);
  crc.U32(offset);
  return crc;
}

inline void AddVarint(Crc32c& crc, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) crc.Byte(static_cast<std::uint8_t>(value | 0x80));
  crc.Byte(static_cast<std::uint8_t>(value));
}

// Decode what PutPrefix and its like in frame.cc write. False: no engine wrote it.
// (prefix.block is given.)
bool TakePrefix(ByteReader& in, const FrameSeed& seed, std::uint8_t flags, HeadPrefix& prefix);
bool TakeSchema(std::span<const std::uint8_t> body, SchemaRef& schema);

// The number of records of an encoded frame; 0: none that may be.
std::uint32_t TakeCount(ByteReader& in);

}  // namespace norlog

#endif  // NORLOG_FRAME_PARTS_H_
