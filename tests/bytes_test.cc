// Integers as flash bytes: little endian, varint, zigzag.
#include "norlog/bytes.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <cstdint>
#include <limits>

#include "tests/hand_built.h"

namespace norlog {
namespace {

using hand::Bytes;
using hand::Hex;

constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::uint64_t kAllOnes = std::numeric_limits<std::uint64_t>::max();

Bytes Written(std::uint64_t value) {
  std::array<std::uint8_t, kMaxVarintBytes> room{};
  ByteWriter out(room);
  out.Varint(value);
  EXPECT_TRUE(out.ok());
  return Bytes(room.begin(), room.begin() + out.size());
}

// True if `bytes` is exactly one varint, of this value.
bool IsVarint(const Bytes& bytes, std::uint64_t value) {
  ByteReader in(bytes);
  return in.Varint() == value && in.ok() && in.rest().empty();
}

bool IsRefused(const Bytes& bytes) {
  ByteReader in(bytes);
  return in.Varint() == 0 && !in.ok();
}

TEST(Bytes, IntegersAreLittleEndian) {
  std::array<std::uint8_t, 8> bytes{};
  StoreLe<4>(bytes.data(), 0x11223344);
  StoreLe<2>(&bytes[4], 0xAABB);
  EXPECT_EQ(Bytes(bytes.begin(), bytes.end()), Hex("44 33 22 11 BB AA 00 00"));
  EXPECT_EQ(LoadLe<4>(bytes.data()), 0x11223344u);
  EXPECT_EQ(LoadLe<8>(bytes.data()), 0x0000AABB11223344u);
}

TEST(Bytes, VarintsAreWrittenAsTheFormatSays) {
  EXPECT_EQ(Written(0), Hex("00"));
  EXPECT_EQ(Written(127), Hex("7F"));
  EXPECT_EQ(Written(128), Hex("80 01"));
  EXPECT_EQ(Written(300), Hex("AC 02"));
  EXPECT_EQ(Written(kAllOnes), Hex("FF FF FF FF FF FF FF FF FF 01"));
}

TEST(Bytes, VarintBytesGrowsWithEachSevenBits) {
  for (std::uint32_t bits = 0; bits < 64; ++bits) {
    EXPECT_EQ(VarintBytes(std::uint64_t{1} << bits), bits / 7 + 1) << bits;
  }
  EXPECT_EQ(VarintBytes(0), 1u);
}

TEST(Bytes, PaddedVarintIsRefused) {
  EXPECT_TRUE(IsRefused(Hex("80 00")));
  EXPECT_TRUE(IsRefused(Hex("FF 80 00")));
  EXPECT_TRUE(IsVarint(Hex("00"), 0));
}

TEST(Bytes, VarintBeyond64BitsIsRefused) {
  EXPECT_TRUE(IsVarint(Hex("FF FF FF FF FF FF FF FF FF 01"), kAllOnes));
  EXPECT_TRUE(IsRefused(Hex("FF FF FF FF FF FF FF FF FF 02")));
  EXPECT_TRUE(IsRefused(Hex("FF FF FF FF FF FF FF FF FF 81 00")));
}

TEST(Bytes, CutOffVarintIsRefused) {
  EXPECT_TRUE(IsRefused(Hex("")));
  EXPECT_TRUE(IsRefused(Hex("80")));
  EXPECT_TRUE(IsRefused(Hex("FF FF FF")));
}

TEST(Bytes, ZigZagPutsSmallNumbersOfEitherSignFirst) {
  EXPECT_EQ(ZigZag(0), 0u);
  EXPECT_EQ(ZigZag(-1), 1u);
  EXPECT_EQ(ZigZag(1), 2u);
  EXPECT_EQ(ZigZag(kMax), kAllOnes - 1);
  EXPECT_EQ(ZigZag(kMin), kAllOnes);
  EXPECT_EQ(UnZigZag(kAllOnes), kMin);
}

TEST(Bytes, DifferencesOfTimesWrap) {
  EXPECT_EQ(WrapAdd(kMax, 1), kMin);
  EXPECT_EQ(WrapSub(kMin, 1), kMax);
  EXPECT_EQ(WrapAdd(kMin, WrapSub(kMax, kMin)), kMax);
}

TEST(Bytes, WriterStopsAtTheEndOfItsSpan) {
  std::array<std::uint8_t, 3> room{0xEE, 0xEE, 0xEE};
  ByteWriter out({room.data(), 2});
  out.Varint(1u << 14);
  EXPECT_FALSE(out.ok());
  EXPECT_EQ(out.size(), 2u);
  EXPECT_EQ(room[2], 0xEE);
}

TEST(Bytes, ReaderStopsAtTheEndOfItsSpan) {
  const Bytes three = Hex("01 02 03");
  ByteReader in(three);
  EXPECT_EQ(in.Bytes(2).size(), 2u);
  EXPECT_TRUE(in.Bytes(2).empty());
  EXPECT_FALSE(in.ok());
  EXPECT_EQ(in.U8(), 3);  // refusing took nothing
  EXPECT_EQ(in.U8(), 0);
}

TEST(Bytes, AllBytesAreLooksAtEachByte) {
  EXPECT_TRUE(AllBytesAre({}, 0xFF));
  EXPECT_TRUE(AllBytesAre(Hex("FF FF"), 0xFF));
  EXPECT_FALSE(AllBytesAre(Hex("FF FE"), 0xFF));
  EXPECT_FALSE(AllBytesAre(Hex("7F FF"), 0xFF));
}

RC_GTEST_PROP(BytesProperty, VarintEqualsTheHandWrittenOne, ()) {
  const auto shift = *rc::gen::inRange(0, 64);
  const auto value = *rc::gen::arbitrary<std::uint64_t>() >> shift;
  RC_ASSERT(Written(value) == hand::Varint(value));
  RC_ASSERT(Written(value).size() == VarintBytes(value));
  RC_ASSERT(IsVarint(hand::Varint(value), value));
}

RC_GTEST_PROP(BytesProperty, ZigZagComesBack, (std::int64_t value)) {
  RC_ASSERT(UnZigZag(ZigZag(value)) == value);
  RC_ASSERT(hand::Varint(ZigZag(value)) == hand::ZigZag(value));
}

RC_GTEST_PROP(BytesProperty, WhatIsNoVarintYieldsNothing, (const Bytes& bytes)) {
  ByteReader in(bytes);
  const std::uint64_t value = in.Varint();
  if (in.ok()) {
    RC_ASSERT(hand::Varint(value) == Bytes(bytes.begin(), bytes.end() - std::ssize(in.rest())));
  } else {
    RC_ASSERT(value == 0u);
  }
}

}  // namespace
}  // namespace norlog
