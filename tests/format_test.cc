// Clean mark and header, compared with bytes written by hand.
#include "norlog/format.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <iterator>

#include "tests/engine_rig.h"
#include "tests/hand_built.h"

namespace norlog {
namespace {

using hand::Bytes;

// 1 KiB buckets of 256 byte blocks, 8 of them.
const hand::Shape kShape;

Layout TheLayout() {
  return MakeLayout(SmallOptions(), flashsim::Toy(1024, 8).geometry);
}

std::span<const std::uint8_t, kMarkBytes> AsMark(const Bytes& bytes) {
  return std::span(bytes).first<kMarkBytes>();
}
std::span<const std::uint8_t, kHeaderBytes> AsHeader(const Bytes& bytes) {
  return std::span(bytes).first<kHeaderBytes>();
}

bool IsMark(const Bytes& bytes, std::uint32_t index) {
  std::uint32_t lap = 0;
  return DecodeMark(TheLayout(), {index}, AsMark(bytes), lap);
}

HeaderState Decode(const Bytes& bytes, std::uint32_t index) {
  norlog::Header header;
  return DecodeHeader(TheLayout(), {index}, AsHeader(bytes), header);
}

// Lap 0x01020304, index 6 of 8.
constexpr std::uint64_t kNumber = 0x01020304ull * 8 + 6;

// The tag map of SomeFields.
TagMap SomeTags() {
  TagMap tags;
  const std::uint8_t behind[] = {0x00, 0x0F, 0x18, 0xFF, 0xFE, 0x19, 0xFF, 0x07};
  std::copy(std::begin(behind), std::end(behind), tags.behind);
  const std::uint8_t blocks[] = {1, 2, 4, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 128};
  std::copy(std::begin(blocks), std::end(blocks), tags.blocks);
  return tags;
}

hand::HeaderFields SomeFields() {
  hand::HeaderFields f;
  f.lap = 0x01020304;
  f.identity = kIdentity;
  f.first_sequence = 0xA1A2A3A4A5A6A7A8;
  f.erase_ahead = 3;
  f.tail = kNumber - 5;
  f.time = -2;
  f.ordered_count = 1000;
  f.since_clock = 2000;
  f.behind = hand::Hex("00 0F 18 FF FE 19 FF 07");
  f.block_tags = hand::Hex("01 02 04 FF 00 00 00 00 00 00 00 00 00 00 00 80");
  f.erases_repeated = 11;
  f.blocks_lost = 12;
  f.records_damaged = 0x1516;
  f.retired_this_lap = 13;
  f.retired_last_lap = 14;
  f.steps_over = 2;
  return f;
}

TEST(FormatMark, IsTheBytesOfTheFormat) {
  std::array<std::uint8_t, kMarkBytes> bytes{};
  EncodeMark(TheLayout(), {5}, 0x00010203, bytes);
  EXPECT_EQ(Bytes(bytes.begin(), bytes.begin() + 8), hand::Hex("C1 00 00 00 03 02 01 00"));
  EXPECT_EQ(Bytes(bytes.begin(), bytes.end()), hand::Mark(kShape, 5, 0x00010203));
}

TEST(FormatMark, HandWrittenOneTellsItsLap) {
  std::uint32_t lap = 0;
  ASSERT_TRUE(DecodeMark(TheLayout(), {5}, AsMark(hand::Mark(kShape, 5, 77)), lap));
  EXPECT_EQ(lap, 77u);
}

TEST(FormatMark, OfAnotherIndexIsNone) {
  EXPECT_FALSE(IsMark(hand::Mark(kShape, 5, 77), 4));
}

TEST(FormatMark, OfAnotherLayoutIsNone) {
  hand::Shape other = kShape;
  other.block_bytes = 512;
  EXPECT_FALSE(IsMark(hand::Mark(other, 5, 77), 5));
}

TEST(FormatMark, ErasedOrZeroedIsNone) {
  EXPECT_FALSE(IsMark(hand::Repeat(0xFF, 12), 5));
  EXPECT_FALSE(IsMark(hand::Repeat(0x00, 12), 5));
}

TEST(FormatMark, AnyFlippedBitSpoilsIt) {
  for (std::size_t bit = 0; bit < 8 * kMarkBytes; ++bit) {
    Bytes bytes = hand::Mark(kShape, 5, 77);
    bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(IsMark(bytes, 5)) << bit;
  }
}

TEST(FormatHeader, IsTheBytesOfTheFormat) {
  norlog::Header header;
  header.probe.lap = 0x01020304;
  header.probe.identity = kIdentity;
  header.probe.first_sequence = {0xA1A2A3A4A5A6A7A8};
  header.erase_ahead = 3;
  header.tail = {kNumber - 5};
  header.time = -2;
  header.ordered_count = 1000;
  header.since_clock = 2000;
  header.erases_repeated = 11;
  header.blocks_lost = 12;
  header.records_damaged = 0x1516;
  header.retired_this_lap = 13;
  header.retired_last_lap = 14;
  header.steps_over = 2;
  header.tags = SomeTags();
  std::array<std::uint8_t, kHeaderBytes> bytes{};
  EncodeHeader(TheLayout(), {6}, header, bytes);
  EXPECT_EQ(Bytes(bytes.begin(), bytes.begin() + 24),
            hand::Hex("B1 01 00 00 04 03 02 01 88 77 66 55 44 33 22 11 A8 A7 A6 A5 A4 A3 A2 A1"));
  EXPECT_EQ(Bytes(bytes.begin() + 28, bytes.begin() + 44),
            hand::Hex("00 04 00 00 08 00 00 00 00 01 00 00 01 04 03 02"));
  EXPECT_EQ(Bytes(bytes.begin(), bytes.end()), hand::Header(kShape, 6, SomeFields()));
}

TEST(FormatHeader, HandWrittenOneTellsAllItsFields) {
  norlog::Header h;
  const Bytes bytes = hand::Header(kShape, 6, SomeFields());
  ASSERT_EQ(DecodeHeader(TheLayout(), {6}, AsHeader(bytes), h), HeaderState::kValid);
  EXPECT_EQ(h.probe.lap, 0x01020304u);
  EXPECT_EQ(h.probe.identity, kIdentity);
  EXPECT_EQ(h.probe.first_sequence.value, 0xA1A2A3A4A5A6A7A8);
  EXPECT_EQ(h.probe.flags, 0);
  EXPECT_EQ(h.erase_ahead, 3);
  EXPECT_EQ(h.tail.value, kNumber - 5);
  EXPECT_EQ(h.time, -2);
  EXPECT_EQ(h.ordered_count, 1000u);
  EXPECT_EQ(h.since_clock, 2000u);
  const TagMap tags = SomeTags();
  EXPECT_TRUE(std::equal(std::begin(tags.blocks), std::end(tags.blocks), h.tags.blocks));
  EXPECT_TRUE(std::equal(std::begin(tags.behind), std::end(tags.behind), h.tags.behind));
  EXPECT_EQ(h.erases_repeated, 11u);
  EXPECT_EQ(h.blocks_lost, 12);
  EXPECT_EQ(h.records_damaged, 0x1516);
  EXPECT_EQ(h.retired_this_lap, 13);
  EXPECT_EQ(h.retired_last_lap, 14);
  EXPECT_EQ(h.steps_over, 2);
}

TEST(FormatHeader, ProbeNeedsItsFirst28BytesOnly) {
  Bytes bytes = hand::Header(kShape, 6, SomeFields());
  std::fill(bytes.begin() + 28, bytes.end(), std::uint8_t{0x33});
  Probe probe;
  EXPECT_EQ(DecodeProbe(TheLayout(), {6}, std::span<const std::uint8_t>(bytes).first<28>(), probe),
            HeaderState::kValid);
  EXPECT_EQ(probe.lap, 0x01020304u);
  EXPECT_EQ(Decode(bytes, 6), HeaderState::kAbsent);
}

TEST(FormatHeader, OfAnotherIndexIsAbsent) {
  EXPECT_EQ(Decode(hand::Header(kShape, 6, SomeFields()), 5), HeaderState::kAbsent);
}

TEST(FormatHeader, ErasedIsErased) {
  EXPECT_EQ(Decode(hand::Repeat(0xFF, 104), 6), HeaderState::kErased);
  EXPECT_EQ(Decode(hand::Repeat(0x00, 104), 6), HeaderState::kAbsent);
}

TEST(FormatHeader, AnyFlippedBitSpoilsIt) {
  for (std::size_t bit = 0; bit < 8 * kHeaderBytes; ++bit) {
    Bytes bytes = hand::Header(kShape, 6, SomeFields());
    bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_EQ(Decode(bytes, 6), HeaderState::kAbsent) << bit;
  }
}

TEST(FormatHeader, EachOtherSizeIsAnotherLayout) {
  const std::function<void(hand::Shape&)> changes[] = {
      [](hand::Shape& s) { s.bucket_bytes = 2048; }, [](hand::Shape& s) { s.bucket_count = 9; },
      [](hand::Shape& s) { s.block_bytes = 512; }, [](hand::Shape& s) { s.page_bytes = 512; },
      [](hand::Shape& s) { s.unit = 2; }};
  for (const auto& change : changes) {
    hand::Shape other = kShape;
    change(other);
    EXPECT_EQ(Decode(hand::Header(other, 6, SomeFields()), 6), HeaderState::kOtherLayout);
    EXPECT_EQ(Decode(hand::Header(other, 6, SomeFields()), 5), HeaderState::kAbsent);
  }
}

TEST(FormatHeader, NamesItsBucketSizeWhateverItsLayout) {
  for (const std::uint32_t bucket_bytes : {1024u, 4096u, 0xA1B2C3D4u}) {
    hand::Shape other = kShape;
    other.bucket_bytes = bucket_bytes;
    other.unit = 8;
    EXPECT_EQ(HeaderBucketBytes(AsHeader(hand::Header(other, 6, SomeFields()))), bucket_bytes);
  }
}

TEST(FormatHeader, OtherVersionIsUnknown) {
  for (const int version : {0, 2, 255}) {
    hand::HeaderFields f = SomeFields();
    f.version = static_cast<std::uint8_t>(version);
    EXPECT_EQ(Decode(hand::Header(kShape, 6, f), 6), HeaderState::kUnknown);
  }
}

TEST(FormatHeader, OnlyTheReserveFlagAndTheRoundAreKnown) {
  for (int bit = 0; bit < 16; ++bit) {
    hand::HeaderFields f = SomeFields();
    f.flags = static_cast<std::uint16_t>(1 << bit);
    EXPECT_EQ(Decode(hand::Header(kShape, 6, f), 6),
              bit == 0 || bit >= 8 ? HeaderState::kValid : HeaderState::kUnknown);
  }
}

TEST(FormatHeader, LargePagesAreSaidWhole) {
  Geometry geometry = flashsim::Toy(131072, 8).geometry;
  geometry.page_bytes = 131072;
  Options options;
  options.bucket_bytes = 131072;
  options.block_bytes = 32768;
  const Layout layout = MakeLayout(options, geometry);
  const hand::Shape shape = ShapeOf(options, geometry);
  std::array<std::uint8_t, kHeaderBytes> bytes{};
  EncodeHeader(layout, {0}, {}, bytes);
  hand::HeaderFields f;
  f.lap = 0;
  f.first_sequence = 0;
  f.erase_ahead = 0;
  EXPECT_EQ(Bytes(bytes.begin(), bytes.end()), hand::Header(shape, 0, f));
  EXPECT_EQ(LoadLe<4>(&bytes[36]), 131072u);
}

}  // namespace
}  // namespace norlog
