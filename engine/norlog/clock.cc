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

// A SetClock record.
struct Found {
  bool any = false;
  Sequence at;
  ClockSetting setting;
};

void Look(const ContentRecord& record, Sequence sequence, Found& found) {
  if (record.tag != kClockTag || record.sequence < sequence) return;
  found.any = DecodeClock(record.payload, found.setting);
  found.at = record.sequence;
}

// The first one behind the present place in the window's block.
void FindInBlock(const Window& window, Sequence sequence, Found& found) {
  Window::Outlook ahead = window.Ahead();
  ContentRecord record;
  while (!found.any && window.Next(ahead, record)) Look(record, sequence, found);
}

Status FindAnywhere(Core& core, const Shared& shared, Window& window, Sequence sequence,
                    Found& found) {
  BucketNumber number;
  NORLOG_TRY(FindClockBucket(core, shared, sequence, number));
  Status status = window.Load(shared, number, 0);
  while (Ok(status)) {
    FindInBlock(window, sequence, found);
    if (found.any) return Status::kOk;
    status = window.NextBlock(shared);
  }
  // kNothingYet: damaged, or there only may have been one.
  return status == Status::kNothingYet ? Status::kOk : status;
}

// What `found` says of the records around `sequence`, which stands at or before it.
Stretch StretchOf(const Shared& shared, Sequence sequence, const Found& found) {
  if (!found.any) return {sequence, shared.trail.last_clock + 1, 0};
  const ClockSetting& setting = found.setting;
  const Sequence behind = setting.previous + 1 < sequence ? setting.previous + 1 : sequence;
  if (setting.epoch <= sequence) {
    return {setting.epoch > behind ? setting.epoch : behind, found.at + 1, setting.offset};
  }
  return {behind, setting.epoch <= found.at ? setting.epoch : found.at + 1, 0};
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

Status FindStretch(Core& core, const Shared& shared, Window& window, const ContentRecord& record,
                   Stretch& stretch, bool& lost) {
  if (record.sequence <= shared.trail.last_clock) {
    Found found;
    Look(record, record.sequence, found);
    if (!found.any) FindInBlock(window, record.sequence, found);
    lost = false;
    stretch = StretchOf(shared, record.sequence, found);
    if (found.any) return Status::kOk;
  }
  return FindStretch(core, shared, window, record.sequence, stretch, lost);
}

Status FindStretch(Core& core, const Shared& shared, Window& window, Sequence sequence,
                   Stretch& stretch, bool& lost) {
  lost = sequence <= shared.trail.last_clock;
  if (!lost) {
    stretch = {shared.trail.last_clock + 1, kNoEnd, 0};
    return Status::kOk;
  }
  Found found;
  NORLOG_TRY(FindAnywhere(core, shared, window, sequence, found));
  stretch = StretchOf(shared, sequence, found);
  return Status::kOk;
}

}  // namespace norlog
