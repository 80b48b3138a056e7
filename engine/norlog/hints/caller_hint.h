// norlog/hints/caller_hint.h - the head's position, kept by the caller: in RTC
// registers, battery-backed RAM, FRAM or EEPROM.
//
//   rtc.backup = norlog::PackHint(stats.head_index);        // now and then
//   log.Mount(norlog::UnpackHint(rtc.backup, /*span=*/0));
//
// Cost: 8 bytes outside the flash, no wear, no reads of its own. A mount then
// finds the head in 6 reads whatever the ring's size. A register that lost its
// power fails its check and is no hint; a hint that is old or wrong costs reads
// (MountBudgets::wrong_hint), never data.
#ifndef NORLOG_HINTS_CALLER_HINT_H_
#define NORLOG_HINTS_CALLER_HINT_H_

#include <cstdint>

#include "norlog/search.h"
#include "norlog/types.h"

namespace norlog {

// What tells a packed hint from whatever else a register may hold.
constexpr std::uint32_t HintCheck(std::uint32_t index) {
  return ~(index * 0x9E3779B1u) ^ 0x6E6F726Cu;
}

constexpr std::uint64_t PackHint(BucketIndex head) {
  return std::uint64_t{HintCheck(head.value)} << 32 | head.value;
}

// `span`: how many buckets may have been opened since it was packed; up to
// erase-ahead + 3 need not be told.
constexpr Hint UnpackHint(std::uint64_t packed, std::uint32_t span) {
  const auto index = static_cast<std::uint32_t>(packed);
  if (packed >> 32 != HintCheck(index)) return {};
  return {true, {index}, span};
}

}  // namespace norlog

#endif  // NORLOG_HINTS_CALLER_HINT_H_
