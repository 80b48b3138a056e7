// norlog/tag_map.h - where records of which tags stand: the summaries that let a
// query pass over blocks and buckets (docs/FORMAT.md sections 1 and 2).
//
// Tags are told apart in eight classes, tag mod 8. A summary may claim too much
// (then something is read in vain), never too little: what is not known counts
// as "all classes".
#ifndef NORLOG_TAG_MAP_H_
#define NORLOG_TAG_MAP_H_

#include <cstdint>

#include "norlog/options.h"
#include "norlog/types.h"

namespace norlog {

inline constexpr std::uint32_t kTagClasses = 8;
inline constexpr std::uint8_t kAllTagClasses = 0xff;

constexpr std::uint32_t TagClass(std::uint8_t tag) {
  return tag % kTagClasses;
}
constexpr std::uint8_t TagBit(std::uint8_t tag) {
  return static_cast<std::uint8_t>(1u << TagClass(tag));
}

// A distance as one byte, seen from bucket `number`: e * 16 + m says that the newest
// such bucket is not newer than the last one whose number divided by 2^e is that of
// `number` - 1 less m; FF: there is none. Exact up to 16 buckets, beyond that rounded
// towards the newer by an eighth at most, to the same borders however often it is
// written again.
inline constexpr std::uint8_t kNoDistance = 0xff;
std::uint8_t EncodeDistance(BucketNumber number, std::uint32_t distance);
std::uint32_t DecodeDistance(BucketNumber number, std::uint8_t code);

// What is known of one bucket, and of those before it.
struct TagMap {
  // Classes in each block of this bucket: bit c is class c.
  std::uint8_t blocks[kMaxBlocksPerBucket] = {};
  // How many buckets back the newest one that may hold class c stands, as a code; none:
  // none does that is still in the log.
  std::uint8_t behind[kTagClasses] = {kNoDistance, kNoDistance, kNoDistance, kNoDistance,
                                      kNoDistance, kNoDistance, kNoDistance, kNoDistance};

  constexpr std::uint8_t Classes() const {
    std::uint8_t all = 0;
    for (const std::uint8_t classes : blocks) all |= classes;
    return all;
  }

  // Nothing is known: each block, and the bucket before, may hold anything.
  static constexpr TagMap Unknown() {
    TagMap map;
    for (std::uint8_t& classes : map.blocks) classes = kAllTagClasses;
    for (std::uint8_t& code : map.behind) code = 0;
    return map;
  }

  // This is of bucket `number`: the map of bucket `later` behind it, still empty.
  // What stands before `tail` need not be told of.
  TagMap Next(BucketNumber number, BucketNumber later, BucketNumber tail) const;
};

}  // namespace norlog

#endif  // NORLOG_TAG_MAP_H_
