#include "norlog/clock.h"

#include "norlog/bytes.h"
#include "norlog/time_index.h"

namespace norlog {
namespace {

constexpr Sequence kNoEnd{~std::uint64_t{0}};

// The bucket from which on the first SetClock record at or behind `sequence` is to
// be looked for: the one before the first header that says there is one.
Status FindClockBucket(Core& core, const Shared& shared, Sequence sequence, BucketNumber& number) {
  BucketNumber low = shared.tail;
  BucketNumber high = shared.head + 1;
  while (high - low > 1) {
    const BucketNumber middle = low + (high - low) / 2;
    BucketNumber at = middle;
    bool readable = false;
    Claim claim;
    for (; at < high && !readable; ++at) NORLOG_TRY(ReadClaim(core, at, readable, claim));
    if (readable && claim.last_clock < sequence) {
      low = at - 1;
    } else {
      high = middle;
    }
  }
  number = low;
  return Status::kOk;
}

Status FindSetting(Core& core, const Shared& shared, Window& window, Sequence sequence,
                   Sequence& at, ClockSetting& setting) {
  BucketNumber number;
  NORLOG_TRY(FindClockBucket(core, shared, sequence, number));
  NORLOG_TRY(window.Load(shared, number, 0));
  for (;;) {
    ContentRecord record;
    while (window.Next(record)) {
      if (record.tag != kClockTag || record.sequence < sequence) continue;
      at = record.sequence;
      if (DecodeClock(record.payload, setting)) return Status::kOk;
    }
    Frame frame;
    NORLOG_TRY(window.Step(shared, frame));
  }
}

}  // namespace

void EncodeClock(const ClockSetting& setting, std::span<std::uint8_t, kClockBytes> out) {
  StoreLe<8>(&out[0], setting.epoch.value);
  StoreLe<8>(&out[8], static_cast<std::uint64_t>(setting.offset));
  StoreLe<8>(&out[16], setting.previous.value);
}

bool DecodeClock(std::span<const std::uint8_t> payload, ClockSetting& setting) {
  if (payload.size() != kClockBytes) return false;
  setting.epoch = {LoadLe<8>(&payload[0])};
  setting.offset = static_cast<std::int64_t>(LoadLe<8>(&payload[8]));
  setting.previous = {LoadLe<8>(&payload[16])};
  return true;
}

Status FindStretch(Core& core, const Shared& shared, Window& window, Sequence sequence,
                   Stretch& stretch) {
  if (sequence > shared.last_clock) {
    stretch = {shared.last_clock + 1, kNoEnd, 0};
    return Status::kOk;
  }
  Sequence at;
  ClockSetting setting;
  const Status status = FindSetting(core, shared, window, sequence, at, setting);
  if (status == Status::kNothingYet) {  // damaged, or there only may have been one
    stretch = {sequence, shared.last_clock + 1, 0};
    return Status::kOk;
  }
  NORLOG_TRY(status);
  const Sequence behind = setting.previous + 1 < sequence ? setting.previous + 1 : sequence;
  if (setting.epoch <= sequence) {
    stretch = {setting.epoch > behind ? setting.epoch : behind, at + 1, setting.offset};
  } else {
    stretch = {behind, setting.epoch <= at ? setting.epoch : at + 1, 0};
  }
  return Status::kOk;
}

}  // namespace norlog
