// Numbers as text: floats against std::to_chars, dates against gmtime.
#include "norlog/number_text.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <ctime>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "norlog/shortest.h"

namespace norlog {
namespace {

template <class Write>
std::string Written(Write write) {
  std::array<char, kMaxNumberText> room;
  TextWriter out(room.data(), room.size());
  write(out);
  EXPECT_TRUE(out.ok());
  return std::string(room.data(), out.size());
}
std::string Shown(float value) {
  return Written([&](TextWriter& out) { WriteFloat(std::bit_cast<std::uint32_t>(value), out); });
}
std::string Shown(double value) {
  return Written([&](TextWriter& out) { WriteDouble(std::bit_cast<std::uint64_t>(value), out); });
}

// "d.ddde+xx", as std::to_chars has it.
std::string Scientific(const Decimal& decimal) {
  std::string text;
  for (int i = 0; i < decimal.count; ++i) {
    if (i == 1) text += '.';
    text += static_cast<char>('0' + decimal.digits[i]);
  }
  const int exponent = decimal.digits[0] == 0 ? 0 : decimal.exponent - 1;
  const std::string digits = std::to_string(std::abs(exponent));
  return text + (exponent < 0 ? "e-" : "e+") + (digits.size() < 2 ? "0" : "") + digits;
}
template <class Float>
std::string Standard(Float value) {
  std::array<char, 64> room;
  const auto end =
      std::to_chars(room.data(), room.data() + room.size(), value, std::chars_format::scientific);
  return std::string(room.data(), end.ptr);
}

void ExpectStandard(std::uint32_t magnitude) {
  const auto value = std::bit_cast<float>(magnitude);
  if (std::isfinite(value)) {
    ASSERT_EQ(Scientific(ShortestOfFloat(magnitude)), Standard(value));
  }
}
void ExpectStandard(std::uint64_t magnitude) {
  const auto value = std::bit_cast<double>(magnitude);
  if (std::isfinite(value)) {
    ASSERT_EQ(Scientific(ShortestOfDouble(magnitude)), Standard(value));
  }
}

constexpr int kRandomFloats = 1'000'000;
constexpr int kRandomDoubles = 300'000;  // extreme exponents cost some 10 us each

TEST(Shortest, RandomFloatsAreAsStandardHasThem) {
  std::mt19937_64 random(1);
  for (int i = 0; i < kRandomFloats; ++i) {
    ExpectStandard(static_cast<std::uint32_t>(random()) & 0x7fffffff);
  }
}

TEST(Shortest, RandomDoublesAreAsStandardHasThem) {
  std::mt19937_64 random(2);
  for (int i = 0; i < kRandomDoubles; ++i) ExpectStandard(std::uint64_t{random() >> 1});
}

// What sensors give: few decimals.
TEST(Shortest, DecimalsAreAsStandardHasThem) {
  for (int i = 0; i < 200'000; ++i) {
    ExpectStandard(std::bit_cast<std::uint32_t>(static_cast<float>(i) / 10.0F));
    ExpectStandard(std::bit_cast<std::uint64_t>(static_cast<double>(i) / 100.0));
  }
}

// Both ends of each exponent, and their neighbours: subnormals, powers of two whose lower
// neighbour is nearer, the largest.
TEST(Shortest, EdgesOfEveryExponentAreAsStandardHasThem) {
  for (std::uint32_t exponent = 0; exponent < 255; ++exponent) {
    for (const int step : {-2, -1, 0, 1, 2}) {
      const std::uint32_t bits = (exponent << 23) + static_cast<std::uint32_t>(step);
      if (bits <= 0x7fffffff) ExpectStandard(bits);
    }
  }
  for (std::uint64_t exponent = 0; exponent < 2047; ++exponent) {
    for (const int step : {-2, -1, 0, 1, 2}) {
      const std::uint64_t bits = (exponent << 52) + static_cast<std::uint64_t>(step);
      if (bits >> 63 == 0) ExpectStandard(bits);
    }
  }
}

TEST(Shortest, KnownHardOnesAreAsStandardHasThem) {
  for (const double value :
       {5e-324, 2.2250738585072014e-308, 2.2250738585072011e-308, 1.7976931348623157e308,
        9007199254740993.0, 9007199254740991.0, 4.35, 0.3, 2.0 / 3, 1e22, 1e23, 9.5e-3, 8.41E+21,
        2.0919495182368195e19, 9.007199254740992e15, 4503599627370496.5}) {
    ExpectStandard(std::bit_cast<std::uint64_t>(value));
  }
  for (const float value : {1e-45F, 1.17549435e-38F, 3.40282347e38F, 16777216.0F, 16777215.0F,
                            9.5e-3F, 8388608.5F, 33554432.0F, 2.0F / 3, 1e10F}) {
    ExpectStandard(std::bit_cast<std::uint32_t>(value));
  }
}

TEST(NumberText, FloatsArePlainNearThePointAndReadBack) {
  EXPECT_EQ(Shown(21.5F), "21.5");
  EXPECT_EQ(Shown(40.0F), "40");
  EXPECT_EQ(Shown(0.1F), "0.1");
  EXPECT_EQ(Shown(-0.0F), "-0");
  EXPECT_EQ(Shown(0.0), "0");
  EXPECT_EQ(Shown(0.00001), "0.00001");
  EXPECT_EQ(Shown(0.000001), "0.000001");
  EXPECT_EQ(Shown(0.0000001), "1e-7");
  EXPECT_EQ(Shown(-1.25e-9), "-1.25e-9");
  EXPECT_EQ(Shown(1e20), "100000000000000000000");
  EXPECT_EQ(Shown(1e22), "1e22");
  EXPECT_EQ(Shown(123456.789), "123456.789");
  EXPECT_EQ(Shown(std::numeric_limits<double>::infinity()), "inf");
  EXPECT_EQ(Shown(-std::numeric_limits<float>::infinity()), "-inf");
  EXPECT_EQ(Shown(std::numeric_limits<float>::quiet_NaN()), "nan");
  std::mt19937_64 random(3);
  for (int i = 0; i < 20'000; ++i) {
    const auto value = std::bit_cast<double>(std::uint64_t{random()});
    if (!std::isfinite(value)) continue;
    const std::string text = Shown(std::abs(value));
    double again = 0;
    std::from_chars(text.data(), text.data() + text.size(), again);
    ASSERT_EQ(again, std::abs(value));
  }
}

TEST(NumberText, ScaledIntegersAreExact) {
  const auto scaled = [](bool negative, std::uint64_t magnitude, int decimals) {
    return Written([&](TextWriter& out) { WriteScaled(negative, magnitude, decimals, out); });
  };
  EXPECT_EQ(scaled(false, 215, 1), "21.5");
  EXPECT_EQ(scaled(false, 210, 1), "21");
  EXPECT_EQ(scaled(true, 5, 2), "-0.05");
  EXPECT_EQ(scaled(false, 0, 3), "0");
  EXPECT_EQ(scaled(false, 7, -3), "7000");
  EXPECT_EQ(scaled(false, 0, -3), "0");
  EXPECT_EQ(scaled(false, UINT64_MAX, 18), "18.446744073709551615");
  EXPECT_EQ(scaled(true, std::uint64_t{1} << 63, 0), "-9223372036854775808");
}

TEST(NumberText, DatesAreThoseOfTheCalendar) {
  const auto shown = [](std::int64_t time, int decimals = 0, bool iso = false) {
    return Written([&](TextWriter& out) { WriteTime(time, decimals, iso, out); });
  };
  EXPECT_EQ(shown(1795287960), "2026-11-21 19:06:00");
  EXPECT_EQ(shown(1795287960250, 3, true), "2026-11-21T19:06:00.25Z");
  EXPECT_EQ(shown(-1, 9), "1969-12-31 23:59:59.999999999");
  EXPECT_EQ(shown(INT64_MAX), std::to_string(INT64_MAX));
  EXPECT_EQ(shown(INT64_MIN), std::to_string(INT64_MIN));
  EXPECT_EQ(shown(-62167219200), "0000-01-01 00:00:00");
  EXPECT_EQ(shown(-62167219201), "-62167219201");
  EXPECT_EQ(shown(253402300799), "9999-12-31 23:59:59");
  EXPECT_EQ(shown(253402300800), "253402300800");
  for (std::int64_t day = -700'000; day < 2'900'000; day += 13) {
    const std::time_t time = day * 86400 + 3661;
    std::tm tm;
    gmtime_r(&time, &tm);
    std::array<char, 32> room;
    if (tm.tm_year + 1900 < 1000) continue;
    ASSERT_GT(std::strftime(room.data(), room.size(), "%Y-%m-%d %H:%M:%S", &tm), 0U);
    ASSERT_EQ(shown(time), room.data());
  }
}

}  // namespace
}  // namespace norlog
