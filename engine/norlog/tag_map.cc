#include "norlog/tag_map.h"

namespace norlog {
namespace {

constexpr std::uint8_t kFarthest = 0xfe;
constexpr std::uint32_t kMaxExponent = 15;
constexpr std::uint32_t kMaxSteps = 15;

}  // namespace

std::uint8_t EncodeDistance(BucketNumber number, std::uint32_t distance) {
  if (distance == 0 || distance > number.value) return kNoDistance;
  const std::uint64_t newest = number.value - 1;
  const std::uint64_t wanted = number.value - distance;
  for (std::uint32_t e = 0; e <= kMaxExponent; ++e) {
    const std::uint64_t steps = (newest >> e) - (wanted >> e);
    const std::uint64_t code = e * 16 + steps;
    if (steps <= kMaxSteps && code != kNoDistance) return static_cast<std::uint8_t>(code);
  }
  return kFarthest;
}

std::uint32_t DecodeDistance(BucketNumber number, std::uint8_t code) {
  if (code == kNoDistance || number.value == 0) return 0;
  const std::uint64_t newest = number.value - 1;
  const std::uint32_t e = code / 16u;
  const std::uint64_t steps = code % 16u;
  if (steps > newest >> e) return 1;  // no engine writes that: anything may be there
  const std::uint64_t last = (((newest >> e) - steps + 1) << e) - 1;
  return last < newest ? static_cast<std::uint32_t>(number.value - last) : 1;
}

TagMap TagMap::Next(BucketNumber number, BucketNumber later, BucketNumber tail) const {
  TagMap next;
  const std::uint8_t here = Classes();
  for (std::uint32_t c = 0; c < kTagClasses; ++c) {
    const bool is_here = ((here >> c) & 1) != 0;
    const std::uint32_t back = is_here ? 0 : DecodeDistance(number, behind[c]);
    if (!is_here && back == 0) continue;
    const auto distance = static_cast<std::uint32_t>(later - number + back);
    if (distance <= later - tail) next.behind[c] = EncodeDistance(later, distance);
  }
  return next;
}

}  // namespace norlog
