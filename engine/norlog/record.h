// norlog/record.h - what readers and queries give.
#ifndef NORLOG_RECORD_H_
#define NORLOG_RECORD_H_

#include <cstdint>
#include <span>

#include "norlog/types.h"

namespace norlog {

struct Record {
  Sequence sequence;
  std::uint8_t tag = 0;  // kClockTag (128): a SetClock record of the log's own
  // The time it was appended with, set right where SetClock did (clock.h).
  std::int64_t time = 0;
  // Points into the reader's buffer: valid until its next call.
  std::span<const std::uint8_t> payload;
  // Only after MountReadOnly of an unclean log: the record stands in the last
  // frame, which a later writing mount may keep or drop.
  bool unconfirmed = false;
  std::int64_t raw_time = 0;  // the time it was appended with
};

enum class GapCause : std::uint8_t {
  kEvicted,  // overwritten before this reader came to them
  kDamaged,  // on flash, but unreadable
};

// Records [first, last] are not returned.
struct Gap {
  Sequence first;
  Sequence last;
  GapCause cause = GapCause::kEvicted;
};

}  // namespace norlog

#endif  // NORLOG_RECORD_H_
