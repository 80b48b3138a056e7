// norlog/layout.h - where everything stands: options and geometry turned into
// offsets. All constexpr: a configuration can be checked, and its memory
// reserved, at compile time. docs/FORMAT.md section 1 is the picture.
#ifndef NORLOG_LAYOUT_H_
#define NORLOG_LAYOUT_H_

#include <cstddef>
#include <cstdint>

#include "norlog/bytes.h"
#include "norlog/crc32c.h"
#include "norlog/geometry.h"
#include "norlog/options.h"
#include "norlog/types.h"

namespace norlog {

inline constexpr std::uint32_t kMarkBytes = 12;
inline constexpr std::uint32_t kMarkLapAt = 4;
inline constexpr std::uint32_t kNoteBytes = 4;  // open note, void note
inline constexpr std::uint32_t kProbeBytes = 28;
inline constexpr std::uint32_t kHeaderBytes = 104;
inline constexpr std::uint32_t kCrcBytes = 4;

// A frame may be moved to the next page if fewer bytes than this are left.
inline constexpr std::uint32_t kMaxPagePadBytes = 32;

// The longest head of a frame: first byte, length, and a head frame's prefix.
constexpr std::uint32_t MaxFrameHeadBytes(std::uint32_t reader_count) {
  const std::uint32_t first_and_length = 1 + 3;
  const std::uint32_t from = 5 + 3;
  const std::uint32_t codec = kMaxVarintBytes * 3 + 1 + 3;
  return first_and_length + from + codec + 1 + reader_count * kMaxVarintBytes;
}

// What the number of records adds to the head of an encoded frame.
inline constexpr std::uint32_t kMaxCountBytes = 3;

// Behind the first block a head frame also has a byte for each block before it.
// The first block is shorter by more than that: it alone decides what fits.
inline constexpr std::uint32_t kMaxBlockTagBytes = kMaxBlocksPerBucket - 1;
static_assert(kMaxBlockTagBytes <= kHeaderBytes);

// The longest run header of one record: run head, tag, length, step.
inline constexpr std::uint32_t kMaxRunHeadBytes = 1 + 1 + 3 + kMaxVarintBytes;

// With encoding on: the most content, raw or encoded, that a frame of several
// records has.
inline constexpr std::uint32_t kMaxEncodedBytes = 512;

// A frame must hold at least a record of this payload, or the block is too small.
inline constexpr std::uint32_t kMinMaxPayloadBytes = 16;

struct Layout {
  std::uint32_t bucket_bytes = 0;
  std::uint32_t bucket_count = 0;
  std::uint32_t block_bytes = 0;
  std::uint32_t block_count = 0;  // blocks in a bucket
  std::uint32_t page_bytes = 0;
  std::uint32_t unit = 0;    // program unit, bytes
  std::uint32_t window = 0;  // evicted buckets behind the head: erase-ahead + 1
  std::uint32_t check = 0;   // seeds marks and headers
  Offset open_offset = 0;    // open note
  Offset void_offset = 0;    // void note
  std::uint32_t note_bytes = 0;
  Offset header_offset = 0;
  Offset data_offset = 0;  // where block 0 begins: behind the header
  std::uint32_t max_content_bytes = 0;
  std::uint32_t content_room = 0;  // where content starts in the frame buffer
  std::uint32_t encoded_room = 0;  // and in the encode buffer
  std::uint32_t encode_buffer_bytes = 0;
  std::uint32_t model_bytes = 0;

  constexpr std::uint32_t Up(std::uint32_t bytes) const { return (bytes + unit - 1) & ~(unit - 1); }
  constexpr Offset BlockBegin(std::uint32_t block) const {
    return block == 0 ? data_offset : block * block_bytes;
  }
  constexpr Offset BlockEnd(std::uint32_t block) const { return (block + 1) * block_bytes; }
  constexpr Offset FramesBegin(std::uint32_t block) const { return BlockBegin(block) + unit; }
  // The last unit of a block is kept free for a close mark.
  constexpr Offset FramesEnd(std::uint32_t block) const { return BlockEnd(block) - unit; }

  // The largest content of a frame that still fits the smallest block, block 0,
  // as a copy with the cursors of `reader_count` readers (R5).
  constexpr std::uint32_t MaxContentBytes(std::uint32_t reader_count) const {
    const std::uint32_t used = FramesBegin(0) + MaxFrameHeadBytes(reader_count) + kCrcBytes;
    return FramesEnd(0) > used ? FramesEnd(0) - used : 0;
  }

  constexpr BucketIndex IndexOf(BucketNumber number) const {
    return {static_cast<std::uint32_t>(number.value % bucket_count)};
  }
  constexpr std::uint32_t LapOf(BucketNumber number) const {
    return static_cast<std::uint32_t>(number.value / bucket_count);
  }
  constexpr BucketNumber NumberOf(std::uint32_t lap, BucketIndex index) const {
    return {std::uint64_t{lap} * bucket_count + index.value};
  }
};

// Positions that one opening may step over because they are retired; a mount
// looks one further than that behind what it takes for the head (R8, R9). (In the smallest
// ring one less: the position behind them would be the head's own.)
constexpr std::uint32_t MaxStepsOver(const Layout& layout) {
  return layout.window + 3 <= layout.bucket_count ? layout.window + 1 : layout.window;
}

constexpr std::uint32_t LayoutCheck(const Layout& layout) {
  Crc32c crc;
  crc.U32(layout.bucket_bytes);
  crc.U32(layout.bucket_count);
  crc.U32(layout.block_bytes);
  crc.U32(layout.page_bytes);
  crc.U32(layout.unit);
  return crc.value();
}

// Room for an encoded frame, its head before it, its crc and padding behind.
constexpr std::uint32_t EncodeBufferBytes(const Options& options, const Geometry& geometry) {
  if (options.encoded_tags == 0) return 0;
  return MaxFrameHeadBytes(options.reader_count) + kMaxBlockTagBytes + kMaxCountBytes +
         kMaxEncodedBytes + kCrcBytes + geometry.program_unit_bytes;
}

// Meaningful only for what Validate accepts.
constexpr Layout MakeLayout(const Options& options, const Geometry& geometry) {
  Layout l;
  l.bucket_bytes = options.bucket_bytes;
  l.bucket_count = static_cast<std::uint32_t>(geometry.size_bytes() / options.bucket_bytes);
  l.block_bytes = options.block_bytes;
  l.block_count = options.bucket_bytes / options.block_bytes;
  l.page_bytes = geometry.page_bytes;
  l.unit = geometry.program_unit_bytes;
  l.window = options.erase_ahead + std::uint32_t{1};
  l.check = LayoutCheck(l);
  l.note_bytes = l.Up(kNoteBytes);
  l.open_offset = l.Up(kMarkBytes);
  l.void_offset = l.open_offset + l.note_bytes;
  l.header_offset = l.void_offset + l.note_bytes;
  l.data_offset = l.header_offset + l.Up(kHeaderBytes);
  l.max_content_bytes = l.MaxContentBytes(options.reader_count);
  l.content_room = MaxFrameHeadBytes(options.reader_count) + kMaxBlockTagBytes;
  l.encoded_room = l.content_room + kMaxCountBytes;
  l.encode_buffer_bytes = EncodeBufferBytes(options, geometry);
  l.model_bytes = static_cast<std::uint32_t>(ModelBytes(options));
  return l;
}

// The largest payload of a record under this layout, bytes.
constexpr std::uint32_t MaxPayloadBytes(const Layout& layout) {
  return layout.max_content_bytes > kMaxRunHeadBytes ? layout.max_content_bytes - kMaxRunHeadBytes
                                                     : 0;
}

// What is wrong with a configuration; kNone if nothing.
enum class OptionsError : std::uint8_t {
  kNone,
  kImpossibleGeometry,      // geometry.h IsValid says no
  kBucketNotEraseUnits,     // bucket_bytes is 0 or no multiple of the erase unit
  kBlockSizeOutOfRange,     // not kMinBlockBytes..kMaxBlockBytes
  kBlockNotDividingBucket,  // bucket_bytes is no multiple of block_bytes
  kBlockNotProgramUnits,    // block_bytes is no multiple of the program unit
  kTooManyBlocks,           // more than kMaxBlocksPerBucket
  kBlockTooSmall,           // header, marks and one small record do not fit block 0
  kTooManyReaders,          // more than kMaxReaders
  kEraseAheadOutOfRange,    // not 1..kMaxEraseAhead
  kTooFewBuckets,           // fewer than erase-ahead + 3
  kTooManyEncoded,          // more than kMaxEncodedTags or kMaxEncodedColumns
};

constexpr OptionsError Validate(const Options& options, const Geometry& geometry) {
  if (!IsValid(geometry)) return OptionsError::kImpossibleGeometry;
  if (options.bucket_bytes == 0 || options.bucket_bytes % geometry.erase_unit_bytes != 0) {
    return OptionsError::kBucketNotEraseUnits;
  }
  if (options.block_bytes < kMinBlockBytes || options.block_bytes > kMaxBlockBytes) {
    return OptionsError::kBlockSizeOutOfRange;
  }
  if (options.bucket_bytes % options.block_bytes != 0) return OptionsError::kBlockNotDividingBucket;
  if (options.block_bytes % geometry.program_unit_bytes != 0) {
    return OptionsError::kBlockNotProgramUnits;
  }
  if (options.bucket_bytes / options.block_bytes > kMaxBlocksPerBucket) {
    return OptionsError::kTooManyBlocks;
  }
  if (options.reader_count > kMaxReaders) return OptionsError::kTooManyReaders;
  if (options.erase_ahead < 1 || options.erase_ahead > kMaxEraseAhead) {
    return OptionsError::kEraseAheadOutOfRange;
  }
  if (options.encoded_tags > kMaxEncodedTags || options.encoded_columns > kMaxEncodedColumns) {
    return OptionsError::kTooManyEncoded;
  }
  const Layout layout = MakeLayout(options, geometry);
  if (MaxPayloadBytes(layout) < kMinMaxPayloadBytes) return OptionsError::kBlockTooSmall;
  if (layout.bucket_count < layout.window + 2) return OptionsError::kTooFewBuckets;
  return OptionsError::kNone;
}

// The enumerator's name. Never null.
const char* OptionsErrorName(OptionsError error);

// RAM that a Log needs beside its own object, bytes: a block for the frame
// being filled (and for mounting), a block for each reader. With encoding on
// additionally a buffer to encode into, two models, and one for each reader.
constexpr std::size_t RequiredMemory(const Options& options, const Geometry& geometry) {
  const std::size_t readers = options.reader_count;
  return options.block_bytes * (1 + readers) + EncodeBufferBytes(options, geometry) +
         ModelBytes(options) * (2 + readers);
}

}  // namespace norlog

#endif  // NORLOG_LAYOUT_H_
