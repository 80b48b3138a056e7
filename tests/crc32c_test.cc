// The checksum: against its published check values and bit by bit.
#include "norlog/crc32c.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <cstdint>
#include <string_view>

#include "tests/hand_built.h"

namespace norlog {
namespace {

using hand::Bytes;

constexpr std::uint32_t CrcOf(std::string_view text) {
  Crc32c crc;
  for (const char c : text) crc.Byte(static_cast<std::uint8_t>(c));
  return crc.value();
}

std::uint32_t CrcOf(const Bytes& bytes) {
  Crc32c crc;
  crc.Bytes(bytes);
  return crc.value();
}

TEST(Crc32c, CheckValueOfTheCatalogue) {
  static_assert(CrcOf("123456789") == 0xE3069283);
  EXPECT_EQ(CrcOf("123456789"), 0xE3069283u);
  EXPECT_EQ(hand::Crc(hand::Hex("31 32 33 34 35 36 37 38 39")), 0xE3069283u);
}

TEST(Crc32c, OfNothingIsZero) {
  EXPECT_EQ(Crc32c().value(), 0u);
}

// RFC 3720, B.4.
TEST(Crc32c, VectorsOfIscsi) {
  EXPECT_EQ(CrcOf(hand::Repeat(0x00, 32)), 0x8A9136AAu);
  EXPECT_EQ(CrcOf(hand::Repeat(0xFF, 32)), 0x62A8AB43u);
  Bytes rising(32);
  for (std::size_t i = 0; i < 32; ++i) rising[i] = static_cast<std::uint8_t>(i);
  EXPECT_EQ(CrcOf(rising), 0x46DD794Eu);
}

TEST(Crc32c, IntegersAreHashedLittleEndian) {
  Crc32c crc;
  crc.U32(0x11223344);
  crc.U64(0x0102030405060708);
  EXPECT_EQ(crc.value(), CrcOf(hand::Hex("44 33 22 11 08 07 06 05 04 03 02 01")));
}

RC_GTEST_PROP(Crc32cProperty, EqualsTheBitwiseOne, (const Bytes& bytes)) {
  RC_ASSERT(CrcOf(bytes) == hand::Crc(bytes));
}

RC_GTEST_PROP(Crc32cProperty, AnyOneBitShows, (const Bytes& bytes)) {
  RC_PRE(!bytes.empty());
  Bytes flipped = bytes;
  const auto bit = *rc::gen::inRange<std::size_t>(0, 8 * bytes.size());
  flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1 << (bit % 8)));
  RC_ASSERT(CrcOf(flipped) != CrcOf(bytes));
}

}  // namespace
}  // namespace norlog
