#include "norlog/decimal.h"

namespace norlog {
namespace {

struct FloatFormat {
  std::uint32_t mantissa_bits;  // stored ones
  std::int32_t bias;
};

constexpr FloatFormat FormatOf(std::uint32_t bytes) {
  return bytes == 4 ? FloatFormat{23, 127} : FloatFormat{52, 1023};
}

constexpr std::int64_t kMaxScaled = std::int64_t{1} << 53;

std::int32_t BitLength(std::uint64_t value) {
  std::int32_t length = 0;
  for (; value != 0; value >>= 1) ++length;
  return length;
}

// round(mantissa * power * 2^-shift) for mantissa < 2^53, power < 2^30, or
// kMaxScaled if it is not below that.
std::int64_t Scale(std::uint64_t mantissa, std::uint32_t power, std::int32_t shift) {
  // The product as high * 2^32 + low, in 64 and 32 bits.
  const std::uint64_t low_product = (mantissa & 0xffffffff) * power;
  std::uint64_t high = (mantissa >> 32) * power + (low_product >> 32);
  auto low = static_cast<std::uint32_t>(low_product);
  if (shift > 96) return 0;
  for (; shift < 0; ++shift) {
    if (high >= std::uint64_t{1} << 53) return kMaxScaled;
    high = (high << 1) | (low >> 31);
    low <<= 1;
  }
  std::uint32_t half = 0;  // the last bit shifted out: at most one too few is rounded
  for (; shift > 0; --shift) {
    half = low & 1;
    low = (low >> 1) | (static_cast<std::uint32_t>(high & 1) << 31);
    high >>= 1;
  }
  if (high >= std::uint64_t{1} << 21) return kMaxScaled;
  return static_cast<std::int64_t>((high << 32) + low + half);
}

}  // namespace

// Long division, bit by bit: as many digits as the mantissa has, one to round
// by, and whether anything is left.
std::uint64_t FloatFromDecimal(std::int64_t scaled, std::uint32_t digits, std::uint32_t bytes) {
  if (scaled == 0) return 0;
  const FloatFormat format = FormatOf(bytes);
  const bool negative = scaled < 0;
  const std::uint64_t value =
      negative ? ~static_cast<std::uint64_t>(scaled) + 1 : static_cast<std::uint64_t>(scaled);
  const std::uint32_t divisor = PowerOfTen(digits);
  const std::uint64_t enough = std::uint64_t{1} << (format.mantissa_bits + 1);
  std::uint64_t quotient = 0;
  std::uint32_t remainder = 0;
  std::int32_t at = BitLength(value);  // exponent of the last digit of the quotient
  while (quotient < enough) {
    --at;
    remainder = (remainder << 1) | (at >= 0 ? static_cast<std::uint32_t>((value >> at) & 1) : 0u);
    const bool one = remainder >= divisor;
    if (one) remainder -= divisor;
    quotient = (quotient << 1) | (one ? 1u : 0u);
  }
  bool rest = remainder != 0;
  if (at > 0) rest = rest || (value & ((std::uint64_t{1} << at) - 1)) != 0;
  // quotient has one bit more than the mantissa with its leading one.
  const bool up = (quotient & 1) != 0 && (rest || (quotient & 2) != 0);
  quotient = (quotient >> 1) + (up ? 1 : 0);  // 2^n: the carry goes into the exponent below
  const std::int32_t exponent = at + 1 + static_cast<std::int32_t>(format.mantissa_bits);
  const std::uint64_t biased = static_cast<std::uint64_t>(exponent + format.bias - 1);
  const std::uint64_t sign = negative ? std::uint64_t{1} << (8 * bytes - 1) : 0;
  return sign | ((biased << format.mantissa_bits) + quotient);
}

bool DecimalFromFloat(std::uint64_t bits, std::uint32_t bytes, std::uint32_t digits,
                      std::int64_t& scaled) {
  const FloatFormat format = FormatOf(bytes);
  const std::uint64_t leading = std::uint64_t{1} << format.mantissa_bits;
  const auto biased = static_cast<std::int32_t>((bits >> format.mantissa_bits) &
                                                static_cast<std::uint32_t>(2 * format.bias + 1));
  const bool negative = (bits >> (8 * bytes - 1)) != 0;
  scaled = 0;
  if (biased == 2 * format.bias + 1) return false;
  if (biased != 0) {
    const std::uint64_t mantissa = (bits & (leading - 1)) | leading;
    const std::int32_t shift =
        format.bias + static_cast<std::int32_t>(format.mantissa_bits) - biased;
    scaled = Scale(mantissa, PowerOfTen(digits), shift);
    if (scaled >= kMaxScaled) return false;
    if (negative) scaled = -scaled;
  }
  return FloatFromDecimal(scaled, digits, bytes) == bits;
}

}  // namespace norlog
