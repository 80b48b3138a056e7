// Floats as decimals, against the host's own arithmetic.
#include "norlog/decimal.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>

namespace norlog {
namespace {

constexpr std::int64_t kLimit = std::int64_t{1} << 53;

std::uint64_t Bits(float value) {
  return std::bit_cast<std::uint32_t>(value);
}
std::uint64_t Bits(double value) {
  return std::bit_cast<std::uint64_t>(value);
}

// "-123e-4", which strtof and strtod round to the nearest.
std::string Text(std::int64_t scaled, std::uint32_t digits) {
  return std::to_string(scaled) + "e-" + std::to_string(digits);
}

RC_GTEST_PROP(Decimal, FloatIsTheNearest, ()) {
  const auto bits = *rc::gen::inRange(1, 54);
  const std::int64_t scaled =
      *rc::gen::inRange(-(std::int64_t{1} << bits) + 1, (std::int64_t{1} << bits));
  const auto digits = *rc::gen::inRange<std::uint32_t>(0, kMaxDigits + 1);
  const std::string text = Text(scaled, digits);
  if (scaled != 0) {
    RC_ASSERT(FloatFromDecimal(scaled, digits, 4) == Bits(std::strtof(text.c_str(), nullptr)));
    RC_ASSERT(FloatFromDecimal(scaled, digits, 8) == Bits(std::strtod(text.c_str(), nullptr)));
  }
}

RC_GTEST_PROP(Decimal, ShortDecimalsComeBack, ()) {
  const std::int64_t scaled = *rc::gen::inRange<std::int64_t>(-1'000'000, 1'000'000);
  const auto digits = *rc::gen::inRange<std::uint32_t>(0, 6);
  std::int64_t found = -1;
  RC_ASSERT(DecimalFromFloat(FloatFromDecimal(scaled, digits, 4), 4, digits, found));
  RC_ASSERT(found == scaled);
  RC_ASSERT(DecimalFromFloat(FloatFromDecimal(scaled, digits, 8), 8, digits, found));
  RC_ASSERT(found == scaled);
}

// Whatever the bits: what is found is exact.
RC_GTEST_PROP(Decimal, WhatIsFoundIsExact, ()) {
  const auto bits = *rc::gen::arbitrary<std::uint64_t>();
  const auto digits = *rc::gen::inRange<std::uint32_t>(0, kMaxDigits + 1);
  const std::uint32_t bytes = *rc::gen::element(4U, 8U);
  const std::uint64_t value = bytes == 4 ? bits & 0xffffffff : bits;
  std::int64_t scaled = 0;
  if (!DecimalFromFloat(value, bytes, digits, scaled)) return;
  RC_ASSERT(std::abs(scaled) < kLimit);
  RC_ASSERT(FloatFromDecimal(scaled, digits, bytes) == value);
}

TEST(Decimal, WhatIsNoDecimalIsRefused) {
  std::int64_t scaled = 0;
  for (std::uint32_t digits = 0; digits <= kMaxDigits; ++digits) {
    for (const float value :
         {-0.0F, std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
          1e-42F, 1e30F, std::numeric_limits<float>::denorm_min(), 1e-30F}) {
      EXPECT_FALSE(DecimalFromFloat(Bits(value), 4, digits, scaled)) << value;
    }
    for (const double value :
         {-0.0, std::numeric_limits<double>::quiet_NaN(), -std::numeric_limits<double>::infinity(),
          1e-300, 1e300, std::numeric_limits<double>::denorm_min()}) {
      EXPECT_FALSE(DecimalFromFloat(Bits(value), 8, digits, scaled)) << value;
    }
  }
  EXPECT_FALSE(DecimalFromFloat(Bits(21.5F), 4, 0, scaled));
  EXPECT_TRUE(DecimalFromFloat(Bits(21.5F), 4, 1, scaled));
  EXPECT_EQ(scaled, 215);
  EXPECT_TRUE(DecimalFromFloat(Bits(0.0F), 4, 3, scaled));
  EXPECT_EQ(scaled, 0);
}

}  // namespace
}  // namespace norlog
