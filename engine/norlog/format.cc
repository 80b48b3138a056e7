#include "norlog/format.h"

#include "norlog/bytes.h"
#include "norlog/crc32c.h"

namespace norlog {
namespace {

// Offsets of the header's fields; each begins where the one before ends.
constexpr std::uint32_t kVersionAt = 1;
constexpr std::uint32_t kFlagsAt = 2;
constexpr std::uint32_t kLapAt = 4;
constexpr std::uint32_t kIdentityAt = 8;
constexpr std::uint32_t kFirstSequenceAt = 16;
constexpr std::uint32_t kProbeCrcAt = 24;
constexpr std::uint32_t kBucketBytesAt = 28;
constexpr std::uint32_t kBucketCountAt = 32;
constexpr std::uint32_t kPageBytesAt = 36;
constexpr std::uint32_t kUnitAt = 40;
constexpr std::uint32_t kBlockCountAt = 41;
constexpr std::uint32_t kEraseAheadAt = 42;
constexpr std::uint32_t kStepsAt = 43;
constexpr std::uint32_t kRetiredThisLapAt = 44;
constexpr std::uint32_t kRetiredLastLapAt = 46;
constexpr std::uint32_t kTailAt = 48;
constexpr std::uint32_t kTimeAt = 52;
constexpr std::uint32_t kOrderedAt = 60;
constexpr std::uint32_t kSinceClockAt = 64;
constexpr std::uint32_t kRepeatedAt = 68;
constexpr std::uint32_t kBlocksLostAt = 72;
constexpr std::uint32_t kDamagedAt = 74;
constexpr std::uint32_t kBehindAt = 76;
constexpr std::uint32_t kBlockTagsAt = kBehindAt + kTagClasses;
constexpr std::uint32_t kHeaderCrcAt = kBlockTagsAt + kMaxBlocksPerBucket;
static_assert(kProbeCrcAt + kCrcBytes == kProbeBytes);
static_assert(kHeaderCrcAt + kCrcBytes == kHeaderBytes);

std::uint32_t SeededCrc(std::uint32_t layout_check, BucketIndex index,
                        std::span<const std::uint8_t> bytes) {
  Crc32c crc;
  crc.U32(layout_check);
  crc.U32(index.value);
  crc.Bytes(bytes);
  return crc.value();
}

// The layout check of the log that wrote this header, from the sizes in it.
std::uint32_t NamedLayout(std::span<const std::uint8_t> in) {
  Layout named;
  named.bucket_bytes = static_cast<std::uint32_t>(LoadLe<4>(&in[kBucketBytesAt]));
  named.bucket_count = static_cast<std::uint32_t>(LoadLe<4>(&in[kBucketCountAt]));
  named.page_bytes = static_cast<std::uint32_t>(LoadLe<4>(&in[kPageBytesAt]));
  named.unit = in[kUnitAt];
  named.block_bytes = in[kBlockCountAt] == 0 ? 0 : named.bucket_bytes / in[kBlockCountAt];
  return LayoutCheck(named);
}

// True if the bytes are a whole header made with other sizes: its second crc
// verifies under the layout that the header itself names.
bool IsOtherLayout(const Layout& layout, BucketIndex index, std::span<const std::uint8_t> in) {
  if (in[0] != kHeaderByte) return false;
  const std::uint32_t check = NamedLayout(in);
  return check != layout.check &&
         LoadLe<4>(&in[kHeaderCrcAt]) == SeededCrc(check, index, in.first(kHeaderCrcAt));
}

}  // namespace

void EncodeMark(const Layout& layout, BucketIndex index, std::uint32_t lap,
                std::span<std::uint8_t, kMarkBytes> out) {
  StoreLe<4>(&out[0], kMarkByte);
  StoreLe<4>(&out[kMarkLapAt], lap);
  StoreLe<4>(&out[8], SeededCrc(layout.check, index, out.first(8)));
}

bool DecodeMark(const Layout& layout, BucketIndex index,
                std::span<const std::uint8_t, kMarkBytes> in, std::uint32_t& lap) {
  if (LoadLe<4>(&in[0]) != kMarkByte) return false;
  if (LoadLe<4>(&in[8]) != SeededCrc(layout.check, index, in.first(8))) return false;
  lap = static_cast<std::uint32_t>(LoadLe<4>(&in[kMarkLapAt]));
  return true;
}

HeaderState DecodeGlance(std::span<const std::uint8_t, kGlanceBytes> in, Probe& probe) {
  static_assert(kGlanceBytes == kLapAt + 4);
  if (AllBytesAre(in, 0xFF)) return HeaderState::kErased;
  if (in[0] != kHeaderByte) return HeaderState::kAbsent;
  probe.version = in[kVersionAt];
  probe.flags = static_cast<std::uint16_t>(LoadLe<2>(&in[kFlagsAt]));
  probe.lap = static_cast<std::uint32_t>(LoadLe<4>(&in[kLapAt]));
  const bool known = probe.version == kFormatVersion && (probe.flags & ~kKnownFlags) == 0;
  return known ? HeaderState::kValid : HeaderState::kUnknown;
}

HeaderState DecodeProbe(const Layout& layout, BucketIndex index,
                        std::span<const std::uint8_t, kProbeBytes> in, Probe& probe) {
  if (AllBytesAre(in, 0xFF)) return HeaderState::kErased;
  if (in[0] != kHeaderByte) return HeaderState::kAbsent;
  if (LoadLe<4>(&in[kProbeCrcAt]) != SeededCrc(layout.check, index, in.first(kProbeCrcAt))) {
    return HeaderState::kAbsent;
  }
  probe.version = in[kVersionAt];
  probe.flags = static_cast<std::uint16_t>(LoadLe<2>(&in[kFlagsAt]));
  probe.lap = static_cast<std::uint32_t>(LoadLe<4>(&in[kLapAt]));
  probe.identity = LoadLe<8>(&in[kIdentityAt]);
  probe.first_sequence = {LoadLe<8>(&in[kFirstSequenceAt])};
  if (probe.version != kFormatVersion || (probe.flags & ~kKnownFlags) != 0) {
    return HeaderState::kUnknown;
  }
  return HeaderState::kValid;
}

void EncodeHeader(const Layout& layout, BucketIndex index, const Header& header,
                  std::span<std::uint8_t, kHeaderBytes> out) {
  out[0] = kHeaderByte;
  out[kVersionAt] = kFormatVersion;
  StoreLe<2>(&out[kFlagsAt], header.probe.flags);
  StoreLe<4>(&out[kLapAt], header.probe.lap);
  StoreLe<8>(&out[kIdentityAt], header.probe.identity);
  StoreLe<8>(&out[kFirstSequenceAt], header.probe.first_sequence.value);
  StoreLe<4>(&out[kProbeCrcAt], SeededCrc(layout.check, index, out.first(kProbeCrcAt)));
  const BucketNumber number = layout.NumberOf(header.probe.lap, index);
  StoreLe<4>(&out[kBucketBytesAt], layout.bucket_bytes);
  StoreLe<4>(&out[kBucketCountAt], layout.bucket_count);
  StoreLe<4>(&out[kPageBytesAt], layout.page_bytes);
  out[kUnitAt] = static_cast<std::uint8_t>(layout.unit);
  out[kBlockCountAt] = static_cast<std::uint8_t>(layout.block_count);
  out[kEraseAheadAt] = header.erase_ahead;
  out[kStepsAt] = header.steps_over;
  StoreLe<2>(&out[kRetiredThisLapAt], header.retired_this_lap);
  StoreLe<2>(&out[kRetiredLastLapAt], header.retired_last_lap);
  StoreLe<4>(&out[kTailAt], number - header.tail);
  StoreLe<8>(&out[kTimeAt], static_cast<std::uint64_t>(header.time));
  StoreLe<4>(&out[kOrderedAt], header.ordered_count);
  StoreLe<4>(&out[kSinceClockAt], header.since_clock);
  StoreLe<4>(&out[kRepeatedAt], header.erases_repeated);
  StoreLe<2>(&out[kBlocksLostAt], header.blocks_lost);
  StoreLe<2>(&out[kDamagedAt], header.records_damaged);
  for (std::uint32_t c = 0; c < kTagClasses; ++c) {
    out[kBehindAt + c] = header.tags.behind[c];
  }
  for (std::uint32_t i = 0; i < kMaxBlocksPerBucket; ++i) {
    out[kBlockTagsAt + i] = header.tags.blocks[i];
  }
  StoreLe<4>(&out[kHeaderCrcAt], SeededCrc(layout.check, index, out.first(kHeaderCrcAt)));
}

std::uint32_t HeaderBucketBytes(std::span<const std::uint8_t, kHeaderBytes> in) {
  return static_cast<std::uint32_t>(LoadLe<4>(&in[kBucketBytesAt]));
}

HeaderState DecodeHeader(const Layout& layout, BucketIndex index,
                         std::span<const std::uint8_t, kHeaderBytes> in, Header& header) {
  const HeaderState probe_state = DecodeProbe(layout, index, in.first<kProbeBytes>(), header.probe);
  if (probe_state != HeaderState::kValid) {
    return IsOtherLayout(layout, index, in) ? HeaderState::kOtherLayout : probe_state;
  }
  if (LoadLe<4>(&in[kHeaderCrcAt]) != SeededCrc(layout.check, index, in.first(kHeaderCrcAt))) {
    return HeaderState::kAbsent;
  }
  const BucketNumber number = layout.NumberOf(header.probe.lap, index);
  header.erase_ahead = in[kEraseAheadAt];
  header.steps_over = in[kStepsAt];
  header.retired_this_lap = static_cast<std::uint16_t>(LoadLe<2>(&in[kRetiredThisLapAt]));
  header.retired_last_lap = static_cast<std::uint16_t>(LoadLe<2>(&in[kRetiredLastLapAt]));
  header.tail = number - LoadLe<4>(&in[kTailAt]);
  header.time = static_cast<std::int64_t>(LoadLe<8>(&in[kTimeAt]));
  header.ordered_count = static_cast<std::uint32_t>(LoadLe<4>(&in[kOrderedAt]));
  header.since_clock = static_cast<std::uint32_t>(LoadLe<4>(&in[kSinceClockAt]));
  header.erases_repeated = static_cast<std::uint32_t>(LoadLe<4>(&in[kRepeatedAt]));
  header.blocks_lost = static_cast<std::uint16_t>(LoadLe<2>(&in[kBlocksLostAt]));
  header.records_damaged = static_cast<std::uint16_t>(LoadLe<2>(&in[kDamagedAt]));
  for (std::uint32_t c = 0; c < kTagClasses; ++c) {
    header.tags.behind[c] = in[kBehindAt + c];
  }
  for (std::uint32_t i = 0; i < kMaxBlocksPerBucket; ++i) {
    header.tags.blocks[i] = in[kBlockTagsAt + i];
  }
  return HeaderState::kValid;
}

}  // namespace norlog
