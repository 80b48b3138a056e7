// norlog/format.h - clean mark and bucket header as bytes (docs/FORMAT.md
// section 1). Pure functions: no flash, no state.
#ifndef NORLOG_FORMAT_H_
#define NORLOG_FORMAT_H_

#include <cstdint>
#include <span>

#include "norlog/layout.h"
#include "norlog/tag_map.h"
#include "norlog/types.h"

namespace norlog {

inline constexpr std::uint8_t kMarkByte = 0xC1;
inline constexpr std::uint8_t kHeaderByte = 0xB1;
inline constexpr std::uint8_t kFormatVersion = 1;
inline constexpr std::uint16_t kFlagReserve = 1;
inline constexpr int kRoundShift = 8;  // bits 8 to 15 of the flags: the round
inline constexpr std::uint16_t kKnownFlags = kFlagReserve | 0xff << kRoundShift;

// Laps are 32 bits; the last one is never opened (G8).
inline constexpr std::uint32_t kMaxLap = 0xfffffffe;

// The clean mark of bucket `index`, to be opened under `lap`.
void EncodeMark(const Layout& layout, BucketIndex index, std::uint32_t lap,
                std::span<std::uint8_t, kMarkBytes> out);

// True if `in` is a clean mark of this bucket; then `lap` is the coming lap.
bool DecodeMark(const Layout& layout, BucketIndex index,
                std::span<const std::uint8_t, kMarkBytes> in, std::uint32_t& lap);

// The first kProbeBytes of a header: all that a search needs.
struct Probe {
  std::uint8_t version = kFormatVersion;
  std::uint16_t flags = 0;
  std::uint32_t lap = 0;
  std::uint64_t identity = 0;
  Sequence first_sequence;  // lower bound of what stands in the bucket

  bool IsReserve() const { return (flags & kFlagReserve) != 0; }
  // A bucket and its reserve copy are made in turn, each a round later than what it was
  // made from. Modulo 256; 0 where a bucket was opened by the ring's turn.
  std::uint8_t Round() const { return static_cast<std::uint8_t>(flags >> kRoundShift); }
};

// True if round `a` is later than `b`: they are a few apart.
inline bool IsLaterRound(std::uint8_t a, std::uint8_t b) {
  return static_cast<std::int8_t>(static_cast<std::uint8_t>(a - b)) > 0;
}

// What a header says in its flags.
inline std::uint16_t MakeFlags(bool reserve, std::uint8_t round) {
  return static_cast<std::uint16_t>(round << kRoundShift | (reserve ? kFlagReserve : 0));
}

// A whole header.
struct Header {
  Probe probe;
  std::uint8_t erase_ahead = 0;
  BucketNumber tail;  // oldest bucket retained once this one is open
  // Of the records before first_sequence: the time of the last; how many of
  // them, back from it, are in order of time; and how many back, the
  // last included, the newest SetClock record stands (0: none). Both saturate.
  std::int64_t time = 0;
  std::uint32_t ordered_count = 0;
  std::uint32_t since_clock = 0;
  std::uint32_t erases_repeated = 0;
  std::uint16_t blocks_lost = 0;      // to cuts, so far; saturates
  std::uint16_t records_damaged = 0;  // lost to damage that mounts found, so far; saturates
  // Bucket positions stepped over as retired: in this lap so far, in the lap
  // before, and just before this bucket.
  std::uint16_t retired_this_lap = 0;
  std::uint16_t retired_last_lap = 0;
  std::uint8_t steps_over = 0;
  // `blocks` of the bucket before, `behind` seen from this one.
  TagMap tags;
};

enum class HeaderState : std::uint8_t {
  kValid,
  kErased,       // nothing was ever programmed here
  kAbsent,       // no header of this layout: torn, or something else
  kOtherLayout,  // a header of a log with other sizes (only told by whole headers)
  kUnknown,      // a header of a version or with a flag that this engine does not know
};

HeaderState DecodeProbe(const Layout& layout, BucketIndex index,
                        std::span<const std::uint8_t, kProbeBytes> in, Probe& probe);

// The first bytes of a header, unverified: enough for a guess where to look.
// kValid here only means that it looks like a header; version, flags and lap
// of `probe` are set.
inline constexpr std::uint32_t kGlanceBytes = 8;
HeaderState DecodeGlance(std::span<const std::uint8_t, kGlanceBytes> in, Probe& probe);

void EncodeHeader(const Layout& layout, BucketIndex index, const Header& header,
                  std::span<std::uint8_t, kHeaderBytes> out);

// The bucket size that a header names, whatever layout it has.
std::uint32_t HeaderBucketBytes(std::span<const std::uint8_t, kHeaderBytes> in);

HeaderState DecodeHeader(const Layout& layout, BucketIndex index,
                         std::span<const std::uint8_t, kHeaderBytes> in, Header& header);

}  // namespace norlog

#endif  // NORLOG_FORMAT_H_
