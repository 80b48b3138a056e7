// norlog/decimal.h - floats that are short decimals, as integers: 21.5f is 215
// with one digit behind the point. In integer arithmetic, without division.
#ifndef NORLOG_DECIMAL_H_
#define NORLOG_DECIMAL_H_

#include <cstdint>

namespace norlog {

// Digits behind the point, at most.
inline constexpr std::uint32_t kMaxDigits = 9;

constexpr std::uint32_t PowerOfTen(std::uint32_t digits) {
  std::uint32_t power = 1;
  while (digits-- > 0) power *= 10;
  return power;
}

// IEEE 754 binary32 (4 bytes) or binary64 (8 bytes), as bits.
//
// The float nearest to scaled / 10^digits (ties to even).
std::uint64_t FloatFromDecimal(std::int64_t scaled, std::uint32_t digits, std::uint32_t bytes);

// True if `bits` is exactly FloatFromDecimal(scaled, digits, bytes) for some
// |scaled| < 2^53. (-0, infinities and NaNs never are.)
bool DecimalFromFloat(std::uint64_t bits, std::uint32_t bytes, std::uint32_t digits,
                      std::int64_t& scaled);

}  // namespace norlog

#endif  // NORLOG_DECIMAL_H_
