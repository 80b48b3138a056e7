// norlog/types.h - distinct types for the numbers that must not be mixed up.
#ifndef NORLOG_TYPES_H_
#define NORLOG_TYPES_H_

#include <compare>
#include <cstdint>

namespace norlog {

// An integer with a meaning. Two of the same kind compare and subtract; adding
// a plain number moves along; different kinds do not mix.
template <typename Kind, typename Rep>
struct Ordinal {
  Rep value = 0;

  constexpr auto operator<=>(const Ordinal&) const = default;
  constexpr Ordinal operator+(Rep n) const { return {static_cast<Rep>(value + n)}; }
  constexpr Ordinal operator-(Rep n) const { return {static_cast<Rep>(value - n)}; }
  constexpr Rep operator-(Ordinal other) const { return static_cast<Rep>(value - other.value); }
  constexpr Ordinal& operator++() {
    ++value;
    return *this;
  }
};

// Sequence number of a record. The first record of a log has 1; 0 means "none".
// 64 bits: at a million records a second it lasts half a million years.
using Sequence = Ordinal<struct SequenceKind, std::uint64_t>;

// No record gets this number: the log is exhausted before.
inline constexpr Sequence kMaxSequence{~std::uint64_t{0} - 1};

// Global number of a bucket's filling: lap * bucket_count + index. It grows
// by one with each step of the ring and never repeats in a chip's life.
using BucketNumber = Ordinal<struct BucketNumberKind, std::uint64_t>;

// Position of a bucket on the chip, 0 to bucket_count - 1.
using BucketIndex = Ordinal<struct BucketIndexKind, std::uint32_t>;

// Byte offset within a bucket.
using Offset = std::uint32_t;

}  // namespace norlog

#endif  // NORLOG_TYPES_H_
