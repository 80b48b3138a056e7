// norlog/trail.h - what the writer knows of the records so far, for the claims that
// headers and head frames make (time_index.h). Never more than what is true.
#ifndef NORLOG_TRAIL_H_
#define NORLOG_TRAIL_H_

#include <cstdint>

#include "norlog/options.h"
#include "norlog/tag_map.h"
#include "norlog/types.h"

namespace norlog {

// Of the records up to some place:
struct Trail {
  std::int64_t time = 0;  // of the last
  // From this record on they are in order of time, with no SetClock record among
  // them. 0: as it was before the bucket in which the trail began.
  Sequence ordered_from;
  // No SetClock record stands behind this one. 0: none at all, or as before the bucket.
  Sequence last_clock;
  std::uint8_t tag_classes = 0;  // since the trail of a content or of a block began

  // Goes on behind record `sequence`. A SetClock record ends a stretch of one clock:
  // order begins anew behind it.
  constexpr void Take(Sequence sequence, std::uint8_t tag, std::int64_t its_time) {
    if (its_time < time) ordered_from = sequence;
    if (tag == kClockTag) {
      last_clock = sequence;
      ordered_from = sequence + 1;
    }
    time = its_time;
    tag_classes |= TagBit(tag);
  }

  // Goes on behind records up to `next` of which nothing is known.
  constexpr void Lose(Sequence next) {
    ordered_from = next;
    last_clock = next - 1;
    tag_classes = kAllTagClasses;
  }
};

}  // namespace norlog

#endif  // NORLOG_TRAIL_H_
