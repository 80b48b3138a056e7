// norlog/shortest.h - a float as the fewest decimal digits that read back as
// exactly the same float; of those the ones nearest to it.
//
// Steele and White's digit generation on whole numbers of any length: short and exact, at
// the price of speed at extreme exponents, and without tables or a float library.
#ifndef NORLOG_SHORTEST_H_
#define NORLOG_SHORTEST_H_

#include <cstdint>

namespace norlog {

// 0.d1d2d3... times 10^exponent.
struct Decimal {
  std::uint8_t digits[17] = {};
  std::uint8_t count = 0;  // 1 to 17; the first and last digits are not 0, except in zero: 0.0
  int exponent = 0;
};

// `magnitude_bits`: an IEEE 754 float without its sign, finite. Some 650 bytes of stack.
Decimal ShortestOfFloat(std::uint32_t magnitude_bits);
Decimal ShortestOfDouble(std::uint64_t magnitude_bits);

}  // namespace norlog

#endif  // NORLOG_SHORTEST_H_
