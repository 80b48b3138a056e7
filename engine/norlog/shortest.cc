#include "norlog/shortest.h"

#include <bit>

namespace norlog {
namespace {

// A whole number of up to 1216 bits: the largest here has some 1140.
class Whole {
 public:
  explicit Whole(std::uint64_t value) {
    words_[0] = static_cast<std::uint32_t>(value);
    words_[1] = static_cast<std::uint32_t>(value >> 32);
    size_ = words_[1] != 0 ? 2 : words_[0] != 0 ? 1 : 0;
  }

  void Times(std::uint32_t factor) {
    std::uint32_t carry = 0;
    for (int i = 0; i < size_; ++i) {
      const std::uint64_t product = std::uint64_t{words_[i]} * factor + carry;
      words_[i] = static_cast<std::uint32_t>(product);
      carry = static_cast<std::uint32_t>(product >> 32);
    }
    if (carry != 0) words_[size_++] = carry;
  }
  void TimesPowerOf10(int power) {
    for (; power >= 9; power -= 9) Times(1000000000);
    for (; power > 0; --power) Times(10);
  }
  void ShiftLeft(int bits) {
    for (; bits >= 31; bits -= 31) Times(std::uint32_t{1} << 31);
    Times(std::uint32_t{1} << bits);
  }
  // this -= other, which is not larger.
  void Minus(const Whole& other) {
    std::uint32_t borrow = 0;
    for (int i = 0; i < size_; ++i) {
      const std::uint64_t take = std::uint64_t{i < other.size_ ? other.words_[i] : 0} + borrow;
      borrow = words_[i] < take ? 1 : 0;
      words_[i] = static_cast<std::uint32_t>(words_[i] - take);
    }
    while (size_ > 0 && words_[size_ - 1] == 0) --size_;
  }
  // The sign of a + b - c.
  static int CompareSum(const Whole& a, const Whole& b, const Whole& c);
  static int Compare(const Whole& a, const Whole& b) { return CompareSum(a, Whole(0), b); }

 private:
  static constexpr int kWords = 38;
  std::uint32_t word(int i) const { return i < size_ ? words_[i] : 0; }

  std::uint32_t words_[kWords] = {};
  int size_ = 0;  // words; the last one is not 0
};

// From the top: once the difference is more than the words below can make up for, its sign
// is that of the whole.
int Whole::CompareSum(const Whole& a, const Whole& b, const Whole& c) {
  int top = a.size_ > b.size_ ? a.size_ : b.size_;
  if (c.size_ > top) top = c.size_;
  std::int64_t difference = 0;
  for (int i = top - 1; i >= 0; --i) {
    difference = difference * (std::int64_t{1} << 32) + a.word(i) + b.word(i) - c.word(i);
    if (difference > 1) return 1;
    if (difference < -2) return -1;
  }
  return difference > 0 ? 1 : difference < 0 ? -1 : 0;
}

// value = mantissa * 2^exponent, not 0. `lower_is_nearer`: the float below is
// half as far away as the one above.
Decimal Shortest(std::uint64_t mantissa, int exponent, bool lower_is_nearer) {
  // value = r / s; half the way to its neighbours: below / s, above / s.
  const int extra = lower_is_nearer ? 2 : 1;
  Whole r(mantissa);
  Whole s(1);
  Whole below(1);
  Whole above(1);
  r.ShiftLeft(extra + (exponent > 0 ? exponent : 0));
  s.ShiftLeft(extra + (exponent < 0 ? -exponent : 0));
  below.ShiftLeft(exponent > 0 ? exponent : 0);
  above.ShiftLeft((exponent > 0 ? exponent : 0) + extra - 1);
  // The power of ten above the value, or that one less 1: 1233 / 4096 is a little less
  // than log10(2).
  const int top_bit = 63 - std::countl_zero(mantissa) + exponent;
  int power = (top_bit * 1233) >> 12;
  if (power > 0) s.TimesPowerOf10(power);
  if (power < 0) {
    r.TimesPowerOf10(-power);
    below.TimesPowerOf10(-power);
    above.TimesPowerOf10(-power);
  }
  // Readers round to even: an even mantissa is also what lies just half way.
  const int half = (mantissa & 1) == 0 ? 0 : 1;
  while (Whole::CompareSum(r, above, s) >= half) {
    s.Times(10);
    ++power;
  }
  Decimal decimal;
  decimal.exponent = power;
  for (;;) {
    r.Times(10);
    below.Times(10);
    above.Times(10);
    std::uint8_t digit = 0;
    for (; Whole::Compare(r, s) >= 0; ++digit) r.Minus(s);
    const bool low = Whole::Compare(below, r) >= half;
    const bool high = Whole::CompareSum(r, above, s) >= half;
    const int nearer_up = Whole::CompareSum(r, r, s);
    const bool last = low || high;
    const bool up = high && (!low || nearer_up > 0 || (nearer_up == 0 && (digit & 1) != 0));
    decimal.digits[decimal.count++] = static_cast<std::uint8_t>(digit + (up ? 1 : 0));
    if (last) return decimal;
  }
}

Decimal ShortestOf(std::uint64_t fraction, std::uint32_t exponent, int fraction_bits, int bias) {
  if (exponent == 0) {
    if (fraction != 0) return Shortest(fraction, 1 - bias - fraction_bits, false);
    Decimal zero;
    zero.count = 1;
    return zero;
  }
  return Shortest(fraction | std::uint64_t{1} << fraction_bits,
                  static_cast<int>(exponent) - bias - fraction_bits, fraction == 0 && exponent > 1);
}

}  // namespace

Decimal ShortestOfFloat(std::uint32_t magnitude_bits) {
  return ShortestOf(magnitude_bits & 0x7fffff, magnitude_bits >> 23 & 0xff, 23, 127);
}

Decimal ShortestOfDouble(std::uint64_t magnitude_bits) {
  return ShortestOf(magnitude_bits & 0xfffffffffffff,
                    static_cast<std::uint32_t>(magnitude_bits >> 52 & 0x7ff), 52, 1023);
}

}  // namespace norlog
