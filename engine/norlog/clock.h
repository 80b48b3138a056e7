// norlog/clock.h - times that were set right afterwards.
//
// A device that does not know the time logs what it has (ticks since its boot);
// once it knows it, SetClock says what is to be added to the times of the records
// from one number on, up to itself. The correction is a record, and stands behind
// what it corrects: it is never evicted before it, and nothing is carried along.
#ifndef NORLOG_CLOCK_H_
#define NORLOG_CLOCK_H_

#include <cstdint>
#include <span>

#include "norlog/core.h"
#include "norlog/status.h"
#include "norlog/types.h"
#include "norlog/window.h"

namespace norlog {

inline constexpr std::uint32_t kClockBytes = 24;

// The payload of a SetClock record.
struct ClockSetting {
  Sequence epoch;           // the first record that it corrects
  std::int64_t offset = 0;  // what is to be added
  Sequence previous;        // the SetClock record before it may be this one; 0: none
};
void EncodeClock(const ClockSetting& setting, std::span<std::uint8_t, kClockBytes> out);
// False if the payload is none.
bool DecodeClock(std::span<const std::uint8_t> payload, ClockSetting& setting);

// Records that have one offset: from <= number < until.
struct Stretch {
  Sequence from = {1};
  Sequence until;
  std::int64_t offset = 0;
  constexpr bool Holds(Sequence sequence) const { return sequence >= from && sequence < until; }
};

// The stretch of `record`, which the window has just given. Costs no reading behind
// the last SetClock record (so never where there is none), nor where the next one
// stands in the window's block. Else a search over the headers, and from the bucket
// found on to that record; `lost`: the window is spoilt.
Status FindStretch(Core& core, const Shared& shared, Window& window, const ContentRecord& record,
                   Stretch& stretch, bool& lost);

// The same for any record, whatever the window holds.
Status FindStretch(Core& core, const Shared& shared, Window& window, Sequence sequence,
                   Stretch& stretch, bool& lost);

}  // namespace norlog

#endif  // NORLOG_CLOCK_H_
