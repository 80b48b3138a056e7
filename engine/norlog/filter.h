// norlog/filter.h - which records a reader or a query wants.
#ifndef NORLOG_FILTER_H_
#define NORLOG_FILTER_H_

#include <cstdint>
#include <initializer_list>

#include "norlog/options.h"
#include "norlog/tag_map.h"

namespace norlog {

// A set of tags; the log's own tags (from 128 on) are only in All().
class TagSet {
 public:
  constexpr TagSet() = default;
  constexpr TagSet(std::initializer_list<std::uint8_t> tags) {
    for (const std::uint8_t tag : tags) Add(tag);
  }
  static constexpr TagSet All() {
    TagSet all;
    all.bits_[0] = all.bits_[1] = ~std::uint64_t{0};
    all.own_ = true;
    return all;
  }

  // Tags above kMaxTag are ignored.
  constexpr void Add(std::uint8_t tag) {
    if (tag <= kMaxTag) bits_[tag / 64] |= std::uint64_t{1} << (tag % 64);
  }
  constexpr bool Has(std::uint8_t tag) const {
    return tag > kMaxTag ? own_ : ((bits_[tag / 64] >> (tag % 64)) & 1) != 0;
  }
  constexpr bool IsAll() const { return own_; }

  // The classes (tag_map.h) in which its tags are.
  constexpr std::uint8_t Classes() const {
    std::uint64_t both = bits_[0] | bits_[1];
    for (int shift = 32; shift >= 8; shift /= 2) both |= both >> shift;
    return static_cast<std::uint8_t>(both);
  }

 private:
  std::uint64_t bits_[2] = {};
  bool own_ = false;
};

struct Filter {
  TagSet tags = TagSet::All();
  std::int64_t from_time = INT64_MIN;  // no record that is older

  constexpr bool Takes(std::uint8_t tag, std::int64_t time) const {
    return tags.Has(tag) && time >= from_time;
  }
};

}  // namespace norlog

#endif  // NORLOG_FILTER_H_
